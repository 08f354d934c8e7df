"""Tests for folding answers into one."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.errors import BackendError, MergeError
from gatekeeper.message import Decoded
from gatekeeper.transform.merging import Merge

FAILED = "failed"
PARTIAL = Decoded({"error_x": 1}, complete=False)

FOLDED: list[tuple[list[Any], dict[str, Any] | None, bool]] = [
    ([{"a": 1}, {"b": 2}], {"a": 1, "b": 2}, True),
    ([{"a": 1}, {"b": 2}, {"c": 3}], {"a": 1, "b": 2, "c": 3}, True),
    ([{"a": {"x": 1}}, {"a": {"y": 1}}], {"a": {"y": 1}}, True),
    ([{}, {"a": 1}], {"a": 1}, True),
    ([{}, {}], {}, True),
    ([None, {"a": 1}], {"a": 1}, False),
    ([{"a": 1}, None], {"a": 1}, False),
    ([None, None], {}, False),
    ([None, FAILED], None, False),
    ([FAILED, None, None], {}, False),
    ([{"a": 1}, FAILED], {"a": 1}, False),
    ([FAILED, {"a": 1}], {"a": 1}, False),
    ([{}, FAILED], {}, False),
    ([{"a": 1}, PARTIAL], {"a": 1, "error_x": 1}, False),
    ([PARTIAL, {"a": 1}], {"a": 1, "error_x": 1}, False),
]


def fold(parts: list[Any], awaited: int | None = None) -> Merge:
    merge = Merge(len(parts) if awaited is None else awaited)
    for part in parts:
        if part == FAILED:
            merge.fail(BackendError("no"))
        elif isinstance(part, Decoded):
            merge.add(Decoded(dict(part.data or {}), part.complete))
        else:
            merge.add(Decoded(None if part is None else dict(part)))
    return merge


class MergeTests(SynchronousTestCase):
    """Answers in order of arrival."""

    def test_table(self) -> None:
        """Later keys win; null, failures and incomplete parts make the whole incomplete."""
        for parts, data, complete in FOLDED:
            result = fold(parts).result()
            self.assertEqual((result.data, result.complete), (data, complete), parts)

    def test_missing_parts(self) -> None:
        """What is still pending makes the result incomplete."""
        self.assertFalse(fold([{"a": 1}], awaited=2).result().complete)

    def test_nothing_arrived(self) -> None:
        """The texts of all errors are joined in order of arrival."""
        merge = Merge(2)
        merge.fail(BackendError("first"))
        merge.fail(BackendError("second"))
        self.assertTrue(merge.failed)
        error = self.assertRaises(MergeError, merge.result)
        self.assertEqual(str(error), "first\nsecond")

    def test_errors_of_a_partial_answer(self) -> None:
        """Are part of it."""
        error = fold([{"a": 1}, FAILED]).result().error
        self.assertIsInstance(error, MergeError)
        self.assertIsNone(fold([{"a": 1}, {}]).result().error)

    def test_the_first_answer_sees_later_keys(self) -> None:
        """A sequence looks values up in the first answer's own data."""
        merge, first = Merge(2), Decoded({"a": 1})
        merge.add(first)
        merge.add(Decoded({"b": 2}))
        self.assertEqual(first.data, {"a": 1, "b": 2})

    def test_status_and_headers(self) -> None:
        """Of one answer they stay, of several they are dropped."""
        part = Decoded({"a": 1}, status=201, headers={"X-A": ["1"]})
        alone = Merge(2)
        alone.add(part)
        alone.fail(BackendError("no"))
        self.assertEqual((alone.result().status, alone.result().headers), (201, {"X-A": ["1"]}))
        both = Merge(2)
        both.add(part)
        both.add(Decoded({"b": 1}, status=202))
        self.assertEqual((both.result().status, both.result().headers), (200, {}))
