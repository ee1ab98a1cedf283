"""The things of a PBX as the mirror holds them in memory: plain data, no behaviour beyond a property.

Everybody in `ami_worker` may read them; only the modules of the mirror write them. Texts are as the PBX gave them
(unescaped); they are cleaned when they go into a row. Times are seconds since the epoch by our own clock, the one at
which the message was received.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

from panel.vocabulary import CareKind, PersonNumber


if TYPE_CHECKING:
    from ami_worker.mirror.calls import Call


Role = Literal["caller", "called"]

LOCAL = "Local"
NOT_A_PERSON = frozenset(
    {LOCAL, "Surrogate", "Announcer", "Recorder", "CBAnn", "CBRec", "Bridge", "Message", "Snoop", "AsyncGoto"}
)
"""Channel technologies that are machinery of Asterisk and never a party of a call."""


class ChannelState(IntEnum):
    """`ChannelState` of the events (include/asterisk/channelstate.h)."""

    DOWN = 0
    RESERVED = 1
    OFF_HOOK = 2
    DIALING = 3
    RING = 4
    RINGING = 5
    UP = 6
    BUSY = 7
    DIALING_OFF_HOOK = 8
    PRE_RING = 9


class DeviceStatus(IntEnum):
    """`Status` of a queue member, and the words of DeviceStateChange (include/asterisk/devicestate.h)."""

    UNKNOWN = 0
    NOT_INUSE = 1
    INUSE = 2
    BUSY = 3
    INVALID = 4
    UNAVAILABLE = 5
    RINGING = 6
    RINGINUSE = 7
    ONHOLD = 8


class CareView(NamedTuple):
    """Who keeps a party, as the variable CORDBOARD_CARE on its channel says."""

    kind: CareKind
    operator: str  # an extension's number, or a number as dialled; to whom the party goes back
    target: str  # the same, for whom it waits or to whom it was sent; may be empty
    reason: str  # the include's word for why it came back: "BUSY"; empty when it did not
    since: float
    until: float | None = None  # when the include rings the operator by itself


@dataclass(slots=True, eq=False)
class Channel:
    """One leg. Its identity is `uniqueid`; `name` may change (Rename)."""

    uniqueid: str
    name: str
    call: Call
    state: int = ChannelState.DOWN
    role: Role = "caller"
    caller_number: str = ""
    caller_name: str = ""
    connected_number: str = ""
    connected_name: str = ""
    context: str = ""
    exten: str = ""
    application: str = ""  # from CoreShowChannels only
    data: str = ""
    bridge: str = ""
    hold: str = ""  # this end has put those in that bridge on hold
    music: bool = False  # this end is played music
    hold_is_told: bool = True  # by events; otherwise its device's state stands in for them
    former_name: str = ""
    care: CareView | None = None
    note: tuple[str, str] | None = None  # author and text; an empty text was taken away, None was never there
    recording: str = ""  # "on", "paused"
    muted: bool = False  # by our command
    picked_up_by: Channel | None = None  # whoever takes its place by a Pickup
    other_half: Channel | None = None  # of a Local channel
    created_at: float = 0.0
    state_at: float = 0.0
    hold_at: float = 0.0
    bridged_at: float = 0.0
    endpoint: str = ""  # "PJSIP/201"
    is_leg: bool = True  # a party of a call, not machinery
    order: tuple[float, int] = (0.0, 0)
    shown_state: str = ""  # CallState of the leg when its call was last derived, and since when
    shown_at: float = 0.0

    @property
    def linkedid(self) -> str:
        return self.call.key

    @property
    def is_holding(self) -> bool:
        """Whether it has put those on hold that it would hear. One that has gone into another bridge, to consult
        somebody, talks there.
        """
        return bool(self.hold) and self.hold == self.bridge

    @property
    def technology(self) -> str:
        return self.name.partition("/")[0]


@dataclass(slots=True, eq=False)
class Bridge:
    uniqueid: str
    holding: bool = False  # a parking lot or BridgeWait: its channels do not hear each other
    basic: bool = False  # made for the two of a call, and for who joins them by a transfer
    room: bool = False  # a conference
    members: dict[str, Channel] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Dial:
    """Somebody rings somebody: from DialBegin to DialEnd. `caller` is None for an originated call."""

    caller: Channel | None
    dest: Channel
    at: float


@dataclass(slots=True, eq=False)
class Device:
    name: str
    status: DeviceStatus = DeviceStatus.UNKNOWN


@dataclass(slots=True, eq=False)
class Hint:
    """`exten@context` and the devices behind it. `status` is the bitmask of ExtensionStatus."""

    exten: str
    context: str
    text: str  # as printed: "PJSIP/201&Custom:DND201,CustomPresence:201"
    status: int

    @property
    def devices(self) -> tuple[str, ...]:
        """Those of the device state; after a comma follows presence."""
        return tuple(device for device in self.text.partition(",")[0].split("&") if device)


@dataclass(slots=True, eq=False)
class Extension:
    """A number of ours: phones that one hint (or several with the same devices) stands for."""

    key: str
    number: str
    devices: tuple[str, ...]  # phones
    dnd_devices: tuple[str, ...]  # `Custom:DND201`
    hints: tuple[Hint, ...] = ()
    name: str = ""
    group: str = ""
    hidden: bool = False
    numbers: tuple[PersonNumber, ...] = ()  # further ones of this person, as the admin has them
    ring_seconds: int = 0  # 0: as is usual
    email: str = ""  # where messages for this person go; in no row
    state: str = ""  # ExtensionState, when last derived
    state_at: float | None = None
    told_again_at: float = 0.0
    """Until then what device and hint say of a call may be behind: the last call that we saw on it has just ended."""


@dataclass(slots=True, eq=False)
class Queue:
    name: str
    strategy: str = ""
    completed: int = 0
    abandoned: int = 0  # as the PBX counts: what we moved out of the queue is in it
    moved: int = 0
    members: dict[str, Member] = field(default_factory=dict)  # by interface
    callers: dict[str, Caller] = field(default_factory=dict)  # by Uniqueid


@dataclass(slots=True, eq=False)
class Member:
    queue: str
    interface: str
    name: str = ""
    state_interface: str = ""
    status: int = DeviceStatus.UNKNOWN
    paused: bool = False
    pause_reason: str = ""
    penalty: int = 0
    calls_taken: int = 0
    last_call: float = 0.0  # by the PBX's clock; 0 is never
    wrapup_seconds: int = 0
    wrapup_until: float = 0.0
    ringing: dict[str, str] = field(default_factory=dict)  # Uniqueid of the leg that rings → of the caller
    talking: tuple[str, str] | None = None  # Uniqueids of the member's leg and of the caller
    unanswered: int = 0  # calls in a row that rang and were not answered, as far as was seen
    taken_before: int = 0  # `calls_taken` when the present call was connected
    ring_in_use: bool | None = None  # None until an event tells: no list does
    login_at: int = 0  # LoginTime, by the PBX's clock; 0 where it does not say
    state: str = ""
    state_at: float | None = None

    @property
    def key(self) -> str:
        return f"{self.queue}/{self.interface}"


@dataclass(slots=True, eq=False)
class Caller:
    queue: str
    uniqueid: str
    position: int
    joined_at: float
    priority: int = 0
    number: str = ""
    name: str = ""

    @property
    def key(self) -> str:
        return f"{self.queue}/{self.uniqueid}"


@dataclass(slots=True, eq=False)
class Parked:
    uniqueid: str
    lot: str
    space: str
    linkedid: str
    number: str
    name: str
    parker: str  # "PJSIP/201"
    parked_at: float
    returns_at: float | None
    told_at: float  # by an event; 0 when only a list had it


@dataclass(slots=True, eq=False)
class RoomMember:
    uniqueid: str
    number: str
    name: str
    joined_at: float
    told_at: float  # by an event; 0 when only a list had it
    admin: bool = False
    muted: bool = False
    talking: bool = False


@dataclass(slots=True, eq=False)
class Room:
    name: str
    started_at: float
    told_at: float  # by an event; 0 when only a list had it
    locked: bool = False
    members: dict[str, RoomMember] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Listening:
    """Somebody hears a party of a call; known by the Uniqueid of the listener's channel."""

    by: Channel
    to: Channel
    mode: str  # ListenMode; empty where it is not known
    since: float
    stopped_at: float | None = None  # told that it has ended, while the listener's channel is still there


@dataclass(slots=True, eq=False)
class Mailbox:
    key: str  # "201@default"
    new: int = 0
    old: int = 0
    email: str = ""  # the first usable address of voicemail.conf


@dataclass(slots=True, eq=False)
class Trunk:
    """An endpoint that is no extension, or an outbound registration, or both."""

    name: str
    registration: str = ""  # "registered", "unregistered", "rejected"; empty when it does not register
    reason: str = ""
    reach: str = ""  # "reachable", "unreachable"; empty when not known
    state: str = ""
    state_at: float | None = None
