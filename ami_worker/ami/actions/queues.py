"""Actions that change a queue: its members (class `agent`) and its callers (any log-in may)."""

from __future__ import annotations

from ami_worker.ami.actions import values as v
from ami_worker.ami.actions.base import Action, action


def queue_add(
    queue: str,
    interface: str,
    *,
    member_name: str = "",
    state_interface: str = "",
    penalty: int = 0,
    paused: bool = False,
    reason: str = "",
) -> Action:
    """Put a member into a queue. `Unable to add interface: Already there` means that it is in."""
    return action(
        "QueueAdd",
        Queue=v.name(queue, "a queue"),
        Interface=v.interface(interface),
        Penalty=v.number(penalty, 0, 1000, "a penalty"),
        Paused=v.yes_no(paused),
        Reason=v.label(reason),
        MemberName=v.label(member_name),
        StateInterface=state_interface and v.state_interface(state_interface),
    )


def queue_remove(queue: str, interface: str) -> Action:
    """Take a member out of a queue; static members stay (`Member not dynamic`)."""
    return action("QueueRemove", Queue=v.name(queue, "a queue"), Interface=v.interface(interface))


def queue_pause(queue: str, interface: str, paused: bool, reason: str = "") -> Action:
    """Pause or unpause a member in one queue. Without a queue Asterisk would take all of them, so it is required."""
    return action(
        "QueuePause",
        Queue=v.name(queue, "a queue"),
        Interface=v.interface(interface),
        Paused=v.yes_no(paused),
        Reason=v.label(reason),
    )


def queue_penalty(queue: str, interface: str, penalty: int) -> Action:
    """Set a member's penalty in one queue."""
    return action(
        "QueuePenalty",
        Queue=v.name(queue, "a queue"),
        Interface=v.interface(interface),
        Penalty=v.number(penalty, 0, 1000, "a penalty"),
    )


def queue_member_ring_in_use(queue: str, interface: str, ring_in_use: bool) -> Action:
    """Whether a member is rung while talking, in one queue."""
    return action(
        "QueueMemberRingInUse",
        Queue=v.name(queue, "a queue"),
        Interface=v.interface(interface),
        RingInUse=v.yes_no(ring_in_use),
    )


def queue_change_priority_caller(queue: str, caller: str, priority: int) -> Action:
    """Give a waiting caller (by channel name) another priority and, from 2023 on, the position that goes with it.

    No event tells: ask for the queue's positions afterwards.
    """
    return action(
        "QueueChangePriorityCaller",
        Queue=v.name(queue, "a queue"),
        Caller=v.channel(caller),
        Priority=v.number(priority, 0, 1_000_000, "a priority"),
        Immediate="yes",
    )


def queue_withdraw_caller(queue: str, caller: str, info: str = "") -> Action:
    """Let a waiting caller (by channel name) leave Queue() with QUEUESTATUS=WITHDRAW; from 16.25 and 18.11 on."""
    return action(
        "QueueWithdrawCaller", Queue=v.name(queue, "a queue"), Caller=v.channel(caller), WithdrawInfo=v.label(info)
    )
