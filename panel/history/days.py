"""Figures of days that are over, kept: a report of a year reads 365 days instead of ten million calls.

`keep` is called by `manage.py history_days`, once a night; the others by reports.py and forms.py. What is not kept is
worked out, so without the command the reports are right and slow. Times of people cannot be added up from those of
departments (somebody is logged in to the queues of two), so there are figures for each set of departments to which
somebody is limited, and for those who see everything.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, fields, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Max, Q, QuerySet, Sum

from panel.accounts.models import Operator
from panel.history import figures
from panel.history.columns import By
from panel.history.figures import Figures
from panel.history.models import SEE_REPORTS, DayFigures, DayPauses, Gap, OfDay, Outcome, Passage
from panel.history.pauses import Pauses, by_reason, joined
from panel.history.periods import Bucket, Period
from panel.history.scope import PAUSED, Scope
from panel.history.staffing import Stretch, Work, stretches
from panel.history.tallies import TARGET_SECONDS, Tally, targets
from panel.live.visibility import Audience, audience


D = TypeVar("D", bound=OfDay)

SETTLES = timedelta(days=1)
"""After the end of a day until then a call of that day may still last, and is waited for."""

MOST_CALLERS = 1_000_000
"""So many are worked out while somebody waits."""

TOTAL = "total"
EVERYTHING = Audience(None, True, "")
COUNTED = [field.name for field in fields(Tally)]
WORKED = [field.name for field in fields(Work)]
_LARGEST = {"longest", "partly_seen"}
_MODELS: tuple[type[OfDay], ...] = (DayFigures, DayPauses)
_PAUSES = [field.name for field in fields(Pauses)]
_GATHER: dict[By, Callable[[Scope], Figures]] = {By.QUEUE: figures.by_queue, By.AGENT: figures.by_agent}


def audiences() -> list[Audience]:
    """Those for whom figures are kept: who sees everything, and every limit that one of the readers of reports has."""
    readers = Operator.objects.with_perm(SEE_REPORTS, backend="panel.accounts.backends.OperatorBackend")
    limits = {audience("", reader.departments, False).departments for reader in readers}
    return [EVERYTHING, *(Audience(limit, False, "") for limit in sorted(filter(None, limits), key=sorted))]


def keep(scope: Scope) -> int:
    """Keep what the scope's audience sees of the days in it that are over and not kept yet. Returns how many days that
    were. The scope is of all queues.

    Raises DatabaseError; a day is kept whole or not at all.
    """
    kept, number = kept_days(scope), 0
    for bucket in scope.period.days():
        day = date.fromisoformat(bucket.key)
        one = replace(scope, period=Period(day, day, scope.period.zone))
        if day not in kept and _is_over(one):
            _keep(one)
            number += 1
    return number


def forget(before: date) -> None:
    """Figures of people are kept no longer than what they were made of."""
    for model in _MODELS:
        model._default_manager.filter(day__lt=before).delete()


def _is_over(scope: Scope) -> bool:
    """Whether nothing more is going to happen in the calls of the scope's day, nor can be found out about it."""
    if scope.now < scope.period.ends_at + SETTLES or _doubts(scope).filter(ended_at=None).exists():
        return False
    open_talk = Q(outcome=Outcome.ANSWERED, talk_ended_at=None, is_complete=True)
    return not replace(scope, audience=EVERYTHING).passages.filter(Q(outcome=Outcome.WAITING) | open_talk).exists()


def _doubts(scope: Scope) -> QuerySet[Gap]:
    """Gaps that began before the scope ended: the worker closes what it left open when it comes back."""
    return Gap.objects.filter(began_at__lt=scope.period.ends_at)


def _keep(scope: Scope) -> None:
    day, zone, whose = scope.period.first, str(scope.period.zone), _whose(scope.audience)
    common = {"audience": whose, "day": day, "zone": zone}
    pieces = stretches(scope)
    figures_of_day = [DayFigures(**values, **common) for values in _figures_of(scope, pieces)]
    pauses_of_day = [DayPauses(**values, **common) for values in _pauses_of(scope, pieces)]
    with transaction.atomic():
        for model in _MODELS:
            model._default_manager.filter(**common).delete()
        DayFigures.objects.bulk_create(figures_of_day, batch_size=1000)
        DayPauses.objects.bulk_create(pauses_of_day, batch_size=1000)


