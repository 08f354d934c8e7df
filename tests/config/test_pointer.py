"""Pointers and paths."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.pointer import below, path, steps


class PointerTests(SynchronousTestCase):
    """RFC 6901."""

    def test_escapes(self) -> None:
        """Slashes and tildes in keys survive the way there and back."""
        pointer = below(below("/extra_config", "qos/~x"), 0)
        self.assertEqual(pointer, "/extra_config/qos~1~0x/0")
        self.assertEqual(steps(pointer), ["extra_config", "qos/~x", "0"])

    def test_paths(self) -> None:
        """People see the path that KrakenD's messages have."""
        table = {
            "": "",
            "/timeout": "timeout",
            "/endpoints/0/backend/1/host/2": "endpoints[0].backend[1].host[2]",
            "/extra_config/auth~1validator/alg": 'extra_config["auth/validator"].alg',
        }
        for pointer, written in table.items():
            self.assertEqual(path(pointer), written)
