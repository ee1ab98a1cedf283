"""What the model PBX is made of: channels, who talks to whom, and the events on their way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ami_worker.ami.protocol import Message


DOWN, RING, RINGING, UP = 0, 4, 5, 6
EXTENSIONS = ("201", "202", "203", "204")
TRUNK = "itsp"
QUEUE = "front"
MEMBERS = ("203", "204")
EPOCH = 1_795_000_000

Pairs = tuple[tuple[str, str], ...]


class Emitted(NamedTuple):
    """An event on its way, and the things among whose events it keeps its place."""

    keys: frozenset[str]
    message: Message


@dataclass(eq=False)
class Leg:
    """A channel."""

    uniqueid: str
    name: str
    linkedid: str
    number: str
    state: int
    exten: str
    application: str
    data: str = ""
    bridge: str = ""
    connected: str = ""
    context: str = "from-internal"
    care: str = ""  # the variable CORDBOARD_CARE

    @property
    def device(self) -> str:
        return self.name.rpartition("-")[0]

    def snapshot(self, prefix: str = "") -> Pairs:
        fields = {
            "Channel": self.name, "ChannelState": str(self.state), "CallerIDNum": self.number,
            "CallerIDName": "<unknown>", "ConnectedLineNum": self.connected or "<unknown>",
            "ConnectedLineName": "<unknown>", "Context": self.context, "Exten": self.exten, "Priority": "1",
            "Uniqueid": self.uniqueid, "Linkedid": self.linkedid,
        }  # fmt: skip
        return tuple((prefix + key, value) for key, value in fields.items())


@dataclass(eq=False)
class Talk:
    """Somebody called somebody, or waits, or is parked."""

    caller: Leg
    callee: Leg | None = None
    halves: tuple[Leg, Leg] | None = None  # of a Local channel between the two
    state: str = "ringing"  # ringing, talking, queued, queue-ringing, queue-talking, parked, kept
    member: str = ""
    operator: str = ""  # to whom our include brings the caller back

    @property
    def legs(self) -> list[Leg]:
        return [leg for leg in (self.caller, *(self.halves or ()), self.callee) if leg is not None]
