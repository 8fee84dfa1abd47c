"""The HTTP server around the routes: sockets, log lines, and a stop that lets running requests end."""

import json
import signal
import sys
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .routes import answer


def log(level: str, message: str, **fields: object) -> None:
    """One JSON object a line, written in one call, so that lines of two threads don't run into each other."""
    time = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    sys.stdout.write(json.dumps({"time": time, "level": level, "message": message, **fields}, default=str) + "\n")
    sys.stdout.flush()


def serve(host: str, port: int, built_from: dict[str, str]) -> int:
    """Runs until SIGTERM or SIGINT; returns the exit code."""
    server = Server((host, port), Handler)
    server.built_from = built_from

    def stop(number: int, _frame: object) -> None:
        log("info", "stopping", signal=signal.Signals(number).name)
        # shutdown() waits for the loop that this handler interrupts, so it needs a thread of its own.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log("info", "listening", host=host, port=server.server_port, **built_from)
    with server:
        server.serve_forever(poll_interval=0.1)
    log("info", "stopped")
    return 0


class Server(ThreadingHTTPServer):
    # Threads that a stop waits for, where the default cuts them off.
    daemon_threads = False
    built_from: dict[str, str]


class Handler(BaseHTTPRequestHandler):
    server: Server
    # Bounds a client that sends nothing, and with that the time that a stop can take.
    timeout = 10

    def _answer(self) -> None:
        status, fields = answer(self.command, self.path, self.server.built_from)
        body = json.dumps(fields, ensure_ascii=False).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        log("info", "request", method=self.command, path=self.path, status=status)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """The base class's own lines (a malformed request, a timeout), in the same form as ours."""
        log("warning", format % args)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Silent: _answer writes one line a request."""
