"""
The command line: ``gatekeeper run``, ``check``, ``version``, ``demo``, ``certs``.

Flags and exit statuses are those of ``krakend``, so that scripts and container images go on
working; everything that people read goes to standard error, as there.  ``twistd gatekeeper``
does not come by here.

Source: KrakenD documentation, "Command line".
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from gatekeeper import COMPATIBLE_WITH, __version__

__all__ = ["command"]

MISUSED = 255
DEFAULT_NAMES = "localhost,127.0.0.1,::1"


def command(arguments: Sequence[str]) -> int:
    """Do what the arguments say and give the exit status."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as end:  # argparse has told why
        return end.code if isinstance(end.code, int) else MISUSED
    try:
        chosen: Callable[[Any], int] = options.do
        return chosen(options)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1


class _Parser(argparse.ArgumentParser):
    """Misuse ends with the status of the original, help goes where people read."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(MISUSED, f"ERROR: {message}\n")

    def print_help(self, file: Any = None) -> None:
        super().print_help(file or sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="gatekeeper",
        allow_abbrev=False,
        description="An API gateway that runs KrakenD configuration files.",
    )
    parser.set_defaults(do=lambda _: _help(parser))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    _run(_command(commands, "run", "run the gateway", run))
    _check(_command(commands, "check", "check a configuration file", check, ["validate"]))
    _command(commands, "version", "show versions", version)
    _demo(_command(commands, "demo", "run an example with its own backend", demo))
    _certs(_command(commands, "certs", "make certificates for a trial", certs))
    _command(commands, "help", "show this help", lambda _: _help(parser))
    return parser


def _command(
    commands: Any, name: str, text: str, do: Callable[[Any], int], aliases: Sequence[str] = ()
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, allow_abbrev=False, aliases=list(aliases)
    )
    parser.set_defaults(do=do)
    return parser


def _help(parser: argparse.ArgumentParser) -> int:
    parser.print_help()
    return 0


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


def _config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", "--config", default="", metavar="FILE", help="configuration file")
    parser.add_argument("-d", "--debug", action="count", default=0, help=_DEBUG[parser.prog])


_DEBUG = {
    "gatekeeper run": "switch the debug endpoint on",
    "gatekeeper check": "show how the file was understood; -dd and -ddd show more",
}


def _run(parser: argparse.ArgumentParser) -> None:
    _config(parser)
    parser.add_argument("-p", "--port", type=int, default=0, help="listen on this port")


def run(options: Any) -> int:
    """Run the gateway until a signal stops it."""
    from gatekeeper.tap import MISSING_CONFIG, Options, makeService

    if not options.config:
        _tell(MISSING_CONFIG)
        return 0  # kept for compatibility
    settings = Options()
    settings.update(config=options.config, port=options.port, debug=options.debug)
    settings.postOptions()
    return _serve(makeService(settings))


def _serve(service: Any) -> int:
    """Start a service, run the reactor, and give the status."""
    from twisted.internet import reactor
    from twisted.logger import globalLogBeginner

    from gatekeeper.logging.streams import tell
    from gatekeeper.refusal import CANNOT_START, CannotStart

    globalLogBeginner.beginLoggingTo([service.observer])
    running: Any = reactor
    try:
        service.privilegedStartService()
        service.startService()
    except CannotStart as error:
        tell(f"ERROR: {error}")
        return CANNOT_START
    running.addSystemEventTrigger("before", "shutdown", service.stopService)
    running.run()
    return 0


def _check(parser: argparse.ArgumentParser) -> None:
    _config(parser)
    parser.add_argument(
        "-t", "--test-gin-routes", action="store_true", help="build all routes as well"
    )
    parser.add_argument("-i", "--indent", default="\t", help="what -d indents with")


def check(options: Any) -> int:
    """Say whether a configuration can be used."""
    from gatekeeper.check import check_file
    from gatekeeper.tap import MISSING_CONFIG

    if not options.config:
        _tell(MISSING_CONFIG)
        return 1
    return check_file(
        options.config,
        tell=_tell,
        details=options.debug,
        indent=options.indent,
        build_routes=options.test_gin_routes,
    )


def version(_options: Any) -> int:
    """Show versions; scripts read the first line."""
    _tell(f"KrakenD Version: {COMPATIBLE_WITH}")
    _tell(f"Gatekeeper Version: {__version__}")
    _tell(f"Python Version: {platform.python_version()}")
    return 0


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-p", "--port", type=int, default=8080, help="listen on this port")


def demo(options: Any) -> int:
    """Run the example."""
    from gatekeeper.demo.run import run_demo

    return run_demo(options.port, _tell, _serve)


def _certs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--out", type=Path, default=Path("certs/out"), help="folder")
    parser.add_argument(
        "-n", "--names", default=DEFAULT_NAMES, help="names and addresses of the server"
    )
    parser.add_argument("--client", default="client", help="name of the client")


def certs(options: Any) -> int:
    """Make certificates for a trial."""
    from gatekeeper.trial_certificates import write_certificates

    names = [name.strip() for name in options.names.split(",") if name.strip()]
    if not names:
        _tell("ERROR: expected at least one name of the server")
        return 1
    try:
        written = write_certificates(options.out, names, options.client)
    except (OSError, ValueError) as error:
        _tell(f"ERROR: {error}")
        return 1
    for path in written:
        _tell(f"wrote {path}")
    _tell(_HOW_TO.format(out=options.out))
    return 0


_HOW_TO = """
In the configuration:

  "tls": {{"keys": [{{"public_key": "{out}/server.pem", "private_key": "{out}/server.key"}}]}}

and to let in only clients that have a certificate:

  "enable_mtls": true, "ca_certs": ["{out}/ca.pem"]

Then:

  curl --cacert {out}/ca.pem --cert {out}/client.pem --key {out}/client.key \\
    https://localhost:8080/__health"""
