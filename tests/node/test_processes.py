"""Nodes as real processes: what operators do to them, and what happens to them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from gatekeeper.revocation.calls import CHECK
from gatekeeper.revocation.client import call, revoke
from tests.faults.gateways import PATIENCE_S, Backend, Instance, Pair, started
from tests.faults.load import Answer, open_h1
from tests.faults.storm import free_port


def everybody_may_read(*folders: Path) -> bool:
    """Tell whether somebody without rights gets into folders."""
    ways = [place for folder in folders for place in (folder, *folder.parents)]
    return all(place.stat().st_mode & 0o005 == 0o005 for place in ways)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something."""
    async with asyncio.timeout(PATIENCE_S):
        while not await true():
            await asyncio.sleep(0.02)


async def get(instance: Instance, path: str, port: int = 0, tls: Any = None) -> Answer:
    """Ask on a connection of its own."""
    connection = await open_h1(port or instance.port, tls)
    try:
        return await connection.ask(path)
    finally:
        connection.close()


async def revision(instance: Instance, port: int = 0) -> int:
    answer = await get(instance, "/revision", port)
    return int(json.loads(answer.body)["revision"])


async def refuses(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return True
    writer.close()
    return False


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Node(SynchronousTestCase):
    """Each test has a folder and a backend."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir(parents=True)

    def run_node(
        self,
        test: Callable[[Instance], Coroutine[Any, Any, None]],
        *arguments: str,
        pair: Pair | None = None,
        **more: Any,
    ) -> Instance:
        """Run a gateway while a test looks at it; it must end with status 0."""

        async def work() -> Instance:
            backend = Backend()
            instance = Instance(self.folder, await backend.start(), pair)
            instance.configure(1, **more.pop("keys", {}))
            async with started(instance, *arguments, **more):
                await test(instance)
            await backend.stop()
            return instance

        instance = asyncio.run(work())
        self.assertEqual(0, instance.process.returncode, instance.printed())
        return instance


class ReloadTests(Node):
    """Another configuration, in the same life."""

    def test_a_broken_file(self) -> None:
        """The old one goes on; log, page and metrics say why."""

        async def test(instance: Instance) -> None:
            instance.file.write_text('{"version": 3, "port": "many"}')
            status, change = await instance.reload()
            self.assertEqual((422, False), (status, change["ok"]))
            self.assertIn(":1:24: port: ", change["why"])
            self.assertEqual(1, await revision(instance))
            seen = await instance.status()
            self.assertEqual({"ok": 0, "failed": 1}, seen["node"]["reloads"])
            self.assertIn("port", seen["node"]["last_reload"]["why"])
            _, metrics = await instance.admin("GET", "/metrics")
            self.assertIn(b"gatekeeper_config_last_reload_success 0.0", metrics)
            instance.configure(2)
            instance.process.send_signal(signal.SIGHUP)
            await until(lambda: self.serves(instance, 2))

        instance = self.run_node(test)
        self.assertIn("not reloaded: the old configuration goes on", instance.printed())

    async def serves(self, instance: Instance, number: int) -> bool:
        return await revision(instance) == number

    def test_another_port(self) -> None:
        """It is listened on before the old one is left; a busy one changes nothing."""

        async def test(instance: Instance) -> None:
            with socket.socket() as taken:
                taken.bind(("0.0.0.0", 0))
                taken.listen()
                busy = taken.getsockname()[1]
                instance.configure(2, port=busy)
                status, change = await instance.reload()
                self.assertEqual(422, status)
                self.assertIn("address already in use", change["why"])
                self.assertEqual(1, await revision(instance))
            port = free_port()
            instance.configure(3, port=port)
            self.assertEqual(200, (await instance.reload())[0])
            self.assertEqual(3, await revision(instance, port))
            await until(lambda: refuses(instance.port))

        self.run_node(test)

    def test_a_part_that_cannot_start(self) -> None:
        """The admin site's new port is busy: it stays where it was."""

        async def test(instance: Instance) -> None:
            with socket.socket() as taken:
                taken.bind(("127.0.0.1", 0))
                taken.listen()
                listen = f"127.0.0.1:{taken.getsockname()[1]}"
                config = json.loads(instance.file.read_text())
                config["extra_config"]["gatekeeper/admin"]["listen"] = listen
                instance.file.write_text(json.dumps(config))
                instance.process.send_signal(signal.SIGHUP)
                await instance.says("not reloaded")
            await until(lambda: self.is_there(instance))
            self.assertEqual(1, (await instance.status())["node"]["generation"])

        self.run_node(test)

    async def is_there(self, instance: Instance) -> bool:
        return (await instance.admin("GET", "/ready"))[0] == 200

    def test_revoked_tokens_stay_revoked(self) -> None:
        """Whoever revoked a token need not know that somebody changed a timeout."""
        port = free_port()
        revoker = {
            "N": 1000, "P": 0.001, "hash_name": "optimal", "TTL": 60, "port": port,
            "token_keys": ["jti"],
        }  # fmt: skip

        def is_revoked(element: bytes) -> bool:
            with socket.create_connection(("127.0.0.1", port), 10) as connection:
                connection.sendall(call(CHECK, [element]))
                return connection.recv(65536).endswith(b"\x01\x01\x01\x00")  # a list of one: true

        async def test(instance: Instance) -> None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, revoke, f"127.0.0.1:{port}", ["jti-7"])
            instance.configure(2, {"auth/revoker": revoker})
            status, change = await instance.reload()
            self.assertEqual((200, True), (status, change["ok"]), change)
            self.assertTrue(await loop.run_in_executor(None, is_revoked, b"jti-7"))
            self.assertFalse(await loop.run_in_executor(None, is_revoked, b"jti-8"))

        self.run_node(test, keys={"more": {"auth/revoker": revoker}})

    def test_without_workers(self) -> None:
        """One process says that it cannot."""

        async def test(instance: Instance) -> None:
            instance.configure(2)
            status, change = await instance.reload()
            self.assertEqual(422, status)
            self.assertIn("--workers 0", change["why"])
            self.assertEqual(1, await revision(instance))

        self.run_node(test, "--workers", "0")


