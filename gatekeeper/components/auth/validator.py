"""
Let only requests with a good token through.

Namespace ``auth/validator``, allowed on an endpoint; at service level it sizes the key cache
that endpoints share.  The order of the checks is the contract's: the token itself,
``auth/revoker``, token rules of ``validation/cel``, roles, scopes.  Then claims are carried
into headers and into the URLs of backends.

What the gateway does about mistakes is the contract's, too: settings that cannot be read, or
an insecure key source, make an endpoint that refuses everybody; an unknown algorithm, a file
that is missing and the like refuse to start.  Nothing leaves an endpoint open.

Source: KrakenD documentation, "JWT validation"; conformance cases under ``auth``.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from importlib import import_module
from typing import Any, Protocol, TypeAlias

from gatekeeper.component import Component, Placement, Runtime
from gatekeeper.components.auth.validator_settings import (
    Validator,
    read_shared_cache,
    shared_cache_s,
)
from gatekeeper.config.model import Endpoint, Settings
from gatekeeper.errors import ConfigError, Problems, Refused
from gatekeeper.gate import Gate, V
from gatekeeper.jose import access
from gatekeeper.jose.algorithms import ALGORITHMS
from gatekeeper.jose.claim_text import claim_text, required_claims, url_value
from gatekeeper.jose.claims import Expected
from gatekeeper.jose.edges import Edges
from gatekeeper.jose.extract import extractor, extractor_of_version_2
from gatekeeper.jose.identify import STRATEGIES
from gatekeeper.jose.key_sets import KeySets
from gatekeeper.jose.propagate import Propagate, propagation, propagation_of_version_2
from gatekeeper.jose.rings import FileKeys, KeyRing, RemoteKeys
from gatekeeper.jose.settings import UnusableSource
from gatekeeper.jose.token import InvalidToken
from gatekeeper.jose.verifier import Verifier
from gatekeeper.message import JSON

__all__ = ["component", "validator"]

NAMESPACE = "auth/validator"

_REVOKER = "auth/validator: revoker"

_Claims: TypeAlias = Mapping[str, JSON]
_Say: TypeAlias = Callable[..., None]


def validator(written: Settings, placement: Placement, runtime: Runtime) -> Gate:
    """
    Let a request through when its token is good and allows it.

    A request waits only when the key of its token must be downloaded.

    Raises (from the gate it makes):
        Refused: 401 for the token, 403 for its roles or scopes.
    """
    endpoint = _endpoint(placement)
    label = f"[ENDPOINT: {endpoint.path}][JWTValidator]"
    found = Problems()
    settings, reason = Validator.read(written, placement.service.version, found)
    placement.problems.found.extend(found.found)
    if settings is None:
        runtime.log.warning(label, "Unable to parse the configuration:", reason)
        message = f"every request to this endpoint will get 401: {reason}"
        placement.problems.add(written.pointer, message, fatal=False)
        return refuse_everybody
    try:
        found.check()
        verifier = _verifier(settings, placement, runtime)
    except ConfigError as error:  # was reported
        runtime.log.critical(label, f"Unable to create the validator: {error}")
        return refuse_everybody
    except UnusableSource as error:
        runtime.log.critical(label, f"Unable to create the validator: {error}")
        placement.problems.add(settings.place(error.key), str(error))
        return refuse_everybody
    _announce(settings, label, runtime)
    say = runtime.log.error if settings.debug else _silently
    extract = (
        extractor_of_version_2(settings.cookie)
        if placement.service.version == 2
        else extractor(settings.header, settings.cookie)
    )
    authorise = _authorise(settings, placement, runtime, label, say)
    carry = _carry(settings, endpoint, placement.service.version)

    def refused(reason: object) -> Refused:
        say(label, f"Unable to validate the token: {reason}")
        return Refused(401)

    def gate(visitor: V) -> V | Coroutine[Any, Any, V]:
        text = extract(visitor.headers)
        if text is None:
            raise refused("Token not found")
        try:
            claims = verifier.at_once(text)
        except InvalidToken as error:
            raise refused(error) from None
        return later(text, visitor) if claims is None else admit(claims.members, visitor)

    async def later(text: str, visitor: V) -> V:
        try:
            claims = await verifier.claims(text)
        except InvalidToken as error:
            raise refused(error) from None
        return admit(claims.members, visitor)

    def admit(claims: _Claims, visitor: V) -> V:
        authorise(claims)
        return visitor if carry is None else carry(claims, visitor)

    return gate


def refuse_everybody(_: V) -> V:
    """Answer 401 to every request: the endpoint's lock could not be made."""
    raise Refused(401)


def _endpoint(placement: Placement) -> Endpoint:
    assert placement.endpoint is not None  # a handler stands at an endpoint
    return placement.endpoint


def _verifier(settings: Validator, placement: Placement, runtime: Runtime) -> Verifier:
    return Verifier(
        algorithm=ALGORITHMS[settings.algorithm],
        strategy=STRATEGIES[settings.strategy],
        keys=_keys(settings, placement, runtime),
        expected=Expected(settings.issuer, settings.audience),
        leeway_s=settings.leeway_s,
        remembered=KeySets.of(runtime.shared).verified,
        epoch=runtime.epoch,
    )


