"""
The routes of one method: registered with the original's rules, found quickly.

Paths without parameters are found in one dictionary.  All others walk the nodes, one step
for each segment.  Neither depends on how many routes there are.

What cannot live in one tree is reported with the texts of the original, kept for
compatibility with the conformance case ``refuse-routes``.
"""

from __future__ import annotations

import re

from gatekeeper.web.nodes import Found, Node, Route, Serve
from gatekeeper.web.paths import clean_route

__all__ = ["Conflict", "Tree", "names_of"]

_WILDCARD = re.compile(r"(?<!\\)[:*][^/]*")


class Conflict(ValueError):
    """A path that cannot be registered, with the original's text."""


class Tree:
    """
    All routes of one method.

    Attributes:
        fixed: What serves paths without parameters, by the path as it is sent: ASCII
            without escapes.
        root: The nodes; they know every route.
    """

    def __init__(self) -> None:
        self.fixed: dict[str, Serve] = {}
        self.root = Node()
        self._paths: list[str] = []
        self._wildcards: list[str] = []

    def add(self, path: str, serve: Serve) -> Route:
        """
        Register a path in router syntax.

        Raises:
            Conflict: It does not go together with the routes that are there, or is not a
                path at all.
        """
        path = clean_route(path)
        self._check(path)
        node = self.root
        names: list[str] = []
        for segment in path[1:].split("/"):
            start = _WILDCARD.search(segment)
            if start is None:
                node = node.literal(_unescaped(segment))
            elif segment[start.start()] == "*":
                return self._add_wildcard(node, path, (*names, segment[1:]), serve)
            else:
                prefix, name = segment[: start.start()], start[0][1:]
                parameter = node.parameter(_unescaped(prefix), name)
                if parameter.name != name:
                    raise Conflict(_two_names(path, start[0], parameter.name))
                names.append(name)
                node = parameter
        if node.route is not None:
            raise Conflict(f"handlers are already registered for path '{path}'")
        node.route = Route(path, tuple(names), serve)
        self._paths.append(path)
        self._remember(node.route)
        return node.route

    def find(self, path: str) -> Found | None:
        """Find the route of a decoded path."""
        return self.root.match(path[1:].split("/"))

    def is_overlong(self, path: str) -> bool:
        """Whether a path without route has a slash too many; see `Node.is_overlong`."""
        return self.root.is_overlong(path[1:].split("/"))

    def repair(self, path: str) -> str | None:
        """Find the right spelling of a cleaned path; see `Node.repair`."""
        return self.root.repair(path[1:].split("/"))

    def _remember(self, route: Route) -> None:
        literal = _unescaped(route.path)
        if not route.names and literal.isascii() and not set(literal) & set("%?#"):
            self.fixed[literal] = route.serve

    def _add_wildcard(self, node: Node, path: str, names: tuple[str, ...], serve: Serve) -> Route:
        if not node.is_end:
            raise Conflict(
                f"catch-all wildcard '*{names[-1]}' in new path '{path}' conflicts with "
                "existing path segments"
            )
        node.wildcard = Route(path, names, serve)
        self._wildcards.append(path)
        return node.wildcard

    def _check(self, path: str) -> None:
        """Refuse what is no path, in the order in which the original notices it."""
        self._check_below_wildcards(path)
        seen = 0
        for match in _WILDCARD.finditer(path):
            self._check_escapes(path, seen, match.start())
            self._check_wildcard(path, match)
            seen = match.end()
        self._check_escapes(path, seen, len(path))

    def _check_below_wildcards(self, path: str) -> None:
        for known in self._wildcards:
            head, _, name = known.partition("/*")
            if path.startswith(head + "/"):
                raise Conflict(
                    f"'{path[len(head) :]}' in new path '{path}' conflicts with existing "
                    f"wildcard '/*{name}' in existing prefix '{known}'"
                )

    def _check_escapes(self, path: str, start: int, end: int) -> None:
        """Refuse a backslash in front of anything but a colon."""
        if re.search(r"\\(?!:)", path[start:end]):
            shared = max((_shared(path, known) for known in self._paths), default=0)
            rest = path[max(start, shared) :]
            raise Conflict(f"invalid escape string in path '{rest}'")

    def _check_wildcard(self, path: str, match: re.Match[str]) -> None:
        wildcard = match[0]
        if re.search(r"[:*]", wildcard[1:]) and not self._is_other_name(path, match):
            raise Conflict(
                f"only one wildcard per path segment is allowed, has: '{wildcard}' in path '{path}'"
            )
        if len(wildcard) < 2:
            raise Conflict(f"wildcards must be named with a non-empty name in path '{path}'")
        if wildcard[0] == "*" and path[match.start() - 1] != "/":
            raise Conflict(f"no / before catch-all in path '{path}'")
        if wildcard[0] == "*" and match.end() != len(path):
            raise Conflict(
                f"catch-all routes are only allowed at the end of the path in path '{path}'"
            )

    def _is_other_name(self, path: str, match: re.Match[str]) -> bool:
        """Whether another name stands at this place already: that is noticed first."""
        head = path[: match.start() + 1]
        return any(known.startswith(head) for known in self._paths)


def names_of(path: str) -> tuple[str, ...]:
    """Give the names of a path's parameters, in order."""
    return tuple(match[0][1:] for match in _WILDCARD.finditer(clean_route(path)))


def _shared(path: str, known: str) -> int:
    """Count the characters that two paths begin with."""
    pairs = zip(path, known, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(path), len(known)))


def _unescaped(segment: str) -> str:
    return segment.replace("\\:", ":")


def _two_names(path: str, wildcard: str, known: str) -> str:
    prefix = path[: path.index(wildcard)]
    return (
        f"'{wildcard}' in new path '{path}' conflicts with existing wildcard ':{known}' "
        f"in existing prefix '{prefix}:{known}'"
    )
