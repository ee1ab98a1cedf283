"""The dialplan include on both Asterisks: mailboxes, queues, rooms, listening, recording, mute and pick-up."""

from __future__ import annotations

import array
import contextlib
import itertools
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.ami import Fields
from tests.rig.office import Office
from tests.rig.parts import wait_for
from tests.rig.phones import NOISE, SILENCE, SipProcess


pytestmark = pytest.mark.asterisk


# -- Mailboxes --------------------------------------------------------------------------------------------------------


def test_a_caller_sent_to_a_mailbox_can_leave_a_message(office: Office) -> None:
    caller, _ = office.in_call()
    office.transfer("202", "cordboard-voicemail")
    office.wait_care("voicemail,201,202,,")
    channel = office.channel("PJSIP/itsp")
    office.rig.asterisk.wait_logged(f"<{channel}> Playing 'vm-theperson")
    office.ok("PlayDTMF", Channel=channel, Digit="#", Receive="true")  # the caller skips the greeting
    office.rig.asterisk.wait_logged(f"<{channel}> Playing 'beep")
    caller.speak(1)
    caller.hangup()
    office.ami.wait_event("MessageWaiting", Mailbox="202@default", Waiting="1")


def test_a_caller_sent_to_a_mailbox_that_does_not_exist_comes_back(office: Office) -> None:
    _, phone = office.in_call()
    office.transfer("299", "cordboard-voicemail")
    phone.wait("ringing", count=2)
    office.wait_care("return,201,299,NOMAILBOX,")


# -- Queues -----------------------------------------------------------------------------------------------------------


def test_a_caller_sent_into_a_queue_is_answered_there(office: Office) -> None:
    caller, _ = office.in_call()
    agent = office.rig.phone("204", answer_after=0)
    office.transfer("s", "cordboard-queue", QUEUE="support")
    agent.wait("answered")
    office.wait_talking("PJSIP/itsp", "PJSIP/204")
    office.wait_cares(["queue,201,support,,"])
    agent.hangup()
    caller.wait("ended")
    office.wait_gone()


def test_a_caller_whom_nobody_answers_in_the_queue_comes_back(office: Office) -> None:
    office.settings(QUEUE_TIMEOUT=2)
    _, phone = office.in_call()
    office.rig.phone("204")
    office.transfer("s", "cordboard-queue", QUEUE="support")
    office.wait_care("queue,201,support,,")
    phone.wait("ringing", count=2)
    office.wait_care("return,201,support,TIMEOUT,")


@pytest.mark.parametrize("queue", ["nobodys", ""], ids=["no such queue", "no queue named"])
def test_a_caller_sent_into_a_queue_that_is_not_there_comes_back(office: Office, queue: str) -> None:
    _, phone = office.in_call()
    office.transfer("s", "cordboard-queue", QUEUE=queue)
    phone.wait("ringing", count=2)
    office.wait_care(f"return,201,{queue},EMPTY,")


def test_a_caller_is_fetched_back_out_of_a_queue(office: Office) -> None:
    _, phone = office.in_call()
    agent = office.rig.phone("204")
    office.transfer("s", "cordboard-queue", QUEUE="support")
    agent.wait("ringing")
    office.redirect(office.channel("PJSIP/itsp"), "cordboard-take", "201")
    agent.wait("cancelled")
    phone.wait("ringing", count=2)
    phone.answer()
    office.wait_talking("PJSIP/itsp", "PJSIP/201")


# -- Conference rooms -------------------------------------------------------------------------------------------------


def members(office: Office, room: str) -> list[Fields]:
    return office.ami.list("ConfbridgeList", {"Conference": room})


