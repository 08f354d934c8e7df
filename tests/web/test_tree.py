"""Tests of `gatekeeper.web.tree` and `gatekeeper.web.nodes`."""

from __future__ import annotations

import time
from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.web.tree import Conflict, Tree, names_of
from gatekeeper.wire.exchange import Exchange


def nothing(exchange: Exchange, path: str, query: str, values: Sequence[str]) -> None:
    """Serve nobody."""


def tree(*paths: str) -> Tree:
    made = Tree()
    for path in paths:
        made.add(path, nothing)
    return made


class FindTests(SynchronousTestCase):
    """Which route a path belongs to."""

    def check(
        self, paths: Sequence[str], table: Sequence[tuple[str, str | None, tuple[str, ...]]]
    ) -> None:
        routes = tree(*paths)
        for path, route, values in table:
            found = routes.find(path)
            self.assertEqual(None if found is None else found.route.path, route, path)
            if found is not None:
                self.assertEqual(found.values, values, path)

    def test_literals_win(self) -> None:
        """A literal wins; a dead end goes back to the parameter."""
        self.check(
            ["/users/:id", "/users/me", "/users/:id/orders", "/users/me/settings"],
            [
                ("/users/me", "/users/me", ()),
                ("/users/mel", "/users/:id", ("mel",)),
                ("/users/ME", "/users/:id", ("ME",)),
                ("/users/me/orders", "/users/:id/orders", ("me",)),
                ("/users/me/settings", "/users/me/settings", ()),
                ("/users/me/invoices", None, ()),
                ("/users/7/orders/1", None, ()),
                ("/users", None, ()),
                ("/nothing", None, ()),
            ],
        )

    def test_going_back_far(self) -> None:
        """Every branch is tried, also above the last parameter."""
        self.check(
            ["/a/b/c", "/:x/b/d", "/a/:y/e", "/:x/about", "/users/:id/orders"],
            [
                ("/a/b/d", "/:x/b/d", ("a",)),
                ("/a/b/e", "/a/:y/e", ("b",)),
                ("/a/b/f", None, ()),
                ("/users/about", "/:x/about", ("users",)),
            ],
        )

    def test_empty_segments(self) -> None:
        """A parameter matches nothing in the middle, but not at the end."""
        self.check(
            ["/a/:id", "/a/:id/b", "/x/:y/"],
            [
                ("/a//b", "/a/:id/b", ("",)),
                ("/a/", None, ()),
                ("/a", None, ()),
                ("/x//", "/x/:y/", ("",)),
                ("/x/", None, ()),
            ],
        )

    def test_prefixes(self) -> None:
        """Text in front of a parameter is needed; the longest wins."""
        self.check(
            ["/u-:v", "/u-x:w", "/:any", "/v:version/status"],
            [
                ("/u-1", "/u-:v", ("1",)),
                ("/u-x1", "/u-x:w", ("1",)),
                ("/u-x", "/u-:v", ("x",)),
                ("/u-", "/:any", ("u-",)),
                ("/v2/status", "/v:version/status", ("2",)),
                ("/v/status", "/v:version/status", ("",)),
                ("/w2/status", None, ()),
            ],
        )

    def test_wildcards(self) -> None:
        """A wildcard takes the rest, with its slash."""
        self.check(
            ["/__debug/*param"],
            [
                ("/__debug/", "/__debug/*param", ("/",)),
                ("/__debug/a//b", "/__debug/*param", ("/a//b",)),
                ("/__debug", None, ()),
            ],
        )

    def test_spellings(self) -> None:
        """Paths are cleaned, colons can be escaped, text behind a name belongs to it."""
        self.check(
            ["//dbl//x", "/dot/../up", "/time/12\\:30", "/f/:name.json", "/exports/", "/pct%20x"],
            [
                ("/dbl/x", "/dbl/x", ()),
                ("/up", "/up", ()),
                ("/time/12:30", "/time/12\\:30", ()),
                ("/f/abc", "/f/:name.json", ("abc",)),
                ("/exports/", "/exports/", ()),
                ("/exports", None, ()),
                ("/pct%20x", "/pct%20x", ()),
            ],
        )
        self.assertEqual(names_of("//f/:name.json/x-:y"), ("name.json", "y"))

    def test_one_slash_too_many(self) -> None:
        """Behind a route a lone slash is no value for a parameter."""
        routes = tree("/users/:id/", "/users/me", "/carts/:id/items")
        self.assertIsNone(routes.find("/users/me/"))
        self.assertTrue(routes.is_overlong("/users/me/"))
        self.assertTrue(routes.is_overlong("/carts/7/"))
        self.assertFalse(routes.is_overlong("/carts/"))
        self.assertIsNotNone(routes.find("/users/mel/"))

    def test_fixed_paths(self) -> None:
        """Only what is sent as it is configured is in the quick table."""
        routes = tree("/a", "/a/:id", "/pct%20x", "/münchen", "/time/12\\:30", "/x?y")
        self.assertEqual(set(routes.fixed), {"/a", "/time/12:30"})

    def test_cost_does_not_grow(self) -> None:
        """Ten thousand routes are not slower to search than ten."""

        def cost(count: int) -> float:
            routes = tree(*(f"/service-{number}/:id/orders" for number in range(count)))
            start = time.perf_counter()
            for _ in range(300):
                routes.find("/service-5/7/orders")
            return time.perf_counter() - start

        self.assertLess(min(cost(10_000) for _ in range(3)), 20 * min(cost(10) for _ in range(3)))

    def test_hostile_paths(self) -> None:
        """Paths of thousands of segments cost nothing special."""
        routes = tree("/a/:b/c", "/:x/:y/:z/a", "/a/b/*rest")
        for path in ("/" * 8000, "/a" * 4000, "/a/b" + "/" * 8000, "/\udcff" * 2000):
            routes.find(path)
            routes.repair(path)
            routes.is_overlong(path)


