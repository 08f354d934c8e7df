"""
Put the manipulations of one backend together, in their fixed order.

Without flatmap: target, then allow or else deny, mapping, group.  With flatmap: target, its
operations, group; allow, deny and mapping have no effect then.
"""

from __future__ import annotations

from gatekeeper.config.model import Backend
from gatekeeper.transform.change import Change, Data
from gatekeeper.transform.filtering import allow, deny
from gatekeeper.transform.flatmap import flatmap, read_operations
from gatekeeper.transform.grouping import group
from gatekeeper.transform.mapping import mapping
from gatekeeper.transform.target import target

__all__ = ["manipulation"]


def manipulation(backend: Backend, version: int) -> Change | None:
    """
    Give what is done with a backend's data, or None when that is nothing.

    Not for ``no-op`` backends, nor for details of errors.

    Args:
        backend: Its settings.
        version: Of the configuration; in version 2, ``deny`` knows two levels.

    Raises:
        ConfigError: An operation of ``flatmap_filter`` cannot work.

    Source: KrakenD documentation, "Data manipulation".
    """
    changes = _changes(backend, version)
    if not changes:
        return None
    if len(changes) == 1:
        return changes[0]

    def manipulate(data: Data) -> Data:
        for change in changes:
            data = change(data)
        return data

    return manipulate


def _changes(backend: Backend, version: int) -> list[Change]:
    changes: list[Change] = []
    if backend.target:
        changes.append(target(backend.target))
    changes += _flatmap(backend) or _filters(backend, version)
    if backend.group:
        changes.append(group(backend.group))
    return changes


def _flatmap(backend: Backend) -> list[Change]:
    settings = backend.extra_config.get("proxy")
    if settings is None or not isinstance(settings.value, dict):
        return []
    operations = read_operations(
        settings.value.get("flatmap_filter"), f"{settings.pointer}/flatmap_filter"
    )
    return [flatmap(operations)] if operations else []


def _filters(backend: Backend, version: int) -> list[Change]:
    changes: list[Change] = []
    if backend.allow:
        changes.append(allow(backend.allow))
    elif backend.deny:
        levels = 2 if version == 2 else None  # kept for compatibility (core-v2/v2-filters)
        changes.append(deny(".".join(path.split(".")[:levels]) for path in backend.deny))
    if backend.mapping:
        changes.append(mapping(backend.mapping))
    return changes
