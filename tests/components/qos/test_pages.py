"""The examples of the reference pages."""

from __future__ import annotations

import json
import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import pipeline
from gatekeeper.errors import Problems
from gatekeeper.testing import runtime
from tests.config.files import ConfigTestCase

PAGES = Path(__file__).parents[3] / "docs" / "reference" / "components" / "qos"
NAMES = ("ratelimit/router", "ratelimit/proxy", "circuit-breaker")
HEADINGS = [
    "What it does", "Example", "Settings", "What the client sees", "What the operator sees",
    "Differences from KrakenD",
]  # fmt: skip


class PageTests(ConfigTestCase, SynchronousTestCase):
    """What people copy."""

    def page(self, name: str) -> str:
        return (PAGES / f"{name}.md").read_text("utf-8")

    def test_examples(self) -> None:
        """Every example is a whole endpoint that starts, without a warning."""
        for name in NAMES:
            (example,) = re.findall(r"```json\n(.*?)```", self.page(name), re.DOTALL)
            with self.subTest(name):
                written = {"version": 3, "endpoints": [json.loads(example)]}
                service = self.load(written, implemented=pipeline.implemented())
                problems = Problems()
                self.assertEqual(len(pipeline.build(service, runtime(), problems)), 1)
                self.assertEqual((problems.found, list(service.warnings)), ([], []))

    def test_headings(self) -> None:
        """All pages of components are built alike."""
        for name in NAMES:
            self.assertEqual(re.findall(r"^## (.*)$", self.page(name), re.MULTILINE), HEADINGS)
