"""
What attackers send over HTTP/2, and the bound of what it costs us.

Every attack is endless: it goes on until the server closes.  What is asserted is how soon
that is, how many requests the application saw, and how much was kept in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.h2_hyper import HyperEngine
from gatekeeper.wire.h2_nghttp2 import NGHTTP2Engine
from tests.wire.channels import hello
from tests.wire.h2_clients import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GET,
    HEADERS,
    PING,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    H2Client,
    frame,
    settings,
)

KIB = 1 << 10
CALM = 11
CANCEL = (8).to_bytes(4, "big")
POST = ((":method", "POST"), *GET[1:])


def streams() -> Iterator[int]:
    """Number the client's streams."""
    return count(1, 2)


class AttackCase(SynchronousTestCase):
    """Attacks against one engine."""

    engine: Any = NGHTTP2Engine

    def client(self, application: Any = None, **more: Any) -> H2Client:
        return H2Client(application, engine=self.engine, **more)

    def storm(self, client: H2Client, attack: Callable[[], bytes], most: int) -> int:
        """Attack until the server closes; fail if that takes more than so many times."""
        for times in range(most):
            if client.closed:
                return times
            client.send(attack())
            client.turn()
        self.fail(f"still open after {most}")
        return most

    def assert_calmed(self, client: H2Client) -> None:
        """The client was told why."""
        self.assertTrue(client.closed)
        self.assertEqual(client.goaways[-1][1], CALM)


class ResetTests(AttackCase):
    """Streams that cost work and are thrown away (CVE-2023-44487, CVE-2025-8671)."""

    def test_rapid_reset_in_one_read(self) -> None:
        """Requests that are reset at once are never served."""
        client = self.client()
        numbers = streams()

        def attack() -> bytes:
            return b"".join(
                client.request(number) + frame(RST_STREAM, 0, number, CANCEL)
                for number, _ in zip(numbers, range(100), strict=False)
            )

        self.assertLess(self.storm(client, attack, 10), 5)
        self.assertEqual(client.exchanges, [])
        self.assert_calmed(client)

    def test_rapid_reset_across_turns(self) -> None:
        """Nor are they when the reset is in the next turn's part of the read."""
        client = self.client()
        numbers = streams()
        odd = frame(PING, 0, 0, bytes(8))
        client.send(
            odd
            + b"".join(
                client.request(number) + frame(RST_STREAM, 0, number, CANCEL)
                for number, _ in zip(numbers, range(90), strict=False)
            )
        )
        for _ in range(10):
            client.turn()
        self.assertEqual((client.exchanges, client.closed), ([], False))

    def test_rapid_reset_one_by_one(self) -> None:
        """Nor does it help to wait until a request is being served."""
        client = self.client()
        numbers = streams()

        def attack() -> bytes:
            number = next(numbers)
            client.send(client.request(number))
            return frame(RST_STREAM, 0, number, CANCEL)

        self.assertLessEqual(self.storm(client, attack, 1000), 101)
        self.assertLessEqual(len(client.exchanges), 101)
        self.assert_calmed(client)

    def test_cancelled_requests_stop(self) -> None:
        """Whoever works for a reset request hears of it."""
        client = self.client()
        gone: list[int] = []
        client.ask(1)
        client.exchanges[0].gone = lambda: gone.append(1)
        client.reset(1)
        self.assertEqual(gone, [1])

    def test_forgiven(self) -> None:
        """Now and then a client may change its mind."""
        client = self.client()
        numbers = streams()
        for _ in range(50):
            for number, _ in zip(numbers, range(8), strict=False):
                client.ask(number)
                client.reset(number)
            client.pass_time(1)
        self.assertFalse(client.closed)

    def test_made_you_reset_by_windows(self) -> None:
        """A window of nothing makes us reset the stream; it counts as if the client had."""
        client = self.client()
        numbers = streams()

        def attack() -> bytes:
            number = next(numbers)
            client.send(client.request(number))
            return frame(WINDOW_UPDATE, 0, number, bytes(4))

        self.assertLessEqual(self.storm(client, attack, 1000), 101)
        self.assertLessEqual(len(client.exchanges), 101)

    def test_made_you_reset_by_lengths(self) -> None:
        """The same with bodies that are longer than promised."""
        client = self.client()
        numbers = streams()

        def attack() -> bytes:
            number = next(numbers)
            head = client.request(number, ("content-length", "1"), base=POST, end=False)
            client.send(head)
            return frame(DATA, END_STREAM, number, b"ab")

        self.assertLessEqual(self.storm(client, attack, 1000), 101)
        self.assertLessEqual(len(client.exchanges), 101)

    def test_malformed_requests(self) -> None:
        """The same with requests that are none."""
        client = self.client()
        numbers = streams()

        def attack() -> bytes:
            return client.request(next(numbers), ("connection", "close"))

        self.assertLessEqual(self.storm(client, attack, 1000), 201)
        self.assertEqual(client.exchanges, [])

    def test_too_many_streams(self) -> None:
        """More requests than may run at a time are refused, and end the connection at last."""
        client = self.client()
        numbers = streams()
        self.storm(client, lambda: client.request(next(numbers)), 1000)
        self.assertEqual(len(client.exchanges), 100)


