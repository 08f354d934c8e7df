"""What people see."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.report import MAX_SHOWN, line, render
from gatekeeper.errors import Problem

PROBLEM = Problem(
    'expected a duration such as "2s", found "2 sec"', "/endpoints/0/timeout", '"2s"'
).at("k.json", 12, 14, '\t"timeout": "2 sec",')


class RenderTests(SynchronousTestCase):
    """Blocks with a caret."""

    def test_block(self) -> None:
        """Place, line, caret, suggestion."""
        self.assertEqual(
            render([PROBLEM]),
            'k.json:12:14: endpoints[0].timeout: expected a duration such as "2s", found "2 sec"\n'
            '   12 |  "timeout": "2 sec",\n'
            "      |              ^\n"
            '      did you mean "2s"?',
        )

    def test_line(self) -> None:
        """The same on one line, for the log."""
        self.assertEqual(
            line(Problem("odd", "/a", "do better", fatal=False).at("k.json", 1, 2, "x")),
            "k.json:1:2: a: odd; hint: do better",
        )
        self.assertEqual(line(Problem("odd")), "odd")

    def test_bounds(self) -> None:
        """Never more than a screen or two; errors come before warnings."""
        warnings = [Problem(f"w{number}", fatal=False) for number in range(100)]
        shown = render([*warnings, Problem("e")])
        self.assertEqual(len(shown.split("\n")), MAX_SHOWN + 1)
        self.assertIn("\ne\n", shown)
        self.assertTrue(shown.endswith("... and 51 more"))

    def test_long_lines(self) -> None:
        """Of a file that is one line only the neighbourhood is shown."""
        text = "a" * 1_000_000 + "HERE" + "b" * 1_000_000
        shown = render([Problem("x").at("k.json", 1, 1_000_001, text)]).split("\n")
        self.assertLess(len(shown[1]), 130)
        self.assertEqual(shown[1][shown[2].index("^") :][:4], "HERE")

    def test_secrets(self) -> None:
        """Passwords of the file are not shown, and the caret still points at its thing."""
        text = '{"password": "pw1", "url": "http://ann:pw2@a.com", "api_key": pw3, "x": 5}'
        for needle in ("{", '"url"', "ann", "pw2", '"x"', "5}"):
            problem = Problem("x").at("k.json", 1, text.index(needle) + 1, text)
            shown = render([problem])
            for secret in ("pw1", "pw2", "pw3", "ann"):
                self.assertNotIn(secret, shown)
            _, excerpt, caret = shown.split("\n")
            if needle not in ("ann", "pw2"):
                self.assertEqual(excerpt[caret.index("^") :][: len(needle)], needle)

    def test_control_characters(self) -> None:
        """A file cannot write to the terminal."""
        problem = Problem("found \x1b[2J").at("k\r.json", 1, 3, "ab\x1b[2J\x00")
        shown = render([problem])
        self.assertTrue(all(part.isprintable() for part in shown.split("\n")))

    def test_columns_behind_the_line(self) -> None:
        """A place behind the end of a line is its end."""
        self.assertIn("\n    1 | ab\n      |   ^", render([Problem("x").at("k", 1, 99, "ab")]))
