"""Parking a call, and taking a parked call to the operator's phone. Called by `Operations.perform` alone."""

from __future__ import annotations

from gettext import gettext as _

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.mirror import Channel, Parked
from ami_worker.operations import legs, moving, outcomes, own_phone, routes
from ami_worker.operations.attempt import EVENT_SECONDS, RING_SECONDS, Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.site import UNPARK
from panel.vocabulary import CallState


async def park(attempt: Attempt) -> Outcome:
    """Park the leg that is meant; nobody takes it, and it calls the operator's phone, again and again where our include
    is there. Done at ParkedCall: a park that fails raises no event.
    """
    call = attempt.call()
    attempt.claim(call.key)
    move = legs.to_move(attempt, call)
    uniqueid = move.channel.uniqueid
    who = attempt.who(move.channel)
    leg = call.leg(uniqueid)
    if uniqueid in attempt.mirror.parked:
        raise Ended(failed(Reason.WRONG_STATE, _("%s is parked already") % who, call.key))
    if leg is not None and leg.state is CallState.QUEUED:
        raise Ended(failed(Reason.WRONG_STATE, _("%s waits in a queue; take them first") % who, call.key))
    if attempt.site.keeps_callers:
        await attempt.prepare(*routes.comes_back_to(routes.way_back(attempt, move), move.channel))
        moving.refuse_if_changed(attempt, move)
    await attempt.send(actions.park(move.channel.name, timeout_channel=_parker(attempt)))

    def look() -> Outcome | None:
        parked = attempt.mirror.parked.get(uniqueid)
        if parked is not None:
            return done(_("%(who)s is parked at %(space)s") % {"who": who, "space": parked.space}, call.key)
        if uniqueid not in attempt.mirror.channels:
            return outcomes.hung_up(who, call.key)
        return None

    def not_parked() -> Outcome:
        return failed(Reason.NO_EFFECT, _("The PBX did not park %s") % who, call.key)

    return await attempt.expect(look, EVENT_SECONDS, not_parked)


def _parker(attempt: Attempt) -> str:
    """TimeoutChannel: whom a parked call comes back to. Asterisk only takes the phone from it, what stands before
    the last dash, so the operator need not be in the call (tried on 16 and 22). Without it the caller would be
    called back by their own trunk.
    """
    extension = attempt.mirror.extensions.get(attempt.intent.extension)
    if extension is None or not extension.devices:
        return ""
    return f"{attempt.phone_of(extension)}-00000000"


async def unpark(attempt: Attempt) -> Outcome:
    """Ring the operator's phone, showing who is parked; when it is answered it takes that caller."""
    key = attempt.argument("parked")
    parked = attempt.mirror.parked.get(key)
    channel = attempt.mirror.channels.get(key)
    if parked is None or channel is None:
        raise Ended(failed(Reason.NOT_PARKED, _("That call is no longer parked")))
    if not parked.space.isdecimal():
        raise Ended(outcomes.cannot_be_sent())
    phone = attempt.own_extension()
    attempt.claim(channel.call.key)
    attempt.claim_phone(phone)
    person, who = attempt.person(channel), attempt.who(channel)
    uniqueid = attempt.new_channel_id()
    shown = own_phone.shown(person["name"], person["number"])
    attempt.evidence.forget_parking(key)
    await attempt.send(_originate(attempt, attempt.phone_of(phone), parked, channel, uniqueid, shown))

    def elsewhere() -> Outcome | None:
        return _taken_out(attempt, key, who, uniqueid)

    return await own_phone.connected(attempt, phone, uniqueid, channel, who, elsewhere)


def _originate(
    attempt: Attempt, phone: str, parked: Parked, channel: Channel, uniqueid: str, shown: tuple[str, str]
) -> Action:
    """Through our include, where there is one: a phone that is answered late must not get whoever is in that space by
    then.
    """
    variables = own_phone.answers_by_itself(phone)
    if not attempt.site.names_parked:
        return actions.originate_parked(
            phone,
            parked.lot,
            int(parked.space),
            channel_id=uniqueid,
            connected_line=shown,
            timeout=RING_SECONDS,
            variables=variables,
        )
    return actions.originate(
        phone,
        UNPARK,
        "s",
        channel_id=uniqueid,
        connected_line=shown,
        timeout=RING_SECONDS,
        variables={"CORDBOARD_PARKED": channel.name, **variables},
    )


def _taken_out(attempt: Attempt, parked: str, who: str, own: str) -> Outcome | None:
    """The parked call went another way: taken by somebody else, or back to where it came from. UnParkedCall comes
    before or after the BridgeEnter of the two, so what the picture shows counts as well.
    """
    retriever = attempt.evidence.retrievers.get(parked, "")
    channel = attempt.mirror.channels.get(parked)
    leg = channel.call.leg(parked) if channel is not None else None
    taker = attempt.mirror.channels.get(retriever) if retriever != own else None
    if taker is None and leg is not None and leg.peers:
        taker = next((peer for peer in leg.peers if peer.uniqueid != own), None)
    if taker is not None:
        words = {"taker": attempt.who(taker), "who": who}
        return failed(Reason.TAKEN, outcomes.first_letter_up(_("%(taker)s took %(who)s first") % words), taker.call.key)
    if channel is not None and parked not in attempt.mirror.parked and attempt.mirror.dialled_by(channel):
        # Timed out, or moved by somebody. A ParkedCallGiveUp alone says neither: it also comes just before the Hangup.
        return failed(Reason.NOT_PARKED, outcomes.first_letter_up(_("%s is no longer parked") % who))
    return None
