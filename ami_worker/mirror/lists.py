"""Lists of the PBX against what is known: mark and sweep at a resync, comparison at a reconcile. Used by `Mirror`.

The response to a list action and all its items follow each other without an event in between, so a list is one point
in the stream. What was known when the list began and is not in it is gone. Parking and conferences are told of past
the queue of the other events, so what was just told there is given a grace. So is the end of a channel: Asterisk 16 may
tell of it and list the channel once more (its caches by name and by Uniqueid are not written together: 7 of 28,000
lists on a busy machine).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.entities import Channel
from ami_worker.mirror.family import Family
from ami_worker.mirror.queues import available


if TYPE_CHECKING:
    from ami_worker.mirror.families import Families


GRACE_SECONDS: Final = 2.0

_KEY_OF: Final = {
    Family.CHANNELS: "Uniqueid",
    Family.MARKS: "Uniqueid",
    Family.PARKED: "ParkeeUniqueid",
    Family.ROOMS: "Conference",
}

Key = tuple[str, ...]


@dataclass(slots=True)
class _Open:
    """A list that is streaming in."""

    scope: str
    before: set[Key]
    marked: set[Key] = field(default_factory=set)
    channels: list[Channel] = field(default_factory=list)
    corrections: int = 0


class Lists:
    """Takes the lists of all families."""

    def __init__(self, families: Families) -> None:
        self._families = families
        self._world = families.world
        self._open: dict[Family, _Open] = {}

    def begin(self, family: Family, scope: str) -> None:
        self._open[family] = _Open(scope, set(self._known(family, scope)))
        if family is Family.QUEUES:
            self._families.relisting.began(scope)

    def item(self, family: Family, message: Message, *, is_live: bool) -> None:
        opened = self._open[family]
        if family is Family.CHANNELS and self._has_just_ended(message.get("Uniqueid")):
            self._world.want(family, opened.scope)
            return
        key, corrected = self._apply(family, message, opened, is_live)
        opened.marked.add(key)
        opened.corrections += corrected

    def end(self, family: Family, *, is_live: bool) -> int:
        """Sweep. Returns how many objects came, went or were changed by the list."""
        opened = self._open.pop(family)
        with self._world.sweeping():
            for key in opened.before - opened.marked:
                if self._is_in_grace(family, key):
                    self._world.want(family, opened.scope)
                else:
                    self._remove(family, key)
                    opened.corrections += 1
        self._complete(family, opened.channels, is_live=is_live)
        if family is Family.QUEUES:
            self._families.relisting.ended(opened.scope)
        return opened.corrections

    def _apply(self, family: Family, message: Message, opened: _Open, is_live: bool) -> tuple[Key, bool]:
        of = self._families
        match family:
            case Family.CHANNELS:
                channel, corrected = of.channels.on_listed(message, is_live=is_live)
                corrected |= of.bridges.on_listed(channel, message)
                opened.channels.append(channel)
                return (channel.uniqueid,), corrected
            case Family.QUEUES:
                return self._apply_queue_item(message)
            case Family.MARKS:
                uniqueid, corrected = of.marks.on_listed(message)
                return (uniqueid,), corrected
            case Family.PARKED:
                parkee, corrected = of.parking.on_listed(message)
                return (parkee,), corrected
            case Family.ROOMS:
                room, corrected = of.conferences.on_room_listed(message)
                return (room,), corrected
            case Family.ROOM:
                member, corrected = of.conferences.on_member_listed(message)
                return (opened.scope, member), corrected
            case Family.DEVICES:
                device, corrected = of.on_device(message)
                return (device,), corrected
            case Family.HINTS:
                hint, corrected = of.extensions.on_hint(message)
                return hint, corrected
            case Family.REGISTRATIONS:
                trunk, corrected = of.trunks.on_registration_listed(message)
                return (trunk,), corrected
            case Family.MAILBOXES:
                mailbox, corrected = of.mailboxes.on_listed(message)
                return (mailbox,), corrected
            case Family.DATABASE:
                number, corrected = of.forwards.on_listed(opened.scope, message)
                return (opened.scope, number), corrected

    def _apply_queue_item(self, message: Message) -> tuple[Key, bool]:
        of = self._families
        match message.event:
            case "queueparams":
                queue, corrected = of.queues.on_params(message)
                return ("queue", queue), corrected
            case "queuemember":
                member, corrected = of.members.on_member(message)
                return ("member", member), corrected
            case "queueentry":
                caller, corrected = of.queues.on_entry(message)
                return ("caller", caller), corrected
        return ("",), False

    def _known(self, family: Family, scope: str) -> Iterable[Key]:
        world = self._world
        match family:
            case Family.CHANNELS:
                return ((uniqueid,) for uniqueid in world.channels)
            case Family.QUEUES:
                queues = [queue for queue in world.queues.values() if not scope or queue.name == scope]
                return [
                    *(("queue", queue.name) for queue in queues),
                    *(("member", member.key) for queue in queues for member in queue.members.values()),
                    *(("caller", caller.key) for queue in queues for caller in queue.callers.values()),
                ]
            case Family.MARKS:
                return [(uniqueid,) for uniqueid in self._families.marks.marked()]
            case Family.PARKED:
                return ((uniqueid,) for uniqueid in world.parked)
            case Family.ROOMS:
                return ((name,) for name in world.rooms)
            case Family.ROOM:
                room = world.rooms.get(scope)
                return ((scope, uniqueid) for uniqueid in room.members) if room is not None else ()
            case Family.DEVICES:
                return ((name,) for name in world.devices)
            case Family.HINTS:
                return iter(world.hints)
            case Family.REGISTRATIONS:
                return ((trunk.name,) for trunk in world.trunks.values() if trunk.registration)
            case Family.MAILBOXES:
                return ((key,) for key in world.mailboxes)
            case Family.DATABASE:
                return ((scope, number) for number in self._families.forwards.known(scope))

    def _is_in_grace(self, family: Family, key: Key) -> bool:
        world, since = self._world, self._world.at - GRACE_SECONDS
        match family:
            case Family.PARKED:
                return world.parked[key[0]].told_at > since
            case Family.ROOMS:
                return world.rooms[key[0]].told_at > since
            case Family.ROOM:
                return world.rooms[key[0]].members[key[1]].told_at > since
        return False

    def _has_just_ended(self, uniqueid: str) -> bool:
        """A channel: whether it has hung up, if the event was not a forgery. The next list tells."""
        return self._world.tombstones.get(uniqueid, -math.inf) > self._world.at - GRACE_SECONDS

    def _remove(self, family: Family, key: Key) -> None:
        of, world = self._families, self._world
        match family:
            case Family.CHANNELS:
                of.channels.remove(world.channels[key[0]])
            case Family.QUEUES:
                self._remove_of_queue(*key)
            case Family.MARKS:
                of.marks.forget(key[0])
            case Family.PARKED:
                of.parking.remove(key[0])
            case Family.ROOMS:
                of.conferences.remove(key[0])
            case Family.ROOM:
                of.conferences.remove_member(world.rooms[key[0]], key[1])
            case Family.DEVICES:
                of.extensions.remove_device(key[0])
            case Family.HINTS:
                of.extensions.remove_hint((key[0], key[1]))
            case Family.REGISTRATIONS:
                of.trunks.forget_registration(key[0])
            case Family.MAILBOXES:
                of.mailboxes.remove(key[0])
            case Family.DATABASE:
                of.forwards.remove(*key)

    def _remove_of_queue(self, what: str, key: str) -> None:
        of, world = self._families, self._world
        if what == "queue":
            of.members.remove_queue(key)
        elif what == "member" and key in world.members:
            of.members.remove(world.members[key])
        elif what == "caller" and key in world.callers:
            caller = world.callers[key]
            of.queues.remove(world.queues[caller.queue], caller.uniqueid, others_move=False)

    def _complete(self, family: Family, listed: list[Channel], *, is_live: bool) -> None:
        """What only the whole list can tell."""
        of = self._families
        match family:
            case Family.CHANNELS:
                of.dials.rebuild(listed)
                of.bridges.drop_empty()
                of.queues.rebuild(listed)
                of.listenings.rebuild(listed)
            case Family.QUEUES | Family.HINTS:  # whichever comes last knows whose phones the members are
                of.members.rebuild(is_live=is_live)
                of.members.learn_names()

    # --- comparison -------------------------------------------------------------------------------------------------

    def differences(self, family: Family, items: list[Message]) -> dict[Key, str]:
        """What a list says otherwise than we: key → how, in words that stay the same while the difference does."""
        match family:
            case Family.CHANNELS:
                theirs: dict[Key, str] = {(item.get("Uniqueid"),): self._channel_differs(item) for item in items}
            case Family.MARKS:
                return {(item.get("Uniqueid"),): how for item in items if (how := self._families.marks.differs(item))}
            case Family.PARKED:
                theirs = {(item.get("ParkeeUniqueid"),): "" for item in items}
            case Family.ROOMS:
                theirs = {(item.get("Conference"),): self._room_differs(item) for item in items}
            case _:
                raise ValueError(f"{family} is not compared")
        ours = set(self._known(family, ""))
        found = {key: "listed, not known" if key not in ours else how for key, how in theirs.items()}
        found.update(dict.fromkeys(ours - theirs.keys(), "known, not listed"))
        return {key: how for key, how in found.items() if how}

    def queue_differences(self, summaries: list[Message]) -> dict[str, str]:
        """As `differences`, for the items of QueueSummary."""
        found: dict[str, str] = {}
        for item in summaries:
            name = item.get("Queue")
            queue = self._world.queues.get(name)
            if queue is None:
                found[name] = "listed, not known"
                continue
            ours = (len(queue.callers), sum(available(member.status) for member in queue.members.values()))
            theirs = (item.get("Callers"), item.get("LoggedIn"))
            if tuple(map(str, ours)) != theirs:
                found[name] = f"{ours} here, {theirs} there"
        return found

    def correct(self, family: Family, keys: set[Key], items: list[Message]) -> int:
        """Take from the list what it says of these keys. Returns how many objects were corrected."""
        opened = _Open("", set())
        listed = {(item.get(_KEY_OF[family]),): item for item in items}
        with self._world.sweeping():
            for key in keys:
                if key in listed:
                    self._apply(family, listed[key], opened, is_live=True)
                else:
                    self._remove(family, key)
        self._complete(family, opened.channels, is_live=True)
        return len(keys)

    def _channel_differs(self, item: Message) -> str:
        channel = self._world.channels.get(item.get("Uniqueid"))
        if channel is None:
            return ""
        ours = (str(int(channel.state)), channel.bridge, channel.linkedid, channel.name)
        theirs = tuple(item.get(key) for key in ("ChannelState", "BridgeId", "Linkedid", "Channel"))
        if ours != theirs:
            return f"{ours} here, {theirs} there"
        return self._families.listenings.differs(channel, item)

    def _room_differs(self, item: Message) -> str:
        room = self._world.rooms.get(item.get("Conference"))
        parties = item.get("Parties")
        return "" if room is None or str(len(room.members)) == parties else f"{len(room.members)} here, {parties} there"
