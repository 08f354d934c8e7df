"""
Find who answers an exchange.

Nearly all requests ask for a path as the configuration spells it, or with plain values for
its parameters.  The rest is decoded, cleaned, redirected or refused, in the order of the
original: served, redirected, 405, 404.

Source: KrakenD documentation, "Router options"; kept for compatibility with the
conformance cases ``routing-*``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from gatekeeper.web.errors import BAD_REQUEST, Plain, refused_parameters
from gatekeeper.web.options import RouterOptions
from gatekeeper.web.parameters import leaves_its_place, reason_to_refuse
from gatekeeper.web.paths import clean, decode, split
from gatekeeper.web.redirects import better_path, redirect
from gatekeeper.web.tree import Tree
from gatekeeper.wire.exchange import Application, Exchange

__all__ = ["Dispatch"]

_NOTHING = Plain(200, (), b"")


@frozen
class Dispatch:
    """
    The way from an exchange to a route.

    Attributes:
        trees: By method, in the order in which ``Allow`` lists them.
        respond: Answers a request that cannot be routed: the exchange, the decoded path,
            the raw query, the answer.
        respond_unknown: The same for what no route answers: guards of the routes see it.
        not_found: The answer to unknown paths.
        not_allowed: Makes the answer to other methods than the given.
    """

    trees: Mapping[str, Tree]
    options: RouterOptions
    respond: Callable[[Exchange, str, str, Plain], None]
    respond_unknown: Callable[[Exchange, str, str, Plain], None]
    not_found: Plain
    not_allowed: Callable[[Sequence[str]], Plain]

    def application(self) -> Application:
        """Make the function that the wire calls."""
        fixed = {method: tree.fixed for method, tree in self.trees.items()}
        general, route = self.general, self._route

        def application(exchange: Exchange) -> None:
            path, _, query = exchange.target.partition("?")
            known = fixed.get(exchange.method)
            if known is not None:
                serve = known.get(path)
                if serve is not None:
                    serve(exchange, path, query, ())
                    return
            if path[:1] == "/" and "%" not in path and path.isascii():
                route(exchange, exchange.target, path, query)  # there is nothing to decode
            else:
                general(exchange, exchange.target)

        return application

    def general(self, exchange: Exchange, asked: str, mount: str = "") -> None:
        """
        Answer any request.

        Args:
            asked: The target below the mount, as sent.
            mount: What stands in front of our paths when we are a part of a site.
        """
        target = split(asked)
        if target is None:
            is_about_us = asked == "*" and exchange.method == "OPTIONS"
            self.respond(exchange, asked, "", _NOTHING if is_about_us else BAD_REQUEST)
            return
        try:
            path = decode(target.path)
        except ValueError:
            self.respond(exchange, target.path, target.query[1:], BAD_REQUEST)
            return
        self._route(exchange, asked, path, target.query[1:], mount)

    def _route(
        self, exchange: Exchange, asked: str, path: str, query: str, mount: str = ""
    ) -> None:
        """Answer a request for a decoded path; `asked` is what a redirect starts from."""
        options = self.options
        wanted = clean(path) if options.remove_extra_slash else path
        tree = self.trees.get(exchange.method)
        found = None if tree is None else tree.find(wanted)
        if found is not None:
            values = found.values
            if values and leaves_its_place(values):
                self.respond(exchange, path, query, refused_parameters("error: dot segments"))
                return
            if values and not options.disable_path_decoding:
                reason = reason_to_refuse(values)
                if reason:
                    self.respond(exchange, path, query, refused_parameters(reason))
                    return
            found.route.serve(exchange, path, query, values)
            return
        if tree is not None and exchange.method != "CONNECT":
            better = better_path(tree, wanted, exchange.headers, options)
            target = None if better in (None, path) else split(asked)
            if target is not None:
                assert better is not None
                answer = redirect(exchange.method, target, mount, better)
                exchange.respond(answer.status, answer.headers, answer.body)
                return
        self.respond_unknown(exchange, path, query, self._nothing(exchange.method, wanted))

    def _nothing(self, method: str, path: str) -> Plain:
        if not self.options.disable_handle_method_not_allowed:
            others = [
                other
                for other, tree in self.trees.items()
                if other != method and tree.find(path) is not None
            ]
            if others:
                return self.not_allowed(others)
        return self.not_found
