"""Steering those who wait in a queue: further to the front, and out of it.

Called by `Operations.perform` alone. Where else a caller can go is in transfers.py and destinations.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from gettext import gettext as _
from typing import Final

from ami_worker.ami import actions
from ami_worker.mirror import Caller, Channel
from ami_worker.operations import outcomes
from ami_worker.operations.attempt import EVENT_SECONDS, Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.site import PROMPT, PROMPT_SINCE


PLAYS_AFTER_SECONDS: Final = 0.3
"""So long after it was told that a prompt begins, the PBX would have said that it has no such sound."""

_MACRO: Final = "macro-"
"""How the contexts of the application Macro begin (apps/app_macro.c)."""


async def withdraw(attempt: Attempt) -> Outcome:
    """Let a caller leave the queue and go on in the dialplan behind it. Done when they wait no more; with a `prompt`
    when it is being played to them.
    """
    caller, queued = _waiting(attempt)
    if prompt := attempt.argument("prompt"):
        return await _withdraw_with(attempt, caller, queued, prompt)
    channel = attempt.real_leg(queued)
    call = channel.call
    attempt.claim(call.key)
    who = attempt.who(channel)
    attempt.expect_moved(caller, is_withdrawal=True)
    await attempt.send(actions.queue_withdraw_caller(caller.queue, queued.name))

    def look() -> Outcome | None:
        if attempt.mirror.callers.get(caller.key) is caller:
            return None
        # Where nothing stands behind the queue the call ends with it, perhaps before the PBX's answer has come.
        is_over = queued.uniqueid not in attempt.mirror.channels
        text = _("%(who)s has left %(queue)s, and the call is over") if is_over else _("%(who)s has left %(queue)s")
        return done(text % {"who": who, "queue": caller.queue}, call.key)

    return await attempt.expect(look, EVENT_SECONDS, lambda: outcomes.nothing_happened(who, call.key))


async def _withdraw_with(attempt: Attempt, caller: Caller, queued: Channel, prompt: str) -> Outcome:
    """Through our include, which knows before the caller comes there what it plays and where it goes on."""
    if attempt.site.include < PROMPT_SINCE:
        raise Ended(outcomes.needs_include(PROMPT_SINCE))
    if not attempt.intent.sound:
        raise Ended(failed(Reason.BAD_ARGUMENTS, _("There is no prompt “%s” any more") % prompt))
    call = attempt.real_leg(queued).call
    attempt.claim(call.key)
    who = attempt.who(attempt.real_leg(queued))
    try:
        variables = {"CORDBOARD_SOUND": attempt.intent.sound, **await _behind(attempt, queued, call.key)}
        await attempt.prepare(*(actions.setvar(name, value, queued.name) for name, value in variables.items()))
    finally:
        _still(attempt, caller, who)  # who has gone meanwhile is the reason for whatever else went wrong
    attempt.evidence.forget_prompt(queued.uniqueid)
    attempt.expect_moved(caller, is_withdrawal=True)
    await attempt.send(actions.redirect(queued.name, PROMPT, "s"))
    words = {"who": who, "queue": caller.queue, "prompt": prompt, "sound": attempt.intent.sound}
    return await _heard(attempt, caller, queued, words)


async def _heard(attempt: Attempt, caller: Caller, queued: Channel, words: dict[str, str]) -> Outcome:
    """What became of a caller who was sent to hear a prompt."""
    call, who = queued.call.key, words["who"]
    unheard = _("%(who)s has left %(queue)s without “%(prompt)s”: the PBX has no sound %(sound)s")
    let_out = done(_("Let %(who)s out of %(queue)s, with “%(prompt)s”") % words, call)
    is_playing: Callable[[], bool] | None = None

    def look() -> Outcome | None:
        nonlocal is_playing
        sound = attempt.evidence.prompts.get(queued.uniqueid)
        if sound is None:
            return outcomes.hung_up(who, call) if queued.uniqueid not in attempt.mirror.channels else None
        if sound == "":
            return failed(Reason.PARTLY, unheard % words, call)
        is_playing = is_playing or attempt.look_again(PLAYS_AFTER_SECONDS)
        return let_out if is_playing() else None

    def otherwise() -> Outcome:
        # The log-in may not hear what our include tells (class `user`).
        waits = attempt.mirror.callers.get(caller.key) is caller
        return outcomes.nothing_happened(who, call) if waits else let_out

    return await attempt.expect(look, EVENT_SECONDS, otherwise)


async def _behind(attempt: Attempt, queued: Channel, call: str) -> dict[str, str]:
    """Where the dialplan goes on behind the application Queue that has the channel, as our include wants to know it.
    Raises Ended when the PBX does not say, and for a macro, into which nobody can be sent back.
    """
    names = ("CONTEXT", "EXTEN", "PRIORITY")
    answers = [await attempt.ask(actions.getvar(name, queued.name)) for name in names]
    context, exten, priority = ("" if answer is None else answer.get("Value") for answer in answers)
    if not (context and exten and priority.isascii() and priority.isdecimal()) or context.startswith(_MACRO):
        raise Ended(failed(Reason.REFUSED, _("The PBX does not say where callers go on behind this queue"), call))
    values = (context, exten, str(int(priority) + 1))
    return {f"CORDBOARD_BEHIND_{name}": value for name, value in zip(names, values, strict=True)}


async def advance(attempt: Attempt) -> Outcome:
    """Move a caller up one place, or (`front`) before all others. Done when the queue lists them there.

    No event tells of a priority, nor of a place that it has changed: the queue is listed before and afterwards.
    """
    caller, queued = _waiting(attempt)
    if not attempt.site.can_advance:
        raise Ended(
            failed(
                Reason.REFUSED,
                _("This PBX cannot change the order of those who wait; Asterisk 18.20, 20.5 and later can"),
            )
        )
    call = attempt.real_leg(queued).call
    attempt.claim(call.key, f"order of {caller.queue}")
    who = attempt.who(attempt.real_leg(queued))
    await attempt.relist(caller.queue)
    _still(attempt, caller, who)
    before = caller.position
    if before <= 1:
        words = {"who": who, "queue": caller.queue}
        raise Ended(failed(Reason.WRONG_STATE, _("%(who)s is the first in %(queue)s already") % words, call.key))
    for each, priority in raised(_in_order(attempt, caller.queue), caller, front=bool(attempt.argument("front"))):
        channel = attempt.mirror.channels.get(each.uniqueid)
        if channel is not None:
            await attempt.send(actions.queue_change_priority_caller(caller.queue, channel.name, priority))
    await attempt.relist(caller.queue)
    _still(attempt, caller, who)
    if caller.position >= before:
        return outcomes.nothing_happened(who, call.key)
    return done(_placed(attempt, caller, who), call.key)


def raised(order: Sequence[Caller], caller: Caller, *, front: bool) -> list[tuple[Caller, int]]:
    """Who gets which priority, one after the other, so that `caller` comes before all, or before the next one only.

    Asterisk puts whom it moves behind everybody of the same or a higher priority (insert_entry in apps/app_queue.c).
    So it takes one more than the next one has; and those who are to stay in front must not have less than that.
    """
    at = order.index(caller)
    ahead = order[: 0 if front else at - 1]
    priority = 1 + (max(each.priority for each in order[:at]) if front else order[at - 1].priority)
    return [*((each, priority) for each in ahead if each.priority < priority), (caller, priority)]


def _waiting(attempt: Attempt) -> tuple[Caller, Channel]:
    caller = attempt.mirror.callers.get(attempt.argument("caller"))
    queued = attempt.mirror.channels.get(caller.uniqueid) if caller is not None else None
    if caller is None or queued is None:
        raise Ended(failed(Reason.NOT_WAITING, _("That caller is no longer waiting")))
    return caller, queued


def _still(attempt: Attempt, caller: Caller, who: str) -> None:
    if attempt.mirror.callers.get(caller.key) is not caller:
        words = {"who": who, "queue": caller.queue}
        raise Ended(failed(Reason.NOT_WAITING, _("%(who)s waits in %(queue)s no more") % words))


def _in_order(attempt: Attempt, queue: str) -> list[Caller]:
    return sorted(attempt.mirror.queues[queue].callers.values(), key=lambda each: each.position)


def _placed(attempt: Attempt, caller: Caller, who: str) -> str:
    order = _in_order(attempt, caller.queue)
    behind = order[order.index(caller) + 1 :]
    channel = attempt.mirror.channels.get(behind[0].uniqueid) if behind else None
    words = {"who": who, "queue": caller.queue, "position": caller.position, "other": ""}
    if channel is None:
        return _("%(who)s is number %(position)d in %(queue)s now") % words
    words["other"] = attempt.who(attempt.real_leg(channel))
    if caller.position == 1:
        return _("%(who)s is the first in %(queue)s now, before %(other)s") % words
    return _("%(who)s is number %(position)d in %(queue)s now, before %(other)s") % words
