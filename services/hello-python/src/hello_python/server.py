"""The HTTP server around the routes: sockets, log lines, and a stop that lets running requests end."""

import json
import signal
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .config import Config, ConfigError
from .log import log
from .routes import Answer, answer

# Bounds a client that sends nothing, and with that the time that a stop can take.
REQUEST_TIMEOUT_SECONDS = 10


def serve(config: Config) -> int:
    """Runs until SIGTERM or SIGINT; returns the exit code, 0 for a clean stop."""
    try:
        server = HelloServer(config)
    except OSError as error:
        raise ConfigError(f"can't listen on HOST {config.host}, PORT {config.port}: {error.strerror}") from error

    def stop(number: int, _frame: object) -> None:
        log("info", "stopping", signal=signal.Signals(number).name)
        # shutdown() waits for the loop that this handler interrupts, so it needs a thread of its own.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log("info", "listening", host=config.host, port=server.server_port, version=config.version)
    with server:
        server.serve_forever(poll_interval=0.1)
    log("info", "stopped")
    return 0


class HelloServer(ThreadingHTTPServer):
    # Threads that a stop waits for (server_close joins them), where the default cuts them off.
    daemon_threads = False

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__((config.host, config.port), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        log("error", "request failed", client=client_address, error=traceback.format_exc())


class Handler(BaseHTTPRequestHandler):
    server: HelloServer
    timeout = REQUEST_TIMEOUT_SECONDS
    server_version = "hello-python"
    sys_version = ""

    def _answer(self) -> None:
        started = time.monotonic()
        reply = answer(self.command, self.path, self.server.config)
        self._send(reply)
        log(
            "info",
            "request",
            method=self.command,
            path=self.path,
            status=reply.status,
            milliseconds=round((time.monotonic() - started) * 1000, 1),
        )

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer

    def _send(self, reply: Answer) -> None:
        body = json.dumps(reply.body, ensure_ascii=False).encode() + b"\n"
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """The base class's own lines (a malformed request, a timeout), in the same form as ours."""
        log("warning", format % args)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Silent: _answer writes one line a request, with its duration."""
