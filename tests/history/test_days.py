"""Kept figures of days that are over: the same as worked-out ones, and never older than what is known."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from panel.accounts.roles import Role
from panel.history import days
from panel.history.columns import By
from panel.history.models import DayFigures, DayPauses, Gap, Outcome, Passage, Span
from panel.history.periods import Period
from panel.history.reports import Line, make
from panel.history.scope import BUSY, PAUSED, Scope
from panel.live.visibility import Audience
from tests.history.generator import QUEUES, gap, span
from tests.history.test_figures import EVERYTHING, SALES, fill, scope_of
from tests.people import make_operator


pytestmark = pytest.mark.django_db
REPORTS = (By.QUEUE, By.AGENT, By.DAY, By.PAUSE)
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


def only(scope: Scope, first: date, last: date) -> Scope:
    return replace(scope, period=Period(first, last, scope.period.zone))


@pytest.mark.parametrize("kept", [(3, 0), (3, 3), (2, 1)], ids=["all", "the first", "those between"])
def test_kept_figures_are_the_ones_that_would_be_worked_out(kept: tuple[int, int]) -> None:
    scope = week()
    before = tables(scope)
    first, last = (LAST - timedelta(days=number) for number in kept)
    assert days.keep(only(scope, first, last)) == (last - first).days + 1
    assert set(days.kept_days(scope)) == {first + timedelta(days=number) for number in range((last - first).days + 1)}
    assert tables(scope) == before


def test_kept_days_are_read_and_not_worked_out() -> None:
    scope = week()
    before = tables(scope)
    days.keep(scope)
    assert days.keep(scope) == 0
    Passage.objects.all().delete()
    assert tables(scope) == before


@pytest.mark.parametrize("queue", ["", "sales", "support", "night"])
@pytest.mark.parametrize("audience", [EVERYTHING, SALES], ids=["everything", "Sales"])
def test_for_whom_figures_are_kept_they_are_the_ones_worked_out(audience: Audience, queue: str) -> None:
    scope = replace(week(), audience=audience)
    asked = replace(scope, queue=queue)
    before = tables(asked)
    assert days.kept_days(asked) == {}
    assert days.keep(scope) == 4
    assert len(days.kept_days(asked)) == 4
    assert tables(asked) == before


@pytest.mark.parametrize("kept", [(3, 0), (3, 2), (1, 0), (2, 1), (2, 2)], ids=str)
@pytest.mark.parametrize("queue", ["", "sales", "front"])
def test_who_pauses_over_midnight_pauses_once(kept: tuple[int, int], queue: str) -> None:
    scope = week()
    Span.objects.filter(kind=PAUSED).delete()
    day = [only(scope, LAST - timedelta(days=3 - number), LAST).period.starts_at for number in range(4)]
    hour = timedelta(hours=1)
    for where, agent, began_at, ended_at, reason in (
        ("sales", "PJSIP/201", day[1] - 2 * hour, day[3] + 5 * hour, "Lunch"),  # all of two days
        ("front", "PJSIP/201", day[1] - 3 * hour, day[1] + hour, "Lunch"),
        ("sales", "PJSIP/202", day[1] - hour, day[1], "Lunch"),  # until midnight, and from it in another queue
        ("front", "PJSIP/202", day[1], day[1] + hour, "Lunch"),
        ("sales", "PJSIP/203", day[1] - hour, day[1], "Lunch"),  # and not again before the midnight after
        ("sales", "PJSIP/203", day[2], day[2] + hour, "Lunch"),
        ("sales", "PJSIP/204", day[2] - hour, day[2], "Lunch"),
        ("sales", "PJSIP/204", day[2], day[2] + hour, "Meeting"),
    ):
        span(where, agent, PAUSED, began_at, ended_at, reason=reason).save()
    asked = replace(scope, queue=queue)
    before = make(asked, By.PAUSE)
    assert [line.values["pauses"] for line in before.lines] == {"": [5, 1], "sales": [5, 1], "front": [2]}[queue]
    first, last = (LAST - timedelta(days=number) for number in kept)
    days.keep(only(scope, first, last))
    assert make(asked, By.PAUSE) == before
    assert len(days.kept_days(asked)) == (last - first).days + 1


@pytest.mark.parametrize("audience", [EVERYTHING, SALES], ids=["everything", "Sales"])
def test_which_queues_there_were_is_known_from_kept_days_too(audience: Audience) -> None:
    scope = replace(week(), audience=audience)

    def found() -> list[bool]:
        return [days.is_in(replace(scope, queue=queue)) for queue in (*QUEUES, "nowhere")]

    before = found()
    assert before == [audience is EVERYTHING or "Sales" in groups for groups in QUEUES.values()] + [False]
    days.keep(only(scope, LAST - timedelta(days=1), LAST))
    assert found() == before
    days.keep(scope)
    Passage.objects.all().delete()
    assert found() == before


def test_what_would_keep_everybody_waiting_is_not_worked_out_while_they_do(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    scope = week()
    number = Passage.objects.filter(joined_at__gte=scope.period.starts_at, joined_at__lt=scope.period.ends_at).count()
    client.force_login(make_operator("sue", Role.SUPERVISOR))
    asked = {"first": str(scope.period.first), "last": str(LAST)}
    for most, statuses in ((number, {200}), (number - 1, {400})):
        monkeypatch.setattr(days, "MOST_CALLERS", most)
        for path in ("/reports/", "/reports/figures.csv"):
            assert {client.get(path, asked | {"by": by}).status_code for by in By} == statuses
    assert f"More than {number - 1} callers of this period are not added up yet" in client.get("/reports/", asked).text
    days.keep(only(scope, LAST, LAST))
    assert {by: client.get("/reports/", asked | {"by": by}).status_code for by in By} == {
        by: 400 if by is By.HOUR else 200 for by in By
    }
    assert "By hour, choose fewer days." in client.get("/reports/", asked | {"by": "hour"}).text


def test_who_is_limited_reads_nothing_that_was_kept_for_others() -> None:
    scope = week()
    limited = replace(scope, audience=SALES)
    before = tables(limited)
    for audience in (EVERYTHING, Audience(frozenset({"Support"}), False, "")):
        days.keep(replace(scope, audience=audience))
    assert days.kept_days(limited) == {}
    assert tables(limited) == before


def test_figures_are_kept_for_every_limit_that_a_reader_of_reports_has() -> None:
    assert days.audiences() == [EVERYTHING]
    for name, role, departments in (
        ("ann", Role.SUPERVISOR, ["Support", "Sales"]),
        ("bea", Role.SUPERVISOR, ["Sales", "Support"]),
        ("cay", Role.SUPERVISOR, ["Sales"]),
        ("dan", Role.SUPERVISOR, []),
        ("eve", Role.RECEPTIONIST, ["Night"]),
    ):
        make_operator(name, role, departments=departments)
    assert [each.departments for each in days.audiences()] == [None, {"Sales"}, {"Sales", "Support"}]


@pytest.mark.parametrize("audience", [EVERYTHING, SALES], ids=["everything", "Sales"])
def test_a_day_on_which_something_may_still_change_is_not_kept(audience: Audience) -> None:
    scope = replace(week(), audience=audience)
    today = only(scope, LAST, LAST)
    begins, ends = today.period.starts_at, today.period.ends_at
    assert days.keep(replace(today, now=ends + timedelta(hours=23))) == 0
    waits = Passage.objects.filter(joined_at__gte=begins, joined_at__lt=ends)[0]
    Passage.objects.filter(pk=waits.pk).update(outcome=Outcome.WAITING, is_complete=True)
    assert days.keep(today) == 0
    Passage.objects.filter(pk=waits.pk).update(outcome=Outcome.UNKNOWN)
    lasting = gap(begins - timedelta(hours=1), None)
    lasting.save()
    assert days.keep(today) == 0
    Gap.objects.update(ended_at=scope.now - timedelta(hours=1))
    assert days.keep(today) == 1


def test_what_the_worker_found_out_later_is_worked_out_again() -> None:
    scope = week()
    days.keep(scope)
    began = only(scope, LAST, LAST).period.ends_at - timedelta(minutes=5)
    gap(began, scope.now + timedelta(hours=1) - began).save()
    assert set(days.kept_days(scope)) == {LAST - timedelta(days=3), LAST - timedelta(days=2), LAST - timedelta(days=1)}


def test_with_other_goals_the_days_are_kept_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = week()
    days.keep(scope)
    monkeypatch.setattr(days, "targets", lambda: {"sales": 5})
    assert days.kept_days(scope) == {}
    assert days.keep(scope) == 4
    assert len(days.kept_days(scope)) == 4


def test_the_command_keeps_what_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("history_days")
    assert "There is no history yet." in capsys.readouterr().out
    make_operator("tom", Role.SUPERVISOR, departments=["Sales"])
    Passage.objects.create(
        key="1", pbx="pbx", queue="sales", joined_at=timezone.now() - timedelta(days=5), position=1,
        outcome=Outcome.MOVED,
    )  # fmt: skip
    call_command("history_days", days=3)
    call_command("history_days")
    number = DayFigures.objects.filter(by="total").count()
    assert [f"Kept the figures of {part} days." for part in (4, number - 4)] == capsys.readouterr().out.splitlines()
    assert DayFigures.objects.exclude(audience="").filter(by="total").count() == number / 2 == 4


def test_a_number_of_days_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(CommandError, match="--days is a number of days"):
        call_command("history_days", days=-1)


def test_kept_figures_go_with_what_they_were_made_of(settings: Settings) -> None:
    settings.HISTORY_DAYS = 30
    scope = week()
    days.keep(only(scope, LAST - timedelta(days=1), LAST))
    today = timezone.localdate()
    for number, day in enumerate((today - timedelta(days=30), today - timedelta(days=29))):
        for model in (DayFigures, DayPauses):
            assert model.objects.filter(day=LAST - timedelta(days=1 - number)).update(day=day)
    call_command("history_days")
    for model in (DayFigures, DayPauses):
        assert model.objects.filter(day=today - timedelta(days=29)).exists()
        assert not model.objects.filter(day=today - timedelta(days=30)).exists()


@pytest.mark.postgres
def test_kept_figures_on_postgres(postgres_database: Callable[[], AbstractContextManager[None]]) -> None:
    with postgres_database():
        assert connection.vendor == "postgresql"
        scope = week()
        before = tables(scope)
        assert days.keep(scope) == 4
        Passage.objects.all().delete()
        assert tables(scope) == before
