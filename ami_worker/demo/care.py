"""What the contexts of our dialplan include share, in the demo: telling what becomes of a caller, ringing, music, and
the way back to the operator.

The names of variables, the times and the words are those of `ami_worker/asterisk/extensions_cordboard.conf`: a test
compares them. Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from typing import Final

from ami_worker.demo.channels import UP, Channel, Steps
from ami_worker.demo.devices import BUSY, INUSE
from ami_worker.demo.dialling import ANSWER, NO_ANSWER, UNAVAILABLE, Dialled
from ami_worker.demo.dialplan import Dialplan
from ami_worker.demo.wire import USER


SETTINGS: Final = {
    "DIAL_CONTEXT": "from-internal",
    "VM_CONTEXT": "default",
    "TRANSFER_TIMEOUT": "25",
    "HOLD_TIMEOUT": "120",
    "CAMP_TIMEOUT": "180",
    "DESK_TIMEOUT": "90",
    "QUEUE_TIMEOUT": "300",
    "PROMPT_TIMEOUT": "60",
    "RETURN_TIMEOUT": "30",
    "RETURN_PAUSE": "10",
    "RETURN_TRIES": "5",
    "FALLBACK": "",
    "CONFERENCE_TIMEOUT": "14400",
    "SPY_TIMEOUT": "3600",
    "RECORD_TIMEOUT": "14400",
    "RECORD_DIR": "cordboard",
}
BUSY_STATUS: Final = "BUSY"
DND: Final = "DND"
REJECTED: Final = "REJECTED"
CALL_REJECTED: Final = 21  # Q.850

SHORT_TALK_SECONDS: Final = 1
"""Whoever hangs up before that has not talked: the caller goes on as if nobody had answered."""

CARE: Final = "CORDBOARD_CARE"
OPERATOR: Final = "CORDBOARD_OPERATOR"
TARGET: Final = "CORDBOARD_TARGET"
REASON: Final = "CORDBOARD_REASON"
CALLER: Final = "CORDBOARD_CALLER"
ASKS: Final = "CORDBOARD_ASKS"
TOLD: Final = "CORDBOARD_TOLD"
SINCE: Final = "CORDBOARD_SINCE"
WAITING: Final = ("hold", "consult", "return")
"""The kinds of care in which a caller can be taken back by the operator's channel."""


