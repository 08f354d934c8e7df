"""
Measure CPU per request, side by side: ``python -m benchmarks``.

All gateways forward to the same local backend and take turns under the same load (wrk),
several rounds, so that a machine that slows down slows them all.  What is compared is
the CPU time that the kernel counted for a gateway's processes, divided by the requests
it answered; requests per second depend on how many cores wrk and the backend leave.

Needs ``wrk`` and ``nginx`` on the path.  ``KRAKEND_BIN`` names a KrakenD to compare with.
Loopback only; every load is bounded in time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.gateways import Gateway, available, backend
from benchmarks.load import Measured, missing_tools, wrk
from benchmarks.scenarios import SCENARIOS, Scenario

__all__ = ["main"]


def measure(
    gateways: Sequence[Gateway], scenario: Scenario, seconds: float, rounds: int
) -> dict[str, list[Measured]]:
    """Load each gateway in turn, as often as there are rounds, after one that warms up."""
    results: dict[str, list[Measured]] = {gateway.name: [] for gateway in gateways}
    able = [gateway for gateway in gateways if scenario.name not in gateway.unable]
    for gateway in able:
        wrk(gateway, scenario, min(seconds, 1.0))
    for _ in range(rounds):
        for gateway in able:
            results[gateway.name].append(wrk(gateway, scenario, seconds))
    return results


def table(scenario: Scenario, results: dict[str, list[Measured]]) -> str:
    """Print a scenario's medians as a Markdown table."""
    rows = [
        f"\n### {scenario.name}\n",
        "| gateway | CPU µs / request | requests / s | p50 ms | p99 ms | errors | ratio to KrakenD |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    medians = {
        name: statistics.median(one.cpu_us for one in runs)
        for name, runs in results.items()
        if runs
    }
    for name, runs in results.items():
        if not runs:
            continue
        middle = sorted(runs, key=lambda one: one.cpu_us)[len(runs) // 2]
        ratio = f"{medians[name] / medians['krakend']:.2f}" if "krakend" in medians else "–"
        rows.append(
            f"| {name} | {medians[name]:.1f} | {middle.per_second:,.0f} | {middle.p50_ms:.2f} "
            f"| {middle.p99_ms:.2f} | {sum(one.errors for one in runs)} | {ratio} |"
        )
    return "\n".join(rows)


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; prints Markdown."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.split("\n")[1]
    )
    parser.add_argument("scenarios", nargs="*", help="names; all when none is given")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each load (3)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each gateway (3)")
    parser.add_argument("--only", default="", help="gateways, separated by commas")
    options = parser.parse_args(arguments)
    if missing := missing_tools():
        print(f"cannot measure: {', '.join(missing)} not found", file=sys.stderr)
        return 2
    chosen = [s for s in SCENARIOS if not options.scenarios or s.name in options.scenarios]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with backend(folder) as origin, available(folder, origin, options.only) as gateways:
            print(f"{os.cpu_count()} CPUs, {options.rounds} rounds of {options.seconds:g} s")
            for scenario in chosen:
                results = measure(gateways, scenario, options.seconds, options.rounds)
                print(table(scenario, results), flush=True)
            print("\n| gateway | memory (PSS) after |\n| --- | ---: |")
            for gateway in gateways:
                print(f"| {gateway.name} | {gateway.pss_mib():.0f} MiB |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
