"""Tests of `gatekeeper.cli`."""

from __future__ import annotations

import contextlib
import io
import os
import stat
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.cli import main

BROKEN = Path(__file__).parent / "config" / "broken"


def call(*arguments: str) -> tuple[int, str]:
    """Run a command; gives the exit code and what it told the operator."""
    told = io.StringIO()
    with contextlib.redirect_stderr(told):
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, told.getvalue()


class CheckTests(SynchronousTestCase):
    """What ``gatekeeper check`` says before anything is served."""

    def config(self, text: str) -> str:
        """Write a file; gives its path."""
        path = Path(self.mktemp())
        path.write_text(text)
        return str(path)

    def test_a_good_file_ends_with_syntax_ok(self) -> None:
        """Pipelines look for the last line and for 0."""
        code, told = call("check", "-c", self.config('{"version": 3}'))
        self.assertEqual((code, told.splitlines()[-1]), (0, "Syntax OK!"))

    def test_no_file_is_asked_for(self) -> None:
        """The message of the original; 1 for `check`, 0 for `run`."""
        self.assertEqual(call("check")[0], 1)
        code, told = call("run")
        self.assertEqual(code, 0)
        self.assertIn("--config", told)

    def test_every_broken_example_is_refused_with_its_place(self) -> None:
        """Each of the examples says file, line and column, and never shows a traceback."""
        examples = [path for path in sorted(BROKEN.iterdir()) if path.suffix != ".txt"]
        self.assertGreaterEqual(len(examples), 10)
        for path in examples:
            with self.subTest(path.name):
                code, told = call("check", "-c", str(path))
                self.assertEqual(code, 1)
                self.assertRegex(told, rf"{path.name}:\d+:\d+: ")
                self.assertNotIn("Traceback", told)

    def test_two_routes_that_cannot_live_together_are_found(self) -> None:
        """Routes are built, not only read."""
        one = '{"endpoint": "/a", "host": "http://x", "backend": {"url_pattern": "/"}}'
        code, told = call(
            "check", "-c", self.config(f'{{"version": 3, "endpoints": [{one}, {one}]}}')
        )
        self.assertEqual(code, 1)
        self.assertIn("handlers are already registered for path '/a'", told)

    def test_parts_of_the_node_are_found(self) -> None:
        """What runs once per node is checked like the rest."""
        text = '{"version": 3, "extra_config": {"auth/revoker": {"N": 0}}}'
        code, told = call("check", "-c", self.config(text))
        self.assertEqual(code, 1)
        self.assertIn("expected 1 or more, found 0", told)

    def test_warnings_of_all_parts(self) -> None:
        """What components find odd while they are built is said as at the start, with its place."""
        lock = '"auth/validator": {"alg": "RS256", "jwk_url": "http://keys"}'
        path = self.config(f"""{{"version": 3, "timout": "1s", "endpoints": [{{
            "endpoint": "/a",
            "backend": [{{"host": ["http://b"], "url_pattern": "/", "extra_config": {{
                {lock}}}}}]}}]}}""")
        code, told = call("check", "-c", path)
        self.assertEqual(code, 0)
        self.assertIn(f"WARNING {path}:1:16: timout: unknown key", told)
        self.assertIn(f"WARNING {path}:4:17: endpoints[0].backend[0].extra_config", told)
        self.assertIn("has no meaning here and is ignored", told)

    def test_a_protection_that_is_not_there_is_refused(self) -> None:
        """An endpoint is never open because a lock was not understood."""
        text = '{"version": 3, "extra_config": {"auth/api-keys": {"keys": []}}}'
        code, told = call("check", "-c", self.config(text))
        self.assertEqual(code, 1)
        self.assertIn("auth/api-keys", told)


class CertsTests(SynchronousTestCase):
    """An internal CA in one command."""

    def test_keys_can_be_read_by_their_owner_only(self) -> None:
        """Three pairs are written, keys with mode 0600."""
        folder = self.mktemp()
        self.assertEqual(call("certs", "--out", folder)[0], 0)
        names = sorted(os.listdir(folder))
        self.assertEqual([name for name in names if name.endswith(".key")], KEYS)
        for name in KEYS:
            self.assertEqual(stat.S_IMODE(os.stat(Path(folder, name)).st_mode), 0o600)

    def test_what_cannot_be(self) -> None:
        """A folder that is a file and a name that is none are told in one line."""
        path = self.mktemp()
        Path(path).write_text("")
        for arguments, reason in (
            (("--out", f"{path}/certs"), "not a directory"),
            (("--out", self.mktemp(), "--name", ""), "--name"),
        ):
            code, told = call("certs", *arguments)
            self.assertEqual((code, told.count("\n")), (1, 1))
            self.assertIn(reason, told)

    def test_nothing_is_overwritten(self) -> None:
        """A second call leaves the first one's keys alone."""
        folder = self.mktemp()
        call("certs", "--out", folder)
        before = Path(folder, "ca.key").read_bytes()
        code, told = call("certs", "--out", folder)
        self.assertEqual((code, Path(folder, "ca.key").read_bytes()), (1, before))
        self.assertIn("not overwritten", told)


class RevokeTests(SynchronousTestCase):
    """Tokens revoked by hand; `tests.revocation.test_client` talks to a listener."""

    def test_nobody_listens(self) -> None:
        """It is told, and the exit code is 1: nothing was revoked."""
        code, told = call("revoke", "--address", "gateway", "jti-5f2c")
        self.assertEqual(code, 1)
        self.assertIn("expected an address", told)


KEYS = ["ca.key", "client.key", "server.key"]


class OtherTests(SynchronousTestCase):
    """The rest of the command line."""

    def test_an_unknown_command_is_255(self) -> None:
        """As in the original, with the usage."""
        code, told = call("restart")
        self.assertEqual(code, 255)
        self.assertIn("usage:", told)

    def test_the_first_line_of_version_is_for_scripts(self) -> None:
        """They look for KrakenD's compatibility level there."""
        self.assertTrue(call("version")[1].startswith("KrakenD Version: 2."))

    def test_the_demo_can_be_built(self) -> None:
        """Its file is packed, and every route of it can be built."""
        self.assertEqual(call("demo", "--check")[0], 0)
