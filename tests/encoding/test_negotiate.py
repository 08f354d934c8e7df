"""What clients accept."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding.negotiate import choose

JSON, TEXT, XML, YAML = "application/json", "text/plain", "application/xml", "application/x-yaml"

CHOICES = {
    "": JSON,
    "*/*": JSON,
    "application/json": JSON,
    "application/*": JSON,
    "text/html": JSON,
    "text/xml": JSON,
    "application/yaml": JSON,
    "APPLICATION/XML": JSON,
    "application/xml+x": JSON,
    "application/xml": XML,
    "application/x": XML,
    "application/x-": YAML,
    "application/x-yaml": YAML,
    "text/plain": TEXT,
    "text/*": TEXT,
    "text": TEXT,
    "text/html, application/xml;q=0.9": XML,
    "application/xml;q=0.1, application/json;q=0.9": XML,
    "application/json;q=0, application/xml": JSON,
    "application/xml, */*": XML,
    " , ;q=1, application/xml": XML,
}


class ChooseTests(SynchronousTestCase):
    """The first item that is offered."""

    def test_choices(self) -> None:
        """Stars and beginnings match; quality and letter case are not looked at."""
        for accept, expected in CHOICES.items():
            self.assertEqual(choose(accept), expected, accept)
