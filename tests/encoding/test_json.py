"""Reading and writing JSON."""

from __future__ import annotations

import random

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding import json, json_exact, string
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.errors import DecodeError
from gatekeeper.message import Double, Number

# What a backend wrote, and what a client gets.
KEPT = {
    b'{"b":1.10,"a":"<x>&\\u2028","z":null,"n":12345678901234567890,"e":1E5}': (
        b'{"a":"\\u003cx\\u003e\\u0026\\u2028","b":1.10,"e":1E5,"n":12345678901234567890,"z":null}'
    ),
    b'{"dup":1,"dup":2,"Z":1,"_":2,"a2":-0,"a3":1.0e+2}': (
        b'{"Z":1,"_":2,"a2":-0,"a3":1.0e+2,"dup":2}'
    ),
    b'{"a":"\\u00e9\\/\\ud83d\\ude00\\ud800 \\b\\f\\n\\u0000\\u001f"}': (
        '{"a":"é/😀\ufffd \\b\\f\\n\\u0000\\u001f"}'.encode()
    ),
    b'{"long":3.14159265358979323846264338327950288}': (
        b'{"long":3.14159265358979323846264338327950288}'
    ),
    '{"é":1,"z":2,"€":3,"😀":4,"ﬀ":5,"a":6}'.encode(): (
        '{"a":6,"z":2,"é":1,"€":3,"ﬀ":5,"😀":4}'.encode()
    ),
    b' {\n\t"a" : [ 1 , 2 ] ,\r\n "b" : { } } ': b'{"a":[1,2],"b":{}}',
    b'{"id":7} garbage': b'{"id":7}',
    b'{"id":7}{"id":8}': b'{"id":7}',
    b'{"text":"a\xffb"}': '{"text":"a\ufffdb"}'.encode(),
    b'{"text":"\xe2\x82"}': '{"text":"\ufffd\ufffd"}'.encode(),
    b'{"text":"\\udc00\\ud800\\udc00"}': '{"text":"\ufffd\U00010000"}'.encode(),
    b'{"a\\ud800":1,"b":"\\\\ud800"}': '{"a\ufffd":1,"b":"\\\\ud800"}'.encode(),
    b'{"r":1e999}': b'{"r":1e999}',
    b'["12:1.50,", 1.5]': b'["12:1.50,",1.5]',
    b"[18446744073709551616, 18446744073709551615]": b"[18446744073709551616,18446744073709551615]",
    b"42.0": b"42.0",
    b"-0": b"-0",
    b"1garbage": b"1",
    b"null": b"null",
}

ATOMS = [
    "1",
    "-0",
    "0",
    "1.50",
    "1E5",
    "1e-7",
    "0.1",
    "1.0",
    "-1.5e+10",
    "1e16",
    "123456789012345678",
    "12345678901234567890",
    "true",
    "false",
    "null",
    '"a"',
    '"<&>"',
    '"é€😀"',
    '"a:1.50,"',
    '"\\u00e9"',
    '"\\ud800"',
    '"\\\\"',
    '"\\""',
    '"[{"',
]


