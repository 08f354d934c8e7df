"""
Sign parts of an answer, so that a login service need not hold the key.

Namespace ``auth/signer``, allowed on an endpoint.  The named members of the answer, when they are
objects, are replaced by tokens with these claims.  The answer is always JSON and has none
of the endpoint's own headers; when anything fails it is an empty 400.

The key is fetched once, when the gateway starts.  What is wrong with the settings or the key
makes an endpoint that answers 401 to everybody; only a key server that is down is asked again.
Unlike in the original, limits and scripts of the endpoint stay in force (see
``pipeline.HANDLERS``).

Source: KrakenD documentation, "JWT signing"; conformance case ``signer``.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from attrs import frozen
from twisted.python.failure import Failure

from gatekeeper.component import Component, Placement, Runtime
from gatekeeper.config.model import Settings
from gatekeeper.config.reader import Reader
from gatekeeper.encoding.json import dumps
from gatekeeper.errors import Problems, Refused
from gatekeeper.jose import settings as sources
from gatekeeper.jose.download import KeysUnavailable, rations
from gatekeeper.jose.edges import Edges
from gatekeeper.jose.key_sets import KeySets
from gatekeeper.jose.keys import Key
from gatekeeper.jose.record import Record
from gatekeeper.jose.settings import INSECURE, KeySource, UnusableSource
from gatekeeper.jose.signing import SigningKey, UnsuitableKey, signing_key
from gatekeeper.message import (
    JSON,
    ClientRequest,
    Decoded,
    Headers,
    Lines,
    Reply,
    Response,
    Streamed,
)
from gatekeeper.proxy import Handler, Wrapper

__all__ = ["Signer", "component", "signer"]

NAMESPACE = "auth/signer"

_TYPES = ("application/json", "application/jwk-set+json")
_KEYS = (*sources.KEYS, "alg", "kid", "keys_to_sign", "full", "typ")


@frozen
class Signer:
    """
    What is signed, and how.

    Attributes:
        kid: Of the key in the set.
        names: Members of the answer, at its top.
        is_full: Tokens are written as JSON instead of compactly.
        typ: What the header of a token says.
    """

    algorithm: str
    kid: str
    source: KeySource
    names: Sequence[str] = ()
    is_full: bool = False
    typ: str = "JWT"

    @classmethod
    def read(cls, written: Settings, problems: Problems) -> tuple[Signer | None, str]:
        """Read the settings; or give None, and why the endpoint must refuse everybody."""
        found = Problems()
        value = {} if written.value is None else written.value
        json = Reader(value, written.pointer, found, any_case=True)
        settings = cls(
            algorithm=json.text("alg", default=""),
            kid=json.text("kid", default=""),
            source=KeySource.read(json),
            names=json.texts("keys_to_sign", default=()),
            is_full=json.boolean("full", default=False),
            typ=json.text("typ", default="") or "JWT",
        )
        json.known(*_KEYS)
        problems.found.extend(found.warnings)
        if found.fatal:
            return None, str(found.fatal[0])
        if settings.source.is_refused:
            return None, INSECURE
        return settings, ""

    def of(self, keys: Sequence[Key]) -> SigningKey:
        """
        Choose the key of a set.

        Raises:
            UnsuitableKey: None can sign as configured.
        """
        return signing_key(keys, self.kid, self.algorithm, self.typ)


def signer(written: Settings, placement: Placement, runtime: Runtime) -> Wrapper:
    """
    Sign members of the answer.

    Raises (from the handler it makes):
        Refused: 401: there is no key to sign with.
    """
    assert placement.endpoint is not None  # a handler stands at an endpoint
    label = f"[ENDPOINT: {placement.endpoint.path}][JWTSigner]"
    settings, reason = Signer.read(written, placement.problems)
    try:
        if settings is None:
            raise UnsuitableKey(reason)
        wanted = _key(settings, label, runtime)
    except (UnsuitableKey, UnusableSource) as error:
        _tell(error, label, runtime)
        message = f"every request to this endpoint will get 401: {error}"
        placement.problems.add(written.pointer, message, fatal=False)
        return _refuse_everybody
    runtime.log.debug(label, "Signer enabled")
    sign = _signed(settings, label, runtime)

    def wrapper(inner: Handler) -> Handler:
        async def handler(client: ClientRequest) -> Reply:
            key = await wanted()
            reply = await inner(client)
            # what a component has answered is its own
            return reply if reply.source is None else sign(reply, reply.source, key)

        return handler

    return wrapper


def _refuse_everybody(_: Handler) -> Handler:
    async def handler(_: ClientRequest) -> Reply:
        raise Refused(401)

    return handler


def _tell(error: Exception, label: str, runtime: Runtime) -> None:
    runtime.log.error(label, f"Unable to create the signer: {error}")


_Wanted: TypeAlias = Callable[[], Coroutine[Any, Any, SigningKey]]


def _key(settings: Signer, label: str, runtime: Runtime) -> _Wanted:
    """
    Make what gives the key, or raises `Refused`.

    Raises:
        UnsuitableKey, UnusableSource: There is none that could sign.
    """
    if not settings.source.path:
        return _RemoteKey(settings, label, runtime).wanted
    settings.source.trust()
    key = settings.of(settings.source.read_keys())

    async def wanted() -> SigningKey:
        return key

    return wanted


class _RemoteKey:
    """
    A key from a URL.

    It is asked for when the gateway starts, once for all workers of the node.  A set without
    the key is final, as in the original; a set that could not be downloaded is asked for
    again by the next request.
    """

    def __init__(self, settings: Signer, label: str, runtime: Runtime) -> None:
        edges = Edges(
            runtime.clock,
            runtime.deadlines,
            runtime.http,
            runtime.log,
            runtime.board,
            runtime.node,
        )
        key_sets = KeySets.of(runtime.shared)
        self._source = settings.source.download(NAMESPACE, key_sets, edges, _TYPES)
        _, self._ration = rations(0)
        self._settings = settings
        self._label = label
        self._runtime = runtime
        self._key: SigningKey | None = None
        self._is_hopeless = False
        runtime.clock.callLater(0, self._ask_first)

    async def wanted(self) -> SigningKey:
        """Give the key, or wait for it."""
        if self._is_wanting:
            self._take_known()
        if self._is_wanting and self._source.is_left(self._ration):
            waiting = self._source.wait()
            self._ask()
            with suppress(KeysUnavailable):
                self._take(await waiting)
        if self._key is None:
            raise Refused(401)
        return self._key

    @property
    def _is_wanting(self) -> bool:
        return self._key is None and not self._is_hopeless

    def _ask_first(self) -> None:
        """Ask when the gateway starts, unless another worker has done so."""
        self._take_known()
        if not self._source.node.record.downloads:
            self._ask()

    def _ask(self) -> None:
        if not self._source.is_running:
            self._source.wait().addCallbacks(self._take, self._tell_failure)
            self._source.start(self._loaded)

    def _loaded(self, record: Record, keys: Sequence[Key] | None) -> Record:
        now = self._runtime.clock.seconds()
        return record.spent(self._ration, now) if keys is None else record

    def _take_known(self) -> None:
        """Choose the key among those that the node has, if it has any."""
        self._source.node.refresh()
        keys = self._source.node.current_keys()
        if keys:
            self._take(keys)

    def _take(self, keys: Sequence[Key]) -> None:
        """Choose the key, once."""
        if not self._is_wanting:
            return
        try:
            self._key = self._settings.of(keys)
        except UnsuitableKey as error:
            self._is_hopeless = True
            _tell(error, self._label, self._runtime)

    def _tell_failure(self, _: Failure) -> None:
        _tell(KeysUnavailable("the key set cannot be had"), self._label, self._runtime)


def _signed(
    settings: Signer, label: str, runtime: Runtime
) -> Callable[[Reply, Response | Exception, SigningKey], Reply]:
    """Make what turns the pipe's response, or its error, into another reply."""

    def sign(reply: Reply, source: Response | Exception, key: SigningKey) -> Reply:
        if isinstance(source, Streamed):
            if not isinstance(reply.body, bytes):
                reply.body.close()
            return _reply(source.status, source.headers, {})
        error = source.error if isinstance(source, Decoded) else source
        if error is not None or not isinstance(source, Decoded):
            runtime.log.error(label, f"Proxy response: {error}")
            return Reply(400)
        data = source.data
        if data is not None:
            signed = {
                name: key.token(data[name], settings.is_full)
                for name in settings.names
                if isinstance(data.get(name), dict)
            }
            data = data | signed
        return _reply(source.status, _first(source.headers), data)

    return sign


def _reply(status: int, headers: Lines, data: dict[str, JSON] | None) -> Reply:
    lines = tuple(headers)
    if not any(name.lower() == "content-type" for name, _ in lines):
        lines = (*lines, ("Content-Type", "application/json; charset=utf-8"))
    return Reply(status, lines, dumps(data))


def _first(headers: Headers) -> Lines:
    """Give the first value of every header."""
    return tuple((name, values[0]) for name, values in headers.items() if values)


component = Component(
    namespace=NAMESPACE, settings=lambda written: written, raw=True, handler=signer
)
