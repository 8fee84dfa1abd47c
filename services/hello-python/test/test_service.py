"""Runs the service as a process, as the image does, and talks to it over HTTP.

    python3 -m unittest discover -s services/hello-python/test
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import unittest
from pathlib import Path
from urllib.parse import quote

SOURCE = Path(__file__).resolve().parent.parent / "src"


class Service:
    def __init__(self, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hello_python"],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(SOURCE),
                "PYTHONDONTWRITEBYTECODE": "1",
                "HOST": "127.0.0.1",
                "PORT": "0",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.log = [json.loads(self.process.stdout.readline())]
        self.port = self.log[0].get("port")

    def request(self, method: str, target: str) -> tuple[int, dict, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, target)
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text else {}, response
        finally:
            connection.close()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.end()

    def end(self) -> int:
        """Waits for the end; sends nothing: a second signal would meet an interpreter that is shutting down."""
        rest, _ = self.process.communicate(timeout=20)
        self.log += [json.loads(line) for line in rest.splitlines()]
        return self.process.returncode


class RunningService(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.service = Service(VERSION="1.2.3", REVISION="abc1234")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.service.stop()

    def get(self, target: str) -> tuple[int, dict]:
        status, body, _ = self.service.request("GET", target)
        return status, body

    def test_greets_the_world_when_no_name_is_given(self) -> None:
        self.assertEqual(self.get("/"), (200, {"message": "Hello, world!"}))
        self.assertEqual(self.get("/greet"), (200, {"message": "Hello, world!"}))

    def test_greets_by_path_and_by_query(self) -> None:
        self.assertEqual(self.get("/greet/Ada"), (200, {"message": "Hello, Ada!"}))
        self.assertEqual(self.get("/?name=Ada"), (200, {"message": "Hello, Ada!"}))
        self.assertEqual(self.get("/greet/" + quote("Zoë 🙂")), (200, {"message": "Hello, Zoë 🙂!"}))

    def test_refuses_a_name_that_is_empty_too_long_unprintable_or_given_twice(self) -> None:
        for target in ("/greet/%20", "/?name=", "/greet/" + "a" * 65, "/greet/a%00b", "/?name=a&name=b"):
            with self.subTest(target=target):
                status, body = self.get(target)
                self.assertEqual((status, body["error"]["code"]), (400, "invalid-name"))

    def test_a_name_of_the_greatest_length_is_greeted(self) -> None:
        self.assertEqual(self.get("/greet/" + "a" * 64)[0], 200)

    def test_says_that_it_is_healthy(self) -> None:
        self.assertEqual(self.get("/healthz"), (200, {"status": "ok"}))

    def test_says_what_it_was_built_from(self) -> None:
        expected = {"service": "hello-python", "version": "1.2.3", "revision": "abc1234"}
        self.assertEqual(self.get("/version"), (200, expected))

    def test_an_unknown_path_is_not_found(self) -> None:
        for target in ("/nothing", "/greet/a/b", "/healthz/deep"):
            with self.subTest(target=target):
                status, body = self.get(target)
                self.assertEqual((status, body["error"]["code"]), (404, "not-found"))

    def test_writing_is_refused_and_says_what_is_allowed(self) -> None:
        status, body, response = self.service.request("POST", "/greet/Ada")
        self.assertEqual((status, body["error"]["code"]), (405, "method-not-allowed"))
        self.assertEqual(response.getheader("Allow"), "GET, HEAD")

    def test_head_has_the_headers_of_get_and_no_body(self) -> None:
        status, body, response = self.service.request("HEAD", "/healthz")
        self.assertEqual((status, body), (200, {}))
        self.assertEqual(response.getheader("Content-Length"), str(len('{"status": "ok"}\n')))


class LifeOfTheProcess(unittest.TestCase):
    def test_sigterm_lets_a_running_request_end_and_exits_with_0(self) -> None:
        service = Service()
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
            # Half a request: a thread of the service is now in the middle of it.
            connection.sendall(b"GET /greet/Ada HTTP/1.0\r\n")
            service.request("GET", "/healthz")
            service.process.send_signal(signal.SIGTERM)
            while "stopping" not in (line := json.loads(service.process.stdout.readline()))["message"]:
                self.assertEqual(line["message"], "request")
            connection.sendall(b"\r\n")
            received = b"".join(iter(lambda: connection.recv(4096), b""))
        self.assertIn(b"Hello, Ada!", received)
        self.assertEqual(service.end(), 0)
        self.assertEqual(service.log[-1]["message"], "stopped")

    def test_every_log_line_is_json_and_a_request_has_one(self) -> None:
        service = Service()
        service.request("GET", "/greet/Ada")
        service.request("GET", "/nothing%0Aforged")
        self.assertEqual(service.stop(), 0)
        requests = [line for line in service.log if line["message"] == "request"]
        self.assertEqual(
            [(line["method"], line["path"], line["status"]) for line in requests],
            [("GET", "/greet/Ada", 200), ("GET", "/nothing%0Aforged", 404)],
        )
        self.assertTrue(all({"time", "level", "message"} <= line.keys() for line in service.log))

    def test_a_wrong_port_stops_it_with_exit_code_2_and_says_why(self) -> None:
        service = Service(PORT="eighty")
        self.assertEqual(service.process.wait(timeout=10), 2)
        service.process.stdout.close()
        self.assertIn("PORT must be a whole number", service.log[0]["problem"])

    def test_without_a_build_the_version_is_unknown(self) -> None:
        service = Service(VERSION="", REVISION="")
        _, body, _ = service.request("GET", "/version")
        service.stop()
        self.assertEqual((body["version"], body["revision"]), ("unknown", "unknown"))


if __name__ == "__main__":
    unittest.main()
