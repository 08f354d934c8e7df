"""
Mistakes that people make, and what they are told.

Each file in ``broken`` has its message beside it.  To accept new messages after looking at
them, run this module as a program.
"""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.load import load
from gatekeeper.config.report import render
from gatekeeper.errors import ConfigError

FOLDER = Path(__file__).parent / "broken"


def files() -> list[Path]:
    """Give the configurations, without their messages."""
    return sorted(path for path in FOLDER.iterdir() if path.suffix != ".txt")


def message(path: Path) -> str:
    """Load a file that does not start, and give what is shown."""
    try:
        load(str(path), {})
    except ConfigError as error:
        return render(error.problems).replace(f"{FOLDER}/", "") + "\n"
    return "it started\n"


class BrokenTests(SynchronousTestCase):
    """Golden messages."""

    def test_messages(self) -> None:
        """Every broken file gets exactly the message beside it."""
        self.assertGreaterEqual(len(files()), 10)
        for path in files():
            expected = path.with_name(path.name + ".txt").read_text("utf-8")
            self.assertEqual(message(path), expected, path.name)

    def test_no_secrets(self) -> None:
        """Passwords of these files are in no message."""
        for path in files():
            self.assertNotIn("opensesame", message(path))


if __name__ == "__main__":
    for file in files():
        file.with_name(file.name + ".txt").write_text(message(file), "utf-8")
