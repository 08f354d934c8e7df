"""Tests for flatmap: delete, move and append."""

from __future__ import annotations

import copy
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.errors import ConfigError
from gatekeeper.message import Number
from gatekeeper.transform.flatmap import flatmap, read_operations

DATA: dict[str, Any] = {
    "a": {"b": {"c": 1, "d": 2}, "e": 3},
    "l": [{"x": 1, "y": 2}, {"x": 3}],
    "s": "str",
}
LISTS: dict[str, Any] = {
    "p": [1, 2],
    "q": [3],
    "e1": [],
    "o": {"z": [4]},
    "t": "text",
    "boxes": [{"ids": [5]}, {"ids": [6, 7]}],
}

Row = tuple[list[str], dict[str, Any]]

# Each row: the arguments, and the keys that differ from DATA; GONE is absence.
GONE = object()

DELETED: list[Row] = [
    (["s"], {"s": GONE}),
    (["a.b.c"], {"a": {"b": {"d": 2}, "e": 3}}),
    (["a.b.c", "a.b.d"], {"a": {"b": None, "e": 3}}),
    (["a.*"], {"a": None}),
    (["*.e"], {"a": {"b": {"c": 1, "d": 2}}}),
    (["*.*.c"], {"a": {"b": {"d": 2}, "e": 3}}),
    (["l.*.x", "s"], {"l": [{"y": 2}, None], "s": GONE}),
    (["l.0"], {"l": [{"x": 3}]}),
    (["l.0", "l.0"], {"l": [{"x": 3}]}),
    (["l.0", "l.1"], {"l": None}),
    (["l.*"], {"l": None}),
    (["zz", "a.zz.y", "l.7", "l.00", "s.x"], {}),
    ([], {}),
]

MOVED: list[Row] = [
    (["s", "t"], {"s": GONE, "t": "str"}),
    (["a.b.c", "x.y.z"], {"a": {"b": {"z": 1, "d": 2}, "e": 3}}),
    (["l.*.x", "l.*.z"], {"l": [{"z": 1, "y": 2}, {"z": 3}]}),
    (["l.0.x", "l.0.z"], {"l": [{"z": 1, "y": 2}, {"x": 3}]}),
    (["*.e", "*.f"], {"a": {"b": {"c": 1, "d": 2}, "f": 3}}),
    (["a.b.c", "c"], {"a": {"b": {"d": 2}, "e": 3}, "c": 1}),
    (["a.b.c", "a.c"], {"a": {"b": {"d": 2}, "c": 1, "e": 3}}),
    (["a.b.c", "zz.c"], {"a": {"b": {"d": 2}, "e": 3}, "c": 1}),
    (["a.b", "b"], {"a": {"e": 3}, "b": {"c": 1, "d": 2}}),
    (["l.*.x", "xs"], {"l": [{"y": 2}, None], "xs": 3}),
    (["l.0", "first"], {"l": [{"x": 3}], "first": {"x": 1, "y": 2}}),
    (["l.*.x", "l.x"], {"l": [{"y": 2}, None, 1, 3]}),
    (["a.b.c", "a.e"], {"a": {"b": {"d": 2}, "e": 1}}),
    (["*.b.c", "*.c"], {"a": {"b": {"d": 2}, "c": 1, "e": 3}}),
    (["s", "q.w.e"], {"s": GONE, "q": {"w": {"e": "str"}}}),
    (["s", "a.s"], {"s": GONE, "a": {"b": {"c": 1, "d": 2}, "e": 3, "s": "str"}}),
    (["s", "s.o.v"], {"s": {"o": {"v": "str"}}}),
    (["l.*.x", "l.*.o.x"], {"l": [{"y": 2, "o": {"x": 1}}, {"o": {"x": 3}}]}),
    (["s", "l.new"], {"s": GONE, "l": [{"x": 1, "y": 2}, {"x": 3}, "str"]}),
    (["a.*", "everything"], {}),
    (["zz", "y"], {}),
    (["zz.y", "y"], {}),
    (["s.x", "y"], {}),
]

APPENDED: list[Row] = [
    (["p", "q"], {"p": GONE, "q": [3, 1, 2]}),
    (["p", "o.z"], {"p": GONE, "o": {"z": [4, 1, 2]}}),
    (["o.z", "q"], {"o": None, "q": [3, 4]}),
    (["p", "e1"], {"p": GONE, "e1": [1, 2]}),
    (["e1", "q"], {"e1": GONE}),
    (["p", "p"], {"p": GONE}),
    (["boxes.0.ids", "boxes.1.ids"], {"boxes": [None, {"ids": [6, 7, 5]}]}),
    (["boxes.*.ids", "q"], {"boxes": [None, None], "q": [3, [5], [6, 7]]}),
    (["p", "boxes"], {"p": GONE, "boxes": [{"ids": [5]}, {"ids": [6, 7]}, 1, 2]}),
    (["p", "new"], {}),
    (["zz", "q"], {}),
    (["p", "t"], {}),
    (["t", "q"], {}),
    (["p", "t.x"], {}),
    (["o", "q"], {}),
]


def changed(data: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in {**data, **changes}.items() if v is not GONE}


def apply(data: Any, *operations: tuple[str, list[str]]) -> Any:
    items = [{"type": kind, "args": args} for kind, args in operations]
    return flatmap(read_operations(items, "/f"))(copy.deepcopy(data))


