"""
Check the ``proxy`` namespace for values that crash KrakenD when it starts or serves.

Everything else that is odd there is ignored, as it always was: a block or an operation of
an unknown kind is the same as none.

Source: conformance cases ``refuse-types`` and ``flatmap-options``.
"""

from __future__ import annotations

from gatekeeper.config.model import Settings
from gatekeeper.config.pointer import below
from gatekeeper.config.weak import found
from gatekeeper.errors import Problems
from gatekeeper.message import JSON

__all__ = ["check_proxy"]

_TWO_ARGUMENTS = ("move", "append")


def check_proxy(settings: Settings, problems: Problems) -> None:
    """Report what cannot work in the ``proxy`` namespace of an endpoint or a backend."""
    if not isinstance(settings.value, dict):
        return
    combiner = settings.value.get("combiner")
    if combiner is not None and not isinstance(combiner, str):
        place = below(settings.pointer, "combiner")
        problems.add(place, f"expected the name of a combiner, found {found(combiner)}")
    operations = settings.value.get("flatmap_filter")
    if isinstance(operations, list):
        place = below(settings.pointer, "flatmap_filter")
        for number, operation in enumerate(operations):
            _check_operation(operation, below(place, number), problems)


def _check_operation(operation: JSON, pointer: str, problems: Problems) -> None:
    if operation is None:
        problems.add(pointer, "expected an operation with type and args, found null")
    if not isinstance(operation, dict) or operation.get("type") not in _TWO_ARGUMENTS:
        return
    arguments = operation.get("args")
    usable = arguments if isinstance(arguments, list) else []
    if len([argument for argument in usable if isinstance(argument, str)]) < 2:
        problems.add(
            pointer,
            f'expected two paths in args of a flatmap "{operation["type"]}", '
            f"found {len(usable) or 'none'}",
            '"args": ["from.here", "to.there"]',
        )
