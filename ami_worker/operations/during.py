"""What an operator does while a call is up, or rings: tones, mute, and answering where the phone can be told to.

Called by `Operations.perform` alone. Of tones and mutes no event tells, so the PBX's answer is all there is; what was
muted stands on the channel (`CORDBOARD_MUTED`), where every board and the next worker read it.
"""

from __future__ import annotations

import asyncio
import re
from gettext import gettext as _
from typing import Final
from weakref import WeakValueDictionary

from ami_worker.ami import actions
from ami_worker.mirror import Call, Channel, ChannelState
from ami_worker.operations import legs, outcomes
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed


_DIGITS: Final = re.compile(r"[0-9A-D*#]{1,32}")
_GAP_SECONDS: Final = 0.06
"""Of silence between two tones; 40 ms is the least that decoders ask for (ITU-T Q.24)."""

_ANSWER_SECONDS: Final = 3.0
"""For a phone that was told to answer."""

_TURNS: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""By Uniqueid: tones of one command after those of another, in the order of the keys."""


async def dtmf(attempt: Attempt) -> Outcome:
    """Send tones to the other party. PlayDTMF sends one at a time, and keeps its session for a tenth of a second."""
    digits = attempt.argument("digits")
    if not _DIGITS.fullmatch(digits):
        raise Ended(outcomes.bad_arguments())
    call = attempt.call()
    channel = _heard(attempt, call)
    who = attempt.who(channel)
    turn = _TURNS.setdefault(channel.uniqueid, asyncio.Lock())
    async with turn:
        for number, digit in enumerate(digits):
            if channel.uniqueid not in attempt.mirror.channels:
                raise Ended(_cut_short(who, digits[:number], call.key))
            try:
                await attempt.confirm(actions.play_dtmf(channel.name, digit))
            except Ended as ended:
                is_gone = ended.outcome.reason == Reason.CALL_ENDED
                raise Ended(_cut_short(who, digits[:number], call.key)) if is_gone else ended from None
            await asyncio.sleep(_GAP_SECONDS)
    return done(_("Sent to %(who)s: %(digits)s") % {"who": who, "digits": digits}, call.key)


def _cut_short(who: str, sent: str, call: str) -> Outcome:
    words = {"who": who, "sent": sent or _("nothing")}
    text = outcomes.first_letter_up(_("%(who)s hung up; sent: %(sent)s") % words)
    return failed(Reason.CALL_ENDED, text, call)


async def mute(attempt: Attempt) -> Outcome:
    """Nobody hears the operator, or the party that is named."""
    return await _set_muted(attempt, True)


async def unmute(attempt: Attempt) -> Outcome:
    return await _set_muted(attempt, False)


async def answer(attempt: Attempt) -> Outcome:
    """Tell the operator's ringing phone to answer (NOTIFY `talk`), where the log-in may and the phone knows it."""
    call = attempt.call()
    ringing = _own_ringing(attempt, call)
    if not (attempt.site.actions and attempt.site.may("PJSIPNotify")) or ringing.technology != "PJSIP":
        raise Ended(failed(Reason.NO_PRIVILEGE, _("Answer on your phone: the panel cannot make it answer"), call.key))
    attempt.claim(call.key)
    caller = attempt.mirror.dialler_of(ringing) or call.caller_leg()
    who = attempt.who(caller) if caller is not None else _("the caller")
    await attempt.send(actions.pjsip_notify(ringing.name, "talk"))

    def look() -> Outcome | None:
        channel = attempt.mirror.channels.get(ringing.uniqueid)
        if channel is None:
            return outcomes.hung_up(who, call.key)
        return done(_("You are talking to %s") % who, call.key) if channel.state == ChannelState.UP else None

    def silent() -> Outcome:
        return failed(Reason.NO_EFFECT, _("Your phone does not answer by itself; answer on the phone"), call.key)

    return await attempt.expect(look, _ANSWER_SECONDS, silent)


def _own_ringing(attempt: Attempt, call: Call) -> Channel:
    mine = [leg for leg in call.legs if attempt.is_own(leg)]
    for leg in mine:
        if leg.state == ChannelState.RINGING:
            return leg
    text = _("You have answered already") if mine else _("This call does not ring on your phone")
    raise Ended(failed(Reason.WRONG_STATE, text, call.key))


def _heard(attempt: Attempt, call: Call) -> Channel:
    """Who is named, else whom the operator talks to, else the one that a command on this call means."""
    mine = legs.own_leg(attempt, call)
    if not attempt.argument("party") and mine is not None and len(mine.peers) == 1:
        return mine.peers[0]
    return legs.to_move(attempt, call).channel


async def _set_muted(attempt: Attempt, muted: bool) -> Outcome:
    call = attempt.call()
    channel = legs.named(attempt, call) or _own_up(attempt, call)
    who, is_own = attempt.who(channel), attempt.is_own(channel)
    await attempt.confirm(actions.mute_audio(channel.name, "in", muted))
    value = "in" if muted else ""
    attempt.mirror.mark(channel.uniqueid, "CORDBOARD_MUTED", value)
    await attempt.ask(actions.setvar("CORDBOARD_MUTED", value, channel.name))
    if is_own:
        return done(_("Nobody hears you") if muted else _("You are heard again"), call.key)
    text = _("Nobody hears %s") if muted else _("%s is heard again")
    return done(outcomes.first_letter_up(text % who), call.key)


def _own_up(attempt: Attempt, call: Call) -> Channel:
    mine = legs.own_leg(attempt, call)
    if mine is None or mine.channel.state != ChannelState.UP:
        raise Ended(failed(Reason.WRONG_STATE, _("You are not talking in this call"), call.key))
    return mine.channel
