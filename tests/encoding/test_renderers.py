"""Which renderer a name means."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import Backend
from gatekeeper.encoding.renderers import renderer
from gatekeeper.message import Decoded

JSON, XML = "application/json; charset=utf-8", "application/xml"
TEXT, YAML = "text/plain; charset=utf-8", "application/yaml; charset=utf-8"
DATA = Decoded({"content": "<x>"})

RENDERED = {
    "json": (JSON, rb'{"content":"\u003cx\u003e"}'),
    "json-collection": (JSON, b"[]"),
    "string": (TEXT, b"<x>"),
    "xml": (XML, b"<content>&lt;x&gt;</content>"),
    "yaml": (YAML, b"content: <x>\n"),
    "negotiate": (JSON, rb'{"content":"\u003cx\u003e"}'),
    "no-op": ("", b""),
}


class RendererTests(SynchronousTestCase):
    """Names, and what they fall back to."""

    def test_names(self) -> None:
        """Every name has its content type and its form."""
        for name, expected in RENDERED.items():
            self.assertEqual(renderer(name, [])(DATA, ""), expected)

    def test_fallback(self) -> None:
        """An unknown name means the only backend's encoding when that is one of the above."""
        for name in ("html", "JSON", "fast-json"):
            for encoding, expected in RENDERED.items():
                backend = Backend(encoding=encoding)
                self.assertEqual(renderer(name, [backend])(DATA, ""), expected)
                self.assertEqual(renderer(name, [backend, backend])(DATA, ""), RENDERED["json"])
            for encoding in ("STRING", "rss", "safejson", ""):
                rendered = renderer(name, [Backend(encoding=encoding)])(DATA, "")
                self.assertEqual(rendered, RENDERED["json"])

    def test_negotiate(self) -> None:
        """The client's Accept chooses; plain text is YAML."""
        negotiate = renderer("negotiate", [])
        accepted = {
            "application/xml": XML,
            "text/plain": YAML,
            "application/x-yaml": YAML,
            "*/*": JSON,
        }
        for accept, content_type in accepted.items():
            self.assertEqual(negotiate(DATA, accept)[0], content_type)

    def test_no_data(self) -> None:
        """Null is null in JSON, and empty elsewhere."""
        bodies = {"json": b"null", "json-collection": b"[]", "string": b"", "xml": b"<doc/>"}
        for name, body in {**bodies, "yaml": b"{}\n"}.items():
            self.assertEqual(renderer(name, [])(Decoded(None), "")[1], body)

    def test_collection(self) -> None:
        """What is under the key is shown, whatever it is."""
        for value, body in (([1], b"[1]"), ({"b": 1}, b'{"b":1}'), (None, b"null")):
            rendered = renderer("json-collection", [])(Decoded({"collection": value}), "")
            self.assertEqual(rendered, (JSON, body))
