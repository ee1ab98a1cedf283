"""What people do beside calling: hold, transfer, park and consult within a call; go away, do not want to be disturbed,
meet in a conference, hear their messages. Part of `traffic.py`, which alone may import this module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ami_worker.demo.channels import UP, Channel
from ami_worker.demo.members import Member
from ami_worker.demo.office import PARKING_SECONDS, PHONES, ROOMS
from ami_worker.demo.phones import Phone, put_down


if TYPE_CHECKING:
    from ami_worker.demo.traffic import Traffic

HOLD, TRANSFER, PARK, CONSULT = 0.12, 0.06, 0.03, 0.02  # shares of the conversations
ERRAND_SECONDS: Final = 25.0  # mean time between two errands that are no part of a call
REASONS: Final = ("lunch", "break", "paperwork", "training")


class Errands:
    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        self.pbx = traffic.pbx
        self.clock = traffic.clock
        self.dice = traffic.dice

    def start(self) -> None:
        self.clock.after(self.dice.expovariate(1 / ERRAND_SECONDS), self._errand)

    # -- within a call ------------------------------------------------------------------------------------------------

    def during(self, one: Channel, two: Channel, talk: float) -> None:
        """Perhaps something happens after a third of the talk; only somebody at a phone of ours does it."""
        mine = next((channel for channel in (two, one) if isinstance(channel.line, Phone)), None)
        if mine is None or mine.bridge is None:
            return
        chance, bridge = self.dice.random(), mine.bridge.uniqueid
        for share, do in ((HOLD, self._hold), (TRANSFER, self._transfer), (PARK, self._park), (CONSULT, self._consult)):
            if chance < share:
                self.clock.after(talk / 3, self._do, do, mine, bridge)
                return
            chance -= share

    def _do(self, do: Callable[[Channel], None], channel: Channel, bridge: str) -> None:
        if not channel.ending and channel.bridge is not None and channel.bridge.uniqueid == bridge and channel.peers:
            do(channel)

    def _hold(self, channel: Channel) -> None:
        self.pbx.switch.hold(channel, True)
        self.clock.after(self.dice.uniform(5, 20), self.pbx.switch.hold, channel, False)

    def _transfer(self, channel: Channel) -> None:
        colleague = self.traffic.idle_phone()
        if colleague is not None:
            self.pbx.transfers.blind(channel, PHONES, colleague.number)

    def _park(self, channel: Channel) -> None:
        """Park the other one and tell a colleague, who mostly comes in time."""
        (peer,) = channel.peers[:1]
        if peer.other is not None:
            return
        parked = self.pbx.parking.park(peer, channel.device)
        if parked is not None and self.dice.random() < 0.75:
            self.clock.after(self.dice.uniform(6, PARKING_SECONDS * 0.8), self._fetch, parked.space, peer)

    def _fetch(self, space: int, parkee: Channel) -> None:
        parked = self.pbx.parking.parked.get(space)
        colleague = self.traffic.idle_phone()
        if parked is not None and parked.channel is parkee and colleague is not None:
            colleague.dial(str(space))

    def _consult(self, channel: Channel) -> None:
        """Ask a colleague, then put the two together."""
        colleague = self.traffic.idle_phone()
        if colleague is not None:
            channel.variables["FEATURES"] = "tT"
            self.pbx.transfers.attended(channel, PHONES, colleague.number)
            self.clock.after(self.dice.uniform(12, 20), self._leave_to_them, channel)

    def _leave_to_them(self, channel: Channel) -> None:
        consultation = self.pbx.transfers.consultations.get(channel)
        if consultation is not None and consultation.leg is not None and consultation.leg.state == UP:
            put_down(self.pbx.switch, channel)

    # -- beside the calls ---------------------------------------------------------------------------------------------

    def _errand(self) -> None:
        if not self.traffic.running:
            return
        self.start()
        phone = self.traffic.idle_phone()
        if phone is None:
            return
        choice = self.dice.random()
        if choice < 0.25:
            self._quiet(phone)
        elif choice < 0.35:
            self._unplug(phone)
        elif choice < 0.5:
            self._meet(phone)
        elif choice < 0.65:
            self._pause()
        elif choice < 0.68:
            self._lose_trunk()
        else:
            self._messages()

    def _quiet(self, phone: Phone) -> None:
        phone.set_dnd(True)
        self.clock.after(self.dice.uniform(60, 400), phone.set_dnd, False)

    def _unplug(self, phone: Phone) -> None:
        phone.unplug()
        self.clock.after(self.dice.uniform(30, 240), phone.unplug, False)

    def _meet(self, host: Phone) -> None:
        """Some people go to a conference room that is free, one after the other, and leave alike."""
        room = self.dice.choice(ROOMS)
        if room in self.pbx.rooms.rooms:
            return
        ends = self.dice.uniform(90, 300)
        for number in range(self.dice.randint(2, 4)):
            phone = host if number == 0 else self.traffic.idle_phone()
            if phone is not None:
                self.clock.after(number * self.dice.uniform(2, 8), self._enter, phone, room, ends)

    def _enter(self, phone: Phone, room: str, seconds: float) -> None:
        if phone.idle:
            channel = phone.dial(room)
            self.clock.after(seconds + self.dice.uniform(0, 15), self._leave, channel)

    def _leave(self, channel: Channel) -> None:
        put_down(self.pbx.switch, channel)

    def _pause(self) -> None:
        members = [member for queue in self.pbx.queues.queues.values() for member in queue.members.values()]
        free = [member for member in members if not member.paused and not member.pending and not member.in_call]
        if len(free) > len(members) // 2:
            member = self.dice.choice(free)
            self.pbx.queues.pause(member, True, self.dice.choice(REASONS))
            self.clock.after(self.dice.uniform(60, 300), self._return, member)

    def _return(self, member: Member) -> None:
        if member.paused and member.queue.members.get(member.interface) is member:
            self.pbx.queues.pause(member, False, "")

    def _lose_trunk(self) -> None:
        devices = self.pbx.switch.devices
        endpoint = self.pbx.office.trunks[-1].endpoint
        if devices.registrations[endpoint].status == "Registered":
            devices.set_registration(endpoint, "Rejected", "503")
            self.clock.after(self.dice.uniform(15, 60), devices.set_registration, endpoint, "Registered")

    def _messages(self) -> None:
        boxes = self.pbx.switch.devices.mailboxes.values()
        waiting = [box.number for box in boxes if box.new and self.pbx.phones[box.number].idle]
        waiting = [number for number in waiting if number not in self.traffic.operators]
        if waiting:
            self.pbx.phones[self.dice.choice(waiting)].dial("*97")
