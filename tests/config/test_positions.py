"""Lines and columns."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.positions import Place, Positions
from gatekeeper.config.source import Format, Source

JSON = """{
  "version": 3, "a/b": {"x~": "é", "y": [1,
    [], {"z": null}]},
  "version": 2,
  "\\u0065": "}{]["
}
"""

YAML = """\
version: 3
base: &b
  x: 1
list:
  - {y: 2, <<: *b}
  - [5, six]
? "a/b"
: text
"""

TOML = """\
version = 3
host = ["a"]

[extra_config."a/b"]
x.y = 5

[[endpoints]]
endpoint = "/a"
  [[endpoints.backend]]
  host = "b"
  [[endpoints.backend]]
  host = "c"
[[endpoints]]  # the second
  endpoint = '/b'
"""

PLACES: list[tuple[Format, str, str, bool, int, int]] = [
    ("json", JSON, "/version", False, 4, 14),
    ("json", JSON, "/version", True, 4, 3),
    ("json", JSON, "/a~1b", False, 2, 17),
    ("json", JSON, "/a~1b/x~0", False, 2, 31),
    ("json", JSON, "/a~1b/y/0", False, 2, 42),
    ("json", JSON, "/a~1b/y/1", False, 3, 5),
    ("json", JSON, "/a~1b/y/2/z", False, 3, 15),
    ("json", JSON, "/a~1b/y/9/z", False, 2, 36),
    ("json", JSON, "/e", False, 5, 13),
    ("json", JSON, "/nothing", False, 1, 1),
    ("json", JSON, "/version/0/1", False, 4, 14),
    ("yaml", YAML, "/version", False, 1, 10),
    ("yaml", YAML, "/version", True, 1, 1),
    ("yaml", YAML, "/base", False, 2, 1),
    ("yaml", YAML, "/list/0/y", False, 5, 9),
    ("yaml", YAML, "/list/0/x", False, 3, 6),
    ("yaml", YAML, "/list/1/1", False, 6, 9),
    ("yaml", YAML, "/list/7", False, 4, 1),
    ("yaml", YAML, "/a~1b", False, 8, 3),
    ("toml", TOML, "/version", False, 1, 11),
    ("toml", TOML, "/host/0", False, 2, 1),
    ("toml", TOML, "/extra_config/a~1b", False, 4, 1),
    ("toml", TOML, "/extra_config/a~1b/x/y", False, 5, 7),
    ("toml", TOML, "/endpoints/0/endpoint", False, 8, 12),
    ("toml", TOML, "/endpoints/0/backend/1/host", False, 12, 10),
    ("toml", TOML, "/endpoints/0/backend/1/nothing", False, 11, 3),
    ("toml", TOML, "/endpoints/1/endpoint", True, 14, 3),
    ("toml", TOML, "/nothing", False, 1, 1),
]


class PositionTests(SynchronousTestCase):
    """Where pointers point."""

    def test_table(self) -> None:
        """Scalars are shown themselves, all else by its key, what is missing by its parent."""
        for kind, text, pointer, at_key, line, column in PLACES:
            place = Positions(Source("k", text, kind)).place(pointer, at_key)
            self.assertEqual((place.line, place.column), (line, column), (kind, pointer))
            self.assertEqual(place.text, text.split("\n")[line - 1])

    def test_the_whole_file(self) -> None:
        """The empty pointer has no place."""
        self.assertEqual(Positions(Source("k", "{}", "json")).place(""), Place())

    def test_an_empty_yaml_file(self) -> None:
        """A file without a document has no places but the first."""
        place = Positions(Source("k", "", "yaml")).place("/version")
        self.assertEqual((place.line, place.column), (0, 0))

    def test_asking_often(self) -> None:
        """Ten thousand questions about a long file are answered at once."""
        rows = ",\n".join(f'{{"a": {number}}}' for number in range(10_000))
        positions = Positions(Source("k", f'{{"rows": [\n{rows}\n]}}', "json"))
        lines = [positions.place(f"/rows/{number}/a").line for number in range(10_000)]
        self.assertEqual(lines, list(range(2, 10_002)))
