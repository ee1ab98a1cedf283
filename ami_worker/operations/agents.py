"""Steering those who work in queues: in and out of one, paused and why, the penalty, whether they ring while talking.

Called by `Operations.perform` alone. A member is named by the key of its row, `QUEUE/INTERFACE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _

from ami_worker.mirror import Member
from ami_worker.operations import memberships, outcomes
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed


async def agent_pause(attempt: Attempt) -> Outcome:
    """Ring this member no more, in one queue or (`everywhere`) in all of them. Done at QueueMemberPause."""
    reason = attempt.argument("reason")
    return await _pause(attempt, True, reason)


async def agent_unpause(attempt: Attempt) -> Outcome:
    return await _pause(attempt, False, "")


async def agent_penalty(attempt: Attempt) -> Outcome:
    """The higher the penalty, the later a member is rung. Done at QueueMemberPenalty."""
    member = memberships.member(attempt)
    penalty = int(attempt.argument("penalty"))
    who = memberships.who_is(attempt, member)
    words = {"who": who, "queue": member.queue, "penalty": penalty}
    if member.penalty == penalty:
        raise Ended(failed(Reason.WRONG_STATE, _("%(who)s has penalty %(penalty)d in %(queue)s already") % words))
    step = memberships.penalising(member.queue, member.interface, penalty)
    said = memberships.said(_("%(who)s has penalty %(penalty)d in %(queue)s") % words)
    return await memberships.carry_out(attempt, [step], who, said)


async def agent_ringinuse(attempt: Attempt) -> Outcome:
    """Whether a member is rung while on another call. Done at QueueMemberRinginuse; before the first event about a
    member nobody knows how it is (QueueStatus leaves it out), so then it is set whatever it is.
    """
    member = memberships.member(attempt)
    is_on = attempt.argument("on") == "yes"
    who = memberships.who_is(attempt, member)
    words = {"who": who, "queue": member.queue}
    text = (
        _("%(who)s is rung during calls in %(queue)s") if is_on else _("%(who)s is not rung during calls in %(queue)s")
    )
    if member.ring_in_use is is_on:
        raise Ended(failed(Reason.WRONG_STATE, _("%s already") % (text % words)))
    step = memberships.ringing(member.queue, member.interface, is_on)
    is_known = member.ring_in_use is not None
    outcome = await memberships.carry_out(attempt, [step], who, memberships.said(text % words))
    return outcome if is_known else outcome._replace(changes=())


async def agent_remove(attempt: Attempt) -> Outcome:
    """Take a member out of one queue or (`everywhere`) of all of them. Done at QueueMemberRemoved."""
    members = memberships.everywhere(attempt)
    who = memberships.who_is(attempt, members[0])
    steps = [memberships.leaving(each) for each in members]
    said = memberships.said(_("%(who)s is out of %(queues)s") % _words(who, members))
    return await memberships.carry_out(attempt, steps, who, said)


async def agent_add(attempt: Attempt) -> Outcome:
    """Put somebody into a queue, as the queues know them already, else by their phone. Done at QueueMemberAdded. Who is
    there on loan stays from now on.
    """
    queue = attempt.argument("queue")
    if queue not in attempt.mirror.queues:
        raise Ended(failed(Reason.WRONG_STATE, outcomes.no_queue(queue)))
    extension = memberships.person(attempt)
    who = outcomes.extension_named(extension)
    words = {"who": who, "queue": queue}
    there = next((each for each in memberships.of_person(attempt, extension) if each.queue == queue), None)
    if there is not None and there.key in attempt.mirror.loans.running:
        attempt.claim(f"agent {there.key}")
        await attempt.end_loan(there.key)
        return done(_("%(who)s stays in %(queue)s: the loan is over") % words)
    if there is not None:
        raise Ended(failed(Reason.WRONG_STATE, _("%(who)s is in %(queue)s already") % words))
    step = memberships.joining(attempt, queue, extension, int(attempt.argument("penalty") or 0))
    return await memberships.carry_out(attempt, [step], who, memberships.said(_("%(who)s is in %(queue)s now") % words))


async def _pause(attempt: Attempt, paused: bool, reason: str) -> Outcome:
    members = memberships.everywhere(attempt)
    who = memberships.who_is(attempt, members[0])
    meant = [each for each in members if (each.paused, each.pause_reason if paused else "") != (paused, reason)]
    words = {**_words(who, meant or members), "reason": reason}
    if not meant:
        text = _("%(who)s is paused in %(queues)s already") if paused else _("%(who)s is not paused in %(queues)s")
        raise Ended(failed(Reason.WRONG_STATE, text % words))
    steps = [memberships.pausing(each.queue, each.interface, paused, reason) for each in meant]
    if not paused:
        text = _("%(who)s takes calls of %(queues)s again")
    elif reason:
        text = _("%(who)s is paused in %(queues)s: %(reason)s")
    else:
        text = _("%(who)s is paused in %(queues)s")
    return await memberships.carry_out(attempt, steps, who, memberships.said(text % words))


def _words(who: str, members: Sequence[Member]) -> dict[str, str]:
    return {"who": who, "queues": ", ".join(each.queue for each in members)}