class CertificateTests(Node):
    """Renewed files are taken up."""

    def test_renewal(self) -> None:
        """With and without workers; what is broken is not used."""
        for workers in ("2", "0"):
            with self.subTest(workers):
                self.run_node(self.renew, "--workers", workers, pair=Pair(self.folder))

    async def renew(self, instance: Instance) -> None:
        pair = instance.pair
        assert pair is not None
        first = await self.shown(instance)
        pair.certificate.write_text("nonsense")
        await instance.says("renewed certificates are not used")
        self.assertEqual(first, await self.shown(instance))
        pair.issue()
        await until(lambda: self.is_renewed(instance))
        self.assertNotEqual(first, await self.shown(instance))

    async def is_renewed(self, instance: Instance) -> bool:
        return bool((await instance.status())["node"]["last_renewal"]["ok"])

    async def shown(self, instance: Instance) -> bytes | None:
        trust = instance.pair.trust() if instance.pair else None
        _, writer = await asyncio.open_connection(
            "127.0.0.1", instance.port, ssl=trust, server_hostname="localhost"
        )
        tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
        shown = tls.getpeercert(binary_form=True)
        writer.close()
        return shown


class StopTests(Node):
    """Ending in order."""

    def test_requests_in_flight(self) -> None:
        """They are answered; new connections are refused; a second signal changes nothing."""

        async def test(instance: Instance) -> None:
            asked = asyncio.create_task(get(instance, "/slow/7"))
            await until(lambda: self.is_in_flight(instance))
            for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT):
                instance.process.send_signal(number)
            await until(lambda: refuses(instance.port))
            self.assertEqual(b'{"id":7}', (await asked).body)

        self.patch(Backend, "slow_s", 1.0)
        instance = self.run_node(test)
        self.assertEqual(1, instance.printed().count("Signal intercepted: "))

    async def is_in_flight(self, instance: Instance) -> bool:
        return bool((await instance.status())["in_flight"])

    def test_a_signal_to_everybody(self) -> None:
        """A terminal or a service manager signals the whole group: workers leave it to us."""

        async def test(instance: Instance) -> None:
            asked = asyncio.create_task(get(instance, "/slow/7"))
            await until(lambda: self.is_in_flight(instance))
            for number in (signal.SIGHUP, signal.SIGQUIT):
                os.killpg(instance.process.pid, number)
            self.assertEqual(b'{"id":7}', (await asked).body)

        self.patch(Backend, "slow_s", 1.0)
        self.run_node(test, "--workers", "2", start_new_session=True)

    def test_balancers_may_notice(self) -> None:
        """With `pre_stop_delay` it is not ready at once, and serves for a while."""

        async def test(instance: Instance) -> None:
            instance.process.send_signal(signal.SIGTERM)
            await until(lambda: self.is_not_ready(instance))
            self.assertEqual(200, (await instance.admin("GET", "/live"))[0])
            self.assertEqual(200, (await get(instance, "/fast/1")).status)

        extra = {"gatekeeper/node": {"pre_stop_delay": "1s"}}
        self.run_node(test, keys={"more": extra})

    async def is_not_ready(self, instance: Instance) -> bool:
        return (await instance.admin("GET", "/ready"))[0] == 503

    def test_a_killed_supervisor(self) -> None:
        """Its workers and their template end by themselves, and leave the port."""

        async def test(instance: Instance) -> None:
            pids = [each["pid"] for each in (await instance.status())["workers"]]
            instance.process.kill()
            await instance.process.wait()
            await until(lambda: asyncio.sleep(0, not any(map(alive, pids))))
            self.assertTrue(await refuses(instance.port))
            await instance.start("--workers", "2")

        self.run_node(test)


