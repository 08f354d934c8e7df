"""Twisted's log and ours."""

from __future__ import annotations

from twisted.logger import Logger, LogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.log import Log
from gatekeeper.logging.observer import Observer, TwistedLines, to_twisted


class ObserverTests(SynchronousTestCase):
    """Twisted's events become lines of ours."""

    def setUp(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def logger(self, level: str = "DEBUG") -> Logger:
        log = Log(lambda level, text: self.lines.append((level, text)), level)
        return Logger(observer=Observer(log), namespace="test")

    def test_levels(self) -> None:
        """What Twisted tells about itself is only of interest when looking for something."""
        logger = self.logger()
        for name in ("debug", "info", "warn", "error", "critical"):
            getattr(logger, name)("hello {name}", name=name)
        self.assertEqual(
            [
                ("DEBUG", "[SERVICE: Twisted] hello debug"),
                ("DEBUG", "[SERVICE: Twisted] hello info"),
                ("WARNING", "[SERVICE: Twisted] hello warn"),
                ("ERROR", "[SERVICE: Twisted] hello error"),
                ("ERROR", "[SERVICE: Twisted] hello critical"),
            ],
            self.lines,
        )

    def test_nobody_caught_it(self) -> None:
        """One line with an id; the traceback is a second line at DEBUG with the same id."""
        self.logger().failure("while testing", Failure(ZeroDivisionError("by\nzero")))
        [(level, text), (trace_level, trace)] = self.lines
        self.assertEqual(("ERROR", "DEBUG"), (level, trace_level))
        self.assertRegex(text, r"internal error [0-9a-f]{8}: ZeroDivisionError: by\\nzero$")
        self.assertTrue(trace.startswith(text.split(": Zero")[0]))
        self.assertIn("while testing\\n", trace)
        self.assertNotIn("\n", trace)

    def test_without_debug(self) -> None:
        """There is no traceback."""
        self.logger("ERROR").failure("while testing", Failure(ZeroDivisionError()))
        self.assertEqual(1, len(self.lines))


class ToTwistedTests(SynchronousTestCase):
    """Our lines go where the operator sent Twisted's."""

    def test_lines(self) -> None:
        """Levels are kept, and text is not a format."""
        events: list[dict[str, object]] = []
        logger = Logger(observer=LogPublisher(events.append), namespace="gatekeeper")  # type: ignore[arg-type]
        to_twisted(logger)("ERROR", "100 {percent}")
        TwistedLines(logger).write("[GIN] {x}\n")
        from twisted.logger import formatEvent

        self.assertEqual(
            [("error", "ERROR 100 {percent}"), ("info", "[GIN] {x}")],
            [(event["log_level"].name, formatEvent(event)) for event in events],  # type: ignore[attr-defined]
        )
