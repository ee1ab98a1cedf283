"""The columns of the reports: what each is called, what it means, and how its values are written.

Used by reports.py, the page, the charts and the exports. What exactly each figure counts is in tallies.py.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

from django.utils.translation import gettext as _


Value = int | float | None
"""Numbers, percent or seconds; None where there is nothing to work it out from."""


class By(StrEnum):
    """What a line of the table is about."""

    QUEUE = "queue"
    AGENT = "agent"
    HOUR = "hour"
    DAY = "day"
    PAUSE = "pause"


class Form(StrEnum):
    """What a column's values are."""

    COUNT = "count"
    PERCENT = "percent"
    SECONDS = "seconds"


class Column(NamedTuple):
    """`is_rare`: the page leaves it out where every value is 0. The exports have always all columns."""

    key: str
    label: str
    form: Form
    meaning: str = ""
    is_rare: bool = False


def head(by: By) -> str:
    """What the lines are called."""
    return {
        By.QUEUE: _("Queue"),
        By.AGENT: _("Agent"),
        By.HOUR: _("Hour"),
        By.DAY: _("Day"),
        By.PAUSE: _("Reason"),
    }[by]


def of(by: By) -> list[Column]:
    """The columns of one report, in order."""
    if by is By.AGENT:
        return [*_of_answers(), *_of_work()]
    return _of_pauses() if by is By.PAUSE else _of_passages()


def _of_passages() -> list[Column]:
    return [
        Column("offered", _("Offered"), Form.COUNT, _("Callers who joined a queue in this time")),
        Column("answered", _("Answered"), Form.COUNT),
        Column("lost", _("Lost"), Form.COUNT, _("Hung up, timed out and left together")),
        Column("abandoned", _("Hung up"), Form.COUNT, _("The caller hung up while waiting")),
        Column("timeout", _("Timed out"), Form.COUNT, _("Waited as long as the queue allows"), True),
        Column("left", _("Left"), Form.COUNT, _("Left by a key, or was sent away by the queue"), True),
        Column("moved", _("Moved"), Form.COUNT, _("Sent elsewhere by an operator"), True),
        Column("withdrawn", _("Withdrawn"), Form.COUNT, _("Let out of the queue by an operator"), True),
        Column("waiting", _("Waiting"), Form.COUNT, _("Waits still"), True),
        Column("unknown", _("Not seen"), Form.COUNT, _("How it ended was not seen"), True),
        Column("service_level", _("Service level"), Form.PERCENT, _("Answered in time, of those answered or lost")),
        Column("average_wait", _("Average wait"), Form.SECONDS),
        Column("longest_wait", _("Longest wait"), Form.SECONDS),
        Column("average_talk", _("Average talk"), Form.SECONDS),
        Column(
            "member",
            _("Logged in"),
            Form.SECONDS,
            _("Time of all agents together; in several queues at once it counts once"),
        ),
        Column("occupancy", _("Occupancy"), Form.PERCENT, _("Ringing, talking and wrap-up, of the time logged in")),
        Column(
            "incomplete", _("Partly seen"), Form.COUNT, _("Calls that are counted, but not all of which was seen"), True
        ),
    ]


def _of_answers() -> list[Column]:
    return [
        Column("answered", _("Answered"), Form.COUNT),
        Column("average_wait", _("Average wait"), Form.SECONDS, _("Of the callers who were answered")),
        Column("average_talk", _("Average talk"), Form.SECONDS),
    ]


def _of_work() -> list[Column]:
    return [
        Column("member", _("Logged in"), Form.SECONDS, _("In several queues at once it counts once")),
        Column("ringing", _("Ringing"), Form.SECONDS),
        Column("talking", _("Talking"), Form.SECONDS),
        Column("wrapup", _("Wrap-up"), Form.SECONDS),
        Column("paused", _("Paused"), Form.SECONDS),
        Column("occupancy", _("Occupancy"), Form.PERCENT, _("Ringing, talking and wrap-up, of the time logged in")),
        Column(
            "incomplete", _("Partly seen"), Form.COUNT, _("Calls that are counted, but not all of which was seen"), True
        ),
    ]


def _of_pauses() -> list[Column]:
    return [
        Column("people", _("Agents"), Form.COUNT),
        Column("pauses", _("Pauses"), Form.COUNT, _("In several queues at once it counts once")),
        Column("time", _("Time"), Form.SECONDS),
        Column("average", _("Average"), Form.SECONDS),
        Column("longest", _("Longest"), Form.SECONDS),
    ]


def shown(value: Value, form: Form) -> str:
    """As the page writes it."""
    if value is None:
        return "–"
    if form is Form.PERCENT:
        return f"{math.floor(value)} %"  # a goal that is missed by a little does not look reached
    return duration(value) if form is Form.SECONDS else f"{value:,}"


def duration(seconds: float) -> str:
    """0:07, 12:30, 1:05:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def exported(value: Value, form: Form) -> Value:
    """As a number in a file: percent and seconds with one decimal."""
    return value if value is None or form is Form.COUNT else round(float(value), 1)