class HeaderTests(AttackCase):
    """Header blocks."""

    def test_many_continuations(self) -> None:
        """A block has at most 64 frames."""
        client = self.client()
        client.send(frame(HEADERS, END_STREAM, 1, b""))
        times = self.storm(client, lambda: frame(CONTINUATION, 0, 1, b""), 100)
        self.assertLessEqual(times, 64)
        self.assertEqual(client.exchanges, [])

    def test_large_continuations(self) -> None:
        """A block has at most 64 KiB."""
        client = self.client()
        client.send(frame(HEADERS, END_STREAM, 1, b""))
        part = b"\0\1a\x7e" + b"x" * 126
        times = self.storm(client, lambda: frame(CONTINUATION, 0, 1, part * 120), 10)
        self.assertLessEqual(times, 5)
        self.assertEqual(client.exchanges, [])

    def test_slow_block(self) -> None:
        """A block that never ends has ten seconds."""
        client = self.client()
        client.send(frame(HEADERS, END_STREAM, 1, client.block(GET)))
        for _ in range(11):
            client.send(frame(CONTINUATION, 0, 1, b""))
            client.pass_time(1)
        self.assertTrue(client.closed)

    def test_slow_frame(self) -> None:
        """So has a frame."""
        client = self.client()
        client.ask(1)
        request = client.request(3)
        for byte in request[:11]:
            client.send(bytes((byte,)))
            client.pass_time(1)
        self.assertTrue(client.closed)

    def test_too_many_fields(self) -> None:
        """More than 100 fields are refused with a status."""
        client = self.client()
        client.ask(1, *((f"x-{number}", "1") for number in range(101)))
        self.assertEqual((client.status(), client.exchanges), ("431", []))
        client.ask(3, *((f"x-{number}", "1") for number in range(100)))
        self.assertEqual(len(client.exchanges), 1)

    def test_too_many_bytes(self) -> None:
        """So are more than 32 KiB, 32 counted for each field."""
        client = self.client()
        client.ask(1, *((f"x-{number}", "x" * 500) for number in range(64)))
        self.assertTrue(client.closed or client.status() == "431")
        self.assertEqual(client.exchanges, [])

    def test_long_path(self) -> None:
        """A path is bounded as in HTTP/1.1."""
        client = self.client()
        client.ask(1, base=(*GET[:2], (":path", "/" + "x" * 9000), GET[3]))
        self.assertEqual((client.status(), client.exchanges), ("414", []))

    def test_hpack_bomb(self) -> None:
        """One large field, referred to a thousand times, is never unpacked."""
        client = self.client()
        large = b"\x40\x01a\x7f" + bytes((0x80 | (3900 - 127) & 0x7F, (3900 - 127) >> 7))
        client.send(
            frame(HEADERS, END_HEADERS | END_STREAM, 1, client.block(GET) + large + b"x" * 3900)
        )
        client.send(frame(HEADERS, END_HEADERS | END_STREAM, 3, client.block(GET) + b"\xbe" * 2000))
        self.assertEqual(len(client.exchanges), 1)
        self.assertTrue(client.closed or client.status(3) == "431")

    def test_cookie_crumbs(self) -> None:
        """Crumbs of cookies count as fields."""
        client = self.client()
        client.ask(1, *(("cookie", "a=1") for _ in range(300)))
        self.assertEqual(client.exchanges, [])
        self.assertTrue(client.closed or client.status() == "431")

    def test_empty_fields(self) -> None:
        """Fields that are free on the wire are not free (the "HTTP/2 bomb")."""
        client = self.client()
        block = client.block(GET) + b"\x00\x01a\x00" + b"\x00\x01a\x00" * 15000
        parts = [block[at : at + 16 * KIB] for at in range(0, len(block), 16 * KIB)]
        client.send(
            frame(HEADERS, END_STREAM, 1, parts[0])
            + b"".join(frame(CONTINUATION, 0, 1, part) for part in parts[1:-1])
            + frame(CONTINUATION, END_HEADERS, 1, parts[-1])
        )
        self.assertEqual(client.exchanges, [])
        self.assertTrue(client.closed or client.status() == "431")

    def test_broken_compression(self) -> None:
        """An index that does not exist ends the connection."""
        client = self.client()
        client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\xff\xff\xff\x7f"))
        self.assertTrue(client.closed)
        self.assertEqual(client.exchanges, [])


