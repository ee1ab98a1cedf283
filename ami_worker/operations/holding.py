"""Hold that everybody shares, and fetching a caller back: from hold, from the way to somebody, from the way back.

Called by `Operations.perform` alone. The caller is kept by our dialplan include, never by the operator's phone: whoever
may see it can take it, and it outlives phone and panel.
"""

from __future__ import annotations

from gettext import gettext as _
from typing import Final

from ami_worker.ami import actions
from ami_worker.mirror import Call, CareView, Channel, Extension
from ami_worker.operations import legs, moving, outcomes, routes, targets
from ami_worker.operations.arrivals import Seen, Sighting, waits_on_hold
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.legs import Move
from ami_worker.operations.moving import Place
from ami_worker.operations.site import HOLD, TAKE
from ami_worker.operations.targets import Target
from panel.vocabulary import CareKind


_FETCHED_FROM: Final = frozenset(
    {
        CareKind.HOLD,
        CareKind.CAMP,
        CareKind.TRANSFER,
        CareKind.SERIAL,
        CareKind.QUEUE,
        CareKind.VOICEMAIL,
        CareKind.RETURN,
    }
)
"""From where a caller can be fetched as long as nobody has answered. One about whom somebody is asked goes back to who
asks, one who is being taken to who takes, and a conference is a talk.
"""


async def hold(attempt: Attempt) -> Outcome:
    """Put the leg that is meant on hold; the operator's phone is free. Done when our include has it."""
    routes.require_include(attempt)
    call = attempt.call()
    whom = targets.resolve(attempt) if attempt.argument("to") else None
    attempt.claim(call.key)
    move = legs.to_move(attempt, call)
    who = attempt.who(move.channel)
    care = attempt.mirror.care_of(move.channel)
    if care is not None and care.kind is CareKind.HOLD and whom is None:
        text = outcomes.first_letter_up(_("%s is on hold already") % who)
        raise Ended(failed(Reason.WRONG_STATE, text, call.key))
    operator = await routes.required_way_back(attempt, move, HOLD)
    talked = bool(attempt.mirror.peers_of(move.channel))

    def is_kept(channel: Channel, told: CareView | None) -> bool:
        # Music alone proves it only of one who talked before: who waited or camped has heard music all the time.
        return (told is not None and told.kind is CareKind.HOLD) or (talked and channel.music and not channel.bridge)

    number = whom.number if whom is not None else ""
    place = Place(HOLD, operator, None, CareKind.HOLD, number, is_kept)
    settings = [
        actions.setvar("CORDBOARD_FOR", number, move.channel.name),
        actions.setvar("CORDBOARD_HOLD_KIND", "", move.channel.name),
    ]
    return await moving.move(attempt, move, place, settings, lambda sighting: _held(who, whom, call.key, sighting))


async def retrieve(attempt: Attempt) -> Outcome:
    """Bring the caller to the operator's phone: it rings, or answers by itself. Not answered, the caller waits on."""
    routes.require_include(attempt)
    call = attempt.call()
    phone = attempt.own_extension()
    attempt.claim(call.key)
    attempt.claim_phone(phone)
    channel = _kept(attempt, call, phone)
    who = attempt.who(channel)
    await routes.require_place(attempt, TAKE, phone.number, Ended(outcomes.no_phone(phone.number)))
    place = Place(TAKE, phone.number, phone.key, CareKind.TAKE, "", waits_on_hold)
    settings = [actions.setvar("CORDBOARD_AUTO_ANSWER", "1", channel.name)]
    return await moving.move(
        attempt,
        Move(channel, None),
        place,
        settings,
        lambda sighting: _fetched(who, phone, call.key, sighting),
        choose=lambda attempt: Move(_kept(attempt, attempt.call(), phone), None),
    )


def _kept(attempt: Attempt, call: Call, phone: Extension) -> Channel:
    """The party that can be fetched. Raises Ended, with who has it, when there is none."""
    kept = legs.in_care(attempt, call)
    for channel, care in kept:
        if care.kind in _FETCHED_FROM:
            _refuse_if_answered(attempt, call, channel)
            if care.kind is CareKind.RETURN and any(attempt.is_own(leg) for leg in call.legs):
                raise Ended(_rings_already(attempt, call, channel))
            return channel
    for channel, care in kept:
        words = {"who": attempt.who(channel), "operator": _name_of(attempt, care.operator)}
        if care.kind is CareKind.TAKE:
            if care.operator == phone.number:
                raise Ended(_rings_already(attempt, call, channel))
            text = _("%(operator)s is taking %(who)s at this moment") % words
            raise Ended(failed(Reason.TAKEN, text, call.key))
        if care.kind is CareKind.CONSULT:
            text = (
                _("You are asking somebody about %(who)s; go back to them instead")
                if care.operator == phone.number
                else _("%(operator)s is asking somebody about %(who)s")
            )
            raise Ended(failed(Reason.WRONG_STATE, text % words, call.key))
    for channel in call.legs:
        _refuse_if_answered(attempt, call, channel)
    raise Ended(failed(Reason.WRONG_STATE, _("There is nobody to fetch back in this call"), call.key))


def _refuse_if_answered(attempt: Attempt, call: Call, channel: Channel) -> None:
    peers = attempt.mirror.peers_of(channel)
    if peers:
        words = {"who": attempt.who(channel), "peers": outcomes.persons_named(map(attempt.person, peers))}
        text = outcomes.first_letter_up(_("%(who)s is talking to %(peers)s") % words)
        raise Ended(failed(Reason.TAKEN, text, call.key))


def _rings_already(attempt: Attempt, call: Call, channel: Channel) -> Outcome:
    return failed(Reason.WRONG_STATE, _("Your phone rings with %s already") % attempt.who(channel), call.key)


def _name_of(attempt: Attempt, number: str) -> str:
    extension = attempt.mirror.extension_with(number)
    return outcomes.extension_named(extension) if extension is not None else number


def _held(who: str, whom: Target | None, call: str, sighting: Sighting) -> Outcome:
    match sighting.seen:
        case Seen.GONE:
            return outcomes.hung_up(who, call)
        case Seen.UNMOVED:
            return outcomes.nothing_happened(who, call)
    if whom is None:
        return done(outcomes.first_letter_up(_("%s is on hold") % who), call)
    words = {"who": who, "whom": whom.name}
    return done(outcomes.first_letter_up(_("%(who)s is on hold for %(whom)s") % words), call)


def _fetched(who: str, phone: Extension, call: str, sighting: Sighting) -> Outcome:
    match sighting.seen:
        case Seen.TALKING:
            return done(_("You are talking to %s") % who, call)
        case Seen.RINGING | Seen.DIALLING:
            return done(_("Your phone rings: %s") % who, call)
        case Seen.GONE:
            return outcomes.hung_up(who, call)
        case Seen.UNMOVED:
            return outcomes.nothing_happened(who, call)
    words = {"number": phone.number, "who": who}
    text = _("Your phone (%(number)s) could not be rung; %(who)s waits on hold") % words
    return failed(sighting.reason or Reason.NO_ANSWER, text, call)
