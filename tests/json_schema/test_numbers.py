"""Tests of `gatekeeper.json_schema.numbers`."""

from __future__ import annotations

from decimal import Decimal

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.json_schema.numbers import for_people, grouped, printed


class NumberTests(SynchronousTestCase):
    """How messages show numbers."""

    def test_for_people(self) -> None:
        """Groups of three digits; a power of ten for what is large or small."""
        for number, text in [
            (5, "5"),
            (0, "0"),
            (-0.0, "0"),
            (10.5, "10.5"),
            (1500, "1,500"),
            (-1234.5, "-1,234.5"),
            (99999.5, "99,999.5"),
            (999999.5, "999,999.5"),
            (100000, "100,000"),
            (12345.678901, "12,345.678901"),
            (1e6, "1×10⁰⁶"),
            (1234567, "1.234567×10⁰⁶"),
            (-1e300, "-1×10³⁰⁰"),
            (0.0001, "0.0001"),
            (0.00012345, "0.00012345"),
            (0.00001, "1×10⁻⁰⁵"),
            (123456789012345678901, "1.2345678901234568×10²⁰"),
            (10**400, "∞"),
            (-(10**400), "-∞"),
            (Decimal("1.5"), "1.5"),
        ]:
            with self.subTest(number=number):
                self.assertEqual(for_people(number), text)

    def test_printed(self) -> None:
        """Constants are shown as Go prints doubles."""
        for number, text in [
            (1.5, "1.5"),
            (1e21, "1e+21"),
            (2500000.5, "2.5000005e+06"),
            (1e-7, "1e-07"),
            (1234.5, "1234.5"),
        ]:
            with self.subTest(number=number):
                self.assertEqual(printed(number), text)

    def test_grouped(self) -> None:
        """Counts have groups only."""
        self.assertEqual(grouped(1_234_567), "1,234,567")
