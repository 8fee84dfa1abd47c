"""Structured log lines: one JSON object a line on standard output."""

import json
import sys
from datetime import datetime, timezone


def log(level: str, message: str, **fields: object) -> None:
    """Written in one call, so that lines of two threads don't run into each other."""
    time = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = json.dumps({"time": time, "level": level, "message": message, **fields}, default=str)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
