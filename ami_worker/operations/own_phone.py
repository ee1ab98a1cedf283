"""The operator's own phone: ringing it, showing on it whom it is about, and waiting until it is answered and
connected.

Used by dialling, parking and pickups. Every channel that we begin has an id of our own, so its events are told from
all others.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from gettext import gettext as _
from typing import Final

from ami_worker.mirror import Channel, ChannelState, Extension
from ami_worker.operations import outcomes
from ami_worker.operations.attempt import PHONE_SECONDS, Attempt
from ami_worker.operations.expectations import Verdict
from ami_worker.operations.intents import Outcome, Reason, done, failed
from panel.vocabulary import CommandState


_NOT_SHOWN: Final = re.compile(r"[^\w .+'’-]")
"""What is left out of a name that is shown on the operator's phone."""

OVERTAKEN_SECONDS = 1.0
"""So long the events of a channel may come after the OriginateResponse that says that it failed."""

_ANSWERED: Final = Outcome(CommandState.SENT, "", "")


def answers_by_itself(phone: str) -> dict[str, str]:
    """Variables of Originate by which the phone (`PJSIP/201`) is told to go off-hook by itself, for a call that the
    operator has just asked for. Which of the headers a phone heeds depends on its maker; many heed none, and ring.
    """
    match phone.partition("/")[0]:
        case "PJSIP":
            return {
                "PJSIP_HEADER(add,Call-Info)": "<sip:panel>;answer-after=0",
                "PJSIP_HEADER(add,Alert-Info)": "info=alert-autoanswer",
            }
        case "SIP":
            return {"SIPADDHEADER": "Call-Info: <sip:panel>;answer-after=0"}
    return {}


def shown(name: str, number: str) -> tuple[str, str]:
    """What of a name and a number the operator's phone can show: `connected_line` of the originating actions."""
    plain_name = " ".join(_NOT_SHOWN.sub(" ", name).split())[:60].rstrip()
    return plain_name, re.sub(r"[^0-9A-Za-z*#+]", "", number)[:40]


async def answered(attempt: Attempt, phone: Extension, uniqueid: str) -> Outcome | None:
    """Wait until the operator answers the channel with our id. None when it was answered; else how it failed."""
    failure = failure_of(attempt, phone, uniqueid)

    def look() -> Outcome | None:
        channel = attempt.mirror.channels.get(uniqueid)
        return _ANSWERED if channel is not None and channel.state == ChannelState.UP else failure()

    outcome = await attempt.expect(look, PHONE_SECONDS, lambda: outcomes.own_phone_silent(phone))
    return None if outcome is _ANSWERED else outcome


async def connected(
    attempt: Attempt, phone: Extension, uniqueid: str, party: Channel, who: str, elsewhere: Verdict
) -> Outcome:
    """Wait until the operator's phone, on the channel with our id, talks to `party`, whose name is `who`: it may have
    gone already.

    `elsewhere` says when somebody else was quicker. When it is of no use any more, the operator's phone stops
    ringing. Once it has been answered it is never hung up here: it may be getting the party at this instant, who would
    be cut off with it; and what it was connected to ends it anyway when there is no party.
    """
    failure = failure_of(attempt, phone, uniqueid)

    def is_up() -> bool:
        channel = attempt.mirror.channels.get(uniqueid)
        return channel is not None and channel.state == ChannelState.UP

    def look() -> Outcome | None:
        channel = attempt.mirror.channels.get(uniqueid)
        leg = channel.call.leg(uniqueid) if channel is not None else None
        if leg is not None and any(peer.uniqueid == party.uniqueid for peer in leg.peers):
            # The party's call: the channel that we began joins it, but its Linkedid follows later.
            return done(_("You are talking to %s") % who, party.call.key)
        if party.uniqueid not in attempt.mirror.channels:
            return outcomes.hung_up(who)
        return elsewhere() or failure()

    def too_late() -> Outcome:
        if not is_up():
            return outcomes.own_phone_silent(phone)
        return failed(Reason.NO_EFFECT, _("The PBX did not connect you to %s") % who)

    outcome = await attempt.expect(look, PHONE_SECONDS, too_late)
    if outcome.state is CommandState.FAILED and not is_up():
        await attempt.hang_up_own(uniqueid)
    return outcome


def failure_of(attempt: Attempt, phone: Extension, uniqueid: str) -> Callable[[], Outcome | None]:
    """Why the channel with our id came to nothing, once it has. A phone that cannot be reached at all never has a
    channel: of it there is only an OriginateResponse. Of a success that event says nothing: it comes before
    Newstate as often as after it. It may even come before Newchannel, for the events of a channel take a longer way
    inside Asterisk (stasis); so one that gives no reason is believed when no other event has followed it.
    """
    rang = False
    was_up = False
    is_believed: Callable[[], bool] | None = None

    def look() -> Outcome | None:
        nonlocal rang, was_up, is_believed
        channel = attempt.mirror.channels.get(uniqueid)
        if channel is not None:
            rang = True
            was_up = was_up or channel.state == ChannelState.UP
            return None
        if was_up:
            return failed(Reason.TAKEN, _("The call was gone when your phone answered"))
        evidence = attempt.evidence
        reason = evidence.refused_originates.get(uniqueid)
        if reason in outcomes.CAUSE_OF_REASON:
            return _failed_by(phone, outcomes.CAUSE_OF_REASON[reason])
        if uniqueid in evidence.hangups:
            return _failed_by(phone, evidence.hangups[uniqueid])
        if rang:
            return outcomes.own_phone_silent(phone)
        if reason is None:
            return None
        is_believed = is_believed or attempt.look_again(OVERTAKEN_SECONDS)
        return outcomes.own_phone_offline(phone) if is_believed() else None

    return look


def _failed_by(phone: Extension, cause: int) -> Outcome:
    """The outcome for the Q.850 cause of the operator's own channel."""
    match reason := outcomes.reason_of_cause(cause):
        case Reason.BUSY:
            text = _("Your phone (%s) is busy")
        case Reason.NOT_REGISTERED | Reason.NO_SUCH_NUMBER:
            return outcomes.own_phone_offline(phone)
        case Reason.NO_ANSWER:
            return outcomes.own_phone_silent(phone)
        case Reason.REJECTED:
            text = _("Your phone (%s) declined the call")
        case _other:
            text = _("Your phone (%s) cannot be reached")
    return failed(reason, text % phone.number)
