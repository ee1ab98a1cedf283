"""Asking somebody about a caller: with the first key the caller hears music, then the operator talks to one or several
others. How it ends is in completing.py and concluding.py.

Called by `Operations.perform` alone. The caller waits in our dialplan include, whose way back leads to the operator's
phone; the operator's leg stays up in another context of it, and has the caller again when nobody answers.
"""

from __future__ import annotations

import asyncio
from gettext import gettext as _
from typing import Final

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.mirror import Call, CareView, Channel, Extension
from ami_worker.operations import legs, outcomes, routes, targets
from ami_worker.operations.arrivals import Seen, Sighting, Watch
from ami_worker.operations.attempt import EVENT_SECONDS, MOVING_PAUSE_SECONDS, Attempt
from ami_worker.operations.consultation import WAITING_FOR, WAITS_INSTEAD, Consultation, look_for
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.legs import Move
from ami_worker.operations.outcomes import REASON_OF_CARE
from ami_worker.operations.site import HOLD
from ami_worker.operations.targets import Target


CONSULT: Final = "cordboard-consult"
DESK: Final = "cordboard-desk"
"""Contexts of the include for the operator's leg: it asks somebody, or thinks about whom to ask."""

HOLD_KIND: Final = "CORDBOARD_HOLD_KIND"
"""Set for the include on the channel of the caller; empty again when it has begun there."""

TAKEN_TIMES: Final = 40


async def consult(attempt: Attempt) -> Outcome:
    """Put the caller on hold and ask somebody; without `to` the operator's phone waits for a target. While one is asked
    already: ask another one. Done when the target rings or talks.
    """
    routes.require_include(attempt)
    phone = attempt.own_extension()
    target = targets.resolve(attempt) if attempt.argument("to") else None
    if target is not None and target.extension is phone:
        raise Ended(failed(Reason.WRONG_STATE, _("That is your own phone")))
    call = attempt.call()
    attempt.claim(call.key)
    consultation = await look_for(attempt, call)
    if consultation is not None:
        return await _ask_another(attempt, phone, call, consultation, target)
    held, own = _both(attempt, call)
    if target is not None and _is_at(attempt, held, target):
        raise Ended(failed(Reason.WRONG_STATE, _("You are talking to %s already") % target.name, call.key))
    if target is not None:
        await _check(attempt, target)
    await routes.required_way_back(attempt, Move(held, own), HOLD)
    await attempt.prepare(*_settings(held, own, target))
    if _both(attempt, attempt.call()) != (held, own):
        text = _("The call has changed meanwhile; look at the board and try again")
        raise Ended(failed(Reason.WRONG_STATE, text, call.key))
    return await _part(attempt, phone, held, own, target)


async def _check(attempt: Attempt, target: Target) -> None:
    targets.refuse_if_unreachable(target)
    nowhere = failed(Reason.NO_SUCH_NUMBER, outcomes.why_not(target.number, Reason.NO_SUCH_NUMBER))
    await routes.require_place(attempt, attempt.site.dial_context, target.number, Ended(nowhere))
    await routes.require_place(attempt, CONSULT, target.number, Ended(nowhere))


def _both(attempt: Attempt, call: Call) -> tuple[Channel, Channel]:
    """Who is to wait, and the operator's leg that talks to them. Raises Ended when they do not talk."""
    held = legs.to_move(attempt, call).channel
    own = legs.own_leg(attempt, call)
    if own is None or held not in own.peers:
        text = _("You are not talking to %s; take the call first") % attempt.who(held)
        raise Ended(failed(Reason.WRONG_STATE, text, call.key))
    if len(own.peers) > 1:
        names = outcomes.persons_named(map(attempt.person, own.peers))
        raise Ended(failed(Reason.WRONG_STATE, _("You are talking to several: %s") % names, call.key))
    return held, own.channel