class StartTests(Node):
    """Beginning."""

    def test_systemd(self) -> None:
        """It is told when we serve and when we end."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            path = self.mktemp()[-90:]  # the names of sockets are short
            manager.bind(path)
            manager.setblocking(False)

            async def test(instance: Instance) -> None:
                await until(lambda: asyncio.sleep(0, self.has_heard(manager, b"READY=1")))
                instance.process.send_signal(signal.SIGHUP)
                await until(lambda: asyncio.sleep(0, self.has_heard(manager, b"RELOADING=1")))
                await until(lambda: asyncio.sleep(0, self.has_heard(manager, b"READY=1")))

            self.run_node(test, environ={"NOTIFY_SOCKET": os.path.abspath(path)[-107:]})
            self.assertTrue(self.has_heard(manager, b"STOPPING=1"))

    def has_heard(self, manager: socket.socket, word: bytes) -> bool:
        try:
            return word in manager.recv(1000)
        except BlockingIOError:
            return False

    def test_a_socket_of_a_service_manager(self) -> None:
        """What waits in it is answered; the port of the file does not count, nor after a reload."""
        with socket.socket() as given:
            given.bind(("127.0.0.1", 0))
            given.listen()
            port = given.getsockname()[1]

            async def test(instance: Instance) -> None:
                self.assertEqual(1, await revision(instance, port))
                self.assertTrue(await refuses(instance.port))
                instance.configure(2)
                self.assertEqual(200, (await instance.reload())[0])
                self.assertEqual(2, await revision(instance, port))

            number = given.fileno()
            script = f'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<&{number}'
            self.run_node(test, before=("/bin/sh", "-c", script, "sh"), pass_fds=[number])

    def test_no_worker_can_serve(self) -> None:
        """One message says why, and the status is not 0."""
        if os.getuid():
            raise SkipTest("only root can give up rights")
        if not everybody_may_read(Path(sys.prefix), Path(__file__).parent):
            raise SkipTest("somebody without rights could not even load the gateway from here")
        os.chmod(self.folder, 0o755)
        pair = Pair(self.folder)
        pair.key.chmod(0o600)

        async def work() -> Instance:
            instance = Instance(self.folder, free_port(), pair)
            await instance.launch("--workers", "2", twistd=("--uid", "65534", "--gid", "65534"))
            async with asyncio.timeout(PATIENCE_S):
                await instance.process.wait()
            return instance

        instance = asyncio.run(work())
        self.assertEqual(1, instance.process.returncode, instance.printed())
        told = [line for line in instance.printed().splitlines() if line.startswith("ERROR: ")]
        self.assertEqual(1, len(told), instance.printed())
        self.assertIn("permission denied", told[0])

    def test_a_log_file(self) -> None:
        """Lines of workers are in the file that twistd writes; moved, it is opened anew."""
        file = self.folder / "log"

        async def test(instance: Instance) -> None:
            await get(instance, "/fast/1")
            await until(lambda: asyncio.sleep(0, '"/fast/1"' in file.read_text()))
            file.rename(self.folder / "log.1")
            instance.process.send_signal(signal.SIGUSR1)
            await until(lambda: asyncio.sleep(0, file.exists()))
            await get(instance, "/fast/2")
            await until(lambda: asyncio.sleep(0, '"/fast/2"' in file.read_text()))
            self.assertNotIn('"/fast/2"', (self.folder / "log.1").read_text())

        self.run_node(test, twistd=("--logfile", str(file)), keys={"more": {"router": {}}})
