"""`Families`: all that knows how to change the world of one PBX, wired together. Used inside the mirror."""

from __future__ import annotations

from collections.abc import Callable

from ami_worker.ami.protocol import Message
from ami_worker.mirror.bridges import Bridges, Dials
from ami_worker.mirror.channels import Channels, Handler
from ami_worker.mirror.claims import Claims
from ami_worker.mirror.conferences import Conferences
from ami_worker.mirror.extensions import Extensions
from ami_worker.mirror.family import CHANGED_BY_RELOAD_OF, Family
from ami_worker.mirror.forwards import Forwards
from ami_worker.mirror.history import History
from ami_worker.mirror.listenings import Listenings
from ami_worker.mirror.loans import Loans, Relisting
from ami_worker.mirror.mailboxes import Mailboxes
from ami_worker.mirror.marks import Marks
from ami_worker.mirror.members import Members
from ami_worker.mirror.names import Names
from ami_worker.mirror.parking import Parking
from ami_worker.mirror.pbx import Pbx
from ami_worker.mirror.queues import Queues
from ami_worker.mirror.today import Today
from ami_worker.mirror.transfers import Transfers
from ami_worker.mirror.trunks import Trunks
from ami_worker.mirror.world import World
from panel.vocabulary import NumberPlan


class Families:
    """All that knows how to change the world, wired together."""

    def __init__(self, key: str, now: Callable[[], float], zone: str, plan: NumberPlan) -> None:
        world = self.world = World(now)
        self.pbx = Pbx(key, now)
        self.names = Names(world)
        self.channels = Channels(world, self.names)
        self.bridges = Bridges(world, self.channels)
        self.dials = Dials(world, self.channels)
        self.marks = Marks(world, self.channels)
        self.claims = Claims(world)
        self.forwards = Forwards(world)
        self.extensions = Extensions(world, self.channels, self.names, self.forwards)
        today = Today(world, zone)
        self.queues = Queues(world, self.channels, today)
        self.members = Members(world, self.channels, self.queues, self.names)
        self.parking = Parking(world)
        self.conferences = Conferences(world)
        self.mailboxes = Mailboxes(world, self.names)
        self.transfers = Transfers(world, self.marks)
        self.listenings = Listenings(world, self.marks)
        self.trunks = Trunks(world)
        self.loans = Loans(world, self.pbx)
        self.relisting = Relisting()
        self.history = History(world, key, today, plan)

    def handlers(self) -> dict[str, Handler]:
        """By the name of the event in lower case; each event is of one family."""
        every = (
            self.channels, self.bridges, self.dials, self.marks, self.extensions, self.queues, self.members,
            self.parking, self.conferences, self.mailboxes, self.transfers, self.trunks, self.listenings,
        )  # fmt: skip
        handlers = {name: handler for family in every for name, handler in family.handlers.items()}
        handlers["devicestatechange"] = lambda message: (self.on_device(message), self.forwards.on_lamp(message))
        handlers["reload"] = self.on_reload
        return self.history.listening(handlers)

    def drop_calls(self) -> None:
        """Everything that lives with a channel goes."""
        world = self.world
        with world.sweeping():
            for channel in list(world.channels.values()):
                self.channels.remove(channel)
            for caller in list(world.callers.values()):
                self.queues.remove(world.queues[caller.queue], caller.uniqueid)
            for uniqueid in list(world.parked):
                self.parking.remove(uniqueid)
            for room in list(world.rooms):
                self.conferences.remove(room)
            self.bridges.drop_empty()

    def on_device(self, message: Message) -> tuple[str, bool]:
        """A device belongs to an extension or is a trunk."""
        device, is_news = self.extensions.on_device(message)
        self.trunks.on_device(device)
        return device, is_news

    def on_reload(self, message: Message) -> None:
        """Configuration was read again: what went with it went without an event."""
        for family in CHANGED_BY_RELOAD_OF.get(message.get("Module"), ()):
            self.world.want(family)
            if family is Family.QUEUES:
                self.members.forget_rings()
