"""
Fold the answers of several backends into one, in order of arrival.

The data of the first answer is the base; each later answer overwrites its top-level keys.
Nothing is copied, so whoever holds the first answer sees the keys of the later ones: a
sequence relies on that.
"""

from __future__ import annotations

from gatekeeper.errors import MergeError
from gatekeeper.message import Decoded
from gatekeeper.transform.change import Data

__all__ = ["Merge"]


class Merge:
    """
    What has arrived until now.

    Attributes:
        pending: How many parts are neither answered nor failed.
        errors: Of the parts that failed, in order of arrival.
    """

    __slots__ = ("_answers", "_complete", "_data", "_first", "errors", "pending")

    def __init__(self, parts: int) -> None:
        self.pending = parts
        self.errors: list[Exception] = []
        self._answers = 0
        self._complete = True
        self._data: Data = None
        self._first: Decoded | None = None

    @property
    def failed(self) -> bool:
        """Whether no part has answered."""
        return self._first is None

    def add(self, part: Decoded) -> None:
        """Take an answer in; a part without data makes the result incomplete."""
        self.pending -= 1
        self._answers += 1
        if self._first is None:
            self._first = part
        if part.data is None or not part.complete:
            self._complete = False
        if self._data is None:
            self._data = part.data
        elif part.data is not None:
            self._data.update(part.data)

    def fail(self, error: Exception) -> None:
        """Remember that a part will not come."""
        self.pending -= 1
        self.errors.append(error)

    def result(self) -> Decoded:
        """
        Give the answer of the endpoint.

        Status and headers of a part count only when it is the only one that answered.

        Raises:
            MergeError: No part has answered.

        Source: KrakenD documentation, "Response aggregation and merging".
        """
        first = self._first
        if first is None:
            raise MergeError(self.errors)
        complete = self._complete and not self.pending and not self.errors
        error = MergeError(self.errors) if self.errors else None
        if self._answers == 1:
            return Decoded(first.data, complete, first.status, first.headers, error)
        return Decoded({} if self._data is None else self._data, complete, error=error)
