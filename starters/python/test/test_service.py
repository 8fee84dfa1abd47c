"""Runs the service as a process, as the image does, and talks to it over HTTP.

    python3 -m unittest discover -s test
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"


class Service:
    def __init__(self, **environment: str) -> None:
        own = {"PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1", "HOST": "127.0.0.1", "PORT": "0"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "starter_service"],
            env={"PATH": os.environ["PATH"], **own, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.first = json.loads(self.process.stdout.readline())

    def request(self, method: str, target: str) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", self.first["port"], timeout=10)
        try:
            connection.request(method, target)
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text else {}
        finally:
            connection.close()

    def stop(self) -> tuple[int, list[dict]]:
        self.process.send_signal(signal.SIGTERM)
        rest, _ = self.process.communicate(timeout=20)
        return self.process.returncode, [json.loads(line) for line in rest.splitlines()]


class RunningService(unittest.TestCase):
    def setUp(self) -> None:
        self.service = Service(VERSION="1.2.3", REVISION="abc1234")
        self.addCleanup(self.service.process.kill)

    def tearDown(self) -> None:
        self.service.stop()

    def test_says_that_it_is_healthy(self) -> None:
        self.assertEqual(self.service.request("GET", "/healthz"), (200, {"status": "ok"}))
        self.assertEqual(self.service.request("HEAD", "/healthz"), (200, {}))

    def test_says_what_it_was_built_from(self) -> None:
        expected = {"service": "starter-service", "version": "1.2.3", "revision": "abc1234"}
        self.assertEqual(self.service.request("GET", "/version"), (200, expected))

    def test_refuses_what_it_has_not(self) -> None:
        self.assertEqual(self.service.request("GET", "/nothing")[0], 404)
        self.assertEqual(self.service.request("POST", "/")[0], 405)


class LifeOfTheProcess(unittest.TestCase):
    def test_ends_with_0_when_told_to_stop_and_has_one_line_a_request(self) -> None:
        service = Service()
        service.request("GET", "/")
        code, lines = service.stop()
        self.assertEqual(code, 0)
        self.assertEqual([line["path"] for line in lines if line["message"] == "request"], ["/"])
        self.assertEqual(lines[-1]["message"], "stopped")

    def test_a_wrong_port_stops_it_with_exit_code_2_and_says_why(self) -> None:
        service = Service(PORT="eighty")
        self.assertEqual(service.process.wait(timeout=10), 2)
        service.process.stdout.close()
        self.assertIn("PORT must be a whole number", service.first["problem"])


if __name__ == "__main__":
    unittest.main()
