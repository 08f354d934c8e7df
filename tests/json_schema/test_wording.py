"""Tests of `gatekeeper.json_schema.finding` and `wording`: what clients are told."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.errors import Problems
from gatekeeper.json_schema.compiling import CompiledSchema, compile_schema
from gatekeeper.json_schema.document import read_document
from gatekeeper.json_schema.finding import MAX_FOUND
from gatekeeper.json_schema.wording import MAX_LINES, explained

D4 = "http://json-schema.org/draft-04/schema#"
D7 = "http://json-schema.org/draft-07/schema#"
D2019 = "https://json-schema.org/draft/2019-09/schema"


def compiled(schema: Any, version: int = 3) -> CompiledSchema:
    problems = Problems()
    made = compile_schema(schema, version, "/x", problems)
    assert made is not None, problems.found
    return made


class KeywordTests(SynchronousTestCase):
    """One line for each thing that does not fit."""

    TABLE: tuple[tuple[Any, str, str], ...] = (
        ({"type": "number"}, '"a"', "got string, want number"),
        ({"type": "integer"}, "1.5", "got number, want integer"),
        ({"type": ["string", "null"]}, "1", "got number, want null or string"),
        (
            {"type": ["object", "array", "string", "integer", "boolean", "null"]},
            "1.5",
            "got number, want null or boolean or integer or string or array or object",
        ),
        ({"type": "object"}, "[]", "got array, want object"),
        ({"type": "object"}, "null", "got null, want object"),
        ({"type": "object"}, "true", "got boolean, want object"),
        ({"type": "string"}, "{}", "got object, want string"),
        ({"required": ["a"]}, "{}", "missing property 'a'"),
        ({"required": ["a", "b", "c"]}, '{"b":1}', "missing properties 'a', 'c'"),
        ({"enum": ["Red", "Blue"]}, "1", "value must be one of 'Red', 'Blue'"),
        ({"enum": ["it's", "a"]}, "1", "value must be one of 'it\\'s', 'a'"),
        ({"enum": [5]}, "6", "value must be 5"),
        ({"enum": [None, True, 1.5]}, "6", "value must be one of <nil>, true, 1.5"),
        ({"enum": [1, {"a": 1}]}, "6", "enum failed"),
        ({"const": 5}, "6", "value must be 5"),
        ({"const": False}, "6", "value must be false"),
        ({"const": [1]}, "6", "const failed"),
        ({"minimum": 18}, "5", "minimum: got 5, want 18"),
        ({"maximum": 1500}, "2000", "maximum: got 2,000, want 1,500"),
        ({"exclusiveMinimum": 10.5}, "10.5", "exclusiveMinimum: got 10.5, want 10.5"),
        ({"exclusiveMaximum": 10}, "10", "exclusiveMaximum: got 10, want 10"),
        ({"multipleOf": 5}, "7", "multipleOf: got 7, want 5"),
        ({"minLength": 3}, '"äö"', "minLength: got 2, want 3"),
        ({"maxLength": 3}, '"abcd"', "maxLength: got 4, want 3"),
        ({"minItems": 1}, "[]", "minItems: got 0, want 1"),
        ({"maxItems": 1}, "[1,2]", "maxItems: got 2, want 1"),
        ({"minProperties": 1500}, "{}", "minProperties: got 0, want 1,500"),
        ({"maxProperties": 0}, '{"a":1}', "maxProperties: got 1, want 0"),
        ({"pattern": "^[a-z]+$"}, '"AB"', "'AB' does not match pattern '^[a-z]+$'"),
        ({"pattern": "x"}, '"a\\n\\u0001é\'"', "'a\\n\\x01é\\'' does not match pattern 'x'"),
        ({"uniqueItems": True}, "[1,2,3,2,1]", "items at 1 and 3 are equal"),
        ({"uniqueItems": True}, '[{"a":1},true,1,{"a":1.0}]', "items at 0 and 3 are equal"),
        (
            {
                "properties": {"a": True},
                "patternProperties": {"^n_": True},
                "additionalProperties": False,
            },
            '{"a":1,"x":2,"n_1":1,"y":3}',
            "additional properties 'x', 'y' not allowed",
        ),
        ({"additionalProperties": False}, '{"x":2}', "additional properties 'x' not allowed"),
        (
            {"$schema": D7, "items": [{}], "additionalItems": False},
            "[1,2,3]",
            "last 2 additionalItem(s) not allowed",
        ),
        (
            {"dependentRequired": {"a": ["b", "c"]}},
            '{"a":1}',
            "properties 'b', 'c' required, if 'a' exists",
        ),
        (
            {"$schema": D7, "dependencies": {"a": ["b"]}},
            '{"a":1}',
            "properties 'b' required, if 'a' exists",
        ),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, '{"a":1}', "missing property 'b'"),
        (
            {"contains": {"const": 5}, "maxContains": 1},
            "[5,1,5]",
            "max 1 items required to match contains schema, but matched 2 items at 0 2",
        ),
        (
            {"contains": {"const": 5}, "minContains": 2},
            "[]",
            "min 2 items required to match contains schema, but none matched",
        ),
        ({"not": {"type": "string"}}, '"a"', "not failed"),
        (False, "1", "false schema"),
        (
            {"oneOf": [{"minimum": 9}, {"type": "number"}, {"type": "integer"}]},
            "1",
            "oneOf failed, subschemas 1, 2 matched",
        ),
        (
            {"$defs": {"n": {"type": "number"}}, "$ref": "#/$defs/n"},
            '"a"',
            "got string, want number",
        ),
        (
            {"$defs": {"n": {"$anchor": "n", "type": "number"}}, "$ref": "#n"},
            '"a"',
            "got string, want number",
        ),
        ({"if": {"type": "string"}, "then": {"minLength": 2}}, '"a"', "minLength: got 1, want 2"),
        ({"if": {"type": "string"}, "else": {"minimum": 2}}, "1", "minimum: got 1, want 2"),
        ({"if": True, "then": False}, "1", "false schema"),
        (
            {"$schema": D4, "minimum": 5, "exclusiveMinimum": True},
            "5",
            "exclusiveMinimum: got 5, want 5",
        ),
        ({"$schema": D4, "type": "integer"}, "1.5", "got number, want integer"),
        (
            {"$schema": D2019, "items": [{}], "additionalItems": False},
            "[1,2]",
            "last 1 additionalItem(s) not allowed",
        ),
    )

    def test_at_the_root(self) -> None:
        """As the contract's table says."""
        for schema, body, text in self.TABLE:
            with self.subTest(schema=schema, body=body):
                made = compiled(schema)
                document = read_document(body.encode())
                self.assertFalse(made.is_valid(document))
                self.assertEqual(explained(made, document), f"- at '': {text}")

    def test_format(self) -> None:
        """The beginning is the contract's."""
        text = explained(compiled({"$schema": D7, "format": "email"}), "nope")
        self.assertTrue(text.startswith("- at '': 'nope' is not valid email: "), text)


