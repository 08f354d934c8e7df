"""Talking to whoever started us."""

from __future__ import annotations

import os
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.logging.streams import descriptor


class StreamsTests(SynchronousTestCase):
    """The standard streams as they were given."""

    def run_python(self, code: str, redirections: str) -> str:
        """Run code in a shell with redirected streams, give what it wrote to descriptor 9."""
        script = f'"{sys.executable}" -c "{code}" 9>&1 {redirections}'
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            capture_output=True,
            check=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        return done.stdout

    def test_started_without(self) -> None:
        """Python tells whether the descriptor was open; its number may belong to others."""
        self.patch(sys, "__stdout__", None)
        self.assertIsNone(descriptor("stdout"))

    def test_closed_streams_are_occupied(self) -> None:
        """The next file gets a number of its own, and telling something does no harm."""
        code = (
            "import os; from gatekeeper.logging.streams import occupy, tell; occupy();"
            "tell('lost'); fd = os.open('/dev/null', os.O_RDONLY); os.write(9, b'%d' % fd)"
        )
        self.assertEqual("3", self.run_python(code, ">&- 2>&- <&-"))

    def test_telling(self) -> None:
        """It reaches standard error even while Twisted has it."""
        code = (
            "import sys, io; from gatekeeper.logging.streams import tell;"
            "sys.stderr = io.StringIO(); tell('hello \\u25b6')"
        )
        self.assertEqual("hello ▶\n", self.run_python(code, "2>&1"))
