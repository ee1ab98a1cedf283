"""Conference rooms (ConfBridge). Only `ami_worker.demo` may import this module."""

from __future__ import annotations

from ami_worker.demo.channels import UP, Bridge, Channel, Steps
from ami_worker.demo.devices import INUSE, NOT_INUSE
from ami_worker.demo.switch import Switch
from ami_worker.demo.wire import CALL, bridge_block, channel_block


class User:
    """Somebody in a room."""

    def __init__(self, channel: Channel, *, admin: bool = False) -> None:
        self.channel = channel
        self.admin = admin
        self.muted = False
        self.talking = False


class Room:
    def __init__(self, name: str, bridge: Bridge) -> None:
        self.name = name
        self.bridge = bridge
        self.users: dict[Channel, User] = {}
        self.locked = False
        self.muted = False


class Rooms:
    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.rooms: dict[str, Room] = {}

    def join(self, channel: Channel, name: str, seconds: float = 0) -> Steps:
        """Steps of the application ConfBridge; `seconds` is the longest stay. Returns False if the room is locked."""
        channel.app, channel.appdata = "ConfBridge", name
        self.switch.set_state(channel, UP)
        room = self.rooms.get(name)
        if room is not None and room.locked:
            return False
        if room is None:
            bridge = self.switch.new_bridge("base", "softmix", "ConfBridge", name)
            room = self.rooms[name] = Room(name, bridge)
            bridge.leaving = lambda leaving: self._leaves(room, leaving)
            self.tell("ConfbridgeStart", room)
            self.switch.devices.set(f"confbridge:{name}", INUSE)
        user = room.users[channel] = User(channel)
        self._music(room)
        self.switch.enter(room.bridge, channel)
        self.tell("ConfbridgeJoin", room, user, f"Admin: {yes(user.admin)}\r\nMuted: {yes(user.muted)}\r\n")
        yield from self.switch.stay(channel, seconds)
        return True

    def _leaves(self, room: Room, channel: Channel) -> None:
        user = room.users.pop(channel, None)
        if user is None:
            return
        self.tell("ConfbridgeLeave", room, user, f"Admin: {yes(user.admin)}\r\n")
        self.switch.music(channel, False)
        self._music(room)
        if not room.users:
            del self.rooms[room.name]
            self.switch.clock.soon(self._end, room)

    def _end(self, room: Room) -> None:
        self.tell("ConfbridgeEnd", room)
        for rest in list(room.bridge.channels):  # the Local channel of a transfer, which is nobody
            self.switch.hang_up(rest)
        self.switch.destroy(room.bridge)
        if room.name not in self.rooms:
            self.switch.devices.set(f"confbridge:{room.name}", NOT_INUSE)

    def _music(self, room: Room) -> None:
        """Whoever is alone hears music."""
        alone = len(room.users) == 1
        for user in room.users.values():
            self.switch.music(user.channel, alone)

    def tell(self, event: str, room: Room, user: User | None = None, extra: str = "") -> None:
        about = channel_block(user.channel) if user else ""
        self.switch.emit(event, f"Conference: {room.name}\r\n{bridge_block(room.bridge)}{about}{extra}", CALL)

    # -- what a manager does ------------------------------------------------------------------------------------------

    def mute(self, room: Room, user: User, muted: bool) -> None:
        if user.muted != muted:
            user.muted = muted
            self.tell("ConfbridgeMute" if muted else "ConfbridgeUnmute", room, user, f"Admin: {yes(user.admin)}\r\n")

    def kick(self, user: User) -> None:
        self.switch.hang_up(user.channel)


def yes(truth: bool) -> str:
    return "Yes" if truth else "No"
