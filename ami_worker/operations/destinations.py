"""Sending a caller where nobody answers at once: onto a busy person, into a mailbox, a queue or a conference room.

Called by `Operations.perform` alone. Our include keeps the caller there and brings it back when that comes to nothing.
"""

from __future__ import annotations

import re
from gettext import gettext as _
from typing import Final, NamedTuple

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.mirror import CareView, Channel
from ami_worker.operations import legs, moving, outcomes, routes, targets
from ami_worker.operations.arrivals import Seen, Sighting
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.moving import Place
from ami_worker.operations.site import CAMP, CONFERENCE, QUEUE, VOICEMAIL
from ami_worker.operations.targets import Target
from panel.vocabulary import CareKind


_ROOM: Final = re.compile(r"[0-9][0-9*#]{0,31}", re.ASCII)


class _Destination(NamedTuple):
    place: Place
    name: str  # as the receipt says it
    there: str  # the receipt when the caller is there, with %(who)s and %(name)s
    settings: tuple[tuple[str, str], ...] = ()
    rings: Target | None = None
    """Who is dialled there in the end."""


async def camp(attempt: Attempt) -> Outcome:
    """Let the caller wait, with music, until somebody is free. Done when it waits, or rings there already."""
    routes.require_include(attempt)
    target = targets.resolve(attempt)
    extension = target.extension
    if extension is None or not extension.hints:
        raise Ended(failed(Reason.WRONG_STATE, _("The PBX does not tell when %s is free") % target.name))
    if extension.key == attempt.intent.extension:
        raise Ended(failed(Reason.WRONG_STATE, _("That is your own phone")))
    targets.refuse_if_unreachable(target)

    def is_kept(_channel: Channel, told: CareView | None) -> bool:
        return told is not None and told.kind is CareKind.CAMP

    place = Place(CAMP, target.number, extension.key, CareKind.CAMP, target.number, is_kept)
    there = _("%(who)s waits until %(name)s is free")
    return await _send(attempt, _Destination(place, target.name, there, rings=target))


async def voicemail(attempt: Attempt) -> Outcome:
    """Send the caller to a person's mailbox. Done when our include has found it."""
    routes.require_include(attempt)
    target = targets.resolve(attempt)
    # A PBX that does not list its mailboxes will say itself whether there is one.
    known = {key.partition("@")[0] for key in attempt.mirror.mailboxes}
    if target.extension is None or (known and target.number not in known):
        raise Ended(failed(Reason.NO_MAILBOX, outcomes.why_not(target.name, Reason.NO_MAILBOX)))

    def is_kept(_channel: Channel, told: CareView | None) -> bool:
        return told is not None and told.kind is CareKind.VOICEMAIL

    place = Place(VOICEMAIL, target.number, None, CareKind.VOICEMAIL, target.number, is_kept)
    return await _send(attempt, _Destination(place, target.name, _("%(who)s is in the mailbox of %(name)s")))


async def enqueue(attempt: Attempt) -> Outcome:
    """Send the caller into a queue. Done when it waits there."""
    routes.require_include(attempt)
    name = attempt.argument("queue")
    if name not in attempt.mirror.queues:
        raise Ended(failed(Reason.NO_SUCH_NUMBER, _("The PBX has no queue %s any more") % name))

    def is_kept(channel: Channel, _told: CareView | None) -> bool:
        caller = attempt.waiting(channel)
        return caller is not None and caller.queue == name

    place = Place(QUEUE, "s", None, CareKind.QUEUE, name, is_kept)
    settings = (("CORDBOARD_QUEUE", name),)
    return await _send(attempt, _Destination(place, name, _("%(who)s waits in %(name)s"), settings))


async def confer(attempt: Attempt) -> Outcome:
    """Send the caller into a conference room, which opens when it is not open yet. Done when it is in."""
    routes.require_include(attempt)
    name = attempt.argument("room")
    if not _ROOM.fullmatch(name):
        raise Ended(outcomes.bad_arguments())
    room = attempt.mirror.conferences.get(name)
    if room is not None and room.locked:
        raise Ended(failed(Reason.ROOM_CLOSED, _("Room %s is locked") % name))

    def is_kept(channel: Channel, _told: CareView | None) -> bool:
        room = attempt.mirror.conferences.get(name)
        return room is not None and channel.uniqueid in room.members

    place = Place(CONFERENCE, name, None, CareKind.CONFERENCE, name, is_kept)
    return await _send(attempt, _Destination(place, _("room %s") % name, _("%(who)s is in %(name)s")))


async def _send(attempt: Attempt, destination: _Destination) -> Outcome:
    call = attempt.call()
    attempt.claim(call.key)
    move = legs.to_move(attempt, call)
    who = attempt.who(move.channel)
    place, name = destination.place, destination.name
    if place.is_kept(move.channel, attempt.mirror.care_of(move.channel)):
        text = destination.there % {"who": who, "name": name}
        raise Ended(failed(Reason.WRONG_STATE, outcomes.first_letter_up(_("%s already") % text), call.key))
    nowhere = failed(Reason.NO_SUCH_NUMBER, outcomes.why_not(name, Reason.NO_SUCH_NUMBER), call.key)
    await routes.require_place(attempt, place.context, place.exten, Ended(nowhere))
    if destination.rings is not None and not await targets.include_reaches(attempt, destination.rings):
        raise Ended(nowhere)
    settings: list[Action] = routes.comes_back_to(routes.require_way_back(attempt, move), move.channel)
    settings += [actions.setvar(variable, value, move.channel.name) for variable, value in destination.settings]

    def worded(sighting: Sighting) -> Outcome:
        return _worded(who, destination, call.key, sighting)

    return await moving.move(attempt, move, place, settings, worded)


def _worded(who: str, destination: _Destination, call: str, sighting: Sighting) -> Outcome:
    name = destination.name
    words = {"who": who, "name": name}
    match sighting.seen:
        case Seen.KEPT:
            return done(outcomes.first_letter_up(destination.there % words), call)
        case Seen.TALKING:
            return done(outcomes.first_letter_up(_("%(who)s is talking to %(name)s") % words), call)
        case Seen.RINGING | Seen.DIALLING:
            return done(_("%s rings") % name, call)
        case Seen.BACK | Seen.FAILED:
            reason = sighting.reason or Reason.UNREACHABLE
            return outcomes.back(who, outcomes.why_not(name, reason), reason, call)
        case Seen.GONE:
            return outcomes.hung_up(who, call)
        case Seen.UNMOVED:
            return outcomes.nothing_happened(who, call)
    return done(outcomes.first_letter_up(_("%(who)s was sent to %(name)s") % words), call)
