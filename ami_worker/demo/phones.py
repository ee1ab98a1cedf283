"""The phones on the desks, and the world outside: what rings, answers, holds and hangs up.

What people do by themselves is decided by a `Behaviour`; `Still` does nothing but answer what an operator asked for.
Tests use phones directly. Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from typing import Protocol

from ami_worker.demo.channels import DOWN, RING, RINGING, UP, Channel
from ami_worker.demo.dialling import answer, reject, ring
from ami_worker.demo.office import PHONES, TRUNK_CONTEXT, Person
from ami_worker.demo.switch import Switch


RING_DELAY = 0.08
"""Seconds from INVITE to 180 Ringing."""


class Behaviour(Protocol):
    """What people do when something happens to their phones."""

    def phone_rings(self, phone: Phone, channel: Channel) -> None: ...

    def outside_rings(self, outside: Outside, channel: Channel, number: str) -> None: ...


class Still:
    """Nobody does anything by himself."""

    def phone_rings(self, phone: Phone, channel: Channel) -> None:
        """Somebody else has to answer."""

    def outside_rings(self, outside: Outside, channel: Channel, number: str) -> None:
        """Somebody else has to answer."""


def put_down(switch: Switch, channel: Channel) -> None:
    """The far end of a channel ends the call; one who gives up before the answer cancels (487)."""
    if channel.state == UP:
        switch.hang_up(channel, request="HangupRequest")
    else:
        switch.hang_up(channel, 127, request="HangupRequest", tech_cause=487)


class NothingThere(Exception):
    """There is no such call at this phone."""


class Phone:
    """One phone. `answers_after` seconds it answers by itself whatever rings; None: its person does."""

    def __init__(self, switch: Switch, person: Person, behaviour: Behaviour) -> None:
        self.switch = switch
        self.person = person
        self.behaviour = behaviour
        self.channels: list[Channel] = []
        self.dnd = False
        self.answers_after: float | None = None
        self.answers_originated_after: float | None = None

    @property
    def number(self) -> str:
        return self.person.extension

    @property
    def caller_id(self) -> tuple[str, str]:
        return self.person.extension, self.person.name

    @property
    def registered(self) -> bool:
        return self.switch.devices.registered(self.person.device)

    @property
    def idle(self) -> bool:
        return not self.channels and not self.dnd and self.registered

    @property
    def ringing(self) -> bool:
        return any(channel.state == RINGING and not channel.ending for channel in self.channels)

    @property
    def talking(self) -> bool:
        """With somebody else; also while on hold."""
        return any(channel.peers for channel in self.channels)

    # -- as a line ----------------------------------------------------------------------------------------------------

    def place(self, channel: Channel) -> None:
        self.channels.append(channel)
        channel.on_end.append(self.ended)
        self.switch.clock.after(RING_DELAY, self._invited, channel)

    def ended(self, channel: Channel) -> None:
        self.channels.remove(channel)

    def _invited(self, channel: Channel) -> None:
        if channel.ending or channel.state != DOWN:
            return
        if self.dnd:
            reject(self.switch, channel)
            return
        ring(self.switch, channel)
        originated = "ORIGINATED" in channel.variables
        patience = self.answers_after
        if originated and self.answers_originated_after is not None:
            patience = self.answers_originated_after
        if patience is not None:
            self.switch.clock.after(patience, self.answer_if_ringing, channel)
        else:
            self.behaviour.phone_rings(self, channel)

    # -- what a person does with it -----------------------------------------------------------------------------------

    def _find(self, *, ringing: bool | None = None, held: bool | None = None) -> Channel:
        for channel in self.channels:
            if ringing is not None and (channel.state == RINGING) != ringing:
                continue
            if held is not None and channel.held != held:
                continue
            if not channel.ending:
                return channel
        raise NothingThere(f"phone {self.number} has no such call")

    def answer(self) -> None:
        """Raises NothingThere if nothing rings."""
        answer(self.switch, self._find(ringing=True))

    def answer_if_ringing(self, channel: Channel) -> None:
        """For those who decided to answer a while ago."""
        if channel.state == RINGING and not channel.ending:
            answer(self.switch, channel)

    def reject(self, cause: int = 17) -> None:
        """Press "reject" while it rings. Raises NothingThere."""
        reject(self.switch, self._find(ringing=True), cause)

    def hangup(self) -> None:
        """Put the receiver down: the call one talks in, else any. Raises NothingThere."""
        try:
            channel = self._find(ringing=False, held=False)
        except NothingThere:
            channel = self._find()
        if channel.state == RINGING:
            reject(self.switch, channel, 21, 603)
        else:
            put_down(self.switch, channel)

    def hold(self) -> None:
        """Raises NothingThere if there is no call to hold."""
        self.switch.hold(self._find(ringing=False, held=False), True)

    def unhold(self) -> None:
        """Raises NothingThere if no call is held."""
        self.switch.hold(self._find(held=True), False)

    def dial(self, number: str) -> Channel:
        """Dial a number: the phone's own call."""
        device = self.person.device
        channel = self.switch.new_channel(device, RING, PHONES, number, caller=self.caller_id)
        self._mine(channel)
        self.switch.start(channel)
        return channel

    def _mine(self, channel: Channel) -> None:
        channel.line = self
        self.channels.append(channel)
        channel.on_end.append(self.ended)
        self.switch.calls_processed += 1

    def set_dnd(self, on: bool) -> None:
        """Do not disturb, by the phone's key: the PBX notes it in its lamps."""
        self.dnd = on
        devices = self.switch.devices
        devices.set(f"Custom:DND{self.number}", 3 if on else 1)
        devices.set_presence(f"CustomPresence:{self.number}", "dnd" if on else "available")

    def unplug(self, off: bool = True) -> None:
        """Take the phone off the network, or put it back."""
        self.switch.devices.register(self.person.device, not off)


class Outside:
    """Everybody behind one trunk."""

    def __init__(self, switch: Switch, endpoint: str, behaviour: Behaviour) -> None:
        self.switch = switch
        self.endpoint = endpoint
        self.behaviour = behaviour
        self.ringing: dict[str, Channel] = {}  # dialled number -> its last channel, for tests

    def place(self, channel: Channel) -> None:
        self.switch.clock.after(RING_DELAY * 4, self._rings, channel)

    def ended(self, channel: Channel) -> None:
        """Nothing to do: the outside keeps no books."""

    def _rings(self, channel: Channel) -> None:
        if channel.ending or channel.state != DOWN:
            return
        number = channel.variables["DIALLED"].partition("@")[0]
        self.ringing[number] = channel
        channel.on_end.append(lambda _: self.ringing.pop(number, None))
        ring(self.switch, channel)
        self.behaviour.outside_rings(self, channel, number)

    def answer_if_ringing(self, channel: Channel) -> None:
        if channel.state == RINGING and not channel.ending:
            answer(self.switch, channel)

    def call(self, did: str, number: str, name: str) -> Channel:
        """Somebody calls one of our numbers."""
        device = f"PJSIP/{self.endpoint}"
        channel = self.switch.new_channel(device, RING, TRUNK_CONTEXT, did, caller=(number, name))
        channel.line = self
        self.switch.calls_processed += 1
        self.switch.start(channel)
        return channel

    def hangup(self, channel: Channel) -> None:
        """The outside party puts the receiver down."""
        put_down(self.switch, channel)
