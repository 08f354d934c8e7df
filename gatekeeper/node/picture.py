"""
Take a picture of the node: what all workers have counted, and how each of them is.

Answers are counted in memory that the supervisor reads; the rest every worker tells when it is
asked.  One that does not answer within a second is shown without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, succeed

from gatekeeper.board import Notice
from gatekeeper.node.generation import Generation
from gatekeeper.node.link import Link
from gatekeeper.node.memory import memory_of
from gatekeeper.view import Answers, Counts, NodeView, Picture, WorkerView, added

__all__ = ["Pictures"]

PATIENCE_S = 1.0


class Pictures:
    """
    Pictures, and what is remembered of workers that have left.

    Args:
        reactor: Time.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._kept: Answers = {}

    def keep(self, answers: Answers) -> None:
        """Remember what a generation has counted, which is about to be closed."""
        self._kept = added(self._kept, answers)

    def take(
        self, generations: Callable[[], Sequence[Generation]], node: Callable[[], NodeView]
    ) -> Deferred[Picture]:
        """Ask everybody, and put it together when all have answered."""
        links = [link for generation in generations() for link in generation.links]
        asked = gatherResults([self._asked(link) for link in links])

        def picture(workers: list[WorkerView]) -> Picture:
            counted = [each.counts.read() for each in generations()]
            answers = reduce(added, counted, self._kept)
            return Picture(_summed(answers, workers), workers, node())

        return asked.addCallback(picture)

    def _asked(self, link: Link) -> Deferred[WorkerView]:
        if link.stage == "starting":
            return succeed(self._view({}, link))
        look = Deferred.fromCoroutine(link.look())
        look.addTimeout(PATIENCE_S, self._reactor)
        look.addErrback(lambda _: {})  # it is busy, or gone
        return look.addCallback(self._view, link)

    def _view(self, said: Mapping[str, Any], link: Link) -> WorkerView:
        rss, pss = memory_of(link.pid)
        return WorkerView(
            slot=link.slot,
            pid=link.pid,
            generation=link.generation,
            state=link.stage,
            uptime_s=self._reactor.seconds() - link.born_at,
            connections=said.get("connections"),
            in_flight=said.get("in_flight"),
            idle_backend_connections=said.get("idle_backend_connections"),
            rss_bytes=rss,
            pss_bytes=pss,
            board=tuple(Notice(*notice) for notice in said.get("board", ())),
        )


def _summed(answers: Answers, workers: Sequence[WorkerView]) -> Counts:
    return Counts(
        answers=answers,
        in_flight=sum(worker.in_flight or 0 for worker in workers),
        connections=sum(worker.connections or 0 for worker in workers),
        idle_backend_connections=sum(worker.idle_backend_connections or 0 for worker in workers),
    )