def _is_at(attempt: Attempt, channel: Channel, target: Target) -> bool:
    extension = attempt.mirror.extension_of(channel)
    return extension is not None and extension is target.extension


def _settings(held: Channel, own: Channel, target: Target | None) -> list[Action]:
    return [
        actions.setvar(HOLD_KIND, "consult", held.name),
        actions.setvar("CORDBOARD_FOR", target.number if target is not None else "", held.name),
        actions.setvar(WAITING_FOR, held.name, own.name),
        *_asking(own, target),
    ]


def _asking(own: Channel, target: Target | None) -> list[Action]:
    seconds = str(target.extension.ring_seconds or "") if target is not None and target.extension is not None else ""
    return [
        actions.setvar(WAITS_INSTEAD, "", own.name),
        actions.setvar("CORDBOARD_SECONDS", seconds, own.name),
    ]


async def _part(attempt: Attempt, phone: Extension, held: Channel, own: Channel, target: Target | None) -> Outcome:
    """Both at once: of two in a bridge who are moved one after the other, the second would be hung up."""
    asking = _Asking(attempt, held, own, target)
    context, exten = (DESK, "s") if target is None else (CONSULT, target.number)
    try:
        await attempt.send(
            actions.redirect(
                held.name, HOLD, phone.number, extra_channel=own.name, extra_context=context, extra_exten=exten
            )
        )
    except Ended as ended:
        if ended.outcome.reason != Reason.PARTLY:
            raise
        who = attempt.who(held) if held.uniqueid in attempt.mirror.channels else _("the caller")
        text = _("Your phone could not follow; %s is on hold and comes back to it") % who
        raise Ended(failed(Reason.PARTLY, text, held.call.key)) from ended
    number = target.number if target is not None else ""
    attempt.mirror.mark(held.uniqueid, "CORDBOARD_CARE", f"consult,{phone.number},{number},,")
    return await asking.outcome()


async def _ask_another(
    attempt: Attempt, phone: Extension, call: Call, now: Consultation, target: Target | None
) -> Outcome:
    if target is None:
        raise Ended(failed(Reason.WRONG_STATE, _("Choose whom to ask"), call.key))
    if now.is_swapped:
        text = _("%s waits for you; swap or go back to the caller first") % attempt.who(now.held)
        raise Ended(failed(Reason.WRONG_STATE, text, call.key))
    if now.other is not None and _is_at(attempt, now.other, target):
        text = _("%s rings already") if now.rings else _("You are talking to %s already")
        raise Ended(failed(Reason.WRONG_STATE, text % target.name, call.key))
    await _check(attempt, target)
    await _wait_until_taken(attempt, now.held)
    await attempt.prepare(*_settings(now.held, now.own, target))
    who = attempt.who(now.held)
    if now.held.uniqueid not in attempt.mirror.channels:
        raise Ended(outcomes.hung_up(who, call.key))
    if now.own.uniqueid not in attempt.mirror.channels:
        raise Ended(failed(Reason.CALL_ENDED, _("Your phone has hung up; it will ring with %s again") % who, call.key))
    if attempt.mirror.peers_of(now.held):
        text = _("The call has changed meanwhile; look at the board and try again")
        raise Ended(failed(Reason.WRONG_STATE, text, call.key))
    # The caller waits already, and is moved all the same: the include may connect the two again at this very instant,
    # and of two in a bridge the one who is left would be hung up.
    return await _part(attempt, phone, now.held, now.own, target)


async def _wait_until_taken(attempt: Attempt, held: Channel) -> None:
    """Wait until the include has taken what the command before this one has set for it. It does so a moment after the
    caller has left the bridge, and empties those variables: whom this command names would be forgotten.
    """
    for _time in range(TAKEN_TIMES):
        kind = await attempt.ask(actions.getvar(HOLD_KIND, held.name))
        if kind is None or not kind.get("Value"):
            return
        await asyncio.sleep(MOVING_PAUSE_SECONDS)
    raise Ended(outcomes.no_reply_yet())


