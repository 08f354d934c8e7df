"""Tests of `gatekeeper.httpcache.allowance`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.allowance import Allowance


class AllowanceTests(SynchronousTestCase):
    """Bytes that are lent."""

    def test_lent(self) -> None:
        """No more is lent than there is; what comes back can be lent again."""
        allowance = Allowance(10)
        self.assertTrue(allowance.take(6))
        self.assertFalse(allowance.take(5))
        allowance.give_back(6)
        self.assertTrue(allowance.take(10))