def _keys(settings: Validator, placement: Placement, runtime: Runtime) -> KeyRing:
    """
    Make the endpoint's ring of keys; those of a URL come later.

    Raises:
        UnusableSource: The file, or the way to the URL, cannot be used.
    """
    strategy, source = STRATEGIES[settings.strategy], settings.source
    if source.path:
        source.trust()
        keys = source.read_keys()
        for key in keys:
            if key.weakness:
                message = f'{source.path}: the key "{key.kid}" is weak: {key.weakness}'
                place = settings.place("jwk_local_path")
                placement.problems.add(place, message, fatal=False)
        return FileKeys(keys, strategy)
    edges = Edges(
        runtime.clock,
        runtime.deadlines,
        runtime.http,
        runtime.log,
        runtime.board,
        runtime.node,
    )
    types = ("application/json", "application/jwk-set+json")[: 1 if settings.is_version_2 else 2]
    download = source.download(NAMESPACE, KeySets.of(runtime.shared), edges, types)
    ring = RemoteKeys(
        download,
        strategy,
        edges,
        placement.pointer,
        keep_s=settings.cache_s,
        cooldown_s=settings.cooldown_s,
        shared_s=shared_cache_s(placement.service),
    )
    if settings.cache_s:
        KeySets.of(runtime.shared).prefetch(download, ring, edges)
    return ring


def _authorise(
    settings: Validator, placement: Placement, runtime: Runtime, label: str, say: _Say
) -> Callable[[_Claims], None]:
    """Make the checks of claims that are true, in the contract's order."""
    rejects = _revoker(placement, runtime)
    rules = _token_rules(placement, runtime)
    has_role = access.roles(settings.roles, settings.roles_key, settings.roles_key_is_nested)
    has_scope = access.scopes(settings.scopes, settings.scopes_key, settings.needs_all_scopes)

    def authorise(claims: _Claims) -> None:
        if rejects is not None and rejects(claims):
            say(label, "Token sent by client rejected")
            raise Refused(401)
        if rules is not None:
            try:
                rules(claims)
            except Refused:
                say(label, "Token sent by client rejected")
                raise
        if not has_role(claims):
            say(label, "Token sent by client does not have sufficient roles")
            raise Refused(403)
        if not has_scope(claims):
            say(label, "Token sent by client does not have the required scopes")
            raise Refused(403)

    return authorise


def _revoker(placement: Placement, runtime: Runtime) -> Callable[[_Claims], bool] | None:
    """Ask for the service's revoker, once; who has none does not import it."""
    if "auth/revoker" not in placement.service.extra_config:
        return None
    if _REVOKER not in runtime.shared:
        from gatekeeper.revocation.rejecter import rejecter

        made = rejecter(placement.service, runtime, placement.problems)
        runtime.shared[_REVOKER] = made
    rejects: Callable[[_Claims], bool] | None = runtime.shared[_REVOKER]
    return rejects


def _token_rules(placement: Placement, runtime: Runtime) -> Callable[[_Claims], None] | None:
    """Ask for the endpoint's rules on tokens; who has none does not import their language."""
    endpoint = _endpoint(placement)
    if "validation/cel" not in endpoint.extra_config:
        return None
    made: Any = import_module("gatekeeper.cel.tokens")
    rules: Callable[[_Claims], None] | None = made.token_rules(
        endpoint, placement.problems, log=runtime.log, now=runtime.epoch
    )
    return rules


class _Carry(Protocol):
    """Puts claims into the headers and parameters of a request."""

    def __call__(self, claims: _Claims, visitor: V, /) -> V: ...


def _carry(settings: Validator, endpoint: Endpoint, version: int) -> _Carry | None:
    """Make what puts claims into headers and parameters; None when nothing asks for them."""
    propagate: Propagate | None = (
        propagation_of_version_2(settings.propagate)
        if version == 2
        else propagation(settings.propagate, settings.keeps_lists)
    )
    wanted = required_claims([backend.url_pattern for backend in endpoint.backends])
    if propagate is None and not wanted:
        return None

    def carry(claims: _Claims, visitor: V) -> V:
        headers = visitor.headers if propagate is None else propagate(claims, visitor.headers)
        # a parameter of the path must not stand in for a claim that is missing
        params = {k: text for k, text in visitor.params.items() if not k.startswith("JWT.")}
        for name in wanted:
            value = claims.get(name)
            if isinstance(value, str) or (name in claims and version != 2):
                params[f"JWT.{name}"] = url_value(claim_text(value))
        return visitor.carrying(headers, params)

    return carry


def _announce(settings: Validator, label: str, runtime: Runtime) -> None:
    """Write the original's lines about what is checked."""
    debug = runtime.log.debug
    kind = "nested key" if settings.roles_key_is_nested else "key"
    debug(label, f"Roles will be matched against the {kind}: '{settings.roles_key}'")
    if settings.scopes:
        words = "all" if settings.needs_all_scopes else "any of"
        debug(
            label,
            f"Constraint added: tokens must contain a claim '{settings.scopes_key}' "
            f"with {words} these scopes: [{' '.join(settings.scopes)}]",
        )
    else:
        debug(label, "No scope validation required")
    more = ". Operation debug is enabled" if settings.debug else ""
    debug(label, f"Validator enabled for this endpoint{more}")


def _silently(*_: object) -> None:
    """Say nothing."""


def shared_cache(written: Settings, placement: Placement, runtime: Runtime) -> None:
    """Check the settings at service level; each endpoint's keys look them up there."""
    if not read_shared_cache(written, placement.problems):
        runtime.log.info("[SERVICE: JOSE] Empty shared_cache_duration, using default (15m)")


component = Component(
    namespace=NAMESPACE,
    settings=lambda written: written,
    raw=True,
    gate=validator,
    service=shared_cache,
)
