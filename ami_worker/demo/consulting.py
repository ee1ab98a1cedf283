"""What the include does on the operator's channel while a caller waits on hold for it: consult, desk, rejoin; and
connect, on the channel of who waits.

Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from ami_worker.demo.care import ASKS, CALLER, CARE, OPERATOR, Care
from ami_worker.demo.channels import Channel, Steps
from ami_worker.demo.wire import USER


NEXT = "CORDBOARD_OTHER"
WITH = "CORDBOARD_WITH"
SHORT_TALK_SECONDS = 2
"""One who was connected and is alone again so soon was not connected."""


class Consulting:
    def __init__(self, care: Care) -> None:
        self.care = care
        self.switch = care.switch

    def consult(self, channel: Channel, exten: str) -> Steps:
        seconds = self.care.enter(channel, exten)
        self._ask(channel)
        status = yield from self.care.ring(channel, exten, seconds, comes_back=True)
        about = f"Caller: {channel.variables.get(CALLER, '')}\r\nTarget: {exten}\r\nReason: {status}\r\n"
        self.switch.tell("UserEvent", channel, f"UserEvent: CordboardAsked\r\n{about}", USER)
        yield 0.5
        yield from self._rejoin(channel)

    def desk(self, channel: Channel, _exten: str) -> Steps:
        self.care.enter(channel)
        self._ask(channel)
        channel.app, channel.appdata = "Wait", "1"
        until = self.switch.clock.deadline(self.care.seconds("DESK_TIMEOUT"))
        while self.care.waiting(channel.variables.get(CALLER, "")) and self.switch.clock.lived < until:
            yield 1.0
        yield from self._rejoin(channel)

    def rejoin(self, channel: Channel, _exten: str) -> Steps:
        yield from self._rejoin(channel)

    def _rejoin(self, channel: Channel) -> Steps:
        """Talk to who waits; when that one hangs up, to the other one, if somebody waits instead."""
        variables = channel.variables
        channel.context, channel.exten = "cordboard-rejoin", "s"
        while True:
            caller = self.care.waiting(variables.get(CALLER, ""))
            instead, variables[NEXT] = variables.get(NEXT, ""), ""
            variables[CALLER] = instead
            if caller is not None:
                self._ask(channel)
                yield from self.talk(channel, caller)
            elif instead:
                yield 0.5
            else:
                return

    def connect(self, channel: Channel, _exten: str) -> Steps:
        """Who waited talks to the one who was asked; if that one is gone, the operator is called."""
        self.care.enter(channel)
        self.care.tell(channel, "")
        other = self.switch.names.get(channel.variables.get(WITH, ""))
        began = int(self.switch.clock.now)
        channel.variables["CORDBOARD_TALK_SINCE"] = str(began)
        if other is not None and not other.ending:
            yield from self.talk(channel, other)
            if int(self.switch.clock.now) - began >= SHORT_TALK_SECONDS:
                return
        yield from self.care.go_back(channel, "NOANSWER")

    def talk(self, channel: Channel, other: Channel) -> Steps:
        """The application Bridge with the option x."""
        channel.app, channel.appdata = "Bridge", f"{other.name},x"
        bridge = self.switch.new_bridge()
        self.switch.enter(bridge, channel)
        self.switch.take(other, bridge)
        yield from self.switch.stay(channel)

    # -- who asks for whom --------------------------------------------------------------------------------------------

    def _ask(self, channel: Channel) -> None:
        caller = self.switch.names.get(channel.variables.get(CALLER, ""))
        if caller is not None:
            caller.variables[ASKS] = channel.name
        if channel.variables.setdefault("CORDBOARD_HANDLED", "") != "1":
            channel.variables["CORDBOARD_HANDLED"] = "1"
            channel.on_end.append(self._left)

    def is_asked_for(self, channel: Channel) -> bool:
        """Whether an operator's channel still asks somebody for this caller."""
        asks = self.switch.names.get(channel.variables.get(ASKS, ""))
        return asks is not None and not asks.ending and asks.variables.get(CALLER) == channel.name

    def _left(self, channel: Channel) -> None:
        """The operator's channel has ended. A caller who waits for it alone is brought back."""
        caller = self.care.waiting(channel.variables.get(CALLER, ""))
        if caller is None or caller.variables.get(ASKS) != channel.name:
            return
        if not caller.variables[CARE].startswith("return") and caller.variables.get(OPERATOR):
            self.switch.goto(caller, "cordboard-return", "left")
