"""Dialling: from a dial string to a leg that rings, and from ringing legs to an answer.

Used by Dial, Queue and Originate. Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from ami_worker.demo.channels import (
    ANSWERS,
    DOWN,
    GONE,
    REJECTS,
    RING,
    RINGING,
    RINGS,
    UP,
    Channel,
    Interrupt,
    Script,
    Signal,
    Steps,
)
from ami_worker.demo.office import PHONES
from ami_worker.demo.switch import Switch
from ami_worker.demo.wire import CALL, channel_block


NO_ANSWER = "NOANSWER"
ANSWER = "ANSWER"
CANCEL = "CANCEL"
UNAVAILABLE = "CHANUNAVAIL"


class Line(Protocol):
    """What is at the far end of a channel: a phone, or the outside."""

    def place(self, channel: Channel) -> None:
        """A call comes in; the line makes it ring, or rejects it, in its own time."""

    def ended(self, channel: Channel) -> None:
        """One of its channels has ended."""


class Dialled(NamedTuple):
    """How dialling ended; `leg` is the one that answered."""

    status: str
    leg: Channel | None = None


def status_of_cause(cause: int) -> str:
    """DIALSTATUS of a leg that ended by itself (ast_hangup_cause_to_dial_status)."""
    return {17: "BUSY", 34: "CONGESTION", 3: UNAVAILABLE, 20: UNAVAILABLE}.get(cause, NO_ANSWER)


class Dialling:
    """Makes legs, and waits for their answer.

    `lines` finds who is at the end of a dial string such as "PJSIP/201"; it returns None where there is nobody, and
    else the line with its caller id (number, name; empty on a trunk).
    """

    def __init__(self, switch: Switch, lines: Callable[[str], tuple[Line, tuple[str, str]] | None]) -> None:
        self.switch = switch
        self.lines = lines

    # -- legs ---------------------------------------------------------------------------------------------------------

    def leg(
        self,
        target: str,
        caller: Channel | None,
        *,
        caller_id: tuple[str, str] = ("", ""),
        uniqueid: str = "",
        other_uniqueid: str = "",
        quiet: bool = False,
        shown: str = "",
    ) -> Channel | None:
        """A channel towards `target`, not yet rung: None if there is no way to it, as with a phone that is away.

        `caller_id` is shown to the target where nobody calls (Originate). `quiet`: the one who asked tells later
        that it is connected to the caller (Queue does). `shown` is put before the caller's name.
        """
        if target.startswith("Local/"):
            return self._local(target[6:], caller, caller_id, uniqueid, other_uniqueid)
        found = self.lines(target)
        if found is None:
            return None
        line, own = found
        technology, _, resource = target.partition("/")
        endpoint = resource.rpartition("@")[2]
        context = PHONES if own[0] else "from-trunk"
        device = f"{technology}/{endpoint}"
        leg = self.switch.new_channel(device, DOWN, context, caller=own, relative=caller, uniqueid=uniqueid)
        leg.line = line
        leg.variables["DIALLED"] = resource
        leg.app, leg.appdata = "AppDial2" if caller is None else "AppQueue" if quiet else "AppDial", "(Outgoing Line)"
        if caller is None:
            if caller_id != ("", ""):  # Asterisk shows it as both: who answers will be the caller
                self.switch.set_parties(leg, caller=caller_id, connected=("", ""))
                self.switch.set_connected(leg, *caller_id)
        else:
            self._show_caller(leg, caller, (caller.caller_number, shown + caller.caller_name), quiet)
        return leg

    def _show_caller(self, leg: Channel, caller: Channel, connected: tuple[str, str], quiet: bool) -> None:
        leg.exten = caller.exten
        leg.dialled_by = caller
        through_local = caller.other is not None and "ORIGINATED" in caller.variables
        if through_local or caller.variables.get("AUTO_ANSWER") == "1":
            leg.variables["ORIGINATED"] = "1"  # it answers by itself where the phone does so for its own operator
        if quiet:
            leg.connected_number, leg.connected_name = connected
            return
        shown = ("", "") if leg.caller_number else (caller.exten, "")
        self.switch.set_parties(leg, caller=shown, connected=connected)

    def _local(
        self, target: str, caller: Channel | None, caller_id: tuple[str, str], uniqueid: str, other_uniqueid: str
    ) -> Channel:
        """Both halves of a Local channel: ;1 is dialled, ;2 goes through the dialplan at `target`."""
        where, _, options = target.partition("/")
        exten, _, context = where.partition("@")
        make, device = self.switch.new_channel, f"Local/{where}"
        one = make(device, DOWN, context, exten, relative=caller, uniqueid=uniqueid, suffix=";1")
        two = make(device, RING, context, exten, relative=one, uniqueid=other_uniqueid, suffix=";2")
        one.other, two.other = two, one
        one.variables["OPTIONS"] = options
        one.dialled_by = caller
        one.app, one.appdata = "AppDial" if caller else "AppDial2", "(Outgoing Line)"
        dialled = caller.exten if caller else exten
        one.exten = dialled or exten
        known = (caller.caller_number, caller.caller_name) if caller else caller_id
        if caller is not None or known != ("", ""):
            self.switch.set_parties(one, caller=(dialled, ""), connected=known)
            self.switch.set_parties(two, caller=known, connected=(dialled, ""))
        return one

    def place(self, leg: Channel, dialler: Script | None) -> None:
        """Ring it. `dialler` is the script that waits for what becomes of it."""
        leg.dialler = dialler
        if leg.other is not None:
            self._tell_local(leg, leg.other)
            self.switch.start(leg.other)
        else:
            leg.line.place(leg)

    def _tell_local(self, one: Channel, two: Channel) -> None:
        optimises = "No" if "n" in one.variables["OPTIONS"] else "Yes"
        body = channel_block(one, "LocalOne") + channel_block(two, "LocalTwo")
        body += f"Context: {two.context}\r\nExten: {two.exten}\r\nLocalOptimization: {optimises}\r\n"
        self.switch.emit("LocalBridge", body, CALL)

    # -- waiting ------------------------------------------------------------------------------------------------------

    def dial(self, caller: Channel, targets: list[str], seconds: float, options: str = "", *, shown: str = "") -> Steps:
        """Steps of `caller`: ring all targets, for so many seconds. Returns `Dialled`.

        With the option m the caller hears music instead of ringing.
        """
        joined = "&".join(targets)
        caller.app, caller.appdata = "Dial", f"{joined},{seconds:g}" + (f",{options}" if options else "")
        legs = [leg for target in targets if (leg := self.leg(target, caller, shown=shown)) is not None]
        for leg in legs:
            self.place(leg, caller.script)
            self.switch.tell_pair("DialBegin", caller, leg, f"DialString: {dial_string(leg)}\r\n")
        if len(legs) == 1:
            self.introduce(caller, legs[0])
        if not legs:
            return Dialled(UNAVAILABLE)
        self.switch.music(caller, "m" in options)
        try:
            dialled: Dialled = yield from self.wait(caller, legs, seconds)
        finally:
            self.switch.music(caller, False)
        if dialled.leg is not None:
            leg = dialled.leg
            leg.exten = ""
            self.introduce(caller, leg)
            self._end(caller, leg, ANSWER)
            if "t" in options or "T" in options:
                leg.variables["FEATURES"] = caller.variables["FEATURES"] = options
        return dialled

    def introduce(self, caller: Channel, leg: Channel) -> None:
        """The caller sees whom it has called; through a Local channel, so does who called that."""
        if leg.other is not None or not leg.caller_number:
            return
        who = leg.caller_number, leg.caller_name
        self.switch.set_connected(caller, *who)
        one = caller.other
        if one is not None and one.dialled_by is not None:
            self.switch.set_connected(one.dialled_by, *who)

    def wait(self, caller: Channel, legs: list[Channel], seconds: float) -> Steps:
        """Wait for the first answer; end the other legs. Returns `Dialled`; the answer's DialEnd is the caller's."""
        deadline = self.switch.clock.deadline(seconds)
        going = list(legs)
        status = NO_ANSWER
        try:
            while going:
                signal = yield self.switch.clock.left(deadline)
                if signal is None:
                    if self.switch.clock.lived >= deadline:
                        break
                    continue
                leg = signal.channel
                if leg not in going:
                    continue
                assert leg is not None
                if signal.word == RINGS:
                    self._end(caller, leg, "RINGING", "DialState")
                    self.pass_on_ringing(caller)
                elif signal.word == ANSWERS:
                    answered = leg.replaced_by or leg
                    answered.dialler = None
                    caller.cause, caller.tech_cause = 16, 0
                    self._give_up([other for other in going if other is not leg], caller, CANCEL, 26)
                    return Dialled(ANSWER, answered)
                elif signal.word in (REJECTS, GONE):
                    going.remove(leg)
                    status = self._failed(caller, leg, signal.word)
        except Interrupt:
            self._give_up(going, caller, CANCEL, 0)
            raise
        self._give_up(going, caller, NO_ANSWER, 0)
        return Dialled(NO_ANSWER if going else status)

    def _failed(self, caller: Channel, leg: Channel, word: str) -> str:
        status = status_of_cause(leg.cause)
        caller.cause, caller.tech_cause = leg.cause, leg.tech_cause
        self._end(caller, leg, status)
        self.drop(leg, word)
        return status

    def drop(self, leg: Channel, word: str) -> None:
        """End a leg that has failed, after its DialEnd; one that was taken elsewhere lives on."""
        leg.dialler = None
        if word == REJECTS or leg.ending:
            self.switch.hang_up(leg, leg.cause, tech_cause=leg.tech_cause)

    def pass_on_ringing(self, caller: Channel) -> None:
        """The other end of a Local channel rings when what is behind it does."""
        one = caller.other
        if one is None or one.state != DOWN:
            return
        who = caller.connected_number, caller.connected_name
        ring(self.switch, one)
        self.switch.set_parties(one, caller=who, connected=(one.connected_number, one.connected_name))

    def _give_up(self, legs: list[Channel], caller: Channel, status: str, cause: int) -> None:
        for leg in legs:
            self._end(caller, leg, status)
            leg.dialler = None
            self.switch.hang_up(leg.replaced_by or leg, cause)

    def _end(self, caller: Channel | None, leg: Channel, status: str, name: str = "DialEnd") -> None:
        self.switch.tell_pair(name, caller, leg, f"DialStatus: {status}\r\n")


def dial_string(leg: Channel) -> str:
    """What Dial prints as DialString: the dial string without its technology."""
    options = leg.variables.get("OPTIONS")
    return leg.variables.get("DIALLED") or leg.device.partition("/")[2] + (f"/{options}" if options else "")


def ring(switch: Switch, leg: Channel) -> None:
    """The far end rings."""
    switch.set_state(leg, RINGING)
    _tell_dialler(leg, RINGS)


def answer(switch: Switch, leg: Channel) -> None:
    """The far end answers."""
    switch.set_state(leg, UP)
    _tell_dialler(leg, ANSWERS)


def reject(switch: Switch, leg: Channel, cause: int = 17, tech_cause: int = 486) -> None:
    """The far end is busy (17, 486), or does not want this call (21, 603)."""
    leg.cause, leg.tech_cause = cause, tech_cause
    switch.tell("HangupRequest", leg, f"Cause: {cause}\r\nTechCause: {tech_cause}\r\n")
    _tell_dialler(leg, REJECTS)


def _tell_dialler(leg: Channel, word: str) -> None:
    if leg.dialler is not None:
        leg.dialler.signal(Signal(word, leg))
