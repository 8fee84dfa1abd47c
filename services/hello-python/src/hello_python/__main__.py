"""Entry point: `python3 -m hello_python`."""

import sys

from .config import ConfigError, read_config
from .log import log
from .server import serve

if __name__ == "__main__":
    try:
        sys.exit(serve(read_config()))
    except ConfigError as error:
        log("error", "the configuration is wrong", problem=str(error))
        sys.exit(2)
