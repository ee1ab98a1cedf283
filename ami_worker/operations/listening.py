"""Listening to calls of others: alone, whispering to one, or joining in. Called by `Operations.perform` alone.

The operator's phone rings, and once it is answered our include lets it hear the one leg that was meant (ChanSpy, with
the Uniqueid: a name would be taken for a prefix). Its channel is no party of that call: it ends without anybody
noticing, and nobody is lost with it. Another mode is another extension of the include for the same channel, so a phone
never listens twice. What came of it the events say, ChanSpyStart above all.
"""

from __future__ import annotations

from gettext import gettext as _
from typing import Final

from ami_worker.ami import actions
from ami_worker.mirror import Channel, ChannelState, Extension, Leg
from ami_worker.operations import outcomes, own_phone
from ami_worker.operations.attempt import EVENT_SECONDS, PHONE_SECONDS, RING_SECONDS, Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.site import LISTENING_SINCE
from panel.vocabulary import OUR_LISTENERS, CallState, ListenMode


SPY: Final = "cordboard-spy"
"""Context of the include; its extensions are the modes."""

_DOING: Final = {
    ListenMode.LISTEN: _("You are listening to %s"),
    ListenMode.WHISPER: _("You are whispering to %s"),
    ListenMode.BARGE: _("You are in the call of %s"),
}


async def listen(attempt: Attempt) -> Outcome:
    return await _hear(attempt, ListenMode.LISTEN)


async def whisper(attempt: Attempt) -> Outcome:
    return await _hear(attempt, ListenMode.WHISPER)


async def barge(attempt: Attempt) -> Outcome:
    return await _hear(attempt, ListenMode.BARGE)


async def listen_end(attempt: Attempt) -> Outcome:
    """Hang up the operator's own listening channel, ringing or not, and nothing else."""
    phone = attempt.own_extension()
    attempt.claim_phone(phone)
    own = _own_listener(attempt, phone)
    if own is None:
        raise Ended(failed(Reason.WRONG_STATE, _("You are not listening to anybody")))
    uniqueid = own.uniqueid
    await attempt.send(actions.hangup(own.name))

    def look() -> Outcome | None:
        return done(_("You are no longer listening")) if uniqueid not in attempt.mirror.channels else None

    return await attempt.expect(
        look, EVENT_SECONDS, lambda: failed(Reason.NO_EFFECT, _("The PBX has not ended your listening"))
    )


async def listen_stop(attempt: Attempt) -> Outcome:
    """Hang up the channel by which somebody else listens, and nothing else: the call that is heard goes on."""
    now = attempt.mirror.listenings.get(attempt.argument("listening"))
    if now is None:
        raise Ended(failed(Reason.CALL_ENDED, _("They are no longer listening")))
    uniqueid, call = now.by.uniqueid, now.to.call.key
    names = (_listener(attempt, now.by), attempt.who(now.to))
    await attempt.send(actions.hangup(now.by.name))

    def look() -> Outcome | None:
        if uniqueid in attempt.mirror.channels:
            return None
        return done(_("%s no longer listens to %s") % names, call)

    return await attempt.expect(
        look, EVENT_SECONDS, lambda: failed(Reason.NO_EFFECT, _("The PBX has not ended the listening"), call)
    )


async def _hear(attempt: Attempt, mode: ListenMode) -> Outcome:
    if attempt.site.include < LISTENING_SINCE:
        raise Ended(outcomes.needs_include(LISTENING_SINCE))
    if not attempt.site.lets_listen:
        raise Ended(failed(Reason.NO_PRIVILEGE, _("The log-in at the PBX may not let anybody listen")))
    phone = attempt.own_extension()
    party = _whom(attempt)
    attempt.claim_phone(phone)
    own = _own_listener(attempt, phone)
    if own is not None:
        return await _change(attempt, own, party, mode)
    if attempt.mirror.channels_of(phone):
        raise Ended(failed(Reason.WRONG_STATE, _("Your phone (%s) is in a call") % phone.number, party.call.key))
    return await _begin(attempt, phone, party, mode)


