"""Calls that are sent on, the plain way and through the dialplan include."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rig.scenes.base import scene, talk


if TYPE_CHECKING:
    from tests.rig.record import Recorder


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


@scene
def cordboard_transfer_comes_back(r: Recorder) -> None:
    """A caller is transferred through cordboard-transfer to 202, who is busy; 201 rings again and answers."""
    caller, phone = talk(r)
    r.rig.phone("202", refuse=True, refuse_with=486)
    theirs, mine = r.channel("PJSIP/itsp")["Channel"], r.channel("PJSIP/201")["Channel"]
    r.act("Setvar", {"Channel": theirs, "Variable": "__CORDBOARD_OPERATOR", "Value": "201"})
    r.act("BlindTransfer", {"Channel": mine, "Context": "cordboard-transfer", "Exten": "202"})
    phone.wait("ringing", count=2)
    r.snapshot("back at 201")
    phone.answer()
    r.snapshot("talking again")
    caller.hangup()
    phone.wait("ended", count=2)
