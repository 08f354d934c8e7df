"""Write what was measured as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from attrs import frozen

from benchmarks.load import Measured
from benchmarks.scenarios import Scenario
from benchmarks.start import Start

__all__ = ["Result", "added", "latency", "starts", "table"]


@frozen
class Result:
    """
    What one scenario gave.

    Attributes:
        runs: By gateway.
        skipped: By gateway, why it was not measured.
    """

    scenario: Scenario
    runs: Mapping[str, Sequence[Measured]]
    skipped: Mapping[str, str]

    def cpu_us(self, name: str) -> float | None:
        """Give the median of a gateway, or None."""
        runs = self.runs.get(name)
        return statistics.median(one.cpu_us for one in runs) if runs else None


def table(result: Result) -> str:
    """Show one scenario."""
    rows = [
        f"\n### {result.scenario.name}\n",
        "| gateway | CPU µs / request | requests / s | p50 ms | p99 ms | errors | × KrakenD | × nginx |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, runs in result.runs.items():
        if not runs:
            continue
        middle = sorted(runs, key=lambda one: one.cpu_us)[len(runs) // 2]
        cpu = result.cpu_us(name)
        ratios = (_ratio(cpu, result.cpu_us(other)) for other in ("krakend", "nginx"))
        rows.append(
            f"| {name} | {cpu:.1f} | {middle.per_second:,.0f} | {middle.p50_ms:.2f} "
            f"| {middle.p99_ms:.2f} | {sum(one.errors for one in runs)} | {' | '.join(ratios)} |"
        )
    rows += [f"\n{name}: skipped, {why}" for name, why in result.skipped.items()]
    if (verdict := _verdict(result)) is not None:
        rows.append(verdict)
    return "\n".join(rows)


def _ratio(one: float | None, other: float | None) -> str:
    return f"{one / other:.2f}" if one is not None and other else "–"


def _verdict(result: Result) -> str | None:
    """Compare with the goal."""
    ours, theirs = result.cpu_us("gatekeeper"), result.cpu_us("krakend")
    goal = result.scenario.goal
    if goal is None or ours is None or theirs is None:
        return None
    verdict = "met" if ours <= goal * theirs else "**not met**"
    return f"\nGoal: at most {goal:g} × KrakenD: {verdict} ({ours / theirs:.2f})."


def added(results: Sequence[Result]) -> str:
    """Show what each component costs on top of its base, next to what it costs KrakenD."""
    by_name = {result.scenario.name: result for result in results}
    rows = [
        "\n### Added by a component\n",
        "| component | Gatekeeper adds µs | KrakenD adds µs | not more? |",
        "| --- | ---: | ---: | --- |",
    ]
    for result in results:
        base = by_name.get(result.scenario.base)
        if base is None:
            continue
        costs = [
            _difference(result.cpu_us(name), base.cpu_us(name))
            for name in ("gatekeeper", "krakend")
        ]
        ours, theirs = costs
        verdict = "–" if ours is None or theirs is None else "yes" if ours <= theirs else "**no**"
        shown = ("–" if cost is None else f"{cost:.1f}" for cost in costs)
        rows.append(f"| {result.scenario.name} | {' | '.join(shown)} | {verdict} |")
    return "\n".join(rows) if len(rows) > 3 else ""


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def latency(rows: Mapping[str, tuple[float, Measured]]) -> str:
    """Show latency at half of the load that a gateway can bear; rates by gateway."""
    lines = [
        "\n### Latency at half load\n",
        "Requests come at a fixed rate: half of what Gatekeeper answers at most.\n",
        "| gateway | requests / s | CPU µs / request | p50 ms | p99 ms | errors |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, (_, one) in rows.items():
        lines.append(
            f"| {name} | {one.per_second:,.0f} | {one.cpu_us:.1f} | {one.p50_ms:.2f} "
            f"| {one.p99_ms:.2f} | {one.errors} |"
        )
    return "\n".join(lines)


def starts(found: Sequence[Start]) -> str:
    """Show starts and memory."""
    lines = [
        "\n### Start and memory, 500 endpoints\n",
        "| gateway | first answer after s | PSS MiB then | PSS MiB after load |",
        "| --- | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {one.name} | {one.first_answer_s:.2f} | {one.fresh_mib:.1f} | {one.used_mib:.1f} |"
        for one in found
    ]
    return "\n".join(lines)
