"""Pages without the worker, PostgreSQL, and a clock: lost calls of today, in minutes before now."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from panel.history.models import Call, Outcome, Passage
from tests.live.conftest import _database_in_async_tests, postgres_database  # noqa: F401  (fixtures)
from tests.pages.conftest import for_tests  # noqa: F401  (fixture)


_numbers = itertools.count(1)
Put = Callable[..., Passage]


def ago(minutes: float) -> datetime:
    return timezone.now() - timedelta(minutes=minutes)


def put_passage(minutes: float, number: str = "+4930123", outcome: str = Outcome.ABANDONED, **fields: Any) -> Passage:
    """A passage that joined so many minutes ago and left after 40 seconds."""
    name, joined_at = f"passage-{next(_numbers)}", ago(minutes)
    usual: dict[str, Any] = {
        "queue": "sales",
        "groups": ["Sales"],
        "left_at": joined_at + timedelta(seconds=40),
        "position": 3,
        "left_position": 2,
        "staff": {"paused": [], "ringing": [], "busy": ["Anna"], "free": [], "offline": []},
    }
    return Passage.objects.create(
        key=name, pbx="pbx", call=name, number=number, outcome=outcome, joined_at=joined_at, **usual | fields
    )


def put_call(minutes: float, number: str = "+4930123", direction: str = "out", *, answered: bool = True) -> Call:
    at = ago(minutes)
    key = f"call-{next(_numbers)}"
    return Call.objects.create(
        key=key,
        pbx="pbx",
        call=key,
        number=number,
        direction=direction,
        started_at=at,
        answered_at=at if answered else None,
    )


@pytest.fixture
def put() -> Put:
    return put_passage
