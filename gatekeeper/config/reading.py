"""Hold what is the same while one file is read: its version, and the problems found so far."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from attrs import field, frozen

from gatekeeper.config import flow, legacy, namespaces, protections
from gatekeeper.config.keys import V2, V3, Keys
from gatekeeper.config.model import Settings
from gatekeeper.config.pointer import below
from gatekeeper.config.suggest import is_comment
from gatekeeper.config.unknown import Unknown
from gatekeeper.config.weak import decode, found
from gatekeeper.errors import Problems
from gatekeeper.message import JSON

__all__ = ["Node", "Reading"]


@frozen
class Node:
    """
    An object of the file whose known keys were decoded.

    Attributes:
        written: As it stands in the file.
        values: What was found and fits, by name.
        pointer: Where it stands.
    """

    written: Mapping[str, JSON]
    values: dict[str, Any]
    pointer: str

    def get(self, name: str, default: Any = None) -> Any:
        """Give a decoded value; null and what does not fit are the default."""
        return self.values.get(name, default)

    def place(self, name: str) -> str:
        """Point at a key, which the file may spell in another letter case."""
        if name not in self.written:
            name = next((key for key in self.written if key.lower() == name), name)
        return below(self.pointer, name)


@frozen
class Reading:
    """
    One file that is being read.

    Attributes:
        version: 2 or 3.
        implemented: Namespaces that this build has.
        allow_missing: Protections that the operator can do without.
        problems: What is wrong.
        unknown: Keys and namespaces that nobody knows.
    """

    version: int
    implemented: Collection[str] = ()
    allow_missing: Collection[str] = ()
    problems: Problems = field(factory=Problems)
    unknown: Unknown = field(factory=Unknown)

    @property
    def keys(self) -> Keys:
        """The keys of this version."""
        return V2 if self.version == 2 else V3

    def decode(self, level: str, value: Mapping[str, JSON], pointer: str) -> Node:
        """Decode the known keys of an object; remember the others."""
        decoded, unknown = decode(self.keys.level(level), value, pointer, self.problems)
        for key in unknown:
            if not is_comment(key):
                self.unknown.key(level, pointer, key)
        return Node(value, decoded, pointer)

    def items(
        self, value: JSON, pointer: str, expected: str
    ) -> Iterator[tuple[Mapping[str, JSON], str]]:
        """
        Go through a list of objects, or a single object, with their pointers.

        Items that are no objects are reported.
        """
        if value is None or value == {}:
            return
        if isinstance(value, dict):
            yield value, pointer
            return
        if not isinstance(value, list):
            self.problems.add(pointer, f"expected a list of objects, found {found(value)}")
            return
        for number, item in enumerate(value):
            place = f"{pointer}/{number}"
            if isinstance(item, dict):
                yield item, place
            else:
                self.problems.add(place, f"expected {expected}, found {found(item)}")

    def extra_config(self, node: Node) -> Mapping[str, Settings]:
        """Read the namespaces of a service, an endpoint or a backend."""
        written = node.get("extra_config")
        if not written:
            return {}
        place = node.place("extra_config")
        if self.version == 2:
            settings = namespaces.normalise(written, place, namespaces.V2_ALIASES)
            settings = legacy.old_setting_names(settings, self.problems)
        else:
            settings = namespaces.normalise(written, place)
        protections.check(settings, self.implemented, self.allow_missing, self.problems)
        for name in settings:
            if name not in self.implemented:
                self.unknown.namespace(name, settings[name].pointer)
        if "proxy" in settings:
            flow.check_proxy(settings["proxy"], self.problems)
        return settings
