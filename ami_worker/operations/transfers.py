"""Blind transfer: the caller goes to somebody else, and comes back to the operator where the dialplan include is
there.

Called by `Operations.perform` alone. Which leg moves is decided in legs.py; whether it arrived, in arrivals.py.
"""

from __future__ import annotations

from gettext import gettext as _

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.mirror import Call
from ami_worker.operations import legs, outcomes, routes, targets
from ami_worker.operations.arrivals import Seen, Sighting, Watch
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.legs import Move
from ami_worker.operations.targets import Target


async def transfer(attempt: Attempt) -> Outcome:
    """Move the leg that is meant to the target. Done when the target rings or talks: from then on the caller is out
    of the operator's hands.
    """
    call = attempt.call()
    target = targets.resolve(attempt)
    attempt.claim(call.key)
    move = legs.to_move(attempt, call)
    _check(attempt, call, move, target)
    targets.refuse_if_unreachable(target)
    route = await routes.find(attempt, target)
    await routes.name_operator(attempt, route, move)
    # While the PBX was asked, the call went on: look again, and send in the same breath.
    call = attempt.call()
    meant, move = move.channel, legs.to_move(attempt, call)
    if move.channel is not meant:
        text = _("The call has changed meanwhile; look at the board and try again")
        raise Ended(failed(Reason.WRONG_STATE, text, call.key))
    who = attempt.who(move.channel)
    watch = Watch.start(attempt, move.channel.uniqueid, target.key)
    if (waiting := attempt.waiting(move.channel)) is not None:
        attempt.expect_moved(waiting)
    await attempt.send(_action(move, route.context, target))
    return await watch.outcome(lambda sighting: _worded(who, target, call.key, sighting))


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


def _action(move: Move, context: str, target: Target) -> Action:
    """BlindTransfer on the partner's channel where two talk: queue statistics and the end of the partner's leg are
    right then. A leg that waits, is parked or calls is redirected itself.
    """
    if move.partner is not None:
        return actions.blind_transfer(move.partner.name, context, target.number)
    return actions.redirect(move.channel.name, context, target.number)


def _worded(who: str, target: Target, call: str, sighting: Sighting) -> Outcome:
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
            return failed(reason, _("%(why)s; %(who)s is back with you") % {"why": why, **words}, call)
        case Seen.FAILED:
            return failed(reason, _("%(why)s; %(who)s is still on the line") % {"why": why, **words}, call)
        case Seen.GONE if sighting.reason is None:
            return outcomes.hung_up(who, call)
        case Seen.GONE:
            return failed(reason, _("%(why)s; the call with %(who)s has ended") % {"why": why, **words}, call)
        case Seen.UNMOVED:
            text = _("Nothing happened: %s is where they were") % who
            return failed(Reason.NO_EFFECT, text, call)
    return done(outcomes.first_letter_up(_("%(who)s was sent to %(target)s") % words), call)
