"""Every figure of every report, against plain Python over the same rows, also on days of 23 and 25 hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from panel.history.columns import By
from panel.history.models import Passage, Span
from panel.history.periods import Period, moment
from panel.history.reports import Line, make
from panel.history.scope import BUSY, MEMBER, PAUSED, Scope
from panel.history.tallies import Tally, count
from panel.live.visibility import Audience
from tests.history import naive
from tests.history.generator import AGENTS, QUEUES, History, history


EVERYTHING = Audience(None, True, "")
SALES = Audience(frozenset({"Sales"}), False, "")
DAYS = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("America/Havana", date(2026, 3, 8)),
    ("Asia/Kathmandu", date(2026, 6, 30)),
]

Database = Callable[[], AbstractContextManager[None]]


def scope_of(zone: str, first: date, last: date | None = None, audience: Audience = EVERYTHING, **more: Any) -> Scope:
    period = Period(first, last or first, ZoneInfo(zone))
    return Scope(period, audience, more.pop("now", period.ends_at + timedelta(hours=2)), **more)


def fill(seed: int, scope: Scope, **more: int) -> History:
    return history(seed, scope.period.starts_at, scope.period.ends_at, **more).save()


def sees(scope: Scope, row: Passage | Span) -> bool:
    limit = scope.audience.departments
    return (limit is None or bool(limit & set(row.groups))) and scope.queue in ("", row.queue)


def passages(scope: Scope, made: History) -> list[Passage]:
    begin, end = scope.period.starts_at, scope.period.ends_at
    return [row for row in made.passages if begin <= row.joined_at < end and sees(scope, row)]


def spans(scope: Scope, made: History) -> list[Span]:
    return [row for row in made.spans if sees(scope, row)]


def check(line: Line, expected: dict[str, Any]) -> None:
    assert {key: line.values[key] for key in expected} == pytest.approx(expected, abs=1e-5, nan_ok=True), line.label


def check_passage_line(line: Line, scope: Scope, rows: Iterable[Passage], of: list[Span], *window: datetime) -> None:
    """`window` is begin and end of the line, where it is not the whole period."""
    begin, end = window or (scope.period.starts_at, scope.period.ends_at)
    member = naive.covered(of, MEMBER, begin, end, scope.now)
    busy = naive.busy(of, BUSY, begin, end, scope.now)
    check(line, naive.of_passages(rows) | {"member": member})
    check(line, {"occupancy": 100 * busy / member if member else None})


@pytest.mark.django_db
@pytest.mark.parametrize(("zone", "day"), DAYS, ids=lambda value: str(value))
@pytest.mark.parametrize("seed", [1, 2])
def test_by_hour_each_hour_of_the_clock_has_its_figures(zone: str, day: date, seed: int) -> None:
    scope = scope_of(zone, day)
    made = fill(seed, scope)
    rows, place = passages(scope, made), ZoneInfo(zone)
    found = make(scope, By.HOUR)
    hours = [(moment(hour.begin), moment(hour.end)) for hour in scope.period.hours()]
    assert len(found.lines) == len(hours)
    for line, (begin, end) in zip(found.lines, hours, strict=True):
        name = naive.local_hour(begin, place)
        check_passage_line(
            line,
            scope,
            [row for row in rows if naive.local_hour(row.joined_at, place) == name],
            spans(scope, made),
            begin,
            end,
        )
    check_passage_line(found.total, scope, rows, spans(scope, made))


@pytest.mark.django_db
@pytest.mark.parametrize(("zone", "day"), DAYS, ids=lambda value: str(value))
def test_by_day_each_local_day_has_its_figures(zone: str, day: date) -> None:
    scope = scope_of(zone, day - timedelta(days=1), day + timedelta(days=1))
    made = fill(3, scope)
    found = make(scope, By.DAY)
    assert [line.label for line in found.lines] == [str(day + timedelta(days=number)) for number in (-1, 0, 1)]
    place = ZoneInfo(zone)
    for line, bucket in zip(found.lines, scope.period.days(), strict=True):
        rows = [row for row in passages(scope, made) if str(row.joined_at.astimezone(place).date()) == line.label]
        check_passage_line(line, scope, rows, spans(scope, made), moment(bucket.begin), moment(bucket.end))
    check_passage_line(found.total, scope, passages(scope, made), spans(scope, made))


@pytest.mark.django_db
@pytest.mark.parametrize("audience", [EVERYTHING, SALES], ids=["everything", "Sales"])
@pytest.mark.parametrize("seed", range(4))
def test_by_queue_each_queue_that_may_be_seen_has_its_figures(seed: int, audience: Audience) -> None:
    scope = scope_of("Europe/Berlin", date(2026, 10, 25), audience=audience)
    made = fill(seed, scope)
    found = make(scope, By.QUEUE)
    assert [line.label for line in found.lines] == sorted(
        queue for queue, groups in QUEUES.items() if audience.departments is None or "Sales" in groups
    )
    for line in found.lines:
        rows = [row for row in passages(scope, made) if row.queue == line.label]
        check_passage_line(line, scope, rows, [span for span in spans(scope, made) if span.queue == line.label])
    check_passage_line(found.total, scope, passages(scope, made), spans(scope, made))


@pytest.mark.django_db
def test_a_queue_with_a_goal_of_its_own_is_measured_by_it() -> None:
    scope = scope_of("UTC", date(2026, 6, 1))
    made = fill(6, scope)
    goals = {"sales": 5, "front": 60, "support": 60}
    found: dict[str, Tally] = defaultdict(Tally)
    for (queue,), tally in count(scope.passages, "queue", goals=goals):
        found[queue].add(tally)
    for queue in QUEUES:
        rows = [row for row in passages(scope, made) if row.queue == queue]
        figures = naive.of_passages(rows, lambda name: goals.get(name, 20))
        assert found[queue].service_level == pytest.approx(figures["service_level"])
    assert found["sales"].within < found["front"].within


@pytest.mark.django_db
@pytest.mark.parametrize("queue", ["", "front"])
@pytest.mark.parametrize("seed", range(4))
def test_by_agent_each_person_has_calls_and_times_once(seed: int, queue: str) -> None:
    scope = scope_of("America/New_York", date(2026, 11, 1), queue=queue)
    made = fill(seed, scope)
    begin, end = scope.period.starts_at, scope.period.ends_at
    found = make(scope, By.AGENT)
    names = {name: agent for agent, (name, _extension) in AGENTS.items()}
    assert len(found.lines) == len({line.label for line in found.lines})
    for line in [*found.lines, found.total]:
        who = [names[line.label]] if line.label in names else list(AGENTS)
        rows = [row for row in passages(scope, made) if row.agent in who]
        of = [span for span in spans(scope, made) if span.agent in who]
        figures = naive.of_passages(rows)
        check(line, {key: figures[key] for key in ("answered", "average_wait", "average_talk")})
        check(line, {kind: naive.busy(of, [kind], begin, end, scope.now) for kind in BUSY})
        check(line, {kind: naive.covered(of, kind, begin, end, scope.now) for kind in (MEMBER, PAUSED)})


@pytest.mark.django_db
def test_by_pause_each_reason_has_its_time() -> None:
    scope = scope_of("Europe/Berlin", date(2026, 3, 29))
    made = fill(5, scope)
    of = [span for span in spans(scope, made) if span.kind == PAUSED]
    found = make(scope, By.PAUSE)
    window = (scope.period.starts_at, scope.period.ends_at, scope.now)
    for line in found.lines:
        reason = "" if line.label == "without a reason" else line.label
        rows = [span for span in of if span.reason == reason and naive.clipped(span, *window)]
        check(line, {"people": len({span.agent for span in rows}), "time": naive.covered(rows, PAUSED, *window)})
    assert sum(line.values["time"] or 0 for line in found.lines) == pytest.approx(found.total.values["time"])


@pytest.mark.postgres
def test_both_databases_give_the_same(postgres_database: Database, db: None) -> None:
    seen = []
    for vendor, use in (("sqlite", nullcontext), ("postgresql", postgres_database)):
        with use():
            assert connection.vendor == vendor
            scope = scope_of("Europe/Berlin", date(2026, 10, 25), audience=SALES)
            fill(7, scope)
            found = [make(scope, by) for by in By]
            seen.append([(each.lines, each.total, each.gaps) for each in found])
    assert all(lines for lines, _total, _gaps in seen[0])
    assert seen[0] == seen[1]


@pytest.mark.django_db
def test_what_lasts_still_is_counted_until_now() -> None:
    day = date(2026, 11, 22)
    scope = scope_of("UTC", day, now=datetime(2026, 11, 22, 12, 7, 30, tzinfo=UTC))
    made = history(8, scope.period.starts_at, scope.now)
    made.passages = [row for row in made.passages if row.joined_at < scope.now]
    made.spans = [
        row for row in made.spans if row.began_at < scope.now and (not row.ended_at or row.ended_at < scope.now)
    ]
    made.save()
    found = make(scope, By.HOUR)
    assert [line.label for line in found.lines] == [f"2026-11-22 {hour:02}:00" for hour in range(13)]
    for line, hour in zip(found.lines, scope.period.hours(), strict=False):
        begin, end = moment(hour.begin), moment(hour.end)
        rows = [row for row in made.passages if begin <= row.joined_at < end]
        check_passage_line(line, scope, rows, made.spans, begin, end)


@pytest.mark.django_db
def test_what_was_not_seen_is_marked_where_it_counts() -> None:
    scope = scope_of("Europe/Berlin", date(2026, 6, 1))
    made = fill(9, scope)
    found = make(scope, By.HOUR)
    (gap,) = made.gaps
    assert found.gaps == [(gap.began_at, gap.ended_at, gap.reason)]
    assert gap.ended_at
    rows = passages(scope, made)
    for line, hour in zip(found.lines, scope.period.hours(), strict=True):
        begin, end = moment(hour.begin), moment(hour.end)
        partly = [row for row in rows if begin <= row.joined_at < end and not row.is_complete]
        if partly or (gap.began_at < end and gap.ended_at > begin):
            assert not line.is_complete
    assert sum(line.values["incomplete"] or 0 for line in found.lines) == found.total.values["incomplete"]
    assert found.total.values["incomplete"] == sum(not row.is_complete for row in rows) > 0
