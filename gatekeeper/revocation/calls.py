"""
Answer the calls of Go's ``net/rpc`` about revoked tokens, as bytes in and bytes out.

A call is a request header and an argument, an answer a response header and a result.

==========================  ===================  =========================
method                      argument             result
==========================  ===================  =========================
``BloomfilterRPC.Add``      elements             how many were added
``BloomfilterRPC.Check``    elements             whether each is there
``BloomfilterRPC.Union``    anything             an error: not offered here
==========================  ===================  =========================

A call that we understand but cannot do is answered with an error, as Go does, and the
conversation goes on.  What is no call at all raises `Malformed`, and it is over.

Source: Go documentation, package ``net/rpc``; specification of authentication, section 3.4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from attrs import frozen

from gatekeeper.revocation.gob import writing
from gatekeeper.revocation.gob.reading import Cursor, Malformed, Messages
from gatekeeper.revocation.gob.types import BOOL, BYTES, INT, STRING, UINT, ListOf, Struct, Types

__all__ = ["ADD", "CHECK", "MAX_ELEMENTS", "Conversation", "Revoked"]

ADD = "BloomfilterRPC.Add"
CHECK = "BloomfilterRPC.Check"
UNION = "BloomfilterRPC.Union"

MAX_ELEMENTS = 10_000
"""In one call: about a quarter of a second of work."""

_MAX_METHOD = 256

_RESPONSE, _ADD_OUTPUT, _CHECK_OUTPUT, _BOOLS, _NOTHING = 64, 65, 66, 67, 68

_RESPONSE_TYPE = writing.struct_type(
    _RESPONSE, "Response", [("ServiceMethod", STRING), ("Seq", UINT), ("Error", STRING)]
)
_RESULT_TYPES = {
    _ADD_OUTPUT: writing.struct_type(_ADD_OUTPUT, "AddOutput", [("Count", INT)]),
    _CHECK_OUTPUT: writing.struct_type(_CHECK_OUTPUT, "CheckOutput", [("Checks", _BOOLS)])
    + writing.list_type(_BOOLS, "[]bool", BOOL),
    _NOTHING: writing.struct_type(_NOTHING, "", []),
}


class Revoked(Protocol):
    """What elements are put in; `SlidingFilter` is the real one."""

    def __contains__(self, element: bytes, /) -> bool: ...

    def add(self, element: bytes) -> None: ...


@frozen
class _Call:
    method: str
    sequence: int


class _Impossible(Exception):
    """A call that cannot be done; the text goes to the caller."""


class Conversation:
    """
    One connection's worth of calls.

    Args:
        revoked: Where elements are added and looked for.
        added: Told how many elements a call has added.

    Attributes:
        between_calls: Whether nothing of a call has come since the last answer.
    """

    def __init__(self, revoked: Revoked, added: Callable[[int], None]) -> None:
        self._revoked = revoked
        self._added = added
        self._messages = Messages()
        self._types = Types()
        self._call: _Call | None = None
        self._written: set[int] = set()
        self._begun = False

    @property
    def between_calls(self) -> bool:
        return not (self._begun or self._messages.partial)

    def feed(self, data: bytes) -> bytes:
        """
        Take what was received, give what is to be sent.

        Raises:
            Malformed: This is no conversation.
        """
        answers = b""
        for payload in self._messages.feed(data):
            self._begun = True
            cursor = Cursor(payload)
            number = cursor.integer()
            if number < 0:
                self._types.define(-number, cursor)
            elif self._call is None:
                self._call = self._header(number, cursor)
            else:
                answers += self._answer(self._call, number, cursor)
                self._call, self._begun = None, False
        return answers

    def _header(self, number: int, cursor: Cursor) -> _Call:
        if not isinstance(self._types.named(number), Struct):
            raise Malformed(f"type {number} where a call should begin")
        header = self._types.read(number, cursor)
        method, sequence = header.get("ServiceMethod", ""), header.get("Seq", 0)
        if not isinstance(method, str) or type(sequence) is not int or sequence < 0:
            raise Malformed("a call without method and number")
        if len(method) > _MAX_METHOD:
            raise Malformed(f"a method with a name of {len(method)} characters")
        return _Call(method, sequence)

    def _answer(self, call: _Call, number: int, cursor: Cursor) -> bytes:
        try:
            kind, result = self._result(call.method, number, cursor)
            error = ""
        except _Impossible as impossible:
            kind, result, error = _NOTHING, writing.struct(), str(impossible)
        header = writing.struct(
            writing.text(call.method) if call.method else None,
            writing.uint(call.sequence) if call.sequence else None,
            writing.text(error) if error else None,
        )
        return (
            self._definition(_RESPONSE, _RESPONSE_TYPE)
            + writing.message(writing.integer(_RESPONSE) + header)
            + self._definition(kind, _RESULT_TYPES[kind])
            + writing.message(writing.integer(kind) + result)
        )

    def _definition(self, number: int, written: bytes) -> bytes:
        """Define a type when this connection has not seen it."""
        if number in self._written:
            return b""
        self._written.add(number)
        return written

    def _result(self, method: str, number: int, cursor: Cursor) -> tuple[int, bytes]:
        if method == ADD:
            elements = self._elements(number, cursor)
            for element in elements:
                self._revoked.add(element)
            self._added(len(elements))
            count = writing.integer(len(elements)) if elements else None
            return _ADD_OUTPUT, writing.struct(count)
        if method == CHECK:
            found = [element in self._revoked for element in self._elements(number, cursor)]
            checks = writing.items([writing.boolean(one) for one in found])
            return _CHECK_OUTPUT, writing.struct(checks if found else None)
        raise _Impossible(_why_not(method))

    def _elements(self, number: int, cursor: Cursor) -> Sequence[bytes]:
        """
        Read the argument.

        Raises:
            _Impossible: It has another shape, or too many elements.
            Malformed: It does not fit its own type.
        """
        kind = self._types.named(number)
        elems = dict(kind.fields).get("Elems") if isinstance(kind, Struct) else None
        if elems is None or self._types.named(elems) != ListOf(BYTES):
            raise _Impossible("gob: expected a struct with Elems, a list of byte lists")
        elements: list[bytes] = self._types.read(number, cursor).get("Elems", [])
        if len(elements) > MAX_ELEMENTS:
            raise _Impossible(f"{len(elements)} elements, at most {MAX_ELEMENTS} in one call")
        return elements


def _why_not(method: str) -> str:
    """Say it in Go's words."""
    service, dot, _ = method.rpartition(".")
    if method == UNION:
        return "Union is not offered by this gateway: add the elements"
    if not dot:
        return f"rpc: service/method request ill-formed: {method}"
    if service != "BloomfilterRPC":
        return f"rpc: can't find service {method}"
    return f"rpc: can't find method {method}"
