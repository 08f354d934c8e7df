"""A whole gateway in memory: a configuration file in front, backends of a script behind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import pipeline
from gatekeeper.assembly import routes
from gatekeeper.config.load import load
from gatekeeper.errors import Problems
from gatekeeper.testing import FakeBackend, runtime
from tests.web.fakes import FakeExchange

__all__ = ["InMemory"]

HOST = "http://stock.example"


class InMemory:
    """
    What `gatekeeper.assembly` builds between the wire of clients and that of backends.

    Args:
        test: Whose folder the file goes to.
        config: Keys of the file; ``version`` and ``host`` are there already.

    Attributes:
        backend: Answers, and remembers what it was asked.
        clock: Moves time.
    """

    def __init__(self, test: SynchronousTestCase, **config: Any) -> None:
        path = Path(test.mktemp() + ".json")
        written = {
            "version": 3,
            "host": [HOST],
            "extra_config": {"router": {"return_error_msg": True}},
            **config,
        }
        path.write_text(json.dumps(written), "utf-8")
        self.clock = Clock()
        self.backend = FakeBackend()
        problems = Problems()
        service = load(str(path), {}, implemented=pipeline.implemented())
        self._gateway = routes(service, runtime(self.clock, self.backend), None, problems)
        problems.check()

    def ask(
        self,
        target: str = "/a",
        method: str = "GET",
        headers: Mapping[str, Sequence[str]] | None = None,
        body: bytes = b"",
    ) -> FakeExchange:
        """Send a request; what it was answered is in the exchange."""
        exchange = FakeExchange(target, method, headers, body)
        self._gateway.application(exchange)
        return exchange

    def asked(self) -> list[str]:
        """Give the targets that backends were asked for."""
        return [call.target for call in self.backend.calls]
