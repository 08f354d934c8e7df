"""The page that an operator sees first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from twisted.web.iweb import IRequest
from twisted.web.template import Element, Tag, XMLString, renderer

from gatekeeper.view import EndpointView, Picture, View

__all__ = ["Overview", "duration_text"]

TEMPLATE = files("gatekeeper_admin").joinpath("templates/overview.html").read_text("utf-8")
STYLE = files("gatekeeper_admin").joinpath("static/style.css").read_text("utf-8")

LOADER: Any = XMLString(TEMPLATE)


def duration_text(seconds: float) -> str:
    """Say a time as people do: ``3 d 4 h``, ``12 min``, ``7 s``."""
    whole = int(seconds)
    parts = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    said = []
    for size, unit in parts:
        count, whole = divmod(whole, size)
        if count:
            said.append(f"{count} {unit}")
    return " ".join(said[:2]) or "0 s"


class Overview(Element):
    """
    Name, version, health, counts and all endpoints of one gateway.

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
        view, counts = self.view, self.counts
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
            in_flight=str(counts.in_flight),
            connections=str(counts.connections),
            answers=str(answers),
            endpoint_count=str(len(view.endpoints)),
        )

    @renderer
    def warnings(self, request: IRequest, tag: Tag) -> Iterator[Tag]:
        """Give one item for each warning of the configuration."""
        for warning in self.view.warnings:
            yield tag.clone()(warning)

    @renderer
    def endpoints(self, request: IRequest, tag: Tag) -> Iterator[Tag]:
        """Give one row for each endpoint."""
        for endpoint in self.view.endpoints:
            yield self._row(endpoint, tag.clone())

    def _row(self, endpoint: EndpointView, tag: Tag) -> Tag:
        by_class = self.counts.answers.get((endpoint.method, endpoint.path), {})
        total = sum(by_class.values())
        failed = by_class.get("5xx", 0)
        return tag.fillSlots(
            method=endpoint.method,
            path=endpoint.path,
            backends=", ".join(endpoint.backends),
            components=", ".join(endpoint.components) or "–",
            timeout=f"{endpoint.timeout_s:g} s",
            encoding=endpoint.output_encoding,
            answered=str(total),
            failed=str(failed),
            failed_class="bad" if failed else "quiet",
        )
