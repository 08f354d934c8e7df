"""
What surrounds a process: its rights, folder, file mask and standard streams.

``twistd`` changes all of them after it has read the configuration, which is when the template
is made: it becomes a daemon, changes its root and gives up rights.  Workers must not keep what
the supervisor has given up.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from attrs import asdict, frozen

__all__ = ["Surroundings"]

STREAMS = 3


@frozen
class Surroundings:
    """
    Numbers; what cannot be written down travels as open descriptors beside them.

    Attributes:
        session: The session that the process belongs to.
        umask: The file mask.
        uids, gids: Real, effective and saved.
        groups: Further groups.
    """

    session: int
    umask: int
    uids: Sequence[int]
    gids: Sequence[int]
    groups: Sequence[int]

    @classmethod
    def current(cls) -> Surroundings:
        """Look around."""
        umask = os.umask(0)
        os.umask(umask)
        return cls(os.getsid(0), umask, os.getresuid(), os.getresgid(), os.getgroups())

    def encode(self) -> bytes:
        """Write it down."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, data: bytes) -> Surroundings:
        """Read it again."""
        return cls(**json.loads(data))

    @contextmanager
    def opened(self) -> Iterator[list[int]]:
        """Open the root, the folder, and give them with the standard streams."""
        root = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
        folder = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield [root, folder, *range(STREAMS)]
        finally:
            os.close(root)
            os.close(folder)

    def become(self, numbers: Sequence[int]) -> None:
        """
        Surround this process so; rights are given up last.

        Args:
            numbers: What `opened` gave, received.
        """
        root, folder, *streams = numbers
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        if not os.path.samestat(os.fstat(root), os.stat("/")):
            os.fchdir(root)
            os.chroot(".")
        os.fchdir(folder)
        os.umask(self.umask)
        if self.session != os.getsid(0):
            os.setsid()
        if self._rights() != (os.getresuid(), os.getresgid(), sorted(os.getgroups())):
            os.setgroups(list(self.groups))
            os.setresgid(*self.gids)
            os.setresuid(*self.uids)

    def _rights(self) -> tuple[tuple[int, ...], tuple[int, ...], list[int]]:
        return tuple(self.uids), tuple(self.gids), sorted(self.groups)
