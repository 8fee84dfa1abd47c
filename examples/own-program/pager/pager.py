"""Answers that it is well; whom it pages is another matter."""

from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()


HTTPServer(("", 8080), Handler).serve_forever()
