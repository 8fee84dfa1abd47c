"""Entry point: `python3 -m starter_service`. Reads the environment once, serves until it is told to stop."""

import os
import sys

from .server import log, serve


def main() -> int:
    port = os.environ.get("PORT", "8080")
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        problem = f"PORT must be a whole number from 0 to 65535, not {port!r}"
        log("error", "the configuration is wrong", problem=problem)
        return 2
    # VERSION and REVISION come from the image's build.
    built_from = {key: os.environ.get(key.upper()) or "unknown" for key in ("version", "revision")}
    return serve(os.environ.get("HOST", "0.0.0.0"), int(port), built_from)


if __name__ == "__main__":
    sys.exit(main())
