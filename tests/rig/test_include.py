"""The dialplan include on both Asterisks, driven with the least privilege that we ask for: no caller is ever lost in
it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rig.ami import Fields, RawSession
from tests.rig.parts import wait_for
from tests.rig.phones import Phone, Rig, SipProcess


pytestmark = pytest.mark.asterisk

QUICK = {
    "TRANSFER_TIMEOUT": 2,
    "HOLD_TIMEOUT": 1,
    "CAMP_TIMEOUT": 20,
    "RETURN_TIMEOUT": 2,
    "RETURN_PAUSE": 1,
    "RETURN_TRIES": 2,
}
"""Seconds (and tries) short enough for tests; users have the defaults of the file."""


class Office:
    """The rig, and what the panel would do with it."""

    def __init__(self, rig: Rig, ami: RawSession) -> None:
        self.rig = rig
        self.ami = ami

    def settings(self, **values: object) -> None:
        for name, value in values.items():
            self.ami.action("Setvar", {"Variable": f"CORDBOARD_{name}", "Value": str(value)})

    def channel(self, prefix: str) -> str:
        names = [row["Channel"] for row in self.ami.list("CoreShowChannels") if row["Channel"].startswith(prefix)]
        assert len(names) == 1, f"{prefix}: {names}"
        return names[0]

    def ok(self, action: str, **headers: str) -> Fields:
        reply = self.ami.action(action, headers)
        assert reply["Response"] == "Success", reply
        return reply

    def in_call(self, name: str = "Jan Novák") -> tuple[SipProcess, Phone]:
        """A caller from outside who talks with 201, the operator."""
        phone = self.rig.phone("201")
        caller = self.rig.call_from_outside("5550100", name=name)
        phone.wait("ringing")
        phone.answer()
        self.wait_talking("PJSIP/itsp", "PJSIP/201")  # BlindTransfer is refused until both are in the bridge
        return caller, phone

    def transfer(self, to: str, context: str = "cordboard-transfer", *, operator: str = "201") -> None:
        if operator:
            self.ok("Setvar", Channel=self.channel("PJSIP/itsp"), Variable="__CORDBOARD_OPERATOR", Value=operator)
        self.ok("BlindTransfer", Channel=self.channel("PJSIP/201"), Context=context, Exten=to)

    def talking(self, *prefixes: str) -> bool:
        """Whether channels with these names, and no others, are up in one bridge."""
        rows = self.ami.list("CoreShowChannels")
        bridges = {row["BridgeId"] for row in rows}
        names = sorted(row["Channel"].split("-")[0] for row in rows)
        return names == sorted(prefixes) and len(bridges) == 1 and bridges != {""}

    def wait_talking(self, *prefixes: str) -> None:
        wait_for(lambda: self.talking(*prefixes), f"{' and '.join(prefixes)} to talk")


@pytest.fixture
def office(rig: Rig) -> Iterator[Office]:
    with rig.asterisk.session("cordboard", "system,call,agent") as ami:
        office = Office(rig, ami)
        office.settings(**QUICK)
        yield office
        office.settings(**dict.fromkeys([*QUICK, "FALLBACK", "CONFERENCE_TIMEOUT", "SPY_TIMEOUT"], ""))


def test_the_version_of_the_include_can_be_read_with_least_privilege(office: Office) -> None:
    assert office.ok("Getvar", Variable="DIALPLAN_EXISTS(cordboard-version,1,1)")["Value"] == "1"
    assert office.ok("Getvar", Variable="DIALPLAN_EXISTS(cordboard-version,2,1)")["Value"] == "0"


def test_without_the_include_its_version_is_not_there(plain_asterisk) -> None:
    with plain_asterisk.session("cordboard") as ami:
        reply = ami.action("Getvar", {"Variable": "DIALPLAN_EXISTS(cordboard-version,1,1)"})
    assert (reply["Response"], reply["Value"]) == ("Success", "0")


def test_asterisk_reads_the_include_without_a_complaint(office: Office) -> None:
    asterisk = office.rig.asterisk
    asterisk.cli("module reload pbx_config.so")
    office.ami.wait_event("Reload", Module="pbx_config.so")
    complaints = [line for line in asterisk.log(100_000).splitlines() if "WARNING" in line or "ERROR" in line]
    sources = (" pbx_config.c:", " pbx.c:", " config.c:", "extensions")
    assert [line for line in complaints if any(source in line for source in sources)] == []
    shown = asterisk.cli("dialplan show")
    assert "[ Context 'cordboard-ring' created by 'pbx_config' ]" in shown


def test_click_to_dial_rings_my_phone_and_then_the_target(office: Office) -> None:
    mine, target = office.rig.phone("201"), office.rig.phone("202")
    originate(office, "201", "cordboard-dial", "202")
    mine.wait("ringing")
    mine.answer()
    target.wait("ringing")
    target.answer()
    office.wait_talking("PJSIP/201", "PJSIP/202")


def test_a_transfer_that_is_answered_connects_caller_and_target(office: Office) -> None:
    caller, phone = office.in_call()
    target = office.rig.phone("202", answer_after=0)
    office.transfer("202")
    phone.wait("ended")
    target.wait("answered")
    office.wait_talking("PJSIP/itsp", "PJSIP/202")
    target.hangup()
    caller.wait("ended")


@pytest.mark.parametrize("target", ["silent", "busy", "declining", "without a phone", "no such extension"])
def test_a_transfer_that_nobody_takes_comes_back_to_the_operator(office: Office, target: str) -> None:
    caller, phone = office.in_call()
    if target == "silent":
        office.rig.phone("202")
    elif target in ("busy", "declining"):
        office.rig.phone("202", refuse=True, refuse_with=486 if target == "busy" else 603)
    office.transfer("299" if target == "no such extension" else "202")
    phone.wait("ringing", count=2)
    assert '"Back: Jan Novák"' in phone.wait("called", count=2).detail
    phone.answer()
    office.wait_talking("PJSIP/itsp", "PJSIP/201")
    assert not [note for note in caller.notes() if note.what == "ended"]


def test_a_transfer_to_a_phone_that_is_not_to_be_disturbed_comes_back_without_ringing_it(office: Office) -> None:
    _, phone = office.in_call()
    target = office.rig.phone("210")
    office.ok("Setvar", Variable="DEVICE_STATE(Custom:DND210)", Value="BUSY")
    try:
        office.transfer("210")
        phone.wait("ringing", count=2)
        assert target.notes() == []
    finally:
        office.ok("Setvar", Variable="DEVICE_STATE(Custom:DND210)", Value="NOT_INUSE")


def test_a_transfer_to_an_outside_number_goes_through_the_dialplan_of_the_house(office: Office) -> None:
    caller, _ = office.in_call()
    outside = office.rig.outside_phone(answer_after=0)
    office.transfer("05550777")
    outside.wait("answered")
    outside.hangup()
    caller.wait("ended")


def test_the_way_back_is_known_from_the_transfer_itself_when_the_panel_named_no_operator(office: Office) -> None:
    _, phone = office.in_call()
    office.transfer("202", operator="")
    phone.wait("ringing", count=2)


def test_the_operator_is_tried_again_and_then_the_fallback_takes_the_caller(office: Office) -> None:
    office.settings(FALLBACK="205")
    caller, phone = office.in_call()
    reception = office.rig.phone("205", answer_after=0)
    office.transfer("202")
    phone.wait("ringing", count=2)
    phone.wait("ringing", count=3, timeout=20)
    reception.wait("answered", timeout=20)
    office.wait_talking("PJSIP/itsp", "PJSIP/205")
    assert not [note for note in caller.notes() if note.what == "ended"]


def test_without_a_fallback_the_caller_may_leave_the_operator_a_message(office: Office) -> None:
    office.settings(RETURN_TRIES=1)
    caller, _ = office.in_call()
    office.transfer("202")
    office.rig.asterisk.wait_logged(
        f"Executing [s@cordboard-return:{voicemail_priority(office)}] VoiceMail", timeout=20
    )
    assert not [note for note in caller.notes() if note.what == "ended"]


def voicemail_priority(office: Office) -> str:
    listing = office.rig.asterisk.cli("dialplan show s@cordboard-return")
    (line,) = [line for line in listing.splitlines() if " VoiceMail(" in line]
    return line.split(".")[0].split()[-1]


def test_a_caller_on_hold_for_too_long_comes_back_to_the_operator(office: Office) -> None:
    _, phone = office.in_call()
    office.ok("Redirect", Channel=office.channel("PJSIP/itsp"), Context="cordboard-hold", Exten="201", Priority="1")
    phone.wait("ended")
    phone.wait("ringing", count=2)
    phone.answer()
    office.wait_talking("PJSIP/itsp", "PJSIP/201")


def consult(office: Office, target: str) -> None:
    """Caller on hold, operator to the target, in one action."""
    caller, operator = office.channel("PJSIP/itsp"), office.channel("PJSIP/201")
    office.settings(HOLD_TIMEOUT=30)
    office.ok("Setvar", Channel=operator, Variable="CORDBOARD_CALLER", Value=caller)
    office.ok(
        "Redirect",
        Channel=caller, Context="cordboard-hold", Exten="201", Priority="1",
        ExtraChannel=operator, ExtraContext="cordboard-consult", ExtraExten=target, ExtraPriority="1",
    )  # fmt: skip


def test_a_consultation_ends_with_bridge_and_the_operator_is_out(office: Office) -> None:
    caller, phone = office.in_call()
    target = office.rig.phone("202")
    consult(office, "202")
    target.wait("ringing")
    target.answer()
    office.ok("Bridge", Channel1=office.channel("PJSIP/itsp"), Channel2=office.channel("PJSIP/202"))
    phone.wait("ended")
    office.wait_talking("PJSIP/itsp", "PJSIP/202")
    caller.hangup()
    target.wait("ended")


@pytest.mark.parametrize("target", ["silent", "busy", "hangs up"])
def test_a_consultation_that_fails_gives_the_caller_back_to_the_operator(office: Office, target: str) -> None:
    office.in_call()
    phone = office.rig.phone("202", refuse=target == "busy", refuse_with=486)
    consult(office, "202")
    if target == "hangs up":
        phone.wait("ringing")
        phone.answer()
        phone.hangup()
    office.wait_talking("PJSIP/itsp", "PJSIP/201")


def test_an_operator_who_hangs_up_during_a_consultation_leaves_nobody_behind(office: Office) -> None:
    caller, phone = office.in_call()
    target = office.rig.phone("202")
    consult(office, "202")
    target.wait("ringing")
    phone.hangup()
    target.wait("cancelled")
    assert office.channel("PJSIP/itsp")
    caller.hangup()


def test_a_camped_caller_is_put_through_when_the_target_is_free(office: Office) -> None:
    office.in_call()
    target = office.rig.phone("202")
    other = office.rig.call_from("203", "202")
    target.wait("ringing")
    target.answer()
    office.transfer("202", "cordboard-camp")
    other.hangup()
    target.wait("ringing", count=2)
    target.answer()
    office.wait_talking("PJSIP/itsp", "PJSIP/202")


def test_a_camped_caller_comes_back_when_the_target_stays_busy(office: Office) -> None:
    office.settings(CAMP_TIMEOUT=1)
    _, phone = office.in_call()
    target = office.rig.phone("202", answer_after=0)
    office.rig.call_from("203", "202")
    target.wait("answered")
    office.transfer("202", "cordboard-camp")
    phone.wait("ringing", count=2)


def test_a_caller_sent_to_a_mailbox_can_leave_a_message(office: Office) -> None:
    caller, _ = office.in_call()
    office.transfer("202", "cordboard-voicemail")
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


def test_caller_and_operator_can_be_moved_into_a_conference_and_the_time_limit_sends_them_back(office: Office) -> None:
    office.settings(CONFERENCE_TIMEOUT=2)
    _, phone = office.in_call()
    caller, operator = office.channel("PJSIP/itsp"), office.channel("PJSIP/201")
    office.ok("Setvar", Channel=caller, Variable="__CORDBOARD_OPERATOR", Value="201")
    office.ok(
        "Redirect",
        Channel=caller, Context="cordboard-conference", Exten="8150", Priority="1",
        ExtraChannel=operator, ExtraContext="cordboard-conference", ExtraExten="8150", ExtraPriority="1",
    )  # fmt: skip
    wait_for(lambda: len(office.ami.list("ConfbridgeList", {"Conference": "8150"})) == 2, "two in the room")
    phone.wait("ended")
    phone.wait("ringing", count=2)


@pytest.mark.parametrize("how", ["listen", "whisper", "barge"])
def test_a_supervisor_listens_to_exactly_one_call(office: Office, how: str) -> None:
    caller, phone = office.in_call()
    supervisor = office.rig.phone("205", answer_after=0)
    spied = office.channel("PJSIP/201")
    originate(office, "205", "cordboard-spy", how, Variable=f"CORDBOARD_SPY={spied}")
    event = office.ami.wait_event("ChanSpyStart")
    assert event["SpyeeChannel"] == spied
    phone.hangup()
    caller.wait("ended")
    supervisor.wait("ended")


def test_a_ringing_call_is_picked_up_by_its_uniqueid(office: Office) -> None:
    ringing, picking = office.rig.phone("201"), office.rig.phone("202", answer_after=0)
    office.rig.call_from_outside("5550100")
    ringing.wait("ringing")
    (target,) = [
        row["Uniqueid"] for row in office.ami.list("CoreShowChannels") if row["Channel"].startswith("PJSIP/201")
    ]
    originate(office, "202", "cordboard-pickup", "s", Variable=f"CORDBOARD_PICKUP={target}")
    ringing.wait("cancelled")
    picking.wait("answered")
    office.wait_talking("PJSIP/itsp", "PJSIP/202")


def test_picking_up_a_call_that_is_gone_ends_the_operators_phone_and_nothing_else(office: Office) -> None:
    office.in_call()
    picking = office.rig.phone("202", answer_after=0)
    originate(office, "202", "cordboard-pickup", "s", Variable="CORDBOARD_PICKUP=1700000000.1")
    picking.wait("ended")
    office.wait_talking("PJSIP/itsp", "PJSIP/201")


def originate(office: Office, extension: str, context: str, exten: str, **headers: str) -> None:
    where = {"Context": context, "Exten": exten, "Priority": "1"}
    office.ok("Originate", Channel=f"PJSIP/{extension}", Async="true", Timeout="10000", **where, **headers)
