"""Tests of `gatekeeper.json_schema.compiling`, `formats` and `structure`."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.errors import Problems
from gatekeeper.json_schema.compiling import compile_schema
from gatekeeper.json_schema.structure import schemas
from tests.json_schema.test_wording import compiled

DRAFTS = {
    4: "http://json-schema.org/draft-04/schema#",
    6: "http://json-schema.org/draft-06/schema#",
    7: "http://json-schema.org/draft-07/schema#",
    2019: "https://json-schema.org/draft/2019-09/schema",
    2020: "https://json-schema.org/draft/2020-12/schema",
}


class CompileTests(SynchronousTestCase):
    """What a schema means."""

    def fits(self, schema: Any, value: Any, version: int = 3) -> bool:
        return bool(compiled(schema, version).is_valid(value))

    def test_formats_are_asserted(self) -> None:
        """In drafts 4, 6 and 7, and always in version 2 files; otherwise they are notes."""
        for draft, asserted in [(4, True), (6, True), (7, True), (2019, False), (2020, False)]:
            schema = {"$schema": DRAFTS[draft], "format": "email"}
            with self.subTest(draft):
                self.assertEqual(self.fits(schema, "nope"), not asserted)
                self.assertTrue(self.fits(schema, "a@b.example"))
                self.assertFalse(self.fits(schema, "nope", 2))
        self.assertTrue(self.fits({"format": "email"}, "nope"))
        self.assertFalse(self.fits({"format": "email"}, "nope", 2))

    def test_formats(self) -> None:
        """The same names are known in all drafts; unknown ones are notes."""
        for name, good, bad in [
            ("date", "2024-02-29", "2023-02-29"),
            ("date-time", "2024-02-29T10:00:00Z", "2024-02-30T10:00:00Z"),
            ("time", "10:00:00Z", "25:00:00Z"),
            ("duration", "P1DT2H", "1D"),
            ("period", "2024-01-01T00:00:00Z/P1D", "2024-01-01T00:00:00Z"),
            ("period", "P1D/2024-01-01T00:00:00Z", "P1D/P1D"),
            ("email", "a@b.example", "nope"),
            ("hostname", "a.example", "-a"),
            ("ipv4", "192.0.2.1", "192.0.2.256"),
            ("ipv6", "::1", "1::2::3"),
            ("uri", "https://example.com/a", "/a"),
            ("uri-reference", "/a", "\\a"),
            ("uri-template", "/{a}", "/{a"),
            ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8"),
            ("json-pointer", "/a~1b", "a"),
            ("regex", "^a", "a(?=b)"),
            ("semver", "1.2.3-a+b", "1.2"),
        ]:
            for draft in (4, 6, 7):
                schema = {"$schema": DRAFTS[draft], "format": name}
                with self.subTest(name=name, draft=draft, good=good, bad=bad):
                    self.assertTrue(self.fits(schema, good))
                    self.assertFalse(self.fits(schema, bad))
        for name in ("stock-code", "idn-email", "idn-hostname"):
            self.assertTrue(self.fits({"$schema": DRAFTS[7], "format": name}, "-"))

    def test_annotations(self) -> None:
        """Encodings and types of contents are notes in every draft."""
        for draft in DRAFTS.values():
            schema = {
                "$schema": draft,
                "contentEncoding": "base64",
                "contentMediaType": "application/json",
            }
            self.assertTrue(self.fits(schema, "###"))

    def test_patterns(self) -> None:
        """They are RE2, found anywhere in the text."""
        for pattern, text, expected in [
            ("b", "abc", True),
            (r"^\s$", "\u00a0", False),
            (r"\bé", "é", False),
            (r"\Qa.b\E", "a.b", True),
            ("[[:alpha:]]", "a", True),
            ("a$", "a\n", False),
        ]:
            with self.subTest(pattern):
                self.assertEqual(self.fits({"pattern": pattern}, text), expected)
        self.assertTrue(self.fits({"pattern": "b"}, 7))

    def test_integers_of_draft_4(self) -> None:
        """1.0 is one, as in later drafts."""
        for kind in ("integer", ["string", "integer"]):
            schema = {"$schema": DRAFTS[4], "type": kind}
            self.assertTrue(self.fits(schema, 1.0))
            self.assertTrue(self.fits(schema, 7))
            self.assertFalse(self.fits(schema, 1.5))
            self.assertFalse(self.fits(schema, True))

    def test_numbers(self) -> None:
        """1 and 1.0 are equal; decimal fractions are multiples of decimal fractions."""
        for schema, value, expected in [
            ({"type": "integer"}, 1.0, True),
            ({"enum": [1]}, 1.0, True),
            ({"enum": [1]}, True, False),
            ({"const": {"a": 1}}, {"a": 1.0}, True),
            ({"multipleOf": 0.01}, 19.99, True),
            ({"multipleOf": 0.01}, 0.075, False),
            ({"uniqueItems": True}, [1, 1.0], False),
        ]:
            with self.subTest(schema=schema, value=value):
                self.assertEqual(self.fits(schema, value), expected)

    def test_the_configuration_is_not_changed(self) -> None:
        """Others may read it."""
        schema = {"$schema": DRAFTS[7], "contentEncoding": "base64", "properties": {"a": {}}}
        before = deepcopy(schema)
        compiled(schema, 2)
        self.assertEqual(schema, before)

    def test_old_default(self) -> None:
        """Version 2 files mean draft 7 unless they say otherwise."""
        schema = {"items": [{"type": "string"}]}
        self.assertFalse(self.fits(schema, [1], 2))
        self.assertFalse(
            self.fits({"$schema": DRAFTS[4], "exclusiveMinimum": True, "minimum": 5}, 5, 2)
        )


class RefusedTests(SynchronousTestCase):
    """What refuses to start, with its place."""

    def test_mistakes(self) -> None:
        """A schema that is none, an expression that is none, and another document."""
        table: list[tuple[Any, str, str]] = [
            ("object", "/x", "an object, true or false"),
            (None, "/x", "an object, true or false"),
            ([], "/x", "an object, true or false"),
            ({"type": "nope"}, "/x/type", "nope"),
            ({"properties": {"a/b": {"minLength": "x"}}}, "/x/properties/a~1b/minLength", "x"),
            ({"pattern": "(?=a)"}, "/x/pattern", "RE2"),
            ({"items": {"pattern": "(a)\\1"}}, "/x/items/pattern", "RE2"),
            ({"patternProperties": {"(": {}}}, "/x/patternProperties/(", "RE2"),
            ({"patternProperties": {r"^\s": {}}}, r"/x/patternProperties/^\s", r"\s cannot"),
            (
                {"anyOf": [{"patternProperties": {"[[:alpha:]]": {}}}]},
                "/x/anyOf/0/patternProperties/[[:alpha:]]",
                "[: cannot",
            ),
            ({"$ref": "#/nope"}, "/x", "nope"),
            ({"$ref": "http://example.invalid/a"}, "/x", "never looked up"),
            ({"$ref": "file:///etc/hostname"}, "/x", "never looked up"),
            ({"properties": {"a": {"$ref": "other.json"}}}, "/x", "never looked up"),
            ({"$schema": "http://example.invalid/own"}, "/x", "own"),
        ]
        for schema, pointer, words in table:
            with self.subTest(schema=schema):
                problems = Problems()
                self.assertIsNone(compile_schema(schema, 3, "/x", problems))
                (problem,) = problems.fatal
                self.assertEqual(problem.pointer, pointer)
                self.assertIn(words, problem.message)

    def test_all_patterns(self) -> None:
        """All expressions that are none are shown together."""
        problems = Problems()
        compile_schema({"pattern": "(", "items": {"pattern": "["}}, 3, "/x", problems)
        self.assertEqual(
            [problem.pointer for problem in problems.fatal], ["/x/pattern", "/x/items/pattern"]
        )

    def test_what_only_looks_like_a_schema(self) -> None:
        """Constants, and members with the names of keywords, are left alone."""
        schema = {
            "const": {"pattern": "("},
            "enum": [{"pattern": "("}],
            "properties": {"pattern": {"const": {"contentEncoding": "x"}}},
        }
        self.assertTrue(compiled(schema).parts.root.schema["properties"]["pattern"]["const"])


class StructureTests(SynchronousTestCase):
    """Schemas inside schemas."""

    def test_found(self) -> None:
        """By name, in lists and alone; values of constants are none."""
        schema = {
            "properties": {"a/b": {"items": [{}, {"not": {}}]}, "c": True},
            "allOf": [{"const": {"items": {}}}],
            "if": {},
            "dependencies": {"a": ["b"], "c": {}},
        }
        self.assertEqual(
            [pointer for _, pointer in schemas(schema)],
            [
                "",
                "/properties/a~1b",
                "/properties/a~1b/items/0",
                "/properties/a~1b/items/1",
                "/properties/a~1b/items/1/not",
                "/allOf/0",
                "/if",
                "/dependencies/c",
            ],
        )
        self.assertEqual(list(schemas(True)), [])
