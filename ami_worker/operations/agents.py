"""Steering queues: who works in them, with which penalty, and who pauses why; and letting a caller leave one.

Called by `Operations.perform` alone. A member is named by the key of its row, `QUEUE/INTERFACE`. Each outcome is judged
by what the queue itself tells of its members (QueueMemberPause, QueueMemberAdded and so on), as the mirror has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from gettext import gettext as _
from typing import NamedTuple

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.mirror import Extension, Member
from ami_worker.operations import outcomes
from ami_worker.operations.attempt import EVENT_SECONDS, Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed


async def agent_pause(attempt: Attempt) -> Outcome:
    """Ring this member no more, in one queue or (`everywhere`) in all of them. Done at QueueMemberPause."""
    reason = attempt.argument("reason")
    return await _pause(attempt, True, reason)


async def agent_unpause(attempt: Attempt) -> Outcome:
    return await _pause(attempt, False, "")


async def agent_penalty(attempt: Attempt) -> Outcome:
    """The higher the penalty, the later a member is rung. Done at QueueMemberPenalty."""
    member = _member(attempt)
    penalty = int(attempt.argument("penalty"))
    who = _who(attempt, member)
    words = {"who": who, "queue": member.queue, "penalty": penalty}
    if member.penalty == penalty:
        raise Ended(failed(Reason.WRONG_STATE, _("%(who)s has penalty %(penalty)d in %(queue)s already") % words))
    step = _Step(
        member.key,
        actions.queue_penalty(member.queue, member.interface, penalty),
        lambda now: now is not None and now.penalty == penalty,
    )
    return await _carry_out(attempt, [step], who, _("%(who)s has penalty %(penalty)d in %(queue)s") % words)


async def agent_remove(attempt: Attempt) -> Outcome:
    """Take a member out of one queue or (`everywhere`) of all of them. Done at QueueMemberRemoved."""
    members = _memberships(attempt)
    who = _who(attempt, members[0])
    steps = [
        _Step(each.key, actions.queue_remove(each.queue, each.interface), lambda now: now is None) for each in members
    ]
    return await _carry_out(attempt, steps, who, _("%(who)s is out of %(queues)s") % _words(who, members))


async def agent_add(attempt: Attempt) -> Outcome:
    """Put somebody into a queue, as the queues know them already, else by their phone. Done at QueueMemberAdded."""
    queue = attempt.argument("queue")
    if queue not in attempt.mirror.queues:
        raise Ended(failed(Reason.WRONG_STATE, _("The PBX has no queue %s any more") % queue))
    extension = attempt.mirror.extensions.get(attempt.argument("person"))
    if extension is None:
        raise Ended(failed(Reason.NO_SUCH_NUMBER, _("The PBX has no such extension any more")))
    who = outcomes.extension_named(extension)
    known = [each for each in attempt.mirror.members.values() if attempt.mirror.extension_of(each) is extension]
    words = {"who": who, "queue": queue}
    if any(each.queue == queue for each in known):
        raise Ended(failed(Reason.WRONG_STATE, _("%(who)s is in %(queue)s already") % words))
    action, interface = _adding(attempt, queue, extension, known)
    step = _Step(f"{queue}/{interface}", action, lambda now: now is not None)
    return await _carry_out(attempt, [step], who, _("%(who)s is in %(queue)s now") % words)


def _adding(attempt: Attempt, queue: str, extension: Extension, known: Sequence[Member]) -> tuple[Action, str]:
    penalty = int(attempt.argument("penalty") or 0)
    if known:
        like = known[0]
        interface, state, name = like.interface, like.state_interface, like.name
    else:
        interface, state, name = attempt.phone_of(extension), "", extension.name
    action = actions.queue_add(queue, interface, member_name=name, state_interface=state, penalty=penalty)
    return action, interface


async def withdraw(attempt: Attempt) -> Outcome:
    """Let a caller leave the queue and go on in the dialplan behind it. Done when they wait no more."""
    caller = attempt.mirror.callers.get(attempt.argument("caller"))
    queued = attempt.mirror.channels.get(caller.uniqueid) if caller is not None else None
    if caller is None or queued is None:
        raise Ended(failed(Reason.NOT_WAITING, _("That caller is no longer waiting")))
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


# --- who is meant ---------------------------------------------------------------------------------------------------


def _member(attempt: Attempt) -> Member:
    member = attempt.mirror.members.get(attempt.argument("agent"))
    if member is None:
        raise Ended(failed(Reason.WRONG_STATE, _("They are no longer in that queue")))
    return member


def _memberships(attempt: Attempt) -> list[Member]:
    """The member that is named; `everywhere`: in all the queues in which this person is, that one first."""
    member = _member(attempt)
    if not attempt.argument("everywhere"):
        return [member]
    person = attempt.mirror.extension_of(member)
    others = [
        each
        for each in attempt.mirror.members.values()
        if each is not member
        and (each.interface == member.interface or (person is not None and attempt.mirror.extension_of(each) is person))
    ]
    return [member, *sorted(others, key=lambda each: each.queue)]


def _who(attempt: Attempt, member: Member) -> str:
    extension = attempt.mirror.extension_of(member)
    return outcomes.extension_named(extension) if extension is not None else member.name or member.interface


def _words(who: str, members: Sequence[Member]) -> dict[str, str]:
    return {"who": who, "queues": ", ".join(each.queue for each in members)}


# --- carrying it out ------------------------------------------------------------------------------------------------


class _Step(NamedTuple):
    """What is done to one membership, and when it is seen to have happened."""

    member: str
    action: Action
    is_done: Callable[[Member | None], bool]


async def _pause(attempt: Attempt, paused: bool, reason: str) -> Outcome:
    members = _memberships(attempt)
    who = _who(attempt, members[0])
    meant = [each for each in members if (each.paused, each.pause_reason if paused else "") != (paused, reason)]
    words = {**_words(who, meant or members), "reason": reason}
    if not meant:
        text = _("%(who)s is paused in %(queues)s already") if paused else _("%(who)s is not paused in %(queues)s")
        raise Ended(failed(Reason.WRONG_STATE, text % words))
    steps = [
        _Step(
            each.key,
            actions.queue_pause(each.queue, each.interface, paused, reason),
            lambda now: now is not None and now.paused is paused,
        )
        for each in meant
    ]
    if not paused:
        text = _("%(who)s takes calls of %(queues)s again")
    elif reason:
        text = _("%(who)s is paused in %(queues)s: %(reason)s")
    else:
        text = _("%(who)s is paused in %(queues)s")
    return await _carry_out(attempt, steps, who, text % words)


async def _carry_out(attempt: Attempt, steps: Sequence[_Step], who: str, text: str) -> Outcome:
    """Send them one after the other, and wait until all are seen to have happened. What the PBX refuses after the first
    is said with what was done before.
    """
    attempt.claim(*(f"agent {step.member}" for step in steps))
    sent: list[_Step] = []
    refused: Outcome | None = None
    for step in steps:
        try:
            await attempt.send(step.action)
        except Ended as ended:
            if not sent:
                raise
            refused = ended.outcome
            break
        sent.append(step)

    def look() -> Outcome | None:
        members = attempt.mirror.members
        if not all(step.is_done(members.get(step.member)) for step in sent):
            return None
        if refused is not None:
            queues = ", ".join(step.member.partition("/")[0] for step in sent)
            words = {"queues": queues, "why": refused.text}
            return failed(Reason.PARTLY, _("Only in %(queues)s: %(why)s") % words)
        return done(text)

    return await attempt.expect(look, EVENT_SECONDS, lambda: outcomes.nothing_happened(who, ""))
