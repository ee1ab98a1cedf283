"""What the worker does once a night: when, and that nothing ends for its mistakes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError

from ami_worker.nightly import Nightly
from panel.history.models import DayFigures, Outcome, Passage


LISBON = ZoneInfo("Europe/Lisbon")


class Work:
    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> None:
        self.done += 1


async def test_the_work_is_done_once_in_each_night_by_the_clock_on_the_wall() -> None:
    """Lisbon is an hour before UTC in summer; in the night to the 29th of March the clocks are changed."""
    work = Work()
    nightly = Nightly(LISBON, work)
    at = datetime(2026, 3, 27, 12, tzinfo=UTC)
    done = []
    for _ in range(4 * 24 * 6):
        at += timedelta(minutes=10)
        before = work.done
        await nightly.look(at)
        if work.done > before:
            done.append(at.astimezone(LISBON).strftime("%d %H:%M"))
    assert done == ["28 03:00", "29 03:00", "30 03:00", "31 03:00"]


async def test_what_fails_is_said_and_tried_again_in_the_next_night(caplog: pytest.LogCaptureFixture) -> None:
    tries = []

    def fail() -> None:
        tries.append(1)
        raise DatabaseError("no such table")

    nightly = Nightly(LISBON, fail)
    for day in (1, 1, 2):
        await nightly.look(datetime(2026, 11, day, 3, 30, tzinfo=LISBON))
    assert len(tries) == 2
    assert [record.levelno for record in caplog.records if record.name == "ami_worker.nightly"] == [logging.ERROR] * 2


@pytest.mark.django_db(transaction=True)
async def test_the_figures_of_the_days_that_are_over_are_kept_however_long_ago() -> None:
    now = datetime.now(UTC)
    joined_at = now - timedelta(days=50)
    await Passage.objects.acreate(
        key="1", pbx="pbx", queue="front", call="1", uniqueid="1", joined_at=joined_at, position=1, is_open=False,
        outcome=Outcome.ABANDONED, left_at=joined_at,
    )  # fmt: skip
    await Nightly(ZoneInfo("UTC")).look(now.replace(hour=3))
    assert await DayFigures.objects.filter(by="total", offered=1).acount() == 1
