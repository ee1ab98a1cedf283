"""When an alert is raised and when it ends, by a clock of the test's own."""

from __future__ import annotations

from datetime import datetime, time
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ami_worker.alerts import Alert, Alerts, Decision, Figures, Quiet, Threshold, sentence
from ami_worker.mirror import Change
from panel.vocabulary import AlertKind, Kind, utc


BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=BERLIN).timestamp()  # a Monday


class Watch:
    """Alerts with a clock; `after` lets time pass and carries out what is decided, as the worker does each second."""

    def __init__(self, *thresholds: Threshold, at: float = NOON) -> None:
        keys = count(1)
        self.alerts = Alerts(BERLIN, new_key=lambda: f"a{next(keys)}")
        self.alerts.set_thresholds(thresholds)
        self.at = at
        self.tick = 1000.0
        self.set()

    def set(self, queue: str = "front", groups: tuple[str, ...] = ("Sales",), **row: Any) -> None:
        usual = {"key": queue, "waiting": 0, "longest_at": None, "free": 3}
        self.alerts.learn([Change(Kind.QUEUE, queue, groups, usual | row)])

    def after(self, seconds: float = 0.0) -> list[str]:
        """What happened in this time: `+a1` an alert was raised, `-a1` it ended."""
        happened = []
        for step in range(int(seconds) + 1):
            if step:
                self.at += 1
                self.tick += 1
            for decision in self.alerts.decide(self.at, self.tick):
                self.alerts.apply(decision)
                happened.append(("+" if decision.fell_at is None else "-") + decision.alert.key)
        return happened

    def shown(self) -> dict[str, Any]:
        """Rows of the alerts, as written since the last call; None is gone."""
        return {change.key: change.row for change in self.alerts.changes()}


def threshold(what: AlertKind = AlertKind.WAITING, limit: int = 3, **more: Any) -> Threshold:
    return Threshold(1, (), what, limit, **more)


# --- each kind ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "limit", "well", "ill"),
    [
        (AlertKind.WAITING, 3, {"waiting": 2}, {"waiting": 3}),
        (AlertKind.FREE, 2, {"free": 2}, {"free": 1}),
        (AlertKind.WAIT, 60, {"longest_at": utc(NOON - 59)}, {"longest_at": utc(NOON - 60)}),
    ],
)
def test_a_threshold_on_the_row_of_the_queue(what: AlertKind, limit: int, well: Any, ill: Any) -> None:
    watch = Watch(threshold(what, limit))
    watch.set(**well)
    assert watch.after() == []
    watch.set(**ill)
    assert watch.after() == ["+a1"]
    watch.set(**well)
    assert watch.after() == ["-a1"]


def test_a_wait_grows_longer_although_nothing_happens() -> None:
    watch = Watch(threshold(AlertKind.WAIT, 60))
    watch.set(waiting=1, longest_at=utc(NOON))
    assert watch.after(59) == []
    assert watch.after(1) == ["+a1"]


def test_the_service_level_says_nothing_before_there_are_calls_enough() -> None:
    watch = Watch(threshold(AlertKind.LEVEL, 80, target_seconds=20, least_calls=10))
    assert watch.after(5) == []  # the history has not been read
    watch.alerts.set_figures({"front": Figures(ended=9, in_time={20: 0})})
    assert watch.after(5) == []
    watch.alerts.set_figures({"front": Figures(ended=10, in_time={20: 8})})
    assert watch.after(5) == []
    watch.alerts.set_figures({"front": Figures(ended=10, in_time={20: 7})})
    assert watch.after() == ["+a1"]
    watch.alerts.set_figures({})  # a new day
    assert watch.after() == ["-a1"]


def test_calls_lost_in_the_last_hour() -> None:
    watch = Watch(threshold(AlertKind.LOST, 2))
    watch.alerts.set_figures({"front": Figures(lost=1)})
    assert watch.after() == []
    watch.alerts.set_figures({"front": Figures(lost=2)})
    assert watch.after() == ["+a1"]
    watch.alerts.set_figures({})
    assert watch.after() == ["-a1"]


def test_each_queue_has_alerts_of_its_own() -> None:
    watch = Watch(Threshold(1, ("front", "sales"), AlertKind.WAITING, 1))
    for queue in ("front", "sales", "other"):
        watch.set(queue, waiting=1)
    assert watch.after() == ["+a1", "+a2"]
    assert {row["queue"] for row in watch.shown().values()} == {"front", "sales"}
    watch.set("front", waiting=0)
    assert watch.after() == ["-a1"]


# --- flapping -------------------------------------------------------------------------------------------------------


