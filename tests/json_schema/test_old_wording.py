"""Tests of `gatekeeper.json_schema.old_wording`."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.json_schema.document import read_document
from gatekeeper.json_schema.old_wording import old_text
from tests.json_schema.test_wording import compiled

TABLE: tuple[tuple[Any, str, str], ...] = (
    ({"required": ["a"]}, "{}", "(root): a is required"),
    ({"type": "number"}, '"a"', "(root): Invalid type. Expected: number, given: string"),
    ({"type": "string"}, "1", "(root): Invalid type. Expected: string, given: integer"),
    ({"type": "string"}, "1.5", "(root): Invalid type. Expected: string, given: number"),
    (
        {"type": ["string", "null"]},
        "1",
        "(root): Invalid type. Expected: [string,null], given: integer",
    ),
    (
        {"properties": {"color": {"enum": ["Red", "Blue"]}}},
        '{"color":1}',
        'color: color must be one of the following: "Red", "Blue"',
    ),
    ({"const": "a"}, "1", '(root): (root) does not match: "a"'),
    (
        {"properties": {"a": {"properties": {"b": {"items": {"minimum": 18}}}}}},
        '{"a":{"b":[5]}}',
        "a.b.0: Must be greater than or equal to 18",
    ),
    ({"maximum": 1500}, "2000", "(root): Must be less than or equal to 1500"),
    ({"exclusiveMinimum": 1000}, "5", "(root): Must be greater than 1000"),
    ({"exclusiveMaximum": 10}, "10", "(root): Must be less than 10"),
    ({"multipleOf": 5}, "7", "(root): Must be a multiple of 5"),
    ({"minLength": 3}, '"a"', "(root): String length must be greater than or equal to 3"),
    ({"maxLength": 0}, '"a"', "(root): String length must be less than or equal to 0"),
    ({"pattern": "^b"}, '"a"', "(root): Does not match pattern '^b'"),
    ({"format": "email"}, '"a"', "(root): Does not match format 'email'"),
    ({"minItems": 1}, "[]", "(root): Array must have at least 1 items"),
    ({"maxItems": 1}, "[1,2]", "(root): Array must have at most 1 items"),
    ({"uniqueItems": True}, "[1,1]", "(root): array items[0,1] must be unique"),
    ({"minProperties": 2}, "{}", "(root): Must have at least 2 properties"),
    ({"maxProperties": 0}, '{"a":1}', "(root): Must have at most 0 properties"),
    (
        {"properties": {}, "additionalProperties": False},
        '{"zz":1}',
        "(root): Additional property zz is not allowed",
    ),
    (
        {"items": [{}], "additionalItems": False},
        "[1,2]",
        "(root): No additional items allowed on array",
    ),
    ({"anyOf": [{"type": "string"}]}, "1", "(root): Must validate at least one schema (anyOf)"),
    ({"oneOf": [True, True]}, "1", "(root): Must validate one and only one schema (oneOf)"),
    ({"not": {}}, "1", "(root): Must not validate the schema (not)"),
    ({"contains": {"const": 5}}, "[1]", "(root): At least one of the items must match"),
    (
        {"propertyNames": {"maxLength": 1}},
        '{"ab":1}',
        '(root): Property name of "ab" does not match',
    ),
    ({"dependencies": {"a": ["b"]}}, '{"a":1}', "(root): Has a dependency on b"),
    (False, "1", "(root): False always fails validation"),
    ({"properties": {"a": False}}, '{"a":1}', "a: False always fails validation"),
    (
        {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "maximum": 5,
            "exclusiveMaximum": True,
        },
        "5",
        "(root): Must be less than 5",
    ),
)


class OldWordingTests(SynchronousTestCase):
    """The texts of version 2 files."""

    def test_table(self) -> None:
        """One line, with the place in the body."""
        for schema, body, text in TABLE:
            with self.subTest(schema=schema):
                document = read_document(body.encode())
                self.assertEqual(old_text(compiled(schema, 2), document), f"- {text}")

    def test_several(self) -> None:
        """One line for each mistake; parts of allOf are told, and then that they failed."""
        schema = {"allOf": [{"required": ["a"]}, {"required": ["b"]}]}
        self.assertEqual(
            old_text(compiled(schema, 2), {}).split("\n"),
            [
                "- (root): a is required",
                "- (root): b is required",
                "- (root): Must validate all the schemas (allOf)",
            ],
        )
