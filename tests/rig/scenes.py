"""What is played on the real Asterisks for the recordings: one function for each scene, its docstring is the description in
the index. Called by `tests.rig.record` and by tests that play the same scenes elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.rig.parts import wait_for


if TYPE_CHECKING:
    from tests.rig.phones import Phone, SipProcess
    from tests.rig.record import Recorder

Scene = Callable[["Recorder"], None]
SCENES: dict[str, Scene] = {}


def scene(function: Scene) -> Scene:
    SCENES[function.__name__] = function
    return function


def talk(r: Recorder, did: str = "5550100", number: str = "201") -> tuple[SipProcess, Phone]:
    """Somebody outside calls, the extension answers."""
    phone = r.rig.phone(number)
    caller = r.rig.call_from_outside(did)
    phone.wait("ringing")
    r.snapshot("ringing")
    phone.answer()
    caller.wait("answered")
    r.snapshot("talking")
    return caller, phone


@scene
def outside_caller_hangs_up(r: Recorder) -> None:
    """A call from outside rings 201, is answered, and the caller hangs up."""
    caller, phone = talk(r)
    caller.hangup()
    phone.wait("ended")


@scene
def outside_callee_hangs_up(r: Recorder) -> None:
    """A call from outside rings 201, is answered, and 201 hangs up."""
    caller, phone = talk(r)
    phone.hangup()
    caller.wait("ended")


@scene
def not_answered(r: Recorder) -> None:
    """A call from outside rings 201 until the caller gives up."""
    phone = r.rig.phone("201")
    caller = r.rig.call_from_outside("5550100")
    phone.wait("ringing")
    r.snapshot("ringing")
    caller.hangup()
    caller.wait("failed")


@scene
def internal_call(r: Recorder) -> None:
    """203 calls 202, they talk, 203 hangs up."""
    phone = r.rig.phone("202")
    caller = r.rig.call_from("203", "202")
    phone.wait("ringing")
    r.snapshot("ringing")
    phone.answer()
    r.snapshot("talking")
    caller.hangup()
    phone.wait("ended")


@scene
def outgoing_call(r: Recorder) -> None:
    """201 calls out through the trunk, they talk, the outside party hangs up."""
    outside = r.rig.outside_phone()
    caller = r.rig.call_from("201", "05550999")
    outside.wait("ringing")
    r.snapshot("ringing")
    outside.answer()
    r.snapshot("talking")
    outside.hangup()
    caller.wait("ended")


@scene
def busy(r: Recorder) -> None:
    """203 calls 202, which is busy (486)."""
    r.rig.phone("202", refuse=True, refuse_with=486)
    r.rig.call_from("203", "202").wait("failed")


@scene
def declined(r: Recorder) -> None:
    """203 calls 202, which rings and is then declined (603)."""
    phone = r.rig.phone("202")
    caller = r.rig.call_from("203", "202")
    phone.wait("ringing")
    phone.reject()
    caller.wait("failed")


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
    """Two callers wait in `front`, which does not answer by itself; the first gives up, the second moves up and gives up too."""
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


@scene
def blind_transfer(r: Recorder) -> None:
    """A caller from outside talks with 201, who sends the call to 202 by `BlindTransfer`; 202 answers."""
    caller, phone = talk(r)
    target = r.rig.phone("202")
    mine = r.channel("PJSIP/201")["Channel"]
    r.act("BlindTransfer", {"Channel": mine, "Context": "from-internal", "Exten": "202"})
    r.wait("BlindTransfer")
    phone.wait("ended")
    target.wait("ringing")
    r.snapshot("ringing 202")
    target.answer()
    r.snapshot("talking with 202")
    caller.hangup()
    target.wait("ended")


@scene
def blind_transfer_to_nobody(r: Recorder) -> None:
    """The same to an extension that is busy: the plain way loses the caller."""
    caller, _ = talk(r)
    r.rig.phone("202", refuse=True, refuse_with=486)
    mine = r.channel("PJSIP/201")["Channel"]
    r.act("BlindTransfer", {"Channel": mine, "Context": "from-internal", "Exten": "202"})
    caller.wait("ended")


@scene
def attended_transfer(r: Recorder) -> None:
    """201 talks with a caller (Dial carries tT), dials 202 by `Atxfer`, they talk, 201 hangs up: the caller has 202."""
    caller, phone = talk(r, "5550103")
    target = r.rig.phone("202")
    mine = r.channel("PJSIP/201")["Channel"]
    r.act("Atxfer", {"Channel": mine, "Context": "from-internal", "Exten": "202"})
    target.wait("ringing")
    r.snapshot("consulting: ringing")
    target.answer()
    r.snapshot("consulting: talking")
    phone.hangup()
    r.wait("AttendedTransfer")
    r.snapshot("transferred")
    caller.hangup()
    target.wait("ended")


@scene
def bridge_of_two_calls(r: Recorder) -> None:
    """201 has a caller on hold and talks with 202 in a second call; `Bridge` joins caller and 202, and 201 is out."""
    caller, phone = talk(r)
    phone.hold()
    target = r.rig.phone("202")
    second = r.rig.call_from("201", "202")
    target.wait("ringing")
    target.answer()
    r.snapshot("two calls")
    one, two = r.channel("PJSIP/itsp")["Channel"], r.channel("PJSIP/202")["Channel"]
    r.act("Bridge", {"Channel1": one, "Channel2": two})
    phone.wait("ended")
    second.wait("ended")
    r.snapshot("joined")
    caller.hangup()
    target.wait("ended")


def park(r: Recorder, timeout_ms: int) -> tuple[SipProcess, Phone]:
    """A caller talks with 201 and is parked by `Park`."""
    caller, phone = talk(r)
    theirs, mine = r.channel("PJSIP/itsp")["Channel"], r.channel("PJSIP/201")["Channel"]
    r.act("Park", {"Channel": theirs, "TimeoutChannel": mine, "Timeout": str(timeout_ms)})
    r.wait("ParkedCall")
    return caller, phone


@scene
def park_and_take_back(r: Recorder) -> None:
    """A caller is parked by `Park`; 202's phone is called by `Originate` and gets the call by ParkedCall."""
    caller, phone = park(r, 45_000)
    phone.wait("ended")
    r.snapshot("parked")
    taking = r.rig.phone("202", answer_after=0)
    r.act(
        "Originate",
        {"Channel": "PJSIP/202", "Application": "ParkedCall", "Data": "default,701", "Async": "true", "ChannelId": "unpark-1"},
    )
    r.wait("UnParkedCall")
    taking.wait("answered")
    r.snapshot("talking with 202")
    caller.hangup()
    taking.wait("ended")


