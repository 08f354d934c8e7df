"""What examples need that run as programs: a backend in a thread, and the program itself."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

__all__ = ["EXAMPLES", "ProgramTestCase"]

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
SECONDS = 20.0


class Echo(BaseHTTPRequestHandler):
    """Tells what was asked for, and by whom if the asker proved it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        shown: dict[str, Any] = {"id": 7, "name": self.path, "secret": "x"}
        if isinstance(self.connection, ssl.SSLSocket):
            subject: Any = (self.connection.getpeercert() or {}).get("subject", ())
            shown["asker"] = dict(pair[0] for pair in subject)["commonName"]
        body = json.dumps(shown).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class ProgramTestCase(SynchronousTestCase):
    """A folder of its own, a backend, and one program."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir(parents=True)

    def backend(self, context: ssl.SSLContext | None = None) -> int:
        """Start a backend; give its port."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        server.daemon_threads = True
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return int(server.server_address[1])

    def environment(self, **more: str) -> dict[str, str]:
        path = os.pathsep.join([str(ROOT), str(ROOT / "admin")])
        return {**os.environ, "PYTHONPATH": path, **more}

    def run_to_end(self, *arguments: str) -> None:
        """Run a program of this Python that ends by itself, and well."""
        subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment(),
            check=True,
            capture_output=True,
            timeout=SECONDS,
        )

    def start(self, arguments: Sequence[str], **environment: str) -> int:
        """Start a program of this Python on a free port; give the port once it listens."""
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = int(found.getsockname()[1])
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment(KRAKEND_PORT=str(port), **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                if process.poll() is not None:
                    self.fail(process.communicate()[0])
                time.sleep(0.02)
            else:
                return port
        return self.fail("it does not listen")

    def get(
        self, port: int, path: str, method: str = "GET", context: ssl.SSLContext | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Ask, and read the whole answer."""
        connection: http.client.HTTPConnection
        if context is None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        else:
            connection = http.client.HTTPSConnection(
                "localhost", port, timeout=SECONDS, context=context
            )
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()
