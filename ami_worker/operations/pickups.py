"""Picking up a call that rings somewhere else, and taking a waiting caller out of a queue. Called by
`Operations.perform` alone.
"""

from __future__ import annotations

from gettext import gettext as _

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.mirror import Call, Channel, ChannelState
from ami_worker.operations import outcomes, own_phone, routes
from ami_worker.operations.arrivals import Seen, Sighting, Watch, waits_on_hold
from ami_worker.operations.attempt import RING_SECONDS, Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.site import PICKUP, TAKE
from ami_worker.operations.targets import Target


async def pickup(attempt: Attempt) -> Outcome:
    """Ring the operator's phone, showing who calls; when it is answered it takes the call that rings elsewhere."""
    call = attempt.call()
    phone = attempt.own_extension()
    attempt.claim(call.key)
    attempt.claim_phone(phone)
    ringing, caller = _ringing(attempt, call)
    person, who = attempt.person(caller), attempt.who(caller)
    uniqueid = attempt.new_channel_id()
    shown = own_phone.shown(person["name"], person["number"])
    await attempt.send(_originate(attempt, attempt.phone_of(phone), ringing.uniqueid, uniqueid, shown))

    def elsewhere() -> Outcome | None:
        own = attempt.mirror.channels.get(uniqueid)
        if own is not None and own.state == ChannelState.UP:
            # PickupChan has begun. It may still move our phone into the bridge that the other one has just entered;
            # until it has ended, one way or the other, nobody knows who has the caller.
            return None
        leg = caller.call.leg(caller.uniqueid)
        other = next((peer for peer in leg.peers if peer.uniqueid != uniqueid), None) if leg is not None else None
        if other is None:
            return None
        text = outcomes.first_letter_up(_("%s answered first") % attempt.who(other))
        return failed(Reason.TAKEN, text, call.key)

    return await own_phone.connected(attempt, phone, uniqueid, caller, who, elsewhere)


def _originate(attempt: Attempt, phone: str, ringing: str, uniqueid: str, shown: tuple[str, str]) -> Action:
    """Through our include, where there is one: who is too late hears that, instead of a line that goes dead."""
    variables = own_phone.answers_by_itself(phone)
    if not attempt.site.has_include:
        return actions.originate_pickup(
            phone, ringing, channel_id=uniqueid, connected_line=shown, timeout=RING_SECONDS, variables=variables
        )
    return actions.originate(
        phone,
        PICKUP,
        "s",
        channel_id=uniqueid,
        connected_line=shown,
        timeout=RING_SECONDS,
        variables={"CORDBOARD_PICKUP": ringing, **variables},
    )


def _ringing(attempt: Attempt, call: Call) -> tuple[Channel, Channel]:
    """A phone of the call that rings, and who calls it."""
    ringing = [leg for leg in call.legs if leg.state == ChannelState.RINGING]
    if any(attempt.is_own(leg) for leg in ringing):
        raise Ended(failed(Reason.WRONG_STATE, _("It rings on your own phone already"), call.key))
    for leg in ringing:
        # Behind a Local channel the phone may ring before we are told who dials it.
        caller = attempt.mirror.dialler_of(leg) or call.caller_leg()
        if caller is not None and caller is not leg:
            return leg, caller
    raise Ended(failed(Reason.WRONG_STATE, _("This call is not ringing any more"), call.key))


async def take(attempt: Attempt) -> Outcome:
    """Bring a waiting caller to the operator's phone, before the turn. Done when the phone rings with that caller."""
    key = attempt.argument("caller")
    caller = attempt.mirror.callers.get(key)
    queued = attempt.mirror.channels.get(caller.uniqueid) if caller is not None else None
    if caller is None or queued is None:
        raise Ended(failed(Reason.NOT_WAITING, _("That caller is no longer waiting")))
    channel = attempt.real_leg(queued)
    phone = attempt.own_extension()
    call = channel.call
    attempt.claim(call.key)
    target = Target(phone.number, outcomes.extension_named(phone), phone)
    context, settings = await _way_to(attempt, target, channel)
    await attempt.prepare(*settings)
    # While the PBX was asked, a member may have answered.
    if attempt.mirror.callers.get(key) is not caller:
        raise Ended(failed(Reason.NOT_WAITING, _("That caller is no longer waiting"), call.key))
    who = attempt.who(channel)
    watch = Watch.start(attempt, channel.uniqueid, phone.key, waits_on_hold)
    attempt.expect_moved(caller)
    await attempt.send(actions.redirect(channel.name, context, target.number))
    return await watch.outcome(lambda sighting: _worded(who, phone.number, call.key, sighting))


async def _way_to(attempt: Attempt, phone: Target, channel: Channel) -> tuple[str, list[Action]]:
    """The context by which the caller comes to the operator's phone, and what is set before. Our include rings it so
    that it answers by itself, where it can, and lets the caller wait when it does not.
    """
    route = await routes.find(attempt, phone)
    if not route.comes_back:
        return route.context, []
    settings = routes.comes_back_to(phone.number, channel)
    if not attempt.site.keeps_callers:
        return route.context, settings
    return TAKE, [*settings, actions.setvar("CORDBOARD_AUTO_ANSWER", "1", channel.name)]


def _worded(who: str, number: str, call: str, sighting: Sighting) -> Outcome:
    match sighting.seen:
        case Seen.TALKING:
            return done(_("You are talking to %s") % who, call)
        case Seen.RINGING | Seen.DIALLING:
            return done(_("Your phone rings: %s") % who, call)
        case Seen.GONE if sighting.reason is None:
            return outcomes.hung_up(who, call)
        case Seen.UNMOVED:
            return failed(Reason.NO_EFFECT, outcomes.first_letter_up(_("%s waits still; nothing happened") % who), call)
        case Seen.QUEUED:
            text = _("Your phone (%(number)s) could not be rung; %(who)s waits again")
        case Seen.KEPT:
            text = _("Your phone (%(number)s) could not be rung; %(who)s waits on hold")
        case Seen.GONE:
            text = _("Your phone (%(number)s) could not be rung; the call with %(who)s has ended")
        case _other:
            text = _("Your phone (%(number)s) could not be rung; %(who)s is still on the line")
    return failed(sighting.reason or Reason.NOT_REGISTERED, text % {"number": number, "who": who}, call)