def test_it_must_be_so_for_a_while_before_it_rises_and_well_for_a_while_before_it_falls() -> None:
    watch = Watch(threshold(rise_seconds=10, fall_seconds=30))
    watch.set(waiting=3)
    assert watch.after(9) == []
    watch.set(waiting=0)
    assert watch.after(1) == []  # it was well in between: the ten seconds begin anew
    watch.set(waiting=3)
    assert watch.after(9) == []
    assert watch.after(1) == ["+a1"]
    for _ in range(5):
        watch.set(waiting=0)
        assert watch.after(29) == []
        watch.set(waiting=3)
        assert watch.after(1) == []
    watch.set(waiting=0)
    assert watch.after(29) == []
    assert watch.after(1) == ["-a1"]


def test_a_clock_that_is_set_shortens_no_delay() -> None:
    watch = Watch(threshold(rise_seconds=60))
    watch.set(waiting=3)
    assert watch.after(5) == []
    watch.at += 7200
    assert watch.after(5) == []
    assert watch.after(50) == ["+a1"]


def test_on_an_old_picture_no_delay_runs() -> None:
    watch = Watch(threshold(rise_seconds=10))
    watch.set(waiting=3)
    assert watch.after(9) == []
    watch.tick += 600
    watch.alerts.forget_delays()
    assert watch.after(9) == []
    assert watch.after(1) == ["+a1"]


# --- quiet hours ----------------------------------------------------------------------------------------------------


NIGHT = Quiet(begins=time(18, 0), ends=time(8, 0))


@pytest.mark.parametrize(
    ("quiet", "local", "holds"),
    [
        (NIGHT, "2026-11-23 17:59:59", False),
        (NIGHT, "2026-11-23 18:00", True),
        (NIGHT, "2026-11-24 07:59:59", True),
        (NIGHT, "2026-11-24 08:00", False),
        (Quiet(begins=time(12, 0), ends=time(13, 0)), "2026-11-23 12:30", True),
        (Quiet(begins=time(12, 0), ends=time(13, 0)), "2026-11-23 13:00", False),
        (Quiet(days=frozenset({5, 6})), "2026-11-21 12:00", True),  # a Saturday
        (Quiet(days=frozenset({5, 6})), "2026-11-23 12:00", False),
        (Quiet(), "2026-11-23 12:00", False),
        # Summer time begins on 29 March at 2:00 and ends on 25 October at 3:00.
        (NIGHT, "2026-03-29 07:59", True),
        (NIGHT, "2026-03-29 08:00", False),
        (NIGHT, "2026-10-25 07:59", True),
        (NIGHT, "2026-10-25 08:00", False),
        (Quiet(begins=time(2, 0), ends=time(3, 0)), "2026-03-29 03:00", False),
        (Quiet(begins=time(2, 0), ends=time(3, 0)), "2026-10-25 02:30", True),
    ],
)
def test_quiet_hours_go_by_the_clock_on_the_wall(quiet: Quiet, local: str, holds: bool) -> None:
    for fold in (0, 1):  # an hour that comes twice is quiet both times
        at = datetime.fromisoformat(local).replace(tzinfo=BERLIN, fold=fold)
        assert quiet.holds(at.timestamp(), BERLIN) is holds


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 13), ("2026-10-24", 15), ("2026-11-23", 14)])
def test_a_night_is_an_hour_shorter_or_longer_when_the_clocks_change(day: str, hours: int) -> None:
    begins = datetime.fromisoformat(f"{day} 18:00").replace(tzinfo=BERLIN).timestamp()
    quiet = [NIGHT.holds(begins + minute * 60, BERLIN) for minute in range(16 * 60)]
    assert quiet.index(False) == hours * 60


def test_when_quiet_hours_begin_what_is_up_ends_and_nothing_rises_before_they_are_over() -> None:
    evening = datetime(2026, 11, 23, 17, 59, 58, tzinfo=BERLIN).timestamp()
    watch = Watch(threshold(quiet=NIGHT, rise_seconds=10, fall_seconds=300), at=evening - 20)
    watch.set(waiting=3)
    assert watch.after(21) == ["+a1"]
    assert watch.after(1) == ["-a1"]
    assert watch.after(60) == []
    watch.at = datetime(2026, 11, 24, 8, 0, 0, tzinfo=BERLIN).timestamp()
    assert watch.after(9) == []
    assert watch.after(1) == ["+a2"]


# --- acknowledgement, restart, and what goes ------------------------------------------------------------------------


