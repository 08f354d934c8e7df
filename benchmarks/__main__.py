"""
Measure CPU per request, side by side: ``python -m benchmarks``.

All gateways forward to the same local backend and take turns under the same load, several
rounds, so that a machine that slows down slows them all.  What is compared is the CPU time
that the kernel counted for a gateway's processes, divided by the requests it answered;
requests per second depend on how many cores the load and the backend leave.

Needs ``wrk``, ``h2load`` and ``nginx`` on the path, compares with ``haproxy`` if it is
there, and with the KrakenD that ``KRAKEND_BIN`` names.  Loopback only; every load is
bounded in time.  Prints Markdown; writes nothing unless ``--out`` says where.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from attrs import evolve, frozen

from benchmarks import machine, report
from benchmarks.gateways import available, backend, gateways, implemented
from benchmarks.load import Measured, load, missing_tools, offers_http2, paced
from benchmarks.processes import Process
from benchmarks.report import Result
from benchmarks.scenarios import GROUPS, Group, Scenario
from benchmarks.secrets import Secrets, make_secrets
from benchmarks.start import measure_start

__all__ = ["main"]

QUICK = ("no-op", "json", "404")
LATENCY, START = "latency at half load", "start and memory"


@frozen
class Run:
    """
    How to measure.

    Attributes:
        only: Gateways; empty means all.
        names: Scenarios; empty means all.
    """

    seconds: float
    rounds: int
    only: Collection[str]
    names: Collection[str]
    folder: Path
    origin: str
    secrets: Secrets
    say: Callable[[str], None]

    def wants(self, name: str) -> bool:
        """Tell whether something was asked for."""
        return not self.names or name in self.names


def chosen(group: Group, run: Run) -> Group:
    """Leave out what was not asked for; what others are compared with stays."""
    wanted = [scenario for scenario in group.scenarios if run.wants(scenario.name)]
    bases = {scenario.base for scenario in wanted}
    kept = [one for one in group.scenarios if one in wanted or one.name in bases]
    return evolve(group, scenarios=tuple(kept))


def measure(group: Group, run: Run) -> Iterator[Result]:
    """Measure a group's scenarios."""
    with gateways(group, run.origin, run.secrets, run.folder, run.only) as running:
        for scenario in group.scenarios:
            able = [one for one in running if not scenario.only or one.name in scenario.only]
            reasons = {one.name: _missing(one, scenario) for one in able}
            skipped = {name: why for name, why in reasons.items() if why}
            able = [one for one in able if one.name not in skipped]
            runs: dict[str, list[Measured]] = {one.name: [] for one in able}
            for one in _turns(able, run.rounds):
                measured = _load(one, scenario, run, secure=group.secure)
                runs[one.name].append(measured)
            yield Result(scenario, {name: found[1:] for name, found in runs.items()}, skipped)


def _turns(able: Sequence[Process], rounds: int) -> Iterator[Process]:
    """Give each its turn, once more than there are rounds: the first warms up."""
    for _ in range(rounds + 1):
        yield from able


def _load(gateway: Process, scenario: Scenario, run: Run, *, secure: bool) -> Measured:
    return load(gateway, scenario, run.seconds, run.folder, secure=secure, token=run.secrets.token)


def _missing(gateway: Process, scenario: Scenario) -> str:
    """Say why a gateway cannot do a scenario, or nothing."""
    ours = gateway.name == "gatekeeper"
    if ours and scenario.needs and scenario.needs not in implemented():
        return f"this build does not have {scenario.needs}"
    if scenario.http2 and not offers_http2(gateway.port):
        return "does not offer h2"
    return ""


def measure_latency(run: Run) -> str:
    """Find out what Gatekeeper bears, and ask everybody for half of it."""
    json = next(one for group in GROUPS for one in group.scenarios if one.name == "json")
    with gateways(
        Group("latency", (json,)), run.origin, run.secrets, run.folder, run.only
    ) as running:
        rates = {one.name: _load(one, json, run, secure=False).per_second for one in running}
        rate = rates.get("gatekeeper", min(rates.values())) / 2
        rows = {}
        for one in running:
            rows[one.name] = rate, paced(one, json, rate, max(3.0, run.seconds), run.folder)
        return report.latency(rows)


def run_all(run: Run) -> None:
    """Measure everything that was asked for."""
    run.say(f"# Benchmarks\n\n{machine.described(available(run.only))}")
    run.say(f"- {run.rounds} rounds of {run.seconds:g} s for each gateway")
    for whole in GROUPS:
        group = chosen(whole, run)
        if not group.scenarios:
            continue
        run.say(f"\n## {group.name[:1].upper()}{group.name[1:]}")
        results = []
        for result in measure(group, run):
            run.say(report.table(result))
            results.append(result)
        run.say(report.added(results))
    if run.wants(LATENCY):
        run.say(measure_latency(run))
    if run.wants(START):
        found = measure_start(run.origin, run.secrets, run.folder, run.only, run.rounds)
        run.say(report.starts(found))


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; prints Markdown."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=(__doc__ or "").strip().splitlines()[0]
    )
    parser.add_argument("scenarios", nargs="*", help="names; all when none is given")
    parser.add_argument("--list", action="store_true", help="show the names and end")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each load (3)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each gateway (3)")
    parser.add_argument("--only", default="", help="gateways, separated by commas")
    parser.add_argument("--quick", action="store_true", help="a smoke test: see that it works")
    parser.add_argument("--out", type=Path, help="write the Markdown to this file, too")
    options = parser.parse_args(arguments)
    names = [one.name for group in GROUPS for one in group.scenarios] + [LATENCY, START]
    if options.list:
        print("\n".join(names))
        return 0
    if unknown := set(options.scenarios) - set(names):
        print(f"no such scenario: {', '.join(sorted(unknown))}; see --list", file=sys.stderr)
        return 2
    if missing := missing_tools():
        print(f"cannot measure: {', '.join(missing)} not found", file=sys.stderr)
        return 2
    said: list[str] = []

    def say(text: str) -> None:
        if text:
            said.append(text)
            print(text, flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with backend(folder) as origin:
            run_all(
                Run(
                    seconds=1.0 if options.quick else options.seconds,
                    rounds=1 if options.quick else options.rounds,
                    only=set(filter(None, options.only.split(","))),
                    names=options.scenarios or (QUICK if options.quick else ()),
                    folder=folder,
                    origin=origin,
                    secrets=make_secrets(folder),
                    say=say,
                )
            )
    if options.out:
        options.out.write_text("\n".join(said) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
