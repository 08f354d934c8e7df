"""
Carry claims into the headers of a request.

A header that a claim is meant for never keeps what the client wrote there: without the claim it
is empty.  (KrakenD 1.x added to what the client wrote; files of version 2 get that.)

Source: KrakenD documentation, "Claim propagation"; conformance case ``propagate-claims``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

from gatekeeper.jose.access import Path, find, path
from gatekeeper.jose.claim_text import claim_text, claim_texts, header_value
from gatekeeper.message import JSON, Headers, canonical

__all__ = ["Propagate", "Propagation", "propagation", "propagation_of_version_2"]

Propagate: TypeAlias = Callable[[Mapping[str, JSON], Headers], Headers]
"""Takes claims and headers, gives the headers with the claims."""

_MISSING = object()


@frozen
class Propagation:
    """One claim and its header, as configured."""

    claim: str
    header: str


def propagation(entries: Sequence[Propagation], keeps_lists: bool) -> Propagate | None:
    """
    Make a function that sets headers; None when there is nothing to do.

    Args:
        keeps_lists: A list becomes one header line for each element; an empty one
            removes the header.
    """
    plan: Sequence[tuple[Path, str]] = [
        (path(entry.claim), canonical(entry.header)) for entry in entries
    ]
    texts = claim_texts if keeps_lists else _one_text
    if not plan:
        return None

    def propagate(claims: Mapping[str, JSON], headers: Headers) -> Headers:
        found = dict(headers)
        for steps, header in plan:
            value = find(claims, steps, _MISSING)
            lines = [""] if value is _MISSING else [header_value(text) for text in texts(value)]
            if lines:
                found[header] = lines
            else:
                found.pop(header, None)
        return found

    return propagate


def propagation_of_version_2(entries: Sequence[Propagation]) -> Propagate | None:
    """Make the same as KrakenD 1.x: texts only, not nested, added to what is there."""
    plan = [(entry.claim, canonical(entry.header)) for entry in entries]
    if not plan:
        return None

    def propagate(claims: Mapping[str, JSON], headers: Headers) -> Headers:
        found = dict(headers)
        for name, header in plan:
            value = claims.get(name)
            if isinstance(value, str):
                found[header] = [*found.get(header, ()), header_value(value)]
        return found

    return propagate


def _one_text(value: JSON) -> Sequence[str]:
    return [claim_text(value)]
