"""
Refuse clients whose ``User-Agent`` says that they are bots.

Namespace ``security/bot-detector``, allowed at service level, where it stands around all
routes, 404 and 405 included, and on an endpoint, where it is outermost.  The first line of
``User-Agent`` decides: an allowed text passes, a denied one does not, then patterns are
searched in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

from attrs import evolve, frozen

from gatekeeper.component import Component, Guard, Placement, Runtime
from gatekeeper.config.pointer import below
from gatekeeper.config.reader import Reader
from gatekeeper.gate import Gate, V
from gatekeeper.message import Headers, Reply
from gatekeeper.regex import Finds, finder
from gatekeeper.wire.exchange import Exchange

__all__ = ["BotDetector", "component", "detector", "gate", "guard"]

FORBIDDEN = 403

REMEMBERED = 256
"""Verdicts, where the configuration names no number: searching costs more than all the rest."""

LONGEST = 512
"""Longer texts are judged each time: clients choose what they send."""

_LABEL = "[SERVICE: Gin][Botdetector]"

IsBot: TypeAlias = Callable[[str], bool]
"""Judges a ``User-Agent``; "" stands for none."""


@frozen
class BotDetector:
    """
    Who is a bot.

    Attributes:
        allow, deny: Whole texts, in their letter case; `allow` wins.
        patterns: Found anywhere in the text.
        cache_size: How many verdicts are remembered, the least used go first; 0 is our choice.
    """

    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    patterns: Sequence[Finds] = ()
    cache_size: int = 0
    empty_user_agent_is_bot: bool = False

    @classmethod
    def read(cls, json: Reader) -> BotDetector:
        """Read the settings; keys may be in any letter case."""
        json = json.in_any_case()
        json.known("allow", "deny", "patterns", "cache_size", "empty_user_agent_is_bot")
        return cls(
            allow=frozenset(map(_on_the_wire, json.texts("allow", default=()))),
            deny=frozenset(map(_on_the_wire, json.texts("deny", default=()))),
            patterns=_patterns(json),
            cache_size=json.integer("cache_size", default=0, minimum=0),
            empty_user_agent_is_bot=json.boolean("empty_user_agent_is_bot", default=False),
        )


def guard(settings: BotDetector, placement: Placement, runtime: Runtime) -> Guard:
    """
    Refuse bots on all routes.

    Source: KrakenD documentation, "Bot detector"; kept for compatibility with the conformance
    case ``bots-of-the-service``.
    """
    is_bot = detector(_of_version(settings, placement))
    refusal, log = Reply(FORBIDDEN), runtime.log
    log.debug(f"{_LABEL} The bot detector has been registered successfully")

    def look(exchange: Exchange) -> Exchange | Reply:
        if is_bot(_agent(exchange.headers)):
            log.error(f"{_LABEL} bot rejected")
            return refusal
        return exchange

    return look


def gate(settings: BotDetector, placement: Placement, runtime: Runtime) -> Gate:
    """
    Refuse bots on one endpoint.

    Source: as `guard`; conformance case ``bots-of-an-endpoint``.
    """
    is_bot = detector(_of_version(settings, placement))
    refusal, log = Reply(FORBIDDEN), runtime.log
    path = placement.endpoint.path if placement.endpoint else ""
    log.debug(f"[ENDPOINT: {path}][Botdetector] The bot detector has been registered successfully")

    def look(visitor: V) -> V | Reply:
        if is_bot(_agent(visitor.headers)):
            log.error(f"{_LABEL} bot rejected")
            return refusal
        return visitor

    return look


def detector(settings: BotDetector) -> IsBot:
    """Make the function that judges."""
    allow, deny, patterns = settings.allow, settings.deny, settings.patterns
    empty = settings.empty_user_agent_is_bot

    def is_bot(agent: str) -> bool:
        if not agent:
            return empty
        if agent in allow:
            return False
        if agent in deny:
            return True
        raw = agent.encode("latin-1")
        return any(finds(raw) for finds in patterns)

    if not patterns and not settings.cache_size:
        return is_bot
    remembered = lru_cache(settings.cache_size or REMEMBERED)(is_bot)
    return lambda agent: remembered(agent) if len(agent) <= LONGEST else is_bot(agent)


def _agent(headers: Headers) -> str:
    values = headers.get("User-Agent")
    return values[0] if values else ""


def _of_version(settings: BotDetector, placement: Placement) -> BotDetector:
    """KrakenD 1.3 takes nobody without ``User-Agent`` for a bot."""
    if placement.service.version != 2:
        return settings
    return evolve(settings, empty_user_agent_is_bot=False)


def _patterns(json: Reader) -> Sequence[Finds]:
    patterns = []
    for number, pattern in enumerate(json.texts("patterns", default=())):
        try:
            patterns.append(finder(pattern))
        except ValueError as error:
            place = below(json.place("patterns"), number)
            json.problems.add(place, f"expected a regular expression (RE2): {error}")
    return tuple(patterns)


def _on_the_wire(text: str) -> str:
    """Spell a text of the configuration as header values are: one character for each byte."""
    return text.encode("utf-8", "replace").decode("latin-1")


component = Component(
    namespace="security/bot-detector",
    settings=BotDetector.read,
    router=guard,
    gate=gate,
)
