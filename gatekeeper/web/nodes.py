"""
The nodes of a route tree: literals, parameters, wildcards, and what is served there.

A node is reached when some segments of a path were matched.  It holds what may come next:

- *literals*, found in a dictionary, so that their number does not matter;
- *parameters*, which take a whole segment, or what follows their prefix in it;
- a *wildcard*, which takes the rest of the path;
- the *route* that is served when the path ends here.

A literal wins over a parameter, a longer prefix over a shorter one.  Where a branch has no
route in the end, the matcher goes back and tries the next one.  Every node of the tree is
visited once at most, so a request cannot make that expensive.

Segments are what stands between slashes: ``/a/`` is ``a`` and an empty segment.  A
parameter matches an empty segment in the middle of a path, but not at its end.

Every node is an `IResource`: it can be mounted in a `twisted.web.server.Site` and then
serves the paths below it.

Source: KrakenD documentation, "Endpoints"; kept for compatibility with the conformance
cases ``routing-paths`` and ``routing-redirects``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

from attrs import frozen
from twisted.web.resource import IResource
from zope.interface import implementer

from gatekeeper.web.stock import NOT_DONE_YET, StockExchange
from gatekeeper.wire.exchange import Exchange

__all__ = ["Found", "Node", "Parameter", "Route", "Serve"]

Serve: TypeAlias = Callable[[Exchange, str, str, Sequence[str]], None]
"""Answers an exchange; takes also the decoded path, the raw query and captured values."""


@frozen(eq=False)
class Route:
    """
    What is served at one place of the tree.

    Attributes:
        path: In the router's syntax, as it was registered: ``/users/:id``.
        names: Of the parameters, in order.
        serve: Answers.
    """

    path: str
    names: tuple[str, ...]
    serve: Serve


@frozen
class Found:
    """A route, and the values of its parameters in the order of its names."""

    route: Route
    values: tuple[str, ...] = ()


class _SlashTooMany(Exception):
    """All but a final slash was matched: that ends the search, whatever else would match."""


@implementer(IResource)
class Node:
    """A literal segment, or the root."""

    isLeaf = False

    def __init__(self) -> None:
        self.literals: dict[str, Node] = {}
        self.parameters: list[Parameter] = []
        self.wildcard: Route | None = None
        self.route: Route | None = None
        self._spellings: dict[str, list[str]] = {}

    # building

    def literal(self, segment: str) -> Node:
        """Give the node behind a literal segment; make it if it is new."""
        node = self.literals.get(segment)
        if node is None:
            node = self.literals[segment] = Node()
            self._spellings.setdefault(segment.lower(), []).append(segment)
        return node

    def parameter(self, prefix: str, name: str) -> Parameter:
        """Give the parameter behind a prefix, whatever its name; make it if it is new."""
        for known in self.parameters:
            if known.prefix == prefix:
                return known
        made = Parameter(prefix, name)
        self.parameters.append(made)
        self.parameters.sort(key=lambda parameter: -len(parameter.prefix))
        return made

    @property
    def is_end(self) -> bool:
        """Whether nothing can come behind this node."""
        return not (self.literals or self.parameters or self.wildcard)

    @property
    def _ends_before_slash(self) -> bool:
        """Whether a client that sends a slash behind this node is told to leave it out."""
        return self.route is not None

    # matching

    def match(self, segments: Sequence[str]) -> Found | None:
        """Find the route of a path below this node."""
        try:
            return self._match(segments, 0, ())
        except _SlashTooMany:
            return None

    def is_overlong(self, segments: Sequence[str]) -> bool:
        """Whether a path that has no route would do better without its final slash."""
        try:
            self._match(segments, 0, ())
        except _SlashTooMany:
            return True
        return False

    def _match(self, segments: Sequence[str], at: int, values: tuple[str, ...]) -> Found | None:
        if at == len(segments):
            return Found(self.route, values) if self.route is not None else None
        segment = segments[at]
        is_last = at + 1 == len(segments)
        child = self.literals.get(segment)
        if child is not None:
            found = child._match(segments, at + 1, values)
            if found is not None:
                return found
        elif is_last and not segment and self._ends_before_slash:
            raise _SlashTooMany
        for parameter in self.parameters:
            prefix = parameter.prefix
            if segment.startswith(prefix) and (not is_last or segment != prefix):
                value = segment[len(prefix) :]
                found = parameter._match(segments, at + 1, (*values, value))
                if found is not None:
                    return found
        if self.wildcard is not None:
            return Found(self.wildcard, (*values, "/" + "/".join(segments[at:])))
        return None

    def repair(self, segments: Sequence[str]) -> str | None:
        """
        Find the spelling of a route that a path comes close to.

        Literals are compared without regard to letter case, and a slash at the end may be
        missing or too many.  Values of parameters are not touched.
        """
        found = self._repair(segments, 0)
        return None if found is None else "/" + "/".join(found)

    def _repair(self, segments: Sequence[str], at: int) -> list[str] | None:
        if at == len(segments):
            return self._end()
        segment = segments[at]
        is_last = at + 1 == len(segments)
        for spelling in self._spellings.get(segment.lower(), ()):
            found = self.literals[spelling]._repair(segments, at + 1)
            if found is not None:
                return [spelling, *found]
        if is_last and not segment:
            return [] if self.route is not None else None
        for parameter in self.parameters:
            found = parameter._repair_as(segment, segments, at)
            if found is not None:
                return found
        return list(segments[at:]) if self.wildcard is not None else None

    def _end(self) -> list[str] | None:
        if self.route is not None:
            return []
        slash = self.literals.get("")
        has_slash = self.wildcard is not None or (slash is not None and slash.route is not None)
        return [""] if has_slash else None

    # twisted.web

    def getChildWithDefault(self, name: bytes, request: Any) -> IResource:
        """Take the whole rest of the path: which node it belongs to may need going back."""
        below = [name, *request.postpath]
        request.prepath.extend(request.postpath)
        request.postpath = []
        segments = b"/".join(below).decode("utf-8", "surrogateescape").split("/")
        found = self.match(segments)
        resource = _not_found()
        if found is not None:
            resource = _Serving(found, "/" + "/".join(segments))
        return cast(IResource, resource)

    def putChild(self, path: bytes, child: IResource) -> None:
        """Refuse: routes come from the configuration, before the tree is shown to a site."""
        raise NotImplementedError("routes are added with Tree.add")

    def render(self, request: Any) -> Any:
        """Serve the path that ends here."""
        missing = _not_found()
        if self.route is None:
            return missing.render(request)
        return _Serving(Found(self.route), "/").render(request)


class Parameter(Node):
    """
    A segment whose text, behind a prefix, is a value.

    Attributes:
        prefix: The text in front, usually "".
        name: As the configuration spells it.
    """

    def __init__(self, prefix: str, name: str) -> None:
        super().__init__()
        self.prefix = prefix
        self.name = name

    @property
    def _ends_before_slash(self) -> bool:
        """Always: the original does not look whether anything is served there."""
        return True

    def _repair_as(self, segment: str, segments: Sequence[str], at: int) -> list[str] | None:
        size = len(self.prefix)
        if segment[:size].lower() != self.prefix.lower() or segment[size:] == "":
            return None
        found = self._repair(segments, at + 1)
        return None if found is None else [self.prefix + segment[size:], *found]


def _not_found() -> Any:
    from twisted.web.pages import notFound  # only a site of somebody else's needs it

    return notFound()


@implementer(IResource)
class _Serving:
    """A found route as a leaf of a site's tree."""

    isLeaf = True

    def __init__(self, found: Found, path: str) -> None:
        self._found = found
        self._path = path

    def getChildWithDefault(self, name: bytes, request: Any) -> IResource:
        """Never called: this is a leaf."""
        raise NotImplementedError("a route has no children")

    def putChild(self, path: bytes, child: IResource) -> None:
        """Refuse, too."""
        raise NotImplementedError("a route has no children")

    def render(self, request: Any) -> int:
        """Answer."""
        exchange = StockExchange(request)
        _, _, query = exchange.target.partition("?")
        self._found.route.serve(exchange, self._path, query, self._found.values)
        return NOT_DONE_YET
