"""Moments as whole numbers: exact to the microsecond on both databases."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F

from panel.history.expressions import Micros, Quarter
from panel.history.models import Outcome, Passage
from panel.history.periods import EARLIEST, QUARTER, micros
from panel.history.scope import MEMBER, PAUSED
from tests.history.test_figures import fill, scope_of


Database = Callable[[], AbstractContextManager[None]]
CENTURY = timedelta(days=36_524)


@pytest.mark.postgres
def test_a_moment_is_exact_to_the_microsecond(postgres_database: Database, db: None) -> None:
    chance = random.Random(4)
    first = datetime(EARLIEST.year, 1, 1, tzinfo=UTC)
    moments = [
        first + timedelta(microseconds=chance.randrange(CENTURY // timedelta(microseconds=1))) for _ in range(500)
    ]
    moments += [at.replace(microsecond=micro) for at in moments[:20] for micro in (0, 1, 499_999, 999_999)]
    for vendor, use in (("sqlite", nullcontext), ("postgresql", postgres_database)):
        with use():
            assert connection.vendor == vendor
            Passage.objects.bulk_create(
                Passage(key=str(number), pbx="pbx", queue="q", joined_at=at, position=1, outcome=Outcome.MOVED)
                for number, at in enumerate(moments)
            )
            rows = Passage.objects.annotate(at=Micros(F("joined_at")), quarter=Quarter(F("joined_at")))
            for joined_at, at, quarter in rows.values_list("joined_at", "at", "quarter"):
                assert (at, quarter) == (micros(joined_at), micros(joined_at) // QUARTER)


@pytest.mark.django_db
@pytest.mark.parametrize("days_before", [0, 1, 3, 200])
def test_who_was_there_on_a_day_is_found_however_long_he_stayed(days_before: int) -> None:
    """Also who came long before, and went long after the day."""
    scope = scope_of("UTC", date(2026, 6, 1))
    made = fill(9, scope)
    for number, row in enumerate(row for row in made.spans if row.kind in (MEMBER, PAUSED)):
        if number % 3 == 0:
            row.began_at -= timedelta(days=days_before)
        if number % 2 == 0 and row.ended_at:
            row.ended_at += timedelta(days=days_before)
        row.save()
    scope = replace(scope, now=scope.now + timedelta(days=days_before + 1))
    begin, end = scope.period.starts_at, scope.period.ends_at
    there = {
        row.key
        for row in made.spans
        if row.kind in (MEMBER, PAUSED) and row.began_at < end and (row.ended_at is None or row.ended_at > begin)
    }
    assert {row.key for row in scope.spans((MEMBER, PAUSED))} == there
