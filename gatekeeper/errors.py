"""
Say what went wrong, and whose fault it is.

Four families, and no fifth:

- `ConfigError`: the operator's, before we serve anything.  It carries every
  `Problem` that was found, each with its place in the file.
- `Refused`: the client's.  Becomes the status that it names.
- `BackendError`: the other side's.  Becomes 500 unless it names another status.
- anything else is ours, and becomes a 500 with an id that client and log share.

Only `gatekeeper.web.respond` turns these into HTTP.  In between they fly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve, frozen

__all__ = [
    "BackendError",
    "BackendStatusPassed",
    "BodyTooLarge",
    "ConfigError",
    "DeadlineExceeded",
    "DecodeError",
    "GatekeeperError",
    "InvalidStatus",
    "MergeError",
    "NoHosts",
    "Problem",
    "Problems",
    "Refused",
    "RequestGone",
    "RouteConflict",
    "TransportError",
    "UnusableRequest",
]


class GatekeeperError(Exception):
    """Base class of every error that we raise on purpose."""


@frozen
class Problem:
    """
    One thing that is wrong in a configuration.

    Attributes:
        message: What was expected and what was found, in one sentence.
        pointer: Where, as an RFC 6901 pointer into the file, e.g.
            ``/endpoints/3/timeout``.  Empty: the file as a whole.
        suggestion: What the reader may have meant, or "".
        fatal: Whether the gateway refuses to start.  Otherwise a warning.
        endpoint: Which endpoint it belongs to, as the file spells it, or "".
        file, line, column: Filled in by `gatekeeper.config`; lines and columns
            count from 1, 0 means unknown.
        text: The offending line as it is written in the file.
    """

    message: str
    pointer: str = ""
    suggestion: str = ""
    fatal: bool = True
    endpoint: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    text: str = ""

    def at(self, file: str, line: int, column: int, text: str) -> Problem:
        """Give a copy that knows its place."""
        return evolve(self, file=file, line=line, column=column, text=text)

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.message}"


class Problems:
    """Collect problems while a configuration is read, so that all are shown together."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, pointer: str, message: str, suggestion: str = "", *, fatal: bool = True) -> None:
        """Remember a problem; reading goes on.  One that is found again is told once."""
        problem = Problem(message, pointer, suggestion, fatal)
        if problem not in self.found:
            self.found.append(problem)

    @property
    def fatal(self) -> list[Problem]:
        """Those that prevent a start."""
        return [problem for problem in self.found if problem.fatal]

    @property
    def warnings(self) -> list[Problem]:
        """Those that are only worth a line in the log."""
        return [problem for problem in self.found if not problem.fatal]

    def check(self) -> None:
        """
        Raise what was found, if anything.

        Raises:
            ConfigError: With all fatal problems.
        """
        if self.fatal:
            raise ConfigError(self.fatal)


class ConfigError(GatekeeperError):
    """The configuration cannot be used; nothing was started."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RouteConflict(ConfigError):
    """Two endpoints, or an endpoint and a built-in route, cannot live in one tree."""


class Refused(GatekeeperError):
    """
    The client asked for something that it does not get.

    Attributes:
        status: An HTTP status from 400 to 499.
        headers: Header lines to answer with.
    """

    def __init__(
        self, status: int, text: str = "", headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(text)
        self.status = status
        self.headers = tuple(headers)


class BodyTooLarge(Refused):
    """The body is longer than this endpoint reads into memory."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"request body larger than {limit} bytes")


class RequestGone(GatekeeperError):
    """The client left before it had sent its whole body."""


class BackendError(GatekeeperError):
    """
    A backend did not give what an endpoint needs.

    ``str(error)`` is what clients see when ``router.return_error_msg`` is on, so
    it must not tell more than the contract says.

    Attributes:
        status: What the client gets.
        content_type: The type of the text, or "" to let it be sniffed.
        headers: Headers to answer with; names to lists of values.
    """

    status = 500
    content_type = ""
    headers: Mapping[str, Sequence[str]] = {}


class DeadlineExceeded(BackendError):
    """The time allowed for an endpoint, a merge or concurrent calls is over."""

    def __init__(self) -> None:
        super().__init__("context deadline exceeded")


class NoHosts(BackendError):
    """There is no host to send a request to."""

    def __init__(self) -> None:
        super().__init__("no hosts available")


class UnusableRequest(BackendError):
    """The request towards the backend cannot be written: its URL or body is unusable."""


class TransportError(BackendError):
    """Connecting, sending or receiving failed."""


class DecodeError(BackendError):
    """A backend's body is not what its `encoding` promises."""


class InvalidStatus(BackendError):
    """A backend answered with a status other than 200 and 201."""


class BackendStatusPassed(BackendError):
    """The same, where ``return_error_code`` lets the backend's status reach the client."""

    def __init__(self, status: int, text: str, content_type: str) -> None:
        super().__init__(text)
        self.status = status
        self.content_type = content_type


class MergeError(BackendError):
    """
    One or more backends of an endpoint failed.

    Attributes:
        errors: In order of arrival.
    """

    def __init__(self, errors: Sequence[Exception]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = tuple(errors)
