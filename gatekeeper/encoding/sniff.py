"""
Guess the content type of a body from its first bytes.

Source: WHATWG, "MIME Sniffing", sections 6 and 7, in the choice of Go's standard library.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["content_type"]

_LOOKED_AT: Final = 512
_WHITE: Final = b"\t\n\x0c\r "

_HTML: Final = re.compile(
    rb"[\t\n\x0c\r ]*<(?:!DOCTYPE HTML|HTML|HEAD|SCRIPT|IFRAME|H1|DIV|FONT|TABLE|A|STYLE|TITLE|BODY"
    rb"|BR|B|P|!--)[ >]",
    re.IGNORECASE,
)
_XML: Final = re.compile(rb"[\t\n\x0c\r ]*<\?xml")
_BINARY: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")

# In the order in which they are tried; a dot stands for any byte.
_MAGIC: Final = tuple(
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (
        (rb"%PDF-", "application/pdf"),
        (rb"%!PS-Adobe-", "application/postscript"),
        (rb"\xfe\xff..", "text/plain; charset=utf-16be"),
        (rb"\xff\xfe..", "text/plain; charset=utf-16le"),
        (rb"\xef\xbb\xbf.", "text/plain; charset=utf-8"),
        (rb"\x00\x00\x01\x00", "image/x-icon"),
        (rb"\x00\x00\x02\x00", "image/x-icon"),
        (rb"BM", "image/bmp"),
        (rb"GIF8[79]a", "image/gif"),
        (rb"RIFF....WEBPVP", "image/webp"),
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"FORM....AIFF", "audio/aiff"),
        (rb"ID3", "audio/mpeg"),
        (rb"OggS\x00", "application/ogg"),
        (rb"MThd\x00\x00\x00\x06", "audio/midi"),
        (rb"RIFF....AVI ", "video/avi"),
        (rb"RIFF....WAVE", "audio/wave"),
    )
)
_LATER_MAGIC: Final = tuple(
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (
        (rb"\x1aE\xdf\xa3", "video/webm"),
        (rb".{34}LP", "application/vnd.ms-fontobject"),
        (rb"\x00\x01\x00\x00", "font/ttf"),
        (rb"OTTO", "font/otf"),
        (rb"ttcf", "font/collection"),
        (rb"wOFF", "font/woff"),
        (rb"wOF2", "font/woff2"),
        (rb"\x1f\x8b\x08", "application/x-gzip"),
        (rb"PK\x03\x04", "application/zip"),
        (rb"Rar!\x1a\x07\x00", "application/x-rar-compressed"),
        (rb"Rar!\x1a\x07\x01\x00", "application/x-rar-compressed"),
        (rb"\x00asm", "application/wasm"),
    )
)


def content_type(body: bytes) -> str:
    """
    Guess a type; there is always one.

    HTML and XML are known by their beginning, other formats by their magic bytes; text
    is everything without control characters that text does not have.
    """
    head = body[:_LOOKED_AT]
    if _HTML.match(head):
        return "text/html; charset=utf-8"
    if _XML.match(head):
        return "text/xml; charset=utf-8"
    for pattern, kind in _MAGIC:
        if pattern.match(head):
            return kind
    if _is_mp4(head):
        return "video/mp4"
    for pattern, kind in _LATER_MAGIC:
        if pattern.match(head):
            return kind
    if _BINARY.search(head.lstrip(_WHITE)):
        return "application/octet-stream"
    return "text/plain; charset=utf-8"


def _is_mp4(head: bytes) -> bool:
    """Look for a brand that begins with ``mp4`` in an ISO media file's first box."""
    size = int.from_bytes(head[:4], "big")
    if len(head) < 12 or len(head) < size or size % 4 or head[4:8] != b"ftyp":
        return False
    return any(head[at : at + 3] == b"mp4" for at in range(8, size, 4) if at != 12)
