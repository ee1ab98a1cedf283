"""Actions on conference rooms (apps/app_confbridge.c). Only `ami_worker.demo` may import this module."""

from __future__ import annotations

from ami_worker.demo.actions.base import Action, Request
from ami_worker.demo.rooms import Room, User, yes
from ami_worker.demo.wire import CALL, REPORTING, channel_block


NO_NAME = "No Conference name provided."
NONE_ACTIVE = "No active conferences."
NOT_FOUND = "No Conference by that name found."
NO_CHANNEL = "No Channel by that name found in Conference."


def list_rooms(request: Request) -> str:
    rooms = request.pbx.rooms.rooms
    if not rooms:
        return request.error(NONE_ACTIVE)
    items = [
        f"Event: ConfbridgeListRooms\r\n{request.action_id}Conference: {room.name}\r\nParties: {len(room.users)}\r\n"
        f"Marked: 0\r\nLocked: {yes(room.locked)}\r\nMuted: {yes(room.muted)}\r\n"
        for room in rooms.values()
    ]
    return request.listing("Confbridge conferences will follow", items, "ConfbridgeListRoomsComplete")


def list_room(request: Request) -> str:
    room, wrong = _room(request)
    if room is None:
        return request.error(wrong)
    items = [_item(request, room, user) for user in room.users.values()]
    return request.listing("Confbridge user list will follow", items, "ConfbridgeListComplete")


def _item(request: Request, room: Room, user: User) -> str:
    up = int(request.pbx.clock.now - user.channel.answered_at)
    return (
        f"Event: ConfbridgeList\r\n{request.action_id}Conference: {room.name}\r\nAdmin: {yes(user.admin)}\r\n"
        f"MarkedUser: No\r\nWaitMarked: No\r\nEndMarked: No\r\nEndMarkedAny: No\r\nWaiting: No\r\n"
        f"Muted: {yes(user.muted)}\r\nTalking: {yes(user.talking)}\r\nAnsweredTime: {up}\r\n"
        f"{channel_block(user.channel)}"
    )


def mute(request: Request) -> str:
    return _set_muted(request, True)


def unmute(request: Request) -> str:
    return _set_muted(request, False)


def _set_muted(request: Request, muted: bool) -> str:
    if not request.get("Conference"):
        return request.error(NO_NAME)
    if not request.get("Channel"):
        return request.error("No channel name provided.")
    room, wrong = _room(request)
    if room is None:
        return request.error(wrong)
    users = _users(request, room)
    if not users:
        return request.error(NO_CHANNEL)
    for user in users:
        request.pbx.rooms.mute(room, user, muted)
    return request.ack("User muted" if muted else "User unmuted")


def kick(request: Request) -> str:
    room, wrong = _room(request)
    if room is None:
        return request.error(wrong)
    users = _users(request, room)
    if not users:
        return request.error(NO_CHANNEL)
    for user in users:
        request.pbx.rooms.kick(user)
    return request.ack("All participants kicked" if request.get("Channel") == "all" else "User kicked")


def lock(request: Request) -> str:
    return _set_locked(request, True)


def unlock(request: Request) -> str:
    return _set_locked(request, False)


def _set_locked(request: Request, locked: bool) -> str:
    room, wrong = _room(request)
    if room is None:
        return request.error(wrong)
    room.locked = locked
    return request.ack("Conference locked" if locked else "Conference unlocked")


def _room(request: Request) -> tuple[Room | None, str]:
    name = request.get("Conference")
    rooms = request.pbx.rooms.rooms
    if not name:
        return None, NO_NAME
    if not rooms:
        return None, NONE_ACTIVE
    return rooms.get(name), NOT_FOUND


def _users(request: Request, room: Room) -> list[User]:
    """Who is meant: one channel, `all`, or `participants`, who are those that are no admins."""
    name = request.get("Channel")
    if name == "all":
        return list(room.users.values())
    if name == "participants":
        return [user for user in room.users.values() if not user.admin]
    return [user for channel, user in room.users.items() if channel.name == name]


ACTIONS = (
    Action("ConfbridgeListRooms", REPORTING, "List active conferences.", list_rooms),
    Action("ConfbridgeList", REPORTING, "List participants in a conference.", list_room),
    Action("ConfbridgeMute", CALL, "Mute a Confbridge user.", mute),
    Action("ConfbridgeUnmute", CALL, "Unmute a Confbridge user.", unmute),
    Action("ConfbridgeKick", CALL, "Kick a Confbridge user.", kick),
    Action("ConfbridgeLock", CALL, "Lock a Confbridge conference.", lock),
    Action("ConfbridgeUnlock", CALL, "Unlock a Confbridge conference.", unlock),
)
