"""
Tell browsers which other sites may use this one.

Namespace ``security/cors``, allowed at service level.  No request is refused here: its
answer has, or has not, the header lines that let a browser show it to a page of another
origin.  There are two kinds of requests:

- a *preflight* (``OPTIONS`` with ``Access-Control-Request-Method``) asks what would be
  allowed; it is answered here, whatever its path;
- every other request is an *actual* one: its answer, whoever gives it, is dressed with
  lines that were made at start.

Version 2 files mean CORS as of KrakenD 1.3: names of requested headers are compared in any
letter case and order, ``Vary`` is three lines, and three keys do not exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from attrs import evolve, frozen

from gatekeeper.component import Component, Guard, Placement, Runtime
from gatekeeper.config.reader import Reader
from gatekeeper.message import Headers, Lines, Reply, canonical
from gatekeeper.units import duration
from gatekeeper.wire.dressed import dress
from gatekeeper.wire.exchange import Exchange

__all__ = ["CORS", "component", "cors", "in_order"]

METHODS = ("GET", "POST", "HEAD")
"""What is allowed where the configuration names no method."""

OLD_HEADERS = ("Accept", "Content-Type", "X-Requested-With")
"""What version 2 files allow where they name no header."""

MAX_EMPTY_NAMES = 16

MAX_KNOWN = 256
"""For so many origins the lines are made only once."""

_ASKED = ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"]
_ALLOW = "Access-Control-Allow-"
_ALLOW_ORIGIN = f"{_ALLOW}Origin"
_ALLOW_METHODS = f"{_ALLOW}Methods"
_ALLOW_HEADERS = f"{_ALLOW}Headers"
_EXPOSE = "Access-Control-Expose-Headers"
_PRIVATE = "Access-Control-Request-Private-Network"
_VARY = (("Vary", "Origin"),)
_BLANKS = (" ", "\t")
_BETWEEN_NAMES = re.compile(r"[ \t,]+")

Decide: TypeAlias = Callable[[Headers, str], Lines]
"""Takes the headers and the method of a request; gives lines for its answer."""

Allows: TypeAlias = Callable[[str], bool]
AllowsNames: TypeAlias = Callable[[Sequence[str]], bool]


@frozen
class CORS:
    """
    What is allowed.

    Attributes:
        origins: As configured; one ``*`` in an entry stands for any characters.
        headers: ``*`` among them allows all.
        passthrough: Whether the router answers preflights.
        max_age_s: How long a browser may remember; None: no header.
        debug: Whether decisions are logged.
    """

    origins: Sequence[str] = ("*",)
    methods: Sequence[str] = METHODS
    headers: Sequence[str] = ()
    expose: Sequence[str] = ()
    credentials: bool = False
    private_network: bool = False
    passthrough: bool = False
    status: int = 204
    max_age_s: int | None = None
    debug: bool = False

    @classmethod
    def read(cls, json: Reader) -> CORS:
        """Read the settings."""
        json.known(
            "allow_origins", "allow_methods", "allow_headers", "expose_headers",
            "allow_credentials", "allow_private_network", "options_passthrough",
            "options_success_status", "max_age", "debug",
        )  # fmt: skip
        return cls(
            origins=_texts(json, "allow_origins") or ("*",),
            methods=_texts(json, "allow_methods") or METHODS,
            headers=_texts(json, "allow_headers"),
            expose=_texts(json, "expose_headers"),
            credentials=json.boolean("allow_credentials", default=False),
            private_network=json.boolean("allow_private_network", default=False),
            passthrough=json.boolean("options_passthrough", default=False),
            status=_status(json),
            max_age_s=_max_age(json),
            debug=json.boolean("debug", default=False),
        )

    def of_version_2(self) -> CORS:
        """Leave out what KrakenD 1.3 does not know."""
        return evolve(self, private_network=False, passthrough=False, status=204)


def cors(settings: CORS, placement: Placement, runtime: Runtime) -> Guard:
    """
    Dress answers for browsers, and answer what browsers ask beforehand.

    Source: KrakenD documentation, "CORS"; kept for compatibility with the conformance cases
    ``cors``, ``cors-defaults`` and ``cors-variants``.
    """
    is_old = placement.service.version == 2
    if is_old:
        settings = settings.of_version_2()
    preflight, actual = _preflight(settings, is_old=is_old), _actual(settings)
    if settings.debug:
        preflight, actual = _aloud(preflight, runtime), _aloud(actual, runtime)
    status, passes = settings.status, settings.passthrough
    runtime.log.debug("[SERVICE: Gin][CORS] Enabled CORS for all requests")

    def guard(exchange: Exchange) -> Exchange | Reply:
        headers = exchange.headers
        if exchange.method == "OPTIONS" and _first(headers, "Access-Control-Request-Method"):
            lines = preflight(headers, "OPTIONS")
            return dress(exchange, lines) if passes else Reply(status, lines)
        return dress(exchange, actual(headers, exchange.method))

    return guard


def _actual(settings: CORS) -> Decide:
    """Decide about the answer to an actual request."""
    allows, methods = _origins(settings), _methods(settings)
    rest: Lines = ()
    if settings.expose:
        rest = ((_EXPOSE, ", ".join(canonical(name) for name in settings.expose)),)
    rest = (*rest, *_credentials(settings))
    is_for_all = "*" in settings.origins
    known: dict[str, Lines] = {}

    def lines_for(origin: str) -> Lines:
        if not origin or not allows(origin):
            return _VARY
        return (*_VARY, (_ALLOW_ORIGIN, "*" if is_for_all else origin), *rest)

    def decide(headers: Headers, method: str) -> Lines:
        origins = headers.get("Origin")
        if origins is None or method not in methods:
            return _VARY
        lines = known.get(origins[0])
        if lines is None:
            lines = lines_for(origins[0])
            if len(known) < MAX_KNOWN:  # clients choose what they send: never an endless table
                known[origins[0]] = lines
        return lines

    return decide


def _preflight(settings: CORS, *, is_old: bool) -> Decide:
    """Decide about what a browser asks beforehand."""
    allows, methods = _origins(settings), _methods(settings)
    allows_names = _names(settings, is_old=is_old)
    vary = _preflight_vary(settings, is_old=is_old)
    max_age: Lines = ()
    if settings.max_age_s is not None:
        max_age = (("Access-Control-Max-Age", str(settings.max_age_s)),)
    credentials, is_for_all = _credentials(settings), "*" in settings.origins

    def decide(headers: Headers, _: str) -> Lines:
        origin = _first(headers, "Origin")
        method = _first(headers, "Access-Control-Request-Method")
        names = headers.get("Access-Control-Request-Headers", ())
        if not origin or not allows(origin) or method not in methods or not allows_names(names):
            return vary
        lines = [
            *vary,
            (_ALLOW_ORIGIN, "*" if is_for_all else origin),
            (_ALLOW_METHODS, method),
        ]
        if names and names[0]:
            lines += [(_ALLOW_HEADERS, value) for value in names]
        lines += credentials
        if settings.private_network and _first(headers, _PRIVATE) == "true":
            lines.append((f"{_ALLOW}Private-Network", "true"))
        return (*lines, *max_age)

    return decide


def _preflight_vary(settings: CORS, *, is_old: bool) -> Lines:
    asked = [*_ASKED, _PRIVATE] if settings.private_network else _ASKED
    if is_old:
        return tuple(("Vary", name) for name in asked)
    return (("Vary", ", ".join(asked)),)


def _credentials(settings: CORS) -> Lines:
    return ((f"{_ALLOW}Credentials", "true"),) if settings.credentials else ()


def _methods(settings: CORS) -> frozenset[str]:
    """Give the methods, compared as they are written; asking is always allowed."""
    return frozenset((*settings.methods, "OPTIONS"))


def _origins(settings: CORS) -> Allows:
    """Make a function that knows origins; it does not mind their letter case."""
    if "*" in settings.origins:
        return lambda _: True
    origins = [origin.lower() for origin in settings.origins]
    exact = frozenset(origin for origin in origins if "*" not in origin)
    around = [origin.split("*", 1) for origin in origins if "*" in origin]

    def allows(origin: str) -> bool:
        origin = origin.lower()
        return origin in exact or any(
            len(origin) >= len(begin) + len(end)
            and origin.startswith(begin)
            and origin.endswith(end)
            for begin, end in around
        )

    return allows


def _names(settings: CORS, *, is_old: bool) -> AllowsNames:
    if "*" in settings.headers or not (settings.headers or is_old):
        return lambda _: True
    if is_old:
        return _in_any_order(settings.headers or OLD_HEADERS)
    return in_order(settings.headers)


def in_order(allowed: Sequence[str]) -> AllowsNames:
    """
    Make a function that knows names of requested headers as browsers write them.

    They are in lower case, sorted, each of them once, with at most one blank on each side;
    a few empty ones are tolerated.  A list in another form was not made by a browser, and
    is refused without further thought.

    Source: Fetch standard, "CORS-preflight fetch"; conformance case ``cors``.
    """
    names = sorted({name.lower() for name in allowed})
    places = {name: place for place, name in enumerate(names)}

    def allows(values: Sequence[str]) -> bool:
        last, empty = -1, 0
        for item in ",".join(values).split(",") if values else ():
            name = _without_blanks(item)
            if not name:
                empty += 1
                if empty > MAX_EMPTY_NAMES:
                    return False
                continue
            place = places.get(name, -1)
            if place <= last:
                return False
            last = place
        return True

    return allows


def _in_any_order(allowed: Sequence[str]) -> AllowsNames:
    names = frozenset(canonical(name) for name in (*allowed, "Origin"))

    def allows(values: Sequence[str]) -> bool:
        asked = _BETWEEN_NAMES.split(",".join(values))
        return all(canonical(name) in names for name in asked if name)

    return allows


def _without_blanks(item: str) -> str:
    """Take away one blank on each side; a name that still has one is not known."""
    item = item[1:] if item[:1] in _BLANKS else item
    return item[:-1] if item[-1:] in _BLANKS else item


def _first(headers: Headers, name: str) -> str:
    values = headers.get(name)
    return values[0] if values else ""


def _aloud(decide: Decide, runtime: Runtime) -> Decide:
    """Log each decision."""

    def say(headers: Headers, method: str) -> Lines:
        lines = decide(headers, method)
        verdict = "allowed" if any(_ALLOW in name for name, _ in lines) else "not allowed"
        runtime.log.debug(f"[CORS] {method} from '{_first(headers, 'Origin')}': {verdict}")
        return lines

    return say


def _texts(json: Reader, key: str) -> tuple[str, ...]:
    """
    Read a list; what is no text in it is left out, as the original does.

    When nothing is left, everything would be allowed: that is a mistake.
    """
    items = json.items(key, default=())
    texts = tuple(item for item in items if isinstance(item, str))
    if len(texts) < len(items):
        json.problem(key, "expected a list of texts", fatal=not texts)
    return texts


def _status(json: Reader) -> int:
    status = json.integer("options_success_status", default=0)
    if status and not 200 <= status <= 599:
        json.problem("options_success_status", f"expected a status from 200, found {status}")
        return 204
    return status or 204


def _max_age(json: Reader) -> int | None:
    """Read whole seconds; less than one is no header, a negative time is 0."""
    text = json.text("max_age", default="")
    try:
        seconds = int(duration(text or "0"))
    except ValueError as error:
        json.problem("max_age", f"{error}: the header is left out", fatal=False)
        return None
    return max(0, seconds) if seconds else None


component = Component(namespace="security/cors", settings=CORS.read, edge=cors)
