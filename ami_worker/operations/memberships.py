"""What a command does to memberships of queues: who is meant, the steps, and what came of them.

Each step is proven by what the queue itself tells of its members (QueueMemberPause, QueueMemberAdded and so on), as the
mirror has it. How each membership was before goes with the outcome, for an undo. Used by agents, shifts and undoing.
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
from ami_worker.operations.intents import Changed, Ended, Outcome, Reason, Standing, done, failed
from panel.vocabulary import CommandState


class Step(NamedTuple):
    """What is done to one membership, and when it is seen to have happened."""

    queue: str
    interface: str
    action: Action
    is_done: Callable[[Member | None], bool]

    @property
    def key(self) -> str:
        return f"{self.queue}/{self.interface}"


class Carried(NamedTuple):
    """What came of the steps: in which queues it was done, and why not in others."""

    done: list[str]
    refused: dict[str, str]


Worded = Callable[[Carried], Outcome]


# --- who is meant ---------------------------------------------------------------------------------------------------


def member(attempt: Attempt) -> Member:
    """The one whom the argument `agent` names. Raises Ended."""
    found = attempt.mirror.members.get(attempt.argument("agent"))
    if found is None:
        raise Ended(failed(Reason.WRONG_STATE, _("They are no longer in that queue")))
    return found


def person(attempt: Attempt) -> Extension:
    """The one whom the argument `person` names. Raises Ended."""
    found = attempt.mirror.extensions.get(attempt.argument("person"))
    if found is None:
        raise Ended(failed(Reason.NO_SUCH_NUMBER, _("The PBX has no such extension any more")))
    return found


def of_person(attempt: Attempt, extension: Extension) -> list[Member]:
    """All memberships of somebody, by the name of the queue."""
    found = [each for each in attempt.mirror.members.values() if attempt.mirror.extension_of(each) is extension]
    return sorted(found, key=lambda each: each.queue)


def everywhere(attempt: Attempt) -> list[Member]:
    """The member that is named; with `everywhere` in all the queues in which this person is, that one first."""
    first = member(attempt)
    if not attempt.argument("everywhere"):
        return [first]
    who = attempt.mirror.extension_of(first)
    others = [
        each
        for each in attempt.mirror.members.values()
        if each is not first
        and (each.interface == first.interface or (who is not None and attempt.mirror.extension_of(each) is who))
    ]
    return [first, *sorted(others, key=lambda each: each.queue)]


def who_is(attempt: Attempt, one: Member) -> str:
    """By the name of the extension, as the board has it, else as the queue has it."""
    extension = attempt.mirror.extension_of(one)
    return outcomes.extension_named(extension) if extension is not None else one.name or one.interface


# --- steps ----------------------------------------------------------------------------------------------------------


def joining(attempt: Attempt, queue: str, extension: Extension, penalty: int = 0) -> Step:
    """Put somebody into a queue, as other queues know them already, else by their phone. Raises Ended without one."""
    known = of_person(attempt, extension)
    if known:
        interface, state, name = known[0].interface, known[0].state_interface, known[0].name
    else:
        interface, state, name = attempt.phone_of(extension), "", extension.name
    action = actions.queue_add(queue, interface, member_name=name, state_interface=state, penalty=penalty)
    return Step(queue, interface, action, lambda now: now is not None)


def pausing(queue: str, interface: str, paused: bool, reason: str) -> Step:
    def is_done(now: Member | None) -> bool:
        return now is not None and now.paused is paused and (not paused or now.pause_reason == reason)

    return Step(queue, interface, actions.queue_pause(queue, interface, paused, reason), is_done)


def penalising(queue: str, interface: str, penalty: int) -> Step:
    action = actions.queue_penalty(queue, interface, penalty)
    return Step(queue, interface, action, lambda now: now is not None and now.penalty == penalty)


def ringing(queue: str, interface: str, is_on: bool) -> Step:
    """Whether they are rung during calls."""
    action = actions.queue_member_ring_in_use(queue, interface, is_on)
    return Step(queue, interface, action, lambda now: now is not None and now.ring_in_use is is_on)


def leaving(one: Member) -> Step:
    return Step(one.queue, one.interface, actions.queue_remove(one.queue, one.interface), lambda now: now is None)


# --- carrying them out ----------------------------------------------------------------------------------------------


def standing(attempt: Attempt, key: str) -> Standing | None:
    """How the member with that key stands in the queue now; None when there is no such member."""
    one = attempt.mirror.members.get(key)
    if one is None:
        return None
    loan = attempt.mirror.loans.running.get(key)
    return Standing(
        name=one.name,
        state_interface=one.state_interface,
        penalty=one.penalty,
        paused=one.paused,
        reason=one.pause_reason,
        ring_in_use=one.ring_in_use,
        loan=None if loan is None else (loan.until, loan.by),
    )


def said(text: str) -> Worded:
    """`text` when all was done; else where it was done, and why not everywhere."""

    def worded(carried: Carried) -> Outcome:
        if not carried.refused:
            return done(text)
        words = {"queues": ", ".join(carried.done), "why": "; ".join(dict.fromkeys(carried.refused.values()))}
        return failed(Reason.PARTLY, _("Only in %(queues)s: %(why)s") % words)

    return worded


async def carry_out(attempt: Attempt, steps: Sequence[Step], who: str, worded: Worded) -> Outcome:
    """Send them one after the other, and wait until each that was taken is seen to have happened. What is refused in
    one queue does not keep the others from it; where nothing at all was done, the outcome is the first refusal.
    """
    keys = {step.key: (step.queue, step.interface) for step in steps}
    attempt.claim(*(f"agent {key}" for key in keys))
    before = {key: standing(attempt, key) for key in keys}
    sent, refused = await _send_all(attempt, steps)

    def carried(seen: Sequence[Step]) -> Carried:
        silent = {step.queue: _("nothing happened in %s") % step.queue for step in sent if step not in seen}
        missed = {**{step.queue: why.text for step, why in refused}, **silent}
        return Carried([queue for queue in dict.fromkeys(step.queue for step in seen) if queue not in missed], missed)

    def seen() -> list[Step]:
        return [step for step in sent if step.is_done(attempt.mirror.members.get(step.key))]

    def look() -> Outcome | None:
        return worded(carried(sent)) if len(seen()) == len(sent) else None

    def otherwise() -> Outcome:
        return worded(carried(seen())) if seen() else outcomes.nothing_happened(who, "")

    outcome = await attempt.expect(look, EVENT_SECONDS, otherwise)
    if outcome.state is CommandState.UNKNOWN:
        return outcome  # what is not known cannot be taken back
    return outcome._replace(changes=_changes(attempt, keys, before))


async def _send_all(attempt: Attempt, steps: Sequence[Step]) -> tuple[list[Step], list[tuple[Step, Outcome]]]:
    sent: list[Step] = []
    refused: list[tuple[Step, Outcome]] = []
    for step in steps:
        try:
            await attempt.send(step.action)
        except Ended as ended:
            refused.append((step, ended.outcome))
        else:
            sent.append(step)
    if not sent:
        raise Ended(refused[0][1])
    return sent, refused


def _changes(
    attempt: Attempt, keys: dict[str, tuple[str, str]], before: dict[str, Standing | None]
) -> tuple[Changed, ...]:
    after = {key: standing(attempt, key) for key in keys}
    return tuple(
        Changed(queue=queue, interface=interface, before=before[key], after=after[key])
        for key, (queue, interface) in keys.items()
        if before[key] != after[key]
    )
