"""What a worker is given."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.load import load
from gatekeeper.node.order import Descriptors, Order, kept, read_kept


class OrderTests(SynchronousTestCase):
    """Words and descriptors survive the way."""

    def test_words(self) -> None:
        """An order is read as it was written."""
        order = Order(7, 1, 2, True, "twisted.internet.epollreactor", True)
        self.assertEqual(order, Order.decode(order.encode()))

    def test_descriptors(self) -> None:
        """Any number of listeners may follow."""
        given = Descriptors(3, 4, 5, 6, 7, [8, 9])
        self.assertEqual(given, Descriptors.of(given.numbers()))

    def test_a_configuration(self) -> None:
        """A worker builds what was checked, not what the file says by then."""
        path = Path(self.mktemp() + ".json")
        path.write_text(
            """{"version": 3, "tls": {"keys": [{"public_key": "a", "private_key": "b"}]},
            "endpoints": [{"endpoint": "/a/{id}", "extra_config": {"x": {"y": [1, 2.5, null]}},
            "backend": [{"host": ["http://one"], "url_pattern": "/", "allow": ["b"]}]}]}"""
        )
        service = load(str(path))
        number = kept(service)
        self.addCleanup(os.close, number)
        path.unlink()
        self.assertEqual(service, read_kept(number))
        self.assertEqual(service, read_kept(number))
