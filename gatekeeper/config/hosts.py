"""Sanitise hosts: a scheme, a name and a port, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gatekeeper.config.pointer import below
from gatekeeper.config.secrets import without_secrets
from gatekeeper.errors import Problems

__all__ = ["InvalidHost", "sanitise", "sanitised"]

_HOST = re.compile(r"(https?://)?([a-zA-Z0-9._-]+)(:[0-9]{2,6})?/?")


class InvalidHost(Exception):
    """A host cannot be used as it is written."""


def sanitise(host: str) -> str:
    """
    Give scheme (``http://`` when none is written), name and port.

    Raises:
        InvalidHost: There is more or less than one thing that looks like a host.

    Source: conformance cases ``backend-hosts`` and ``refuse-hosts``; kept for
    compatibility, therefore no IPv6 literals and no one-digit ports.
    """
    matches = list(_HOST.finditer(host))
    if len(matches) != 1:
        raise InvalidHost(f"host {without_secrets(host)} not valid: invalid host")
    scheme, name, port = matches[0].groups()
    return f"{scheme or 'http://'}{name}{port or ''}"


def sanitised(hosts: Sequence[str], pointer: str, problems: Problems) -> tuple[str, ...]:
    """Sanitise a list of hosts that stands at `pointer`, and report those that are invalid."""
    clean = []
    for number, host in enumerate(hosts):
        try:
            clean.append(sanitise(host))
            if clean[-1].rpartition("/")[2] != host.strip().rstrip("/").rpartition("/")[2]:
                problems.add(below(pointer, number), f"this host is {clean[-1]}", fatal=False)
        except InvalidHost as error:
            problems.add(below(pointer, number), str(error), _hint(host))
    return tuple(clean)


def _hint(host: str) -> str:
    if "@" in host:
        return "a host is a scheme, a name and a port: leave user and password out"
    if re.search(r":[0-9]/?$", host):
        return "a port has two digits or more, as in KrakenD"
    name = re.match(r"(?i)(?:(https?)://)?([a-z0-9._-]+(?::[0-9]{2,6})?)[/?]", host)
    if name is None:
        return ""
    host_only = f"{(name[1] or 'http').lower()}://{name[2]}"
    return f'write "{host_only}"; a path belongs to "url_pattern"'
