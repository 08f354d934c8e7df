"""Tests of `gatekeeper.gate`: gates in turn, and among wrappers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import pipeline
from gatekeeper.component import Component
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.errors import Problems, Refused
from gatekeeper.gate import Gate, V, in_turn, wrapper
from gatekeeper.message import ClientRequest, Reply
from gatekeeper.proxy import Handler, Wrapper, stack
from gatekeeper.testing import client_request, run, runtime
from tests.web.fakes import Shop, waiting_gate


def noting(name: str, seen: list[str], verdict: Reply | None = None) -> Gate:
    """Make a gate that says when it is asked."""

    def gate(visitor: V) -> V | Reply:
        seen.append(name)
        return visitor if verdict is None else verdict

    return gate


def marking(visitor: V) -> V:
    """Let everybody through, with a mark."""
    return visitor.carrying({**visitor.headers, "X-Mark": ["1"]}, {**visitor.params, "mark": "1"})


class WrapperTests(SynchronousTestCase):
    """A gate that stands among wrappers."""

    def setUp(self) -> None:
        self.passed: list[ClientRequest] = []

    def ask(self, gate: Gate) -> Any:
        async def inner(client: ClientRequest) -> Reply:
            self.passed.append(client)
            return Reply(200)

        return run(wrapper(gate)(inner)(client_request(headers={"A": ["a"]}, params={"id": "7"})))

    def test_passes(self) -> None:
        """Who passes comes to the handler, with what the gate has added."""
        self.assertEqual(self.successResultOf(self.ask(marking)), Reply(200))
        [client] = self.passed
        self.assertEqual(client.headers, {"A": ["a"], "X-Mark": ["1"]})
        self.assertEqual(client.params, {"id": "7", "mark": "1"})

    def test_waits(self) -> None:
        """The handler is called when the gate knows."""
        self.assertEqual(self.successResultOf(self.ask(waiting_gate())), Reply(200))

    def test_refuses(self) -> None:
        """A reply or an error is the answer, and the handler is not called."""
        self.assertEqual(self.successResultOf(self.ask(noting("", [], Reply(429)))), Reply(429))

        def closed(_: V) -> V:
            raise Refused(401)

        self.failureResultOf(self.ask(closed), Refused)
        self.assertEqual(self.passed, [])

    def test_nothing(self) -> None:
        """A gate that says nothing lets nobody through."""
        silent: Any = lambda _: None  # noqa: E731 - a gate that forgot to say something
        self.failureResultOf(self.ask(silent), AssertionError)
        self.assertEqual(self.passed, [])


class InTurnTests(SynchronousTestCase):
    """Several gates as one."""

    def test_order(self) -> None:
        """They are asked in order, until one refuses."""
        seen: list[str] = []
        gates = [noting("a", seen), noting("b", seen, Reply(429)), noting("c", seen)]
        gate = in_turn(gates)
        assert gate is not None
        self.assertEqual((gate(client_request()), seen), (Reply(429), ["a", "b"]))
        client = client_request()
        passes = in_turn(gates[:1])
        assert passes is not None
        self.assertIs(passes(client), client)
        self.assertIsNone(in_turn([]))


class OrderTests(SynchronousTestCase):
    """Gates and wrappers together stand in the order of the list."""

    def setUp(self) -> None:
        self.seen: list[str] = []
        self.names = [step.namespace for step in pipeline.HANDLERS]
        self.patch(pipeline, "_is_here", lambda _: True)

    def around(self, is_gate: Callable[[int], bool]) -> pipeline.Around:
        """Build an endpoint with all of the list, some of it gates."""

        def component(namespace: str) -> Component:
            made = Component(namespace, lambda reader: reader)
            if is_gate(self.names.index(namespace)):
                return evolve(made, gate=lambda *_: noting(namespace, self.seen))
            return evolve(made, handler=lambda *_: self.wrapping(namespace))

        self.patch(pipeline, "component", component)
        extra = {name: Settings({}, "/x") for name in reversed(self.names)}
        endpoint = Endpoint("/a", "/a", (Backend(hosts=("http://h",)),), extra_config=extra)
        service = ServiceConfig(endpoints=(endpoint,))
        ((_, _, around),) = pipeline.build(service, runtime(), Problems())
        return around

    def wrapping(self, name: str) -> Wrapper:
        def wrap(inner: Handler) -> Handler:
            async def handler(client: ClientRequest) -> Reply:
                self.seen.append(name)
                return await inner(client)

            return handler

        return wrap

    def test_mixed(self) -> None:
        """With a wrapper among them gates are wrappers as well, each in its place."""
        for is_gate in (lambda n: n % 2 == 0, lambda n: n % 2 == 1, lambda n: n > 0):
            with self.subTest():
                self.seen.clear()
                around = self.around(is_gate)
                self.assertEqual(around.gates, ())

                async def inner(_: ClientRequest) -> Reply:
                    return Reply(200)

                handler: Any = stack(around.wrappers, inner)  # type: ignore[arg-type]
                self.successResultOf(run(handler(client_request())))
                self.assertEqual(self.seen, self.names)

    def test_gates_only(self) -> None:
        """Without one they are asked one after the other, and no handler is wrapped."""
        around = self.around(lambda _: True)
        self.assertEqual(around.wrappers, ())
        endpoint = Endpoint("/order", "/order", (Backend(),))
        Shop((endpoint, Shop(endpoint).pipes[0], around)).ask()
        self.assertEqual(self.seen, self.names)

    def test_open(self) -> None:
        """A component that looks at nothing with these settings costs nothing."""
        made = Component("auth/validator", lambda reader: reader, gate=lambda *_: None)
        self.patch(pipeline, "component", lambda _: made)
        extra = {"auth/validator": Settings({}, "/x")}
        endpoint = Endpoint("/a", "/a", (Backend(hosts=("http://h",)),), extra_config=extra)
        routes = pipeline.build(ServiceConfig(endpoints=(endpoint,)), runtime(), Problems())
        self.assertEqual([around for _, _, around in routes], [pipeline.Around()])
