"""After many calls with everything that can happen to them, the history is the `queue_log`, call by call."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from panel.vocabulary import Kind
from tests.operations import witness
from tests.operations.queue_callers import FAULTS
from tests.operations.queue_day import Cutter, QueueFloor, Sight, play, ways_with
from tests.rig import queue_log
from tests.rig.fixtures import VERSIONS, missing
from tests.rig.parts import Unavailable


CALLS = 100
DESKS = 20


@pytest.fixture(params=[pytest.param(major, marks=pytest.mark.asterisk) for major in VERSIONS])
def floor(request: pytest.FixtureRequest) -> Iterator[QueueFloor]:
    """An Asterisk of its own, with a queue at each desk."""
    try:
        floor = QueueFloor(request.param, desks=DESKS)
    except Unavailable as error:
        missing(str(error))
    with floor:
        yield floor


@pytest.mark.timeout(120)
def test_each_call_of_a_day_is_kept_as_asterisk_logged_it(floor: QueueFloor) -> None:
    sight = asyncio.run(play(floor, CALLS, seed=1, ways=ways_with(*FAULTS)))
    log, rows = queue_log.read(floor.directory), sight.book.passages
    verdict = witness.compare(rows, log, sight.stalled)
    assert (verdict.different, verdict.invented, verdict.unseen, verdict.incomplete) == ([], [], [], 0)
    assert verdict.equal == len(log) >= CALLS
    assert witness.wrong_days(sight.mirror.rows()[Kind.QUEUE], rows, log) == []
    assert_today_adds_up(sight, rows)
    asked = sight.asked()
    assert asked["QueueStatus"] == 1, "the PBX holds the lock of a queue meanwhile: at the log-in, and never since"
    assert asked["QueueSummary"] >= 1, "which the reconcile asks for instead"


@pytest.mark.timeout(120)
def test_where_the_line_was_cut_nothing_is_invented(floor: QueueFloor) -> None:
    cutter = Cutter(seed=2, every=2.0)
    sight = asyncio.run(play(floor, CALLS, seed=2, ways=ways_with(*FAULTS), beside=cutter))
    log, rows, gaps = queue_log.read(floor.directory), sight.book.passages, sight.book.gaps
    verdict = witness.compare(rows, log, sight.stalled)
    assert (verdict.different, verdict.invented) == ([], []), "no row says what was not"
    assert verdict.incomplete, "something was missed, and is said to be"
    assert 1 < len(gaps) <= cutter.cuts
    assert all(gap["ended_at"] is not None for gap in gaps)
    for each in verdict.unseen:
        # A gap begins when the PBX was last heard, which is late by as much as the comparison allows for.
        off = min(max(gap["began_at"] - each.joined_at, each.joined_at - gap["ended_at"]) for gap in gaps)
        assert off <= verdict.apart, (each, gaps)
    for row in rows:
        if row["outcome"] == "unknown" or row["ended_by"] == "unknown":
            assert not row["is_complete"]
    assert not any(row["is_complete_today"] for row in sight.mirror.rows()[Kind.QUEUE].values())
    assert_today_adds_up(sight, rows)


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
