"""After many calls with everything that can happen to them, the history is the `queue_log`, call by call."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from panel.vocabulary import Kind
from tests.operations.queue_day import QueueFloor, Sight, play
from tests.operations.test_history import assert_as_logged
from tests.rig import queue_log
from tests.rig.fixtures import VERSIONS, missing
from tests.rig.parts import Unavailable


CALLS = 60
DESKS = 10


@pytest.fixture(params=[pytest.param(major, marks=pytest.mark.asterisk) for major in VERSIONS])
def floor(request: pytest.FixtureRequest) -> Iterator[QueueFloor]:
    """An Asterisk of its own, with a queue at each desk."""
    try:
        floor = QueueFloor(request.param, desks=DESKS)
    except Unavailable as error:
        missing(str(error))
    with floor:
        yield floor


def logged(floor: QueueFloor) -> list[queue_log.Logged]:
    return queue_log.read(floor.directory)


@pytest.mark.timeout(120)
def test_each_call_of_a_day_is_kept_as_asterisk_logged_it(floor: QueueFloor) -> None:
    sight = asyncio.run(play(floor, CALLS, seed=1))
    log, rows = logged(floor), sight.book.passages
    assert Counter((row["uniqueid"], row["queue"]) for row in rows) == Counter(
        (each.uniqueid, each.queue) for each in log
    )
    assert len(rows) == CALLS
    assert all(row["is_complete"] for row in rows)
    assert_as_logged([row for row in rows if not is_unexplained_timeout(row, log)], log)
    assert_today_adds_up(sight, rows)


@pytest.mark.timeout(120)
def test_where_the_line_was_cut_nothing_is_invented(floor: QueueFloor) -> None:
    sight = asyncio.run(play(floor, CALLS, seed=2, cuts=(3.0, 2.5, 2.5)))
    log, rows, gaps = logged(floor), sight.book.passages, sight.book.gaps
    assert len(gaps) == 3
    assert all(gap["ended_at"] is not None for gap in gaps)
    known = {(row["uniqueid"], row["queue"]): row for row in rows}
    assert len(known) == len(rows), "one row for each join"
    assert known.keys() <= {(each.uniqueid, each.queue) for each in log}, "and none for what never was"
    for each in log:
        if (each.uniqueid, each.queue) not in known:
            assert any(gap["began_at"] - 1 <= each.joined_at <= gap["ended_at"] + 1 for gap in gaps), each
    assert_as_logged([row for row in rows if row["is_complete"] and not is_unexplained_timeout(row, log)], log)
    for row in rows:
        if row["outcome"] == "unknown" or row["ended_by"] == "unknown":
            assert not row["is_complete"]
    assert_today_adds_up(sight, rows)


def is_unexplained_timeout(row: dict[str, Any], log: list[queue_log.Logged]) -> bool:
    """One that was let go before a list had shown how long the queue lets callers wait: no event tells why."""
    there = next(each for each in log if (each.uniqueid, each.queue) == (row["uniqueid"], row["queue"]))
    return row["outcome"] == "left" and there.outcome == "timeout"


def assert_today_adds_up(sight: Sight, rows: list[dict[str, Any]]) -> None:
    figures: Counter[str] = Counter()
    for row in sight.mirror.rows()[Kind.QUEUE].values():
        figures.update({name: value for name, value in row.items() if name.endswith("_today")})
    outcomes = Counter(row["outcome"] for row in rows)
    assert figures["offered_today"] == len(rows)
    assert figures["answered_today"] == outcomes["answered"] == figures["talks_today"]
    assert figures["abandoned_today"] == outcomes["abandoned"]
    assert figures["lost_today"] == outcomes["abandoned"] + outcomes["timeout"] + outcomes["left"]
    assert figures["moved_today"] == outcomes["moved"] + outcomes["withdrawn"]
