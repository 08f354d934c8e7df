"""Gateways as real processes, for tests that need them: started, watched and ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gatekeeper.tls.authority import Authority
from tests.faults.storm import free_port

__all__ = ["TOKEN", "Backend", "Instance", "Pair", "started"]

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 20.0
TOKEN = "open sesame"


class Backend:
    """Answers ``/fast/7`` at once and ``/slow/7`` after a moment with ``{"id": 7}``."""

    slow_s = 0.15

    async def start(self) -> int:
        """Listen; gives the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ")[1]
                if path.startswith(b"/slow/"):
                    await asyncio.sleep(self.slow_s)
                body = b'{"id":%s}' % path.rpartition(b"/")[2]
                kind = b"Content-Type: application/json\r\n"
                writer.write(
                    b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (kind, len(body), body)
                )
        except (OSError, EOFError):
            writer.close()


class Pair:
    """A certificate that clients trust, in files that a gateway reads."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority()
        self.certificate = folder / "server.pem"
        self.key = folder / "server.key"
        self.issue()

    def issue(self) -> None:
        """Write another one."""
        issued = self.authority.server(["localhost"])
        self.certificate.write_bytes(issued.certificate)
        self.key.write_bytes(issued.key)

    def trust(self) -> ssl.SSLContext:
        """Give what a client needs."""
        return ssl.create_default_context(cadata=self.authority.certificate.decode())


class Instance:
    """
    One gateway.

    Attributes:
        port, admin_port: Where it listens.
        process: Itself.
        pair: What it shows clients with TLS.
        file, output: What it reads and what it prints.
    """

    process: asyncio.subprocess.Process

    def __init__(self, folder: Path, backend: int, pair: Pair | None = None) -> None:
        self.port = free_port()
        self.admin_port = free_port()
        self.file = folder / f"krakend-{self.port}.json"
        self.output = folder / f"output-{self.port}"
        self._backend = backend
        self.pair = pair
        self.configure(1)

    def configure(self, revision: int, more: Mapping[str, Any] | None = None, **keys: Any) -> None:
        """
        Write the file; every answer of ``/revision`` says which one was read.

        Args:
            more: Namespaces of the service, in place of the usual ones.
            keys: Keys of the service, in place of the usual ones.
        """
        static = {"proxy": {"static": {"strategy": "always", "data": {"revision": revision}}}}
        config: dict[str, Any] = {
            "version": 3,
            "name": f"revision {revision}",
            "port": self.port,
            "host": [f"http://127.0.0.1:{self._backend}"],
            "timeout": "5s",
            "use_h2c": True,
            "extra_config": {
                "router": {"disable_access_log": True},
                "telemetry/logging": {"level": "WARNING", "stdout": True},
                "gatekeeper/admin": {"listen": f"127.0.0.1:{self.admin_port}", "token": TOKEN},
                **(more or {}),
            },
            "endpoints": [
                *(
                    {"endpoint": f"/{kind}/{{n}}", "backend": [{"url_pattern": f"/{kind}/{{n}}"}]}
                    for kind in ("fast", "slow")
                ),
                {
                    "endpoint": "/revision",
                    "backend": [{"url_pattern": "/fast/0"}],
                    "extra_config": static,
                },
            ],
            **keys,
        }
        if self.pair is not None:
            files = {
                "public_key": str(self.pair.certificate),
                "private_key": str(self.pair.key),
            }
            config["tls"] = {"keys": [files]}
        self.file.write_text(json.dumps(config))

    async def launch(
        self,
        *arguments: str,
        before: Sequence[str] = (),
        twistd: Sequence[str] = (),
        **more: Any,
    ) -> None:
        """
        Start it; what it prints goes to `output`.

        Args:
            before: A command that runs the command that follows.
            twistd: Options of ``twistd`` itself.
        """
        path = os.pathsep.join((str(ROOT), str(ROOT / "admin")))
        environ = {**os.environ, "PYTHONPATH": path, **more.pop("environ", {})}
        with self.output.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *(*before, sys.executable, str(Path(sys.executable).parent / "twistd")),
                *("-n", "--pidfile=", *twistd, "gatekeeper", "-c", str(self.file), *arguments),
                env=environ,
                cwd=self.file.parent,
                stdout=output,
                stderr=output,
                **more,
            )

    async def start(self, *arguments: str, **more: Any) -> None:
        """Start it, and wait until it is ready."""
        await self.launch(*arguments, **more)
        async with asyncio.timeout(PATIENCE_S):
            while (await self.admin("GET", "/ready"))[0] != 200:
                if self.process.returncode is not None:
                    raise RuntimeError(f"it ended with {self.process.returncode}: {self.printed()}")
                await asyncio.sleep(0.02)

    def printed(self) -> str:
        """Give what it has printed."""
        return self.output.read_text("utf-8", "replace")

    async def says(self, text: str) -> None:
        """Wait until it has printed something."""
        async with asyncio.timeout(PATIENCE_S):
            while text not in self.printed():
                await asyncio.sleep(0.02)

    async def admin(self, method: str, path: str) -> tuple[int, bytes]:
        """Ask the admin site; status 0 when it is not there."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.admin_port)
        except OSError:
            return 0, b""
        try:
            writer.write(
                f"{method} {path} HTTP/1.0\r\nHost: localhost\r\n"
                f"Authorization: Bearer {TOKEN}\r\nContent-Length: 0\r\n\r\n".encode()
            )
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
        return (int(head.split(b" ")[1]), body) if head else (0, b"")

    async def status(self) -> dict[str, Any]:
        """Give what the admin site says about it."""
        found: dict[str, Any] = json.loads((await self.admin("GET", "/status.json"))[1])
        return found

    async def reload(self) -> tuple[int, dict[str, Any]]:
        """Order a reload; gives status and what came of it."""
        status, body = await self.admin("POST", "/reload")
        return status, json.loads(body)

    async def stop(self) -> int:
        """End it; gives its exit status."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()


@asynccontextmanager
async def started(instance: Instance, *arguments: str, **more: Any) -> AsyncIterator[Instance]:
    """Run a gateway, with two workers unless told otherwise, for a while."""
    try:
        await instance.start(*(arguments or ("--workers", "2")), **more)
        yield instance
    finally:
        try:
            await instance.stop()
        except TimeoutError:
            instance.process.kill()
