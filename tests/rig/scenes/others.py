"""Conferences, mailboxes, reloads, and what Asterisk refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rig.scenes.base import scene, talk


if TYPE_CHECKING:
    from tests.rig.record import Recorder


@scene
def conference(r: Recorder) -> None:
    """A caller from outside, 201 and 202 meet in room 800; 202 is muted, unmuted and kicked; 201 leaves, then the
    caller.
    """
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
def refusals(r: Recorder) -> None:
    """What Asterisk replies to actions that cannot be done; nothing happens. While a call rings at 201, then with
    none.
    """
    r.rig.phone("201")
    caller = r.rig.call_from_outside("5550100")
    r.wait("DialBegin")
    ringing = r.channel("PJSIP/201")["Channel"]
    r.act("BlindTransfer", {"Channel": ringing, "Context": "from-internal", "Exten": "202"})
    caller.hangup()
    gone = "PJSIP/201-99999999"
    r.act("Hangup", {"Channel": gone})
    r.act("BlindTransfer", {"Channel": gone, "Context": "from-internal", "Exten": "202"})
    r.act("Redirect", {"Channel": gone, "Context": "from-internal", "Exten": "202", "Priority": "1"})
    r.act("Park", {"Channel": gone})
    r.act("Bridge", {"Channel1": gone, "Channel2": gone})
    r.act("Setvar", {"Channel": gone, "Variable": "X", "Value": "1"})
    r.act("Getvar", {"Channel": gone, "Variable": "CHANNEL(state)"})
    r.act("QueuePause", {"Queue": "front", "Interface": "PJSIP/299", "Paused": "true"})
    r.act("QueueAdd", {"Queue": "front", "Interface": "PJSIP/203"})
    r.act("QueueRemove", {"Queue": "front", "Interface": "PJSIP/203"})
    r.act("ConfbridgeKick", {"Conference": "899", "Channel": gone})
    r.act("Command", {"Command": "core show channels"})
    r.act("NoSuchAction", {})
    nowhere = {"Channel": "PJSIP/299", "Context": "from-internal", "Exten": "202", "Priority": "1"}
    r.act("Originate", {**nowhere, "Async": "true", "ChannelId": "dial-2"})
    r.wait("OriginateResponse")


@scene
def listening(r: Recorder) -> None:
    """A caller from outside talks to 201. 205's phone is called by `Originate` and listens to 201, then whispers; 201
    hangs up.
    """
    caller, phone = talk(r)
    supervisor = r.rig.phone("205", answer_after=0)
    place = {"Context": "cordboard-spy", "Exten": "listen", "Priority": "1"}
    spied = f"CORDBOARD_SPY={r.channel('PJSIP/201')['Uniqueid']}"
    asked = {"Channel": "PJSIP/205", "Timeout": "6000", "Async": "true", "ChannelId": "cordboard-spy-1"}
    r.act("Originate", {**asked, **place, "Variable": spied})
    r.wait("ChanSpyStart")
    r.snapshot("listening")
    r.act("Redirect", {"Channel": r.channel("PJSIP/205")["Channel"], **place, "Exten": "whisper"})
    phone.speak(0.5)  # ChanSpy lets go of a channel at the next packet of sound
    r.wait("ChanSpyStart")
    r.snapshot("whispering")
    phone.hangup()
    caller.wait("ended")
    supervisor.wait("ended")
