"""Messages stay on their line."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.logging.clean import clean


class CleanTests(SynchronousTestCase):
    """Clients and backends cannot write lines or colours."""

    def test_texts(self) -> None:
        """Control characters are escaped; letters and tabs stay."""
        table = {
            "plain é ▶": "plain é ▶",
            "a\r\nb": "a\\r\\nb",
            "\x1b[31mred": "\\x1b[31mred",
            "a\tb\x00\x7f\x9b": "a\tb\\x00\\x7f\\x9b",
            "\u2028": "\\x2028",
        }
        for text, expected in table.items():
            self.assertEqual(expected, clean(text))
