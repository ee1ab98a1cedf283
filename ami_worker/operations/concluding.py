"""How a consultation goes on or ends: back to the caller, swap, or join all three. Connecting them is in completing.py.

Called by `Operations.perform` alone. Each is one action (join: two); what came of it, the events say. Whoever waits
stays in our include until somebody talks to them, and has its way back there.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from gettext import gettext as _
from typing import Final

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.mirror import Channel
from ami_worker.operations import outcomes, routes
from ami_worker.operations.attempt import EVENT_SECONDS, Attempt
from ami_worker.operations.consultation import (
    WAITING_FOR,
    WAITS_INSTEAD,
    Consultation,
    Sequel,
    claimed,
    own_number,
    talking,
    unchanged,
)
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.site import CONFERENCE, HOLD


REJOIN: Final = "cordboard-rejoin"
"""Context of the include: the operator's leg talks to who waits."""

_MUSIC_SECONDS: Final = 3.0
"""Until then it has begun, or the PBX has none."""

_STAFF: Final = "CORDBOARD_STAFF"
"""One with whose leaving the others' time in the room ends: the caller is not left alone with the music."""


async def cancel(attempt: Attempt) -> Outcome:
    """End the asking; the operator has the caller again."""
    now = await claimed(attempt)
    if now.is_swapped:
        return await _drop_asked(attempt, now)
    await attempt.prepare(actions.setvar(WAITS_INSTEAD, "", now.own.name))
    sequel = Sequel(attempt, unchanged(attempt, now))
    await attempt.send(actions.redirect(now.own.name, REJOIN, "s"))

    def look() -> Outcome | None:
        if sequel.together(now.own, now.held):
            return done(_("You are talking to %s") % sequel.held, sequel.call)
        return sequel.ended(now.held, sequel.held) or sequel.own_ended()

    return await attempt.expect(look, EVENT_SECONDS, sequel.nothing)


async def swap(attempt: Attempt) -> Outcome:
    """Talk to the one who waits; the other one waits."""
    now = await claimed(attempt)
    other = talking(attempt, now)
    # One who was asked and waits is on hold, for the caller is the one whom a transfer means.
    kind = "consult" if now.is_swapped else "hold"
    await attempt.prepare(
        actions.setvar("CORDBOARD_HOLD_KIND", kind, other.name),
        actions.setvar("CORDBOARD_FOR", now.number if now.is_swapped else "", other.name),
        actions.setvar(WAITS_INSTEAD, other.name, now.own.name),
    )
    sequel = Sequel(attempt, unchanged(attempt, now))
    operator = own_number(attempt)
    await _both(
        attempt,
        sequel,
        actions.redirect(other.name, HOLD, operator, extra_channel=now.own.name, extra_context=REJOIN, extra_exten="s"),
    )
    attempt.mirror.mark(other.uniqueid, "CORDBOARD_CARE", f"{kind},{operator},,,")

    is_without_music: Callable[[], bool] | None = None

    def look() -> Outcome | None:
        nonlocal is_without_music
        words = {"held": sequel.held, "other": sequel.other}
        if sequel.together(now.own, now.held):
            if other.uniqueid not in attempt.mirror.channels:
                return done(_("You are talking to %(held)s; %(other)s has hung up") % words, sequel.call)
            # Before that their channel may be on its way still, and what the next key sends elsewhere stays where it is
            # (seen on a busy Asterisk 16).
            if other.music and not other.bridge:
                return done(_("You are talking to %(held)s; %(other)s waits with music") % words, sequel.call)
            is_without_music = is_without_music or attempt.look_again(_MUSIC_SECONDS)
            if is_without_music():
                return done(_("You are talking to %(held)s; %(other)s waits") % words, sequel.call)
            return None
        if now.held.uniqueid not in attempt.mirror.channels and sequel.together(now.own, other):
            return failed(
                Reason.CALL_ENDED, _("%(held)s hung up; you are talking to %(other)s again") % words, sequel.call
            )
        return sequel.own_ended()

    return await attempt.expect(look, EVENT_SECONDS, sequel.nothing)


async def join(attempt: Attempt) -> Outcome:
    """Bring all three together in a conference room of their own. The caller comes last: until then it waits, and comes
    back when anything fails.
    """
    now = await claimed(attempt)
    other = talking(attempt, now)
    room = _new_room(attempt)
    nowhere = failed(Reason.NO_SUCH_NUMBER, _("This PBX has no conference rooms"), now.held.call.key)
    await routes.require_place(attempt, CONFERENCE, room, Ended(nowhere))
    caller = now.caller or now.held
    await attempt.prepare(
        *(actions.setvar(_STAFF, "" if each is caller else "1", each.name) for each in (now.own, other, now.held)),
        *routes.comes_back_to(own_number(attempt), caller),
    )
    sequel = Sequel(attempt, unchanged(attempt, now))
    await _both(attempt, sequel, actions.redirect(other.name, CONFERENCE, room, extra_channel=now.own.name))
    refused = await _follow(attempt, now.held, room)

    def look() -> Outcome | None:
        members = attempt.mirror.conferences[room].members if room in attempt.mirror.conferences else {}
        words = {"held": sequel.held, "other": sequel.other, "room": room}
        missing = [each for each in (now.own, other, now.held) if each.uniqueid not in members]
        if not missing:
            return done(_("You, %(held)s and %(other)s are together in room %(room)s") % words, sequel.call)
        if missing == [now.held] and (refused or now.held.uniqueid not in attempt.mirror.channels):
            return refused or failed(
                Reason.CALL_ENDED, _("%(held)s hung up; you and %(other)s are in room %(room)s") % words, sequel.call
            )
        return sequel.ended(other, sequel.other) or sequel.own_ended()

    return await attempt.expect(look, EVENT_SECONDS, sequel.nothing)


async def _drop_asked(attempt: Attempt, now: Consultation) -> Outcome:
    """After a swap the operator talks to the caller already: it is the one who was asked that goes."""
    await attempt.prepare(actions.setvar(WAITING_FOR, "", now.own.name))
    sequel = Sequel(attempt, now)
    await attempt.send(actions.hangup(now.held.name))

    def look() -> Outcome | None:
        if now.held.uniqueid in attempt.mirror.channels:
            return None
        if now.other is None or now.other.uniqueid not in attempt.mirror.channels:
            return outcomes.hung_up(sequel.other, sequel.call)
        words = {"other": sequel.other, "held": sequel.held}
        return done(_("You are talking to %(other)s; the call with %(held)s has ended") % words, sequel.call)

    return await attempt.expect(look, EVENT_SECONDS, sequel.nothing)


async def _both(attempt: Attempt, sequel: Sequel, action: Action) -> None:
    try:
        await attempt.send(action)
    except Ended as ended:
        if ended.outcome.reason != Reason.PARTLY:
            raise
        text = _("Your phone could not follow; %(held)s waits, and %(other)s was moved")
        words = {"held": sequel.held, "other": sequel.other}
        raise Ended(failed(Reason.PARTLY, text % words, sequel.call)) from ended


async def _follow(attempt: Attempt, held: Channel, room: str) -> Outcome | None:
    """Send the one who waits into the room too. Returns how that was refused."""
    try:
        await attempt.send(actions.redirect(held.name, CONFERENCE, room))
    except Ended as ended:
        return ended.outcome
    return None


def _new_room(attempt: Attempt) -> str:
    """A number that no room of the house has; the operator's own extension comes first."""
    while True:
        room = f"{own_number(attempt)}{secrets.randbelow(10**8):08d}"
        if room not in attempt.mirror.conferences:
            return room
