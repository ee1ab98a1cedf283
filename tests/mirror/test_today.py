"""Today's figures of a queue: which passages count, against which target, and when a new day begins."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ami_worker.mirror import Mirror, Passage, Past, Target
from panel.vocabulary import Kind, Link, Row

from .board import message
from .recordings import Clock


WARSAW = ZoneInfo("Europe/Warsaw")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW).timestamp()


class Day:
    """A mirror in Warsaw with a queue `front`."""

    def __init__(self, now: str) -> None:
        self.clock = Clock(at(now))
        self.mirror = Mirror("main", now=self.clock, zone="Europe/Warsaw")
        self.number = 0

    def passage(self, now: str, wait: float = 5, *, answered: bool = False) -> None:
        """One who joins then, and leaves after so many seconds."""
        self.clock.at = at(now)
        self.number += 1
        name, uniqueid = f"PJSIP/itsp-{self.number}", f"1.{self.number}"
        who = {"Channel": name, "Uniqueid": uniqueid, "Linkedid": uniqueid, "ChannelState": "6", "Queue": "front"}
        self.mirror.apply(message("QueueCallerJoin", **who, Position="1", Count="1"))
        self.clock.advance(wait)
        self.mirror.apply(message("QueueCallerLeave", **who, Count="0"))
        if answered:
            self.mirror.apply(message("AgentConnect", **who, Interface="PJSIP/1", DestUniqueid="2.1"))
            self.clock.advance(60)
            self.mirror.apply(message("AgentComplete", **who, Interface="PJSIP/1", Reason="agent"))

    def row(self) -> Row:
        return self.mirror.rows()[Kind.QUEUE]["front"]

    def counted(self) -> tuple[int, int, int]:
        row = self.row()
        return row["offered_today"], row["answered_today"], row["lost_today"]


def test_waits_talks_and_the_service_level_add_up() -> None:
    day = Day("2026-11-22 10:00")
    day.passage("2026-11-22 10:00", 20, answered=True)
    day.passage("2026-11-22 10:05", 20.4, answered=True)
    day.passage("2026-11-22 10:10", 5)
    row = day.row()
    assert day.counted() == (3, 2, 1)
    assert (row["wait_total_today"], row["talks_today"], row["talk_total_today"]) == (40, 2, 120)
    assert (row["within_target_today"], row["target_seconds"], row["target_percent"]) == (1, 20, 80)


def test_a_new_target_counts_for_the_whole_day() -> None:
    day = Day("2026-11-22 10:00")
    day.passage("2026-11-22 10:00", 20, answered=True)
    day.passage("2026-11-22 10:05", 40, answered=True)
    day.mirror.changes()
    day.mirror.set_targets({"front": Target(60, 90)})
    (changed,) = (change for change in day.mirror.changes() if change.kind is Kind.QUEUE)
    assert changed.row is not None
    assert (changed.row["within_target_today"], changed.row["target_seconds"], changed.row["target_percent"]) == (
        2,
        60,
        90,
    )


@pytest.mark.parametrize(
    ("last", "first", "hours"),
    [
        ("2026-11-22 23:30", "2026-11-23 00:00", 24),
        ("2026-03-29 23:30", "2026-03-30 00:00", 23),
        ("2026-10-25 23:30", "2026-10-26 00:00", 25),
    ],
    ids=["any day", "the clocks go forward", "the clocks go back"],
)
def test_a_day_begins_at_local_midnight_and_the_row_changes_by_itself(last: str, first: str, hours: int) -> None:
    day = Day(last[:10] + " 00:00")
    assert at(first) - day.mirror.day_began_at == hours * 3600
    day.passage(last)
    day.mirror.changes()
    assert day.counted() == (1, 0, 1)
    assert day.mirror.due_at == at(first)
    day.clock.at = at(first)
    (changed,) = (change for change in day.mirror.changes() if change.kind is Kind.QUEUE)
    assert changed.row is not None
    assert (changed.row["offered_today"], changed.row["lost_today"]) == (0, 0)


def test_one_who_joined_before_midnight_belongs_to_the_day_before() -> None:
    day = Day("2026-11-22 12:00")
    day.passage("2026-11-22 23:59:58", 10, answered=True)
    assert day.counted() == (0, 0, 0)
    day.passage("2026-11-23 00:01")
    assert day.counted() == (1, 0, 1)


def test_a_worker_goes_on_with_what_is_in_the_database() -> None:
    day = Day("2026-11-22 10:00")
    now = day.clock.at
    ended = Passage("", "front", "", now - 600, outcome="answered", left_at=now - 590, talk_ended_at=now - 500)
    waits = Passage("main/front/1.1/1", "front", "1.1", now - 30)
    day.mirror.adopt(Past(ended_today=[ended], passages=[waits], seen_until=now - 3))
    who = {"Uniqueid": "1.1", "Queue": "front"}
    channel = {"Channel": "PJSIP/itsp-1", "Linkedid": "1.1", "ChannelState": "6"}
    day.mirror.apply(message("Newchannel", **channel, **who))
    day.mirror.apply(message("QueueCallerAbandon", **channel, **who))
    day.mirror.apply(message("QueueMemberAdded", Queue="front", Interface="PJSIP/1"))
    day.mirror.set_link(Link.LIVE)
    assert day.counted() == (2, 1, 1)
    assert day.row()["is_complete_today"] is False
    (gap,) = (record.row for record in day.mirror.records() if record.kind == "gap_record")
    assert (gap["began_at"], gap["ended_at"]) == (now - 3, now)
