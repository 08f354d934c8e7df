"""Tests of `gatekeeper.backend.build_request`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend.build_request import build_request, plain_target, template
from gatekeeper.message import Decoded, Request, Response
from gatekeeper.testing import request, run


class TemplateTests(SynchronousTestCase):
    """Filling a pattern."""

    def test_values(self) -> None:
        """Each token gets its value; one without value stays; values are never scanned."""
        table = [
            ("/a", {}, "/a"),
            ("/a/{{.Id}}", {"Id": "7"}, "/a/7"),
            ("/{{.A}}/{{.B}}?x={{.A}}", {"A": "1", "B": "2"}, "/1/2?x=1"),
            ("/{{.A}}{{.B}}", {"A": "{{.B}}", "B": "2"}, "/{{.B}}2"),
            ("/e/{{.Resp0_zz}}", {}, "/e/{{.Resp0_zz}}"),
            ("/{{.JWT.sub}}", {"JWT.sub": "ann"}, "/ann"),
            ("/x{{.A}}", {"A": ""}, "/x"),
        ]
        for pattern, params, path in table:
            with self.subTest(pattern):
                self.assertEqual(template(pattern)(params), path)

    def test_request(self) -> None:
        """The backend's method and path replace the client's; the rest stays."""
        seen: list[Request] = []

        async def inner(built: Request) -> Response:
            seen.append(built)
            return Decoded({})

        proxy = build_request("/b/{{.Id}}", "PUT")(inner)
        self.successResultOf(run(proxy(request("/a", params={"Id": "7"}, body=b"x"))))
        self.assertEqual((seen[0].method, seen[0].path, seen[0].body), ("PUT", "/b/7", b"x"))


class PlainTargetTests(SynchronousTestCase):
    """The quick way."""

    def test_usual(self) -> None:
        """Plain values give the target at once."""
        table = [
            ("/a b?x=y z", {}, "/a%20b?x=y%20z"),
            ("/e#f", {}, "/e"),
            ("/a/{{.Id}}?q={{.Id}}", {"Id": "a-b_1.~"}, "/a/a-b_1.~?q=a-b_1.~"),
            ("/a/{{.Id}}", {"Id": ""}, "/a/"),
        ]
        for pattern, params, target in table:
            with self.subTest(pattern):
                self.assertEqual(plain_target(pattern)(params), target)

    def test_unusual(self) -> None:
        """Anything that needs the rules of URLs is left to them."""
        table = [
            ("/%zz", {}),
            ("/a/{{.Id}}", {}),
            ("/a b/{{.Id}}", {"Id": "7"}),
            ("/%4{{.Id}}", {"Id": "1"}),
            *(("/a/{{.Id}}", {"Id": value}) for value in ("a b", "/", "?", "#", "ü", "%41", "٣")),
        ]
        for pattern, params in table:
            with self.subTest(pattern, params=params):
                self.assertIsNone(plain_target(pattern)(params))
