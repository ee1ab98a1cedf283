"""What goes into the operations and what comes out: `Intent` and `Outcome`, and the reason codes of an outcome.

`ami_worker.store` makes intents from Command rows and writes outcomes back; the operations do the rest. Plain
values, Django-free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, TypedDict

from panel.vocabulary import CommandState


class Standing(TypedDict):
    """How somebody stands in a queue."""

    name: str
    state_interface: str
    penalty: int
    paused: bool
    reason: str  # of the pause
    ring_in_use: bool | None  # None when it is not known
    loan: tuple[float, str] | None  # until when (seconds since the epoch), and by whom


class Changed(TypedDict):
    """One membership as it was before a command and as the command left it; None when there was none."""

    queue: str
    interface: str
    before: Standing | None
    after: Standing | None


class Intent(NamedTuple):
    """What an operator wants, already checked by `panel.commands` for right and visibility."""

    key: str
    name: str  # as in the catalogue: "transfer"
    args: Mapping[str, Any]
    operator: str  # operator key
    operator_name: str
    extension: str  # key of the operator's own extension, or empty
    may_dial_out: bool
    undoes: Sequence[Changed] = ()
    """Of the command `undo`: what the command that it takes back has changed."""
    sound: str = ""
    """Of `withdraw` with a `prompt`: what the PBX plays, as the admin has it now; empty when it was removed."""
    to_name: str = ""
    """Who is behind the number `to`, when it leads to somebody on another PBX of the panel."""


class Reason(StrEnum):
    """Why a command ended as it did. `Outcome.reason` is one of these; empty when it was done."""

    CALL_ENDED = "call_ended"  # the call, or the party, is gone
    BUSY_CALL = "busy_call"  # another command is at work on the same call or phone
    NO_PHONE = "no_phone"  # the operator has no extension, or one without a phone
    NOT_REGISTERED = "not_registered"  # a phone that the PBX cannot reach
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DO_NOT_DISTURB = "do_not_disturb"
    UNREACHABLE = "unreachable"  # for a reason that the PBX does not tell
    REJECTED = "rejected"  # the phone declined, or the line is congested
    NO_SUCH_NUMBER = "no_such_number"
    NOT_ALLOWED = "not_allowed"
    WRONG_STATE = "wrong_state"  # the call is not in a state in which this can be done
    WHICH_PARTY = "which_party"  # several could be meant
    NOT_PARKED = "not_parked"
    NOT_WAITING = "not_waiting"
    TAKEN = "taken"  # somebody else was quicker
    REFUSED = "refused"  # the PBX said no
    NO_PRIVILEGE = "no_privilege"  # the log-in at the PBX lacks a right
    PARTLY = "partly"  # the PBX did the first half: the caller is safe, on hold or on the way
    NO_EFFECT = "no_effect"  # the PBX said yes, and nothing happened
    NO_REPLY = "no_reply"  # sent, and neither answered nor seen to happen
    NOT_CONNECTED = "not_connected"  # nothing was sent
    LINK_LOST = "link_lost"  # sent, and then the connection ended
    BAD_ARGUMENTS = "bad_arguments"
    NEEDS_INCLUDE = "needs_include"  # our dialplan include is not there, or too old for this
    TOO_LONG = "too_long"  # nobody came for a caller on hold, camping or in a queue
    NEXT_PERSON = "next_person"  # of a serial call: the target has hung up
    NO_MAILBOX = "no_mailbox"
    NOBODY_THERE = "nobody_there"  # a queue without members
    NO_MAIL = "no_mail"  # no mail server is named
    NO_ADDRESS = "no_address"  # nobody knows where messages for this person go
    NOT_SENT = "not_sent"  # the mail server did not take the message
    ROOM_CLOSED = "room_closed"  # a conference that nobody gets into, or that has ended


class Outcome(NamedTuple):
    """How a command ended. `text` is a whole sentence for the receipt line; `call` the call it was about, or that
    came of it.
    """

    state: CommandState
    reason: str
    text: str
    call: str = ""
    changes: Sequence[Changed] = ()
    """What it did to memberships of queues, for an undo; empty where there is nothing to undo."""


class Ended(Exception):
    """Raised inside an operation to end it early with this outcome; `Operations.perform` catches it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


def done(text: str, call: str = "") -> Outcome:
    return Outcome(CommandState.DONE, "", text, call)


def failed(reason: Reason, text: str, call: str = "") -> Outcome:
    return Outcome(CommandState.FAILED, reason.value, text, call)


def unknown(reason: Reason, text: str, call: str = "") -> Outcome:
    return Outcome(CommandState.UNKNOWN, reason.value, text, call)
