"""Taking back what a command did to memberships of queues: each as it was before, or nothing at all.

Called by `Operations.perform` alone. The store gives what the other command has changed with the intent.
"""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as _

from ami_worker.ami import actions
from ami_worker.mirror import Loan, Member
from ami_worker.operations import memberships
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Changed, Ended, Outcome, Reason, Standing, failed
from ami_worker.operations.memberships import Step


async def undo(attempt: Attempt) -> Outcome:
    """Give back what was before. Where a queue is not as the command left it, somebody has gone on from there: then
    that is said, and nothing is done.
    """
    changes = attempt.intent.undoes
    if not changes:
        raise Ended(failed(Reason.WRONG_STATE, _("Of this command nothing can be undone")))
    who = _who(attempt, changes)
    if others := [each["queue"] for each in changes if not _is_as_left(attempt, each)]:
        words = {"who": who, "queues": ", ".join(others)}
        text = _("%(who)s: %(queues)s has been changed since then; nothing was done")
        raise Ended(failed(Reason.WRONG_STATE, text % words))
    steps = [step for each in changes for step in _steps(each)]
    words = {"who": who, "queues": ", ".join(each["queue"] for each in changes)}
    said = memberships.said(_("Undone: %(who)s is in %(queues)s as before") % words)
    if all(each["before"] is None for each in changes):
        said = memberships.said(_("Undone: %(who)s is out of %(queues)s again") % words)
    elif all(each["after"] is None for each in changes):
        said = memberships.said(_("Undone: %(who)s is in %(queues)s again") % words)
    outcome = await memberships.carry_out(attempt, steps, who, said)
    for each in changes:
        await _lend_again(attempt, each)
    return outcome._replace(changes=())  # the other command can be given again


def _who(attempt: Attempt, changes: Sequence[Changed]) -> str:
    first = changes[0]
    found = attempt.mirror.members.get(_key(first))
    if found is None:
        was = first["before"] or first["after"]
        state = was["state_interface"] if was is not None else ""
        found = Member(first["queue"], first["interface"], was["name"] if was is not None else "", state)
    return memberships.who_is(attempt, found)


def _key(change: Changed) -> str:
    return f"{change['queue']}/{change['interface']}"


def _is_as_left(attempt: Attempt, change: Changed) -> bool:
    now, left = memberships.standing(attempt, _key(change)), change["after"]
    if now is None or left is None:
        return now is left
    rings = (now["ring_in_use"], left["ring_in_use"])
    return _seen(now) == _seen(left) and (None in rings or rings[0] is rings[1])


def _seen(standing: Standing) -> tuple[int, bool, str, tuple[float, str] | None]:
    """What an undo goes by. (A loan was stored, so it may be a list by now.)"""
    loan = standing["loan"]
    return standing["penalty"], standing["paused"], standing["reason"], (loan[0], loan[1]) if loan else None


def _steps(change: Changed) -> list[Step]:
    queue, interface, before, after = change["queue"], change["interface"], change["before"], change["after"]
    if before is None:
        return [Step(queue, interface, actions.queue_remove(queue, interface), lambda now: now is None)]
    if after is None:
        return [_add(queue, interface, before), *_ring(queue, interface, before)]
    steps = []
    if (before["paused"], before["reason"]) != (after["paused"], after["reason"]):
        steps.append(memberships.pausing(queue, interface, before["paused"], before["reason"]))
    if before["penalty"] != after["penalty"]:
        steps.append(memberships.penalising(queue, interface, before["penalty"]))
    if before["ring_in_use"] != after["ring_in_use"]:
        steps += _ring(queue, interface, before)
    return steps


def _add(queue: str, interface: str, before: Standing) -> Step:
    action = actions.queue_add(
        queue,
        interface,
        member_name=before["name"],
        state_interface=before["state_interface"],
        penalty=before["penalty"],
        paused=before["paused"],
        reason=before["reason"],
    )
    return Step(queue, interface, action, lambda now: now is not None)


def _ring(queue: str, interface: str, before: Standing) -> list[Step]:
    is_on = before["ring_in_use"]
    if is_on is None:
        return []
    return [memberships.ringing(queue, interface, is_on)]


async def _lend_again(attempt: Attempt, change: Changed) -> None:
    """Who comes back to a loan that has not run out is on loan again."""
    before, member = change["before"], attempt.mirror.members.get(_key(change))
    if before is None or before["loan"] is None or change["after"] is not None or member is None:
        return
    until, by = before["loan"]
    await attempt.lend(Loan(member.queue, member.interface, until, by, member.login_at))