def test_caller_and_operator_can_be_moved_into_a_conference_and_the_time_limit_sends_the_caller_back(
    office: Office,
) -> None:
    office.settings(CONFERENCE_TIMEOUT=2)
    _, phone = office.in_call()
    caller, operator = office.channel("PJSIP/itsp"), office.channel("PJSIP/201")
    office.give(caller, __OPERATOR="201")
    office.give(operator, STAFF="1")
    office.redirect(caller, "cordboard-conference", "8150", operator, "cordboard-conference", "8150")
    wait_for(lambda: len(members(office, "8150")) == 2, "two in the room")
    phone.wait("ringing", count=2)
    office.wait_cares(["conference,201,8150,,", "return,201,8150,TIMEOUT,"], prefix="")


def test_who_is_sent_out_of_a_conference_is_let_go(office: Office) -> None:
    caller, _ = office.in_call()
    office.transfer("8150", "cordboard-conference")
    wait_for(lambda: len(members(office, "8150")) == 1, "the caller in the room")
    office.ok("ConfbridgeKick", Conference="8150", Channel=office.channel("PJSIP/itsp"))
    caller.wait("ended")
    office.wait_gone()


def test_a_caller_who_is_not_let_into_a_locked_conference_comes_back(office: Office) -> None:
    _, phone = office.in_call()
    inside = office.rig.call_from("203", "800")
    inside.wait("answered")
    wait_for(lambda: len(members(office, "800")) == 1, "somebody in the room")
    office.ok("ConfbridgeLock", Conference="800")
    office.transfer("800", "cordboard-conference")
    phone.wait("ringing", count=2, timeout=20)
    office.wait_care("return,201,800,ROOM,")


def test_members_of_a_conference_are_muted_and_the_room_is_unlocked_with_least_privilege(office: Office) -> None:
    office.in_call()
    office.transfer("8150", "cordboard-conference")
    wait_for(lambda: len(members(office, "8150")) == 1, "the caller in the room")
    channel = office.channel("PJSIP/itsp")
    office.ok("ConfbridgeMute", Conference="8150", Channel=channel)
    office.ami.wait_event("ConfbridgeMute", Channel=channel)
    assert [member["Muted"] for member in members(office, "8150")] == ["Yes"]
    office.ok("ConfbridgeUnmute", Conference="8150", Channel=channel)
    assert [member["Muted"] for member in members(office, "8150")] == ["No"]
    office.ok("ConfbridgeLock", Conference="8150")
    assert [room["Locked"] for room in office.ami.list("ConfbridgeListRooms")] == ["Yes"]
    office.ok("ConfbridgeUnlock", Conference="8150")
    assert [room["Locked"] for room in office.ami.list("ConfbridgeListRooms")] == ["No"]


# -- Listening, recording, mute ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["listen", "whisper", "barge"])
def test_a_supervisor_listens_to_exactly_one_call(office: Office, how: str) -> None:
    caller, phone = office.in_call()
    supervisor = office.rig.phone("205", answer_after=0)
    spied = office.channel("PJSIP/201")
    office.originate("205", "cordboard-spy", how, Variable=f"CORDBOARD_SPY={spied}")
    event = office.ami.wait_event("ChanSpyStart")
    assert event["SpyeeChannel"] == spied
    phone.hangup()
    caller.wait("ended")
    supervisor.wait("ended")


