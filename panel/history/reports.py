"""The reports: one table of figures by queue, agent, hour, day or reason of a pause.

Used by views.py and by the benchmarks. What comes out is plain data for the page, the charts and the files, which so
cannot differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from panel.history import columns, days, figures
from panel.history.columns import By, Column, Value
from panel.history.figures import Figures, covered
from panel.history.periods import SECOND, Bucket, micros
from panel.history.scope import BUSY, MEMBER, PAUSED, Scope
from panel.history.staffing import Work, stretches
from panel.history.tallies import Tally


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
        By.HOUR: lambda scope: _by_time(scope, scope.period.hours(), figures.by_time),
        By.DAY: lambda scope: _by_time(scope, scope.period.days(), days.by_day),
        By.PAUSE: _by_pause,
    }
    lines, total = makers[by](scope)
    return Report(scope, by, columns.of(by), lines, total, scope.gaps())


def _by_queue(scope: Scope) -> tuple[list[Line], Line]:
    found = days.by(scope, By.QUEUE)
    queues = sorted(set(found.tallies) | set(found.works), key=str.casefold)
    lines = [_passage_line(queue, found.tallies[queue], found.works[queue]) for queue in queues]
    return lines, _passage_line(_("All together"), *found.total())


def _by_agent(scope: Scope) -> tuple[list[Line], Line]:
    found = days.by(scope, By.AGENT)
    names = {agent: found.names.get(agent) or agent for agent in set(found.tallies) | set(found.works)}
    agents = sorted(names, key=lambda agent: (names[agent].casefold(), agent))
    lines = [_agent_line(names[agent], found.tallies[agent], found.works[agent]) for agent in agents]
    return lines, _agent_line(_("All together"), *found.total())


def _by_time(
    scope: Scope, buckets: Sequence[Bucket], gather: Callable[[Scope, Sequence[Bucket]], list[tuple[Tally, Work]]]
) -> tuple[list[Line], Line]:
    gaps = [(micros(began), scope.until if ended is None else micros(ended)) for began, ended, _reason in scope.gaps()]
    lines, total = [], Figures()
    for bucket, (tally, work) in zip(buckets, gather(scope, buckets), strict=True):
        total.add(Figures({"": tally}, {"": work}, member=work.member))
        if bucket.begin < scope.until or tally.offered:
            has_gap = any(began < bucket.end and ended > bucket.begin for began, ended in gaps)
            lines.append(_passage_line(bucket.label, tally, work, has_gap))
    return lines, _passage_line(_("All together"), *total.total())


def _by_pause(scope: Scope) -> tuple[list[Line], Line]:
    pieces = stretches(scope, PAUSED)
    pauses: dict[str, list[int]] = defaultdict(list)
    people: dict[str, set[str]] = defaultdict(set)
    for (reason, agent), cover in covered(pieces, PAUSED, lambda piece: (piece.reason, piece.agent)):
        pauses[reason] += [end - begin for begin, end in cover]
        people[reason].add(agent)
    partly = {piece.reason for piece in pieces if not piece.is_complete}
    lines = [
        _pause_line(reason or _("without a reason"), pauses[reason], len(people[reason]), reason in partly)
        for reason in sorted(pauses, key=lambda reason: (-sum(pauses[reason]), reason))
    ]
    everybody = {agent for agents in people.values() for agent in agents}
    lengths = [each for found in pauses.values() for each in found]
    return lines, _pause_line(_("All together"), lengths, len(everybody), bool(partly))


def _passage_line(label: str, tally: Tally, work: Work, has_gap: bool = False) -> Line:
    counts = {column.key: getattr(tally, column.key) for column in columns.of(By.QUEUE) if hasattr(tally, column.key)}
    times = {"member": work.member / SECOND, "occupancy": work.occupancy}
    return Line(label, counts | times, not (tally.incomplete or work.partly_seen or has_gap))


def _agent_line(label: str, tally: Tally, work: Work) -> Line:
    times = {kind: getattr(work, kind) / SECOND for kind in (MEMBER, *BUSY, PAUSED)}
    values: dict[str, Value] = {
        "answered": tally.answered,
        "average_wait": tally.average_wait,
        "average_talk": tally.average_talk,
        "occupancy": work.occupancy,
        "incomplete": tally.incomplete,
    }
    return Line(label, values | times, not (tally.incomplete or work.partly_seen))


def _pause_line(label: str, lengths: Sequence[int], people: int, is_partly_seen: bool) -> Line:
    values: dict[str, Value] = {
        "people": people,
        "pauses": len(lengths),
        "time": sum(lengths) / SECOND,
        "average": sum(lengths) / len(lengths) / SECOND if lengths else None,
        "longest": max(lengths) / SECOND if lengths else None,
    }
    return Line(label, values, not is_partly_seen)
