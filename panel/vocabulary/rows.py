"""The shape of every row. See `panel.vocabulary`.

A row is what a browser gets for one entity: whole, with a `key`. Times end in `_at` and are UTC strings as `utc()`
makes them (`2026-11-22T10:42:07.123Z`), or None when it has not happened. Text fields are never None: what is not known
is the empty string. Where there are several PBXs, a row of any but the first has `pbx` as well, the key of its PBX, and
all keys in it begin with that: `branch/201`.
"""

from __future__ import annotations

from typing import Any, TypedDict


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


class Forward(TypedDict):
    """Calls to a person that the PBX sends on by itself, as its own database says."""

    kind: str  # ForwardKind
    to: Person


class ExtensionRow(TypedDict):
    key: str  # "201"; "201@context" where two contexts have the number; "PBX/201" on a further PBX
    number: str
    name: str
    group: str  # department
    state: str  # ExtensionState
    state_at: str | None
    calls: list[ExtensionCall]
    mailbox: str  # mailbox key or empty
    camped: list[str]  # keys of the calls whose caller waits until this extension is free, longest first
    numbers: list[PersonNumber]
    ring_seconds: int  # how long a transfer rings here; 0 is the usual time
    forward: list[Forward]  # where the PBX sends calls on; what holds always comes first
    can_message: bool  # an e-mail address is known; the address itself stays on the server


class PersonNumber(TypedDict):
    """One more number of a person, as kept in the admin; the order is theirs."""

    label: str  # "Mobile"
    number: str


class Care(TypedDict):
    """A party that our dialplan include keeps, and to whom it goes back."""

    kind: str  # CareKind
    party: str  # Uniqueid
    operator: Person  # to whom it comes back, or who took it
    target: Person  # for whom it waits, or to whom it was sent; empty fields when nobody is meant
    reason: str  # why it came back: a code of ami_worker/operations/intents.Reason; empty when it did not
    since_at: str
    until_at: str | None  # when the include rings the operator by itself


class Claim(TypedDict):
    """An operator who is about to do something with a call."""

    operator: str  # operator key
    name: str
    doing: str  # the command under way, or "claim" for a word in advance
    until_at: str | None


class Step(TypedDict):
    """One step of how a call came here. `who` and `what` by kind:

    arrived: the caller, and the trunk · dialled: the caller, and the number · menu: nobody, and the digits · queued:
    nobody, and the queue · rang: whose phone; of phones that rang together at most three are named, the last of them
    with the number of the others · talked: to whom · transferred, camped: the operator who sent the call, and the
    number to which · held: by whom, and the number for which, if there is one · parked: by whom, and the space ·
    returned: from whom, and the code of the reason · asked: who was asked about the caller and did not come to the
    phone, and the code of the reason.
    """

    at: str
    kind: str
    who: Person  # empty fields where nobody is
    what: str  # empty where there is nothing to say
    seconds: float | None  # how long in all; None while it goes on, and where nothing lasts


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
    muted: bool  # nobody hears this party, by our command


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
    care: Care | None
    claim: Claim | None
    note: str  # what an operator wrote down for the next one
    note_by: str  # name of that operator
    recording: str  # "", "on" or "paused"
    story: list[Step]  # oldest first, at most the last twelve


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
    # Of those who joined since local midnight, counted by the panel:
    offered_today: int
    answered_today: int
    abandoned_today: int  # the caller hung up
    lost_today: int  # these, and those whom the queue let go without an answer
    moved_today: int  # sent elsewhere or let out by an operator
    within_target_today: int  # answered within the target's seconds
    target_seconds: int
    target_percent: int
    wait_total_today: int  # seconds that the answered ones waited
    talks_today: int  # talks that have ended
    talk_total_today: int  # seconds
    is_complete_today: bool  # the panel saw the PBX all the time since midnight


class LoanView(TypedDict):
    """A membership that ends by itself."""

    until_at: str
    by: str  # name of the operator who borrowed the member


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
    unanswered: int  # calls in a row that rang there and were not answered, since the worker looks
    last_call_at: str | None
    call: str  # call key while ringing or talking for this queue
    wrapup_until_at: str | None
    ring_in_use: bool | None  # rung while talking; None while no event has told: the lists of Asterisk leave it out
    loan: LoanView | None


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
    can_undo: bool  # how things were before is known: the command `undo` takes the key of this one


class OperatorRow(TypedDict):
    key: str  # log-in name
    name: str
    role: str
    extension: str


class ListeningRow(TypedDict):
    """Somebody who hears a call without being a party of it, for as long as that lasts."""

    key: str  # Uniqueid of the listener's channel
    call: str  # call key
    party: str  # Uniqueid of the party who is listened to
    to: Person  # that party
    by: Person  # whose phone listens
    mode: str  # ListenMode; empty where it was not begun by the panel
    since_at: str


class AlertRow(TypedDict):
    """A threshold of a queue that is passed. It is there as long as the alert is up."""

    key: str
    queue: str
    what: str  # AlertKind
    limit: int
    value: int  # when it was raised
    text: str  # what is wrong, in a sentence without the queue's name
    raised_at: str
    acknowledged_at: str | None
    acknowledged_by: str  # the operator's name


Row = dict[str, Any]
"""Any of the rows above, where a function serves every kind."""