class ShapeTests(SynchronousTestCase):
    """Where lines stand, and in which order."""

    def check(self, schema: Any, body: Any, *lines: str) -> None:
        document = json.loads(body) if isinstance(body, str) else body
        self.assertEqual(explained(compiled(schema), document).split("\n"), list(lines))

    def test_places(self) -> None:
        """A place is a JSON pointer, in which some signs are escaped."""
        text = {"type": "string"}
        self.check(
            {
                "properties": {
                    "a/b~c": text,
                    "o": {"properties": {"l": {"items": text}}},
                    "it's": text,
                }
            },
            '{"o":{"l":["x",1]},"it\'s":1,"a/b~c":1}',
            "- at '/o/l/1': got number, want string",
            "- at '/it\\'s': got number, want string",
            "- at '/a~1b~0c': got number, want string",
        )

    def test_order(self) -> None:
        """The object as a whole, members as they stand in the body, then what is too much."""
        self.check(
            {
                "additionalProperties": False,
                "allOf": [{"required": ["q"]}],
                "patternProperties": {"^n_": {"type": "number"}},
                "properties": {"x": {"type": "number"}, "y": {"const": 1}, "z": False},
                "propertyNames": {"maxLength": 3},
                "required": ["r"],
                "minProperties": 9,
                "not": True,
            },
            '{"z":0,"y":2,"n_1":"a","more":1,"x":"a"}',
            "- at '': minProperties: got 5, want 9",
            "- at '': missing property 'r'",
            "- at '/z': false schema",
            "- at '/y': value must be 1",
            "- at '/n_1': got string, want number",
            "- at '/x': got string, want number",
            "- at '': additional properties 'more' not allowed",
            "- at '': invalid propertyName 'more'",
            "  - at '': maxLength: got 4, want 3",
            "- at '': not failed",
            "- at '': allOf failed",
            "  - at '': missing property 'q'",
        )

    def test_hidden(self) -> None:
        """The first of type, const, enum and format that fails is all that is told."""
        schema = {"type": "string", "enum": ["a"], "minLength": 3, "not": True}
        self.check(schema, "1", "- at '': got number, want string")
        self.check(schema, '"b"', "- at '': value must be 'a'")
        self.check(schema, '"a"', "- at '': minLength: got 1, want 3", "- at '': not failed")

    def test_alternatives(self) -> None:
        """Why no alternative fits stands below, deeper where it has reasons of its own."""
        self.check(
            {"anyOf": [{"type": "string"}, {"minimum": 5, "multipleOf": 3}, {"anyOf": [False]}]},
            "4",
            "- at '': anyOf failed",
            "  - at '': got number, want string",
            "  - at '': validation failed",
            "    - at '': minimum: got 4, want 5",
            "    - at '': multipleOf: got 4, want 3",
            "  - at '': anyOf failed",
            "    - at '': false schema",
        )
        self.check(
            {
                "oneOf": [{"type": "number"}, {"properties": {"a": {"$ref": "#/$defs/n"}}}],
                "$defs": {"n": {"type": "number"}},
            },
            '{"a":"x"}',
            "- at '': oneOf failed, none matched",
            "  - at '': got object, want number",
            "  - at '/a': got string, want number",
        )

    def test_parts(self) -> None:
        """Each part of allOf that does not fit is one entry."""
        self.check(
            {"allOf": [{"minLength": 5, "pattern": "^x"}, {"type": "string"}, {"maxLength": 1}]},
            '"abc"',
            "- at '': allOf failed",
            "  - at '': validation failed",
            "    - at '': minLength: got 3, want 5",
            "    - at '': 'abc' does not match pattern '^x'",
            "  - at '': maxLength: got 3, want 1",
        )

    def test_several_in_one_place(self) -> None:
        """Several errors of a member stand together below one line."""
        self.check(
            {"properties": {"a": {"minLength": 5, "pattern": "^x"}}, "required": ["b"]},
            '{"a":"b"}',
            "- at '': missing property 'b'",
            "- at '/a': validation failed",
            "  - at '/a': minLength: got 1, want 5",
            "  - at '/a': 'b' does not match pattern '^x'",
        )

    def test_all_in_one_place(self) -> None:
        """When they are all there is, they need no line above them."""
        self.check(
            {"if": True, "then": {"minLength": 5, "pattern": "^x"}},
            '"b"',
            "- at '': minLength: got 1, want 5",
            "- at '': 'b' does not match pattern '^x'",
        )

    def test_contains(self) -> None:
        """Why each item is none of those that are wanted."""
        self.check(
            {"properties": {"a": {"contains": {"type": "object", "required": ["x", "y"]}}}},
            '{"a":[1,{}]}',
            "- at '/a': no items match contains schema",
            "  - at '/a/0': got number, want object",
            "  - at '/a/1': missing properties 'x', 'y'",
        )
        self.check(
            {"contains": {"const": 5}, "minContains": 2},
            "[5,1]",
            "- at '': min 2 items required to match contains schema, but matched 1 items at 0",
            "  - at '/1': value must be 5",
        )
        self.check(
            {"contains": False},
            "[5]",
            "- at '': no items match contains schema",
            "  - at '/0': false schema",
        )

    def test_names(self) -> None:
        """All that is wrong with a name stands below it."""
        self.check(
            {"propertyNames": {"maxLength": 2, "pattern": "^x"}},
            '{"abc":1,"x":1,"y":1}',
            "- at '': invalid propertyName 'abc'",
            "  - at '': maxLength: got 3, want 2",
            "  - at '': 'abc' does not match pattern '^x'",
            "- at '': invalid propertyName 'y'",
            "  - at '': 'y' does not match pattern '^x'",
        )

    def test_unevaluated(self) -> None:
        """Members and items that no keyword knows are told one by one, in their place."""
        self.check(
            {"properties": {"b": True}, "unevaluatedProperties": False},
            '{"a":1,"b":1,"c":1}',
            "- at '/a': false schema",
            "- at '/c': false schema",
        )
        self.check(
            {"unevaluatedProperties": {"type": "string"}},
            '{"a":1,"b":"x"}',
            "- at '/a': got number, want string",
        )
        self.check(
            {"prefixItems": [True], "unevaluatedItems": False},
            '[1,"a",{"b":2}]',
            "- at '/1': false schema",
            "- at '/2': false schema",
        )

    def test_items(self) -> None:
        """Items by their numbers, those of a list of schemas first."""
        self.check(
            {"prefixItems": [{"type": "string"}], "items": False},
            "[1,2]",
            "- at '/0': got number, want string",
            "- at '/1': false schema",
        )
        self.check(
            {"$schema": D7, "items": [{"type": "string"}], "additionalItems": {"type": "number"}},
            '[1,"a"]',
            "- at '/0': got number, want string",
            "- at '/1': got string, want number",
        )

    def test_reference_with_neighbours(self) -> None:
        """What a reference leads to stands in its place, before the neighbours."""
        self.check(
            {
                "$defs": {"o": {"required": ["a"], "minProperties": 2}},
                "$ref": "#/$defs/o",
                "required": ["z"],
            },
            '{"b":1}',
            "- at '': validation failed",
            "  - at '': minProperties: got 1, want 2",
            "  - at '': missing property 'a'",
            "- at '': missing property 'z'",
        )

    def test_recursive(self) -> None:
        """A schema may refer to itself."""
        tree = {"required": ["n"], "properties": {"c": {"items": {"$ref": "#"}}}}
        self.check(tree, '{"n":1,"c":[{"n":1,"c":[{}]}]}', "- at '/c/0/c/0': missing property 'n'")

    def test_other_types(self) -> None:
        """Keywords about objects say nothing of lists, and so on: they hold."""
        schema = {
            "not": True,
            "required": ["a"],
            "dependentRequired": {"a": ["b"]},
            "dependentSchemas": {"a": False},
            "properties": {"a": False},
            "additionalProperties": False,
            "propertyNames": False,
            "minItems": 1,
            "uniqueItems": True,
            "items": False,
            "contains": False,
            "minLength": 1,
            "pattern": "x",
            "minimum": 9,
            "multipleOf": 7,
            "unevaluatedProperties": False,
        }
        self.check(schema, None, "- at '': not failed")

    def test_reference_of_older_drafts(self) -> None:
        """It hides its neighbours there."""
        schema = {
            "$schema": D7,
            "definitions": {"s": {"type": "string", "minLength": 2}},
            "properties": {"a": {"$ref": "#/definitions/s", "maxLength": 0}},
        }
        self.check(schema, {"a": 1}, "- at '/a': got number, want string")
        self.check(schema, {"a": "x"}, "- at '/a': minLength: got 1, want 2")

    def test_odd_names(self) -> None:
        """Members may have an empty name, or that of a keyword."""
        text = {"type": "string"}
        self.check(
            {"properties": {"": text, "items": text, "not": text}},
            '{"":1,"items":1,"not":1}',
            "- at '/': got number, want string",
            "- at '/items': got number, want string",
            "- at '/not': got number, want string",
        )

    def test_identified(self) -> None:
        """A reference may lead to a schema by its name."""
        schema = {
            "$id": "http://x.example/y",
            "$defs": {"z": {"$id": "z", "type": "string"}},
            "$ref": "z",
        }
        self.check(schema, "1", "- at '': got number, want string")

    def test_what_cannot_be_found(self) -> None:
        """Then it is told that something is wrong: the request is refused all the same."""
        schema = {"unevaluatedItems": False}
        self.check(schema, [1] * 5000, "- at '': it does not fit the schema")
        self.check({"uniqueItems": True}, [1] * 20_000, "- at '': it does not fit the schema")


