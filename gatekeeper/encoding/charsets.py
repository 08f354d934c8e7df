"""
Turn XML in a declared character set into UTF-8.

Only the sets of the WHATWG Encoding Standard are known, by a list: Python's own table
of codecs also holds things that are no character sets.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from gatekeeper.errors import DecodeError

__all__ = ["utf8"]

_DECLARED: Final = re.compile(
    rb"\A[ \t\r\n]*<\?xml[^>]{0,200}?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*"
    rb"[\"']([^\"'>]{1,40})[\"']"
)

# Names that Python gives a label's codec -> what the standard reads such a label as.
_LATIN: Final = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254"}
_KNOWN: Final = frozenset(
    [
        "iso8859-2",
        "iso8859-3",
        "iso8859-4",
        "iso8859-5",
        "iso8859-6",
        "iso8859-7",
        "iso8859-8",
        "iso8859-10",
        "iso8859-11",
        "iso8859-13",
        "iso8859-14",
        "iso8859-15",
        "iso8859-16",
        "cp866",
        "cp874",
        "cp1250",
        "cp1251",
        "cp1252",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "koi8-r",
        "koi8-u",
        "mac-roman",
        "mac-cyrillic",
        "gb2312",
        "gbk",
        "gb18030",
        "big5",
        "euc_jp",
        "iso2022_jp",
        "shift_jis",
        "euc_kr",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
    ]
)


def utf8(body: bytes) -> bytes:
    """
    Give a document in UTF-8, whatever its declaration says.

    The declaration itself stays as it is; the reader is told not to believe it.  Bytes
    that the set does not have become U+FFFD.

    Raises:
        DecodeError: The set is unknown.
    """
    found = _DECLARED.match(body)
    if found is None:
        return body
    label = found[1].decode("latin-1").strip()
    if label.lower() in {"utf-8", "utf8"}:
        return body
    return body.decode(_codec(label), "replace").encode("utf-8", "replace")


def _codec(label: str) -> str:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        name = ""
    name = _LATIN.get(name, name)
    if name == "utf-8":
        return name
    if name not in _KNOWN:
        raise DecodeError(f'xml: opening charset "{label}": unsupported charset: "{label}"')
    return name