class FloodTests(AttackCase):
    """Frames that move nothing (CVE-2019-9511 to 9518)."""

    def test_floods(self) -> None:
        """A thousand of them, and the connection ends."""
        for name, one in (
            ("settings", settings(window=65535)),
            ("empty settings", settings()),
            ("pings", frame(PING, 0, 0, bytes(8))),
            ("priorities", frame(PRIORITY, 0, 5, bytes((0, 0, 0, 3, 1)))),
            ("windows", frame(WINDOW_UPDATE, 0, 0, (1).to_bytes(4, "big"))),
            ("unknown frames", frame(0xF0, 0, 0, b"x")),
        ):
            client = self.client()
            times = self.storm(client, lambda one=one: one * 200, 20)
            self.assertLessEqual(times, 6, name)
            self.assert_calmed(client)

    def test_empty_data(self) -> None:
        """Data without data is counted, also when it is padded."""
        for one in (frame(DATA, 0, 1), frame(DATA, 8, 1, b"\x05" + bytes(5))):
            client = self.client()
            client.post(1)
            times = self.storm(client, lambda one=one: one * 200, 20)
            self.assertLessEqual(times, 6)
            self.assert_calmed(client)

    def test_forgiven(self) -> None:
        """A client that asks now and then whether we are there may do so for ever."""
        client = self.client()
        client.ask(1)
        for _ in range(100):
            client.send(frame(PING, 0, 0, bytes(8)) * 20)
            client.pass_time(0.25)
        self.assertFalse(client.closed)

    def test_useful_traffic_pays(self) -> None:
        """Window updates of a download are no flood, however fast it is."""
        client = self.client()
        client.ask(1)
        sink = client.exchanges[0].start(200, (), None)
        allowed = KIB.to_bytes(4, "big")
        updates = frame(WINDOW_UPDATE, 0, 0, allowed) + frame(WINDOW_UPDATE, 0, 1, allowed)
        for _ in range(1000):
            sink.write(b"x" * KIB)
            client.turn()
            client.send(updates)
        self.assertFalse(client.closed)
        self.assertEqual(len(client.bodies[1]), 1000 * KIB)

    def test_fairness(self) -> None:
        """A read full of tiny frames is worked off in many turns."""
        client = self.client()
        client.post(1)
        client.send(frame(DATA, 0, 1, b"x") * 2000)
        exchange: Any = client.exchanges[0]
        self.assertEqual(exchange.body.size, 64)
        self.assertEqual(client.transport.producerState, "paused")
        for _ in range(32):
            client.turn()
        self.assertEqual(exchange.body.size, 2000)
        self.assertEqual(client.transport.producerState, "producing")

    def test_unread_answers_to_pings(self) -> None:
        """Pings of a client that reads nothing do not pile up."""
        client = self.client()
        client.transport.producer.pauseProducing()
        self.storm(client, lambda: frame(PING, 0, 0, bytes(8)) * 100, 20)
        self.assertLess(len(client.transport.value()), 20 * KIB)


