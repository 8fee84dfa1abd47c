"""What the environment says, read once at the start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


class ConfigError(Exception):
    """A value in the environment that the service can't start with; the message names it."""


@dataclass(frozen=True)
class Config:
    host: str
    port: int  # 0 takes any free port; the "listening" log line says which
    version: str
    revision: str


def read_config(environment: Mapping[str, str] = os.environ) -> Config:
    """VERSION and REVISION come from the image's build; HOST and PORT from whoever runs it."""
    port = environment.get("PORT", "8080")
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ConfigError(f"PORT must be a whole number from 0 to 65535, not {port!r}")
    return Config(
        host=environment.get("HOST", "0.0.0.0"),
        port=int(port),
        version=environment.get("VERSION") or "unknown",
        revision=environment.get("REVISION") or "unknown",
    )
