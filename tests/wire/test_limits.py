"""Limits have defaults, and the service's settings change them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.limits import Limits


class ConfiguredTests(SynchronousTestCase):
    """Settings, as KrakenD means them."""

    def test_nothing(self) -> None:
        """0 is "not set"."""
        self.assertEqual(Limits.configured(), Limits())
        self.assertEqual(Limits.configured(read_timeout=-1, idle_timeout=-1), Limits())

    def test_read_timeout(self) -> None:
        """It stands in for the two others."""
        limits = Limits.configured(read_timeout=3)
        self.assertEqual((limits.head_s, limits.request_s, limits.idle_s), (3, 3, 3))

    def test_all(self) -> None:
        """Each has its own."""
        limits = Limits.configured(
            read_timeout=3, read_header_timeout=1, write_timeout=4, idle_timeout=2
        )
        self.assertEqual(
            (limits.head_s, limits.request_s, limits.answer_s, limits.idle_s), (1, 3, 4, 2)
        )

    def test_max_header_bytes(self) -> None:
        """It is one limit for all of the head, and a little more is let through."""
        limits = Limits.configured(max_header_bytes=2048)
        self.assertEqual((limits.head_bytes, limits.request_line_bytes), (6144, 6144))

    def test_sweep(self) -> None:
        """Short limits are looked at often, but not all the time."""
        self.assertEqual(Limits().sweep_s, 0.25)
        self.assertEqual(Limits.configured(idle_timeout=0.4).sweep_s, 0.05)
        self.assertEqual(Limits.configured(idle_timeout=0.001).sweep_s, 0.02)