def _figures_of(scope: Scope, pieces: Sequence[Stretch]) -> Iterator[dict[str, Any]]:
    queues, agents = figures.by_queue_and_agent(scope, pieces)
    common = {"basis": basis(), "made_at": scope.now}
    tally, work = queues.total()
    yield {"by": TOTAL, **asdict(tally), **asdict(work), **common}
    for by, found in ((By.QUEUE, queues), (By.AGENT, agents[""])):
        for key in sorted(found.tallies.keys() | found.works.keys()):
            values = asdict(found.tallies[key]) | asdict(found.works[key])
            of_queue = _packed(agents[key]) if by is By.QUEUE else {}
            yield {"by": by, "key": key, "name": found.names.get(key, ""), **values, "agents": of_queue, **common}


def _packed(found: Figures) -> dict[str, list[Any]]:
    """As one value: rows for each agent in each queue would be more than all the others."""
    return {
        key: [found.names.get(key, ""), *astuple(found.tallies[key]), *astuple(found.works[key])]
        for key in found.tallies.keys() | found.works.keys()
    }


def _pauses_of(scope: Scope, pieces: Sequence[Stretch]) -> Iterator[dict[str, Any]]:
    places: dict[str, list[Stretch]] = defaultdict(list)
    for piece in pieces:
        if piece.kind == PAUSED:
            places[""].append(piece)
            places[piece.queue].append(piece)
    for queue, of in places.items():
        for reason, pauses in by_reason(of, scope.period).items():
            yield {"queue": queue, "reason": reason, **asdict(pauses), "people": sorted(pauses.people)}


def basis() -> str:
    """A short text that changes when the goals do: figures with other goals are not kept figures."""
    text = json.dumps([TARGET_SECONDS, sorted(targets().items())])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _whose(audience: Audience) -> str:
    """A short text for what the audience may see; empty: everything."""
    if audience.departments is None:
        return ""
    return hashlib.sha256(json.dumps(sorted(audience.departments)).encode()).hexdigest()[:32]


def kept_days(scope: Scope) -> dict[date, tuple[Tally, Work]]:
    """The days of the scope that are kept and still right, with the figures of its queues together."""
    rows = _rows(DayFigures, scope).filter(by=TOTAL, basis=basis()).values("day", "made_at", *COUNTED, *WORKED)
    gaps = list(_doubts(scope).filter(Q(ended_at=None) | Q(ended_at__gt=scope.period.starts_at)))
    found = {}
    for row in rows:
        until = Period(row["day"], row["day"], scope.period.zone).ends_at
        if not any(gap.began_at < until and (gap.ended_at is None or gap.ended_at > row["made_at"]) for gap in gaps):
            found[row["day"]] = _figures(row)
    return _of_queue(scope, found) if scope.queue else found


def _of_queue(scope: Scope, kept: Iterable[date]) -> dict[date, tuple[Tally, Work]]:
    """Figures of the scope's queue alone; a day on which it had none has no row."""
    rows = _rows(DayFigures, scope).filter(by=By.QUEUE, key=scope.queue).values("day", *COUNTED, *WORKED)
    found = {row["day"]: _figures(row) for row in rows}
    return {day: found.get(day, (Tally(), Work())) for day in kept}


def by(scope: Scope, by: By) -> Figures:
    """The scope's figures by queue or agent: those that are kept, and the other days worked out."""
    kept = kept_days(scope)
    found = Figures()
    for is_kept, part in _runs(scope, kept):
        found.add(_read(part, by, kept) if is_kept else _GATHER[by](part))
    return found


def by_day(scope: Scope, buckets: Sequence[Bucket]) -> list[tuple[Tally, Work]]:
    """For each of the scope's days."""
    kept = kept_days(scope)
    found: list[tuple[Tally, Work]] = []
    for is_kept, part in _runs(scope, kept):
        within = [bucket for bucket in buckets if part.period.begin <= bucket.begin < part.period.end]
        if is_kept:
            found += [kept[date.fromisoformat(bucket.key)] for bucket in within]
        else:
            found += figures.by_time(part, within)
    return found


