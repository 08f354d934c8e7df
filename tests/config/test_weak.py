"""Weakly typed decoding."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config import weak
from gatekeeper.config.weak import Decode, Unfit, decode, found
from gatekeeper.errors import Problems

GOOD: list[tuple[Decode, Any, Any]] = [
    (weak.text, "x", "x"),
    (weak.text, 7, "7"),
    (weak.text, 7.0, "7"),
    (weak.text, 1.5, "1.5"),
    (weak.text, 1e21, "1000000000000000000000"),
    (weak.text, 1e-7, "0.0000001"),
    (weak.text, True, "1"),
    (weak.text, False, "0"),
    (weak.integer, 3.7, 3),
    (weak.integer, -3.7, -3),
    (weak.integer, "9000", 9000),
    (weak.integer, "", 0),
    (weak.integer, "0x1F", 31),
    (weak.integer, "-0b11", -3),
    (weak.integer, "0o17", 15),
    (weak.integer, "017", 15),
    (weak.integer, "0", 0),
    (weak.integer, "1_000", 1000),
    (weak.integer, "+5", 5),
    (weak.integer, True, 1),
    (weak.boolean, "T", True),
    (weak.boolean, "0", False),
    (weak.boolean, "", False),
    (weak.boolean, 2, True),
    (weak.boolean, 0.0, False),
    (weak.duration, "2s", 2.0),
    (weak.duration, "-1m", -60.0),
    (weak.duration, 5000000000, 5.0),
    (weak.duration, 3, 3e-9),
    (weak.duration, 1.9, 1e-9),
    (weak.texts, "a", ("a",)),
    (weak.texts, ["a", 7, True], ("a", "7", "1")),
    (weak.texts, [], ()),
    (weak.texts, {}, ()),
    (weak.texts, 7, ("7",)),
    (weak.mapping, {"a": "b", "c": 7, "d": None}, {"a": "b", "c": "7", "d": ""}),
    (weak.mapping, [], {}),
    (weak.objects, [{"a": 1}, {"b": 2}], {"a": 1, "b": 2}),
]

BAD: list[tuple[Decode, Any, str, str, str]] = [
    (weak.text, ["GET"], "expected a text, found a list", "", ""),
    (weak.integer, "many", 'expected a whole number, found "many"', "", ""),
    (weak.integer, "1.5", 'expected a whole number, found "1.5"', "", ""),
    (weak.integer, " 1", 'expected a whole number, found " 1"', "", ""),
    (weak.integer, "08", 'expected a whole number, found "08"', "", ""),
    (weak.integer, "1__0", 'expected a whole number, found "1__0"', "", ""),
    (weak.integer, "١", 'expected a whole number, found "١"', "", ""),
    (weak.integer, "9" * 99, f'expected a whole number, found "{"9" * 56}...', "", ""),
    (weak.integer, 1e300, "expected a whole number, found 1e+300", "", ""),
    (weak.integer, [], "expected a whole number, found a list", "", ""),
    (weak.boolean, "yes", 'expected true or false, found "yes"', "write true", ""),
    (weak.boolean, [], "expected true or false, found a list", "", ""),
    (weak.duration, "3", 'expected a duration such as "2s", found "3"', '"3s"', ""),
    (weak.duration, "2 sec", 'expected a duration such as "2s", found "2 sec"', '"2s"', ""),
    (weak.duration, "1d", 'expected a duration such as "2s", found "1d"', '"24h"', ""),
    (weak.duration, "", 'expected a duration such as "2s", found ""', "", ""),
    (weak.duration, {"s": 3}, 'expected a duration such as "2s", found an object', "", ""),
    (weak.texts, ["a", {}], "expected a text, found an object", "", "/1"),
    (weak.texts, [None], "expected a text, found null", "", "/0"),
    (weak.texts, {"a": 1}, "expected a text, found an object", "", ""),
    (weak.mapping, "id", 'expected an object, found "id"', "", ""),
    (weak.mapping, {"a/b": []}, "expected a text, found a list", "", "/a~1b"),
    (weak.objects, ["x"], "expected an object, found a list", "", ""),
]


class ValueTests(SynchronousTestCase):
    """One value."""

    def test_good(self) -> None:
        """Wrong types that always worked go on working."""
        for read, value, expected in GOOD:
            result = read(value)
            self.assertEqual((result, type(result)), (expected, type(expected)), (read, value))

    def test_bad(self) -> None:
        """What never worked says what was expected and what was found."""
        for read, value, message, suggestion, below in BAD:
            unfit = self.assertRaises(Unfit, read, value)
            self.assertEqual(
                (unfit.message, unfit.suggestion, unfit.below), (message, suggestion, below)
            )

    def test_found(self) -> None:
        """Values are shown as JSON, and never too much of them."""
        self.assertEqual(found(None), "null")
        self.assertEqual(found(True), "true")
        self.assertEqual(len(found("x" * 1000)), 60)


class DecodeTests(SynchronousTestCase):
    """An object."""

    def decode(self, value: dict[str, Any]) -> tuple[dict[str, Any], list[str], list[str]]:
        problems = Problems()
        fields: dict[str, Decode] = {"port": weak.integer, "host": weak.texts}
        decoded, unknown = decode(fields, value, "/here", problems)
        return decoded, unknown, [str(problem) for problem in problems.found]

    def test_any_case(self) -> None:
        """Keys match in any letter case."""
        self.assertEqual(self.decode({"PORT": 1, "Host": "a"})[0], {"port": 1, "host": ("a",)})

    def test_exact_wins(self) -> None:
        """Of two spellings the exact one counts, wherever it stands."""
        self.assertEqual(self.decode({"PORT": 1, "port": 2, "Port": 3})[0], {"port": 2})

    def test_null(self) -> None:
        """Null is the same as leaving the key out."""
        self.assertEqual(self.decode({"port": None}), ({}, [], []))

    def test_the_rest(self) -> None:
        """Unknown keys are given back; values that do not fit are reported in place."""
        decoded, unknown, said = self.decode({"x/y": 1, "HOST": [[]], "port": "x"})
        self.assertEqual((decoded, unknown), ({}, ["x/y"]))
        self.assertEqual(
            said,
            [
                "/here/HOST/0: expected a text, found a list",
                '/here/port: expected a whole number, found "x"',
            ],
        )