class StallTests(AttackCase):
    """Clients that ask for much and take nothing."""

    def test_shut_windows(self) -> None:
        """Answers that nobody takes wait for 30 seconds, one buffer each."""
        client = self.client(lambda exchange: exchange.respond(200, (), b"x" * KIB * KIB))
        client.send(settings(window=0))
        for number, _ in zip(streams(), range(100), strict=False):
            client.ask(number)
        client.pass_time(29)
        self.assertEqual(client.resets, {})
        client.pass_time(2)
        self.assertEqual(set(client.resets.values()), {8})
        self.assertEqual(len(client.resets), 100)
        self.assertEqual(client.bodies, {})

    def test_backlog(self) -> None:
        """What waits for all windows together is bounded, too."""
        client = self.client()
        client.send(settings(window=0))
        written = 0
        for number, _ in zip(streams(), range(100), strict=False):
            client.ask(number)
            sink = client.exchanges[-1].start(200, (), None)
            while (waiting := sink.ready()) is None:
                sink.write(b"x" * 16 * KIB)
                written += 16 * KIB
            waiting.addErrback(lambda _: None)
        self.assertLessEqual(written, KIB * KIB + 64 * KIB)

    def test_no_spin(self) -> None:
        """A stream that waits for its window costs nothing meanwhile."""
        client = self.client(lambda exchange: exchange.respond(200, (), b"x" * 100 * KIB))
        client.send(settings(window=1))
        client.ask(1)
        client.turn()
        calls = client.clock.getDelayedCalls()
        self.assertEqual(len(calls), 1)  # the sweep

    def test_one_byte_windows(self) -> None:
        """A window that opens byte by byte ends as a flood of window updates."""
        client = self.client(lambda exchange: exchange.respond(200, (), b"x" * 100 * KIB))
        client.send(settings(window=0))
        client.ask(1)
        one = frame(WINDOW_UPDATE, 0, 1, (1).to_bytes(4, "big"))
        self.storm(client, lambda: one * 200, 40)
        self.assertLess(len(client.bodies[1]), 5000)

    def test_unread_socket(self) -> None:
        """With open windows, too, no more is taken than the transport takes."""
        client = self.client(None)
        client.send(settings(window=(1 << 31) - 1))
        client.allow(0, (1 << 31) - 1 - 65535)
        client.transport.producer.pauseProducing()
        written = 0
        for number, _ in zip(streams(), range(100), strict=False):
            client.ask(number)
            sink = client.exchanges[-1].start(200, (), None)
            while (waiting := sink.ready()) is None:
                sink.write(b"x" * 16 * KIB)
                client.turn()
                written += 16 * KIB
            waiting.addErrback(lambda _: None)
        self.assertLessEqual(written, KIB * KIB + 64 * KIB)
        self.assertEqual(client.transport.value(), b"")
        client.pass_time(31)
        self.assertTrue(client.transport.aborted)

    def test_silent_body(self) -> None:
        """A body that does not come ends its request, not the connection."""
        client = self.client()
        client.post(1)
        exchange: Any = client.exchanges[0]
        reading = Deferred.fromCoroutine(exchange.body.read())
        client.pass_time(29)
        self.assertNoResult(reading)
        client.pass_time(2)
        self.failureResultOf(reading, ConnectionError)
        self.assertEqual((client.resets, client.closed), ({1: 8}, False))

    def test_dripping_body(self) -> None:
        """Nor does it help to send a little now and then: a minute for each MiB."""
        client = self.client()
        client.post(1)
        for _ in range(25):
            client.body(1, b"x")
            client.pass_time(3)
        self.assertEqual(client.resets, {1: 8})

    def test_idle(self) -> None:
        """A connection without requests is closed, whatever pings it sends."""
        client = self.client(hello)
        client.ask(1)
        for _ in range(59):
            client.send(frame(PING, 0, 0, bytes(8)))
            client.pass_time(1)
        self.assertFalse(client.closed)
        client.pass_time(2)
        self.assertTrue(client.closed)
        self.assertEqual(client.goaways[-1][1], 0)

    def test_no_preface(self) -> None:
        """Nobody waits for the first bytes longer than for a head."""
        for begin in (b"", b"PRI * HT", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            client = self.client(begin=begin)
            client.pass_time(62)
            self.assertTrue(client.closed)


class HyperResetTests(ResetTests):
    """The same with h2."""

    engine = HyperEngine


class HyperHeaderTests(HeaderTests):
    """The same with h2."""

    engine = HyperEngine


class HyperFloodTests(FloodTests):
    """The same with h2."""

    engine = HyperEngine


class HyperStallTests(StallTests):
    """The same with h2."""

    engine = HyperEngine


class ProtocolTests(AttackCase):
    """Frames that make no sense; h2spec has many more."""

    def test_closed_streams(self) -> None:
        """A frame on a stream that the client itself has ended is an error."""
        for attack in (
            frame(DATA, 0, 1, b"x"),
            frame(DATA, END_STREAM, 1, b"x"),
            frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x82"),
        ):
            client = self.client(hello)
            client.ask(1)
            client.send(attack)
            self.assertEqual((client.closed, client.goaways[-1][1]), (True, 5))

    def test_large_frame(self) -> None:
        """A frame that is larger than we allow ends the connection before it has come."""
        client = self.client(hello)
        client.send((1 << 20).to_bytes(3, "big") + bytes((DATA, 0, 0, 0, 0, 1)))
        self.assertTrue(client.closed)

    def test_even_streams(self) -> None:
        """Only servers open those."""
        client = self.client(hello)
        client.ask(2)
        self.assertEqual((client.closed, client.exchanges), (True, []))

    def test_settings(self) -> None:
        """A window that is too large, and a frame size that is none, end the connection."""
        for attack in (settings(window=1 << 31), settings(frame=1), frame(SETTINGS, 0, 0, b"x")):
            client = self.client(hello)
            client.send(attack)
            self.assertTrue(client.closed)
