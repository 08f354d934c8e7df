"""Values as text."""

from __future__ import annotations

import math

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding.json import loads
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.encoding.text import as_text, double_as_json, double_as_text, number_as_text
from gatekeeper.message import Double, Number


class AsTextTests(SynchronousTestCase):
    """What a later backend of a sequence is given."""

    def test_values(self) -> None:
        """Scalars as written, lists with commas, what is nested as Go prints it."""
        table = {
            b"1.50": "1.50",
            b"1E5": "1E5",
            b"12345678901234567890": "12345678901234567890",
            b"2.5": "2.5",
            b"true": "true",
            b"false": "false",
            b"null": "<nil>",
            b'"a b"': "a b",
            b"[]": "",
            b'[1,"b",true,null,2.50,{"k":1},[3,4]]': "1,b,true,<nil>,2.50,map[k:1],[3 4]",
            b'{"b":1,"a":"x"}': "map[a:x b:1]",
        }
        for body, expected in table.items():
            self.assertEqual(as_text(loads(body)), expected, body)

    def test_own_values(self) -> None:
        """Numbers of the configuration, and structures, have a text too."""
        self.assertEqual(as_text(Double(1e6)), "1e+06")
        self.assertEqual(as_text(Ordered({"a": 1})), "map[a:1]")
        deep: object = 1
        for _ in range(2000):
            deep = [{"a": deep}]
        self.assertEqual(len(as_text(deep)), 2000 * len("[map[a:]]") - 2 + 1)
        self.assertIs(type(as_text(Number("1.0"))), str)


class DoubleTests(SynchronousTestCase):
    """Numbers of our own."""

    def test_text(self) -> None:
        """An exponent from a million on and below 0.0001, with two digits."""
        table = {
            0.0: "0", 5.0: "5", 100000.0: "100000", 1e6: "1e+06", 999999.0: "999999",
            123456.7: "123456.7", 123456789.0: "1.23456789e+08", 0.0001: "0.0001", 1e-5: "1e-05",
            1e21: "1e+21", -3.5: "-3.5", 1e300: "1e+300", 5e-324: "5e-324",
            math.inf: "+Inf", -math.inf: "-Inf",
        }  # fmt: skip
        for value, expected in table.items():
            self.assertEqual(double_as_text(value), expected)
        self.assertEqual(double_as_text(-0.0), "-0")
        self.assertEqual(double_as_text(math.nan), "NaN")

    def test_json(self) -> None:
        """Plain digits from 1e-6 up to 1e21; exponents without padding."""
        table = {
            0.0: b"0", 1.0: b"1", 1e6: b"1000000", 0.1: b"0.1", 1e-6: b"0.000001", 1e-7: b"1e-7",
            1e20: b"100000000000000000000", 1e21: b"1e+21", 1.5e-9: b"1.5e-9", -2.5: b"-2.5",
            math.inf: b"null", 12345678901234567890.0: b"12345678901234567000",
        }  # fmt: skip
        for value, expected in table.items():
            self.assertEqual(double_as_json(value), expected)

    def test_all_digits_are_kept(self) -> None:
        """Reading the text gives the same double again."""
        for value in (1 / 3, 2 / 3 * 1e30, 1e-300 / 7, 1e22 / 3):
            self.assertEqual(float(double_as_text(value)), value)
            self.assertEqual(float(double_as_json(value)), value)

    def test_numbers_of_backends(self) -> None:
        """A float that was read looks as it was written, not as Python prints it."""
        for text in ("1.0", "0.00001", "123456789.5", "7"):
            self.assertEqual(number_as_text(loads(b"[%b]" % text.encode())[0]), text)
        self.assertEqual(number_as_text(Double(7)), "7")
