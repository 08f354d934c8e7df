"""Nonsense anywhere in a file: a configuration, or an error that can be shown; never a crash."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from gatekeeper.config.check import dump
from gatekeeper.config.load import load
from gatekeeper.config.report import render
from gatekeeper.errors import ConfigError
from tests.config.files import ConfigTestCase

FILE: dict[str, Any] = {
    "version": 3, "name": "n", "port": 1, "listen_ip": "::1", "host": ["a.b"], "timeout": "1s",
    "tls": {"keys": [{"public_key": "a", "private_key": "b"}], "ca_certs": ["c"],
            "cipher_suites": [1], "min_version": "TLS12", "disabled": False},
    "client_tls": {"client_certs": [{"certificate": "a", "private_key": "b"}]},
    "extra_config": {"router": {"use_h2c": True}, "gatekeeper/allow-missing": ["auth/x"]},
    "async_agent": [{}], "plugin": {},
    "endpoints": [{
        "endpoint": "/{id}", "method": "GET", "input_headers": ["a"], "concurrent_calls": 2,
        "extra_config": {"proxy": {"flatmap_filter": [{"type": "move", "args": ["a", "b"]}]}},
        "backend": [{"url_pattern": "/{id}", "host": ["c.d"], "allow": ["x"], "mapping": {"a": "b"},
                     "is_collection": False, "extra_config": {"auth/x": {}}, "sd": "dns"}],
    }],
}  # fmt: skip

NONSENSE: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, 1e300, "", "x", "\x00\ud7ff{}*%", "9" * 5000, "*", [], {},
    [None], [[]], [{}], {"": None}, {"a": {"b": []}}, ["{a}{b}"],
]  # fmt: skip


def variants(value: Any) -> Iterator[Any]:
    """Put each piece of nonsense in each place, once."""
    yield from NONSENSE
    members = value.items() if isinstance(value, dict) else ()
    for key, member in enumerate(value) if isinstance(value, list) else members:
        for variant in variants(member):
            changed = copy.copy(value)
            changed[key] = variant
            yield changed


class HostileTests(ConfigTestCase):
    """A file is read by people's machines, not only by ours."""

    def test_nonsense_everywhere(self) -> None:
        """Whatever stands wherever, the gateway starts or says why not."""
        path = self.write(FILE)
        started = refused = 0
        for number, variant in enumerate(variants(FILE)):
            for version in (2, 3) if isinstance(variant, dict) and number % 3 == 0 else (None,):
                content = {**variant, "version": version} if version else variant
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(content, file)
                try:
                    shown = dump(load(path, {}), 3)
                    started += 1
                except ConfigError as error:
                    shown = render(error.problems)
                    refused += 1
                self.assertTrue(shown)
        self.assertGreater(started, 100)
        self.assertGreater(refused, 100)
