"""
Translate the names of `extra_config` namespaces to those of KrakenD 2.

In a version 3 file both spellings of a namespace are equal, and where both stand at the
same place the new one wins as a whole.

Source: KrakenD documentation, "Migrating from v1.x to v2.x"; conformance case
``config-namespaces``.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.config.model import Settings
from gatekeeper.config.pointer import below
from gatekeeper.message import JSON

__all__ = ["ALIASES", "V2_ALIASES", "V2_REMOVED", "normalise"]

_SERVICE = "github_com/devopsfaith/"
_OTHER = "github.com/devopsfaith/"

ALIASES = {
    "github_com/devopsfaith/krakend/transport/http/server/handler": "plugin/http-server",
    _OTHER + "krakend/transport/http/client/executor": "plugin/http-client",
    _OTHER + "krakend/proxy/plugin": "plugin/req-resp-modifier",
    _OTHER + "krakend/proxy": "proxy",
    "github_com/luraproject/lura/router/gin": "router",
    _OTHER + "krakend/http": "backend/http",
    _OTHER + "krakend/transport/http/client/graphql": "backend/graphql",
    _OTHER + "krakend-httpcache": "qos/http-cache",
    _OTHER + "krakend-circuitbreaker/gobreaker": "qos/circuit-breaker",
    _OTHER + "krakend-oauth2-clientcredentials": "auth/client-credentials",
    _OTHER + "krakend-jose/validator": "auth/validator",
    _OTHER + "krakend-jose/signer": "auth/signer",
    _SERVICE + "bloomfilter": "auth/revoker",
    _SERVICE + "krakend-botdetector": "security/bot-detector",
    _SERVICE + "krakend-httpsecure": "security/http",
    _SERVICE + "krakend-cors": "security/cors",
    _OTHER + "krakend-cel": "validation/cel",
    _OTHER + "krakend-jsonschema": "validation/json-schema",
    _OTHER + "krakend-amqp/agent": "async/amqp",
    _OTHER + "krakend-amqp/consume": "backend/amqp/consumer",
    _OTHER + "krakend-amqp/produce": "backend/amqp/producer",
    _OTHER + "krakend-lambda": "backend/lambda",
    _OTHER + "krakend-pubsub/publisher": "backend/pubsub/publisher",
    _OTHER + "krakend-pubsub/subscriber": "backend/pubsub/subscriber",
    _SERVICE + "krakend-gelf": "telemetry/gelf",
    _SERVICE + "krakend-gologging": "telemetry/logging",
    _SERVICE + "krakend-logstash": "telemetry/logstash",
    _SERVICE + "krakend-metrics": "telemetry/metrics",
    "github_com/letgoapp/krakend-influx": "telemetry/influx",
    _SERVICE + "krakend-opencensus": "telemetry/opencensus",
    _OTHER + "krakend-lua/router": "modifier/lua-endpoint",
    _OTHER + "krakend-lua/proxy": "modifier/lua-proxy",
    _OTHER + "krakend-lua/proxy/backend": "modifier/lua-backend",
    _OTHER + "krakend-martian": "modifier/martian",
}

V2_ALIASES = ALIASES | {
    _OTHER + "krakend-ratelimit/juju/router": "qos/ratelimit/router",
    _OTHER + "krakend-ratelimit/juju/proxy": "qos/ratelimit/proxy",
    _SERVICE + "krakend-influx": "telemetry/influx",
}
"""What version 2 files may use besides; KrakenD 2 does not know these spellings."""

V2_REMOVED = frozenset((_OTHER + "krakend-etcd", _OTHER + "krakend-consul"))


def normalise(
    extra_config: Mapping[str, JSON], pointer: str, aliases: Mapping[str, str] = ALIASES
) -> dict[str, Settings]:
    """
    Give the settings by their new names.

    Args:
        extra_config: As it stands in the file.
        pointer: Where it stands.
        aliases: Old names to new ones.
    """
    settings: dict[str, Settings] = {}
    for spelled, value in extra_config.items():
        name = aliases.get(spelled, spelled)
        if name == spelled or name not in extra_config:
            settings[name] = Settings(value, below(pointer, spelled))
    return settings
