"""The words and the row shapes that worker, web and tests share.

Everybody may import this module; it imports nothing of the project. A row is what a browser gets for one entity:
whole, with a `key`. Times end in `_at` and are UTC strings as `utc()` makes them (`2026-11-22T10:42:07.123Z`), or
None when it has not happened. Text fields are never None: what is not known is the empty string.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Literal, TypedDict


class Kind(StrEnum):
    """What a row is about; the order is the order in which a browser may show a snapshot."""

    PBX = "pbx"
    EXTENSION = "extension"
    CALL = "call"
    QUEUE = "queue"
    MEMBER = "member"
    CALLER = "caller"
    PARKED = "parked"
    CONFERENCE = "conference"
    MAILBOX = "mailbox"
    TRUNK = "trunk"
    COMMAND = "command"
    OPERATOR = "operator"


class Link(StrEnum):
    """How far the picture of one PBX can be trusted."""

    LIVE = "live"  # events flow and the lists have been compared
    STALE = "stale"  # connected again, but the lists are not yet compared; or nobody keeps the picture
    OFFLINE = "offline"  # no connection to the PBX


class ExtensionState(StrEnum):
    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    DND = "dnd"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class CallState(StrEnum):
    """The state of a call, and of each party in it."""

    DIALLING = "dialling"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    QUEUED = "queued"
    PARKED = "parked"


class MemberState(StrEnum):
    """What a queue member can be sent now; the first that applies, from the bottom up, is shown."""

    FREE = "free"
    WRAPUP = "wrapup"
    BUSY = "busy"  # on a call that is not of this queue
    RINGING = "ringing"
    TALKING = "talking"  # on a call of this queue
    PAUSED = "paused"
    AWAY = "away"  # no phone registered, or the interface is invalid
    UNKNOWN = "unknown"


class CommandState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the reply was lost: never sent again


ENDED_COMMAND_STATES: Final = frozenset({CommandState.DONE, CommandState.FAILED, CommandState.UNKNOWN})

Direction = Literal["in", "out", "internal"]


class Person(TypedDict):
    """Somebody at an end of a call: an extension of ours, or an outside number (`extension` empty)."""

    name: str
    number: str
    extension: str


class PbxRow(TypedDict):
    key: str
    link: str  # Link
    as_of_at: str | None  # the last moment at which the picture was known to be true
    reason: str  # why it is not live, in a sentence; empty when live
    version: str  # of Asterisk, "22.10.0"
    started_at: str | None  # of the PBX
    drift: int  # rows that reconciles had to correct since the worker connected
    lag_seconds: float  # how far the worker is behind the events
    capabilities: list[str]  # see ami_worker/operations: "include", "voicemail", ...


class ExtensionCall(TypedDict):
    """One call as seen from one extension's tile."""

    call: str  # call key
    channel: str  # Uniqueid of the extension's own leg
    state: str  # CallState of that leg
    direction: str  # "in" when the extension is called, "out" when it calls
    state_at: str
    other: Person
    queue: str  # the queue it came from, or empty


class ExtensionRow(TypedDict):
    key: str  # "201"; "201@context" where two contexts have the number; "PBX/201" on a further PBX
    number: str
    name: str
    group: str  # department
    state: str  # ExtensionState
    state_at: str | None
    calls: list[ExtensionCall]
    mailbox: str  # mailbox key or empty


class Party(TypedDict):
    """One leg of a call; Local halves are folded away."""

    key: str  # Uniqueid of the channel
    name: str
    number: str
    extension: str  # extension key, or empty for an outside party
    state: str  # CallState
    state_at: str
    role: str  # "caller" began the call, "called" was dialled
    peers: list[str]  # Uniqueids of the parties it is talking to
    trunk: str  # trunk or endpoint name of an outside party


class CallRow(TypedDict):
    key: str  # Linkedid
    state: str  # CallState
    state_at: str
    direction: str  # Direction
    started_at: str
    answered_at: str | None
    dialled: str  # the number dialled first: the DID of a call from outside
    caller: Person
    called: Person  # whom it is for now: who talks or rings; empty fields while waiting
    parties: list[Party]
    queue: str  # the queue it waits in, or came through
    queued_at: str | None
    connected_at: str | None  # when a member of the queue answered
    held_by: str  # extension key
    parked: str  # parked key
    conference: str  # conference key


class QueueRow(TypedDict):
    key: str
    name: str
    strategy: str
    waiting: int
    longest_at: str | None  # when the caller who waits longest joined
    members: int
    free: int
    paused: int
    completed: int
    abandoned: int


class MemberRow(TypedDict):
    key: str  # "QUEUE/INTERFACE"
    queue: str
    interface: str
    name: str
    extension: str
    state: str  # MemberState
    state_at: str | None
    paused: bool
    pause_reason: str
    penalty: int
    calls_taken: int
    last_call_at: str | None
    call: str  # call key while ringing or talking for this queue
    wrapup_until_at: str | None


class CallerRow(TypedDict):
    key: str  # "QUEUE/UNIQUEID"
    queue: str
    call: str
    position: int
    priority: int
    name: str
    number: str
    joined_at: str


class ParkedRow(TypedDict):
    key: str  # Uniqueid of the parked channel: a space is used again, a channel is not
    lot: str
    space: str
    call: str
    name: str
    number: str
    extension: str  # of the parked party, if it is one of ours
    parked_by: Person
    parked_at: str
    returns_at: str | None


class ConferenceMember(TypedDict):
    channel: str
    name: str
    number: str
    extension: str
    admin: bool
    muted: bool
    talking: bool
    joined_at: str


class ConferenceRow(TypedDict):
    key: str  # room
    room: str
    locked: bool
    started_at: str
    members: list[ConferenceMember]


class MailboxRow(TypedDict):
    key: str  # "201@default"
    extension: str
    new: int
    old: int


class TrunkRow(TypedDict):
    key: str
    name: str
    state: str  # "registered", "unregistered", "rejected", "reachable", "unreachable", "unknown"
    state_at: str | None
    reason: str
    calls: int


class CommandRow(TypedDict):
    key: str
    name: str
    args: dict[str, Any]
    operator: str  # operator key
    operator_name: str
    state: str  # CommandState
    reason: str  # a code, see ami_worker/operations/outcomes
    text: str  # the sentence on the receipt line
    call: str  # the call it is about, or the call that came of it
    created_at: str
    sent_at: str | None
    ended_at: str | None


class OperatorRow(TypedDict):
    key: str  # log-in name
    name: str
    role: str
    extension: str


Row = dict[str, Any]
"""Any of the rows above, where a function serves every kind."""

EVERYONE: Final = "*"
"""In the groups of a row: operators of every department may see it."""


def utc(seconds: float) -> str:
    """Seconds since the epoch as the wire has them: `2026-11-22T10:42:07.123Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def seconds(at: str) -> float:
    """The inverse of `utc`. Raises ValueError for anything else."""
    return datetime.fromisoformat(at.removesuffix("Z") + "+00:00").timestamp()