def document(chance: random.Random, depth: int = 0) -> str:
    """Write a small document by chance, with white space by chance."""
    kind = chance.random()
    blank = chance.choice(["", "", " ", "\n\t"])
    if depth > 3 or kind < 0.4:
        return chance.choice(ATOMS)
    inner = [document(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind < 0.7:
        return f"[{blank}{f'{blank},'.join(inner)}{blank}]"
    members = [f'"{chance.choice("abAé")}"{blank}:{blank}{value}' for value in inner]
    return f"{{{blank}{f',{blank}'.join(members)}{blank}}}"


class LoadsAndDumpsTests(SynchronousTestCase):
    """From a backend to a client nothing changes but order and spelling of strings."""

    def test_kept(self) -> None:
        """Numbers keep their spelling, keys are sorted, odd strings are mended."""
        for body, expected in KEPT.items():
            self.assertEqual(json.dumps(json.loads(body)), expected, body)

    def test_fast_and_exact_way_agree(self) -> None:
        """Thousands of documents read and written both ways give the same bytes."""
        chance = random.Random(20)
        for _ in range(4000):
            body = document(chance).encode()
            exact = json_exact.dumps(json_exact.loads(body))
            self.assertEqual(json.dumps(json.loads(body)), exact, body)
            self.assertEqual(json_exact.dumps(json.loads(body)), exact, body)

    def test_numbers_never_change(self) -> None:
        """Any number that JSON allows comes out as it went in."""
        chance = random.Random(21)
        for _ in range(4000):
            number = "".join(
                [
                    chance.choice(["", "-"]),
                    str(chance.randrange(10 ** chance.randrange(1, 24))),
                    chance.choice(["", f".{chance.randrange(10**6):0{chance.randrange(1, 9)}}"]),
                    chance.choice(
                        ["", "", f"{chance.choice('eE')}{chance.choice(['', '+', '-'])}7"]
                    ),
                ]
            )
            body = f'{{"a":[{number}, {number}]}}'.encode()
            self.assertEqual(json.dumps(json.loads(body)), body.replace(b" ", b""))

    def test_plain_types(self) -> None:
        """Numbers are Python's where these print as written, and texts otherwise."""
        table = {
            b"[1, 1.5]": [int, float],
            b"[1, 1.50, 99999999999999999999]": [int, Number, Number],
        }
        for body, expected in table.items():
            self.assertEqual([type(item) for item in json.loads(body)], expected)

    def test_depth(self) -> None:
        """512 levels come through, 513 do not."""
        deep = b'[{"a":' * 256 + b"{}" + b"}]" * 256
        self.assertRaises(DecodeError, json.loads, deep)
        deep = b"[" * 512 + b"]" * 512
        self.assertEqual(json.dumps(json.loads(deep)), deep)
        for body in (b"[" + deep + b"]", b"[" * 100_000, b'{"a":' * 100_000):
            self.assertRaises(DecodeError, json.loads, body)

    def test_size(self) -> None:
        """More than 16 MiB are refused without a look."""
        self.assertRaises(DecodeError, json.loads, b" " * (json.MAX_BYTES + 1))


class DumpsTests(SynchronousTestCase):
    """What did not come from a JSON backend."""

    def test_own_numbers(self) -> None:
        """Numbers of the configuration look as Go writes them."""
        data = {"n": Double(1.0), "big": Double(12345678901234567890), "e": Double(1e21)}
        self.assertEqual(json.dumps(data), b'{"big":12345678901234567000,"e":1e+21,"n":1}')

    def test_bytes_that_are_no_text(self) -> None:
        """They are six characters each, next to anything else."""
        data: dict[str, object] = {
            **string.loads(b"a\xffb\xc3<"),
            "f": Double(2),
            "n": Number("1.0"),
        }
        data["o"] = Ordered({"z": [True, None, 1, 1.5], "a": {"y": 1, "x": 2}})
        expected = (
            rb'{"content":"a\ufffdb\ufffd\u003c","f":2,"n":1.0,'
            rb'"o":{"z":[true,null,1,1.5],"a":{"x":2,"y":1}}}'
        )
        self.assertEqual(json.dumps(data), expected)

    def test_ordered(self) -> None:
        """An ordered object keeps its keys' order; objects inside it are sorted."""
        value = {"z": {"b": 1, "a": "<"}, "a": [Ordered({"y": 1, "x": 2})]}
        expected = rb'{"z":{"a":"\u003c","b":1},"a":[{"y":1,"x":2}]}'
        self.assertEqual(json.ordered_dumps(value), expected)
        self.assertEqual(json.dumps(Ordered([1, Ordered({"b": 1, "a": 2})])), b'[1,{"b":1,"a":2}]')

    def test_error_details(self) -> None:
        """Details of an error are printed in the order that clients know."""
        details = Ordered({"http_status_code": 404, "http_body": "<", "http_body_encoding": "x"})
        expected = (
            rb'{"error_a":{"http_status_code":404,"http_body":"\u003c","http_body_encoding":"x"}}'
        )
        self.assertEqual(json.dumps({"error_a": details}), expected)

    def test_unknown_type(self) -> None:
        """Something that is no data is a mistake of ours, and loud."""
        self.assertRaises(TypeError, json.dumps, {"a": object()})


class FirstValueTests(SynchronousTestCase):
    """Whether a body that is still growing can be decoded."""

    def test_byte_by_byte(self) -> None:
        """It can from the last byte of the first value on, and not before."""
        body = rb' {"a": [1, "x}]\"", {"b": null}], "c": -1.5e3}  {"d'
        complete = body.index(b"}  {") + 1
        for end in range(len(body) + 1):
            self.assertEqual(json.first_value(body[:end]), end >= complete, body[:end])

    def test_scalars(self) -> None:
        """A number may go on as long as nothing stands behind it; the others end."""
        table = {b"12": False, b"12 ": True, b"-": False, b"tru": False, b"true": True}
        table |= {b'"a': False, b'"a"': True, b"": False, b"1.": False, b"nux": True, b"<": True}
        for body, expected in table.items():
            self.assertEqual(json.first_value(body), expected, body)
