"""Actions on queue members and waiting callers (apps/app_queue.c). Only `ami_worker.demo` may import this module."""

from __future__ import annotations

from collections.abc import Callable

from ami_worker.demo.actions.base import Action, Request, integer, is_false, is_true
from ami_worker.demo.members import Member, Queues
from ami_worker.demo.wire import AGENT


def add(request: Request) -> str:
    name, interface = request.get("Queue"), request.get("Interface")
    if not name:
        return request.error("'Queue' not specified.")
    if not interface:
        return request.error("'Interface' not specified.")
    queue = request.pbx.queues.queues.get(name)
    if queue is None:
        return request.error("Unable to add interface to queue: No such queue")
    penalty = max(0, integer(request.get("Penalty")) or 0)
    paused = is_true(request.get("Paused"))
    member, state, reason = request.get("MemberName"), request.get("StateInterface"), request.get("Reason")
    if not request.pbx.queues.add(queue, interface, member, penalty, paused, state, reason):
        return request.error("Unable to add interface: Already there")
    return request.ack("Added interface to queue")


def remove(request: Request) -> str:
    name, interface = request.get("Queue"), request.get("Interface")
    if not name or not interface:
        return request.error("Need 'Queue' and 'Interface' parameters.")
    queue = request.pbx.queues.queues.get(name)
    if queue is None:
        return request.error("Unable to remove interface from queue: No such queue")
    member = queue.members.get(interface)
    if member is None:
        return request.error("Unable to remove interface: Not there")
    if not member.dynamic:
        return request.error("Member not dynamic")
    request.pbx.queues.remove(member)
    return request.ack("Removed interface from queue")


def pause(request: Request) -> str:
    interface, paused = request.get("Interface"), request.get("Paused")
    if not interface or not paused:
        return request.error("Need 'Interface' and 'Paused' parameters.")
    on, reason = is_true(paused), request.get("Reason")
    if not _each(request, lambda queues, member: queues.pause(member, on, reason)):
        return request.error("Interface not found")
    return request.ack("Interface paused successfully" if on else "Interface unpaused successfully")


def penalty(request: Request) -> str:
    interface, text = request.get("Interface"), request.get("Penalty")
    if not interface or not text:
        return request.error("Need 'Interface' and 'Penalty' parameters.")
    value = integer(text) or 0
    if value < 0 or not _each(request, lambda queues, member: queues.set_penalty(member, value)):
        return request.error("Invalid interface, queuename or penalty")
    return request.ack("Interface penalty set successfully")


def ring_in_use(request: Request) -> str:
    interface, text = request.get("Interface"), request.get("RingInUse")
    if not interface or not text:
        return request.error("Need 'Interface' and 'RingInUse' parameters.")
    if not is_true(text) and not is_false(text):
        return request.error("'RingInUse' parameter must be a truth value (yes/no, on/off, 0/1, etc)")
    if not _each(request, lambda queues, member: queues.set_ringinuse(member, is_true(text))):
        return request.error("Invalid interface, queuename, or ringinuse value\n")
    return request.ack("Interface ringinuse set successfully")


def _each(request: Request, do: Callable[[Queues, Member], None]) -> bool:
    """Do it to every membership that is meant. False if there is none."""
    queues = request.pbx.queues
    found = list(queues.of(request.get("Queue"), request.get("Interface")))
    for member in found:
        do(queues, member)
    return bool(found)


def change_priority(request: Request) -> str:
    for header in ("Queue", "Caller", "Priority"):
        if not request.get(header):
            return request.error(f"'{header}' not specified.")
    priority = integer(request.get("Priority"))
    if priority is None:
        return request.error("'Priority' need integer.")
    queues = request.pbx.queues
    queue = queues.queues.get(request.get("Queue"))
    if queue is None:
        return request.error("Unable to change priority caller on queue: No such queue")
    entry = queues.entry(queue, request.get("Caller"))
    if entry is None:
        return request.error("Unable to change priority caller on queue: No such caller")
    queues.reprioritise(queue, entry, priority, is_true(request.get("Immediate")))
    return request.ack("Priority change for caller on queue")


def withdraw(request: Request) -> str:
    for header in ("Queue", "Caller"):
        if not request.get(header):
            return request.error(f"'{header}' not specified.")
    queues = request.pbx.queues
    queue = queues.queues.get(request.get("Queue"))
    if queue is None:
        return request.error("Unable to request withdraw from queue: No such queue")
    entry = queues.entry(queue, request.get("Caller"))
    if entry is None:
        return request.error("Unable to request withdraw from queue: No such caller")
    if entry.withdrawn:
        return request.error("Unable to request withdraw from queue: Already requested")
    entry.withdrawn = True
    entry.channel.variables["QUEUE_WITHDRAW_INFO"] = request.get("WithdrawInfo")
    queues.nudge(entry)
    return request.ack("Withdraw requested successfully")


ACTIONS = (
    Action("QueueAdd", AGENT, "Add interface to queue.", add),
    Action("QueueRemove", AGENT, "Remove interface from queue.", remove),
    Action("QueuePause", AGENT, "Makes a queue member temporarily unavailable.", pause),
    Action("QueuePenalty", AGENT, "Set the penalty for a queue member.", penalty),
    Action("QueueMemberRingInUse", AGENT, "Set the ringinuse value for a queue member.", ring_in_use),
    Action("QueueChangePriorityCaller", 0, "Change priority of a caller on queue.", change_priority),
    Action("QueueWithdrawCaller", 0, "Request to withdraw a caller from the queue back to the dialplan.", withdraw),
)
