"""Settings of components."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems

Case = tuple[Callable[[Reader], Any], Any, Any]

GOOD: list[Case] = [
    (lambda json: json.text("a"), "x", "x"),
    (lambda json: json.text("b", "y"), "x", "y"),
    (lambda json: json.choice("a", ("x", "z")), "x", "x"),
    (lambda json: json.choice("b", ("x",), ""), "q", ""),
    (lambda json: json.boolean("a"), True, True),
    (lambda json: json.boolean("b", False), 1, False),
    (lambda json: json.integer("a"), 5, 5),
    (lambda json: json.integer("a"), 5.0, 5),
    (lambda json: json.integer("b", 7), 5, 7),
    (lambda json: json.integer("a", minimum=5, maximum=5), 5, 5),
    (lambda json: json.number("a"), 5, 5.0),
    (lambda json: json.number("a"), 0.5, 0.5),
    (lambda json: json.number("b", 2), None, 2.0),
    (lambda json: json.duration("a"), "1m", 60.0),
    (lambda json: json.duration("b", 2.5), None, 2.5),
    (lambda json: json.texts("a"), ["x", "y"], ("x", "y")),
    (lambda json: json.texts("b", ("z",)), None, ("z",)),
    (lambda json: json.mapping("a"), {"x": [1]}, {"x": [1]}),
    (lambda json: json.mapping("b", {}), None, {}),
    (lambda json: json.items("a"), [1, None], [1, None]),
    (lambda json: json.items("b", ()), None, []),
    (lambda json: json.has("a"), None, False),
    (lambda json: json.has("a"), False, True),
    (lambda json: json.value("a"), [1], [1]),
    (lambda json: json.value("b"), [1], None),
    (lambda json: json.text("a", "d"), None, "d"),
    (lambda json: json.child("a"), None, None),
    (lambda json: [child.text("x") for child in json.children("a")], [{"x": "1"}], ["1"]),
    (lambda json: json.children("b"), None, []),
    (list, 1, ["a"]),
]

BAD: list[tuple[Callable[[Reader], Any], Any, Any, str]] = [
    (lambda json: json.text("a"), 5, "", "/p/a: expected a text, found 5"),
    (lambda json: json.text("a", "d"), [], "d", "/p/a: expected a text, found a list"),
    (lambda json: json.text("b"), 5, "", '/p: expected a text as "b", found nothing'),
    (lambda json: json.choice("a", ("all", "any")), "ALL", "ALL",
     '/p/a: expected one of "all", "any", found "ALL"'),
    (lambda json: json.boolean("a"), 1, False, "/p/a: expected true or false, found 1"),
    (lambda json: json.boolean("b"), 1, False, '/p: expected true or false as "b", found nothing'),
    (lambda json: json.integer("a"), True, 0, "/p/a: expected a whole number, found true"),
    (lambda json: json.integer("a"), 1.5, 0, "/p/a: expected a whole number, found 1.5"),
    (lambda json: json.integer("a"), "5", 0, '/p/a: expected a whole number, found "5"'),
    (lambda json: json.integer("a", minimum=1), 0, 1, "/p/a: expected 1 or more, found 0"),
    (lambda json: json.number("a", maximum=1), 1.5, 1.0, "/p/a: expected 1 or less, found 1.5"),
    (lambda json: json.number("a"), "1", 0.0, '/p/a: expected a number, found "1"'),
    (lambda json: json.duration("a"), 5, 0.0,
     '/p/a: expected a duration such as "2s", found 5'),
    (lambda json: json.duration("a"), "5 s", 0.0,
     '/p/a: expected a duration such as "2s", found "5 s"'),
    (lambda json: json.texts("a"), "x", (), '/p/a: expected a list of texts, found "x"'),
    (lambda json: json.texts("a"), ["x", 5], ("x",), "/p/a/1: expected a text, found 5"),
    (lambda json: json.mapping("a"), [], {}, "/p/a: expected an object, found a list"),
    (lambda json: json.items("a"), {}, [], "/p/a: expected a list, found an object"),
    (lambda json: list(json.child("a") or ()), 5, [], "/p/a: expected an object, found 5"),
    (lambda json: json.children("a"), {"x": 1}, [],
     "/p/a: expected a list of objects, found an object"),
    (lambda json: json.children("a"), [None], [], "/p/a/0: expected an object, found null"),
    (lambda json: json.problem("", "too odd"), 5, None, "/p: too odd"),
]  # fmt: skip


class ReaderTests(SynchronousTestCase):
    """Strict and patient."""

    def read(self, value: Any, **options: bool) -> tuple[Reader, Problems]:
        problems = Problems()
        return Reader({"a": value}, "/p", problems, **options), problems

    def test_good(self) -> None:
        """Values of the right type arrive; what is missing or null is the default."""
        for number, (ask, value, expected) in enumerate(GOOD):
            reader, problems = self.read(value)
            result = ask(reader)
            self.assertEqual((result, type(result)), (expected, type(expected)), f"row {number}")
            self.assertEqual(problems.found, [])

    def test_bad(self) -> None:
        """Everything else is one problem, and a harmless value of the type."""
        for number, (ask, value, expected, message) in enumerate(BAD):
            reader, problems = self.read(value)
            result = ask(reader)
            self.assertEqual((result, type(result)), (expected, type(expected)), f"row {number}")
            self.assertEqual([str(problem) for problem in problems.found], [message])

    def test_suggestions(self) -> None:
        """Durations and words that are nearly right get a hint."""
        reader, problems = self.read("5 s")
        reader.duration("a")
        reader, more = self.read("ALL")
        reader.choice("a", ("all", "any"))
        hints = [problem.suggestion for problem in problems.found + more.found]
        self.assertEqual(hints, ['"5s"', '"all"'])

    def test_no_object(self) -> None:
        """What is no object is reported once, and then read as an empty one."""
        problems = Problems()
        reader = Reader("x", "/p", problems)
        self.assertEqual(reader.text("a", "d"), "d")
        self.assertEqual([str(p) for p in problems.found], ['/p: expected an object, found "x"'])

    def test_any_case(self) -> None:
        """On demand keys match in any letter case, below as well; the exact one wins."""
        problems = Problems()
        reader = Reader(
            {"ALG": 1, "Child": {"X": 5}, "b": 1, "B": 2}, "/p", problems, any_case=True
        )
        self.assertEqual((reader.integer("alg"), reader.integer("b")), (1, 1))
        child = reader.child("child")
        assert child is not None
        child.text("x", "")
        self.assertEqual([str(p) for p in problems.found], ["/p/Child/X: expected a text, found 5"])
        self.assertFalse(self.read(1)[0].has("A"))

    def test_known(self) -> None:
        """Keys that are nearly known ones are worth a warning, never more."""
        problems = Problems()
        value = {"max_rat": 1, "@max_rate": 1, "other": 1, "capacity": 1}
        Reader(value, "/p", problems).known("max_rate", "capacity")
        (problem,) = problems.found
        self.assertEqual((problem.pointer, problem.suggestion), ("/p/max_rat", '"max_rate"'))
        self.assertFalse(problem.fatal)

    def test_secrets(self) -> None:
        """A password of the wrong type is not repeated."""
        problems = Problems()
        Reader({"client_secret": 12345}, "/p", problems).text("client_secret")
        self.assertEqual(problems.found[0].message, "expected a text, found something else")
