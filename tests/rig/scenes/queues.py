"""Callers that wait, and the members of the queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rig.scenes.base import scene


if TYPE_CHECKING:
    from tests.rig.record import Recorder


@scene
def queue_answered(r: Recorder) -> None:
    """A caller waits in `front`, 203 and 204 ring, 203 answers, the caller hangs up, 203 is in wrap-up."""
    answering, other = r.rig.phone("203"), r.rig.phone("204")
    caller = r.rig.call_from_outside("5550101")
    answering.wait("ringing")
    other.wait("ringing")
    r.snapshot("ringing")
    answering.answer()
    r.wait("AgentConnect")
    r.snapshot("talking")
    caller.hangup()
    r.wait("AgentComplete")
    r.snapshot("wrap-up")


@scene
def queue_abandoned(r: Recorder) -> None:
    """Two callers wait in `front`, which does not answer by itself; the first gives up, the second moves up and gives
    up too.
    """
    r.rig.phone("203")
    r.rig.phone("204")
    first = r.rig.call_from_outside("5550101", number="+48600111001", name="First Caller")
    r.wait("QueueCallerJoin", Position="1")
    second = r.rig.call_from_outside("5550101", number="+48600111002", name="Second Caller")
    r.wait("QueueCallerJoin", Position="2")
    first.hangup()
    r.wait("QueueCallerAbandon")
    second.hangup()
    r.wait("QueueCallerAbandon")


@scene
def queue_ring_no_answer(r: Recorder) -> None:
    """A caller waits in `support`; one member does not answer in time, the other is asked next and answers."""
    members = {number: r.rig.phone(number) for number in ("204", "205")}
    caller = r.rig.call_from_outside("5550102")
    silent = r.wait("AgentRingNoAnswer")["Interface"].removeprefix("PJSIP/")
    (other,) = (phone for number, phone in members.items() if number != silent)
    other.wait("ringing")
    other.answer()
    r.wait("AgentConnect")
    r.snapshot("talking")
    other.hangup()
    caller.wait("ended")


@scene
def queue_timeout(r: Recorder) -> None:
    """A caller waits in `front` for eight seconds, nobody takes it, the dialplan ends the call."""
    r.rig.phone("203")
    r.rig.phone("204")
    r.rig.call_from_outside("5550109")
    r.wait("QueueCallerLeave")


@scene
def queue_redirect(r: Recorder) -> None:
    """A caller waits in `front` while both members ring; `Redirect` takes the caller to 201, who answers."""
    members = [r.rig.phone("203"), r.rig.phone("204")]
    phone = r.rig.phone("201")
    caller = r.rig.call_from_outside("5550101")
    for member in members:
        member.wait("ringing")
    waiting = r.channel("PJSIP/itsp")["Channel"]
    r.act("Redirect", {"Channel": waiting, "Context": "from-internal", "Exten": "201", "Priority": "1"})
    phone.wait("ringing")
    r.snapshot("ringing 201")
    phone.answer()
    r.snapshot("talking")
    caller.hangup()
    phone.wait("ended")


@scene
def member_pause(r: Recorder) -> None:
    """204 is paused in `front` with a reason, and then unpaused; a member is added to `support`, and removed."""
    where = {"Queue": "front", "Interface": "PJSIP/204"}
    r.act("QueuePause", {**where, "Paused": "true", "Reason": "lunch"})
    r.wait("QueueMemberPause")
    r.snapshot("paused")
    r.act("QueuePause", {**where, "Paused": "false"})
    r.wait("QueueMemberPause")
    dynamic = {"Queue": "support", "Interface": "PJSIP/206"}
    r.act("QueueAdd", {**dynamic, "MemberName": "Farid Haddad", "Penalty": "2"})
    r.wait("QueueMemberAdded")
    r.snapshot("added")
    r.act("QueueRemove", dynamic)
    r.wait("QueueMemberRemoved")
