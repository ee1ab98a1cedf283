"""The reports: one table of figures by queue, agent, hour, day or reason of a pause.

Used by views.py and by the benchmarks. What comes out is plain data for the page, the charts and the files, which so
cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from panel.history import columns, days, figures
from panel.history.columns import By, Column, Value
from panel.history.figures import Figures
from panel.history.pauses import Pauses
from panel.history.periods import SECOND, Bucket, micros
from panel.history.scope import BUSY, MEMBER, PAUSED, Scope
from panel.history.staffing import Work
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
    found, total = days.pauses(scope), Pauses()
    for each in found.values():
        total.add(each)
    order = sorted(found, key=lambda reason: (-found[reason].time, reason))
    lines = [_pause_line(reason or _("without a reason"), found[reason]) for reason in order]
    return lines, _pause_line(_("All together"), total)


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


def _pause_line(label: str, pauses: Pauses) -> Line:
    values: dict[str, Value] = {
        "people": len(pauses.people),
        "pauses": pauses.number,
        "time": pauses.time / SECOND,
        "average": pauses.time / pauses.number / SECOND if pauses.number else None,
        "longest": pauses.longest / SECOND if pauses.number else None,
    }
    return Line(label, values, not pauses.partly_seen)
