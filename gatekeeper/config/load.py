"""
Load a configuration: from a path to a checked, complete `ServiceConfig`.

The way: text, values, environment, version, typed values.  All problems are collected
and raised together, with their places; only a file that cannot be parsed, or whose
version is not supported, ends the way at once.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping

from attrs import evolve

from gatekeeper.config import source as sources
from gatekeeper.config.environment import override, variable_of
from gatekeeper.config.json_text import repeated
from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.pointer import steps
from gatekeeper.config.positions import Positions
from gatekeeper.config.protections import allowed
from gatekeeper.config.reading import Reading
from gatekeeper.config.report import line
from gatekeeper.config.service import read_service
from gatekeeper.config.source import Source
from gatekeeper.config.weak import decode, integer, objects
from gatekeeper.errors import ConfigError, Problem, Problems
from gatekeeper.message import JSON

__all__ = ["load", "locate"]


def load(
    path: str,
    environ: Mapping[str, str] = os.environ,
    *,
    port: int = 0,
    debug: bool = False,
    implemented: Collection[str] = (),
) -> ServiceConfig:
    """
    Read and check a file.

    Args:
        path: Its extension decides how it is read.
        environ: ``KRAKEND_...`` variables override the file.
        port: Overrides both when it is not 0.
        debug: Switches the debug endpoint on.
        implemented: Namespaces of the components that this build has.

    Raises:
        ConfigError: With everything that is wrong, and the warnings beside it.
    """
    source = sources.read(path, environ)
    tree = override(sources.parse(source), environ)
    reading = Reading(
        version=_version(tree, source, environ),
        implemented=implemented,
        allow_missing=_allow_missing(tree),
    )
    service = read_service(tree, path, reading, port=port, debug=debug)
    if source.format == "json":
        for pointer in repeated(source.text):
            message = "this key is written more than once, and only the last one counts"
            reading.problems.add(pointer, message, fatal=False)
    reading.unknown.warn(reading.keys, reading.problems)
    if not reading.problems.found:
        return service
    found = _located(source, tree, reading.problems.found, environ)
    if reading.problems.fatal:
        raise ConfigError(found)
    return evolve(service, warnings=tuple(map(line, found)))


def locate(
    config_file: str, problems: Iterable[Problem], environ: Mapping[str, str] = os.environ
) -> list[Problem]:
    """
    Fill in the places of problems that were found after loading, and sort them.

    Args:
        config_file: The path that was loaded; it is read again.  A file that cannot be
            read any more gives problems without places.
    """
    try:
        source = sources.read(config_file, environ)
        tree = sources.parse(source)
    except ConfigError:
        return [evolve(problem, file=config_file) for problem in problems]
    return _located(source, tree, problems, environ)


def _located(
    source: Source,
    tree: Mapping[str, JSON],
    problems: Iterable[Problem],
    environ: Mapping[str, str],
) -> list[Problem]:
    positions = Positions(source)
    located = [
        evolve(
            _placed(problem, source, positions, environ),
            endpoint=_endpoint(problem.pointer, tree),
        )
        for problem in problems
    ]
    return sorted(located, key=lambda problem: (problem.line, problem.column))


def _placed(
    problem: Problem, source: Source, positions: Positions, environ: Mapping[str, str]
) -> Problem:
    variable = variable_of(problem.pointer, environ)
    if variable:
        return problem.at(f"environment variable {variable}", 0, 0, "")
    place = positions.place(problem.pointer, at_key=not problem.fatal)
    return problem.at(source.file, place.line, place.column, place.text)


def _endpoint(pointer: str, tree: Mapping[str, JSON]) -> str:
    """Name the endpoint that a pointer goes into; it is easier to find than its number."""
    way = steps(pointer)
    if len(way) < 3 or way[0] != "endpoints" or way[2] == "endpoint" or not way[1].isdigit():
        return ""
    endpoints = tree.get("endpoints")
    if not isinstance(endpoints, list) or int(way[1]) >= len(endpoints):
        return ""
    endpoint = endpoints[int(way[1])]
    name = endpoint.get("endpoint") if isinstance(endpoint, Mapping) else None
    return name if isinstance(name, str) else ""


def _version(tree: Mapping[str, JSON], source: Source, environ: Mapping[str, str]) -> int:
    problems = Problems()
    decoded, _ = decode({"version": integer}, tree, "", problems)
    version: int = decoded.get("version", 0)
    if version not in (2, 3) and not problems.found:
        pointer = "/" + next((key for key in tree if key.lower() == "version"), "version")
        hint = "3, or 2 for a file of KrakenD 1.x" if "version" in decoded else '"version": 3'
        problems.add(pointer, f"unsupported version: {version} (want: 3)", hint)
    if problems.found:
        raise ConfigError(_located(source, tree, problems.found, environ))
    return version


def _allow_missing(tree: Mapping[str, JSON]) -> frozenset[str]:
    decoded, _ = decode({"extra_config": objects}, tree, "", Problems())
    return allowed(decoded.get("extra_config", {}))
