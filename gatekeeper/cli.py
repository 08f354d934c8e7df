"""
The command line: ``gatekeeper run | check | demo | certs | revoke | version``.

Commands and options are named as KrakenD's where it has them, and what they say goes to
standard error, where pipelines expect it.

================================================= ==========
what happened                                     exit code
================================================= ==========
all is well                                       0
``check``, ``certs``, ``revoke``: it is not       1
``run``: the port is in use, a certificate fails  1
``run``: two routes cannot live together          2
``run``: the configuration cannot be used         255
an unknown command or option                      255
================================================= ==========

Source: KrakenD documentation, "Command line"; a failed start is never 0 here.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

from gatekeeper import COMPATIBLE_WITH, __version__, pipeline
from gatekeeper.config.check import dump
from gatekeeper.config.load import load
from gatekeeper.config.report import render
from gatekeeper.errors import ConfigError, RouteConflict
from gatekeeper.loading import checked
from gatekeeper.refusal import bind_reason
from gatekeeper.revocation.client import NotRevoked
from gatekeeper.revocation.client import revoke as revoke_at
from gatekeeper.tap import MISSING_CONFIG, fail
from gatekeeper.tls.authority import Authority, Issued

__all__ = ["main"]

USAGE = 255


def say(text: str) -> None:
    """Tell the operator."""
    print(text, file=sys.stderr, flush=True)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def _twistd(arguments: Sequence[str]) -> int:
    """Become ``twistd -n gatekeeper``: one way to start, whoever starts it."""
    from twisted.scripts import twistd

    sys.argv = ["twistd", "-n", "--pidfile=", "gatekeeper", *arguments]
    twistd.run()
    return 0


def run(options: argparse.Namespace) -> int:
    """Run the gateway in the foreground."""
    if not options.config:
        say(MISSING_CONFIG)
        return 0
    arguments = ["-c", options.config, *["-d"] * options.debug]
    if options.port:
        arguments += ["-p", str(options.port)]
    if options.workers:
        arguments += ["-w", options.workers]
    return _twistd(arguments)


def check(options: argparse.Namespace) -> int:
    """Read a configuration as `run` would, and say what is wrong with it."""
    if not options.config:
        say(MISSING_CONFIG)
        return 1
    say(f"Parsing configuration file: {options.config}")
    try:
        service = load(options.config, implemented=pipeline.implemented())
        if options.debug:
            say(dump(service, options.debug))
        warnings = checked(service).service.warnings
    except ConfigError as error:
        word = "testing" if isinstance(error, RouteConflict) else "parsing"
        say(f"ERROR {word} the configuration file:\t{render(error.problems)}")
        return 1
    for warning in warnings:
        say(f"WARNING {warning}")
    say("Syntax OK!")
    return 0


def version(_: argparse.Namespace) -> int:
    """Say what this is; scripts of KrakenD's users read the first line."""
    say(f"KrakenD Version: {COMPATIBLE_WITH}")
    say(f"Gatekeeper Version: {__version__}")
    say(f"Python Version: {platform.python_version()}")
    return 0


def demo(options: argparse.Namespace) -> int:
    """Run the embedded example, its backend included."""
    file = str(files("gatekeeper.demo").joinpath("krakend.json"))
    service = load(file, implemented=pipeline.implemented())
    checked(service)
    if options.check:
        say("the demo is complete: ok")
        return 0
    from gatekeeper.transport.reactor import install

    install()
    from twisted.internet import reactor
    from twisted.internet.error import CannotListenError

    from gatekeeper.demo.shop import PORT, shop

    listen: Any = reactor.listenTCP

    def open_shop() -> None:
        try:
            listen(PORT, shop(), interface="127.0.0.1")
        except CannotListenError as error:
            fail(reactor, f"demo: its backend needs port {PORT}: {bind_reason(error)}")

    reactor.callWhenRunning(open_shop)
    say(f"demo: try  curl -i http://127.0.0.1:{service.server.port}/shop/7")
    say("demo: see  http://127.0.0.1:8091/  for the admin site; Ctrl-C ends it")
    return _twistd(["-c", file])


def certs(options: argparse.Namespace) -> int:
    """Make an internal CA, a server's and a client's certificate for a trial."""
    folder = Path(options.out)
    authority = Authority()
    try:
        server = authority.server(options.name or ["localhost", "127.0.0.1", "::1"])
    except ValueError as error:
        say(f"certs: --name {' '.join(options.name)}: {error}")
        return 1
    made = {"ca": authority.issued, "server": server, "client": authority.client("client")}
    names = [folder / f"{name}{end}" for name in made for end in (".pem", ".key")]
    there = [str(path) for path in names if path.exists()]
    if there:
        say(f"certs: not overwritten: {', '.join(there)}; choose another folder with --out")
        return 1
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, issued in made.items():
            _write(folder / name, issued)
    except OSError as error:
        say(f"certs: {error.filename}: {(error.strerror or str(error)).lower()}")
        return 1
    say(f"certs: ca, server and client are in {folder}")
    return 0


def revoke(options: argparse.Namespace) -> int:
    """Refuse tokens from now on, at a running gateway with ``auth/revoker``."""
    try:
        count = revoke_at(options.address, options.element)
    except (NotRevoked, OSError) as error:
        say(f"revoke: {options.address}: {error}")
        return 1
    say(f"revoke: {count} added")
    return 0


def _write(stem: Path, issued: Issued) -> None:
    """Write a certificate, and a key that only its owner can read."""
    stem.with_suffix(".pem").write_bytes(issued.certificate)
    handle = os.open(stem.with_suffix(".key"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(issued.key)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="gatekeeper", description="An API gateway that runs KrakenD files.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, act: Callable[[argparse.Namespace], int], *aliases: str) -> _Parser:
        doc = (act.__doc__ or "").strip().splitlines()[0]
        made: _Parser = commands.add_parser(name, help=doc, description=doc, aliases=list(aliases))
        made.set_defaults(act=act)
        return made

    one = command("run", run)
    one.add_argument("-c", "--config", metavar="PATH", help="the configuration file")
    one.add_argument("-d", "--debug", action="count", default=0, help="enable the debug endpoint")
    one.add_argument("-p", "--port", type=int, default=0, help="listen there instead")
    one.add_argument("-w", "--workers", metavar="N", help="a number, or auto; 0 is one process")
    one = command("check", check, "validate")
    one.add_argument("-c", "--config", metavar="PATH", help="the configuration file")
    one.add_argument("-d", "--debug", action="count", default=0, help="show what was understood")
    one.add_argument("-t", "--test-gin-routes", action="store_true", help="always done here")
    one = command("demo", demo)
    one.add_argument("--check", action="store_true", help="only see whether it is complete")
    one = command("certs", certs)
    one.add_argument("--out", default="certs/out", help="the folder (certs/out)")
    one.add_argument("--name", action="append", help="a name or address of the server; repeatable")
    one = command("revoke", revoke)
    one.add_argument("--address", default="127.0.0.1:1234", help="of the RPC (127.0.0.1:1234)")
    one.add_argument("element", nargs="+", help="claim and value, such as jti-5f2c")
    command("version", version)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    options = _parser().parse_args(sys.argv[1:] if arguments is None else arguments)
    act: Callable[[argparse.Namespace], int] = options.act
    return act(options)
