"""
Read the namespace ``proxy`` of an endpoint or a backend.

KrakenD reads it leniently: a value of a wrong type counts as absent, and files rely on that.
What would crash it, at start or in a request, is an error here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from attrs import field, frozen

from gatekeeper.config.model import Backend, Settings
from gatekeeper.errors import ConfigError, Problem
from gatekeeper.message import JSON
from gatekeeper.transform.flatmap import Operation, read_operations
from gatekeeper.units import duration

__all__ = ["ProxySettings", "StaticData", "is_shadow", "shadow_timeout"]

T = TypeVar("T")

STRATEGIES = ("always", "success", "errored", "complete", "incomplete")


@frozen
class StaticData:
    """
    Fields that are added to an endpoint's answer.

    Attributes:
        strategy: When: one of `STRATEGIES`.
        data: As written in the file.
        pointer: Where the data stand.
    """

    strategy: str
    data: Mapping[str, JSON]
    pointer: str = ""


@frozen
class ProxySettings:
    """
    The namespace ``proxy``.

    Attributes:
        sequential: Whether backends are called one after the other.
        propagated: Parameters such as ``resp0_id`` that no `url_pattern` names.
        static: Data to add, or None.
        flatmap: What to do with the merged answer.
        shadow: Whether a backend's answers are not used.
        shadow_timeout_s: How long a shadow may take, or None for the endpoint's timeout.
    """

    sequential: bool = False
    propagated: Sequence[str] = ()
    static: StaticData | None = None
    flatmap: Sequence[Operation] = field(default=())
    shadow: bool = False
    shadow_timeout_s: float | None = None

    @classmethod
    def read(cls, settings: Settings | None) -> ProxySettings:
        """
        Read the settings of an endpoint or a backend; None when it has none.

        Raises:
            ConfigError: With everything in this namespace that cannot work.
        """
        if settings is None or not isinstance(settings.value, dict):
            return cls()
        value, pointer = settings.value, settings.pointer
        problems: list[Problem] = []
        combiner = value.get("combiner", "")
        if not isinstance(combiner, str):
            message = f"expected the name of a combiner, found {combiner!r}"
            problems.append(Problem(message, f"{pointer}/combiner"))
        propagated = _collect(
            problems,
            lambda: _texts(
                value.get("sequential_propagated_params"),
                f"{pointer}/sequential_propagated_params",
            ),
        )
        flatmap = _collect(
            problems,
            lambda: read_operations(value.get("flatmap_filter"), f"{pointer}/flatmap_filter"),
        )
        if problems:
            raise ConfigError(problems)
        return cls(
            sequential=value.get("sequential") is True,
            propagated=propagated or (),
            static=_static(value.get("static"), f"{pointer}/static"),
            flatmap=flatmap or (),
            shadow=value.get("shadow") is True,
            shadow_timeout_s=_duration(value.get("shadow_timeout")),
        )


def is_shadow(backend: Backend) -> bool:
    """Say whether a backend gets a copy of the requests only."""
    settings = backend.extra_config.get("proxy")
    value = settings.value if settings is not None else None
    return isinstance(value, dict) and value.get("shadow") is True


def shadow_timeout(backends: Iterable[Backend], timeout_s: float) -> float:
    """
    Give the seconds that a pipe of shadow backends may take: the longest counts.

    Args:
        backends: The shadow backends of one endpoint.
        timeout_s: The endpoint's, for those that have none of their own.
    """
    own = [ProxySettings.read(backend.extra_config.get("proxy")) for backend in backends]
    times = [
        timeout_s if settings.shadow_timeout_s is None else settings.shadow_timeout_s
        for settings in own
    ]
    return max(times, default=timeout_s)


def _collect(problems: list[Problem], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except ConfigError as error:
        problems.extend(error.problems)
        return None


def _texts(value: JSON, pointer: str) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    problems = [
        Problem(f"expected a text, found {item!r}", f"{pointer}/{index}")
        for index, item in enumerate(items)
        if not isinstance(item, str)
    ]
    if problems:
        raise ConfigError(problems)
    return tuple(items)


def _static(value: JSON, pointer: str) -> StaticData | None:
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, dict):
        return None
    strategy = value.get("strategy")
    known = strategy if isinstance(strategy, str) and strategy in STRATEGIES else "always"
    return StaticData(known, data, f"{pointer}/data")


def _duration(value: JSON) -> float | None:
    if not isinstance(value, str):
        return None
    try:
        return duration(value)
    except ValueError:
        return None
