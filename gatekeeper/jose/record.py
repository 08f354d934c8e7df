"""
What the workers of a node tell one another about one key set.

A record is a value: each event gives a new one, which is published for all workers.  A
*life* says that the cache of one endpoint keeps the keys of a set, or one of them, from
some time on.  Sets that no cache keeps any more are forgotten, except the current one.

Times are those of the node's clock, the same in all workers.  A record can hold shared
secrets, so it stays in memory that only they can see.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from attrs import asdict, astuple, evolve, field, frozen

from gatekeeper.jose.ration import Ration

__all__ = ["MAX_BYTES", "Life", "Record"]

MAX_BYTES = 8 << 20
"""Of a written record: several times the longest set."""


@frozen
class Life:
    """
    Keys that a cache keeps.

    Attributes:
        cache: Its name.
        number: The set.
        since: When it was downloaded, or taken from another cache.
        keep_s: How long the keys are used from then on.
        identifier: The only key that is kept; None is all of the set.
    """

    cache: str
    number: int
    since: float
    keep_s: float
    identifier: str | None = None


@frozen
class Record:
    """
    A key set, and how it is doing.

    Attributes:
        downloads: How often it was downloaded, or could not be.
        error: Why the last download failed, or "".
        loaded_at: When it was last there.
        current: The number of the set that was downloaded last, 0 is none.
        bodies: The sets, by number.  A number never means another set later.
        lives: What caches keep; of two lives of a key the later one in this list counts.
        full_at: What was spent of rations, by their names.
    """

    downloads: int = 0
    error: str = ""
    loaded_at: float | None = None
    current: int = 0
    bodies: Mapping[int, bytes] = field(factory=dict, repr=False)
    lives: tuple[Life, ...] = ()
    full_at: Mapping[str, float] = field(factory=dict)

    def loaded(self, body: bytes, now: float) -> Record:
        """Know a set that was downloaded; one that is known already keeps its number."""
        known = (number for number, other in self.bodies.items() if other == body)
        number = next(known, self.downloads + 1)
        return evolve(
            self,
            downloads=self.downloads + 1,
            error="",
            loaded_at=now,
            current=number,
            bodies={**self.bodies, number: body},
        )

    def failed(self, error: str) -> Record:
        """Know of a download that failed."""
        return evolve(self, downloads=self.downloads + 1, error=error)

    def keeping(self, life: Life) -> Record:
        """Let a cache keep keys anew; does nothing when their set is forgotten."""
        if life.number not in self.bodies:
            return self
        meant = life.cache, life.number, life.identifier
        others = [one for one in self.lives if (one.cache, one.number, one.identifier) != meant]
        return evolve(self, lives=(*others, life))

    def pruned(self, now: float) -> Record:
        """Forget what is too old for all."""
        return self._with_lives([life for life in self.lives if now - life.since <= life.keep_s])

    def without_oldest(self) -> Record:
        """Forget the oldest set that is not the current one."""
        oldest = min(set(self.bodies) - {self.current}, default=0)
        return self._with_lives([life for life in self.lives if life.number != oldest])

    def is_left(self, ration: Ration, now: float) -> bool:
        """Tell whether one may be spent."""
        return ration.is_left(self.full_at.get(ration.name, 0.0), now)

    def spent(self, ration: Ration, now: float) -> Record:
        """Spend one."""
        full_at = ration.spent(self.full_at.get(ration.name, 0.0), now)
        return evolve(self, full_at={**self.full_at, ration.name: full_at})

    @classmethod
    def read(cls, text: bytes) -> Record:
        """Read what a worker of this node has written."""
        found = json.loads(text)
        bodies = {int(number): body.encode() for number, body in found["bodies"].items()}
        lives = tuple(Life(*life) for life in found["lives"])
        return cls(**{**found, "bodies": bodies, "lives": lives})

    def written(self) -> bytes:
        """Write it for the other workers; errors may hold whatever a server has said."""
        bodies = {number: body.decode() for number, body in self.bodies.items()}
        lives = [astuple(life) for life in self.lives]
        shown = {**asdict(self, recurse=False), "bodies": bodies, "lives": lives}
        return json.dumps(shown).encode("ascii")

    def _with_lives(self, lives: list[Life]) -> Record:
        needed = {self.current, *(life.number for life in lives)}
        bodies = {number: body for number, body in self.bodies.items() if number in needed}
        return evolve(self, lives=tuple(lives), bodies=bodies)
