"""Placeholders."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.placeholders import (
    ParameterMismatch,
    capitalised,
    clean_path,
    endpoint_path,
    url_pattern,
)


class EndpointTests(SynchronousTestCase):
    """Endpoint paths."""

    def test_slashes(self) -> None:
        """One leading slash is certain; more are the path's own."""
        for path, clean in {"": "/", "a": "/a", "/a": "/a", "//a": "//a", "?a": "/?a"}.items():
            self.assertEqual(clean_path(path), clean)

    def test_strict(self) -> None:
        """A placeholder follows a slash; everything else is literal."""
        table = {
            "/a": ("/a", ()),
            "/{b}/{a}": ("/:b/:a", ("a", "b")),
            "/u-{v}": ("/u-{v}", ()),
            "/f/{name}.json": ("/f/:name.json", ("name",)),
            "/colon/:id": ("/colon/:id", ()),
            "/{}": ("/{}", ()),
            "/{a.b}": ("/{a.b}", ()),
            "/{my-id}/{_x}/{1a}": ("/:my-id/:_x/:1a", ("1a", "_x", "my-id")),
            "/{id}/x-{id}": ("/:id/x-:id", ("id",)),
            "/{id}?x=/{id}": ("/:id?x=/{id}", ("id",)),
        }
        for path, expected in table.items():
            self.assertEqual(endpoint_path(path, False), expected)

    def test_relaxed(self) -> None:
        """With disable_rest a placeholder may stand anywhere."""
        table = {
            "/u-{v}": ("/u-:v", ("v",)),
            "/{a.b}": ("/:a.b", ("a.b",)),
            "/{}": ("/{}", ()),
        }
        for path, expected in table.items():
            self.assertEqual(endpoint_path(path, True), expected)


class PatternTests(SynchronousTestCase):
    """Patterns of backends."""

    def test_tokens(self) -> None:
        """Names become tokens with an upper-case first letter."""
        table = {
            "/a": "/a",
            "/{id}/{my-id}?q={id}": "/{{.Id}}/{{.My-id}}?q={{.Id}}",
            "/{resp0_x}/{JWT.sub}": "/{{.Resp0_x}}/{{.JWT.sub}}",
            "/{JWT.https://x.y/z}": "/{{.JWT.https://x.y/z}}",
            "/{}/{a b}": "/{}/{a b}",
            "/{{id}}": "/{{{.Id}}}",
        }
        for pattern, tokens in table.items():
            self.assertEqual(url_pattern(pattern, ("id", "my-id")), tokens)

    def test_errors(self) -> None:
        """Names that the endpoint does not have are KrakenD's errors, to the letter."""
        undefined = "undefined output param '{}'!"
        mismatch = "input and output params do not match."
        table: list[tuple[tuple[str, ...], str, str, str]] = [
            (("id",), "/{order}", undefined.format("order"), "input: [id], output: [order]"),
            ((), "/{foo}/{bar}", mismatch, "input: [], output: [bar foo]"),
            ((), "/{a}/{resp0_x}", mismatch, "input: [], output: [a resp0_x]"),
            (("id",), "/{resp0}", undefined.format("resp0"), "input: [id], output: [resp0]"),
            (("id",), "/{id}/{ID}", undefined.format("ID"), "input: [id], output: [ID id]"),
            ((), "/{id}", undefined.format("id"), "input: [], output: [id]"),
            (("a",), "/{JWT.}", undefined.format("JWT."), "input: [a], output: [JWT.]"),
        ]
        for inputs, pattern, kind, lists in table:
            error = self.assertRaises(ParameterMismatch, url_pattern, pattern, inputs)
            expected = f"{kind} endpoint: GET /p, backend: 1. {lists}"
            self.assertEqual(error.message("GET", "/p", 1, inputs), expected)

    def test_names(self) -> None:
        """Only the first letter changes."""
        table = {"id": "Id", "my-id": "My-id", "JWT.sub": "JWT.sub", "resp0_x": "Resp0_x", "": ""}
        for name, spelled in table.items():
            self.assertEqual(capitalised(name), spelled)