def pauses(scope: Scope) -> dict[str, Pauses]:
    """By reason."""
    kept = kept_days(scope)
    parts: list[tuple[int, Mapping[str, Pauses]]] = []
    for is_kept, part in _runs(scope, kept):
        if is_kept:
            found = _kept_pauses(part)
            parts += [(day.end - day.begin, found[date.fromisoformat(day.key)]) for day in part.period.days()]
        else:
            period = part.period
            parts.append((period.end - period.begin, by_reason(stretches(part, PAUSED), period)))
    return joined(parts)


def _kept_pauses(scope: Scope) -> dict[date, dict[str, Pauses]]:
    rows = _rows(DayPauses, scope).filter(queue=scope.queue).values_list("day", "reason", *_PAUSES)
    found: dict[date, dict[str, Pauses]] = defaultdict(dict)
    for day, reason, *values in rows:
        found[day][reason] = pauses = Pauses(*values)
        pauses.people = set(pauses.people)
    return found


def asks_too_much(scope: Scope, by: By) -> bool:
    """Whether more callers joined on the days that would have to be worked out than anybody waits for. Hours are not
    kept.
    """
    left = MOST_CALLERS
    for is_kept, part in _runs(scope, {} if by is By.HOUR else kept_days(scope)):
        if not is_kept:
            joined_then = Passage.objects.filter(
                joined_at__gte=part.period.starts_at, joined_at__lt=part.period.ends_at
            )
            left -= joined_then.order_by()[: left + 1].count()
        if left < 0:
            return True
    return False


def is_in(scope: Scope) -> bool:
    """Whether anybody joined the scope's queue, as far as its audience may know."""
    for is_kept, part in _runs(scope, kept_days(scope)):
        rows = _rows(DayFigures, part).filter(by=By.QUEUE, key=scope.queue, offered__gt=0) if is_kept else part.passages
        if rows.exists():
            return True
    return False


def _runs(scope: Scope, kept: dict[date, tuple[Tally, Work]]) -> Iterator[tuple[bool, Scope]]:
    """The scope in pieces of days that are all kept, or all not."""
    days = (date.fromisoformat(bucket.key) for bucket in scope.period.days())
    for is_kept, run in groupby(days, key=lambda day: day in kept):
        run_days = list(run)
        yield is_kept, replace(scope, period=Period(run_days[0], run_days[-1], scope.period.zone))


def _rows(model: type[D], scope: Scope) -> QuerySet[D]:
    period = scope.period
    mine = model._default_manager.filter(audience=_whose(scope.audience), zone=str(period.zone))
    return mine.filter(day__gte=period.first, day__lte=period.last)


def _read(scope: Scope, by: By, kept: dict[date, tuple[Tally, Work]]) -> Figures:
    if scope.queue and by is By.AGENT:
        return _read_agents_of_queue(scope)
    found = Figures()
    sums: dict[str, Any] = {name: (Max if name in _LARGEST else Sum)(name) for name in (*COUNTED, *WORKED)}
    rows = _rows(DayFigures, scope).filter(by=by)
    if scope.queue:
        rows = rows.filter(key=scope.queue)
    for row in rows.order_by().values("key").annotate(latest_name=Max("name"), **sums):
        found.tallies[row["key"]], found.works[row["key"]] = _figures(row)
        if row["latest_name"]:
            found.names[row["key"]] = row["latest_name"]
    first, last = scope.period.first, scope.period.last
    found.member = sum(work.member for day, (_tally, work) in kept.items() if first <= day <= last)
    return found


def _read_agents_of_queue(scope: Scope) -> Figures:
    found = Figures()
    rows = _rows(DayFigures, scope).filter(by=By.QUEUE, key=scope.queue).order_by("day")
    for agents in rows.values_list("agents", flat=True).iterator():
        for key, (name, *numbers) in agents.items():
            found.tallies[key].add(Tally(*numbers[: len(COUNTED)]))
            found.works[key].add(Work(*numbers[len(COUNTED) :]))
            found.names[key] = name or found.names.get(key, "")
    found.member = sum(work.member for work in found.works.values())
    return found


def _figures(row: Mapping[str, Any]) -> tuple[Tally, Work]:
    # PostgreSQL gives sums as decimals.
    return Tally(*(int(row[name]) for name in COUNTED)), Work(*(int(row[name]) for name in WORKED))
