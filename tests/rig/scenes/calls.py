"""Plain calls, hold, Local channels and click to dial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rig.parts import wait_for
from tests.rig.scenes.base import scene, talk


if TYPE_CHECKING:
    from tests.rig.record import Recorder


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
def several_at_once(r: Recorder) -> None:
    """Three calls at a time: outside to 201, 202 to 203, and a caller waiting in `support` while 204 and 205 are
    silent.
    """
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
