"""Tests of `gatekeeper.jose.access`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.access import roles, scopes
from tests.jose.tokens import JSON


class AccessTests(SynchronousTestCase):
    """Roles and scopes: cases ``roles`` and ``scopes``."""

    def test_roles(self) -> None:
        """One of them, in a list or a text with blanks; anything else never."""
        allows = roles(["admin", "root"], "roles", False)
        good: tuple[JSON, ...] = (["admin"], ["x", "root"], "user admin", "admin", [1, "admin"])
        for value in good:
            self.assertTrue(allows({"roles": value}), value)
        bad: tuple[JSON, ...] = (
            ["user"], [], "", "user", "administrator", "a,admin", {"admin": 1}, 5, None, True, [1],
            [["admin"]], ["Admin"],
        )  # fmt: skip
        for value in bad:
            self.assertFalse(allows({"roles": value}), value)
        self.assertFalse(allows({}))
        self.assertTrue(roles([], "roles", False)({}))

    def test_nested_roles(self) -> None:
        """A dotted key is a path only when it is said to be one."""
        nested: JSON = {"realm": {"access": {"roles": ["admin"]}}}
        flat: JSON = {"realm.access.roles": ["admin"]}
        for is_nested, good, bad in ((True, nested, flat), (False, flat, nested)):
            allows = roles(["admin"], "realm.access.roles", is_nested)
            self.assertTrue(allows(good))
            self.assertFalse(allows(bad))
        deep = roles(["admin"], "a.b", True)
        broken: tuple[JSON, ...] = ({"a": 5}, {"a": ["b"]}, {"a": "b"}, {"a": {}}, {"a": None}, {})
        for claims in broken:
            self.assertFalse(deep(claims))

    def test_names_that_look_like_urls(self) -> None:
        """They are one name for roles, never found for scopes; kept for compatibility."""
        claims: JSON = {"http://ex.com/x": ["r"]}
        self.assertTrue(roles(["r"], "http://ex.com/x", True)(claims))
        self.assertFalse(scopes(["r"], "http://ex.com/x", False)(claims))

    def test_scopes(self) -> None:
        """Any of them, or all of them."""
        table: tuple[tuple[JSON, bool, bool], ...] = (
            ("r w x", True, True),
            (["w", "r"], True, True),
            (["r"], True, False),
            ("w", True, False),
            (["r", 1], True, False),
            ([1], False, False),
            ([], False, False),
            ("", False, False),
            ("rw", False, False),
            (5, False, False),
            (None, False, False),
        )
        for value, some, every in table:
            self.assertEqual(scopes(["r", "w"], "scope", False)({"scope": value}), some, value)
            self.assertEqual(scopes(["r", "w"], "scope", True)({"scope": value}), every, value)
        self.assertFalse(scopes(["r"], "scope", True)({}))
        self.assertTrue(scopes([], "scope", True)({}))
        self.assertTrue(scopes(["w"], "data.scope", False)({"data": {"scope": ["w"]}}))
