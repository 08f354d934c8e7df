"""How many workers a node wants."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.node.cpus import VARIABLE, usable_cpus, worker_count


class CountTests(SynchronousTestCase):
    """What an operator may say."""

    def test_numbers(self) -> None:
        """The command line wins over the environment."""
        table = [("3", {}, 3), (None, {VARIABLE: "2"}, 2), ("0", {VARIABLE: "2"}, 0)]
        for wanted, environ, count in table:
            self.assertEqual(count, worker_count(wanted, environ))

    def test_nonsense(self) -> None:
        """It is refused with what was expected."""
        for text in ("many", "-1", "1.5", "²", "99999"):
            with self.assertRaisesRegex(ValueError, 'expected "auto" or a number'):
                worker_count(text, {})

    def test_automatic(self) -> None:
        """One per processor; what the deployment says to the original counts, too."""
        cpus = usable_cpus()
        for wanted, environ in ((None, {}), ("auto", {}), (None, {"GOMAXPROCS": "x"})):
            self.assertEqual(cpus, worker_count(wanted, environ))
        self.assertEqual(1, worker_count(None, {"GOMAXPROCS": "1"}))
        self.assertEqual(cpus, worker_count(None, {"GOMAXPROCS": "0"}))


class ContainerTests(SynchronousTestCase):
    """What a control group allows, in a file system of the test."""

    def setUp(self) -> None:
        self.root = Path(self.mktemp())
        self.patch(os, "sched_getaffinity", lambda _: set(range(8)))

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.root / name.replace("__", "/").replace("_DOT_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def test_version_2(self) -> None:
        """The tightest limit on the way up counts, rounded up."""
        self.write(proc__self__cgroup="0::/pod/box\n")
        self.write(sys__fs__cgroup__cpu_DOT_max="max 100000\n")
        self.assertEqual(8, usable_cpus(self.root))
        self.write(sys__fs__cgroup__pod__cpu_DOT_max="250000 100000\n")
        self.write(sys__fs__cgroup__pod__box__cpu_DOT_max="400000 100000\n")
        self.assertEqual(3, usable_cpus(self.root))

    def test_version_1(self) -> None:
        """Two files; -1 is no limit."""
        self.write(proc__self__cgroup="4:memory:/a\n3:cpu,cpuacct:/a\n")
        quota = "sys__fs__cgroup__cpu__a__cpu_DOT_cfs_quota_us"
        self.write(sys__fs__cgroup__cpu__a__cpu_DOT_cfs_period_us="100000")
        for text, count in (("150000", 2), ("50000", 1), ("-1", 8)):
            self.write(**{quota: text})
            self.assertEqual(count, usable_cpus(self.root))

    def test_nothing_to_read(self) -> None:
        """Then only the affinity counts."""
        self.assertEqual(8, usable_cpus(self.root))
