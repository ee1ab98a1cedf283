"""The same callers give the same figures wherever they are shown: on the page of the queues, in the reports, on
wallboards and in alerts. What each counts is in panel/history/tallies.py.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ami_worker import archive
from ami_worker.alert_store import AlertStore
from ami_worker.alerts import Quiet, Threshold
from ami_worker.lease import Lease
from ami_worker.mirror import Mirror, Target
from panel.history.columns import By, Form, shown
from panel.history.models import LOST, Goal, Outcome, Passage
from panel.history.periods import Period
from panel.history.reports import Line, make
from panel.history.scope import Scope
from panel.queues.figures import state_of
from panel.queues.models import Wallboard
from panel.vocabulary import AlertKind, Kind, Row
from tests.history.generator import QUEUES, history
from tests.history.test_figures import EVERYTHING
from tests.mirror.board import message


pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Europe/Berlin")
DAY = Period(date(2026, 10, 25), date(2026, 10, 25), ZONE)
NOW = datetime(2026, 10, 25, 20, 0, tzinfo=UTC)
GOALS = {"sales": 5, "front": 60}


@pytest.fixture(params=[1, 2, 3])
def callers(request: pytest.FixtureRequest) -> list[Passage]:
    """Those of a day of 25 hours, with every ending there is, and with waits of just the goal; nothing lasts still."""
    made = history(request.param, DAY.starts_at, NOW - timedelta(hours=2), passages=600)
    made.passages = [row for row in made.passages if row.outcome != Outcome.WAITING]
    for number, row in enumerate(made.passages):
        row.is_open = False
        assert row.left_at
        if row.outcome == Outcome.ANSWERED and number % 7 == 0:
            row.left_at = row.joined_at + timedelta(seconds=GOALS.get(row.queue, 20), microseconds=number % 2)
        if row.outcome == Outcome.ANSWERED:
            row.talk_ended_at = row.talk_ended_at or row.left_at + timedelta(seconds=7)
            row.talk_ended_at = max(row.talk_ended_at, row.left_at)
    made.spans, made.gaps = [], []
    Goal.objects.bulk_create(Goal(queue=queue, seconds=seconds) for queue, seconds in GOALS.items())
    made.save()
    return [row for row in made.passages if row.joined_at >= DAY.starts_at]


def rows_of_queues() -> dict[str, Row]:
    """As a worker has them that begins now."""
    mirror = Mirror("pbx", now=NOW.timestamp, zone=str(ZONE))
    for queue in QUEUES:
        mirror.apply(message("QueueMemberAdded", Queue=queue, Interface="PJSIP/1"))
    mirror.set_targets({queue: Target(seconds) for queue, seconds in GOALS.items()})
    mirror.adopt(archive.past("pbx", mirror.day_began_at))
    return mirror.rows()[Kind.QUEUE]


def report(by: By, queue: str = "") -> dict[str, Line]:
    return {line.label: line for line in make(Scope(DAY, EVERYTHING, NOW, queue), by).lines}


def alarms() -> dict[str, Any]:
    """What the alerts go by, with the goal of each queue as the target of a threshold."""
    thresholds = [
        Threshold(
            pk=number, queues=(), what=AlertKind.LEVEL, limit=1, target_seconds=seconds, least_calls=1,
            rise_seconds=0, fall_seconds=0, quiet=Quiet(frozenset(), None, None), hook=None, email="",
        )
        for number, seconds in enumerate({*GOALS.values(), 20})
    ]  # fmt: skip
    return dict(AlertStore(Lease("pbx", "test", 5), ZONE).figures(thresholds, NOW.timestamp()))


def test_the_page_of_the_queues_reports_wallboards_and_alerts_agree(callers: list[Passage]) -> None:
    assert {row.outcome for row in callers} == set(Outcome) - {Outcome.WAITING}
    rows, by_queue, of_alerts = rows_of_queues(), report(By.QUEUE), alarms()
    figures = ["answered_today", "lost_today", "level_today"]
    board = Wallboard(name="wall", queues=list(QUEUES), figures=figures, shows_names=False)
    walls = {each["name"]: each["figures"] for each in state_of(board, rows, [], [], [])["queues"]}
    for queue, row in rows.items():
        of_report = by_queue[queue].values
        for name in ("offered", "answered", "abandoned", "lost"):
            assert row[f"{name}_today"] == of_report[name], (queue, name)
        assert row["moved_today"] == (of_report["moved"] or 0) + (of_report["withdrawn"] or 0)
        assert row["target_seconds"] == GOALS.get(queue, 20)
        ended = row["answered_today"] + row["lost_today"]
        assert of_report["service_level"] == pytest.approx(100 * row["within_target_today"] / ended)
        assert shown(of_report["service_level"], Form.PERCENT) == f"{walls[queue]['level_today']} %"
        assert [walls[queue][name] for name in figures[:2]] == [of_report["answered"], of_report["lost"]]
        assert (of_alerts[queue].ended, of_alerts[queue].in_time[row["target_seconds"]]) == (
            ended,
            row["within_target_today"],
        )


def test_waits_and_talks_of_the_answered_agree(callers: list[Passage]) -> None:
    for queue, row in rows_of_queues().items():
        answers = [line.values for line in report(By.AGENT, queue).values()]
        waited = sum((values["average_wait"] or 0) * (values["answered"] or 0) for values in answers)
        talked = sum((values["average_talk"] or 0) * (values["answered"] or 0) for values in answers)
        assert row["wait_total_today"] == pytest.approx(waited, abs=1)
        assert row["talk_total_today"] == pytest.approx(talked, abs=1)
        assert row["talks_today"] == sum(values["answered"] or 0 for values in answers)


def test_who_was_moved_let_out_or_not_seen_counts_neither_for_nor_against(callers: list[Passage]) -> None:
    before = {queue: line.values["service_level"] for queue, line in report(By.QUEUE).items()}
    Passage.objects.exclude(outcome__in=[Outcome.ANSWERED, *LOST]).delete()
    assert {queue: line.values["service_level"] for queue, line in report(By.QUEUE).items()} == before
