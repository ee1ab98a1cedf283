"""Short ways to say what happens on a PBX and to read what the board shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ami_worker.ami.protocol import Message
from ami_worker.mirror import Change, Family, Mirror
from panel.vocabulary import Kind, Link, NumberPlan, Row

from .recordings import Clock, play, recording, take, take_list


EPOCH = 1_795_000_000


def message(event: str, /, **headers: str) -> Message:
    return Message.of([("Event", event), *headers.items()])


class Board:
    """A mirror with a clock of its own, and the rows that it shows."""

    def __init__(self, plan: NumberPlan | None = None) -> None:
        self.clock = Clock(float(EPOCH))
        self.mirror = Mirror("main", now=self.clock, plan=plan)
        self.mirror.set_link(Link.LIVE)

    def hints(self, hints: Mapping[str, str], context: str = "ext-local") -> None:
        """List hints: exten → devices."""
        items = [
            message("ExtensionStatus", Exten=exten, Context=context, Hint=devices, Status="0")
            for exten, devices in hints.items()
        ]
        self.lists(Family.HINTS, *items)

    def lists(self, family: Family, *items: Message, scope: str = "") -> int:
        return take_list(self.mirror, family, scope, list(items))

    def devices(self, **states: str) -> None:
        for device, state in states.items():
            self.event("DeviceStateChange", Device=device.replace("_", "/", 1), State=state)

    def event(self, event: str, /, **headers: str) -> None:
        self.clock.advance(0.1)
        self.mirror.apply(message(event, **headers))

    def channel(self, event: str, number: int, name: str, *, linked: int = 0, **headers: str) -> None:
        """An event with a snapshot of channel `number`, whose state is `ChannelState`."""
        identity = {"Channel": name, "Uniqueid": f"{EPOCH}.{number}", "Linkedid": f"{EPOCH}.{linked or number}"}
        defaults = {"ChannelState": "6", "CallerIDNum": name.partition("/")[2].partition("-")[0], "CallerIDName": ""}
        self.event(event, **{**identity, **defaults, "Exten": "", **headers})

    def enter(
        self, bridge: str, *channels: tuple[int, str], linked: int = 0, technology: str = "simple_bridge"
    ) -> None:
        for number, name in channels:
            where = {"BridgeUniqueid": bridge, "BridgeType": "basic", "BridgeTechnology": technology}
            self.channel("BridgeEnter", number, name, linked=linked, **where)

    def talk(self, one: str, other: str, first: int = 1) -> None:
        """Channel `first` on phone `one` called `other`, on the next channel, and they talk."""
        names = f"PJSIP/{one}-{first}", f"PJSIP/{other}-{first + 1}"
        self.channel("Newchannel", first, names[0], ChannelState="4", Exten=other)
        self.channel("Newchannel", first + 1, names[1], linked=first, ChannelState="0")
        self.event("DialBegin", **ids(first), **ids(first + 1, "Dest"))
        self.channel("Newstate", first + 1, names[1], linked=first, ChannelState="5")
        self.channel("Newstate", first + 1, names[1], linked=first)
        self.event("DialEnd", **ids(first), **ids(first + 1, "Dest"), DialStatus="ANSWER")
        self.channel("Newstate", first, names[0])
        self.enter(f"bridge-{first}", (first + 1, names[1]), (first, names[0]), linked=first)

    def hang_up(self, *numbers: int) -> None:
        for number in numbers:
            self.event("Hangup", Uniqueid=f"{EPOCH}.{number}")

    def tell(self, number: int, name: str, care: str, *, linked: int = 0, **headers: str) -> None:
        """What the include says of a channel: `hold,201,,,` and the like."""
        told = {"Context": "cordboard-hold", "UserEvent": "CordboardCare", "Care": care}
        self.channel("UserEvent", number, name, linked=linked, **{**told, **headers})

    def status(self, *listed: Message) -> int:
        return self.lists(Family.MARKS, *listed)

    def story(self) -> list[str]:
        """Of the only call: each step with whom and what, and the seconds where it is over."""
        return [told(step) for step in self.call()["story"]]

    def changes(self) -> dict[tuple[Kind, str], Change]:
        return {(change.kind, change.key): change for change in self.mirror.changes()}

    def rows(self, kind: Kind) -> dict[str, Row]:
        return self.mirror.rows()[kind]

    def states(self) -> dict[str, str]:
        """Extension → state, of those that are not idle."""
        return {key: row["state"] for key, row in self.rows(Kind.EXTENSION).items() if row["state"] != "idle"}

    def call(self) -> Row:
        """The only call."""
        (row,) = self.rows(Kind.CALL).values()
        return row

    def parties(self) -> dict[str, str]:
        """Of the only call: number → state."""
        return {party["number"]: party["state"] for party in self.call()["parties"]}


def ids(number: int, prefix: str = "") -> dict[str, str]:
    return {prefix + "Uniqueid": f"{EPOCH}.{number}"}


def status(number: int, name: str, context: str = "cordboard-hold", /, **variables: str) -> Message:
    """An item of the list Status: channel `number`, and `Variable: CORDBOARD_…=…` for each of ours."""
    values = {variable: variables.get(variable, "(null)") for variable in ("CARE", "NOTE", "RECORDING", "MUTED")}
    fields = [
        ("Event", "Status"),
        ("Channel", name),
        ("CallerIDNum", "1"),
        ("Context", context),
        ("Uniqueid", uid(number)),
    ]
    return Message.of(fields + [("Variable", f"CORDBOARD_{key}={value}") for key, value in values.items()])


def told(step: Any) -> str:
    """`rang 202 Bruno Keller 3` of a Step."""
    parts = (step["kind"], person(step["who"]), step["what"])
    return " ".join(part for part in parts if part)


def uid(number: int) -> str:
    return f"{EPOCH}.{number}"


def played(name: str, label: str) -> Board:
    """A board that has followed a recording until a quiet point, every event a flush."""
    tape, board = recording(name), Board()
    take(board.mirror, tape.snapshots[0])
    for event in tape.events[tape.snapshots[0].after : tape.snapshot(label).after]:
        play(board.mirror, [event], board.clock)
        board.mirror.changes()
    board.clock.advance(3)
    return board


def person(value: Any) -> str:
    """`202 Bruno Keller` of a Person."""
    return f"{value['number']} {value['name']}".strip()