class RepairTests(SynchronousTestCase):
    """The spelling of a route that a path comes close to."""

    def test_table(self) -> None:
        """Letter case and the final slash are repaired, values are left alone."""
        routes = tree(
            "/products/:sku/reviews", "/Sale/Summer", "/exports/", "/stores/münchen",
            "/users/:id", "/users/me", "/__debug/*param", "/u-:v", "/",
        )  # fmt: skip
        for path, repaired in (
            ("/PRODUCTS/KB-101/Reviews", "/products/KB-101/reviews"),
            ("/sale/summer/", "/Sale/Summer"),
            ("/EXPORTS", "/exports/"),
            ("/exports/", "/exports/"),
            ("/stores/MÜNCHEN", "/stores/münchen"),
            ("/USERS/Me", "/users/me"),
            ("/USERS/Mel", "/users/Mel"),
            ("/users/42/", "/users/42"),
            ("/__DEBUG/Foo/", "/__debug/Foo/"),
            ("/__Debug", "/__debug/"),
            ("/U-ABC", "/u-ABC"),
            ("/users/", None),
            ("/users", None),
            ("/nothing", None),
            ("/products/KB-101", None),
        ):
            self.assertEqual(routes.repair(path), repaired, path)


class ConflictTests(SynchronousTestCase):
    """What cannot live in one tree, in the words of the original."""

    def test_texts(self) -> None:
        """Each conflict is named."""
        for paths, text in (
            (["/a", "/a"], "handlers are already registered for path '/a'"),
            (["/shop/orders", "/shop//orders"],
             "handlers are already registered for path '/shop/orders'"),
            (["/users/:id", "/users/:name/orders"],
             "':name' in new path '/users/:name/orders' conflicts with existing wildcard ':id'"
             " in existing prefix '/users/:id'"),
            (["/u-:v", "/u-:w/x"],
             "':w' in new path '/u-:w/x' conflicts with existing wildcard ':v'"
             " in existing prefix '/u-:v'"),
            (["/a/:id", "/a/:x:y"],
             "':x:y' in new path '/a/:x:y' conflicts with existing wildcard ':id'"
             " in existing prefix '/a/:id'"),
            (["/a/:x:y"],
             "only one wildcard per path segment is allowed, has: ':x:y' in path '/a/:x:y'"),
            (["/a/*"], "wildcards must be named with a non-empty name in path '/a/*'"),
            (["/a/:"], "wildcards must be named with a non-empty name in path '/a/:'"),
            (["/a/b*x"], "no / before catch-all in path '/a/b*x'"),
            (["/a/*x/b"],
             "catch-all routes are only allowed at the end of the path in path '/a/*x/b'"),
            (["/s/a\\b"], "invalid escape string in path '/s/a\\b'"),
            (["/__health", "/shop/a\\b"], "invalid escape string in path 'shop/a\\b'"),
            (["/a/:id/z", "/a/:id/x\\y"], "invalid escape string in path 'x\\y'"),
            (["/a/:id/x\\y"], "invalid escape string in path '/x\\y'"),
            (["/__echo/*param", "/__echo/x"],
             "'/x' in new path '/__echo/x' conflicts with existing wildcard '/*param'"
             " in existing prefix '/__echo/*param'"),
        ):  # fmt: skip
            error = self.assertRaises(Conflict, tree, *paths)
            self.assertEqual(str(error), text)

    def test_no_conflicts(self) -> None:
        """Literals, prefixes and parameters live side by side."""
        tree("/a/:id", "/a/static", "/a/:id/b", "/u-:v", "/u:w", "/:a", "/a\\:b", "/__debug/*p")

    def test_a_wildcard_needs_the_place_alone(self) -> None:
        """A wildcard cannot come to a place that has routes."""
        self.assertRaises(Conflict, tree, "/__debug/x", "/__debug/*param")