class Care:
    """`variables` are the global ones, in which a site changes the settings."""

    def __init__(self, plan: Dialplan, variables: dict[str, str]) -> None:
        self.plan = plan
        self.switch = plan.switch
        self.variables = variables

    def setting(self, name: str) -> str:
        return self.variables.get(f"CORDBOARD_{name}", "") or SETTINGS[name]

    def seconds(self, name: str) -> float:
        return float(self.setting(name))

    # -- telling ------------------------------------------------------------------------------------------------------

    def enter(self, channel: Channel, target: str = "") -> float:
        """At the beginning of each context. Returns how long a target rings."""
        self.switch.music(channel, False)
        channel.variables[TARGET] = target
        channel.variables[REASON] = channel.variables[TOLD] = ""
        return float(channel.variables.pop("CORDBOARD_SECONDS", "") or self.seconds("TRANSFER_TIMEOUT"))

    def tell(self, channel: Channel, kind: str, seconds: float = 0) -> None:
        """Say what happens to the caller, for how long at most; an empty kind is the end of care."""
        until = str(int(self.switch.clock.now) + int(seconds)) if seconds else ""
        said = [channel.variables.get(name, "") for name in (OPERATOR, TARGET, REASON)]
        if channel.variables.get(TOLD) != kind:
            channel.variables[SINCE] = str(int(self.switch.clock.now))
        channel.variables[TOLD] = kind
        care = ",".join((kind, *said, until, channel.variables[SINCE])) if kind else ""
        channel.variables[CARE] = care
        self.switch.tell("UserEvent", channel, f"UserEvent: CordboardCare\r\nCare: {care}\r\n", USER)

    def waiting(self, name: str) -> Channel | None:
        """The channel of that name, if it waits for its operator."""
        channel = self.switch.names.get(name)
        if channel is None or channel.ending or channel.moving or channel.bridge is not None:
            return None
        return channel if channel.variables.get(CARE, "").partition(",")[0] in WAITING else None

    # -- steps --------------------------------------------------------------------------------------------------------

    def music(self, channel: Channel, seconds: float) -> Steps:
        channel.app, channel.appdata = "MusicOnHold", f",{seconds:g}"
        ends = self.switch.clock.deadline(seconds)
        place = channel.context, channel.exten
        channel.context, channel.exten = "cordboard-music", "s"
        self.switch.music(channel, True)
        try:
            while self.switch.clock.lived < ends:
                yield self.switch.clock.left(ends)
        finally:
            self.switch.music(channel, False)
        channel.context, channel.exten = place

    def ring(
        self, channel: Channel, number: str, seconds: float, *, shown: str = "", comes_back: bool = False
    ) -> Steps:
        """Ring a number, or without one the device that made the transfer; talk, if it answers. Returns the status.

        `comes_back`: goes on here also after the talk.
        """
        context, devices = self.setting("DIAL_CONTEXT"), self.switch.devices
        hint = devices.hints.get(number)
        if not number:
            target = channel.variables.get("BLINDTRANSFER", "").rpartition("-")[0]
        elif hint is not None:
            if any(devices.states[name] in (INUSE, BUSY) for name in hint.devices if name.startswith("Custom:")):
                return DND
            target = hint.devices[0]
        else:
            target = f"Local/{number}@{context}/n" if self.plan.find(context, number) else ""
        if not target:
            return UNAVAILABLE
        channel.cause = 16
        place = channel.context, channel.exten
        channel.context, channel.exten = "cordboard-ring", "s"
        dialled: Dialled = yield from self.plan.dialling.dial(channel, [target], seconds, "mg", shown=shown)
        status, short_until = dialled.status, self.switch.clock.deadline(SHORT_TALK_SECONDS)
        if dialled.leg is not None:
            yield from self.switch.converse(channel, dialled.leg)
        channel.context, channel.exten = place
        if status == ANSWER and not comes_back and self.switch.clock.lived < short_until:
            self.tell(channel, channel.variables.get(TOLD, ""))
            return NO_ANSWER
        return REJECTED if status != ANSWER and channel.cause == CALL_REJECTED else status

    def go_back(self, channel: Channel, reason: str) -> Steps:
        channel.variables[REASON] = reason
        channel.context, channel.exten = "cordboard-return", "s"
        yield from self.come_back(channel, "s")

    def come_back(self, channel: Channel, exten: str) -> Steps:
        """The way back: the operator is called, several times if need be, with music in between."""
        if exten == "left":
            yield from self.music(channel, 2)
            channel.variables[REASON] = "CANCEL"
        self.tell(channel, "return")
        self.switch.set_state(channel, UP)
        operator = channel.variables.get(OPERATOR, "")
        if operator or channel.variables.get("BLINDTRANSFER"):
            answered = yield from self._call_operator(channel, operator)
            if answered:
                return
        yield from self._give_up(channel, operator)

    def _call_operator(self, channel: Channel, operator: str) -> Steps:
        """Returns whether somebody answered. A busy operator does not count as a try, for a while."""
        tries, most = 0, int(self.seconds("RETURN_TRIES"))
        clock, pause = self.switch.clock, self.seconds("RETURN_PAUSE")
        until = clock.deadline(most * (self.seconds("RETURN_TIMEOUT") + pause))
        while True:
            status = yield from self.ring(channel, operator, self.seconds("RETURN_TIMEOUT"), shown="Back: ")
            if status == ANSWER:
                return True
            tries += status not in (BUSY_STATUS, DND)
            if tries >= most or clock.lived >= until:
                return False
            yield from self.music(channel, pause)

    def _give_up(self, channel: Channel, operator: str) -> Steps:
        fallback, context = self.setting("FALLBACK"), self.setting("DIAL_CONTEXT")
        if fallback and self.plan.find(context, fallback):
            self.tell(channel, "")
            channel.context, channel.exten = context, fallback
            yield from self.plan.follow(channel)
        elif operator in self.switch.devices.mailboxes:
            channel.variables[TARGET] = operator
            self.tell(channel, "voicemail")
            yield from self.plan.leave_message(channel, operator)
        else:
            channel.app, channel.appdata = "Playback", "vm-goodbye"
            yield 2.0
