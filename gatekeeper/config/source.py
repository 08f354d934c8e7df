"""
Read a configuration file: its text, and which language it is written in.

This is the seam for templates: who renders a file first makes a `Source` of the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from attrs import frozen

from gatekeeper.config import json_text, toml_text, yaml_text
from gatekeeper.config.syntax import SyntaxMistake
from gatekeeper.errors import ConfigError, Problem
from gatekeeper.message import JSON

__all__ = ["Format", "Source", "file_format", "parse", "read"]

Format: TypeAlias = Literal["json", "yaml", "toml"]

PARSERS = {"json": json_text.parse, "yaml": yaml_text.parse, "toml": toml_text.parse}


@frozen
class Source:
    """
    A file that was read.

    Attributes:
        file: Its path as it was given.
        text: All of it, with the line ends that it has.
        format: What its name promises.
    """

    file: str
    text: str
    format: Format


def file_format(path: str) -> Format:
    """
    Choose the language by the extension alone; everything unknown is JSON.

    Source: conformance cases ``config-formats`` and ``refuse-syntax``.
    """
    extension = Path(path).suffix
    if extension in (".yml", ".yaml"):
        return "yaml"
    return "toml" if extension == ".toml" else "json"


def read(path: str, environ: Mapping[str, str]) -> Source:
    """
    Read a file.

    Raises:
        ConfigError: It cannot be read, or must be rendered first and cannot be.
    """
    if environ.get("FC_ENABLE"):
        raise _refused(
            path,
            "FC_ENABLE is set, but this version cannot render templates; a later one will",
            "unset FC_ENABLE to read the file as it is, or render it beforehand",
        )
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _refused(path, f"open {path}: {reason}") from error
    return Source(path, *_decoded(path, content))


def parse(source: Source) -> dict[str, JSON]:
    """
    Read the text into plain values.

    Raises:
        ConfigError: It is not what its extension promises, or holds no object.
    """
    try:
        value = PARSERS[source.format](source.text)
    except SyntaxMistake as mistake:
        raise ConfigError([_problem(source, mistake)]) from mistake
    if value is None and source.format == "yaml":  # an empty file; the version is missing
        return {}
    if not isinstance(value, dict):
        kind = "a list" if isinstance(value, list) else "a single value"
        raise _refused(source.file, f"expected an object with keys such as version, found {kind}")
    return value


def _decoded(path: str, content: bytes) -> tuple[str, Format]:
    chosen = file_format(path)
    if chosen == "json":
        # Kept for compatibility: odd bytes inside of texts never kept a gateway from starting.
        return content.decode("utf-8", "replace"), chosen
    try:
        return content.decode("utf-8"), chosen
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused(path, f"line {line} is not UTF-8", "save the file as UTF-8") from error


def _problem(source: Source, mistake: SyntaxMistake) -> Problem:
    problem = Problem(mistake.message, "", mistake.suggestion)
    lines = source.text.split("\n")
    text = lines[mistake.line - 1] if 0 < mistake.line <= len(lines) else ""
    return problem.at(source.file, mistake.line, mistake.column, text.rstrip("\r"))


def _refused(path: str, message: str, suggestion: str = "") -> ConfigError:
    return ConfigError([Problem(message, "", suggestion).at(path, 0, 0, "")])
