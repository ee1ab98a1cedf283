"""Conference rooms: Confbridge* and the lists ConfbridgeListRooms and ConfbridgeList. Used inside the mirror.

These events bypass the queue of the channel events: a ConfbridgeJoin may come after the Hangup of its channel. A room
is known by any event that names it. Nothing says that a talker who leaves has stopped talking, nor that a whole room
was locked.
"""

from __future__ import annotations

from ami_worker.ami.protocol import Message
from ami_worker.mirror.channels import Handler
from ami_worker.mirror.entities import Channel, Room, RoomMember
from ami_worker.mirror.persons import groups_of, person_of
from ami_worker.mirror.text import clean
from ami_worker.mirror.world import World
from panel.vocabulary import ConferenceMember, ConferenceRow, Kind, utc


class Conferences:
    """Keeps `World.rooms`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.handlers: dict[str, Handler] = {
            "confbridgestart": self.on_start,
            "confbridgejoin": self.on_join,
            "confbridgeleave": self.on_leave,
            "confbridgemute": self.on_muted,
            "confbridgeunmute": self.on_muted,
            "confbridgetalking": self.on_talking,
            "confbridgeend": self.on_end,
        }
        world.gone.append(self._on_channel_gone)

    # --- events -----------------------------------------------------------------------------------------------------

    def on_start(self, message: Message) -> None:
        self._room(message).told_at = self._world.at

    def on_join(self, message: Message) -> None:
        member = self._member(message)
        if member is not None:
            member.told_at = self._world.rooms[message.get("Conference")].told_at = self._world.at

    def on_leave(self, message: Message) -> None:
        room = self._world.rooms.get(message.get("Conference"))
        if room is not None:
            self.remove_member(room, message.get("Uniqueid"))

    def on_muted(self, message: Message) -> None:
        member = self._known(message)
        if member is not None:
            member.muted = message.event == "confbridgemute"

    def on_talking(self, message: Message) -> None:
        member = self._known(message)
        if member is not None:
            member.talking = message.get("TalkingStatus") == "on"

    def on_end(self, message: Message) -> None:
        self.remove(message.get("Conference"))

    # --- the lists --------------------------------------------------------------------------------------------------

    def on_room_listed(self, message: Message) -> tuple[str, bool]:
        """An item of ConfbridgeListRooms. Returns the room and whether it was unknown."""
        is_news = message.get("Conference") not in self._world.rooms
        room = self._room(message)
        room.locked = message.get("Locked") == "Yes"
        return room.name, is_news

    def on_member_listed(self, message: Message) -> tuple[str, bool]:
        """An item of ConfbridgeList. Returns the Uniqueid and whether it was not known to be in the room."""
        room = self._world.rooms.get(message.get("Conference"))
        is_news = room is None or self._uniqueid_of(message) not in room.members
        member = self._member(message)
        if member is None:
            return "", False
        member.talking = message.get("Talking") == "Yes"
        return member.uniqueid, is_news

    def set_locked(self, name: str, locked: bool) -> None:
        """Told by whoever has just done it: no event is. A room that is not there any more has no lock."""
        room = self._world.rooms.get(name)
        if room is not None and room.locked != locked:
            room.locked = locked
            self._world.dirty[Kind.CONFERENCE].add(name)

    # --- changing ---------------------------------------------------------------------------------------------------

    def remove(self, name: str) -> None:
        room = self._world.rooms.get(name)
        if room is not None:
            for uniqueid in list(room.members):
                self.remove_member(room, uniqueid)
            del self._world.rooms[name]
            self._world.dirty[Kind.CONFERENCE].add(name)

    def remove_member(self, room: Room, uniqueid: str) -> None:
        if room.members.pop(uniqueid, None) is not None:
            if self._world.rooms_of.get(uniqueid) == room.name:
                del self._world.rooms_of[uniqueid]
            self._touch(room, uniqueid)

    def _room(self, message: Message) -> Room:
        name = message.get("Conference")
        room = self._world.rooms.get(name)
        if room is None:
            room = self._world.rooms[name] = Room(name, self._world.at, 0.0)
        self._world.dirty[Kind.CONFERENCE].add(name)
        return room

    def _member(self, message: Message) -> RoomMember | None:
        """The member that the message describes, made if need be; None for a channel that has hung up."""
        world, uniqueid = self._world, self._uniqueid_of(message)
        if not uniqueid or uniqueid in world.tombstones:
            world.unknown_ids += 1
            return None
        room = self._room(message)
        member = room.members.get(uniqueid)
        if member is None:
            member = room.members[uniqueid] = RoomMember(
                uniqueid, message.text("CallerIDNum"), message.text("CallerIDName"), world.at, 0.0
            )
            world.rooms_of[uniqueid] = room.name
        member.admin = message.get("Admin") == "Yes"
        member.muted = message.get("Muted") == "Yes"
        self._touch(room, uniqueid)
        return member

    def _uniqueid_of(self, message: Message) -> str:
        """Old ConfbridgeList items name the channel only."""
        uniqueid = message.get("Uniqueid")
        channel = None if uniqueid else self._world.by_name.get(message.get("Channel"))
        return channel.uniqueid if channel is not None else uniqueid

    def _known(self, message: Message) -> RoomMember | None:
        room = self._world.rooms.get(message.get("Conference"))
        member = room.members.get(message.get("Uniqueid")) if room is not None else None
        if room is None or member is None:
            self._world.unknown_ids += 1
            return None
        self._world.dirty[Kind.CONFERENCE].add(room.name)
        return member

    def _touch(self, room: Room, uniqueid: str) -> None:
        self._world.dirty[Kind.CONFERENCE].add(room.name)
        channel = self._world.channels.get(uniqueid)
        if channel is not None:
            self._world.touch(channel)

    def _on_channel_gone(self, channel: Channel) -> None:
        room = self._world.rooms.get(self._world.rooms_of.get(channel.uniqueid, ""))
        if room is not None:
            self.remove_member(room, channel.uniqueid)

    # --- rows -------------------------------------------------------------------------------------------------------

    def row(self, room: Room) -> ConferenceRow:
        members = sorted(room.members.values(), key=lambda member: (member.joined_at, member.uniqueid))
        return ConferenceRow(
            key=room.name,
            room=clean(room.name),
            locked=room.locked,
            started_at=utc(room.started_at),
            members=[self._member_row(member) for member in members],
        )

    def _member_row(self, member: RoomMember) -> ConferenceMember:
        channel = self._world.channels.get(member.uniqueid)
        name, number, extension = clean(member.name), clean(member.number), ""
        if channel is not None:
            person = person_of(self._world, channel)
            name, number, extension = person["name"], person["number"], person["extension"]
        return ConferenceMember(
            channel=member.uniqueid,
            name=name,
            number=number,
            extension=extension,
            admin=member.admin,
            muted=member.muted,
            talking=member.talking,
            joined_at=utc(member.joined_at),
        )

    def groups(self, room: Room) -> tuple[str, ...]:
        """The departments of the extensions in it."""
        channels = (self._world.channels.get(uniqueid) for uniqueid in room.members)
        return tuple(sorted(groups_of(self._world, (channel for channel in channels if channel is not None))))
