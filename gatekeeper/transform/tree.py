"""
Data as a tree with labelled edges, on which flatmap works.

Objects and lists are nodes; their fields and elements hang on edges with labels, which are
names or positions from ``0``.  A label stays what it was while operations go on: when
element 0 of a list is gone, the next is still called ``1``.  Two edges may have the same
label for a while; when an object is made of them again, the later one wins.  A node that
had edges and lost them all is null.

A node opens only when an operation looks into it.  What nobody looked into is given back
as it was, so the price depends on what is asked for and not on the size of the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from gatekeeper.message import JSON

__all__ = ["WILDCARD", "Node", "Path"]

WILDCARD = "*"

Path: TypeAlias = Sequence[str]
"""Labels and wildcards."""


class Node:
    """
    A value and the edge that leads to it.

    Attributes:
        label: Of the edge from its parent; "" for the root.
    """

    __slots__ = ("_edges", "_is_list", "_value", "label")

    def __init__(self, label: str, value: JSON) -> None:
        self.label = label
        self._value = value
        self._edges: list[Node] | None = None
        self._is_list = False

    @property
    def edges(self) -> list[Node]:
        """What hangs on this node; may be changed."""
        if self._edges is None:
            self._edges = [Node(label, inner) for label, inner in _fields(self._value)]
            self._is_list = type(self._value) is list
            if self._edges:
                self._value = None
        return self._edges

    def child(self, label: str) -> Node | None:
        """Give the first node with a label."""
        for node in self.edges:
            if node.label == label:
                return node
        return None

    def matches(self, step: str) -> list[Node]:
        """Give the nodes that one step of a path leads to."""
        if step == WILDCARD:
            return list(self.edges)
        node = self.child(step)
        return [] if node is None else [node]

    def expand(self) -> JSON:
        """Make ordinary data of the node and what hangs on it."""
        if not self._edges:
            return self._value
        if self._is_list:
            return [node.expand() for node in self._edges]
        return {node.label: node.expand() for node in self._edges}

    def find(self, path: Path) -> JSON:
        """
        Give the value at a path, None where there is none.

        A wildcard gives the list of all values behind it.
        """
        if not path:
            return self.expand()
        if not self.edges:
            return None
        if path[0] == WILDCARD:
            return [node.find(path[1:]) for node in self.edges]
        node = self.child(path[0])
        return None if node is None else node.find(path[1:])

    def delete(self, path: Path) -> None:
        """Cut the edges that a path leads to; a wildcard as its end cuts all."""
        step, rest = path[0], path[1:]
        if rest:
            for node in self.matches(step):
                node.delete(rest)
        elif step == WILDCARD:
            self.edges.clear()
        else:
            found = self.child(step)
            if found is not None:
                self.edges.remove(found)

    def write(self, path: Path, value: JSON) -> None:
        """
        Put a value at a path; steps that are missing are made, a wildcard is a name.

        Fields and elements that the place has already, and the value has not, stay.
        """
        node = self
        for step in path:
            inner = node.child(step)
            if inner is None:
                inner = Node(step, None)
                node.edges.append(inner)
            node = inner
        node._overlay(value)

    def _overlay(self, value: JSON) -> None:
        if self._edges is None and self._value is value:
            return
        edges = self.edges
        self._is_list = type(value) is list
        fields = _fields(value)
        if not fields:
            self._value = value
            return
        known: dict[str, Node] = {}
        for node in edges:
            known.setdefault(node.label, node)
        for label, inner in fields:
            if label in known:
                known[label]._overlay(inner)
            else:
                edges.append(Node(label, inner))


def _fields(value: JSON) -> list[tuple[str, JSON]]:
    if type(value) is dict:
        return list(value.items())
    if type(value) is list:
        return [(str(index), inner) for index, inner in enumerate(value)]
    return []
