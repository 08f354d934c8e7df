"""
Delete, move and join fields anywhere in the data, lists included.

Setting ``flatmap_filter`` of the namespace ``proxy``, on a backend and on an endpoint: a
list of operations, each with a type and paths as its arguments.  A ``*`` in a path stands
for every field or element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from gatekeeper.errors import ConfigError, Problem
from gatekeeper.message import JSON
from gatekeeper.transform.change import Change, Data
from gatekeeper.transform.tree import WILDCARD, Node, Path

__all__ = ["Operation", "flatmap", "read_operations"]

Operation: TypeAlias = Callable[[Node], None]
"""Works on the root of a tree."""


def flatmap(operations: Sequence[Operation]) -> Change:
    """
    Let operations work on the data, one after the other.

    Source: KrakenD documentation, "Flatmap".
    """

    def change(data: Data) -> Data:
        if not data:
            return data
        root = Node("", data)
        for operation in operations:
            operation(root)
        changed: Data = root.expand()
        return changed

    return change


def read_operations(value: JSON, pointer: str) -> tuple[Operation, ...]:
    """
    Read the value of ``flatmap_filter``.

    Something that is no list, and items without a type, count as absent; operations of
    an unknown type do nothing, but they are operations.

    Args:
        value: As written; None when the setting is absent.
        pointer: Where it stands, for messages.

    Raises:
        ConfigError: An operation has not the paths that it needs.
    """
    problems: list[Problem] = []
    operations: list[Operation] = []
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, dict) and isinstance(item.get("type"), str):
            args = item.get("args")
            paths = [
                arg.split(".") if isinstance(arg, str) else None
                for arg in (args if isinstance(args, list) else ())
            ]
            try:
                operations.append(_operation(item["type"], paths))
            except ValueError as error:
                problems.append(Problem(str(error), f"{pointer}/{index}/args"))
    if problems:
        raise ConfigError(problems)
    return tuple(operations)


def _operation(kind: str, paths: Sequence[Path | None]) -> Operation:
    if kind == "del":
        return _delete([path for path in paths if path is not None])
    if kind in _WITH_TWO_PATHS:
        source, destination = [*paths[:2], None, None][:2]
        if source is None or destination is None:
            raise ValueError(f'expected two paths for "{kind}", a source and a destination')
        return _WITH_TWO_PATHS[kind](source, destination)
    return _nothing


def _nothing(root: Node) -> None:
    """Do what an operation of an unknown type does."""


def _delete(paths: Sequence[Path]) -> Operation:
    def delete(root: Node) -> None:
        for path in paths:
            root.delete(path)

    return delete


def _append(source: Path, destination: Path) -> Operation:
    def append(root: Node) -> None:
        more = root.find(source)
        items = root.find(destination)
        if type(more) is list and type(items) is list:
            root.write(destination, items + more)
            root.delete(source)

    return append


def _move(source: Path, destination: Path) -> Operation:
    """
    Choose by the lengths of the paths what a move is.

    As long: a new label.  Shorter destination: up, to a place that is looked for from the
    root.  Longer: down, into objects that are made when they are missing.
    """
    *parents, label = source
    if len(source) == len(destination):
        return _relabel(parents, label, destination[-1])
    if len(source) > len(destination):
        return _promote(parents, label, destination)
    return _embed(parents, label, destination[len(parents) :])


def _relabel(parents: Path, label: str, new: str) -> Operation:
    def relabel(root: Node) -> None:
        for holder, _ in _holders(root, parents):
            node = holder.child(label)
            if node is not None:
                node.label = new

    return relabel


def _promote(parents: Path, label: str, destination: Path) -> Operation:
    *steps, new = destination

    def promote(root: Node) -> None:
        for node, _, labels in _detached(root, parents, label):
            place = root
            for index, step in enumerate(steps):
                inner = place.child(labels[index] if step == WILDCARD else step)
                if inner is None:
                    break
                place = inner
            node.label = new
            place.edges.append(node)

    return promote


def _embed(parents: Path, label: str, destination: Path) -> Operation:
    *steps, new = destination

    def embed(root: Node) -> None:
        for node, holder, _ in _detached(root, parents, label):
            place = holder
            for step in steps:
                inner = place.child(step)
                if inner is None:
                    inner = Node(step, None)
                    place.edges.append(inner)
                place = inner
            node.label = new
            place.edges.append(node)

    return embed


def _holders(root: Node, parents: Path) -> list[tuple[Node, tuple[str, ...]]]:
    """Give the nodes that a path leads to, each with the labels on the way."""
    found: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    for step in parents:
        found = [
            (inner, (*labels, inner.label))
            for node, labels in found
            for inner in node.matches(step)
        ]
    return found


def _detached(root: Node, parents: Path, label: str) -> list[tuple[Node, Node, tuple[str, ...]]]:
    """Cut what is to be moved; give each node with its former holder and the labels to that."""
    cut = []
    for holder, labels in _holders(root, parents):
        node = holder.child(label)
        if node is not None:
            holder.edges.remove(node)
            cut.append((node, holder, labels))
    return cut


_WITH_TWO_PATHS: dict[str, Callable[[Path, Path], Operation]] = {
    "append": _append,
    "move": _move,
}
