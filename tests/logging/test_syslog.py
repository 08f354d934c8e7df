"""Lines for the syslog daemon."""

from __future__ import annotations

import os
import re
import socket

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.logging.syslog import SyslogUnreachable, facility, syslog


class SyslogTests(SynchronousTestCase):
    """A daemon listens on a socket of ours."""

    def setUp(self) -> None:
        self.path = self.mktemp()[-90:]
        self.daemon = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.daemon.close)
        self.daemon.bind(self.path)

    def test_a_message(self) -> None:
        """The priority follows the configured level, not the message's."""
        write = syslog("WARNING", facility("Local5"), "gw", ["/none", self.path])
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
            syslog(level, facility(""), "", [self.path])("INFO", "x")
            self.assertRegex(
                self.daemon.recv(1000).decode(), rf"^<{19 * 8 + severity}>.* gatekeeper\["
            )

    def test_a_daemon_that_goes(self) -> None:
        """Messages are lost, nothing else."""
        write = syslog("INFO", 19, "", [self.path])
        self.daemon.close()
        write("INFO", "x")

    def test_no_daemon(self) -> None:
        """It is said at start."""
        with self.assertRaises(SyslogUnreachable):
            syslog("INFO", 19, "", ["/none"])
