"""Who works where for a while: into and out of several queues at once, and on loan to one for some minutes.

Called by `Operations.perform`; the return from a loan also by `ami_worker.lending` when its time is over. A loan is
written down before anything is sent, so that none can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from gettext import gettext as _

from ami_worker.mirror import Extension, Loan
from ami_worker.operations import memberships, outcomes
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.memberships import Carried, Step, Worded


async def agent_login(attempt: Attempt) -> Outcome:
    """Put somebody into all the queues that are named. Done when in each of them; where they were already is said."""
    who, extension = _person(attempt)
    there = {each.queue for each in memberships.of_person(attempt, extension)}
    queues, gone = _queues(attempt)
    notes = [*(_("%s: was already there") % queue for queue in queues if queue in there), *gone]
    steps = [memberships.joining(attempt, queue, extension) for queue in queues if queue not in there]
    return await _together(attempt, steps, who, _("%(who)s is in %(queues)s"), notes, is_short=bool(gone))


async def agent_logout(attempt: Attempt) -> Outcome:
    """Take somebody out of all the queues that are named."""
    who, extension = _person(attempt)
    there = {each.queue: each for each in memberships.of_person(attempt, extension)}
    queues, gone = _queues(attempt)
    notes = [*(_("%s: was not there") % queue for queue in queues if queue not in there), *gone]
    steps = [memberships.leaving(there[queue]) for queue in queues if queue in there]
    return await _together(attempt, steps, who, _("%(who)s is out of %(queues)s"), notes, is_short=bool(gone))


async def agent_borrow(attempt: Attempt) -> Outcome:
    """Put somebody who works elsewhere into a queue for some minutes. The worker takes them out again."""
    who, extension = _person(attempt)
    queue = attempt.argument("queue")
    if queue not in attempt.mirror.queues:
        raise Ended(failed(Reason.WRONG_STATE, outcomes.no_queue(queue)))
    if any(each.queue == queue for each in memberships.of_person(attempt, extension)):
        words = {"who": who, "queue": queue}
        raise Ended(failed(Reason.WRONG_STATE, _("%(who)s is in %(queue)s already") % words))
    minutes = int(attempt.argument("minutes"))
    step = memberships.joining(attempt, queue, extension)
    attempt.claim(f"agent {step.key}")
    loan = attempt.mirror.loans.of(queue, step.interface, minutes, _giver(attempt))
    text = _("%(who)s is on loan to %(queue)s for %(minutes)d minutes")
    said = memberships.said(text % {"who": who, "queue": queue, "minutes": minutes})
    return await _lend(attempt, loan, step, who, said)


async def agent_return(attempt: Attempt) -> Outcome:
    """End a loan: early, or because its time is over."""
    member = memberships.member(attempt)
    who = memberships.who_is(attempt, member)
    loan = attempt.mirror.loans.running.get(member.key)
    words = {"who": who, "queue": member.queue, "by": loan.by if loan is not None else ""}
    if loan is None:
        raise Ended(failed(Reason.WRONG_STATE, _("%(who)s is not on loan to %(queue)s") % words))
    is_over = not attempt.intent.operator
    text = (
        _("The loan by %(by)s is over: %(who)s is out of %(queue)s") if is_over else _("%(who)s is back from %(queue)s")
    )
    said = memberships.said(text % words)
    return await memberships.carry_out(attempt, [memberships.leaving(member)], who, said)


async def _lend(attempt: Attempt, loan: Loan, step: Step, who: str, said: Worded) -> Outcome:
    await attempt.lend(loan)
    try:
        outcome = await memberships.carry_out(attempt, [step], who, said)
    except Ended:
        # Refused: who is there all the same was put in by somebody else, and stays.
        await attempt.end_loan(loan.key)
        raise
    member = attempt.mirror.members.get(step.key)
    if member is not None and outcome.changes:
        await attempt.lend(loan._replace(login_at=member.login_at))
    return outcome


async def _together(
    attempt: Attempt, steps: Sequence[Step], who: str, text: str, notes: Sequence[str], *, is_short: bool
) -> Outcome:
    """`is_short`: a queue that was named is not there, so this cannot be done as a whole."""
    if not steps:
        raise Ended(failed(Reason.WRONG_STATE, _listed([_("%s: nothing was done") % who, *notes])))

    def worded(carried: Carried) -> Outcome:
        why = [f"{queue}: {reason}" for queue, reason in carried.refused.items()]
        first = text % {"who": who, "queues": _and(carried.done)}
        sentence = _listed([first, *notes, *why])
        return failed(Reason.PARTLY, sentence) if why or is_short else done(sentence)

    return await memberships.carry_out(attempt, steps, who, worded)


def _person(attempt: Attempt) -> tuple[str, Extension]:
    extension = memberships.person(attempt)
    return outcomes.extension_named(extension), extension


def _queues(attempt: Attempt) -> tuple[list[str], list[str]]:
    """Those that are named and there, and what is to be said of the others."""
    named = list(dict.fromkeys(filter(None, attempt.argument("queues").split(","))))
    if not named:
        raise Ended(outcomes.bad_arguments())
    is_there: Callable[[str], bool] = attempt.mirror.queues.__contains__
    gone = [f"{queue}: {outcomes.no_queue(queue)}" for queue in named if not is_there(queue)]
    return [queue for queue in named if is_there(queue)], gone


def _giver(attempt: Attempt) -> str:
    return attempt.intent.operator_name or attempt.intent.operator


def _listed(parts: Iterable[str]) -> str:
    return "; ".join(parts)


def _and(names: Sequence[str]) -> str:
    return _(" and ").join(filter(None, (", ".join(names[:-1]), *names[-1:])))
