"""Real processes: how they start, what they print, and with which status they end."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

BIN = Path(sys.executable).parent
RUNNERS = {
    "twistd": f"{BIN}/twistd -n --pidfile= gatekeeper -c krakend.json",
    "twistd on epoll": f"{BIN}/twistd -n --reactor=epoll --pidfile= gatekeeper -c krakend.json",
    "twist": f"{BIN}/twist gatekeeper -c krakend.json",
    "gatekeeper": f"{sys.executable} -m gatekeeper run -c krakend.json",
    "one process": f"{sys.executable} -m gatekeeper run -c krakend.json --workers 0",
}
SECONDS = 20.0


def free_port() -> int:
    """Give a port that nobody has at the moment."""
    with socket.socket(socket.AF_INET6) as found:
        found.bind(("::", 0))
        return int(found.getsockname()[1])


class ProcessTests(SynchronousTestCase):
    """Each test has a folder of its own to start in."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir(parents=True)
        self.port = free_port()
        self.configure()

    def configure(self, **keys: object) -> None:
        config = {"version": 3, "port": self.port, **keys}
        config.setdefault("extra_config", {"gatekeeper/admin": {"disabled": True}})
        (self.folder / "krakend.json").write_text(json.dumps(config))

    def start(self, command: str) -> subprocess.Popen[str]:
        """Start a command in a shell that it replaces."""
        root = str(Path(__file__).parent.parent)
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {command}"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([root, f"{root}/admin"])},
        )
        self.addCleanup(self.end, process)
        return process

    def end(self, process: subprocess.Popen[str]) -> None:
        if process.poll() is None:
            process.kill()
        process.communicate()

    def health(self, process: subprocess.Popen[str] | None = None) -> int:
        """Give the status of the health page, once there is one."""
        until = time.monotonic() + SECONDS
        while True:
            connection = http.client.HTTPConnection("localhost", self.port, timeout=SECONDS)
            try:
                connection.request("GET", "/__health")
                return connection.getresponse().status
            except OSError:
                if time.monotonic() > until or (process and process.poll() is not None):
                    raise
                time.sleep(0.02)
            finally:
                connection.close()

    def ended(self, process: subprocess.Popen[str]) -> tuple[int, str, str]:
        """Wait for the end; give status, standard output and standard error."""
        out, err = process.communicate(timeout=SECONDS)
        return process.returncode, out, err

    def test_a_life(self) -> None:
        """Started in any way, it serves, says so, and ends in order with status 0."""
        for name, command in RUNNERS.items():
            with self.subTest(name):
                process = self.start(command)
                self.assertEqual(200, self.health(process))
                process.send_signal(signal.SIGTERM)
                code, out, err = self.ended(process)
                self.assertEqual(0, code)
                self.assertRegex(err, r"^[\d/]+ [\d:]+ Signal intercepted: terminated\n$")
                lines = [line for line in out.splitlines() if "KRAKEND DEBUG" not in line]
                self.assertIn("INFO: Starting KrakenD v2.13-gatekeeper-", lines[0])
                self.assertIn(f"Working directory is {self.folder.resolve()}", lines[1])
                self.assertIn(f"[SERVICE: Gin] Listening on port: {self.port}", lines[3])
                self.assertRegex(lines[4], r'^\[GIN\] .* \| 200 \| .* GET      "/__health"$')
                self.assertIn("[SERVICE: Gin] Router execution ended", lines[5])
                self.assertEqual(6, len(lines))

    def test_a_port_in_use(self) -> None:
        """One clear message, no traceback, status 1, and no file left behind."""
        with socket.socket(socket.AF_INET6) as taken:
            taken.bind(("::", self.port))
            taken.listen()
            text = f"listen tcp :{self.port}: bind: address already in use"
            for name, command in RUNNERS.items():
                with self.subTest(name):
                    code, out, err = self.ended(self.start(command))
                    self.assertEqual((1, f"ERROR: {text}\n"), (code, err))
                    self.assertIn(f"ERROR: [SERVICE: Gin] {text}", out)
            code, _, err = self.ended(
                self.start(f"{BIN}/twistd --pidfile=pid gatekeeper -c krakend.json")
            )
            self.assertEqual(1, code)
            self.assertIn(text, err)
            self.assertFalse((self.folder / "pid").exists())

    def test_an_unusable_file(self) -> None:
        """Its place and the reason, no traceback, status 255."""
        self.configure(timeout="2 sec")
        for name, command in RUNNERS.items():
            with self.subTest(name):
                code, out, err = self.ended(self.start(command))
                self.assertEqual((255, ""), (code, out))
                self.assertTrue(err.startswith("ERROR parsing the configuration file:\nkrakend"))
                self.assertNotIn("Traceback", err)

    def test_closed_streams(self) -> None:
        """It serves without standard streams, and gives their numbers to nobody."""
        for redirections in (">&- 2>&- <&-", ">&-", ">/dev/null 2>&1"):
            with self.subTest(redirections):
                process = self.start(f"{RUNNERS['twistd']} {redirections}")
                self.assertEqual(200, self.health(process))
                held = {os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in (0, 1, 2)}
                self.assertFalse([name for name in held if name.startswith("socket")])
                process.send_signal(signal.SIGTERM)
                self.assertEqual(0, self.ended(process)[0])

    def test_a_daemon(self) -> None:
        """Its log is Twisted's, in a file."""
        code, out, err = self.ended(
            self.start(f"{BIN}/twistd --pidfile=pid --logfile=log gatekeeper -c krakend.json")
        )
        self.assertEqual((0, "", ""), (code, out, err))
        self.assertEqual(200, self.health())
        os.kill(int((self.folder / "pid").read_text()), signal.SIGTERM)
        until = time.monotonic() + SECONDS
        while (self.folder / "pid").exists() and time.monotonic() < until:
            time.sleep(0.02)
        log = (self.folder / "log").read_text()
        for text in ("INFO Starting KrakenD", "[GIN]", "Router execution ended"):
            self.assertIn(text, log)

    def test_a_hang_up_of_one_process(self) -> None:
        """It is answered in the log, and nothing else happens."""
        process = self.start(f"{RUNNERS['gatekeeper']} --workers 0")
        self.health(process)
        process.send_signal(signal.SIGHUP)
        self.assertEqual(200, self.health(process))
        process.send_signal(signal.SIGINT)
        code, out, _ = self.ended(process)
        self.assertEqual(0, code)
        self.assertIn("WARNING: [SERVICE: Node] not reloading: one process (--workers 0)", out)

    def test_no_reactor_too_early(self) -> None:
        """Finding and reading the plugin leaves the choice of the reactor open."""
        code = "import gatekeeper.tap, sys; sys.exit('twisted.internet.reactor' in sys.modules)"
        self.assertEqual(0, self.ended(self.start(f'{sys.executable} -c "{code}"'))[0])
