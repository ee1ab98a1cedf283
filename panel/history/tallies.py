"""What became of the callers of queues, counted by the database: one `Tally` for each queue, agent, hour or day.

Used by reports.py. What each figure counts, in reports, in the row of a queue (`QueueRow`, `…_today`), on wallboards
and in alerts; tests/history/test_agreement.py holds them against each other:

* offered: who joined, in the hour and on the day of joining, however they left
* answered: of these, those with whom an agent talked
* abandoned: hung up while waiting
* lost: abandoned, timed out, and left by a key or sent away by the queue
* moved: sent elsewhere by an operator; `moved_today` together with the withdrawn, whom one let out
* waiting, unknown: wait still; how it ended was not seen
* service level: answered within the queue's target, of the answered and the lost. Who was moved or withdrawn, waits
  still or was not seen counts neither for nor against. Shown cut off: a goal that is missed never looks reached
* wait: from joining to leaving. In reports of everybody whose leaving was seen; by agent and in `wait_total_today` of
  the answered
* talk: from leaving the queue for an agent to the end of the talk, where it has ended
* logged in: an agent was a member; in several queues at once it counts once
* occupancy: ringing, talking and wrap-up of calls of queues, of the time logged in

"answered" and "gave up" on a wallboard, without "today", are the PBX's own counters since its queues were loaded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Max, Q, QuerySet, Sum, Value, When
from django.db.models.lookups import LessThanOrEqual

from panel.history.expressions import Micros, Quarter
from panel.history.models import Goal, Outcome, Passage
from panel.history.periods import SECOND


TARGET_SECONDS = 20
"""Within which a caller is to be answered, where the queue has no goal of its own."""


@dataclass(slots=True)
class Tally:
    """Numbers of passages by their outcome, and times in microseconds.

    `within` are those answered within the queue's target. `waits` are those whose leaving was seen, and `talks` those
    whose talk has ended: over them go the averages. `incomplete` are counted, but the worker has not seen all of them.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    timeout: int = 0
    left: int = 0
    moved: int = 0
    withdrawn: int = 0
    unknown: int = 0
    waiting: int = 0
    within: int = 0
    waits: int = 0
    wait: int = 0
    longest: int = 0
    talks: int = 0
    talk: int = 0
    incomplete: int = 0

    @property
    def lost(self) -> int:
        return self.abandoned + self.timeout + self.left

    @property
    def service_level(self) -> float | None:
        """Percent of the answered and the lost that were answered in time; None where there were none."""
        base = self.answered + self.lost
        return 100 * self.within / base if base else None

    @property
    def average_wait(self) -> float | None:
        """Seconds."""
        return self.wait / self.waits / SECOND if self.waits else None

    @property
    def longest_wait(self) -> float | None:
        """Seconds."""
        return self.longest / SECOND if self.waits else None

    @property
    def average_talk(self) -> float | None:
        """Seconds."""
        return self.talk / self.talks / SECOND if self.talks else None

    def add(self, other: Tally) -> None:
        """Take in what another one counted."""
        for name in self.__slots__:
            if name != "longest":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest = max(self.longest, other.longest)


def targets() -> dict[str, int]:
    """Seconds by queue, of the queues that have a goal of their own."""
    return dict(Goal.objects.values_list("queue", "seconds"))


def count(passages: QuerySet[Passage], *by: str, goals: Mapping[str, int]) -> Iterator[tuple[tuple[Any, ...], Tally]]:
    """The passages counted by these columns; `quarter` is the quarter of an hour in which one joined. A key comes once
    for each outcome: add them up with `Tally.add`.
    """
    wait = Micros(F("left_at")) - Micros(F("joined_at"))
    rows = (
        passages.order_by()
        .annotate(quarter=Quarter(F("joined_at")))
        .values(*by, "outcome")
        .annotate(
            number=Count("pk"),
            in_time=Count("pk", filter=LessThanOrEqual(wait, _target(goals))),
            waits=Count("left_at"),
            waited=Sum(wait),
            longest=Max(wait),
            talks=Count("talk_ended_at"),
            talked=Sum(Micros(F("talk_ended_at")) - Micros(F("left_at"))),
            incomplete=Count("pk", filter=Q(is_complete=False)),
        )
    )
    for row in rows.iterator(chunk_size=5000):
        yield tuple(row[name] for name in by), _tally(row)


def _target(goals: Mapping[str, int]) -> Case | Value:
    """Microseconds. Queues with the same goal share one comparison."""
    usual = Value(TARGET_SECONDS * SECOND, output_field=BigIntegerField())
    queues: dict[int, list[str]] = defaultdict(list)
    for queue, seconds in goals.items():
        queues[seconds].append(queue)
    whens = [When(queue__in=names, then=Value(seconds * SECOND)) for seconds, names in queues.items()]
    return Case(*whens, default=usual, output_field=BigIntegerField()) if whens else usual


def _tally(row: Mapping[str, Any]) -> Tally:
    outcome = row["outcome"]
    tally = Tally(offered=row["number"], incomplete=row["incomplete"])
    setattr(tally, outcome, row["number"])
    if outcome == Outcome.ANSWERED.value:
        tally.within, tally.talks, tally.talk = row["in_time"], row["talks"], int(row["talked"] or 0)
    if outcome not in (Outcome.WAITING.value, Outcome.UNKNOWN.value):
        tally.waits, tally.wait, tally.longest = row["waits"], int(row["waited"] or 0), row["longest"] or 0
    return tally
