"""Histories made up by a seed: passages, spans and gaps as the worker would have written them. The same seed gives the
same rows.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from panel.history.models import LOST, EndedBy, Gap, Outcome, Passage, Span


QUEUES = {"sales": ["Sales"], "support": ["Support"], "front": ["Sales", "Support"], "night": []}
"""Queues, and the departments of their members."""
AGENTS = {f"PJSIP/{number}": (f"Agent {number}", str(number)) for number in range(201, 209)}
REASONS = ("Lunch", "Meeting", "")
_numbers = itertools.count(1)
OUTCOMES = [Outcome.ANSWERED] * 12 + [Outcome.ABANDONED] * 4 + [each for each in Outcome if each != Outcome.ANSWERED]


@dataclass
class History:
    """Rows that are not in the database yet."""

    passages: list[Passage] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def save(self) -> History:
        Passage.objects.bulk_create(self.passages, batch_size=1000)
        Span.objects.bulk_create(self.spans, batch_size=1000)
        Gap.objects.bulk_create(self.gaps)
        return self


def history(seed: int, begin: datetime, end: datetime, passages: int = 300) -> History:
    """A history from an hour before `begin` to an hour after `end`, so that a report has to cut at both."""
    chance = random.Random(seed)
    begin, end = begin - timedelta(hours=1), end + timedelta(hours=1)
    found = History()
    for number in range(passages):
        found.passages.append(passage(chance, number, _moment(chance, begin, end)))
        found.spans += calls(chance, found.passages[-1])
    for agent in AGENTS:
        found.spans += presence(chance, agent, begin, end)
    found.gaps.append(gap(_moment(chance, begin, end), timedelta(minutes=chance.randint(1, 90))))
    return found


def passage(chance: random.Random, number: int, joined_at: datetime) -> Passage:
    outcome = chance.choice(OUTCOMES)
    queue = chance.choice(list(QUEUES))
    left_at = None if outcome == Outcome.WAITING else joined_at + _some(chance, 120)
    row = Passage(
        key=f"passage-{number}",
        pbx="pbx",
        groups=QUEUES[queue],
        is_complete=chance.random() > 0.02 and outcome != Outcome.UNKNOWN,
        queue=queue,
        call=f"call-{number}",
        uniqueid=f"1.{number}",
        number=f"+4930{chance.randint(1, 40):06}",
        name=chance.choice(["", "Kim", "Müller & Söhne <GmbH>"]),
        joined_at=joined_at,
        position=chance.randint(1, 9),
        outcome=outcome,
        left_at=left_at,
        left_position=chance.randint(1, 4),
    )
    if outcome == Outcome.ANSWERED and left_at:
        row.agent = chance.choice(list(AGENTS))
        row.agent_name, row.agent_extension = AGENTS[row.agent]
        if chance.random() > 0.1:
            row.talk_ended_at, row.ended_by = left_at + _some(chance, 1500), EndedBy.CALLER
    if outcome in LOST:
        row.staff = {"paused": ["Agent 201"], "ringing": [], "busy": ["Agent 202"], "free": [], "offline": []}
    return row


def calls(chance: random.Random, row: Passage) -> list[Span]:
    """Ringing, talking and wrap-up that go with a passage that was answered."""
    if row.outcome != Outcome.ANSWERED or row.left_at is None:
        return []
    ring = span(row.queue, row.agent, "ringing", row.left_at - _some(chance, 20), row.left_at)
    talk = span(row.queue, row.agent, "talking", row.left_at, row.talk_ended_at, is_complete=row.is_complete)
    if row.talk_ended_at is None:
        return [ring, talk]
    until = row.talk_ended_at + timedelta(seconds=30)
    return [ring, talk, span(row.queue, row.agent, "wrapup", row.talk_ended_at, until)]


def presence(chance: random.Random, agent: str, begin: datetime, end: datetime) -> list[Span]:
    """Memberships in two queues that overlap, and pauses in both."""
    rows = []
    for queue in chance.sample(list(QUEUES), 2):
        came = _moment(chance, begin, end)
        went = None if chance.random() < 0.3 else _moment(chance, came, end)
        rows.append(span(queue, agent, "member", came, went))
    pause = _moment(chance, begin, end)
    for queue in chance.sample(list(QUEUES), 2):
        rows.append(span(queue, agent, "paused", pause, pause + _some(chance, 3600), reason=chance.choice(REASONS)))
    return rows


def span(
    queue: str, agent: str, kind: str, began_at: datetime, ended_at: datetime | None, *, reason: str = "", **more: bool
) -> Span:
    name, extension = AGENTS[agent]
    return Span(
        key=f"span-{next(_numbers)}",
        pbx="pbx",
        groups=QUEUES[queue],
        queue=queue,
        agent=agent,
        agent_name=name,
        agent_extension=extension,
        kind=kind,
        reason=reason,
        began_at=began_at,
        ended_at=ended_at,
        **more,
    )


def gap(began_at: datetime, lasts: timedelta | None, reason: str = "The connection to the PBX was lost.") -> Gap:
    key = f"gap-{began_at.isoformat()}"
    return Gap(key=key, pbx="pbx", reason=reason, began_at=began_at, ended_at=lasts and began_at + lasts)


def lost(rows: Iterable[Passage]) -> Sequence[Passage]:
    return [row for row in rows if row.outcome in LOST]


def _moment(chance: random.Random, begin: datetime, end: datetime) -> datetime:
    """To the microsecond, and now and then to the second or just on the hour."""
    at = begin + timedelta(microseconds=chance.randrange((end - begin) // timedelta(microseconds=1)))
    kind = chance.random()
    if kind < 0.05:
        return at.replace(minute=0, second=0, microsecond=0)
    return at.replace(microsecond=0) if kind < 0.2 else at


def _some(chance: random.Random, seconds: int) -> timedelta:
    whole = timedelta(seconds=chance.randint(0, seconds))
    return whole if chance.random() < 0.3 else whole + timedelta(microseconds=chance.randrange(1_000_000))