@contextlib.contextmanager
def sound(phone: SipProcess, sound: bytes = NOISE) -> Iterator[None]:
    """The phone sends this as long as it lasts. Without any sound on a call ChanSpy would not notice its own end."""
    over = threading.Event()

    def speak() -> None:
        while not over.is_set():
            phone.speak(0.1, sound)

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Recording:
    """A recording made through cordboard-record."""

    def __init__(self, office: Office, spied: str) -> None:
        self.office = office
        office.ok(
            "Originate",
            Channel="Local/record@cordboard-record/n", Context="cordboard-record", Exten="wait", Priority="1",
            Async="true", Variable=f"CORDBOARD_SPY={spied}",
        )  # fmt: skip
        assert office.ami.wait_event("ChanSpyStart")["SpyeeChannel"] == spied
        (self.half,) = [row["Channel"] for row in office.channels("Local/record") if row["Channel"].endswith(";2")]
        self.file = self._file()

    def _file(self) -> Path:
        directory = self.office.rig.asterisk.directory / "spool" / "monitor" / "cordboard"
        (path,) = wait_for(lambda: list(directory.glob("*.wav")), "the file")
        return path

    def mute(self, on: bool) -> None:
        self.office.ok("MixMonitorMute", Channel=self.half, Direction="both", State="1" if on else "0")

    def wait_longer(self, seconds: float) -> None:
        """Until the file has grown by so many seconds of sound (8,000 samples of two bytes each)."""
        size = self.file.stat().st_size + seconds * 16_000
        wait_for(lambda: self.file.stat().st_size > size, "the file to grow", timeout=20)

    def stop(self) -> list[bool]:
        """End it; for each stretch of the file, whether it is loud."""
        self.office.ok("Hangup", Channel=self.half)
        wait_for(lambda: not self.office.channels("Local/record"), "the recording to end")
        with wave.open(str(self.file)) as file:
            samples = array.array("h", file.readframes(file.getnframes()))
        self.file.unlink()
        loud = [max(map(abs, samples[at : at + 800])) > 1000 for at in range(0, len(samples) - 800, 800)]
        return [stretch for stretch, _ in itertools.groupby(loud)]


def test_a_call_is_recorded_and_a_pause_leaves_out_what_is_said(office: Office) -> None:
    caller, phone = office.in_call()
    with sound(caller), sound(phone):
        recording = Recording(office, office.channel("PJSIP/itsp"))
        recording.wait_longer(1)
        recording.mute(True)
        recording.wait_longer(1)
        recording.mute(False)
        recording.wait_longer(1)
        assert recording.stop()[-3:] == [True, False, True]
    office.wait_talking("PJSIP/itsp", "PJSIP/201")


def test_a_recording_ends_with_the_call(office: Office) -> None:
    caller, phone = office.in_call()
    recording = Recording(office, office.channel("PJSIP/itsp"))
    phone.hangup()
    caller.wait("ended")
    office.wait_gone()
    recording.file.unlink()


def test_whoever_is_muted_is_not_heard_until_unmuted(office: Office) -> None:
    caller, phone = office.in_call()
    channel = office.channel("PJSIP/itsp")
    with sound(caller), sound(phone, SILENCE):
        recording = Recording(office, office.channel("PJSIP/201"))
        recording.wait_longer(1)
        office.ok("Setvar", Channel=channel, Variable="MUTEAUDIO(in)", Value="on")
        recording.wait_longer(1)
        office.ok("Setvar", Channel=channel, Variable="MUTEAUDIO(in)", Value="off")
        recording.wait_longer(1)
        assert recording.stop()[-3:] == [True, False, True]


# -- Pick-up ----------------------------------------------------------------------------------------------------------


def test_a_ringing_call_is_picked_up_by_its_uniqueid(office: Office) -> None:
    ringing, picking = office.rig.phone("201"), office.rig.phone("202", answer_after=0)
    office.rig.call_from_outside("5550100")
    ringing.wait("ringing")
    (target,) = [row["Uniqueid"] for row in office.channels("PJSIP/201")]
    office.originate("202", "cordboard-pickup", "s", Variable=f"CORDBOARD_PICKUP={target}")
    ringing.wait("cancelled")
    picking.wait("answered")
    office.wait_talking("PJSIP/itsp", "PJSIP/202")


def test_picking_up_a_call_that_is_gone_ends_the_operators_phone_and_nothing_else(office: Office) -> None:
    office.in_call()
    picking = office.rig.phone("202", answer_after=0)
    office.originate("202", "cordboard-pickup", "s", Variable="CORDBOARD_PICKUP=1700000000.1")
    picking.wait("ended")
    office.wait_talking("PJSIP/itsp", "PJSIP/201")