async def _begin(attempt: Attempt, phone: Extension, party: Channel, mode: ListenMode) -> Outcome:
    person, who, call = attempt.person(party), attempt.who(party), party.call.key
    device = attempt.phone_of(phone)
    uniqueid = f"{OUR_LISTENERS}{attempt.intent.key}"
    originate = actions.originate(
        device,
        SPY,
        mode.value,
        channel_id=uniqueid,
        connected_line=own_phone.shown(person["name"], person["number"]),
        timeout=RING_SECONDS,
        variables={"CORDBOARD_SPY": party.uniqueid, **own_phone.answers_by_itself(device)},
    )
    await attempt.send(originate)
    failure = own_phone.failure_of(attempt, phone, uniqueid)

    def look() -> Outcome | None:
        if _hears(attempt, uniqueid, party, mode):
            return done(_DOING[mode] % who, call)
        if party.uniqueid not in attempt.mirror.channels:
            return failed(Reason.CALL_ENDED, _("The call of %s has ended") % who, call)
        return failure()

    def too_late() -> Outcome:
        own = attempt.mirror.channels.get(uniqueid)
        if own is None or own.state != ChannelState.UP:
            return outcomes.own_phone_silent(phone)
        return failed(Reason.NO_EFFECT, _("The PBX does not let you hear %s") % who, call)

    outcome = await attempt.expect(look, PHONE_SECONDS, too_late)
    if outcome.reason:
        await attempt.hang_up_own(uniqueid)
    return outcome


async def _change(attempt: Attempt, own: Channel, party: Channel, mode: ListenMode) -> Outcome:
    """The same phone goes on listening to the same one in another way."""
    who, call, uniqueid = attempt.who(party), party.call.key, own.uniqueid
    now = attempt.mirror.listenings.get(uniqueid)
    if now is None:
        raise Ended(failed(Reason.WRONG_STATE, _("Your phone rings already: answer it first"), call))
    if now.to is not party:
        text = _("You are listening to %s: end that first") % attempt.who(now.to)
        raise Ended(failed(Reason.WRONG_STATE, text, call))
    if now.mode == mode:
        raise Ended(failed(Reason.WRONG_STATE, _("That is how you listen already"), call))
    await attempt.send(actions.redirect(own.name, SPY, mode.value))

    def look() -> Outcome | None:
        if _hears(attempt, uniqueid, party, mode):
            return done(_DOING[mode] % who, call)
        if party.uniqueid not in attempt.mirror.channels:
            return failed(Reason.CALL_ENDED, _("The call of %s has ended") % who, call)
        if uniqueid not in attempt.mirror.channels:
            return failed(Reason.CALL_ENDED, _("You are no longer listening"), call)
        return None

    return await attempt.expect(
        look, EVENT_SECONDS, lambda: failed(Reason.NO_EFFECT, _("The PBX has not changed how you listen"), call)
    )


def _hears(attempt: Attempt, uniqueid: str, party: Channel, mode: ListenMode) -> bool:
    listening = attempt.mirror.listenings.get(uniqueid)
    return listening is not None and listening.to is party and listening.mode == mode and listening.stopped_at is None


def _listener(attempt: Attempt, channel: Channel) -> str:
    """By whose phone somebody listens: the channel is no leg of a call, so only its name tells."""
    for phone in attempt.mirror.extensions.values():
        if channel.name.startswith(tuple(f"{device}-" for device in phone.devices)):
            return outcomes.extension_named(phone)
    return attempt.who(channel)


def _own_listener(attempt: Attempt, phone: Extension) -> Channel | None:
    """The channel by which the operator's phone listens, or rings for it."""
    names = tuple(f"{device}-" for device in phone.devices)
    for channel in attempt.mirror.channels.values():
        if channel.uniqueid.startswith(OUR_LISTENERS) and channel.name.startswith(names):
            return channel
    return None


def _whom(attempt: Attempt) -> Channel:
    """The leg that is meant: the one that is named, else the only one of the house. It must be in a talk, and must not
    be the operator's own.
    """
    call = attempt.call()
    if any(attempt.is_own(channel) for channel in call.legs):
        raise Ended(failed(Reason.WRONG_STATE, _("You are in this call yourself"), call.key))
    named = attempt.argument("party")
    legs = [leg for channel in call.legs if (leg := call.leg(channel.uniqueid)) is not None]
    meant = [leg for leg in legs if attempt.mirror.extension_of(leg.channel) is not None]
    if named:
        if all(leg.channel.uniqueid != named for leg in legs):
            raise Ended(failed(Reason.CALL_ENDED, _("They are no longer in that call"), call.key))
        meant = [leg for leg in meant if leg.channel.uniqueid == named]
    if not meant:
        raise Ended(failed(Reason.NOT_ALLOWED, _("Only people of the house can be listened to"), call.key))
    if len(meant) > 1:
        names = outcomes.persons_named(attempt.person(leg.channel) for leg in meant)
        raise Ended(failed(Reason.WHICH_PARTY, _("Choose whom to listen to: %s") % names, call.key))
    if not _is_in_a_talk(meant[0]):
        text = _("%s is not talking to anybody") % attempt.who(meant[0].channel)
        raise Ended(failed(Reason.WRONG_STATE, text, call.key))
    return meant[0].channel


def _is_in_a_talk(leg: Leg) -> bool:
    """Also on hold: the talk goes on."""
    return leg.channel.state == ChannelState.UP and (bool(leg.peers) or leg.state is CallState.HELD)
