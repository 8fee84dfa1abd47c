"""Which request gets which answer. Pure: no sockets, no clock, no environment."""

from urllib.parse import urlsplit

Answer = tuple[int, dict[str, object]]


def answer(method: str, target: str, built_from: dict[str, str]) -> Answer:
    """`target` is the request line's: a path, with or without a query."""
    path = urlsplit(target).path
    pages: dict[str, dict[str, object]] = {
        "/": {"message": "starter-service is here"},
        "/healthz": {"status": "ok"},
        "/version": {"service": "starter-service", **built_from},
    }
    if path not in pages:
        return 404, {"error": {"code": "not-found", "message": f"there is nothing at {path}"}}
    if method not in ("GET", "HEAD"):
        return 405, {"error": {"code": "method-not-allowed", "message": f"{method} is not allowed here"}}
    return 200, pages[path]
