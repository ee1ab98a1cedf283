"""A PBX small enough to be surely right: it does what a telephone exchange does, says so in events, and can be asked
for lists.

Each event names the things of Asterisk whose order is kept (a channel, a bridge, a queue, a thread of its own); a test
may deliver events of different things in any order.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ami_worker.ami.protocol import Message

from .model_legs import (
    DOWN,
    EPOCH,
    EXTENSIONS,
    MEMBERS,
    QUEUE,
    RING,
    RINGING,
    TRUNK,
    UP,
    Emitted,
    Leg,
    Pairs,
    Talk,
)


@dataclass(eq=False)
class ModelPbx:
    """The exchange. Its methods are what people and phones do; `events` is what it has said."""

    talks: list[Talk] = field(default_factory=list)
    events: list[Emitted] = field(default_factory=list)
    waiting: list[Leg] = field(default_factory=list)
    parked: dict[str, Leg] = field(default_factory=dict)  # by space
    paused: set[str] = field(default_factory=set)
    taken: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEMBERS, 0))
    completed: int = 0
    abandoned: int = 0
    devices: dict[str, str] = field(default_factory=dict)
    now: Callable[[], float] = time.time
    joined_at: dict[str, float] = field(default_factory=dict)  # by Uniqueid: callers of the queue
    _serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.devices = {f"PJSIP/{name}": "NOT_INUSE" for name in (*EXTENSIONS, TRUNK)}

    # --- saying -----------------------------------------------------------------------------------------------------

    def _say(self, event: str, *parts: Pairs | Leg, keys: tuple[str, ...] = (), **fields: str) -> None:
        pairs: list[tuple[str, str]] = [("Event", event)]
        names = set(keys)
        for part in parts:
            if isinstance(part, Leg):
                names.add(part.uniqueid)
                pairs += part.snapshot()
            else:
                pairs += part
        self.events.append(Emitted(frozenset(names), Message.of([*pairs, *fields.items()])))

    def _tell_devices(self) -> None:
        """Device states are made from channels, by a thread of their own."""
        for device, before in self.devices.items():
            states = {leg.state for talk in self.talks for leg in talk.legs if leg.device == device} - {DOWN}
            now = (
                "RINGINUSE"
                if {RINGING, UP} <= states
                else "RINGING"
                if RINGING in states
                else "INUSE"
                if states
                else "NOT_INUSE"
            )
            if now != before:
                self.devices[device] = now
                self._say("DeviceStateChange", keys=(device,), Device=device, State=now)
                number = device.removeprefix("PJSIP/")
                if number in EXTENSIONS:
                    self._say("ExtensionStatus", tuple(self.hint(number).items()), keys=(f"hint {number}",))

    def hint(self, number: str) -> dict[str, str]:
        status = {"NOT_INUSE": "0", "INUSE": "1", "RINGING": "8", "RINGINUSE": "9"}[self.devices[f"PJSIP/{number}"]]
        return {"Exten": number, "Context": "ext-local", "Hint": f"PJSIP/{number}", "Status": status}

    # --- channels and bridges ---------------------------------------------------------------------------------------

    def _leg(self, name: str, number: str, state: int, exten: str, application: str, of: Leg | None = None) -> Leg:
        serial = next(self._serial)
        uniqueid = f"{EPOCH}.{serial}"
        full_name = name if ";" in name else f"{name}-{serial:08x}"
        leg = Leg(uniqueid, full_name, of.linkedid if of else uniqueid, number, state, exten, application)
        self._say("Newchannel", leg, keys=(of.uniqueid,) if of else ())
        return leg

    def _state(self, leg: Leg, state: int) -> None:
        leg.state = state
        self._say("Newstate", leg)

    def _bridge(self, *legs: Leg) -> None:
        bridge = f"bridge-{next(self._serial)}"
        self._say(
            "BridgeCreate", keys=(bridge,), BridgeUniqueid=bridge, BridgeType="basic", BridgeTechnology="simple_bridge"
        )
        for leg in legs:
            self._enter(leg, bridge, "simple_bridge")

    def _enter(self, leg: Leg, bridge: str, technology: str) -> None:
        leg.bridge = bridge
        fields = {"BridgeUniqueid": bridge, "BridgeType": "basic", "BridgeTechnology": technology}
        self._say("BridgeEnter", leg, keys=(bridge,), **fields)

    def _leave(self, *legs: Leg) -> None:
        for leg in legs:
            bridge, leg.bridge = leg.bridge, ""
            if bridge:
                self._say("BridgeLeave", leg, keys=(bridge,), BridgeUniqueid=bridge)
                if bridge != "lot" and not any(other.bridge == bridge for talk in self.talks for other in talk.legs):
                    self._say("BridgeDestroy", keys=(bridge,), BridgeUniqueid=bridge)

    def _hang_up(self, *legs: Leg) -> None:
        for leg in legs:
            self._leave(leg)
            self._say("Hangup", leg, Cause="16")

    def _dial(self, dialler: Leg, device: str, number: str, of: Leg, application: str = "AppDial") -> Leg:
        leg = self._leg(device, number, DOWN, "s", application, of)
        leg.connected = of.number
        self._say("DialBegin", dialler, leg.snapshot("Dest"), keys=(leg.uniqueid, of.uniqueid), DialString=device)
        return leg

    def _dial_end(self, dialler: Leg, leg: Leg, status: str) -> None:
        self._say("DialEnd", dialler, leg.snapshot("Dest"), keys=(leg.uniqueid,), DialStatus=status)

    # --- what people do ---------------------------------------------------------------------------------------------

    def busy(self, name: str) -> bool:
        return any(leg.device == f"PJSIP/{name}" for talk in self.talks for leg in talk.legs)

    def call(self, caller: str, number: str, *, by_local: bool = False) -> None:
        """`caller`, an extension or the trunk, calls `number` and it rings there."""
        outside = caller == TRUNK
        begin = self._leg(f"PJSIP/{caller}", "0600111222" if outside else caller, RING, number, "Dial")
        talk = Talk(begin)
        self.talks.append(talk)
        target = TRUNK if number.startswith("0") else number
        dialler = begin
        begin.data = f"PJSIP/{target},60"
        if by_local:
            base = f"Local/{number}@ext-local-{next(self._serial):08x}"
            begin.data = f"Local/{number}@ext-local,60"
            one = self._leg(f"{base};1", number, DOWN, number, "AppDial", begin)
            two = self._leg(f"{base};2", begin.number, RING, number, "Dial", begin)
            two.data = f"PJSIP/{target},60"
            self._say(
                "LocalBridge",
                one.snapshot("LocalOne"),
                two.snapshot("LocalTwo"),
                keys=(one.uniqueid, two.uniqueid, begin.uniqueid),
            )
            self._say("DialBegin", begin, one.snapshot("Dest"), keys=(one.uniqueid,))
            talk.halves = (one, two)
            dialler = two
        talk.callee = self._dial(dialler, f"PJSIP/{target}", number, begin)
        for leg in (talk.callee, *(talk.halves or ())[:1]):
            self._state(leg, RINGING)
        self._tell_devices()

    def answer(self, talk: Talk) -> None:
        assert talk.callee
        self._state(talk.callee, UP)
        dialler = talk.caller
        if talk.halves:
            one, two = talk.halves
            self._dial_end(two, talk.callee, "ANSWER")
            for half in (two, one):
                self._state(half, UP)
            self._bridge(talk.callee, two)
            self._dial_end(dialler, one, "ANSWER")
            self._state(dialler, UP)
            self._bridge(one, dialler)
        else:
            self._dial_end(dialler, talk.callee, "ANSWER")
            self._state(dialler, UP)
            self._bridge(talk.callee, dialler)
        talk.state = "talking"
        self._tell_devices()

    def optimise(self, talk: Talk) -> None:
        """Asterisk takes the Local channel out: the callee goes into the caller's bridge."""
        assert talk.halves
        assert talk.callee
        bridge = talk.caller.bridge
        self._leave(talk.callee)
        self._enter(talk.callee, bridge, "simple_bridge")
        halves, talk.halves = talk.halves, None
        self._hang_up(*halves)

    def blind_transfer(self, talk: Talk, number: str) -> None:
        """The callee sends the caller to another extension, where it rings."""
        assert talk.callee
        gone = [leg for leg in talk.legs if leg is not talk.caller]
        self._leave(talk.caller)
        self._hang_up(*gone)
        talk.halves = None
        talk.caller.exten = number
        talk.caller.data = f"PJSIP/{number},60"
        talk.caller.application = "Dial"
        talk.callee = None
        talk.callee = self._dial(talk.caller, f"PJSIP/{number}", number, talk.caller)
        self._state(talk.callee, RINGING)
        talk.state = "ringing"
        self._tell_devices()

    def end(self, talk: Talk) -> None:
        """Everybody hangs up."""
        if talk.state in ("queued", "queue-ringing"):
            self.abandoned += 1
            place = self.waiting.index(talk.caller) + 1
            self._say(
                "QueueCallerAbandon", talk.caller, keys=(QUEUE,), Queue=QUEUE, Position=str(place), OriginalPosition="1"
            )
            self._leave_queue(talk.caller)
        if talk.state == "queue-talking":
            self._complete(talk)
        if talk.state in ("ringing", "queue-ringing") and talk.callee:
            self._dial_end(talk.halves[1] if talk.halves else talk.caller, talk.callee, "CANCEL")
        for space, leg in list(self.parked.items()):
            if leg is talk.caller:
                del self.parked[space]
                self._say(
                    "ParkedCallGiveUp",
                    leg.snapshot("Parkee"),
                    keys=("parking",),
                    ParkingSpace=space,
                    Parkinglot="default",
                )
        self.talks.remove(talk)
        self._hang_up(*talk.legs)
        self._tell_devices()

    def park(self, talk: Talk) -> None:
        assert talk.callee
        space = next(str(number) for number in itertools.count(701) if str(number) not in self.parked)
        callee = talk.callee
        gone = [leg for leg in talk.legs if leg is not talk.caller]
        self._leave(talk.caller)
        self._enter(talk.caller, "lot", "holding_bridge")
        talk.caller.application = "Park"
        self.parked[space] = talk.caller
        self._say("ParkedCall", keys=("parking",), **self.parked_fields(space, callee.device))
        talk.callee, talk.halves, talk.state, talk.member = None, None, "parked", callee.device
        self._hang_up(*gone)
        self._tell_devices()

    def parked_fields(self, space: str, parker: str) -> dict[str, str]:
        return {
            **dict(self.parked[space].snapshot("Parkee")),
            "ParkerDialString": parker, "Parkinglot": "default", "ParkingSpace": space, "ParkingTimeout": "45",
            "ParkingDuration": "0",
        }  # fmt: skip

    def unpark(self, talk: Talk, number: str) -> None:
        """An extension calls the space and has the caller."""
        space = next(space for space, leg in self.parked.items() if leg is talk.caller)
        taker = self._leg(f"PJSIP/{number}", number, RING, space, "ParkedCall")
        self._state(taker, UP)
        del self.parked[space]
        self._say(
            "UnParkedCall", talk.caller.snapshot("Parkee"), keys=("parking",), ParkingSpace=space, Parkinglot="default"
        )
        self._leave(talk.caller)
        taker.linkedid = talk.caller.linkedid
        talk.callee, talk.state, talk.member = taker, "talking", ""
        talk.caller.application = "Dial"
        self._bridge(talk.caller, taker)
        self._tell_devices()

    def rename(self, leg: Leg) -> None:
        """A channel driver gives another name; the event goes past all others."""
        old = leg.name
        leg.name = f"{leg.device}-{next(self._serial):08x}"
        self._say("Rename", keys=(leg.uniqueid,), Channel=old, Newname=leg.name, Uniqueid=leg.uniqueid)

    # --- the queue --------------------------------------------------------------------------------------------------

    def join_queue(self) -> None:
        leg = self._leg(f"PJSIP/{TRUNK}", "0600333444", RING, "601", "Queue")
        leg.data = f"{QUEUE},t"
        self.waiting.append(leg)
        self.joined_at[leg.uniqueid] = self.now()
        self.talks.append(Talk(leg, state="queued"))
        count = str(len(self.waiting))
        self._say("QueueCallerJoin", leg, keys=(QUEUE,), Queue=QUEUE, Position=count, Count=count)
        self._tell_devices()

    def _leave_queue(self, leg: Leg) -> None:
        place = self.waiting.index(leg) + 1
        self.waiting.remove(leg)
        self._say(
            "QueueCallerLeave", leg, keys=(QUEUE,), Queue=QUEUE, Position=str(place), Count=str(len(self.waiting))
        )

    def ring_member(self, talk: Talk, number: str) -> None:
        talk.callee = self._leg(f"PJSIP/{number}", number, DOWN, "s", "AppQueue", talk.caller)
        agent = {"Queue": QUEUE, "Interface": f"PJSIP/{number}", "MemberName": f"Person {number}"}
        keys = (QUEUE, talk.callee.uniqueid)
        self._say("AgentCalled", talk.caller, talk.callee.snapshot("Dest"), keys=keys, **agent)
        self._say("DialBegin", talk.caller, talk.callee.snapshot("Dest"), keys=keys)
        self._state(talk.callee, RINGING)
        talk.state, talk.member = "queue-ringing", number
        self._tell_devices()
        self._tell_member(number)

    def no_answer(self, talk: Talk) -> None:
        assert talk.callee
        callee, talk.callee = talk.callee, None
        agent = {"Queue": QUEUE, "Interface": f"PJSIP/{talk.member}"}
        self._dial_end(talk.caller, callee, "NOANSWER")
        self._say("AgentRingNoAnswer", talk.caller, callee.snapshot("Dest"), keys=(QUEUE, callee.uniqueid), **agent)
        self._hang_up(callee)
        talk.state = "queued"
        self._tell_devices()
        self._tell_member(talk.member)

    def connect(self, talk: Talk) -> None:
        assert talk.callee
        self._state(talk.callee, UP)
        self._dial_end(talk.caller, talk.callee, "ANSWER")
        self._leave_queue(talk.caller)
        agent = {"Queue": QUEUE, "Interface": f"PJSIP/{talk.member}", "HoldTime": "3"}
        self._say(
            "AgentConnect", talk.caller, talk.callee.snapshot("Dest"), keys=(QUEUE, talk.callee.uniqueid), **agent
        )
        self._state(talk.caller, UP)
        self._bridge(talk.callee, talk.caller)
        talk.state = "queue-talking"
        self._tell_devices()
        self._tell_member(talk.member)

    def _complete(self, talk: Talk) -> None:
        assert talk.callee
        self.completed += 1
        self.taken[talk.member] += 1
        agent = {"Queue": QUEUE, "Interface": f"PJSIP/{talk.member}"}
        self._say("AgentComplete", talk.caller.snapshot(), talk.callee.snapshot("Dest"), keys=("completions",), **agent)
        self._tell_member(talk.member, "completions")

    def pause(self, number: str) -> None:
        self.paused ^= {number}
        self._say("QueueMemberPause", tuple(self.member(number).items()), keys=(QUEUE, "completions"))

    def _tell_member(self, number: str, *keys: str) -> None:
        self._say("QueueMemberStatus", tuple(self.member(number).items()), keys=(QUEUE, "completions", *keys))

    def member(self, number: str) -> dict[str, str]:
        status = {"NOT_INUSE": "1", "INUSE": "2", "RINGING": "6", "RINGINUSE": "7"}[self.devices[f"PJSIP/{number}"]]
        return {
            "Queue": QUEUE, "MemberName": f"Person {number}", "Interface": f"PJSIP/{number}",
            "StateInterface": f"PJSIP/{number}", "Penalty": "0", "CallsTaken": str(self.taken[number]),
            "LastCall": str(EPOCH) if self.taken[number] else "0",
            "InCall": "0", "Status": status, "Paused": "1" if number in self.paused else "0", "PausedReason": "",
            "Wrapuptime": "0",
        }  # fmt: skip
