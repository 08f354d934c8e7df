"""Guessing content types."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding.sniff import content_type

TEXT, HTML, XML = (f"text/{kind}; charset=utf-8" for kind in ("plain", "html", "xml"))
BINARY = "application/octet-stream"

TYPES = {
    b"": TEXT,
    b"context deadline exceeded": TEXT,
    b'{"a":1}': TEXT,
    b"caf\xe9\x1b[0m\x0c": TEXT,
    b"<html>": HTML,
    b" \r\n\t<!DOCTYPE HTML ": HTML,
    b"<p>": HTML,
    b"<a href": HTML,
    b"<!-- x": HTML,
    b"<!--x": TEXT,
    b"<html": TEXT,
    b"<ab>": TEXT,
    b"\n<?xml version": XML,
    b"%PDF-1.7": "application/pdf",
    b"\xef\xbb\xbfx": TEXT,
    b"\xfe\xff\x00a": "text/plain; charset=utf-16be",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF89a": "image/gif",
    b"\xff\xd8\xff\xe0": "image/jpeg",
    b"RIFF\n\n\n\nWEBPVP8": "image/webp",
    b"RIFF1234WAVE": "audio/wave",
    b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00mp42isom": "video/mp4",
    b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00": BINARY,
    b"\x00\x00\x00\x03ftypmp42\x00\x00\x00\x00": BINARY,
    b"\x1a\x45\xdf\xa3": "video/webm",
    b"wOF2": "font/woff2",
    b"x" * 34 + b"LP": "application/vnd.ms-fontobject",
    b"\x1f\x8b\x08": "application/x-gzip",
    b"PK\x03\x04": "application/zip",
    b"\x00asm": "application/wasm",
    b"a\x00b": BINARY,
    b"x" * 512 + b"\x00": TEXT,
    b"x" * 511 + b"\x00": BINARY,
}


class ContentTypeTests(SynchronousTestCase):
    """The first 512 bytes decide."""

    def test_types(self) -> None:
        """Markup by its beginning, formats by their magic, text by what it lacks."""
        for body, expected in TYPES.items():
            self.assertEqual(content_type(body), expected, body[:40])
