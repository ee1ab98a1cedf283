"""Conference rooms: one member mute, heard again or out; the room locked or open.

Called by `Operations.perform` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from gettext import gettext as _

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.mirror import Channel, Room
from ami_worker.operations import outcomes
from ami_worker.operations.attempt import EVENT_SECONDS, Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed


async def room_mute(attempt: Attempt) -> Outcome:
    """Nobody in the room hears this one. Done at ConfbridgeMute."""
    return await _set_muted(attempt, actions.confbridge_mute, True)


async def room_unmute(attempt: Attempt) -> Outcome:
    return await _set_muted(attempt, actions.confbridge_unmute, False)


async def room_kick(attempt: Attempt) -> Outcome:
    """End one member's part in the conference. Done when the member has left the room."""
    room, channel = _member(attempt)
    who = attempt.who(channel)
    attempt.claim(_claim_of(room))
    await attempt.send(actions.confbridge_kick(room.name, channel.name))

    def look() -> Outcome | None:
        if _is_in(attempt, room, channel):
            return None
        return done(_("%(who)s is out of room %(room)s") % {"who": who, "room": room.name}, channel.call.key)

    return await attempt.expect(look, EVENT_SECONDS, lambda: outcomes.nothing_happened(who, channel.call.key))


async def room_lock(attempt: Attempt) -> Outcome:
    """Nobody else gets in. No event tells of it, so the PBX's answer is what counts."""
    return await _set_locked(attempt, actions.confbridge_lock, True)


async def room_unlock(attempt: Attempt) -> Outcome:
    return await _set_locked(attempt, actions.confbridge_unlock, False)


async def _set_muted(attempt: Attempt, action: Callable[[str, str], Action], muted: bool) -> Outcome:
    room, channel = _member(attempt)
    who = attempt.who(channel)
    attempt.claim(_claim_of(room))
    await attempt.send(action(room.name, channel.name))

    def look() -> Outcome | None:
        if not _is_in(attempt, room, channel):
            text = _("%(who)s has left room %(room)s") % {"who": who, "room": room.name}
            return failed(Reason.CALL_ENDED, text, channel.call.key)
        if attempt.mirror.conferences[room.name].members[channel.uniqueid].muted is not muted:
            return None
        text = _("Nobody in room %(room)s hears %(who)s") if muted else _("%(who)s is heard again in room %(room)s")
        return done(text % {"who": who, "room": room.name}, channel.call.key)

    return await attempt.expect(look, EVENT_SECONDS, lambda: outcomes.nothing_happened(who, channel.call.key))


async def _set_locked(attempt: Attempt, action: Callable[[str], Action], locked: bool) -> Outcome:
    room = _room(attempt)
    if room.locked is locked:
        text = _("Room %s is locked already") if locked else _("Room %s is open already")
        raise Ended(failed(Reason.WRONG_STATE, text % room.name))
    attempt.claim(_claim_of(room))
    await attempt.confirm(action(room.name))
    attempt.mirror.set_room_locked(room.name, locked)
    return done((_("Room %s is locked") if locked else _("Room %s is open again")) % room.name)


def _claim_of(room: Room) -> str:
    return f"room {room.name}"


def _room(attempt: Attempt) -> Room:
    name = attempt.argument("room")
    room = attempt.mirror.conferences.get(name)
    if room is None:
        raise Ended(failed(Reason.CALL_ENDED, _("That room is no longer open")))
    return room


def _member(attempt: Attempt) -> tuple[Room, Channel]:
    """The room, and the member that is named; Local halves stand for whoever is behind them."""
    room = _room(attempt)
    uniqueid = attempt.argument("member")
    channel = attempt.mirror.channels.get(uniqueid)
    if uniqueid not in room.members or channel is None:
        raise Ended(failed(Reason.CALL_ENDED, _("They are no longer in room %s") % room.name))
    return room, channel


def _is_in(attempt: Attempt, room: Room, channel: Channel) -> bool:
    now = attempt.mirror.conferences.get(room.name)
    return now is not None and channel.uniqueid in now.members
