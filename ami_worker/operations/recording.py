"""Recording a call: on, paused, on again, off.

Called by `Operations.perform` alone. MixMonitor needs the right `system`, which together with `originate` could run
programs on the PBX; so our include records: one half of a Local channel listens to the party (ChanSpy) and writes
the file. It stays with the party through holds and transfers, and ends with it. `CORDBOARD_RECORDING` on the
party's channel tells every board and the next worker; the recorder is known by its Uniqueid.
"""

from __future__ import annotations

import secrets
from gettext import gettext as _
from typing import Final

from ami_worker.ami import actions
from ami_worker.mirror import Call, Channel, ChannelState
from ami_worker.operations import outcomes, routes
from ami_worker.operations.attempt import EVENT_SECONDS, Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed


RECORD: Final = "cordboard-record"
"""Context of the include: `record` for the half `;2`, which listens and writes, `wait` for the other one."""

_VARIABLE: Final = "CORDBOARD_RECORDING"


async def record(attempt: Attempt) -> Outcome:
    """Begin to record. It is shown from before it begins: never the other way round."""
    routes.require_include(attempt)
    call = attempt.call()
    attempt.claim(f"recording {call.key}")
    if _recorded(call) is not None:
        raise Ended(failed(Reason.WRONG_STATE, _("This call is being recorded already"), call.key))
    party = _to_record(attempt, call)
    who = attempt.who(party)
    nowhere = failed(Reason.NEEDS_INCLUDE, outcomes.needs_include().text, call.key)
    await routes.require_place(attempt, RECORD, "record", Ended(nowhere))
    recorder = f"{_id_of(party)}{secrets.token_hex(4)}"
    originate = actions.originate(
        f"Local/record@{RECORD}/n",
        RECORD,
        "wait",
        channel_id=recorder,
        other_channel_id=f"{recorder}-2",
        timeout=EVENT_SECONDS,
        variables={"CORDBOARD_SPY": party.name},
    )
    await _show(attempt, party, "on")
    outcome = await _begun(attempt, originate, party, recorder, who)
    if outcome.reason:
        await attempt.hang_up_own(recorder)
        await _show(attempt, party, "")
    return outcome


async def record_pause(attempt: Attempt) -> Outcome:
    """Leave out what is said from now on; the file has silence instead."""
    return await _set_paused(attempt, True)


async def record_resume(attempt: Attempt) -> Outcome:
    return await _set_paused(attempt, False)


async def record_stop(attempt: Attempt) -> Outcome:
    """End the recording. Done when half of the recorder is gone: the other one may linger until somebody makes a sound
    (main/audiohook.c, ast_audiohook_detach), so it writes nothing more from before that.
    """
    call = attempt.call()
    attempt.claim(f"recording {call.key}")
    party = _being_recorded(call)
    writing = await _writing(attempt, party)
    waiting = writing.other_half or writing
    await attempt.confirm(actions.mix_monitor_mute(writing.name, True))
    await attempt.send(actions.hangup(waiting.name))

    def look() -> Outcome | None:
        return done(_("Recording ended"), call.key) if waiting.uniqueid not in attempt.mirror.channels else None

    outcome = await attempt.expect(look, EVENT_SECONDS, lambda: _still(call, _("The PBX has not ended the recording")))
    if not outcome.reason:
        await _show(attempt, party, "")
    return outcome


async def _begun(attempt: Attempt, originate: actions.Action, party: Channel, recorder: str, who: str) -> Outcome:
    call = party.call.key
    try:
        await attempt.send(originate)
    except Ended as ended:
        return ended.outcome

    def look() -> Outcome | None:
        if party.uniqueid not in attempt.mirror.channels:
            return outcomes.hung_up(who, call)
        if attempt.evidence.spies.get(party.uniqueid, "").startswith(recorder):
            return done(_("Recording the call with %s") % who, call)
        if recorder in attempt.evidence.refused_originates or recorder in attempt.evidence.hangups:
            return failed(Reason.REFUSED, _("The PBX did not begin to record"), call)
        return None

    return await attempt.expect(look, EVENT_SECONDS, lambda: _still(party.call, _("The PBX did not begin to record")))


async def _set_paused(attempt: Attempt, paused: bool) -> Outcome:
    call = attempt.call()
    attempt.claim(f"recording {call.key}")
    party = _being_recorded(call)
    if (party.recording == "paused") is paused:
        text = _("The recording is paused already") if paused else _("The recording is not paused")
        raise Ended(failed(Reason.WRONG_STATE, text, call.key))
    recorder = await _writing(attempt, party)
    if not paused:
        await _show(attempt, party, "on")
    await attempt.confirm(actions.mix_monitor_mute(recorder.name, paused))
    if paused:
        await _show(attempt, party, "paused")
    return done(_("Recording paused") if paused else _("Recording goes on"), call.key)


async def _show(attempt: Attempt, party: Channel, value: str) -> None:
    """For this board and the others, and for a worker that begins while it lasts."""
    if party.uniqueid in attempt.mirror.channels:
        attempt.mirror.mark(party.uniqueid, _VARIABLE, value)
        await attempt.ask(actions.setvar(_VARIABLE, value, party.name))


def _still(call: Call, text: str) -> Outcome:
    return failed(Reason.NO_EFFECT, text, call.key)


def _to_record(attempt: Attempt, call: Call) -> Channel:
    """The party from outside, else who began the call: the recording follows it to whoever it talks to next."""
    up = [leg for leg in call.legs if leg.state == ChannelState.UP and not attempt.is_own(leg)]
    outside = [leg for leg in up if attempt.mirror.extension_of(leg) is None]
    if not up:
        raise Ended(failed(Reason.WRONG_STATE, _("Nobody has answered yet"), call.key))
    return (outside or up)[0]


def _recorded(call: Call) -> Channel | None:
    return next((leg for leg in call.legs if leg.recording), None)


def _being_recorded(call: Call) -> Channel:
    party = _recorded(call)
    if party is None:
        raise Ended(failed(Reason.WRONG_STATE, _("This call is not being recorded"), call.key))
    return party


def _id_of(party: Channel) -> str:
    """How the Uniqueids of a party's recorders begin."""
    return f"cordboard-record-{party.uniqueid}-"


async def _writing(attempt: Attempt, party: Channel) -> Channel:
    """The half of the party's recorder that listens and writes; the youngest, where an older one lingers. Raises Ended
    when there is none, and takes away what is shown.
    """
    prefix = _id_of(party)
    found = [
        channel
        for channel in attempt.mirror.channels.values()
        if channel.uniqueid.startswith(prefix) and channel.name.endswith(";2")
    ]
    if not found:
        await _show(attempt, party, "")
        raise Ended(failed(Reason.WRONG_STATE, _("The recording had ended already"), party.call.key))
    return max(found, key=lambda channel: channel.created_at)
