"""Pauses by their reasons, out of the spans; those of days that follow each other can be joined.

Used by reports.py and days.py. Who pauses over midnight pauses once: so it is known of each day who paused when it
began and when it ended, and for how long within it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from panel.history.periods import Period
from panel.history.scope import PAUSED
from panel.history.staffing import Stretch, covered


@dataclass(slots=True)
class Pauses:
    """The pauses for one reason, in microseconds; what one person pauses in several queues at once is one.

    `people` are the interfaces of the agents. `heads` and `tails` are, by agent, the lengths of the pauses with which
    the time begins and ends; one that takes all of it is in both.
    """

    number: int = 0
    time: int = 0
    longest: int = 0
    partly_seen: int = 0
    people: set[str] = field(default_factory=set)
    heads: dict[str, int] = field(default_factory=dict)
    tails: dict[str, int] = field(default_factory=dict)

    def add(self, other: Pauses) -> None:
        """Take in those for another reason."""
        self.number += other.number
        self.time += other.time
        self.longest = max(self.longest, other.longest)
        self.partly_seen |= other.partly_seen
        self.people |= other.people

    def go_on(self, other: Pauses, lasts: int) -> None:
        """Take in those of the time that comes next, which lasts so many microseconds."""
        self.add(other)
        tails = dict(other.tails)
        for agent in other.heads.keys() & self.tails.keys():
            whole = self.tails[agent] + other.heads[agent]
            self.number -= 1
            self.longest = max(self.longest, whole)
            if other.heads[agent] == lasts:
                tails[agent] = whole
        self.tails = tails


def by_reason(pieces: Iterable[Stretch], period: Period) -> dict[str, Pauses]:
    """The pauses among the stretches, which lie in the period."""
    found: dict[str, Pauses] = defaultdict(Pauses)
    for (reason, agent), cover in covered(pieces, PAUSED, lambda piece: (piece.reason, piece.agent)):
        pauses = found[reason]
        lengths = [end - begin for begin, end in cover]
        pauses.add(Pauses(len(lengths), sum(lengths), max(lengths), people={agent}))
        if cover[0][0] == period.begin:
            pauses.heads[agent] = lengths[0]
        if cover[-1][1] == period.end:
            pauses.tails[agent] = lengths[-1]
    for piece in pieces:
        if piece.kind == PAUSED and not piece.is_complete:
            found[piece.reason].partly_seen = 1
    return dict(found)


def joined(parts: Iterable[tuple[int, Mapping[str, Pauses]]]) -> dict[str, Pauses]:
    """Those of times that follow each other without a hole. Of each its length in microseconds, and its pauses."""
    found: dict[str, Pauses] = defaultdict(Pauses)
    for lasts, part in parts:
        for reason in found.keys() | part.keys():
            found[reason].go_on(part.get(reason) or Pauses(), lasts)
    return dict(found)
