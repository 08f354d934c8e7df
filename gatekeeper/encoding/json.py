"""
Read and write JSON so that nothing a backend wrote changes but the order of keys.

Reading has a fast way, and `json_exact` for the rest.  orjson is exact for everything
but numbers, which it makes integers and doubles; so what it read is printed again and
compared with the body: when they are the same but for white space, every number is
spelled as printing it will spell it.  White space inside strings is left out on both
sides, so that it cannot make up a difference.  Bodies that spell strings in another way
than we do (``\\u00e9``, a doubled key) are searched for numbers that could be lost.
Printing also proves that the nesting is below 255, so nothing else counts levels here.

Source: KrakenD's behaviour, conformance cases ``json-fidelity``, ``errors-decoding``.
"""

from __future__ import annotations

import re
from typing import Final

import orjson

from gatekeeper.encoding import json_exact
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.encoding.text import double_as_json
from gatekeeper.errors import DecodeError
from gatekeeper.message import JSON, Double, Number

__all__ = ["MAX_BYTES", "Ordered", "dumps", "first_value", "loads", "ordered_dumps"]

MAX_BYTES: Final = 16 * 1024 * 1024

_WHITE: Final = b" \t\r\n"

# A number that orjson may not give back as it stood, in the only places where a number
# can stand inside a list or an object.  What it finds inside strings costs only time.
_RISKY: Final = re.compile(
    rb"[\[:,][ \t\r\n]*+(-?\d++[.eE][-+.\deE]*+|-0|-?\d{19,}+)(?=[ \t\r\n,\]}])"
)
_OPEN_NUMBER: Final = re.compile(rb"[ \t\r\n]*+[-+.\deE]++")
_SORTED: Final = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS


def loads(body: bytes) -> JSON:
    """
    Decode the first JSON value of a body; what follows it is ignored.

    Numbers become `int` or `float` where these print as they were spelled, otherwise
    `Number`.  Of equal keys the last one wins; lone surrogates and bytes that are not
    UTF-8 become U+FFFD.

    Raises:
        DecodeError: With the text that Go's decoder gives, such as ``unexpected EOF``;
            also for more than 512 levels, or more than 16 MiB.
    """
    if len(body) > MAX_BYTES:
        raise DecodeError(f"json: more than {MAX_BYTES} bytes")
    try:
        value = orjson.loads(body)
        printed = orjson.dumps(value)
    except (ValueError, TypeError):
        return json_exact.loads(body)
    if (
        printed == body
        or printed.translate(None, _WHITE) == body.translate(None, _WHITE)
        or _has_plain_numbers(body, value)
    ):
        return value
    return json_exact.loads(body)


def dumps(value: JSON) -> bytes:
    """
    Encode compactly, keys sorted by their UTF-8 bytes, as Go does.

    ``<``, ``>``, ``&``, U+2028 and U+2029 are escaped: they can stand in strings only,
    so replacing them in the whole text is exact.
    """
    try:
        text = orjson.dumps(value, _default, _SORTED)
    except TypeError:
        return json_exact.dumps(value)
    text = text.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026")
    if text.isascii():
        return text
    return text.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")


def ordered_dumps(value: dict[str, JSON]) -> bytes:
    """Encode like `dumps`, but keep the given order of the outermost object's keys."""
    return dumps(Ordered(value))


def first_value(body: bytes) -> bool:
    """
    Tell whether a body can be decoded although more of it may come.

    True when its first value is complete, and when it is broken for good.  Meant for
    backends that send a value and then neither more nor the end of the body.
    """
    try:
        loads(body)
    except DecodeError as error:
        return str(error) not in {"EOF", "unexpected EOF"}
    return _OPEN_NUMBER.fullmatch(body) is None


def _has_plain_numbers(body: bytes, value: JSON) -> bool:
    """Tell whether no number of a body is spelled in another way than orjson would."""
    if not isinstance(value, dict | list):
        return type(value) is not float and type(value) is not int
    tokens = _RISKY.findall(body)
    if not tokens:
        return True
    together = b"[%b]" % b",".join(tokens)
    try:
        return orjson.dumps(orjson.loads(together)) == together
    except ValueError:
        return False


def _default(value: object) -> orjson.Fragment:
    """Print what orjson does not know."""
    if isinstance(value, Number):
        return orjson.Fragment(value.encode())
    if isinstance(value, Double):
        return orjson.Fragment(double_as_json(value))
    if isinstance(value, Ordered):
        return orjson.Fragment(_unsorted(value.value))
    raise TypeError(type(value).__name__)


def _unsorted(value: dict[str, JSON] | list[JSON]) -> bytes:
    if isinstance(value, list):
        return dumps(value)
    members = (b"%b:%b" % (dumps(key), dumps(item)) for key, item in value.items())
    return b"{%b}" % b",".join(members)
