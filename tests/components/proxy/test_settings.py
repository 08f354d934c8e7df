"""Tests for reading the namespace `proxy`."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.components.proxy.settings import (
    ProxySettings,
    StaticData,
    is_shadow,
    shadow_timeout,
)
from gatekeeper.config.model import Backend, Settings
from gatekeeper.errors import ConfigError

POINTER = "/endpoints/0/extra_config/proxy"


def read(value: Any) -> ProxySettings:
    return ProxySettings.read(Settings(value, POINTER))


def backend(value: Any) -> Backend:
    return Backend(extra_config={"proxy": Settings(value, POINTER)})


class ReadTests(SynchronousTestCase):
    """What is written, and what counts as absent."""

    def test_absent(self) -> None:
        """No settings, and settings of a wrong type, are no settings."""
        nothing = ProxySettings()
        self.assertEqual(ProxySettings.read(None), nothing)
        values: list[Any] = [
            None,
            "text",
            [],
            {},
            {"sequential": "true", "shadow": 1, "shadow_timeout": 5, "combiner": "deep"},
            {"sequential": False, "shadow": False, "shadow_timeout": "soon"},
            {"sequential_propagated_params": "resp0", "flatmap_filter": "del"},
            {"static": "text"},
            {"static": {"strategy": "always"}},
            {"static": {"strategy": "always", "data": [1]}},
        ]
        for value in values:
            self.assertEqual(read(value), nothing, value)

    def test_present(self) -> None:
        """Each setting is read."""
        settings = read(
            {
                "sequential": True,
                "sequential_propagated_params": ["resp0_id"],
                "static": {"strategy": "errored", "data": {"x": 1}},
                "flatmap_filter": [{"type": "del", "args": ["a"]}],
                "shadow": True,
                "shadow_timeout": "1500ms",
            }
        )
        self.assertTrue(settings.sequential)
        self.assertEqual(settings.propagated, ("resp0_id",))
        self.assertEqual(settings.static, StaticData("errored", {"x": 1}, f"{POINTER}/static/data"))
        self.assertEqual(len(settings.flatmap), 1)
        self.assertTrue(settings.shadow)
        self.assertEqual(settings.shadow_timeout_s, 1.5)

    def test_strategies(self) -> None:
        """One that is missing, unknown or no text is `always`."""
        strategies: list[Any] = [None, "sometimes", 5, [], "ALWAYS"]
        for strategy in strategies:
            static = read({"static": {"strategy": strategy, "data": {}}}).static
            assert static is not None
            self.assertEqual(static.strategy, "always", strategy)

    def test_mistakes(self) -> None:
        """What would crash KrakenD is reported, all of it at once."""
        value = {
            "combiner": 5,
            "sequential_propagated_params": ["resp0", 7, None],
            "flatmap_filter": [{"type": "del"}, {"type": "move", "args": ["a"]}],
        }
        error = self.assertRaises(ConfigError, read, value)
        self.assertEqual(
            [problem.pointer.removeprefix(POINTER) for problem in error.problems],
            [
                "/combiner",
                "/sequential_propagated_params/1",
                "/sequential_propagated_params/2",
                "/flatmap_filter/1/args",
            ],
        )


class ShadowTests(SynchronousTestCase):
    """Which backends are shadows, and how long they may take."""

    def test_is_shadow(self) -> None:
        """Only `true` itself makes one."""
        self.assertTrue(is_shadow(backend({"shadow": True})))
        for value in ({"shadow": "true"}, {"shadow": 1}, {"shadow": False}, {}, "shadow", None):
            self.assertFalse(is_shadow(backend(value)), value)
        self.assertFalse(is_shadow(Backend()))

    def test_timeout(self) -> None:
        """The longest counts; a shadow without its own has the endpoint's."""
        rows: list[tuple[list[Any], float]] = [
            ([{}], 2.0),
            ([{"shadow_timeout": "500ms"}], 0.5),
            ([{"shadow_timeout": "5s"}], 5.0),
            ([{"shadow_timeout": "500ms"}, {}], 2.0),
            ([{"shadow_timeout": "500ms"}, {"shadow_timeout": "700ms"}], 0.7),
            ([{"shadow_timeout": "soon"}], 2.0),
            ([{"shadow_timeout": 5}], 2.0),
        ]
        for values, expected in rows:
            backends = [backend(value) for value in values]
            self.assertEqual(shadow_timeout(backends, 2.0), expected, values)