class BoundTests(SynchronousTestCase):
    """A body full of mistakes, as long as bodies may be."""

    def explained(self, schema: Any, document: Any) -> list[str]:
        made = compiled(schema)
        self.assertFalse(made.is_valid(document))
        return explained(made, document).split("\n")

    def test_members(self) -> None:
        """So many mistakes are told, and no more are looked for."""
        for items in ({"type": "string"}, False, {"$ref": "#/$defs/s"}):
            schema = {"items": items, "$defs": {"s": {"type": "string"}}}
            self.assertEqual(len(self.explained(schema, [1] * 100_000)), MAX_FOUND)
        names = {str(number): 1 for number in range(50_000)}
        lines = self.explained({"propertyNames": {"maxLength": 0}}, names)
        self.assertLessEqual(len(lines), MAX_LINES)
        (line,) = self.explained({"additionalProperties": False}, names)
        self.assertLess(len(line), 1000)

    def test_long_texts(self) -> None:
        """Only the beginning of a long text is told."""
        (line,) = self.explained({"pattern": "y"}, "x" * 1_000_000)
        self.assertLess(len(line), 1100)
        (line,) = self.explained({"properties": {"a": {"const": 1}}}, {"a": "x" * 1_000_000})
        self.assertEqual(line, "- at '/a': value must be 1")

    def test_alternatives(self) -> None:
        """They cannot be multiplied by alternatives."""
        schema = {"anyOf": [{"items": {"anyOf": [{"type": "string"}] * 50}}] * 50}
        lines = self.explained(schema, [1] * 100_000)
        self.assertLessEqual(len(lines), MAX_LINES + 1)

    def test_rare_mistakes(self) -> None:
        """A mistake behind very much that is right may stay untold."""
        document = ["x"] * 50_000 + [1]
        lines = self.explained({"items": {"type": "string"}}, document)
        self.assertEqual(lines, ["- at '': it does not fit the schema"])

    def test_contains(self) -> None:
        """Reasons of items are bounded, too."""
        lines = self.explained({"contains": {"type": "string"}}, [1] * 100_000)
        self.assertLessEqual(len(lines), MAX_LINES + 1)
