"""
Read the settings of ``auth/validator``.

Source: KrakenD documentation, "JWT validation".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from attrs import evolve, frozen

from gatekeeper.config.model import ServiceConfig, Settings
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.jose import settings as sources
from gatekeeper.jose.algorithms import ALGORITHMS
from gatekeeper.jose.extract import DEFAULT_COOKIE, DEFAULT_HEADER
from gatekeeper.jose.identify import STRATEGIES
from gatekeeper.jose.propagate import Propagation
from gatekeeper.jose.settings import INSECURE, KeySource
from gatekeeper.units import duration

__all__ = ["Validator", "read_shared_cache", "shared_cache_s"]

_DEFAULT_CACHE_S = 900
_LEAST_S = 1.0
_UINT32 = 2**32 - 1

_KEYS = (
    *sources.KEYS,
    "alg",
    "audience",
    "auth_header_name",
    "cache",
    "cache_duration",
    "cookie_key",
    "failed_jwk_key_cooldown",
    "issuer",
    "key_identify_strategy",
    "leeway",
    "operation_debug",
    "propagate_claims",
    "propagate_claims_preserve_array",
    "roles",
    "roles_key",
    "roles_key_is_nested",
    "scopes",
    "scopes_key",
    "scopes_matcher",
)


@frozen
class Validator:
    """
    What one endpoint asks of a token.

    Attributes:
        json: Where the settings stand.
        algorithm: One of `ALGORITHMS`.
        header, cookie: Where tokens are.
        cache_s: How long keys are kept; 0 is not at all.
        cooldown_s: See `RemoteKeys`.
        strategy: One of `STRATEGIES`.
        debug: Whether refusals are logged.
        leeway_s: By how much clocks may differ.
    """

    json: Reader
    algorithm: str
    source: KeySource
    header: str = DEFAULT_HEADER
    cookie: str = DEFAULT_COOKIE
    issuer: str = ""
    audience: Sequence[str] = ()
    roles: Sequence[str] = ()
    roles_key: str = "roles"
    roles_key_is_nested: bool = False
    scopes: Sequence[str] = ()
    scopes_key: str = ""
    needs_all_scopes: bool = False
    propagate: Sequence[Propagation] = ()
    keeps_lists: bool = False
    cache_s: float = 0.0
    cooldown_s: float = 0.0
    strategy: str = "kid"
    debug: bool = False
    leeway_s: float = _LEAST_S
    is_version_2: bool = False

    @classmethod
    def read(
        cls, written: Settings, version: int, problems: Problems
    ) -> tuple[Validator | None, str]:
        """
        Read the settings.

        Args:
            version: Of the configuration.
            problems: Gets what prevents a start, and warnings.  Check it before the
                settings are used.

        Returns:
            The settings; or None, and why the endpoint must refuse everybody.
        """
        found = Problems()
        value = {} if written.value is None else written.value
        json = Reader(value, written.pointer, found, any_case=True)
        settings = _read(cls, json)
        json.known(*_KEYS)
        problems.found.extend(found.warnings)
        if found.fatal:
            return None, str(found.fatal[0])
        if settings.source.is_refused:
            return None, INSECURE
        _check(settings, Reader(value, written.pointer, problems, any_case=True))
        return (_of_version_2(settings) if version == 2 else settings), ""

    def place(self, key: str) -> str:
        """Point at a setting."""
        return self.json.place(key)


def _read(cls: type[Validator], json: Reader) -> Validator:
    """Read everything; what is not well formed is reported to the reader."""
    cache_s = json.integer("cache_duration", default=0, minimum=0, maximum=_UINT32)
    roles_key = json.text("roles_key", default="") or "roles"
    is_nested = json.boolean("roles_key_is_nested", default=False)
    strategy = json.text("key_identify_strategy", default="kid")
    return cls(
        json=json,
        algorithm=json.text("alg", default=""),
        source=KeySource.read(json),
        header=json.text("auth_header_name", default="") or DEFAULT_HEADER,
        cookie=json.text("cookie_key", default="") or DEFAULT_COOKIE,
        issuer=json.text("issuer", default=""),
        audience=json.texts("audience", default=()),
        roles=json.texts("roles", default=()),
        roles_key=roles_key,
        roles_key_is_nested=is_nested and "." in roles_key and not roles_key.startswith("http"),
        scopes=json.texts("scopes", default=()),
        scopes_key=json.text("scopes_key", default=""),
        needs_all_scopes=json.text("scopes_matcher", default="") == "all",
        propagate=_propagations(json),
        keeps_lists=json.boolean("propagate_claims_preserve_array", default=False),
        cache_s=(cache_s or _DEFAULT_CACHE_S) if json.boolean("cache", default=False) else 0,
        cooldown_s=_seconds(json.text("failed_jwk_key_cooldown", default=""), 0.0),
        strategy=strategy if strategy in STRATEGIES else "kid",
        debug=json.boolean("operation_debug", default=False),
        leeway_s=_seconds(json.text("leeway", default=""), _LEAST_S),
    )


def _seconds(text: str, otherwise: float) -> float:
    """Read a duration of a second or more; anything else is the default, as in the original."""
    try:
        seconds = duration(text)
    except ValueError:
        return otherwise
    return seconds if seconds >= _LEAST_S else otherwise


def _propagations(json: Reader) -> Sequence[Propagation]:
    read = []
    for number, entry in enumerate(json.items("propagate_claims", default=[])):
        if not isinstance(entry, list) or any(not isinstance(text, str) for text in entry):
            json.problem("propagate_claims", "expected a list of pairs: a claim and a header")
        elif len(entry) != 2:
            message = f"entry #{number} is left out: expected a claim and a header"
            json.problem("propagate_claims", message, fatal=False)
        else:
            read.append(Propagation(*entry))
    return tuple(read)


def _check(settings: Validator, json: Reader) -> None:
    """Report what would leave a configured check undone: it prevents a start."""
    _one_of(json, "alg", ALGORITHMS, is_required=True)
    _one_of(json, "scopes_matcher", ("all", "any"), is_required=False)
    if settings.cache_s and settings.source.path:
        json.problem("cache", "cache could not be used with jwk_local_path")
    if settings.scopes and not settings.scopes_key:
        message = 'scopes are configured, but not the claim to find them in: set "scopes_key"'
        json.problem("scopes", message, '"scopes_key": "scope"')


def _one_of(json: Reader, key: str, options: Collection[str], *, is_required: bool) -> None:
    if is_required:
        json.choice(key, options)
    elif json.text(key, default=""):
        json.choice(key, options, default="")


def _of_version_2(settings: Validator) -> Validator:
    """Take back what KrakenD 1.x did not know, where it would change who gets in."""
    return evolve(
        settings,
        header=DEFAULT_HEADER,
        leeway_s=_LEAST_S,
        cache_s=_DEFAULT_CACHE_S if settings.cache_s else 0,
        strategy="kid" if settings.strategy == "x5t#S256" else settings.strategy,
        is_version_2=True,
    )


def read_shared_cache(written: Settings, problems: Problems) -> int:
    """Read ``shared_cache_duration``, in seconds; 0 when it is not set."""
    value = {} if written.value is None else written.value
    json = Reader(value, written.pointer, problems, any_case=True)
    json.known("shared_cache_duration")
    return json.integer("shared_cache_duration", default=0, minimum=0, maximum=_UINT32)


def shared_cache_s(service: ServiceConfig) -> float | None:
    """Say how long endpoints use the keys that others have downloaded; None is not at all."""
    written = service.extra_config.get("auth/validator")
    if written is None or service.version == 2:
        return None
    return read_shared_cache(written, Problems()) or _DEFAULT_CACHE_S
