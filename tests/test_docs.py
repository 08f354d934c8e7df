"""Documentation that does not lie: pages exist, links lead somewhere, examples load."""

from __future__ import annotations

import json
import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.load import load
from gatekeeper.errors import ConfigError
from gatekeeper.pipeline import implemented

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "reference" / "components"
HEADINGS = [
    "What it does",
    "Example",
    "Settings",
    "What the client sees",
    "What the operator sees",
    "Differences from KrakenD",
]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def documents() -> list[Path]:
    """Give every page that people read."""
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "examples" / "README.md"]


def without_code(text: str) -> str:
    """Take the code out of a page."""
    return re.sub(r"`[^`\n]*`", "", BLOCK.sub("", text))


def headings(path: Path) -> set[str]:
    """Give the anchors of a page, as they appear in links."""
    found = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", text.lower()) for text in found)
    return {text.replace(" ", "-") for text in kept}


def configuration(value: dict[str, object]) -> dict[str, object]:
    """Make a whole file of an example, whatever part of one it shows."""
    if "version" in value:
        return value
    if "endpoint" in value:
        return {"version": 3, "host": ["http://a"], "endpoints": [value]}
    if "url_pattern" in value:
        endpoint = {"endpoint": "/a/{id}", "backend": [value]}
        return {"version": 3, "host": ["http://a"], "endpoints": [endpoint]}
    return {"version": 3, **value}


class PageTests(SynchronousTestCase):
    """The pages of components."""

    def test_every_namespace(self) -> None:
        """Each namespace that is implemented has a page with the house's headings."""
        for name in sorted(implemented()):
            with self.subTest(name):
                page = PAGES / f"{name}.md"
                self.assertTrue(page.exists(), f"docs/reference/components/{name}.md is missing")
                text = page.read_text("utf-8")
                self.assertTrue(text.startswith(f"# {name}\n"))
                found = re.findall(r"^## (.*)$", text, re.MULTILINE)
                self.assertEqual([title for title in found if title in HEADINGS], HEADINGS)

    def test_table_of_contents(self) -> None:
        """The table of contents names each of them."""
        text = (ROOT / "docs" / "README.md").read_text("utf-8")
        for name in sorted(implemented()):
            self.assertIn(f"[{name}](reference/components/{name}.md)", text)

    def test_no_strange_pages(self) -> None:
        """No page tells of something that is not there."""
        names = {str(path.relative_to(PAGES))[:-3] for path in PAGES.rglob("*.md")}
        self.assertEqual(names - implemented(), set())


class ProofTests(SynchronousTestCase):
    """The page about security."""

    def test_proofs(self) -> None:
        """Each test that it names is there."""
        text = (ROOT / "docs" / "reference" / "security.md").read_text("utf-8")
        named = set(re.findall(r"`((?:[a-z_0-9]+/)*test_[a-z_0-9]+)`", text))
        self.assertGreater(len(named), 20)
        for name in named:
            self.assertTrue((ROOT / "tests" / f"{name}.py").exists(), name)


class LinkTests(SynchronousTestCase):
    """Relative links."""

    def test_links(self) -> None:
        """Each leads to a file, and to a heading where it names one."""
        for page in documents():
            for link, picture in LINK.findall(without_code(page.read_text("utf-8"))):
                place, _, anchor = (link or picture).partition("#")
                if re.match(r"[a-z]+:", place):
                    continue
                target = (page.parent / place).resolve() if place else page
                where = f"{page.relative_to(ROOT)}: {link or picture}"
                self.assertTrue(target.exists(), where)
                if anchor:
                    self.assertIn(anchor, headings(target), where)


class SnippetTests(SynchronousTestCase):
    """Examples in the text."""

    def test_json(self) -> None:
        """Each example in JSON loads, as a whole file or as the part that it shows."""
        count = 0
        for page in documents():
            for language, text in BLOCK.findall(page.read_text("utf-8")):
                if language == "json":
                    self.load(text, page)
                    count += 1
        self.assertGreater(count, 10)

    def load(self, text: str, page: Path) -> None:
        file = Path(self.mktemp() + ".json")
        value = json.loads(text)
        file.write_text(json.dumps(configuration(value)), "utf-8")
        offered = {"acme/maintenance"}  # of the page about writing components
        try:
            service = load(str(file), {}, implemented={*implemented(), *offered})
        except ConfigError as error:
            self.fail(f"{page.relative_to(ROOT)}: {error}\n{text}")
        self.assertEqual(service.warnings, (), page.name)
