"""Noticing files that change."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import (
    TLS,
    ClientTLS,
    HTTPClient,
    KeyPair,
    Server,
    ServiceConfig,
)
from gatekeeper.node.files import EVERY_S, WatchedFiles, certificate_files


class WatchedFilesTests(SynchronousTestCase):
    """One file, and a clock that the test moves."""

    def setUp(self) -> None:
        self.file = Path(self.mktemp())
        self.file.write_text("one")
        self.clock = Clock()
        self.changes = 0
        self.watched = WatchedFiles(self.clock, self.changed)
        self.watched.watch([str(self.file), "/none"])

    def changed(self) -> None:
        self.changes += 1

    def look(self, times: int = 1) -> int:
        self.clock.pump([EVERY_S] * times)
        return self.changes

    def test_nothing_happens(self) -> None:
        """Looking alone changes nothing."""
        self.assertEqual(0, self.look(5))

    def test_a_change(self) -> None:
        """It is told once, when the file has been quiet for one look."""
        self.file.write_text("another")
        self.assertEqual(0, self.look())
        self.assertEqual(1, self.look())
        self.assertEqual(1, self.look(5))

    def test_restless_files(self) -> None:
        """While they go on changing nothing is told."""
        for number in range(5):
            self.file.write_text("x" * number)
            self.assertEqual(0, self.look())
        self.assertEqual(1, self.look())

    def test_gone_and_back(self) -> None:
        """A link that points elsewhere, as a renewed secret of Kubernetes does, is a change."""
        target = Path(self.mktemp())
        target.write_text("one")
        self.file.unlink()
        os.symlink(target, self.file)
        self.assertEqual(1, self.look(2))

    def test_the_end(self) -> None:
        """Nobody looks any more."""
        self.watched.stop()
        self.assertEqual([], self.clock.getDelayedCalls())


class CertificateFilesTests(SynchronousTestCase):
    """Which files are watched."""

    def test_all_of_both_sides(self) -> None:
        """Pairs and authorities of `tls` and `client_tls`, each once."""
        service = ServiceConfig(
            server=Server(tls=TLS([KeyPair("a.pem", "a.key")], client_cas=["ca.pem", "a.pem"])),
            client=HTTPClient(
                tls=ClientTLS(ca_certs=["b.pem"], client_certs=[KeyPair("c.pem", "c.key")])
            ),
        )
        self.assertEqual(
            ["a.key", "a.pem", "b.pem", "c.key", "c.pem", "ca.pem"], certificate_files(service)
        )
        self.assertEqual([], certificate_files(ServiceConfig()))