class _Asking:
    """The operator's leg on its way to the target, or to its desk, and the caller who waits meanwhile."""

    def __init__(self, attempt: Attempt, held: Channel, own: Channel, target: Target | None) -> None:
        self._attempt = attempt
        self._target = target
        self._held = held
        self._own = own
        self._who = attempt.who(held)
        self._call = held.call.key
        self._parted = not self._together()
        attempt.evidence.forget_asked(own.uniqueid)
        self._watch = Watch.start(attempt, own.uniqueid, target.key if target is not None else None, self._is_back)

    async def outcome(self) -> Outcome:
        """Done when the target rings or talks, or the operator's leg is at its desk."""
        if self._target is None:
            return await self._attempt.expect(self._at_desk, EVENT_SECONDS, self._nothing)
        target = self._target
        return await self._watch.outcome(lambda sighting: self._worded(target, sighting))

    def _together(self) -> bool:
        peers = self._attempt.mirror.peers_of(self._own)
        return any(peer.uniqueid == self._held.uniqueid for peer in peers)

    def _is_back(self, _own: Channel, _told: CareView | None) -> bool:
        """The operator has the caller again: looked at after every event, so none of them is missed."""
        together = self._together()
        self._parted = self._parted or not together
        return self._parted and together

    def _waits(self) -> str:
        """What the caller does, for the end of a sentence."""
        if self._held.uniqueid not in self._attempt.mirror.channels:
            return outcomes.hung_up(self._who).text
        return _("%s waits with music") % self._who

    def _at_desk(self) -> Outcome | None:
        channels = self._attempt.mirror.channels
        if self._own.uniqueid not in channels:
            return self._dropped()
        if self._held.uniqueid not in channels:
            return outcomes.hung_up(self._who, self._call)
        if self._is_back(self._own, None):
            return failed(Reason.NO_EFFECT, _("You are still talking to %s") % self._who, self._call)
        if self._parted and not self._own.bridge and not self._held.bridge:
            return done(outcomes.first_letter_up(self._waits()), self._call)
        return None

    def _nothing(self) -> Outcome:
        return outcomes.nothing_happened(self._who, self._call)

    def _dropped(self) -> Outcome:
        if self._held.uniqueid not in self._attempt.mirror.channels:
            return outcomes.hung_up(self._who, self._call)
        text = _("Your phone has hung up; it will ring with %s again") % self._who
        return failed(Reason.CALL_ENDED, text, self._call)

    def _worded(self, target: Target, sighting: Sighting) -> Outcome:
        words = {"target": target.name, "waits": self._waits()}
        match sighting.seen:
            case Seen.TALKING:
                return done(_("You are talking to %(target)s; %(waits)s") % words, self._call)
            case Seen.RINGING:
                return done(_("%(target)s rings; %(waits)s") % words, self._call)
            case Seen.DIALLING | Seen.QUEUED:
                return done(_("You are being put through to %(target)s; %(waits)s") % words, self._call)
            case Seen.UNMOVED if not self._parted:
                return self._nothing()
            case Seen.GONE if sighting.reason is None and self._said() is None:
                return self._dropped()
        reason = self._said() or sighting.reason or targets.likely_reason(target)
        why = outcomes.why_not(target.name, reason, is_phone=target.extension is not None)
        words = {"why": why, "who": self._who, "waits": self._waits()}
        if self._together():
            return failed(reason, _("%(why)s; you are talking to %(who)s again") % words, self._call)
        return failed(reason, _("%(why)s; %(waits)s") % words, self._call)

    def _said(self) -> Reason | None:
        """Why the include gave up on the target; it knows better than any DialEnd."""
        word = self._attempt.evidence.asked.get(self._own.uniqueid)
        return REASON_OF_CARE.get(word, Reason.UNREACHABLE) if word else None
