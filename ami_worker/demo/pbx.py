"""The PBX of the demo: its parts put together, and what is going on in it.

Pure and deterministic: the same seed, clock and actions give the same events. `server.py` lets it speak AMI,
`traffic.py` lets people call. Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

import random
from typing import Any

from ami_worker.demo.channels import Channel, Steps
from ami_worker.demo.clock import Clock
from ami_worker.demo.cordboard import Include
from ami_worker.demo.dialling import Dialling, Line
from ami_worker.demo.dialplan import Dialplan
from ami_worker.demo.members import Queues
from ami_worker.demo.office import Office
from ami_worker.demo.optimising import Optimiser
from ami_worker.demo.originate import Originator
from ami_worker.demo.parking import Parking
from ami_worker.demo.phones import Behaviour, Outside, Phone, Still
from ami_worker.demo.queues import QueueApp
from ami_worker.demo.rooms import Rooms
from ami_worker.demo.switch import Switch
from ami_worker.demo.transfers import Transfers
from ami_worker.demo.wire import SYSTEM


VERSION = "22.10.1"
AMI_VERSION = "11.0.0"


class Pbx:
    """`natural`: unanswered phones have a mailbox, as in an office; else they ring for a minute, as in the tests.
    `include`: our own part of the dialplan is installed.
    """

    def __init__(
        self, office: Office, clock: Clock, *, seed: int = 7, natural: bool = False, include: bool = True
    ) -> None:
        self.office = office
        self.clock = clock
        self.started_at = clock.now
        self.switch = Switch(clock, random.Random(f"{seed}/switch"))
        self.behaviour: Behaviour = Still()
        for plan in office.trunks:
            self.switch.devices.add_trunk(plan)
        for person in office.people.values():
            self.switch.devices.add_person(person)
        self.phones = {number: Phone(self.switch, person, self.behaviour) for number, person in office.people.items()}
        self.outside = {plan.endpoint: Outside(self.switch, plan.endpoint, self.behaviour) for plan in office.trunks}
        self.dialling = Dialling(self.switch, self._line)
        self.queues = Queues(self.switch.devices, clock, office)
        self.parking = Parking(self.switch)
        self.rooms = Rooms(self.switch)
        self.transfers = Transfers(self.dialling)
        queue = QueueApp(self.dialling, self.queues)
        self.dialplan = Dialplan(office, self.dialling, queue, self.parking, self.rooms, voicemail=natural)
        self.variables: dict[str, str] = {}
        self.include = Include(self.dialplan, self.transfers, self.variables) if include else None
        self.switch.dialplan = self.dialplan.follow
        self.optimiser = Optimiser(self.switch)
        self.originator = Originator(self.dialling, self._application)
        self.database = office.database

    def live_with(self, behaviour: Behaviour) -> None:
        """From now on people do what `behaviour` says."""
        self.behaviour = behaviour
        for phone in self.phones.values():
            phone.behaviour = behaviour
        for outside in self.outside.values():
            outside.behaviour = behaviour

    def _line(self, target: str) -> tuple[Line, tuple[str, str]] | None:
        technology, _, resource = target.partition("/")
        if technology != "PJSIP":
            return None
        number, at, endpoint = resource.partition("@")
        if at:
            outside = self.outside.get(endpoint)
            return (outside, ("", "")) if outside and number else None
        phone = self.phones.get(number)
        return (phone, phone.caller_id) if phone and phone.registered else None

    def _application(self, channel: Channel, name: str, data: str) -> Steps | None:
        match name.lower():
            case "pickupchan":
                target = self.switch.channels.get(data) or self.switch.names.get(data)
                return self.transfers.pickup(channel, target) if target else None
            case "parkedcall":
                space = data.rpartition(",")[2]
                return self.parking.retrieve(channel, int(space)) if space.isdigit() else None
            case "confbridge":
                return self.rooms.join(channel, data.partition(",")[0])
            case "queue" if data.partition(",")[0] in self.queues.queues:
                return self.dialplan.queue.queue(channel, data.partition(",")[0])
        return None

    def boot(self) -> None:
        """What is told when the PBX has started."""
        self.switch.emit("FullyBooted", self.booted_block(), SYSTEM)

    def booted_block(self) -> str:
        uptime = int(self.clock.now - self.started_at)
        return f"Uptime: {uptime}\r\nLastReload: {uptime}\r\nStatus: Fully Booted\r\n"

    def truth(self) -> dict[str, Any]:
        """What is going on, for comparison with what a panel shows. Keys and names are those of the PBX."""
        switch = self.switch
        return {
            "channels": {
                channel.uniqueid: {
                    "name": channel.name,
                    "linkedid": channel.linkedid,
                    "state": channel.state,
                    "bridge": channel.bridge.uniqueid if channel.bridge else "",
                    "on_hold": channel.on_hold,
                }
                for channel in switch.channels.values()
            },
            "bridges": {
                bridge.uniqueid: [channel.uniqueid for channel in bridge.channels]
                for bridge in switch.bridges.values()
                if bridge.channels
            },
            "calls": self._calls(),
            "callers": {
                name: [entry.channel.uniqueid for entry in queue.entries] for name, queue in self.queues.queues.items()
            },
            "parked": {space: parked.channel.uniqueid for space, parked in self.parking.parked.items()},
            "rooms": {
                name: sorted(channel.uniqueid for channel in room.users) for name, room in self.rooms.rooms.items()
            },
            "devices": dict(switch.devices.states),
            "hints": {exten: hint.status for exten, hint in switch.devices.hints.items()},
            "mailboxes": {box.number: (box.new, box.old) for box in switch.devices.mailboxes.values()},
        }

    def _calls(self) -> dict[str, list[str]]:
        """Linkedid -> Uniqueids, Local halves left out."""
        calls: dict[str, list[str]] = {}
        for channel in self.switch.channels.values():
            if channel.other is None:
                calls.setdefault(channel.linkedid, []).append(channel.uniqueid)
        return calls
