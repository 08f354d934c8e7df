"""Tests of `gatekeeper.jose.verifier`: what it believes, and above all what not."""

from __future__ import annotations

import tracemalloc

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose import token as tokens
from gatekeeper.jose.algorithms import ALGORITHMS
from gatekeeper.jose.claims import Expected
from gatekeeper.jose.identify import STRATEGIES
from gatekeeper.jose.key_set import read_key_set
from gatekeeper.jose.rings import FileKeys
from gatekeeper.jose.token import InvalidToken
from gatekeeper.jose.verified import VerifiedTokens
from gatekeeper.jose.verifier import Verifier
from gatekeeper.testing import run
from tests.jose.attacks import attacks
from tests.jose.tokens import EVERY_PUBLIC_KEY, JSON, NOW, key_set, oct_jwk, rsa_jwk, token

KID = STRATEGIES["kid"]


class VerifierTestCase(SynchronousTestCase):
    """Verifiers with one key of each kind."""

    def setUp(self) -> None:
        self.now = NOW
        self.keys = read_key_set(key_set(*EVERY_PUBLIC_KEY))
        self.verifiers = {name: self.verifier(name) for name in ALGORITHMS}

    def verifier(self, algorithm: str) -> Verifier:
        return Verifier(
            algorithm=ALGORITHMS[algorithm],
            strategy=KID,
            keys=FileKeys(self.keys, KID),
            expected=Expected(),
            leeway_s=1.0,
            remembered=VerifiedTokens(),
            epoch=lambda: self.now,
        )

    def claims(self, text: str, verifier: Verifier | None = None) -> JSON:
        verifier = verifier or self.verifiers["HS256"]
        return self.successResultOf(run(verifier.claims(text))).members

    def refused(self, text: str, verifier: Verifier | None = None) -> str:
        verifier = verifier or self.verifiers["HS256"]
        return str(self.failureResultOf(run(verifier.claims(text)), InvalidToken).value)


class AttackTests(VerifierTestCase):
    """The table of attacks."""

    def test_table(self) -> None:
        """No row gets in: not as the first token, nor after a good one, nor again."""
        rows = attacks()
        self.assertGreater(len(rows), 200)
        self.assertEqual(len({name for name, _, _ in rows}), len(rows))
        for name, algorithm, text in rows:
            with self.subTest(attack=name, algorithm=algorithm):
                verifier = self.verifiers[algorithm]
                self.refused(text, verifier)
                self.assertEqual(self.claims(token({"a": 1}, algorithm), verifier), {"a": 1})
                self.refused(text, verifier)

    def test_every_changed_character(self) -> None:
        """A good token with any one character changed is refused."""
        good = token({"sub": "ann"})
        for place, character in enumerate(good):
            for other in "Aa_.":
                if other != character:
                    self.refused(good[:place] + other + good[place + 1 :])

    def test_every_length(self) -> None:
        """So are its beginnings and its ends."""
        good = token({"sub": "ann"})
        for length in range(len(good)):
            self.refused(good[:length])
            self.refused(good[-length:] if length else "")

    def test_no_memory(self) -> None:
        """Ten thousand different bad tokens leave nothing behind."""
        verifier = self.verifiers["HS256"]
        bad = [
            token({"n": number}, header={"kid": f"k{number}"}, signature=b"x")
            for number in range(10_000)
        ]
        for text in bad[:1000]:
            self.refused(text)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for text in bad[1000:]:
            self.failureResultOf(run(verifier.claims(text)))
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertLess(after - before, 400_000)
        self.assertEqual(len(verifier.remembered), 0)
        self.assertLessEqual(len(tokens._headers), 256)

    def test_published_private_keys(self) -> None:
        """A set that shows the private half of a pair verifies nothing with it."""
        self.keys = read_key_set(key_set(rsa_jwk(private=True, kid="rs")))
        self.refused(token({}, "RS256"), self.verifier("RS256"))


class GoodTokenTests(VerifierTestCase):
    """What is believed."""

    def test_every_algorithm(self) -> None:
        """Each with its key, once and again."""
        for name, verifier in self.verifiers.items():
            text = token({"sub": name}, name)
            for _ in range(2):
                self.assertEqual(self.claims(text, verifier), {"sub": name})

    def test_white_space_and_padding(self) -> None:
        """They are tolerated, as in the original."""
        head, payload, signature = token({"a": 12}).split(".")
        self.assertEqual(self.claims(f" {head}. {payload}\t.{signature} "), {"a": 12})
        self.assertEqual(self.claims(f"{head}.{payload}=.{signature}="), {"a": 12})

    def test_expected(self) -> None:
        """Issuer and audience are those of the endpoint, also for a token known elsewhere."""
        open_, strict = self.verifiers["HS256"], self.verifiers["HS256"]
        strict = evolve(strict, expected=Expected("me", ("shop",)))
        good, bad = token({"iss": "me", "aud": "shop"}), token({"iss": "you", "aud": "shop"})
        for _ in range(2):
            self.claims(bad, open_)
            self.claims(good, strict)
            self.refused(bad, strict)


class RememberedTests(VerifierTestCase):
    """A token that was verified before."""

    def test_time_goes_on(self) -> None:
        """It expires although it is remembered."""
        text = token({"exp": NOW + 60})
        self.claims(text)
        self.now = NOW + 61
        self.claims(text)
        self.now = NOW + 62
        self.assertIn("expired", self.refused(text))

    def test_key_that_changed(self) -> None:
        """With another key under its name the signature is looked at again."""
        text = token({"sub": "ann"})
        before = self.verifiers["HS256"]
        self.claims(text, before)
        self.keys = read_key_set(key_set(oct_jwk(b"another secret, as long as that", kid="hs")))
        after = evolve(before, keys=FileKeys(self.keys, KID))
        self.assertIn("signature", self.refused(text, after))
        gone = evolve(before, keys=FileKeys((), KID))
        self.refused(text, gone)
        self.claims(text, before)

    def test_another_algorithm(self) -> None:
        """An endpoint with another algorithm does not take it."""
        text = token({"sub": "ann"})
        known = self.verifiers["HS256"]
        self.claims(text, known)
        other = evolve(known, algorithm=ALGORITHMS["HS512"])
        self.assertIn("algorithm", self.refused(text, other))

    def test_another_strategy(self) -> None:
        """An endpoint that finds keys otherwise finds none."""
        text = token({"sub": "ann"})
        known = self.verifiers["HS256"]
        self.claims(text, known)
        x5t = STRATEGIES["x5t"]
        self.refused(text, evolve(known, strategy=x5t, keys=FileKeys(self.keys, x5t)))

    def test_signature_is_not_made_again(self) -> None:
        """Otherwise remembering would be for nothing."""
        text = token({"sub": "ann"})
        known = self.verifiers["HS256"]
        self.claims(text, known)
        for key in self.keys:
            key.prepared["HS256"] = lambda *_: self.fail("verified again")
        self.claims(text, known)
