"""Calling somebody from the operator's phone, and hanging up. Called by `Operations.perform` alone."""

from __future__ import annotations

from gettext import gettext as _

from ami_worker.ami import actions
from ami_worker.operations import legs, outcomes, own_phone, targets
from ami_worker.operations.arrivals import Seen, Sighting, Watch
from ami_worker.operations.attempt import EVENT_SECONDS, RING_SECONDS, Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.site import DIAL
from ami_worker.operations.targets import Target
from panel.vocabulary import ForwardKind


async def call(attempt: Attempt) -> Outcome:
    """Click to dial: the operator's phone rings and shows whom it will call; when it is answered, the target is
    called.
    """
    target = targets.resolve(attempt)
    phone = attempt.own_extension()
    if target.extension is phone:
        raise Ended(failed(Reason.WRONG_STATE, _("That is your own phone")))
    if not _goes_on(attempt, target):
        targets.refuse_if_unreachable(target)
    attempt.claim_phone(phone)
    context = DIAL if await targets.include_reaches(attempt, target) else await targets.plain_context(attempt, target)
    uniqueid = attempt.new_channel_id()
    originate = actions.originate(
        attempt.phone_of(phone),
        context,
        target.number,
        channel_id=uniqueid,
        connected_line=own_phone.shown(target.extension.name if target.extension else "", target.number),
        timeout=RING_SECONDS,
    )
    await attempt.send(originate)
    failure = await own_phone.answered(attempt, phone, uniqueid)
    return failure or await _target_rings(attempt, target, uniqueid)


def _goes_on(attempt: Attempt, target: Target) -> bool:
    """Whether the dialplan sends a call to a phone that is not registered on to somebody else."""
    forwards = attempt.mirror.forwards_of(target.extension) if target.extension is not None else []
    return any(forward["kind"] != ForwardKind.BUSY for forward in forwards)


async def hangup(attempt: Attempt) -> Outcome:
    """End one leg: the party that is named, else the operator's own, else who began the call."""
    call = attempt.call()
    attempt.claim(call.key)
    channel = legs.to_hang_up(attempt, call)
    who = attempt.who(channel)
    uniqueid = channel.uniqueid
    others = [leg for leg in call.legs if leg is not channel]
    if attempt.is_own(channel):
        text = _("Hung up: %s") % outcomes.persons_named(map(attempt.person, others)) if others else _("Hung up")
    else:
        text = _("Hung up: %s") % who
    await attempt.send(actions.hangup(channel.name))

    def gone() -> Outcome | None:
        return done(text, call.key) if uniqueid not in attempt.mirror.channels else None

    def still_there() -> Outcome:
        text = _("The PBX has not ended the call with %s") % who
        return failed(Reason.NO_EFFECT, text, call.key)

    return await attempt.expect(gone, EVENT_SECONDS, still_there)


async def _target_rings(attempt: Attempt, target: Target, uniqueid: str) -> Outcome:
    """After the operator's phone was answered: until the target rings, talks, or cannot be reached."""
    # A busy target's answer, and the end of all, may be read in one go with that of the operator's phone.
    if uniqueid not in attempt.mirror.channels and uniqueid not in attempt.evidence.dials:
        return failed(Reason.NO_ANSWER, _("You hung up before %s was called") % target.name)
    watch = Watch(attempt, uniqueid, target.key, frozenset({uniqueid}))

    def worded(sighting: Sighting) -> Outcome:
        channel = attempt.mirror.channels.get(uniqueid)
        key = channel.call.key if channel is not None else ""
        match sighting.seen:
            case Seen.TALKING:
                return done(_("You are talking to %s") % target.name, key)
            case Seen.RINGING | Seen.DIALLING:
                return done(_("Calling %s") % target.name, key)
            case Seen.GONE if sighting.reason is None:
                return failed(Reason.REJECTED, _("The call to %s ended at once") % target.name, key)
            case Seen.GONE | Seen.FAILED | Seen.BACK:
                reason = sighting.reason or targets.likely_reason(target)
                is_phone = target.extension is not None
                return failed(reason, outcomes.why_not(target.name, reason, is_phone=is_phone), key)
        return done(_("You are connected to %s") % target.name, key)

    return await watch.outcome(worded)
