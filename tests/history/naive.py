"""The figures of the reports as a person would work them out: one row after the other, with Python's own times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from panel.history.models import LOST, Passage, Span


Figures = dict[str, Any]
UNFINISHED = ("waiting", "unknown")


def seconds(length: timedelta) -> float:
    return length / timedelta(seconds=1)


def mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def of_passages(rows: Iterable[Passage], target: Callable[[str], int] = lambda queue: 20) -> Figures:
    """Figures of one line, but for those of the agents."""
    rows = list(rows)
    by = {outcome: [row for row in rows if row.outcome == outcome] for outcome in {row.outcome for row in rows}}
    waits = [seconds(row.left_at - row.joined_at) for row in rows if row.left_at and row.outcome not in UNFINISHED]
    talks = [seconds(row.talk_ended_at - row.left_at) for row in rows if row.talk_ended_at and row.left_at]
    in_time = [
        row
        for row in by.get("answered", [])
        if row.left_at and row.left_at - row.joined_at <= timedelta(seconds=target(row.queue))
    ]
    base = len(by.get("answered", [])) + sum(row.outcome in LOST for row in rows)
    names = ("answered", "abandoned", "timeout", "left", "moved", "withdrawn", "waiting", "unknown")
    return {
        "offered": len(rows),
        "lost": sum(row.outcome in LOST for row in rows),
        "service_level": 100 * len(in_time) / base if base else None,
        "average_wait": mean(waits),
        "longest_wait": max(waits, default=None),
        "average_talk": mean(talks),
        **{name: len(by.get(name, [])) for name in names},
    }


def clipped(span: Span, begin: datetime, end: datetime, now: datetime) -> tuple[datetime, datetime] | None:
    first, last = max(span.began_at, begin), min(span.ended_at or now, end, now)
    return (first, last) if first < last else None


def busy(spans: Iterable[Span], kinds: Iterable[str], begin: datetime, end: datetime, now: datetime) -> float:
    """Seconds of these kinds, of whoever, added up."""
    pieces = [clipped(span, begin, end, now) for span in spans if span.kind in kinds]
    return sum(seconds(piece[1] - piece[0]) for piece in pieces if piece)


def covered(spans: Iterable[Span], kind: str, begin: datetime, end: datetime, now: datetime) -> float:
    """Seconds for which each agent had at least one span of the kind, added up over the agents."""
    found = [span for span in spans if span.kind == kind]
    total = 0.0
    for agent in {span.agent for span in found}:
        pieces = [piece for span in found if span.agent == agent and (piece := clipped(span, begin, end, now))]
        cuts = sorted({at for piece in pieces for at in piece})
        for first, last in pairwise(cuts):
            if any(piece[0] <= first and last <= piece[1] for piece in pieces):
                total += seconds(last - first)
    return total


def local_hour(at: datetime, zone: ZoneInfo) -> str:
    """The hour of the clock and its distance from UTC: two hours of the same name are two."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H %z")
