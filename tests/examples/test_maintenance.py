"""Tests of the example component in ``docs/write-a-component.md``, through the real pipeline."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from examples.components.maintenance import Maintenance, UnderMaintenance, maintenance
from gatekeeper.component import Placement
from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.message import Decoded, Request, Response
from gatekeeper.testing import request, run, runtime


async def answer(_: Request) -> Response:
    """Stand for the pipe."""
    return Decoded({"open": True})


class MaintenanceTests(SynchronousTestCase):
    """Refused while a file exists."""

    def setUp(self) -> None:
        self.flag = Path(self.mktemp())
        settings = Maintenance(str(self.flag), 120.0)
        lent = runtime(Clock())
        self.proxy = maintenance(settings, Placement(ServiceConfig()), lent)(answer)

    def test_requests_pass_without_the_file(self) -> None:
        """Nothing is refused."""
        response = self.successResultOf(run(self.proxy(request())))
        self.assertEqual(response, Decoded({"open": True}))

    def test_requests_are_refused_while_it_exists(self) -> None:
        """503, and a hint when to come back."""
        self.flag.touch()
        error = self.failureResultOf(run(self.proxy(request())), UnderMaintenance).value
        self.assertEqual((error.status, error.headers), (503, {"Retry-After": ["120"]}))

    def test_mistakes_in_the_settings_are_collected(self) -> None:
        """Both are told, with their places."""
        problems = Problems()
        Maintenance.read(Reader({"retry_after": "2 sec"}, "/endpoints/0", problems))
        places = sorted(problem.pointer for problem in problems.found)
        self.assertEqual(places, ["/endpoints/0", "/endpoints/0/retry_after"])
