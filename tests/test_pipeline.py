"""Tests of `gatekeeper.pipeline`: how an endpoint's parts are put together."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import pipeline
from gatekeeper.component import Runtime
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.errors import ConfigError, NoHosts, Problems
from gatekeeper.message import ClientRequest, Decoded, Reply, Response
from gatekeeper.testing import FakeBackend, client_request, request, run, runtime

HOSTS = ("http://stock",)


def proxy(value: dict[str, Any]) -> dict[str, Settings]:
    """Give the namespace `proxy` of an endpoint or a backend."""
    return {"proxy": Settings(value, "/x")}


class BuildTests(SynchronousTestCase):
    """From a configuration to answers, with a backend in memory."""

    def setUp(self) -> None:
        self.backend = FakeBackend()
        self.backend.on("/one", body={"a": 1})
        self.backend.on("/two", body={"b": 2})
        self.runtime: Runtime = runtime(http=self.backend)

    def ask(self, endpoint: Endpoint) -> Response:
        """Build one endpoint and call its pipe."""
        problems = Problems()
        service = ServiceConfig(file="krakend.json", endpoints=(endpoint,))
        ((_, pipe, _),) = pipeline.build(service, self.runtime, problems)
        problems.check()
        result: Response = self.successResultOf(run(pipe(request())))
        return result

    def test_several_backends_are_merged(self) -> None:
        """Each of them contributes its fields."""
        both = (Backend("/one", hosts=HOSTS), Backend("/two", hosts=HOSTS))
        response = self.ask(Endpoint("/x", "/x", both))
        self.assertEqual(response, Decoded({"a": 1, "b": 2}))

    def test_a_shadow_does_not_count(self) -> None:
        """It is asked, and its answer is not used."""
        shadow = Backend("/two", hosts=HOSTS, extra_config=proxy({"shadow": True}))
        response = self.ask(Endpoint("/x", "/x", (Backend("/one", hosts=HOSTS), shadow)))
        assert isinstance(response, Decoded)
        self.assertEqual(response.data, {"a": 1})

    def test_nothing_but_shadows(self) -> None:
        """Such an endpoint answers 500, whatever is asked, and calls nobody."""
        shadow = Backend("/one", hosts=HOSTS, extra_config=proxy({"shadow": True}))
        endpoint = Endpoint("/x", "/x", (shadow,))
        ((_, pipe, around),) = pipeline.build(
            ServiceConfig(endpoints=(endpoint,)), self.runtime, Problems()
        )
        [wrapper] = around.wrappers
        self.failureResultOf(run(pipe(request())), NoHosts)

        async def unused(_: ClientRequest) -> Reply:
            raise NotImplementedError

        reply = self.successResultOf(run(wrapper(unused)(client_request())))
        self.assertEqual((reply, self.backend.calls), (Reply(500), []))

    def test_static_data_is_added(self) -> None:
        """The namespace `proxy` of the endpoint is read."""
        static = proxy({"static": {"strategy": "always", "data": {"s": "x"}}})
        endpoint = Endpoint("/x", "/x", (Backend("/one", hosts=HOSTS),), extra_config=static)
        response = self.ask(endpoint)
        assert isinstance(response, Decoded)
        self.assertEqual(response.data, {"a": 1, "s": "x"})

    def test_problems_of_all_endpoints_are_collected(self) -> None:
        """One endpoint that cannot work does not hide the next one's mistake."""
        broken = Endpoint("/x", "/x", (Backend("/one", hosts=HOSTS),))
        broken = evolve(broken, extra_config=proxy({"combiner": 7}))
        problems = Problems()
        pipeline.build(ServiceConfig(endpoints=(broken, broken)), self.runtime, problems)
        self.assertEqual(len(problems.fatal), 2)
        self.assertRaises(ConfigError, problems.check)


class GuardTests(SynchronousTestCase):
    """What stands around all endpoints."""

    def guards(self, *names: str) -> pipeline.Guards:
        extra = {name: Settings({}, f"/extra_config/{name}") for name in names}
        problems = Problems()
        found = pipeline.guards(ServiceConfig(extra_config=extra), runtime(), problems)
        self.assertEqual(problems.found, [])
        return found

    def test_none(self) -> None:
        """What nobody asks for is not there."""
        self.assertEqual(self.guards("router"), pipeline.Guards((), ()))

    def test_places(self) -> None:
        """Each stands where its list says, and takes only what it can do there."""
        found = self.guards("security/bot-detector", "security/cors", "security/http")
        self.assertEqual((len(found.edge), len(found.router)), (1, 2))

    def test_mistakes(self) -> None:
        """A setting that is wrong is reported, with its place."""
        extra = {"security/http": Settings({"frame_deny": 1}, "/x")}
        problems = Problems()
        pipeline.guards(ServiceConfig(extra_config=extra), runtime(), problems)
        self.assertEqual([problem.pointer for problem in problems.fatal], ["/x/frame_deny"])


class OrderTests(SynchronousTestCase):
    """The lists."""

    LISTS = (
        pipeline.SERVICE,
        pipeline.EDGE,
        pipeline.ROUTER,
        pipeline.HANDLERS,
        pipeline.PROXIES,
        pipeline.BACKENDS,
        pipeline.CLIENTS,
    )

    def test_every_implemented_namespace_is_a_file_of_that_name(self) -> None:
        """The path is the registry."""
        here = pipeline.implemented() - pipeline.BUILT_IN
        self.assertIn("backend/graphql", here)
        for namespace in here:
            with self.subTest(namespace):
                self.assertEqual(pipeline.component(namespace).namespace, namespace)

    def test_every_line_has_a_reason(self) -> None:
        """Why it stands before the next one; and no list has a namespace twice."""
        for steps in self.LISTS:
            self.assertTrue(all(step.why for step in steps))
            self.assertEqual(len({step.namespace for step in steps}), len(steps))

    def test_what_has_no_file_is_not_implemented(self) -> None:
        """It keeps its place in the order, and nobody takes it for a lock that works."""
        self.assertNotIn("plugin/http-client", pipeline.implemented())
