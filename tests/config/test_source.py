"""Files and their formats."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.config.source import Source, file_format, parse, read
from gatekeeper.errors import ConfigError
from tests.config.files import ConfigTestCase


class FormatTests(ConfigTestCase):
    """The extension decides."""

    def test_extensions(self) -> None:
        """Everything that is not YAML or TOML is JSON."""
        table = {
            "a.yml": "yaml", "a.yaml": "yaml", "a.toml": "toml", "a.json": "json", "a": "json",
            "a.tmpl": "json", "a.hcl": "json", "a.YAML": "json", "a.yaml/b": "json",
        }  # fmt: skip
        for name, expected in table.items():
            self.assertEqual(file_format(name), expected, name)


class ReadTests(ConfigTestCase):
    """From a path to a text."""

    def test_text(self) -> None:
        """The text is all of the file."""
        path = self.write("a: 1\n", "x.yaml")
        self.assertEqual(read(path, {}), Source(path, "a: 1\n", "yaml"))

    def test_unreadable(self) -> None:
        """A missing file and a folder are problems that name the path."""
        folder = self.mktemp()
        Path(folder).mkdir()
        for path, reason in ((folder + "/none.json", "no such file"), (folder, "is a directory")):
            error = self.assertRaises(ConfigError, read, path, {})
            self.assertIn(reason, error.problems[0].message)
            self.assertEqual(error.problems[0].file, path)

    def test_odd_bytes(self) -> None:
        """Bytes that are not UTF-8 pass in JSON texts, and are refused in YAML and TOML."""
        for name, passes in (("x.json", True), ("x.yaml", False), ("x.toml", False)):
            path = self.write("", name)
            Path(path).write_bytes(b'\n"caf\xe9"')
            if passes:
                self.assertEqual(read(path, {}).text, '\n"caf\ufffd"')
            else:
                error = self.assertRaises(ConfigError, read, path, {})
                self.assertEqual(error.problems[0].message, "line 2 is not UTF-8")

    def test_templates(self) -> None:
        """With FC_ENABLE nothing is read, because a template is no configuration."""
        path = self.write({"version": 3})
        error = self.assertRaises(ConfigError, read, path, {"FC_ENABLE": "0"})
        self.assertIn("cannot render templates", error.problems[0].message)
        self.assertEqual(read(path, {"FC_ENABLE": ""}).format, "json")


class ParseTests(ConfigTestCase):
    """From a text to values."""

    def test_objects_only(self) -> None:
        """A configuration is an object."""
        for text in ("[1]", "5", "null", '"x"'):
            error = self.assertRaises(ConfigError, parse, Source("k.json", text, "json"))
            self.assertIn("expected an object", error.problems[0].message)
        self.assertEqual(parse(Source("k.yaml", "", "yaml")), {})

    def test_place(self) -> None:
        """A syntax mistake has its place and its line."""
        error = self.assertRaises(
            ConfigError, parse, Source("k.json", '{"version": 3,\r\n "port": 1,\r\n}', "json")
        )
        problem = error.problems[0]
        self.assertEqual((problem.file, problem.line, problem.column), ("k.json", 2, 11))
        self.assertEqual(problem.text, ' "port": 1,')
