"""Blind transfer: the caller goes to somebody else, and comes back to the operator where the dialplan include is
there; a serial one comes back after the talk too, for the next person.

Called by `Operations.perform` alone. Which leg moves is decided in legs.py; how, in moving.py; whether it arrived, in
arrivals.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _
from typing import Final

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.mirror import Call
from ami_worker.operations import legs, moving, outcomes, routes, targets
from ami_worker.operations.arrivals import Seen, Sighting
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.legs import Move
from ami_worker.operations.moving import Place
from ami_worker.operations.routes import Route
from ami_worker.operations.site import SERIAL
from ami_worker.operations.targets import Target
from panel.vocabulary import CareKind


SHORTEST_RING: Final = 5
LONGEST_RING: Final = 120
"""Seconds."""


async def transfer(attempt: Attempt) -> Outcome:
    """Move the leg that is meant to the target. Done when the target rings or talks: from then on the caller is out
    of the operator's hands.
    """
    return await _send_on(attempt, CareKind.TRANSFER)


async def serial(attempt: Attempt) -> Outcome:
    """The same, and when the target has hung up the caller comes back to the operator, for the next person."""
    routes.require_include(attempt)
    return await _send_on(attempt, CareKind.SERIAL)


async def _send_on(attempt: Attempt, kind: CareKind) -> Outcome:
    call = attempt.call()
    target = targets.resolve(attempt)
    ringing = ring_seconds(attempt, target)
    attempt.claim(call.key)
    move = legs.to_move(attempt, call)
    _check(attempt, call, move, target)
    targets.refuse_if_unreachable(target)
    route = await _route(attempt, target, kind)
    who = attempt.who(move.channel)
    place = Place(route.context, target.number, target.key, kind if route.comes_back else None, target.number)
    settings = _settings(attempt, route, move, ringing)
    return await moving.move(attempt, move, place, settings, lambda sighting: worded(who, target, call.key, sighting))


async def _route(attempt: Attempt, target: Target, kind: CareKind) -> Route:
    if kind is CareKind.TRANSFER:
        return await routes.find(attempt, target)
    if not await targets.include_reaches(attempt, target):
        raise Ended(failed(Reason.NO_SUCH_NUMBER, outcomes.why_not(target.number, Reason.NO_SUCH_NUMBER)))
    return Route(SERIAL, True)


def ring_seconds(attempt: Attempt, target: Target) -> str:
    """How long the target rings: as the operator says, or as is kept with the person; empty for the usual time."""
    asked = attempt.argument("seconds")
    if asked:
        routes.require_include(attempt)
        if not (asked.isascii() and asked.isdecimal() and SHORTEST_RING <= int(asked) <= LONGEST_RING):
            raise Ended(outcomes.bad_arguments())
        return asked
    kept = target.extension.ring_seconds if target.extension is not None else 0
    return str(min(max(kept, SHORTEST_RING), LONGEST_RING)) if kept else ""


def _settings(attempt: Attempt, route: Route, move: Move, ringing: str) -> Sequence[Action]:
    if not route.comes_back:
        return ()
    way_back = routes.require_way_back if route.context == SERIAL else routes.way_back
    settings = routes.comes_back_to(way_back(attempt, move), move.channel)
    if attempt.site.keeps_callers:
        # Also when it is the usual time: an earlier command may have come to nothing after it had set its own.
        settings.append(actions.setvar("CORDBOARD_SECONDS", ringing, move.channel.name))
    return settings


def _check(attempt: Attempt, call: Call, move: Move, target: Target) -> None:
    extension = attempt.mirror.extension_of(move.channel)
    if extension is not None and extension.key == target.key:
        text = _("%s cannot be transferred to their own phone") % attempt.who(move.channel)
        raise Ended(failed(Reason.WRONG_STATE, text, call.key))
    leg = call.leg(move.channel.uniqueid)
    for peer in leg.peers if leg is not None else ():
        extension = attempt.mirror.extension_of(peer)
        if extension is not None and extension.key == target.key:
            words = {"who": attempt.who(move.channel), "target": target.name}
            text = outcomes.first_letter_up(_("%(who)s is already talking to %(target)s") % words)
            raise Ended(failed(Reason.WRONG_STATE, text, call.key))


def worded(who: str, target: Target, call: str, sighting: Sighting) -> Outcome:
    words = {"who": who, "target": target.name}
    reason = sighting.reason or targets.likely_reason(target)
    why = outcomes.why_not(target.name, reason, is_phone=target.extension is not None)
    match sighting.seen:
        case Seen.TALKING:
            return done(outcomes.first_letter_up(_("%(who)s is talking to %(target)s") % words), call)
        case Seen.RINGING:
            return done(_("%s rings") % target.name, call)
        case Seen.DIALLING:
            return done(outcomes.first_letter_up(_("%(who)s is being put through to %(target)s") % words), call)
        case Seen.QUEUED:
            return done(outcomes.first_letter_up(_("%(who)s waits at %(target)s") % words), call)
        case Seen.BACK:
            return outcomes.back(who, why, reason, call)
        case Seen.FAILED:
            return failed(reason, _("%(why)s; %(who)s is still on the line") % {"why": why, **words}, call)
        case Seen.GONE if sighting.reason is None:
            return outcomes.hung_up(who, call)
        case Seen.GONE:
            return failed(reason, _("%(why)s; the call with %(who)s has ended") % {"why": why, **words}, call)
        case Seen.UNMOVED:
            return outcomes.nothing_happened(who, call)
    return done(outcomes.first_letter_up(_("%(who)s was sent to %(target)s") % words), call)
