"""Tests of `gatekeeper.oauth2.grant`."""

from __future__ import annotations

from base64 import b64decode

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.oauth2.errors import NoToken
from gatekeeper.oauth2.grant import Grant, Style, token_request

PLAIN = Grant("shop", "s3cret", "http://idp/token")


class TokenRequestTests(SynchronousTestCase):
    """What token servers are sent; rows of the specification."""

    def body(self, grant: Grant, style: Style = Style.HEADER) -> str:
        return token_request(grant, style).body.decode()

    def test_the_form(self) -> None:
        """Fields are sorted, the scope is always there, parameters are added."""
        table = [
            (PLAIN, "grant_type=client_credentials&scope="),
            (
                evolve(
                    PLAIN,
                    scopes=("a", "b"),
                    parameters={"audience": ["http://x y"], "zz": ["1", "2"]},
                ),
                "audience=http%3A%2F%2Fx+y&grant_type=client_credentials&scope=a+b&zz=1&zz=2",
            ),
            (evolve(PLAIN, parameters={"grant_type": ["other"]}), "grant_type=other&scope="),
            (
                evolve(PLAIN, parameters={"é": ["~"]}),
                "grant_type=client_credentials&scope=&%C3%A9=~",
            ),
        ]
        for grant, expected in table:
            with self.subTest(expected):
                self.assertEqual(expected, self.body(grant))

    def test_the_header(self) -> None:
        """Name and secret are escaped before they are joined."""
        request = token_request(Grant("my id", "s:e/c", ""), Style.HEADER)
        scheme, _, pair = request.headers["Authorization"].partition(" ")
        self.assertEqual(("Basic", b"my+id:s%3Ae%2Fc"), (scheme, b64decode(pair)))

    def test_credentials_in_the_form(self) -> None:
        """Then there is no header; what is empty is left out."""
        request = token_request(PLAIN, Style.FORM)
        self.assertNotIn("Authorization", request.headers)
        self.assertEqual(
            b"client_id=shop&client_secret=s3cret&grant_type=client_credentials&scope=",
            request.body,
        )
        anonymous = evolve(PLAIN, client_id="", client_secret="")
        self.assertEqual("grant_type=client_credentials&scope=", self.body(anonymous, Style.FORM))

    def test_the_scope_is_ours(self) -> None:
        """A parameter of that name fails, in the original's words."""
        with self.assertRaises(NoToken) as raised:
            token_request(evolve(PLAIN, parameters={"scope": ["x"]}), Style.HEADER)
        self.assertEqual('oauth2: cannot overwrite parameter "scope"', str(raised.exception))

    def test_secrets_are_not_shown(self) -> None:
        """Whoever prints one of these values sees no secret."""
        shown = f"{PLAIN} {token_request(PLAIN, Style.FORM)} {token_request(PLAIN, Style.HEADER)}"
        self.assertNotIn("s3cret", shown)
        self.assertNotIn("Basic", shown)
