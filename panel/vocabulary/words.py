"""The words that worker, web and tests share: kinds, states, names that both sides go by. See `panel.vocabulary`."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal


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
    LISTENING = "listening"
    ALERT = "alert"


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


class RecordKind(StrEnum):
    """What of the history is written beside the live picture; it goes into no browser's picture."""

    PASSAGE = "passage_record"
    CALL = "call_record"
    SPAN = "span_record"
    GAP = "gap_record"


class SpanKind(StrEnum):
    """What a member of a queue did for a while; several at a time are possible."""

    MEMBER = "member"  # was in the queue at all
    PAUSED = "paused"
    RINGING = "ringing"  # for a call of this queue
    TALKING = "talking"  # on a call of this queue
    WRAPUP = "wrapup"


class CareKind(StrEnum):
    """Where a party is that was given into the care of our dialplan include, which brings it back to an operator."""

    HOLD = "hold"  # with music, until somebody takes it
    CONSULT = "consult"  # with music, while the operator talks to the one it may go to
    TRANSFER = "transfer"  # the target rings, and has not answered
    SERIAL = "serial"  # the same, or talking; it comes back when the target hangs up
    CAMP = "camp"  # with music, until a busy target is free
    QUEUE = "queue"  # sent into a queue
    VOICEMAIL = "voicemail"
    CONFERENCE = "conference"
    TAKE = "take"  # on the way to an operator's phone, which rings
    RETURN = "return"  # back to its operator, whose phone rings, or will ring again


class AlertKind(StrEnum):
    """What of a queue has passed its threshold."""

    WAIT = "wait"  # the longest wait, in seconds
    WAITING = "waiting"  # how many wait
    FREE = "free"  # how few are free
    LEVEL = "level"  # answered in time today, in per cent
    LOST = "lost"  # calls lost in the last hour


class ForwardKind(StrEnum):
    """When the PBX sends calls on to somebody else, before or after the phone has rung."""

    ALWAYS = "always"
    BUSY = "busy"
    UNANSWERED = "unanswered"  # nobody answers, or no phone is registered


class ListenMode(StrEnum):
    """Who hears somebody who has joined a call without being a party of it."""

    LISTEN = "listen"  # nobody
    WHISPER = "whisper"  # the one who is listened to
    BARGE = "barge"  # everybody


class CommandState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the reply was lost: never sent again


ENDED_COMMAND_STATES: Final = frozenset({CommandState.DONE, CommandState.FAILED, CommandState.UNKNOWN})

Direction = Literal["in", "out", "internal"]

OUR_LISTENERS: Final = "cordboard-spy-"
"""How the Uniqueid of the channel begins by which a command lets somebody listen; the key of the command follows."""

EVERYONE: Final = "*"
"""In the groups of a row: operators of every department may see it."""
