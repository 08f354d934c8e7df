"""Secrets."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.secrets import masked, without_secrets


class SecretTests(SynchronousTestCase):
    """What sounds secret is not shown."""

    def test_values(self) -> None:
        """Texts, numbers and lists under such keys; users in URLs anywhere."""
        value = {
            "client_secret": "x", "Password": 5, "token": None, "tokens": ["a"], "name": "b",
            "disable_token_cache": True, "deep": [{"api_key": "x"}], "url": "amqp://u:p@h/v",
        }  # fmt: skip
        self.assertEqual(masked(value), {
            "client_secret": "***", "Password": "***", "token": None, "tokens": "***", "name": "b",
            "disable_token_cache": True, "deep": [{"api_key": "***"}], "url": "amqp://***@h/v",
        })  # fmt: skip

    def test_lines(self) -> None:
        """JSON, YAML and TOML spellings, closed or not."""
        table = {
            '"password": "a\\"b", "c": 1': '"password": "***", "c": 1',
            "password: abc": 'password: "***"',
            "client_secret = 'abc'": 'client_secret = "***"',
            '"password": "abc': '"password": "***"',
            "http://u:p@h": "http://***@h",
            '"timeout": "2 sec"': '"timeout": "2 sec"',
        }
        for line, shown in table.items():
            self.assertEqual(without_secrets(line), shown)
