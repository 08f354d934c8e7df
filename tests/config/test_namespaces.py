"""Old names."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import Settings
from gatekeeper.config.namespaces import ALIASES, V2_ALIASES, normalise

OLD = "github.com/devopsfaith/krakend/proxy"
POINTER = "/x/github.com~1devopsfaith~1krakend~1proxy"


class NamespaceTests(SynchronousTestCase):
    """Old and new spellings."""

    def test_old(self) -> None:
        """An old name becomes the new one; the pointer keeps the spelling of the file."""
        self.assertEqual(normalise({OLD: 1, "y": 2}, "/x"), {
            "proxy": Settings(1, POINTER),
            "y": Settings(2, "/x/y"),
        })  # fmt: skip

    def test_both(self) -> None:
        """The new spelling wins as a whole, in either order."""
        expected = {"proxy": Settings(2, "/x/proxy")}
        self.assertEqual(normalise({OLD: 1, "proxy": 2}, "/x"), expected)
        self.assertEqual(normalise({"proxy": 2, OLD: 1}, "/x"), expected)

    def test_tables(self) -> None:
        """Version 2 files may say all that version 3 files may, and three names more."""
        self.assertEqual(len(ALIASES), 34)
        self.assertEqual(len(set(V2_ALIASES) - set(ALIASES)), 3)
        self.assertEqual(len(set(ALIASES.values())), 34)
