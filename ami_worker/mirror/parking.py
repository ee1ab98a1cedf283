"""Parked calls: ParkedCall*, UnParkedCall and the list ParkedCalls. Used inside the mirror.

These events bypass the queue of the channel events, so they may come before or after the BridgeEnter, BridgeLeave or
Hangup that belongs to them. A parked call ends in three ways, and none of them says that the channel hung up:
redirecting it out of the lot is a ParkedCallGiveUp too.
"""

from __future__ import annotations

from ami_worker.ami.protocol import Message
from ami_worker.mirror.channels import Handler
from ami_worker.mirror.entities import Channel, Parked
from ami_worker.mirror.persons import nobody, person_at, person_of
from ami_worker.mirror.text import clean
from ami_worker.mirror.world import World
from panel.vocabulary import Kind, ParkedRow, utc


class Parking:
    """Keeps `World.parked`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.handlers: dict[str, Handler] = {
            "parkedcall": self.on_parked,
            "parkedcallswap": self.on_swap,
            "unparkedcall": self.on_ended,
            "parkedcalltimeout": self.on_ended,
            "parkedcallgiveup": self.on_ended,
        }
        world.gone.append(self._on_channel_gone)

    def on_listed(self, message: Message) -> tuple[str, bool]:
        """An item of ParkedCalls: the same event, but nothing that the next list might not know of yet."""
        uniqueid, is_news = self.on_parked(message)
        if is_news:
            self._world.parked[uniqueid].told_at = 0.0
        return uniqueid, is_news

    def on_parked(self, message: Message) -> tuple[str, bool]:
        """Returns the parkee's Uniqueid and whether it was not known to be parked."""
        world = self._world
        uniqueid = message.get("ParkeeUniqueid")
        if not uniqueid or uniqueid in world.tombstones:
            world.unknown_ids += 1
            return "", False
        parked = world.parked.get(uniqueid)
        where = (message.get("Parkinglot"), message.get("ParkingSpace"), message.get("ParkerDialString"))
        if parked is not None and where == (parked.lot, parked.space, parked.parker):
            parked.told_at = world.at
            return uniqueid, False
        self._add(uniqueid, message)
        return uniqueid, True

    def on_swap(self, message: Message) -> None:
        """Another channel takes the place of the one that is parked there."""
        lot, space = message.get("Parkinglot"), message.get("ParkingSpace")
        for parked in [each for each in self._world.parked.values() if (each.lot, each.space) == (lot, space)]:
            self.remove(parked.uniqueid)
        self.on_parked(message)

    def on_ended(self, message: Message) -> None:
        self.remove(message.get("ParkeeUniqueid"))

    def remove(self, uniqueid: str) -> None:
        world = self._world
        gone = world.parked.pop(uniqueid, None)
        if gone is None:
            return
        channel = world.channels.get(uniqueid)
        if channel is not None:
            channel.call.story.end("parked", uniqueid, world.at)
            for unparked in world.unparked:
                unparked(channel, gone)
        world.dirty[Kind.PARKED].add(uniqueid)
        self._touch_channel(uniqueid)

    def _add(self, uniqueid: str, message: Message) -> None:
        world = self._world
        timeout, elapsed = _seconds(message.get("ParkingTimeout")), _seconds(message.get("ParkingDuration"))
        world.parked[uniqueid] = Parked(
            uniqueid=uniqueid,
            lot=message.get("Parkinglot"),
            space=message.get("ParkingSpace"),
            linkedid=message.get("ParkeeLinkedid"),
            number=message.text("ParkeeCallerIDNum"),
            name=message.text("ParkeeCallerIDName"),
            parker=message.get("ParkerDialString"),
            parked_at=world.at - elapsed,
            returns_at=world.at - elapsed + timeout if timeout else None,
            told_at=world.at,
        )
        world.dirty[Kind.PARKED].add(uniqueid)
        self._touch_channel(uniqueid)
        channel = world.channels.get(uniqueid)
        if channel is not None:
            space = message.get("ParkingSpace")
            parker = message.get("ParkerDialString")
            channel.call.story.tell("parked", uniqueid, world.parked[uniqueid].parked_at, endpoint=parker, what=space)

    def _touch_channel(self, uniqueid: str) -> None:
        channel = self._world.channels.get(uniqueid)
        if channel is not None:
            self._world.touch_with_peers(channel)

    def _on_channel_gone(self, channel: Channel) -> None:
        self.remove(channel.uniqueid)

    def row(self, parked: Parked) -> ParkedRow:
        world = self._world
        channel = world.channels.get(parked.uniqueid)
        parker = world.owner.get(parked.parker)
        if channel is not None:
            person = person_of(world, channel)
        else:
            person = nobody()
            person["name"], person["number"] = clean(parked.name), clean(parked.number)
        return ParkedRow(
            key=parked.uniqueid,
            lot=clean(parked.lot),
            space=clean(parked.space),
            call=channel.linkedid if channel is not None else parked.linkedid,
            name=person["name"],
            number=person["number"],
            extension=person["extension"],
            parked_by=person_at(parker) if parker is not None else nobody(),
            parked_at=utc(parked.parked_at),
            returns_at=None if parked.returns_at is None else utc(parked.returns_at),
        )

    def groups(self, parked: Parked) -> tuple[str, ...]:
        channel = self._world.channels.get(parked.uniqueid)
        return channel.call.groups() if channel is not None else ()


def _seconds(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
