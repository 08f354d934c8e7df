"""``examples/tls.json`` with certificates of ``gatekeeper certs``, as a user would run it."""

from __future__ import annotations

import json
import ssl

from tests.examples.processes import EXAMPLES, ProgramTestCase


class TLSTests(ProgramTestCase):
    """An internal CA on both sides."""

    def setUp(self) -> None:
        super().setUp()
        self.run_to_end("-m", "gatekeeper", "certs")
        self.made = self.folder / "certs" / "out"

    def trusting(self, purpose: ssl.Purpose, name: str = "") -> ssl.SSLContext:
        """Trust the internal CA only, and be whom a certificate names."""
        context = ssl.create_default_context(purpose, cafile=str(self.made / "ca.pem"))
        if name:
            context.load_cert_chain(self.made / f"{name}.pem", self.made / f"{name}.key")
        return context

    def test_both_sides(self) -> None:
        """Client and backend are proved; a client without certificate stays out."""
        wants_one = self.trusting(ssl.Purpose.CLIENT_AUTH, "server")
        wants_one.verify_mode = ssl.CERT_REQUIRED
        host = f"https://localhost:{self.backend(wants_one)}"
        arguments = ["-m", "gatekeeper", "run", "-c", str(EXAMPLES / "tls.json")]
        port = self.start(arguments, KRAKEND_HOST=host)
        known = self.trusting(ssl.Purpose.SERVER_AUTH, "client")
        response, body = self.get(port, "/accounts/5", context=known)
        self.assertEqual(response.status, 200)
        data = json.loads(body)
        self.assertEqual((data["name"], data["asker"]), ("/accounts/5", "client"))
        stranger = self.trusting(ssl.Purpose.SERVER_AUTH)
        self.assertRaises(OSError, self.get, port, "/accounts/5", context=stranger)
