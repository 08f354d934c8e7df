"""
The formats that drafts 4, 6 and 7 assert.

The original knows the same formats in every draft.  What the validator does not know of its
own in an older draft is taken from the newest one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import jsonschema_rs

from gatekeeper.regex import finder

__all__ = ["formats"]

_KNOWN = (
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
)


_NEVER_ASSERTED = ("idn-email", "idn-hostname")

_SEMVER = finder(
    r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"
)

Check: TypeAlias = Callable[[str], bool]


def formats() -> Mapping[str, Check]:
    """Give the checks by name."""
    checks = {name: _newest(name) for name in _KNOWN}
    checks |= dict.fromkeys(_NEVER_ASSERTED, _anything)
    moment, duration = checks["date-time"], checks["duration"]

    def is_period(text: str) -> bool:
        begin, slash, end = text.partition("/")
        if not slash:
            return False
        return moment(end) if duration(begin) else moment(begin) and (moment(end) or duration(end))

    return checks | {"period": is_period, "regex": _is_regex, "semver": _is_semver}


def _newest(name: str) -> Check:
    validator = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
    check: Check = validator.is_valid
    return check


def _anything(_: str) -> bool:
    return True


def _is_regex(text: str) -> bool:
    try:
        finder(text)
    except ValueError:
        return False
    return True


def _is_semver(text: str) -> bool:
    return _SEMVER(text.encode())
