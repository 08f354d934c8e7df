"""The page that an operator sees first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from twisted.web.iweb import IRequest
from twisted.web.template import Element, Tag, XMLString, renderer

from gatekeeper.view import Change, EndpointView, Picture, View, WorkerView
from gatekeeper_admin.pages.words import (
    change_text,
    duration_text,
    facts_text,
    number_text,
    size_text,
)

__all__ = ["Overview"]

TEMPLATE = files("gatekeeper_admin").joinpath("templates/overview.html").read_text("utf-8")
STYLE = files("gatekeeper_admin").joinpath("static/style.css").read_text("utf-8")

LOADER: Any = XMLString(TEMPLATE)


class Overview(Element):
    """
    Health, counts, configuration, workers, components and endpoints of one gateway.

    Args:
        view: What runs.
        picture: How it does.
        has_orders: Whether a form for orders is of any use.
    """

    def __init__(self, view: View, picture: Picture, *, has_orders: bool) -> None:
        super().__init__(LOADER)
        self.view = view
        self.picture = picture
        self.counts = picture.counts
        self.has_orders = has_orders

    @renderer
    def page(self, request: IRequest, tag: Tag) -> Tag:
        """Fill what stands once on the page."""
        view, counts, node = self.view, self.counts, self.picture.node
        answers = sum(sum(by.values()) for by in counts.answers.values())
        started = datetime.fromtimestamp(view.started_at, UTC)
        return tag.fillSlots(
            style=STYLE,
            name=view.name or "(no name)",
            title=f"{view.name or 'Gatekeeper'} · Gatekeeper {view.version}",
            version=view.version,
            config_version=str(view.config_version),
            compatible_with=view.compatible_with,
            file=view.file,
            started=f"{started:%Y-%m-%d %H:%M:%S} UTC",
            uptime=duration_text(view.uptime_s),
            health="ok" if view.ready() else "draining",
            health_class="ok" if view.ready() else "bad",
            in_flight=number_text(counts.in_flight),
            connections=number_text(counts.connections),
            idle=number_text(counts.idle_backend_connections),
            answers=number_text(answers),
            endpoint_count=number_text(len(view.endpoints)),
            generation=str(node.generation),
            reload="under way" if node.is_reloading else self._change(node.last),
            reload_class=_class_of(node.last),
            reloads=f"{node.reloads.get('ok', 0)} good, {node.reloads.get('failed', 0)} failed",
            worker_count=self._workers_text(),
        )

    def _change(self, change: Change | None) -> str:
        return change_text(change, self.view.now())

    def _workers_text(self) -> str:
        node = self.picture.node
        if not node.workers:
            return "one process does everything"
        replaced = f", {node.restarts} replaced" if node.restarts else ""
        return f"{node.workers} wanted{replaced}"

    @renderer
    def renewal(self, request: IRequest, tag: Tag) -> Tag | str:
        """Tell about certificates once any were renewed."""
        renewal = self.picture.node.certificates
        if renewal is None:
            return ""
        return tag.fillSlots(renewal=self._change(renewal), renewal_class=_class_of(renewal))

    @renderer
    def orders(self, request: IRequest, tag: Tag) -> Tag | str:
        """Offer a form to those who know the token."""
        return tag if self.has_orders else ""

    @renderer
    def no_orders(self, request: IRequest, tag: Tag) -> Tag | str:
        """Say why there is none."""
        return "" if self.has_orders else tag

    @renderer
    def why(self, request: IRequest, tag: Tag) -> Iterator[Tag]:
        """Say why the last changes failed."""
        for change in (self.picture.node.last, self.picture.node.certificates):
            if change is not None and not change.ok:
                yield tag.clone()(change.why)

    @renderer
    def warnings(self, request: IRequest, tag: Tag) -> Iterator[Tag]:
        """Give one item for each warning of the configuration."""
        for warning in self.view.warnings:
            yield tag.clone()(warning)

    @renderer
    def workers(self, request: IRequest, tag: Tag) -> Iterator[Tag]:
        """Give one row for each worker, those that serve first."""
        newest = sorted(self.picture.workers, key=lambda each: (-each.generation, each.slot))
        for worker in newest:
            yield _worker_row(worker, tag.clone())

    @renderer
    def components(self, request: IRequest, tag: Tag) -> Tag | str:
        """Show the table when any component tells something."""
        return tag if self._notices() else ""

    @renderer
    def board(self, request: IRequest, tag: Tag) -> Iterator[Tag]:
        """Give one row for each thing that a component tells."""
        for (kind, place, facts), workers in self._notices().items():
            yield tag.clone().fillSlots(
                kind=kind, place=place or "–", worker=self._who(workers), facts=facts
            )

    def _notices(self) -> dict[tuple[str, str, str], list[str]]:
        """Gather who says the same, so that it is on the page once."""
        said: dict[tuple[str, str, str], list[str]] = {}
        boards = [("node", self.picture.node.board)]
        boards += [(str(worker.slot), worker.board) for worker in self.picture.workers]
        for who, board in boards:
            for notice in board:
                same = (notice.kind, notice.place, facts_text(notice.facts))
                said.setdefault(same, []).append(who)
        return said

    def _who(self, workers: list[str]) -> str:
        return "all" if len(workers) == len(self.picture.workers) > 1 else ", ".join(workers)

    @renderer
    def endpoints(self, request: IRequest, tag: Tag) -> Iterator[Tag]:
        """Give one row for each endpoint."""
        for endpoint in self.view.endpoints:
            yield self._row(endpoint, tag.clone())

    def _row(self, endpoint: EndpointView, tag: Tag) -> Tag:
        by_class = self.counts.answers.get((endpoint.method, endpoint.path), {})
        failed = by_class.get("5xx", 0)
        return tag.fillSlots(
            method=endpoint.method,
            path=endpoint.path,
            backends="\n".join(endpoint.backends),
            components="\n".join(endpoint.components) or "–",
            timeout=f"{endpoint.timeout_s:g} s",
            encoding=endpoint.output_encoding,
            answered=number_text(sum(by_class.values())),
            refused=number_text(by_class.get("4xx", 0)),
            failed=number_text(failed),
            failed_class="bad" if failed else "quiet",
        )


def _class_of(change: Change | None) -> str:
    if change is None:
        return "quiet"
    return "ok" if change.ok else "bad"


def _worker_row(worker: WorkerView, tag: Tag) -> Tag:
    return tag.fillSlots(
        slot=str(worker.slot),
        state=worker.state,
        pid=str(worker.pid or "–"),
        generation=str(worker.generation),
        uptime=duration_text(worker.uptime_s),
        connections=number_text(worker.connections),
        in_flight=number_text(worker.in_flight),
        idle=number_text(worker.idle_backend_connections),
        pss=size_text(worker.pss_bytes),
        rss=size_text(worker.rss_bytes),
    )
