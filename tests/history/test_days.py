"""Kept figures of days that are over: the same as worked-out ones, and never older than what is known."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from panel.history import days
from panel.history.columns import By
from panel.history.models import DayFigures, Gap, Outcome, Passage, Span
from panel.history.periods import Period
from panel.history.reports import Line, make
from panel.history.scope import BUSY, Scope
from tests.history.generator import gap
from tests.history.test_figures import SALES, fill, scope_of


pytestmark = pytest.mark.django_db
REPORTS = (By.QUEUE, By.AGENT, By.DAY)
LAST = date(2026, 10, 26)


def week() -> Scope:
    """Four days around the one of 25 hours, with nothing open in them and no gap."""
    scope = scope_of("Europe/Berlin", LAST - timedelta(days=3), LAST)
    scope = replace(scope, now=scope.period.ends_at + timedelta(days=3))
    fill(11, scope)
    Passage.objects.filter(outcome=Outcome.WAITING).delete()
    Passage.objects.filter(outcome=Outcome.ANSWERED, talk_ended_at=None).update(is_complete=False)
    Span.objects.filter(ended_at=None, kind__in=BUSY).delete()
    Gap.objects.all().delete()
    return scope


def tables(scope: Scope) -> list[tuple[list[Line], Line]]:
    return [(list(found.lines), found.total) for found in (make(scope, by) for by in REPORTS)]


def only(scope: Scope, first: date, last: date) -> Period:
    return Period(first, last, scope.period.zone)


@pytest.mark.parametrize("kept", [(3, 0), (3, 3), (2, 1)], ids=["all", "the first", "those between"])
def test_kept_figures_are_the_ones_that_would_be_worked_out(kept: tuple[int, int]) -> None:
    scope = week()
    before = tables(scope)
    first, last = (LAST - timedelta(days=number) for number in kept)
    assert days.keep(only(scope, first, last), scope.now) == (last - first).days + 1
    assert set(days.kept_days(scope)) == {first + timedelta(days=number) for number in range((last - first).days + 1)}
    assert tables(scope) == before


def test_kept_days_are_read_and_not_worked_out() -> None:
    scope = week()
    before = tables(scope)
    days.keep(scope.period, scope.now)
    assert days.keep(scope.period, scope.now) == 0
    Passage.objects.all().delete()
    assert tables(scope) == before


def test_who_may_not_see_everything_gets_nothing_that_is_kept() -> None:
    scope = week()
    limited, one_queue = replace(scope, audience=SALES), replace(scope, queue="sales")
    before = tables(limited), tables(one_queue)
    days.keep(scope.period, scope.now)
    assert (tables(limited), tables(one_queue)) == before
    assert days.kept_days(limited) == days.kept_days(one_queue) == {}


def test_a_day_on_which_something_may_still_change_is_not_kept() -> None:
    scope = week()
    today = only(scope, LAST, LAST)
    assert days.keep(today, today.ends_at + timedelta(hours=23)) == 0
    waits = Passage.objects.filter(joined_at__gte=today.starts_at, joined_at__lt=today.ends_at)[0]
    Passage.objects.filter(pk=waits.pk).update(outcome=Outcome.WAITING, is_complete=True)
    assert days.keep(today, scope.now) == 0
    Passage.objects.filter(pk=waits.pk).update(outcome=Outcome.UNKNOWN)
    lasting = gap(today.starts_at - timedelta(hours=1), None)
    lasting.save()
    assert days.keep(today, scope.now) == 0
    Gap.objects.update(ended_at=scope.now - timedelta(hours=1))
    assert days.keep(today, scope.now) == 1


def test_what_the_worker_found_out_later_is_worked_out_again() -> None:
    scope = week()
    days.keep(scope.period, scope.now)
    began = only(scope, LAST, LAST).ends_at - timedelta(minutes=5)
    gap(began, scope.now + timedelta(hours=1) - began).save()
    assert set(days.kept_days(scope)) == {LAST - timedelta(days=3), LAST - timedelta(days=2), LAST - timedelta(days=1)}


def test_with_other_goals_the_days_are_kept_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = week()
    days.keep(scope.period, scope.now)
    monkeypatch.setattr(days, "targets", lambda: {"sales": 5})
    assert days.kept_days(scope) == {}
    assert days.keep(scope.period, scope.now) == 4
    assert len(days.kept_days(scope)) == 4


def test_the_command_keeps_what_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("history_days")
    assert "There is no history yet." in capsys.readouterr().out
    Passage.objects.create(
        key="1", pbx="pbx", queue="sales", joined_at="2026-01-02T10:00:00Z", position=1, outcome=Outcome.MOVED
    )
    call_command("history_days")
    number = DayFigures.objects.filter(by="total").count()
    assert f"Kept the figures of {number} days." in capsys.readouterr().out
    assert number > 0


@pytest.mark.postgres
def test_kept_figures_on_postgres(postgres_database: Callable[[], AbstractContextManager[None]]) -> None:
    with postgres_database():
        assert connection.vendor == "postgresql"
        scope = week()
        before = tables(scope)
        assert days.keep(scope.period, scope.now) == 4
        Passage.objects.all().delete()
        assert tables(scope) == before
