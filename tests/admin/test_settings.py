"""Tests of `gatekeeper_admin.settings`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import ServiceConfig, Settings
from gatekeeper.errors import Problems
from gatekeeper_admin.settings import NAMESPACE, VARIABLE, AdminSettings


class TokenTests(SynchronousTestCase):
    """Where the token comes from."""

    def read(self, environ: dict[str, str], **keys: Any) -> AdminSettings:
        self.problems = Problems()
        extra = {NAMESPACE: Settings(keys, "/admin")} if keys else {}
        return AdminSettings.of(ServiceConfig(extra_config=extra), self.problems, environ)

    def test_sources(self) -> None:
        """A file wins over a text, and both win over the environment."""
        file = Path(self.mktemp())
        file.write_text("from a file\n")
        environ = {VARIABLE: " from the environment\n"}
        table: list[tuple[dict[str, Any], str]] = [
            ({}, "from the environment"),
            ({"listen": "127.0.0.1:1"}, "from the environment"),
            ({"token": "a text"}, "a text"),
            ({"token": "a text", "token_file": str(file)}, "from a file"),
        ]
        for keys, token in table:
            with self.subTest(keys):
                self.assertEqual(token, self.read(environ, **keys).token)
                self.assertEqual([], self.problems.found)
        self.assertEqual("", self.read({}).token)

    def test_mistakes(self) -> None:
        """A token that is not there is refused, not replaced by none."""
        empty = Path(self.mktemp())
        empty.write_text(" \n")
        for keys in ({"token_file": "/none"}, {"token_file": str(empty)}, {"token": ""}):
            self.read({}, **keys)
            self.assertEqual(
                [f"/admin/{next(iter(keys))}"], [p.pointer for p in self.problems.fatal]
            )

    def test_it_is_not_shown(self) -> None:
        """Whoever prints the settings does not print the token."""
        self.assertNotIn("sesame", repr(self.read({}, token="sesame")))