class OperationTests(SynchronousTestCase):
    """What single operations do."""

    def table(self, kind: str, data: dict[str, Any], rows: list[Row]) -> None:
        for args, changes in rows:
            self.assertEqual(apply(data, (kind, args)), changed(data, changes), args)

    def test_delete(self) -> None:
        """Edges are cut; what loses its last one is null, labels are not counted anew."""
        self.table("del", DATA, DELETED)

    def test_delete_everything(self) -> None:
        """Without fields the data are null."""
        self.assertIsNone(apply(DATA, ("del", ["*"])))

    def test_move(self) -> None:
        """The lengths of the paths say whether it is a new name, up, or down."""
        self.table("move", DATA, MOVED)

    def test_append(self) -> None:
        """A list goes to the end of another one; anything else changes nothing."""
        self.table("append", LISTS, APPENDED)


class SequenceTests(SynchronousTestCase):
    """What operations see of those before them."""

    def test_labels_survive(self) -> None:
        """An element keeps its label when one before it went."""
        self.assertEqual(apply({"p": [1, 2, 3]}, ("del", ["p.0"]), ("del", ["p.1"])), {"p": [3]})
        self.assertEqual(
            apply({"p": [1, 2]}, ("move", ["p.0", "first"]), ("del", ["p.1"])),
            {"first": 1, "p": None},
        )

    def test_there_and_back(self) -> None:
        """A field can be moved aside and back."""
        operations = [("move", ["s", "t"]), ("del", ["s"]), ("move", ["t", "s"])]
        self.assertEqual(apply(DATA, *operations), DATA)

    def test_append_to_a_list_with_gaps(self) -> None:
        """Values go to their labels, which are not their places any more."""
        operations = [("del", ["p.0"]), ("append", ["q", "p"])]
        self.assertEqual(apply({"p": [1, 2], "q": [9]}, *operations), {"p": [9, 2]})

    def test_append_then_rename(self) -> None:
        """The joined list can be moved."""
        operations = [("append", ["p", "q"]), ("move", ["q", "all"])]
        self.assertEqual(
            apply(LISTS, *operations), changed(LISTS, {"p": GONE, "q": GONE, "all": [3, 1, 2]})
        )

    def test_a_list_that_was_filled_and_emptied(self) -> None:
        """It had been empty: it is empty again, not null."""
        operations = [("append", ["p", "e1"]), ("del", ["e1.*"])]
        self.assertEqual(apply({"p": [1], "e1": []}, *operations), {"e1": []})

    def test_unknown_operations(self) -> None:
        """They do nothing."""
        operations = [("del", ["l"]), ("sort", ["a"]), ("del", ["a"])]
        self.assertEqual(apply(DATA, *operations), {"s": "str"})

    def test_nothing_to_change(self) -> None:
        """Null stays null, an empty object stays empty."""
        self.assertIsNone(apply(None, ("del", ["*"])))
        self.assertEqual(apply({}, ("move", ["a", "b.c"])), {})

    def test_values_are_not_touched(self) -> None:
        """Numbers keep their spelling, and what nobody looked into is the same object."""
        data = {"n": Number("1.10"), "deep": {"list": [1]}, "x": 1}
        result = flatmap(read_operations([{"type": "del", "args": ["x"]}], ""))(data)
        assert result is not None
        self.assertIsInstance(result["n"], Number)
        self.assertIs(result["deep"], data["deep"])

    def test_long_lists(self) -> None:
        """The time for a list is proportional to its length."""
        data = {"p": list(range(50_000)), "q": list(range(50_000)), "r": [{"x": 1}] * 50_000}
        result = apply(data, ("append", ["p", "q"]), ("del", ["r.*.x"]), ("del", ["q.0"]))
        self.assertEqual(len(result["q"]), 99_999)
        self.assertEqual(result["r"], [None] * 50_000)


class ReadTests(SynchronousTestCase):
    """The setting as it is written."""

    def test_absent(self) -> None:
        """What is no list, or has no item with a type, is no flatmap."""
        values: list[Any] = [None, "del", {}, [], [1, None], [{}], [{"type": 5}], [{"args": ["a"]}]]
        for value in values:
            self.assertEqual(read_operations(value, "/f"), (), value)

    def test_unknown_types_count(self) -> None:
        """A list of unknown operations is a flatmap, so that allow has no effect."""
        self.assertEqual(len(read_operations([{"type": "sort"}], "/f")), 1)

    def test_lenient_delete(self) -> None:
        """Arguments of delete that are no texts do nothing."""
        items = [{"type": "del", "args": [5, None, "s"]}, {"type": "del"}]
        self.assertEqual(flatmap(read_operations(items, "/f"))({"s": 1, "t": 2}), {"t": 2})

    def test_more_paths_than_needed(self) -> None:
        """The third and later ones are ignored."""
        items = [{"type": "move", "args": ["s", "t", "u"]}]
        self.assertEqual(flatmap(read_operations(items, "/f"))({"s": 1}), {"t": 1})

    def test_missing_paths(self) -> None:
        """Move and append need two; every place is reported."""
        bad = [None, "a", [], ["a"], ["a", 5], [None, "a"]]
        items = [{"type": kind, "args": args} for kind in ("move", "append") for args in bad]
        error = self.assertRaises(ConfigError, read_operations, items, "/p/flatmap_filter")
        self.assertEqual(
            [problem.pointer for problem in error.problems],
            [f"/p/flatmap_filter/{index}/args" for index in range(12)],
        )
        self.assertIn('two paths for "move"', str(error))
