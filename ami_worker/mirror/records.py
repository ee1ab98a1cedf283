"""What the history keeps, in memory: plain data, and the `Record`s that are made of it for the database.

`history.py` and its parts fill them; `ami_worker.archive` makes them of what an earlier worker has written. The fields
are those of the tables in panel/history/models.py, where they are explained. Times are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from panel.vocabulary import RecordKind, Row, SpanKind, Step


PassageOutcome = Literal["waiting", "answered", "abandoned", "timeout", "left", "moved", "withdrawn", "unknown"]
LOST: frozenset[PassageOutcome] = frozenset({"abandoned", "timeout", "left"})
EndedBy = Literal["", "agent", "caller", "transfer", "unknown"]

Staff = dict[str, list[str]]
"""Names of a queue's members by what they did."""

MAX_POSITION = 100_000


class Record(NamedTuple):
    """One row of the history as it is now; it is written under its key, and never taken away again."""

    kind: RecordKind
    key: str
    groups: tuple[str, ...]
    row: Row


class Counted(NamedTuple):
    """What a passage adds to the figures of its day; see `today.py`."""

    answered: int = 0
    abandoned: int = 0
    lost: int = 0
    moved: int = 0
    waited: float = 0.0
    wait_bucket: int = -1  # whole seconds, rounded up, of one that was answered
    talks: int = 0
    talked: float = 0.0


@dataclass(slots=True, eq=False)
class Passage:
    key: str
    queue: str
    uniqueid: str
    joined_at: float
    position: int = 0
    call: str = ""
    number: str = ""
    name: str = ""
    dialled: str = ""
    outcome: PassageOutcome = "waiting"
    left_at: float | None = None
    left_position: int = 0
    agent: str = ""
    agent_name: str = ""
    agent_extension: str = ""
    talk_ended_at: float | None = None
    ended_by: EndedBy = ""
    rings: int = 0
    staff: Staff = field(default_factory=dict)
    is_complete: bool = True
    groups: tuple[str, ...] = ()

    # Only while it goes on:
    leg: str = ""  # Uniqueid of the channel on which a member has answered
    hung_up_by: EndedBy = ""  # whose end was asked for first, or that it was a transfer
    is_completed: bool = False  # the queue has told how the talk ended
    unanswered: set[str] = field(default_factory=set)  # Uniqueids of legs that rang in vain
    counted: Counted | None = None
    ended_at: float = 0.0
    is_listed: bool = False  # the joining was not told, only that somebody waits
    was_complete: bool = True  # before a list had it no more
    is_disputed: bool = False  # taken out by us at the instant at which the queue's own time was over

    @property
    def is_open(self) -> bool:
        return self.outcome == "waiting" or (self.outcome == "answered" and self.talk_ended_at is None)

    def record(self) -> Record:
        row: Row = {
            "is_complete": self.is_complete,
            "is_open": self.is_open,
            "queue": self.queue,
            "call": self.call or self.uniqueid,
            "uniqueid": self.uniqueid,
            "number": self.number,
            "name": self.name,
            "dialled": self.dialled,
            "joined_at": self.joined_at,
            "position": min(self.position, MAX_POSITION),
            "outcome": self.outcome,
            "left_at": self.left_at,
            "left_position": min(self.left_position, MAX_POSITION),
            "agent": self.agent,
            "agent_name": self.agent_name,
            "agent_extension": self.agent_extension,
            "talk_ended_at": self.talk_ended_at,
            "ended_by": self.ended_by,
            "rings_without_answer": self.rings,
            "staff": self.staff,
        }
        return Record(RecordKind.PASSAGE, self.key, self.groups, row)


@dataclass(slots=True, eq=False)
class CallRecord:
    key: str
    call: str
    started_at: float
    direction: str = ""
    number: str = ""
    name: str = ""
    dialled: str = ""
    extensions: list[str] = field(default_factory=list)
    answered_at: float | None = None
    ended_at: float | None = None
    story: list[Step] = field(default_factory=list)
    is_complete: bool = True
    groups: tuple[str, ...] = ()

    def facts(self) -> tuple[object, ...]:
        """What is worth a write of its own; the story alone is not."""
        return (
            self.direction, self.number, self.name, self.dialled, len(self.extensions), self.answered_at, self.ended_at,
            self.groups, self.is_complete, self.started_at,
        )  # fmt: skip

    def record(self) -> Record:
        row: Row = {
            "is_complete": self.is_complete,
            "is_open": self.ended_at is None,
            "call": self.call,
            "direction": self.direction,
            "number": self.number,
            "name": self.name,
            "dialled": self.dialled,
            "extensions": list(self.extensions),
            "started_at": self.started_at,
            "answered_at": self.answered_at,
            "ended_at": self.ended_at,
            "story": self.story,
        }
        return Record(RecordKind.CALL, self.key, self.groups, row)


@dataclass(slots=True, eq=False)
class Span:
    key: str
    queue: str
    agent: str
    kind: SpanKind
    began_at: float
    agent_name: str = ""
    agent_extension: str = ""
    reason: str = ""
    ended_at: float | None = None
    is_complete: bool = True
    groups: tuple[str, ...] = ()

    def record(self) -> Record:
        row: Row = {
            "is_complete": self.is_complete,
            "is_open": self.ended_at is None,
            "queue": self.queue,
            "agent": self.agent,
            "agent_name": self.agent_name,
            "agent_extension": self.agent_extension,
            "kind": self.kind.value,
            "reason": self.reason,
            "began_at": self.began_at,
            "ended_at": self.ended_at,
        }
        return Record(RecordKind.SPAN, self.key, self.groups, row)


@dataclass(slots=True, eq=False)
class Gap:
    key: str
    reason: str
    began_at: float
    ended_at: float | None = None

    def record(self) -> Record:
        row: Row = {
            "is_complete": self.ended_at is not None,
            "is_open": self.ended_at is None,
            "reason": self.reason,
            "began_at": self.began_at,
            "ended_at": self.ended_at,
        }
        return Record(RecordKind.GAP, self.key, ("*",), row)


class Past(NamedTuple):
    """What an earlier worker has left: rows that are open, and what was counted today."""

    passages: Sequence[Passage] = ()
    calls: Sequence[CallRecord] = ()
    spans: Sequence[Span] = ()
    gap: Gap | None = None
    ended_today: Sequence[Passage] = ()
    seen_until: float | None = None
    """The last moment at which the picture was known to be true; None where there never was one."""
    gap_ended_at: float = 0.0
    """Of the last gap that has ended."""
