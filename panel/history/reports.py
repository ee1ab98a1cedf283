"""The reports: one table of figures by queue, agent, hour, day or reason of a pause.

Used by views.py and by benchmarks. `make` asks the database; what comes out is plain data for the page, the charts
and the exports, which so cannot differ.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.utils.translation import gettext as _

from panel.history import columns
from panel.history.columns import By, Column, Value
from panel.history.models import Outcome
from panel.history.periods import QUARTER, SECOND, Bucket, micros
from panel.history.scope import BUSY, MEMBER, PAUSED, Scope
from panel.history.staffing import Stretch, Work, busy_by, busy_in, length, merged, spread, stretches
from panel.history.tallies import Tally, count, targets


K = TypeVar("K")


@dataclass(frozen=True)
class Line:
    """One row of the table. `values` has an entry for every column; None: there is nothing to work it out from."""

    label: str
    values: dict[str, Value]
    is_complete: bool = True


@dataclass(frozen=True)
class Report:
    """`gaps` are moments between which nothing was seen, and why; the end is None where that lasts still."""

    scope: Scope
    by: By
    columns: Sequence[Column]
    lines: Sequence[Line]
    total: Line
    gaps: Sequence[tuple[datetime, datetime | None, str]] = field(default_factory=list)


def make(scope: Scope, by: By) -> Report:
    """Work out the report."""
    makers: dict[By, Callable[[Scope], tuple[Sequence[Line], Line]]] = {
        By.QUEUE: _by_queue,
        By.AGENT: _by_agent,
        By.HOUR: lambda scope: _by_time(scope, scope.period.hours()),
        By.DAY: lambda scope: _by_time(scope, scope.period.days()),
        By.PAUSE: _by_pause,
    }
    lines, total = makers[by](scope)
    return Report(scope, by, columns.of(by), lines, total, scope.gaps())


def _by_queue(scope: Scope) -> tuple[list[Line], Line]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    for (queue,), tally in count(scope.passages, "queue", goals=targets()):
        tallies[queue].add(tally)
    works = busy_by(scope, "queue")
    pieces = stretches(scope)
    for (queue, _agent), covered in _covered(pieces, MEMBER, lambda piece: (piece.queue, piece.agent)):
        works[queue].member += length(covered)
    _note_incomplete(works, pieces, lambda piece: piece.queue)
    queues = sorted(set(tallies) | set(works), key=str.casefold)
    total = _sum_works(works.values())
    # Somebody in three queues is logged in once.
    total.member = sum(length(covered) for _key, covered in _covered(pieces, MEMBER, lambda piece: piece.agent))
    return [_passage_line(queue, tallies[queue], works[queue]) for queue in queues], _passage_line(
        _("All together"), _sum_tallies(tallies.values()), total
    )


def _by_time(scope: Scope, buckets: Sequence[Bucket]) -> tuple[list[Line], Line]:
    begins = [bucket.begin for bucket in buckets]
    tallies = [Tally() for _bucket in buckets]
    for (quarter,), tally in count(scope.passages, "quarter", goals=targets()):
        tallies[bisect_right(begins, quarter * QUARTER) - 1].add(tally)
    works = busy_in(scope, buckets)
    for _agent, covered in _covered(stretches(scope), MEMBER, lambda piece: piece.agent):
        spread(covered, buckets, works)
    gaps = [(micros(began), scope.until if ended is None else micros(ended)) for began, ended, _reason in scope.gaps()]
    lines = [
        _passage_line(
            bucket.label, tally, work, any(began < bucket.end and ended > bucket.begin for began, ended in gaps)
        )
        for bucket, tally, work in zip(buckets, tallies, works, strict=True)
        if bucket.begin < scope.until or tally.offered
    ]
    return lines, _passage_line(_("All together"), _sum_tallies(tallies), _sum_works(works))


def _by_agent(scope: Scope) -> tuple[list[Line], Line]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    names: dict[str, str] = {}
    answered = scope.passages.filter(outcome=Outcome.ANSWERED)
    for (agent, name), tally in count(answered, "agent", "agent_name", goals=targets()):
        tallies[agent].add(tally)
        names[agent] = name or names.get(agent, "")
    works = busy_by(scope, "agent")
    pieces = stretches(scope)
    for kind in (MEMBER, PAUSED):
        for agent, covered in _covered(pieces, kind, lambda piece: piece.agent):
            setattr(works[agent], kind, length(covered))
    _note_incomplete(works, pieces, lambda piece: piece.agent)
    names |= {piece.agent: piece.name for piece in pieces if piece.name}
    agents = sorted(set(tallies) | set(works), key=lambda agent: (names.get(agent) or agent).casefold())
    lines = [_agent_line(names.get(agent) or agent, tallies[agent], works[agent]) for agent in agents]
    return lines, _agent_line(_("All together"), _sum_tallies(tallies.values()), _sum_works(works.values()))


def _by_pause(scope: Scope) -> tuple[list[Line], Line]:
    pieces = [piece for piece in stretches(scope) if piece.kind == PAUSED]
    pauses: dict[str, list[int]] = defaultdict(list)
    people: dict[str, set[str]] = defaultdict(set)
    for (reason, agent), covered in _covered(pieces, PAUSED, lambda piece: (piece.reason, piece.agent)):
        pauses[reason] += [end - begin for begin, end in covered]
        people[reason].add(agent)
    partly = {piece.reason for piece in pieces if not piece.is_complete}
    lines = [
        _pause_line(reason or _("without a reason"), pauses[reason], len(people[reason]), reason in partly)
        for reason in sorted(pauses, key=lambda reason: -sum(pauses[reason]))
    ]
    everybody = {agent for agents in people.values() for agent in agents}
    lengths = [each for found in pauses.values() for each in found]
    return lines, _pause_line(_("All together"), lengths, len(everybody), bool(partly))


def _covered(
    pieces: Iterable[Stretch], kind: str, key: Callable[[Stretch], K]
) -> Iterable[tuple[K, list[tuple[int, int]]]]:
    """The time that the stretches of one kind cover, by key."""
    groups: dict[K, list[Stretch]] = defaultdict(list)
    for piece in pieces:
        if piece.kind == kind:
            groups[key(piece)].append(piece)
    return ((name, merged(found)) for name, found in groups.items())


def _note_incomplete(works: dict[str, Work], pieces: Iterable[Stretch], key: Callable[[Stretch], str]) -> None:
    for piece in pieces:
        works[key(piece)].incomplete += not piece.is_complete


def _sum_tallies(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def _sum_works(works: Iterable[Work]) -> Work:
    total = Work()
    for work in works:
        total.add(work)
    return total


def _passage_line(label: str, tally: Tally, work: Work, has_gap: bool = False) -> Line:
    counts = {column.key: getattr(tally, column.key) for column in columns.of(By.QUEUE) if hasattr(tally, column.key)}
    times = {"member": work.member / SECOND, "occupancy": work.occupancy}
    incomplete = tally.incomplete + work.incomplete
    return Line(label, counts | times | {"incomplete": incomplete}, not incomplete and not has_gap)


def _agent_line(label: str, tally: Tally, work: Work) -> Line:
    times = {kind: getattr(work, kind) / SECOND for kind in (MEMBER, *BUSY, PAUSED)}
    incomplete = tally.incomplete + work.incomplete
    values: dict[str, Value] = {
        "answered": tally.answered,
        "average_wait": tally.average_wait,
        "average_talk": tally.average_talk,
        "occupancy": work.occupancy,
        "incomplete": incomplete,
    }
    return Line(label, values | times, not incomplete)


def _pause_line(label: str, lengths: Sequence[int], people: int, is_partly_seen: bool) -> Line:
    seconds = [each / SECOND for each in lengths]
    values: dict[str, Value] = {
        "people": people,
        "pauses": len(seconds),
        "time": sum(seconds),
        "average": sum(seconds) / len(seconds) if seconds else None,
        "longest": max(seconds, default=None),
    }
    return Line(label, values, not is_partly_seen)