def test_an_acknowledged_alert_says_by_whom_and_stays_until_it_falls() -> None:
    watch = Watch(threshold())
    watch.set(waiting=4)
    assert watch.after() == ["+a1"]
    row = watch.shown()["a1"]
    assert (row["queue"], row["what"], row["limit"], row["value"]) == ("front", "waiting", 3, 4)
    assert (row["text"], row["raised_at"]) == ("3 or more callers wait", utc(NOON))
    assert (row["acknowledged_at"], row["acknowledged_by"]) == (None, "")
    watch.alerts.acknowledge("a1", NOON + 5, "Sue Perry")
    row = watch.shown()["a1"]
    assert (row["acknowledged_at"], row["acknowledged_by"]) == (utc(NOON + 5), "Sue Perry")
    watch.alerts.acknowledge("a1", NOON + 9, "Bob")  # too late
    watch.alerts.acknowledge("a9", NOON + 9, "Bob")  # never was
    assert watch.shown() == {}
    assert watch.after(600) == []
    watch.set(waiting=0)
    assert watch.after() == ["-a1"]
    assert watch.shown() == {"a1": None}
    watch.set(waiting=4)
    assert watch.after() == ["+a2"]  # the next one is to be acknowledged anew
    assert watch.shown()["a2"]["acknowledged_by"] == ""


def test_what_was_not_written_down_is_decided_again() -> None:
    watch = Watch(threshold())
    watch.set(waiting=3)
    (first,) = watch.alerts.decide(watch.at, watch.tick)
    assert first.fell_at is None
    assert watch.shown() == {}
    (again,) = watch.alerts.decide(watch.at + 1, watch.tick + 1)
    watch.alerts.apply(again)
    assert watch.alerts.decide(watch.at + 2, watch.tick + 2) == []


def test_after_a_restart_what_was_up_is_up_and_is_raised_no_second_time() -> None:
    watch = Watch(threshold(fall_seconds=30))
    up = Alert("old", 1, "front", AlertKind.WAITING, 3, 5, NOON - 600, NOON - 500, "Sue Perry")
    watch.alerts.restore([up])
    watch.set(waiting=3)
    assert [change.row and change.row["acknowledged_by"] for change in watch.alerts.everything()] == ["Sue Perry"]
    assert watch.after(60) == []
    watch.set(waiting=0)
    assert watch.after(29) == []
    assert watch.after(2) == ["-old"]


def test_an_alert_goes_with_its_threshold_and_with_its_queue() -> None:
    watch = Watch(threshold(fall_seconds=3600))
    watch.set("sales", waiting=3)
    watch.set("front", waiting=3)
    assert watch.after() == ["+a1", "+a2"]
    watch.alerts.learn([Change(Kind.QUEUE, "front", (), None)])
    assert len(watch.after()) == 1
    watch.alerts.set_thresholds([])
    assert len(watch.after()) == 1
    assert watch.alerts.everything() == []


def test_before_the_queues_are_known_nothing_is_taken_for_gone() -> None:
    alerts = Alerts(BERLIN)
    alerts.set_thresholds([threshold()])
    alerts.restore([Alert("old", 1, "front", AlertKind.WAITING, 3, 5, NOON)])
    assert alerts.decide(NOON, 0.0) == []


def test_who_may_see_the_queue_may_see_its_alerts() -> None:
    watch = Watch(threshold())
    watch.set(waiting=3)
    watch.after()
    (change,) = watch.alerts.changes()
    assert change.groups == ("Sales",)
    watch.set(groups=("Sales", "Support"), waiting=3)
    (change,) = watch.alerts.changes()
    assert (change.key, change.groups) == ("a1", ("Sales", "Support"))
    watch.set(groups=("Sales", "Support"), waiting=4)
    assert watch.alerts.changes() == []
    watch.alerts.apply(Decision(Alert("a1", 1, "front", AlertKind.WAITING, 3, 3, NOON), NOON + 1))
    (gone,) = watch.alerts.changes()
    assert (gone.row, gone.groups) == (None, ("Sales", "Support"))


@pytest.mark.parametrize(
    ("what", "limit", "text"),
    [
        (AlertKind.WAIT, 90, "Somebody waits longer than 1:30"),
        (AlertKind.WAITING, 1, "A caller waits"),
        (AlertKind.WAITING, 5, "5 or more callers wait"),
        (AlertKind.FREE, 1, "Nobody is free"),
        (AlertKind.FREE, 2, "Fewer than 2 are free"),
        (AlertKind.LEVEL, 80, "Less than 80 % answered in time today"),
        (AlertKind.LOST, 1, "A call was lost in the last hour"),
        (AlertKind.LOST, 4, "4 or more calls lost in the last hour"),
    ],
)
def test_the_sentence_of_an_alert(what: AlertKind, limit: int, text: str) -> None:
    assert sentence(what, limit) == text
