"""Tests of `gatekeeper.oauth2.answer`."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.message import JSON
from gatekeeper.oauth2.answer import Token, TokenAnswer, read_token
from gatekeeper.oauth2.errors import NoToken

FORM = "application/x-www-form-urlencoded; charset=utf-8"


def answer(
    body: JSON, content_type: str = "application/json", code: int = 200, words: str = "OK"
) -> TokenAnswer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return TokenAnswer(code, f"{code} {words}", content_type, data)


class TokenTests(SynchronousTestCase):
    """Answers with a token."""

    def test_the_header(self) -> None:
        """The type is normalised; without one it is Bearer."""
        table = [
            ({"token_type": "bearer"}, "Bearer t"),
            ({"token_type": "BEARER"}, "Bearer t"),
            ({"token_type": "mac"}, "MAC t"),
            ({"token_type": "Basic"}, "Basic t"),
            ({"token_type": "DPoP"}, "DPoP t"),
            ({"token_type": ""}, "Bearer t"),
            ({"token_type": None, "error": None}, "Bearer t"),
            ({}, "Bearer t"),
        ]
        for members, expected in table:
            with self.subTest(members=members):
                token = read_token(answer({"access_token": "t", **members}))
                self.assertEqual(expected, token.authorization)

    def test_the_lifetime(self) -> None:
        """A number or a text; 0 or nothing is for ever."""
        table: list[tuple[JSON, float | None]] = [
            (3600, 3600),
            ("3600", 3600),
            (5, 5),
            (-5, -5),
            (0, None),
            ("0", None),
            (None, None),
            (10**12, 2**31 - 1),
        ]
        for written, expected in table:
            with self.subTest(written=written):
                token = read_token(answer({"access_token": "t", "expires_in": written}))
                self.assertEqual(Token("Bearer t", expected), token)

    def test_forms(self) -> None:
        """Two content types mean a form; the first of several values counts."""
        body = b"access_token=a%2Bb&access_token=c&expires_in=60&token_type=mac"
        for content_type in (FORM, "text/plain"):
            token = read_token(answer(body, content_type))
            self.assertEqual(Token("MAC a+b", 60), token)
        self.assertIsNone(read_token(answer(b"access_token=t&expires_in=soon", FORM)).lifetime_s)

    def test_another_good_status(self) -> None:
        """201 is as good as 200, and anything that is no form is JSON."""
        token = read_token(answer({"access_token": "t"}, "", 201, "Created"))
        self.assertEqual("Bearer t", token.authorization)

    def test_tokens_are_not_shown(self) -> None:
        """In the text of the values."""
        given = answer({"access_token": "t0ken"})
        self.assertNotIn("t0ken", f"{given} {read_token(given)}")


class RefusalTests(SynchronousTestCase):
    """Answers without one, in the words of the original."""

    def why(self, given: TokenAnswer) -> str:
        with self.assertRaises(NoToken) as raised:
            read_token(given)
        return str(raised.exception)

    def test_reasons(self) -> None:
        """What is told to the log."""
        table = [
            (answer({"error": "invalid_client"}, code=400), 'oauth2: "invalid_client"'),
            (
                answer({"error": "e", "error_description": "d", "error_uri": "u"}, code=401),
                'oauth2: "e" "d" "u"',
            ),
            (answer({"error": "e", "access_token": "t"}), 'oauth2: "e"'),
            (answer(b"error=e&error_description=d", FORM, 400), 'oauth2: "e" "d"'),
            (answer({"token_type": "bearer"}), "oauth2: server response missing access_token"),
            (answer(b"null"), "oauth2: server response missing access_token"),
            (
                answer(b"<html>"),
                "oauth2: cannot parse json: invalid character '<' looking for beginning of value",
            ),
            (
                answer(b"no", code=502, words="Bad Gateway"),
                "oauth2: cannot fetch token: 502 Bad Gateway\nResponse: no",
            ),
            (
                answer({"access_token": "t"}, code=500, words="Oh"),
                'oauth2: cannot fetch token: 500 Oh\nResponse: {"access_token": "***"}',
            ),
            (answer({"access_token": 5}), "oauth2: cannot parse json: access_token is no text"),
            (answer({"error": {"code": 1}}), "oauth2: cannot parse json: error is no text"),
            (
                answer({"access_token": "t", "expires_in": 1.5}),
                "oauth2: cannot parse json: expires_in is no whole number",
            ),
            (
                answer({"access_token": "t", "expires_in": True}),
                "oauth2: cannot parse json: expires_in is no whole number",
            ),
            (answer(b"\xff=1", FORM), "oauth2: cannot parse response: it is no form"),
        ]
        for given, expected in table:
            with self.subTest(expected):
                self.assertEqual(expected, self.why(given))

    def test_a_token_that_breaks_the_header(self) -> None:
        """Is refused here, and not shown."""
        for token in ("a\r\nX-Admin: 1", "a\x00", "é"):
            why = self.why(answer({"access_token": token}))
            self.assertIn("cannot stand in a header", why)
            self.assertNotIn(token, why)

    def test_long_answers(self) -> None:
        """Are told in part."""
        self.assertLess(len(self.why(answer(b"x" * 100_000, code=500))), 500)
        self.assertLess(len(self.why(answer({"error": "x" * 100_000}))), 500)
