"""Lines for the syslog daemon."""

from __future__ import annotations

import os
import re
import socket

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.logging.syslog import Syslog, SyslogUnreachable, facility


class SyslogTests(SynchronousTestCase):
    """A daemon listens on a socket of ours."""

    def setUp(self) -> None:
        self.path = self.mktemp()[-90:]
        self.daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.daemon.close)
        self.daemon.bind(self.path)

    def test_a_message(self) -> None:
        """The priority follows the configured level, not the message's."""
        write = Syslog("WARNING", facility("Local5"), "gw", ["/none", self.path]).write
        write("ERROR", "[ENDPOINT: /a] é")
        self.assertRegex(
            self.daemon.recv(1000).decode(),
            rf"^<172>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d gw\[{os.getpid()}\]: "
            + re.escape("ERROR > [ENDPOINT: /a] é\n"),
        )

    def test_severities_and_names(self) -> None:
        """A level without a severity of its own is critical; the tag has a default."""
        table = {"DEBUG": 7, "INFO": 6, "NOTICE": 2, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}
        for level, severity in table.items():
            Syslog(level, facility(""), "", [self.path]).write("INFO", "x")
            self.assertRegex(
                self.daemon.recv(1000).decode(), rf"^<{19 * 8 + severity}>.* gatekeeper\["
            )

    def test_a_daemon_that_goes(self) -> None:
        """Messages are lost, nothing else."""
        write = Syslog("INFO", 19, "", [self.path]).write
        self.daemon.close()
        write("INFO", "x")

    def test_no_daemon(self) -> None:
        """It is said at start."""
        with self.assertRaises(SyslogUnreachable):
            Syslog("INFO", 19, "", ["/none"])

    def test_another_daemon(self) -> None:
        """Opened anew, messages reach the one that took the place of the first."""
        log = Syslog("INFO", 19, "", [self.path])
        self.daemon.close()
        os.unlink(self.path)
        log.reopen()  # there is none for a moment
        another = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(another.close)
        another.bind(self.path)
        log.reopen()
        log.write("INFO", "here again")
        self.assertIn("here again", another.recv(1000).decode())
