"""Tests of `gatekeeper.view`."""

from __future__ import annotations

from twisted.internet.defer import succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.view import Counts, EndpointView, Picture, View, added


class EndpointViewTests(SynchronousTestCase):
    """One endpoint, as an operator sees it."""

    def test_backends_are_named_with_method_host_and_pattern(self) -> None:
        """Every host of every backend is one text."""
        endpoint = Endpoint(
            "/a/{id}",
            "/a/:id",
            (Backend(url_pattern="/x/{{.Id}}", hosts=("http://one", "http://two")),),
        )
        self.assertEqual(
            EndpointView.of(endpoint).backends,
            ("GET http://one/x/{{.Id}}", "GET http://two/x/{{.Id}}"),
        )

    def test_credentials_in_a_verbatim_host_are_not_shown(self) -> None:
        """What a configuration keeps secret does not get into the picture."""
        endpoint = Endpoint("/a", "/a", (Backend(hosts=("http://me:secret@one:80",)),))
        self.assertEqual(EndpointView.of(endpoint).backends, ("GET http://one:80/",))

    def test_a_backend_without_host_says_so(self) -> None:
        """An endpoint that cannot work is visible as such."""
        endpoint = Endpoint("/a", "/a", (Backend(),))
        self.assertEqual(EndpointView.of(endpoint).backends, ("GET (no host)/",))

    def test_components_of_endpoint_and_backends_are_listed_once(self) -> None:
        """Names of namespaces, sorted."""
        used = {"proxy": Settings({}, "")}
        endpoint = Endpoint(
            "/a",
            "/a",
            (Backend(extra_config={"backend/http": Settings({}, ""), **used}),),
            extra_config=used,
        )
        self.assertEqual(EndpointView.of(endpoint).components, ("backend/http", "proxy"))


class ViewTests(SynchronousTestCase):
    """The gateway as a whole."""

    def test_uptime_follows_the_clock(self) -> None:
        """The picture is taken at the start and grows older."""
        clock = Clock()
        view = View.of(
            ServiceConfig(name="shop 42"),
            clock.seconds,
            lambda: succeed(Picture(Counts())),
            lambda: True,
        )
        clock.advance(7)
        self.assertEqual((view.name, view.uptime_s), ("shop 42", 7.0))


class AddedTests(SynchronousTestCase):
    """Counts of workers, or of configurations that follow each other."""

    def test_everything_is_kept(self) -> None:
        """What only one has counted is in the sum; neither is changed."""
        one = {("GET", "/a"): {"2xx": 1}, ("GET", "/b"): {"5xx": 2}}
        other = {("GET", "/a"): {"2xx": 3, "4xx": 1}, ("", ""): {"4xx": 1}}
        self.assertEqual(
            {
                ("GET", "/a"): {"2xx": 4, "4xx": 1},
                ("GET", "/b"): {"5xx": 2},
                ("", ""): {"4xx": 1},
            },
            added(one, other),
        )
        self.assertEqual({"2xx": 1}, one["GET", "/a"])
