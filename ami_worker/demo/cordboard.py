"""What `ami_worker/asterisk/extensions_cordboard.conf` does, in the demo's dialplan: transfer that comes back, hold,
consult, camp-on, mailbox, conference, spy and pick-up.

The names of contexts and variables, the times and the ways back are those of that file: a test compares them. Only
`ami_worker.demo` may import this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ami_worker.demo.channels import POKED, UP, Channel, Signal, Steps
from ami_worker.demo.devices import BUSY, INUSE
from ami_worker.demo.dialling import ANSWER, UNAVAILABLE
from ami_worker.demo.dialplan import Dialplan
from ami_worker.demo.patterns import Context
from ami_worker.demo.transfers import Transfers
from ami_worker.demo.wire import channel_block


SETTINGS: Final = {
    "DIAL_CONTEXT": "from-internal",
    "VM_CONTEXT": "default",
    "TRANSFER_TIMEOUT": "25",
    "HOLD_TIMEOUT": "120",
    "CAMP_TIMEOUT": "180",
    "RETURN_TIMEOUT": "30",
    "RETURN_PAUSE": "10",
    "RETURN_TRIES": "5",
    "FALLBACK": "",
    "CONFERENCE_TIMEOUT": "14400",
    "SPY_TIMEOUT": "3600",
}
NUMBER: Final = "_[0-9*#+]!"
BUSY_STATUS: Final = "BUSY"


class Include:
    """The contexts. `variables` are the global ones, in which a site changes the settings."""

    def __init__(self, plan: Dialplan, transfers: Transfers, variables: dict[str, str]) -> None:
        self.plan = plan
        self.transfers = transfers
        self.switch = plan.switch
        self.variables = variables
        for context in self._contexts():
            plan.contexts[context.name] = context

    def _contexts(self) -> Iterator[Context]:
        settings = ("Gosub", "cordboard-settings,s,1")
        version = Context("cordboard-version")
        version.add("1", self._end, ("NoOp", "Cordboard include, version 1"), ("Hangup", ""))
        yield version
        for name, exten, steps in (
            ("dial", NUMBER, self._dial),
            ("transfer", NUMBER, self._transfer),
            ("hold", NUMBER, self._hold),
            ("consult", NUMBER, self._consult),
            ("camp", NUMBER, self._camp),
            ("voicemail", "_X!", self._voicemail),
            ("conference", "_X!", self._conference),
            ("pickup", "s", self._pickup),
            ("return", "s", self._return),
        ):
            context = Context(f"cordboard-{name}")
            context.add(exten, steps, settings)
            yield context
        spy = Context("cordboard-spy")
        for how in ("listen", "whisper", "barge"):
            spy.add(how, self._spy, ("Gosub", "spy,1"))
        yield spy

    def setting(self, name: str) -> str:
        return self.variables.get(f"CORDBOARD_{name}", "") or SETTINGS[name]

    def seconds(self, name: str) -> float:
        return float(self.setting(name))

    def _end(self, channel: Channel, _exten: str) -> Steps:
        yield 0

    # -- the ways there -----------------------------------------------------------------------------------------------

    def _dial(self, channel: Channel, exten: str) -> Steps:
        context = self.setting("DIAL_CONTEXT")
        if self.plan.find(context, exten) is None:
            channel.app, channel.appdata = "Playback", "pbx-invalid"
            yield 2.0
            return
        channel.context = context
        yield from self.plan.follow(channel)

    def _transfer(self, channel: Channel, exten: str) -> Steps:
        channel.variables["CORDBOARD_TARGET"] = exten
        channel.variables.pop("CORDBOARD_RETURNED", None)
        status = yield from self._ring(channel, exten, self.seconds("TRANSFER_TIMEOUT"))
        if status != ANSWER:
            yield from self._go_back(channel)

    def _hold(self, channel: Channel, exten: str) -> Steps:
        channel.variables["CORDBOARD_OPERATOR"] = exten
        self.switch.set_state(channel, UP)
        yield from self._music(channel, self.seconds("HOLD_TIMEOUT"))
        yield from self._go_back(channel)

    def after_bridge(self, channel: Channel) -> Steps:
        """Steps of a channel that AMI Bridge took out of one of these contexts: what comes behind the music."""
        if channel.context == "cordboard-hold":
            yield from self._go_back(channel)

    def _consult(self, channel: Channel, exten: str) -> Steps:
        yield from self._ring(channel, exten, self.seconds("TRANSFER_TIMEOUT"), "g")
        caller = self.switch.names.get(channel.variables.get("CORDBOARD_CALLER", ""))
        waits = caller is not None and caller.context == "cordboard-hold" and caller.bridge is None
        if caller is not None and waits and not caller.ending:
            channel.app, channel.appdata = "Bridge", caller.name
            bridge = self.switch.new_bridge()
            self.switch.enter(bridge, channel)
            self.switch.take(caller, bridge)
            yield from self.switch.stay(channel)

    def _camp(self, channel: Channel, exten: str) -> Steps:
        channel.variables["CORDBOARD_TARGET"] = exten
        self.switch.set_state(channel, UP)
        clock = self.switch.clock
        until = clock.deadline(self.seconds("CAMP_TIMEOUT"))
        try:
            while clock.now < until:
                hint = self.switch.devices.hints.get(exten)
                if hint is not None and hint.status == 0:
                    self.switch.music(channel, False)
                    status = yield from self._ring(channel, exten, self.seconds("TRANSFER_TIMEOUT"))
                    if status == ANSWER:
                        return
                self.switch.music(channel, True)
                yield 1.0
        finally:
            self.switch.music(channel, False)
        yield from self._go_back(channel)

    def _voicemail(self, channel: Channel, exten: str) -> Steps:
        channel.variables["CORDBOARD_TARGET"] = exten
        if exten in self.switch.devices.mailboxes:
            yield from self.plan.leave_message(channel, exten)
        else:
            yield from self._go_back(channel)

    def _conference(self, channel: Channel, exten: str) -> Steps:
        yield from self.plan.rooms.join(channel, exten, self.seconds("CONFERENCE_TIMEOUT"))
        if channel.variables.get("CORDBOARD_OPERATOR"):
            yield from self._go_back(channel)

    def _pickup(self, channel: Channel, _exten: str) -> Steps:
        wanted = channel.variables.get("CORDBOARD_PICKUP", "")
        target = self.switch.channels.get(wanted) or self.switch.names.get(wanted)
        if target is not None:
            yield from self.transfers.pickup(channel, target)
        channel.app, channel.appdata = "Playback", "beeperr"
        yield 1.0

    def _spy(self, channel: Channel, _exten: str) -> Steps:
        """It ends with the call that is listened to, or when the time is over."""
        wanted = channel.variables.get("CORDBOARD_SPY", "")
        target = self.switch.channels.get(wanted) or self.switch.names.get(wanted)
        if target is None or channel.script is None:
            return
        channel.app, channel.appdata = "ChanSpy", wanted
        self.switch.set_state(channel, UP)
        script, clock = channel.script, self.switch.clock
        target.on_end.append(lambda _: script.signal(Signal(POKED)))
        both = channel_block(channel, "Spyer") + channel_block(target, "Spyee")
        self.switch.emit("ChanSpyStart", both)
        ends = clock.deadline(self.seconds("SPY_TIMEOUT"))
        try:
            while not target.ended and clock.now < ends:
                yield clock.left(ends)
        finally:
            self.switch.emit("ChanSpyStop", channel_block(channel, "Spyer") + channel_block(target, "Spyee"))

    # -- the way back -------------------------------------------------------------------------------------------------

    def _go_back(self, channel: Channel) -> Steps:
        channel.context, channel.exten = "cordboard-return", "s"
        yield from self._return(channel, "s")

    def _return(self, channel: Channel, _exten: str) -> Steps:
        channel.variables["CORDBOARD_RETURNED"] = "1"
        self.switch.set_state(channel, UP)
        operator = channel.variables.get("CORDBOARD_OPERATOR", "")
        if operator or channel.variables.get("BLINDTRANSFER"):
            for attempt in range(int(self.seconds("RETURN_TRIES"))):
                if attempt:
                    yield from self._music(channel, self.seconds("RETURN_PAUSE"))
                status = yield from self._ring(channel, operator, self.seconds("RETURN_TIMEOUT"), shown="Back: ")
                if status == ANSWER:
                    return
        yield from self._give_up(channel, operator)

    def _give_up(self, channel: Channel, operator: str) -> Steps:
        fallback, context = self.setting("FALLBACK"), self.setting("DIAL_CONTEXT")
        if fallback and self.plan.find(context, fallback):
            channel.context, channel.exten = context, fallback
            yield from self.plan.follow(channel)
        elif operator in self.switch.devices.mailboxes:
            yield from self.plan.leave_message(channel, operator)
        else:
            channel.app, channel.appdata = "Playback", "vm-goodbye"
            yield 2.0

    def _ring(self, channel: Channel, number: str, seconds: float, options: str = "", *, shown: str = "") -> Steps:
        """Ring a number, or without one the device that made the transfer; talk, if it answers. Returns DIALSTATUS."""
        context, devices = self.setting("DIAL_CONTEXT"), self.switch.devices
        hint = devices.hints.get(number)
        if not number:
            target = channel.variables.get("BLINDTRANSFER", "").rpartition("-")[0]
        elif hint is not None:
            if any(devices.states[name] in (INUSE, BUSY) for name in hint.devices if name.startswith("Custom:")):
                return BUSY_STATUS
            target = hint.devices[0]
        else:
            target = f"Local/{number}@{context}/n" if self.plan.find(context, number) else ""
        if not target:
            return UNAVAILABLE
        status: str = yield from self.plan.talk(channel, [target], seconds, "m" + options, shown)
        return status

    def _music(self, channel: Channel, seconds: float) -> Steps:
        channel.app, channel.appdata = "MusicOnHold", f",{seconds:g}"
        ends = self.switch.clock.deadline(seconds)
        self.switch.music(channel, True)
        try:
            while self.switch.clock.now < ends:
                yield self.switch.clock.left(ends)
        finally:
            self.switch.music(channel, False)