@scene
def park_timeout(r: Recorder) -> None:
    """A caller is parked for five seconds, nobody takes it, 201 rings again and answers."""
    caller, phone = park(r, 5_000)
    phone.wait("ended")
    r.snapshot("parked")
    r.wait("ParkedCallTimeOut")
    phone.wait("ringing", count=2)
    r.snapshot("back at 201")
    phone.answer()
    caller.hangup()
    phone.wait("ended", count=2)


@scene
def park_given_up(r: Recorder) -> None:
    """A caller is parked and hangs up."""
    caller, phone = park(r, 45_000)
    phone.wait("ended")
    r.snapshot("parked")
    caller.hangup()
    r.wait("ParkedCallGiveUp")


@scene
def pickup(r: Recorder) -> None:
    """A call rings at 201; 202's phone is called by `Originate` and picks the call up by PickupChan."""
    ringing = r.rig.phone("201")
    picking = r.rig.phone("202", answer_after=0)
    caller = r.rig.call_from_outside("5550100")
    ringing.wait("ringing")
    target = r.channel("PJSIP/201")["Uniqueid"]
    r.act(
        "Originate",
        {"Channel": "PJSIP/202", "Application": "PickupChan", "Data": target, "Async": "true", "ChannelId": "pickup-1"},
    )
    r.wait("Pickup")
    ringing.wait("cancelled")
    r.snapshot("talking with 202")
    caller.hangup()
    picking.wait("ended")


@scene
def hold(r: Recorder) -> None:
    """201 puts the caller on hold by re-INVITE, takes it back; the caller does the same."""
    caller, phone = talk(r)
    phone.hold()
    r.wait("Hold")
    r.snapshot("held by 201")
    phone.unhold()
    r.wait("Unhold")
    caller.hold()
    r.wait("Hold", Exten="201")
    r.snapshot("held by the caller")
    caller.unhold()
    r.wait("Unhold")
    caller.hangup()
    phone.wait("ended")


@scene
def conference(r: Recorder) -> None:
    """A caller from outside, 201 and 202 meet in room 800; 202 is muted, unmuted and kicked; 201 leaves, then the caller."""
    caller = r.rig.call_from_outside("5550106")
    r.wait("ConfbridgeJoin")
    first = r.rig.call_from("201", "800")
    first.wait("answered")
    second = r.rig.call_from("202", "800")
    second.wait("answered")
    r.snapshot("three")
    channel = r.channel("PJSIP/202")["Channel"]
    r.act("ConfbridgeMute", {"Conference": "800", "Channel": channel})
    r.wait("ConfbridgeMute")
    r.snapshot("one muted")
    r.act("ConfbridgeUnmute", {"Conference": "800", "Channel": channel})
    r.act("ConfbridgeKick", {"Conference": "800", "Channel": channel})
    second.wait("ended")
    first.hangup()
    caller.hangup()
    r.wait("ConfbridgeEnd")


