"""Version 2 files."""

from __future__ import annotations

from typing import Any

from gatekeeper.config.legacy import two_levels
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig
from tests.config.files import ConfigTestCase

PAIR = {"public_key": "cert.pem", "private_key": "key.pem"}


class V2TestCase(ConfigTestCase):
    def v2(self, **keys: Any) -> ServiceConfig:
        return self.load(
            {"version": 2, **keys}, implemented=("auth/validator", "qos/ratelimit/proxy")
        )

    def v2_endpoint(self, **keys: Any) -> Endpoint:
        written = {"endpoint": "/a", "backend": [{}], **keys}
        return self.v2(endpoints=[written]).endpoints[0]

    def v2_backend(self, **keys: Any) -> Backend:
        return self.v2_endpoint(backend=[keys]).backends[0]


class NameTests(V2TestCase):
    """Keys."""

    def test_endpoint(self) -> None:
        """Endpoints have the old names of the lists."""
        endpoint = self.v2_endpoint(headers_to_pass=["x-a"], querystring_params=["q"])
        self.assertEqual((endpoint.input_headers, endpoint.input_query_strings), (("X-A",), ("q",)))

    def test_new_names_are_unknown(self) -> None:
        """The names of version 3 have no effect, and a warning says so.  Case v2-names."""
        service = self.v2(
            endpoints=[{"endpoint": "/a", "input_headers": ["*"], "backend": [{"sd_scheme": "x"}]}]
        )
        self.assertEqual(service.endpoints[0].input_headers, ())
        self.assertEqual(service.endpoints[0].backends[0].sd_scheme, "http")
        self.assertIn('did you mean "headers_to_pass"?', service.warnings[0])

    def test_lists(self) -> None:
        """The old names win over the new ones, which are understood, too.  Case v2-filters."""
        self.assertEqual(self.v2_backend(whitelist=["a"], allow=["b"]).allow, ("a",))
        self.assertEqual(self.v2_backend(allow=["b"]).allow, ("b",))
        self.assertEqual(self.v2_backend(blacklist=["a.b.c"], deny=["b"]).deny, ("a.b",))
        self.assertEqual(self.v2_backend(deny=["a.b.c", "d"]).deny, ("a.b", "d"))

    def test_two_levels(self) -> None:
        """The third level is cut off."""
        self.assertEqual(two_levels(["a", "a.b", "a.b.c.d"]), ("a", "a.b", "a.b"))

    def test_version_3_has_all_levels(self) -> None:
        """Version 3 files are not cut."""
        self.assertEqual(self.backend(deny=["a.b.c"]).deny, ("a.b.c",))


class NamespaceTests(V2TestCase):
    """Namespaces and what is in them."""

    def test_names_of_version_2_only(self) -> None:
        """Rate limits have a name that only version 2 files may use."""
        old = "github.com/devopsfaith/krakend-ratelimit/juju/proxy"
        settings = self.v2_backend(extra_config={old: {"maxRate": 5, "capacity": 1}}).extra_config
        self.assertEqual(settings["qos/ratelimit/proxy"].value, {"max_rate": 5, "capacity": 1})

    def test_limits(self) -> None:
        """Limits have their old names only; a new one has no effect, and a warning says so."""
        old = "github.com/devopsfaith/krakend-ratelimit/juju/proxy"
        service = self.v2(
            endpoints=[
                {
                    "endpoint": "/a",
                    "backend": [{"extra_config": {old: {"max_rate": 9, "maxRate": 5}}}],
                }
            ]
        )
        settings = service.endpoints[0].backends[0].extra_config
        self.assertEqual(settings["qos/ratelimit/proxy"].value, {"max_rate": 5})
        (warning,) = service.warnings
        self.assertIn('"max_rate" is ignored: files of version 2 call it "maxRate"', warning)

    def test_settings(self) -> None:
        """Keys inside are renamed; the old spelling wins, as it is the only one 1.x knows."""
        old = "github.com/devopsfaith/krakend-jose/validator"
        written = {"jwk_url": "new", "jwk-url": "old", "alg": "RS256"}
        settings = self.v2_endpoint(extra_config={old: written}).extra_config["auth/validator"]
        self.assertEqual(settings.value, {"jwk_url": "old", "alg": "RS256"})
        self.assertEqual(self.v2(extra_config={"router": 5}).extra_config["router"].value, 5)

    def test_removed(self) -> None:
        """etcd and Consul are ignored with a warning."""
        service = self.v2(extra_config={"github.com/devopsfaith/krakend-etcd": {}})
        self.assertIn("does not exist any more", service.warnings[0])


class BehaviourTests(V2TestCase):
    """What files rely on."""

    def test_version(self) -> None:
        """Everybody can see that this is a file of version 2."""
        self.assertEqual(self.v2().version, 2)

    def test_settings(self) -> None:
        """Keys inside of namespaces have old names, too; theirs win."""
        written = {"HashName": "optimal", "TokenKeys": ["jti"], "token_keys": ["x"], "N": 5}
        service = self.load(
            {"version": 2, "extra_config": {"github_com/devopsfaith/bloomfilter": written}},
            implemented=("auth/revoker",),
        )
        self.assertEqual(
            {"hash_name": "optimal", "token_keys": ["jti"], "N": 5},
            service.extra_config["auth/revoker"].value,
        )

    def test_tls(self) -> None:
        """TLS 1.2 is enough, also when the version is unknown; the certificate is trusted."""
        for least in ({}, {"min_version": "TLS9"}):
            tls = self.v2(tls={**PAIR, **least}).server.tls
            assert tls is not None
            self.assertEqual((tls.min_version, tls.max_version), ("TLS12", "TLS13"))
            self.assertEqual(tls.client_cas, ("cert.pem",))

    def test_refused(self) -> None:
        """What cannot work does not start.  Case v2-refuse."""
        table = [
            ({"endpoint": "/a", "backend": []}, "since it has 0 backends defined!"),
            ({"endpoint": "/{id}", "backend": [{"url_pattern": "/{x}"}]}, "undefined output param"),
            ({"endpoint": "/__debug/x", "backend": [{}]}, "since it is invalid!!!"),
        ]
        for endpoint, text in table:
            self.assertIn(text, self.messages({"version": 2, "endpoints": [endpoint]})[0])
        self.assertIn("invalid host", self.messages({"version": 2, "host": ["http://a/v1"]})[0])
