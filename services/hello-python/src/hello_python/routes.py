"""Which request gets which answer. Pure: no sockets, no clock, no environment."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from .config import Config

MAX_NAME_LENGTH = 64
METHODS = ("GET", "HEAD")


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, object]
    headers: dict[str, str] = field(default_factory=dict)


def answer(method: str, target: str, config: Config) -> Answer:
    """`target` is the request line's: a path, with or without a query."""
    url = urlsplit(target)
    # One trailing slash is forgiven; "/" itself stays.
    path = url.path[:-1] if len(url.path) > 1 and url.path.endswith("/") else url.path
    if path == "/":
        return _only_reading(method) or _greet_query(url.query)
    if path.startswith("/greet/") and path.count("/") == 2:
        return _only_reading(method) or _greet(unquote(path.removeprefix("/greet/"), errors="replace"))
    if path == "/greet":
        return _only_reading(method) or _greet_query(url.query)
    if path == "/healthz":
        return _only_reading(method) or Answer(200, {"status": "ok"})
    if path == "/version":
        return _only_reading(method) or Answer(
            200, {"service": "hello-python", "version": config.version, "revision": config.revision}
        )
    return _error(404, "not-found", f"there is nothing at {path}")


def _greet_query(query: str) -> Answer:
    names = parse_qs(query, keep_blank_values=True).get("name", [])
    if len(names) > 1:
        return _error(400, "invalid-name", "name is given more than once")
    return _greet(names[0]) if names else Answer(200, {"message": "Hello, world!"})


def _greet(name: str) -> Answer:
    name = name.strip()
    if not name:
        return _error(400, "invalid-name", "name is empty")
    if len(name) > MAX_NAME_LENGTH:
        return _error(400, "invalid-name", f"name is longer than {MAX_NAME_LENGTH} characters")
    if not name.isprintable():
        return _error(400, "invalid-name", "name has characters that can't be printed")
    return Answer(200, {"message": f"Hello, {name}!"})


def _only_reading(method: str) -> Answer | None:
    if method in METHODS:
        return None
    return _error(405, "method-not-allowed", f"{method} is not allowed here", {"Allow": ", ".join(METHODS)})


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}}, headers or {})