@scene
def local_kept(r: Recorder) -> None:
    """A call from outside reaches 201 through a Local channel that stays (/n)."""
    caller, phone = talk(r, "5550104")
    caller.hangup()
    phone.wait("ended")


@scene
def local_optimised(r: Recorder) -> None:
    """A call from outside reaches 201 through a Local channel that Asterisk takes out once they talk."""
    phone = r.rig.phone("201", answer_after=0.5)
    caller = r.rig.call_from_outside("5550105")
    r.wait("DialBegin")
    caller.wait("answered")
    caller.speak(0.3)
    phone.speak(0.3)
    r.wait("LocalOptimizationEnd")
    r.snapshot("talking")
    caller.hangup()
    phone.wait("ended")


@scene
def click_to_dial(r: Recorder) -> None:
    """201's phone is called by `Originate`; when it answers, it rings 202, who answers; 201 hangs up."""
    mine, target = r.rig.phone("201"), r.rig.phone("202")
    originate(r)
    mine.wait("ringing")
    r.snapshot("my phone rings")
    mine.answer()
    r.wait("OriginateResponse")
    target.wait("ringing")
    r.snapshot("the target rings")
    target.answer()
    r.snapshot("talking")
    mine.hangup()
    target.wait("ended")


def originate(r: Recorder) -> None:
    r.act(
        "Originate",
        {
            "Channel": "PJSIP/201",
            "Context": "from-internal",
            "Exten": "202",
            "Priority": "1",
            "CallerID": "Bruno Keller <202>",
            "Timeout": "6000",
            "Async": "true",
            "ChannelId": "dial-1",
        },
    )


@scene
def click_to_dial_no_answer(r: Recorder) -> None:
    """The same, but nobody picks up 201's phone within six seconds."""
    r.rig.phone("201")
    originate(r)
    r.wait("OriginateResponse")


@scene
def click_to_dial_busy(r: Recorder) -> None:
    """The same, but 201's phone is busy."""
    r.rig.phone("201", refuse=True, refuse_with=486)
    originate(r)
    r.wait("OriginateResponse")


@scene
def voicemail(r: Recorder) -> None:
    """A caller leaves a message for 201, who dials *97, hears it and deletes it."""
    caller = r.rig.call_from_outside("5550107")
    caller.wait("answered")
    caller.speak(3)
    caller.hangup()
    r.wait("MessageWaiting", Waiting="1")
    r.snapshot("one new message")
    owner = r.rig.call_from("201", "*97")
    owner.wait("answered")
    channel = r.channel("PJSIP/201")["Channel"]
    with r.asterisk.session() as keys:
        for prompt, digit in (("vm-youhave", "1"), ("vm-message", "7")):
            r.asterisk.wait_logged(f"<{channel}> Playing '{prompt}")
            keys.action("PlayDTMF", {"Channel": channel, "Digit": digit, "Receive": "true"})
    r.asterisk.wait_logged(f"<{channel}> Playing 'vm-deleted")
    owner.hangup()
    r.wait("MessageWaiting", Waiting="0")


@scene
def reload(r: Recorder) -> None:
    """`module reload` of dialplan, queues, parking, conferences, SIP and voicemail while a call is up."""
    caller, phone = talk(r)
    for module in ("pbx_config", "app_queue", "res_parking", "app_confbridge", "res_pjsip", "app_voicemail"):
        r.asterisk.cli(f"module reload {module}.so")
    r.wait("Reload")
    r.snapshot("after the reload")
    caller.hangup()
    phone.wait("ended")


@scene
def several_at_once(r: Recorder) -> None:
    """Three calls at a time: outside to 201, 202 to 203, and a caller waiting in `support` while 204 and 205 are silent."""
    phones = {number: r.rig.phone(number) for number in ("201", "203", "204", "205")}
    outside = r.rig.call_from_outside("5550100", number="+48600111010", name="Ana Costa")
    inside = r.rig.call_from("202", "203")
    waiting = r.rig.call_from_outside("5550102", number="+48600111011", name="Ben Ito")
    phones["201"].wait("ringing")
    phones["201"].answer()
    phones["203"].wait("ringing")
    phones["203"].answer()
    r.wait("QueueCallerJoin")
    inside.hangup()
    outside.hangup()
    waiting.hangup()
    wait_for(lambda: not r.asterisk.channels(), "all calls to end")
