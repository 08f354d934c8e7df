"""Writing YAML."""

from __future__ import annotations

import yaml as reference
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding import json, string, yaml
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.message import Double

WRITTEN = {
    '{"paid":true,"id":7,"total":1.50,"note":null,"name":"K"}': (
        'id: "7"\nname: K\nnote: null\npaid: true\ntotal: "1.50"\n'
    ),
    '{"o":{"lines":[{"s":"K","q":2},{"s":"M"}],"tags":["new",3]}}': (
        'o:\n  lines:\n  - q: "2"\n    s: K\n  - s: M\n  tags:\n  - new\n  - "3"\n'
    ),
    '{"s":"","o":{},"l":[],"n":null}': 'l: []\n"n": null\no: {}\ns: ""\n',
    '{"l":[[1.5,[]],[{"a":["x"]}],{}]}': ('l:\n- - "1.5"\n  - []\n- - a:\n    - x\n- {}\n'),
    '{"last":"one\\ntwo","text":"one\\ntwo\\n"}': "last: |-\n  one\n  two\ntext: |\n  one\n  two\n",
    '{"l":["one\\n\\ntwo"]}': "l:\n- |-\n  one\n\n  two\n",
    '{"a\\nb":1}': '"a\\nb": "1"\n',
    '{"a":1E5,"b":1e0,"c":1.0e-7,"e":-0,"f":12345678901234567890}': (
        'a: 1E5\nb: 1e0\nc: "1.0e-7"\ne: "-0"\nf: "12345678901234567890"\n'
    ),
    "{}": "{}\n",
    "null": "{}\n",
}

NUMBERS = {
    5.0: "5.0", 100000.0: "100000.0", 1e6: "1e+06", 123456789.0: "1.23456789e+08", 1e21: "1e+21",
    1e-7: "1e-07", 0.5: "0.5", -3.0: "-3.0", 0.0: "0.0", float("inf"): ".inf",
    float("-inf"): "-.inf",
}  # fmt: skip


class DumpsTests(SynchronousTestCase):
    """From data to YAML."""

    def test_written(self) -> None:
        """Block style, sorted keys, numbers of backends as texts."""
        for data, expected in WRITTEN.items():
            self.assertEqual(yaml.dumps(json.loads(data.encode())).decode(), expected, data)

    def test_others_can_read_it(self) -> None:
        """Another library reads back what was meant."""
        data = {"a": ["x: y", {"b": "one\n\ntwo"}, [[], {}]], "yes": None, "c\nd": "#", "e": True}
        self.assertEqual(reference.safe_load(yaml.dumps(data)), data)

    def test_own_numbers(self) -> None:
        """Numbers of the configuration are plain, and never look like integers."""
        for value, expected in NUMBERS.items():
            self.assertEqual(yaml.dumps({"a": Double(value)}), f"a: {expected}\n".encode())
        self.assertEqual(yaml.dumps({"a": Double("nan")}), b"a: .nan\n")

    def test_structures(self) -> None:
        """Structures keep the order of their keys."""
        data = {"a": Ordered({"z": 1, "b": Ordered([{"y": "p", "x": "q"}])})}
        self.assertEqual(yaml.dumps(data), b'a:\n  z: "1"\n  b:\n  - x: q\n    "y": p\n')

    def test_bytes_that_are_no_text(self) -> None:
        """They come out as they are, or as escapes between quotes."""
        self.assertEqual(yaml.dumps(string.loads(b"a\xff")), b"content: a\xff\n")
        self.assertEqual(yaml.dumps(string.loads(b"#\xff")), b'content: "#\\xff"\n')

    def test_deep(self) -> None:
        """Depth costs no calls."""
        data: dict[str, object] = {"a": "x"}
        for _ in range(1200):
            data = {"a": data}
        self.assertEqual(yaml.dumps(data).count(b"\n"), 1201)
