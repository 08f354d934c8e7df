"""
The process of which workers are copies.

It is made before there is any reactor, has everything imported, runs one thread and no event
loop, and does nothing but wait.  A copy of it begins to serve in a fraction of the time that a
fresh interpreter needs, and shares its memory; decision 0010 has the numbers.  It ends when its
supervisor does.

A process that runs a reactor must not be copied, so when a template is needed later it is
made of a fresh interpreter (`Template.run`).
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from gatekeeper.node.order import MAX_DESCRIPTORS, Descriptors, Order
from gatekeeper.node.surroundings import Surroundings

__all__ = ["Template", "serve"]

IGNORED = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGQUIT,
    signal.SIGHUP,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
"""Sent to the whole group by a terminal or a service manager; only the supervisor acts."""

MAX_MESSAGE = 64 << 10

FRESH = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from gatekeeper.node.template import begin; begin(int(sys.argv[1]))"
)


class Template:
    """
    The supervisor's end.

    Args:
        connection: Datagrams in order; its other end is the template.
        pid: The template's.
    """

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self.connection = connection
        self.pid = pid

    @classmethod
    def fork(cls) -> Template:
        """Copy this process, which must have neither threads nor a reactor."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
        pid = os.fork()
        if pid == 0:
            ours.close()
            begin(theirs.detach())
        theirs.close()
        return cls(ours, pid)

    @classmethod
    def run(cls) -> Template:
        """Make one of a fresh interpreter."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, "-c", FRESH, str(number), json.dumps(sys.path)]
            process = subprocess.Popen(command, pass_fds=[number])  # noqa: S603 - ourselves
        process.returncode = 0  # whoever made it need not wait for it here
        return cls(ours, process.pid)

    def settle(self) -> None:
        """Tell it what has become of us since it was made: rights, folder, streams."""
        surroundings = Surroundings.current()
        with surroundings.opened() as numbers:
            self._send(b"settle " + surroundings.encode(), numbers)

    def bear(self, order: Order, descriptors: Descriptors) -> None:
        """
        Ask for a worker.

        Raises:
            OSError: The template is gone.
        """
        self._send(b"bear " + order.encode(), descriptors.numbers())

    def _send(self, message: bytes, numbers: Sequence[int]) -> None:
        socket.send_fds(self.connection, [message], numbers)


def begin(number: int) -> NoReturn:
    """Be a template, or one of its children, until the end of the process."""
    code = 1
    try:
        with socket.socket(fileno=number) as connection:
            code = serve(connection)
    except BaseException:  # noqa: BLE001 - nothing above us would tell
        traceback.print_exc()
    finally:
        os._exit(code)


def serve(connection: socket.socket) -> int:
    """
    Do what the supervisor asks for, until it is gone.

    Returns:
        The exit status: in the template 0, in a child what its work has given.
    """
    for each in IGNORED:
        signal.signal(each, signal.SIG_IGN)
    from gatekeeper.node import worker  # all that a worker needs, once for all of them

    gc.collect()
    gc.freeze()  # collecting garbage would write to, and so copy, what is shared
    ended, written = _watch_children()
    while True:
        readable = select.select([connection, ended], [], [])[0]
        if ended in readable:
            _tell_who_ended(ended, connection)
        if connection in readable:
            message, numbers = _receive(connection)
            kind, _, words = message.partition(b" ")
            if not kind:
                return 0
            if kind == b"settle":
                Surroundings.decode(words).become(numbers)
            elif _is_child(connection, order := Order.decode(words)):
                connection.close()
                _forget_children(ended, written)
                return worker.main(order, Descriptors.of(numbers))
            for number in numbers:
                os.close(number)


def _receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """Wait for a message and what comes with it; an empty one is the end."""
    try:
        message, numbers, _, _ = socket.recv_fds(
            connection, MAX_MESSAGE, MAX_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
        )
    except ConnectionResetError:  # the supervisor ended with something unread
        return b"", []
    return message, list(numbers)


def _is_child(connection: socket.socket, order: Order) -> bool:
    """Make a child; it is the one that hears yes."""
    try:
        pid = os.fork()
    except OSError as error:
        _say(connection, {"birth": order.birth, "failed": os.strerror(error.errno or 0).lower()})
        return False
    if pid:
        _say(connection, {"birth": order.birth, "pid": pid})
    return pid == 0


def _watch_children() -> tuple[socket.socket, socket.socket]:
    """Give a socket that has something to read when a child has ended, and its other end."""
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    return reader, writer


def _forget_children(ended: socket.socket, written: socket.socket) -> None:
    """
    A child of ours begins without what was ours.

    Both ends are closed as what they are: what `signal.set_wakeup_fd` gives back is not always
    the descriptor that was set (seen with Python 3.13).
    """
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ended.close()
    written.close()


def _tell_who_ended(ended: socket.socket, connection: socket.socket) -> None:
    with suppress(BlockingIOError):
        while ended.recv(4096):
            pass
    for pid, status in _reaped():
        _say(connection, {"ended": pid, "status": status})


def _reaped() -> Iterator[tuple[int, int]]:
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            yield pid, os.waitstatus_to_exitcode(status)


def _say(connection: socket.socket, message: dict[str, Any]) -> None:
    with suppress(OSError):  # the supervisor is gone; we notice in a moment
        connection.send(json.dumps(message).encode())
