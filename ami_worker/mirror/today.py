"""Today's figures of the queues: what the passages that began since local midnight add up to. Used by `history.py`;
`queues.py` puts them into the rows.

A passage belongs to the day on which the caller joined, also when it ends after midnight.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypedDict
from zoneinfo import ZoneInfo

from ami_worker.mirror.records import LOST, Counted, Passage
from ami_worker.mirror.world import World
from panel.vocabulary import Kind


class Target(NamedTuple):
    """The service level of a queue: so many of a hundred callers answered within so many seconds."""

    seconds: int = 20
    percent: int = 80


NO_TARGET: Final = Target()


class Figures(TypedDict):
    """The fields of `QueueRow` that are counted here."""

    offered_today: int
    answered_today: int
    abandoned_today: int
    lost_today: int
    moved_today: int
    within_target_today: int
    target_seconds: int
    target_percent: int
    wait_total_today: int
    talks_today: int
    talk_total_today: int
    is_complete_today: bool


@dataclass(slots=True, eq=False)
class _Tally:
    """The sums of one queue on one day."""

    day: float
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    lost: int = 0
    moved: int = 0
    waited: float = 0.0
    waits: Counter[int] = field(default_factory=Counter)  # answered ones by whole seconds, rounded up
    talks: int = 0
    talked: float = 0.0

    def add(self, counted: Counted, sign: int) -> None:
        self.offered += sign
        self.answered += sign * counted.answered
        self.abandoned += sign * counted.abandoned
        self.lost += sign * counted.lost
        self.moved += sign * counted.moved
        self.waited += sign * counted.waited
        self.talks += sign * counted.talks
        self.talked += sign * counted.talked
        if counted.answered:
            self.waits[counted.wait_bucket] += sign


class Today:
    """Counts passages. `zone` is the name of the time zone in which a day begins."""

    def __init__(self, world: World, zone: str) -> None:
        self._world = world
        self._zone = ZoneInfo(zone)
        self._day = (0.0, 0.0)
        self._tallies: dict[str, _Tally] = {}
        self._targets: Mapping[str, Target] = {}
        self.seen_since = 0.0
        """Since when nothing was missed: the end of the last gap."""

    def began_at(self) -> float:
        """The local midnight before now."""
        return self._bounds()[0]

    def _bounds(self) -> tuple[float, float]:
        at = self._world.at
        if not self._day[0] <= at < self._day[1]:
            # A day is what the calendar says: 23 or 25 hours where the clocks are changed.
            midnight = datetime.fromtimestamp(at, self._zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
            next_day = (midnight.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=self._zone)
            self._day = (midnight.timestamp(), next_day.timestamp())
        return self._day

    def set_targets(self, targets: Mapping[str, Target]) -> None:
        """Replace all, by queue."""
        if targets != self._targets:
            self._targets = dict(targets)
            self.touch_all()

    def touch_all(self) -> None:
        """All queues may show something else."""
        self._world.dirty[Kind.QUEUE].update(self._world.queues)

    def count(self, passage: Passage) -> None:
        """Take a passage as it is now, in place of what it was when it was counted last."""
        start, end = self._bounds()
        if passage.joined_at < start:
            return
        tally = self._tallies.get(passage.queue)
        if tally is None or tally.day != start:
            tally = self._tallies[passage.queue] = _Tally(start)
            # At midnight the row changes by itself.
            self._world.touch_later(end, Kind.QUEUE, passage.queue)
        now = counted(passage)
        if now == passage.counted:
            return
        if passage.counted is not None:
            tally.add(passage.counted, -1)
        tally.add(now, 1)
        passage.counted = now
        self._world.dirty[Kind.QUEUE].add(passage.queue)

    def figures(self, queue: str) -> Figures:
        start, _ = self._bounds()
        tally = self._tallies.get(queue)
        if tally is None or tally.day != start:
            tally = _Tally(start)
        target = self._targets.get(queue, NO_TARGET)
        return Figures(
            offered_today=tally.offered,
            answered_today=tally.answered,
            abandoned_today=tally.abandoned,
            lost_today=tally.lost,
            moved_today=tally.moved,
            within_target_today=sum(number for wait, number in tally.waits.items() if wait <= target.seconds),
            target_seconds=target.seconds,
            target_percent=target.percent,
            wait_total_today=round(tally.waited),
            talks_today=tally.talks,
            talk_total_today=round(tally.talked),
            is_complete_today=self.seen_since <= start,
        )


def counted(passage: Passage) -> Counted:
    """What one passage adds to its day, beside that it was offered."""
    outcome, left_at = passage.outcome, passage.left_at
    if outcome == "answered" and left_at is not None:
        waited, ended_at = max(0.0, left_at - passage.joined_at), passage.talk_ended_at
        has_talked = ended_at is not None
        talked = max(0.0, ended_at - left_at) if ended_at is not None else 0.0
        return Counted(1, waited=waited, wait_bucket=math.ceil(waited), talks=int(has_talked), talked=talked)
    return Counted(
        abandoned=int(outcome == "abandoned"),
        lost=int(outcome in LOST),
        moved=int(outcome in ("moved", "withdrawn")),
    )
