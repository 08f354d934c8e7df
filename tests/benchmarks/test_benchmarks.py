"""Tests for `benchmarks`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from benchmarks import instructions, settings
from benchmarks.load import Measured, missing_tools, read_h2load, read_wrk
from benchmarks.report import Result, added, table
from benchmarks.scenarios import GROUPS, Scenario
from benchmarks.secrets import make_secrets
from gatekeeper import pipeline
from gatekeeper.assembly import check
from gatekeeper.config.load import load
from gatekeeper.errors import Problems

ROOT = Path(__file__).resolve().parent.parent.parent

WRK = """Running 1s test @ http://127.0.0.1:8080/json
  1 threads and 64 connections
  Latency Distribution
     50%    3.60ms
     99%    1.20s
  17022 requests in 1.00s, 9.75MB read
  Socket errors: connect 0, read 2, write 0, timeout 1
  Non-2xx or 3xx responses: 4
Requests/sec:  17022.19
Transfer/sec:      9.75MB
"""

H2LOAD = "1000\t200\t500\n1001\t200\t1500\n1002\t503\t90000\n"


def measured(cpu_us: float) -> Measured:
    return Measured(cpu_us, 1000.0, 1.0, 2.0, 0)


class ReadingTests(SynchronousTestCase):
    """What the tools print."""

    def test_wrk(self) -> None:
        """Errors are wrong answers and broken connections; times are milliseconds."""
        requests, found = read_wrk(WRK, 1.0)
        self.assertEqual(requests, 17022)
        self.assertEqual((found.per_second, found.errors), (17022.19, 7))
        self.assertEqual((found.p50_ms, found.p99_ms), (3.6, 1200.0))
        self.assertAlmostEqual(found.cpu_us, 58.75, 2)

    def test_wrk_expecting_errors(self) -> None:
        """A scenario of refusals does not count them."""
        self.assertEqual(read_wrk(WRK, 1.0, expects_success=False)[1].errors, 3)

    def test_wrk_without_answers(self) -> None:
        """Nothing is read from nothing."""
        self.assertEqual(read_wrk("unable to connect", 1.0)[0], 0)

    def test_h2load(self) -> None:
        """Its log has one line for each request."""
        requests, found = read_h2load(H2LOAD, 0.003, 2.0)
        self.assertEqual((requests, found.errors, found.per_second), (3, 1, 1.5))
        self.assertEqual((found.p50_ms, found.p99_ms), (1.5, 90.0))
        self.assertAlmostEqual(found.cpu_us, 1000)


class ReportTests(SynchronousTestCase):
    """What people read."""

    def test_goal(self) -> None:
        """A goal that is missed is said to be missed."""
        scenario = Scenario("json", "/json", goal=0.45)
        runs = {"gatekeeper": [measured(50)], "krakend": [measured(100)]}
        text = table(Result(scenario, runs, {}))
        self.assertIn("| gatekeeper | 50.0 | 1,000 | 1.00 | 2.00 | 0 | 0.50 | – |", text)
        self.assertIn("**not met** (0.50)", text)

    def test_added(self) -> None:
        """A component is compared with the same request without it."""
        base = Result(
            Scenario("plain", "/"),
            {"gatekeeper": [measured(50)], "krakend": [measured(80)]},
            {},
        )
        limited = Result(
            Scenario("limit", "/l", base="plain"),
            {"gatekeeper": [measured(52)], "krakend": [measured(81)]},
            {},
        )
        self.assertIn("| limit | 2.0 | 1.0 | **no** |", added([base, limited]))


class ConfigurationTests(SynchronousTestCase):
    """What the gateways run."""

    def test_every_group(self) -> None:
        """This build can run the configuration of every group."""
        folder = Path(self.mktemp())
        folder.mkdir()
        secrets = make_secrets(folder)
        for group in GROUPS:
            if group.routes > 500:
                continue  # the same, many times over
            with self.subTest(group=group.name):
                known = pipeline.implemented()
                document = settings.krakend(group, 8080, "http://127.0.0.1:8000", secrets, known)
                file = folder / "krakend.json"
                file.write_text(json.dumps(document))
                check(load(str(file), implemented=known), Problems())

    def test_names(self) -> None:
        """Scenarios have names of their own, and what they are compared with exists."""
        scenarios = [one for group in GROUPS for one in group.scenarios]
        names = [one.name for one in scenarios]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual({one.base for one in scenarios} - {""}, set(names))


class InstructionTests(SynchronousTestCase):
    """What a request costs the interpreter, which is the same on every machine."""

    def test_budgets(self) -> None:
        """A usual request stays below a bound; whoever raises it says why."""
        folder = Path(self.mktemp())
        folder.mkdir()
        world = instructions.World(folder)
        for path, most in (("/json", 3000), ("/noop", 3200), ("/merge", 6500), ("/nowhere", 1900)):
            with self.subTest(path=path):
                self.assertTrue(world.turn(path).startswith(b"HTTP/1.1 "))
                world.turn(path)
                found = sum(instructions.count(world, path).values()) / instructions.CLIENTS
                self.assertLess(found, most)


class SmokeTests(SynchronousTestCase):
    """The whole, once."""

    def test_quick(self) -> None:
        """``--quick`` measures a few scenarios and has no errors."""
        if missing := missing_tools():
            raise SkipTest(f"{', '.join(missing)} not found")
        path = os.pathsep.join((str(ROOT), str(ROOT / "admin")))
        run = [sys.executable, "-m", "benchmarks", "--quick", "--only", "gatekeeper", "json"]
        done = subprocess.run(
            run,
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            timeout=120,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        (row,) = [line for line in done.stdout.splitlines() if line.startswith("| gatekeeper")]
        self.assertEqual(row.split("|")[6].strip(), "0", row)
