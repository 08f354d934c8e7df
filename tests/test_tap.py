"""From a file to a service, in this process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins
from twisted.python import usage
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import refusal, tap
from gatekeeper.tap import MISSING_CONFIG, Options


class Files(SynchronousTestCase):
    """Tests that write configurations."""

    def config(self, text: str) -> str:
        path = Path(self.mktemp() + ".json")
        path.write_text(text)
        return str(path)


class OptionsTests(Files):
    """The command line of ``twistd gatekeeper``."""

    def setUp(self) -> None:
        self.told: list[str] = []
        self.patch(refusal, "tell", self.told.append)
        self.patch(tap, "occupy", lambda: None)

    def test_a_file(self) -> None:
        """It is read at once, and the command line wins over it."""
        options = Options()
        options.parseOptions(["-c", self.config('{"version": 3, "port": 81}'), "-d", "-p", "82"])
        self.assertEqual(82, options.loaded.service.server.port)
        self.assertTrue(options.loaded.service.debug_endpoint)

    def test_no_file(self) -> None:
        """It is asked for in the original's words."""
        with self.assertRaises(usage.UsageError) as raised:
            Options().parseOptions([])
        self.assertEqual(MISSING_CONFIG, str(raised.exception))

    def test_an_unusable_file(self) -> None:
        """The process ends with a message while there is a terminal."""
        with self.assertRaises(SystemExit) as raised:
            Options().parseOptions(["-c", self.config("{}")])
        self.assertEqual(255, raised.exception.code)
        self.assertIn("unsupported version: 0 (want: 3)", self.told[0])

    def test_the_reactor(self) -> None:
        """One that the operator has chosen stays."""
        installed: list[bool] = []
        self.patch(tap, "install", lambda: installed.append(True))
        self.patch(tap.Template, "fork", lambda: "a template")
        config = self.config('{"version": 3}')
        self.patch(sys, "modules", {**sys.modules, "twisted.internet.reactor": object()})
        options = Options()
        options.parseOptions(["-c", config, "-w", "2"])
        self.assertEqual(([], None), (installed, options.template))
        del sys.modules["twisted.internet.reactor"]
        options.parseOptions(["-c", config, "-w", "0"])
        self.assertEqual(([True], None), (installed, options.template))

    def test_a_template(self) -> None:
        """Workers are copies of a process that was made before there was a reactor."""
        order: list[str] = []
        self.patch(tap, "install", lambda: order.append("reactor"))
        self.patch(tap.Template, "fork", lambda: order.append("template"))
        self.patch(sys, "modules", dict(sys.modules))
        del sys.modules["twisted.internet.reactor"]
        Options().parseOptions(["-c", self.config('{"version": 3}'), "-w", "2"])
        self.assertEqual(["template", "reactor"], order)

    def test_workers(self) -> None:
        """The command line wins over the environment; nonsense ends the start with one line."""
        self.patch(os, "environ", {**os.environ, "GATEKEEPER_WORKERS": "3"})
        config = self.config('{"version": 3}')
        for arguments, count in (([], 3), (["--workers", "5"], 5), (["-w", "0"], 0)):
            options = Options()
            options.parseOptions(["-c", config, *arguments])
            self.assertEqual(count, options.worker_count)
        self.patch(tap, "tell", self.told.append)
        with self.assertRaises(SystemExit) as raised:
            Options().parseOptions(["-c", config, "-w", "many"])
        self.assertEqual(255, raised.exception.code)
        self.assertEqual(
            ['ERROR: workers: expected "auto" or a number up to 1024, found "many"'], self.told
        )

    def test_another_folder(self) -> None:
        """What ``twistd --rundir`` does does not matter for a file that is read again."""
        options = Options()
        options.parseOptions(["-c", self.config('{"version": 3}')])
        folder = os.getcwd()
        self.addCleanup(os.chdir, folder)
        os.chdir("/")
        self.assertEqual(3, options.load().service.version)


class PluginTests(SynchronousTestCase):
    """What ``twistd`` knows of us before it is asked to run us."""

    def test_found(self) -> None:
        """Twisted's plugin scan finds one maker, whose options are ours."""
        [maker] = [p for p in getPlugins(IServiceMaker) if p.tapname == "gatekeeper"]
        self.assertIs(Options, maker.options)
