"""What a report is made of: numbers and times by queue, by agent, or by hour or day, straight from the history.

Used by reports.py and by days.py, which keeps them for days that are over.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from panel.history.models import Outcome
from panel.history.periods import QUARTER, Bucket
from panel.history.scope import MEMBER, PAUSED, Scope
from panel.history.staffing import Stretch, Work, busy_by, busy_in, covered, length, spread, stretches
from panel.history.tallies import Tally, count, targets


@dataclass
class Figures:
    """By key, which is a queue's name or an agent's interface; `names` are what people call the agents. `member` is the
    time that all together were logged in, in which somebody in three queues counts once.
    """

    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    works: dict[str, Work] = field(default_factory=lambda: defaultdict(Work))
    names: dict[str, str] = field(default_factory=dict)
    member: int = 0

    def add(self, other: Figures) -> None:
        """Take in those of another time."""
        for key, tally in other.tallies.items():
            self.tallies[key].add(tally)
        for key, work in other.works.items():
            self.works[key].add(work)
        self.names |= other.names
        self.member += other.member

    def total(self) -> tuple[Tally, Work]:
        """All keys together."""
        tally, work = Tally(), Work()
        for each in self.tallies.values():
            tally.add(each)
        for each_work in self.works.values():
            work.add(each_work)
        work.member = self.member
        return tally, work


def by_queue(scope: Scope) -> Figures:
    found = Figures()
    for (queue,), work in busy_by(scope, "queue"):
        found.works[queue].add(work)
    for (queue,), tally in count(scope.passages, "queue", goals=targets()):
        found.tallies[queue].add(tally)
    pieces = stretches(scope)
    for (queue, _agent), cover in covered(pieces, MEMBER, lambda piece: (piece.queue, piece.agent)):
        found.works[queue].member += length(cover)
    for piece in pieces:
        found.works[piece.queue].partly_seen |= not piece.is_complete
    found.member = sum(length(cover) for _agent, cover in covered(pieces, MEMBER, lambda piece: piece.agent))
    return found


def by_agent(scope: Scope) -> Figures:
    found = Figures()
    for (agent,), work in busy_by(scope, "agent"):
        found.works[agent].add(work)
    answered = scope.passages.filter(outcome=Outcome.ANSWERED)
    for (agent, name), tally in count(answered, "agent", "agent_name", goals=targets()):
        _put_answers(found, agent, name, tally)
    _put_presence(found, stretches(scope))
    return found


def by_queue_and_agent(scope: Scope, pieces: Sequence[Stretch]) -> tuple[Figures, dict[str, Figures]]:
    """What `by_queue` gives, and what `by_agent` gives by the queue to which it is narrowed down, empty: all of them.
    At once, for the nights; `pieces` are the scope's stretches.
    """
    queues, agents = Figures(), defaultdict[str, Figures](Figures)
    for (queue, agent), work in busy_by(scope, "queue", "agent"):
        queues.works[queue].add(work)
        for found in (agents[""], agents[queue]):
            found.works[agent].add(work)
    for (queue, agent, name), tally in count(scope.passages, "queue", "agent", "agent_name", goals=targets()):
        queues.tallies[queue].add(tally)
        if tally.answered:
            for found in (agents[""], agents[queue]):
                _put_answers(found, agent, name, tally)
    by_place: dict[str, list[Stretch]] = defaultdict(list)
    for piece in pieces:
        by_place[piece.queue].append(piece)
    for queue, of in by_place.items():
        _put_presence(agents[queue], of)
        queues.works[queue].member = agents[queue].member
        queues.works[queue].partly_seen |= not all(piece.is_complete for piece in of)
    _put_presence(agents[""], pieces)
    queues.member = agents[""].member
    return queues, agents


def _put_answers(found: Figures, agent: str, name: str, tally: Tally) -> None:
    found.tallies[agent].add(tally)
    found.names[agent] = name or found.names.get(agent, "")


def _put_presence(found: Figures, pieces: Iterable[Stretch]) -> None:
    for kind in (MEMBER, PAUSED):
        for agent, cover in covered(pieces, kind, lambda piece: piece.agent):
            setattr(found.works[agent], kind, length(cover))
    for piece in pieces:
        found.works[piece.agent].partly_seen |= not piece.is_complete
    found.names |= {piece.agent: piece.name for piece in pieces if piece.name}
    found.member = sum(work.member for work in found.works.values())


def by_time(scope: Scope, buckets: Sequence[Bucket]) -> list[tuple[Tally, Work]]:
    """For each of the hours or days, of which the period of the scope consists."""
    begins = [bucket.begin for bucket in buckets]
    tallies = [Tally() for _bucket in buckets]
    for (quarter,), tally in count(scope.passages, "quarter", goals=targets()):
        tallies[bisect_right(begins, quarter * QUARTER) - 1].add(tally)
    works = busy_in(scope, buckets)
    pieces = stretches(scope)
    for _agent, cover in covered(pieces, MEMBER, lambda piece: piece.agent):
        for number, time in spread(cover, buckets):
            works[number].member += time
    for piece in pieces:
        if not piece.is_complete:
            for number, _time in spread([(piece.begin, piece.end)], buckets):
                works[number].partly_seen = 1
    return list(zip(tallies, works, strict=True))
