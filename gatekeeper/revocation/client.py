"""
Revoke tokens at a running gateway, for operators without Go: one call, one answer.

It waits for the network, so it is for command lines only.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

from gatekeeper.errors import GatekeeperError
from gatekeeper.revocation.calls import ADD
from gatekeeper.revocation.gob import writing
from gatekeeper.revocation.gob.reading import Cursor, Malformed, Messages
from gatekeeper.revocation.gob.types import BYTES, STRING, UINT, Types

__all__ = ["Answer", "NotRevoked", "call", "revoke"]

_REQUEST, _INPUT, _ELEMENTS = 64, 65, 66
_TYPES = (
    writing.struct_type(_REQUEST, "Request", [("ServiceMethod", STRING), ("Seq", UINT)]),
    writing.struct_type(_INPUT, "AddInput", [("Elems", _ELEMENTS)]),
    writing.list_type(_ELEMENTS, "[][]uint8", BYTES),
)


class NotRevoked(GatekeeperError):
    """The gateway did not take the elements."""


def call(method: str, elements: Sequence[bytes]) -> bytes:
    """Write the first call of a connection."""
    header = writing.struct(writing.text(method), None)
    argument = writing.struct(writing.items([writing.data(one) for one in elements]))
    request, input_, list_ = _TYPES
    return (
        request
        + writing.message(writing.integer(_REQUEST) + header)
        + input_
        + list_
        + writing.message(writing.integer(_INPUT) + argument)
    )


class Answer:
    """Read what the gateway says to one `ADD`."""

    def __init__(self) -> None:
        self._messages = Messages()
        self._types = Types()
        self._values: list[dict[str, object]] = []

    def feed(self, data: bytes) -> int | None:
        """
        Give how many elements were added, once that is known.

        Raises:
            NotRevoked: None was, or this is no answer.
        """
        try:
            for payload in self._messages.feed(data):
                cursor = Cursor(payload)
                number = cursor.integer()
                if number < 0:
                    self._types.define(-number, cursor)
                else:
                    self._values.append(self._types.read(number, cursor))
        except Malformed as error:
            raise NotRevoked(f"this is no revoker: {error}") from error
        if len(self._values) < 2:
            return None
        header, result = self._values
        if header.get("Error"):
            raise NotRevoked(str(header["Error"]))
        count = result.get("Count", 0)
        return count if isinstance(count, int) else 0


def revoke(address: str, elements: Sequence[str], timeout_s: float = 10.0) -> int:
    """
    Revoke some elements, e.g. ``jti-5f2c``.

    Args:
        address: Of the revoker, ``host:port``.

    Returns:
        How many were added.

    Raises:
        NotRevoked: The gateway refused, or closed the connection.
        OSError: It cannot be reached.
    """
    host, _, port = address.rpartition(":")
    if not port.isdecimal():
        raise NotRevoked(f'expected an address such as "127.0.0.1:1234", found "{address}"')
    answer = Answer()
    with socket.create_connection((host.strip("[]"), int(port)), timeout_s) as connection:
        connection.sendall(call(ADD, [one.encode("utf-8", "replace") for one in elements]))
        while data := connection.recv(65536):
            count = answer.feed(data)
            if count is not None:
                return count
    raise NotRevoked("the gateway closed the connection")
