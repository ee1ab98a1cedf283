"""The dialplan include on both Asterisks, driven with the least privilege that we ask for: the safe blind transfer, and
the way back. No caller is ever lost in it.
"""

from __future__ import annotations

import pytest

from tests.rig.office import Office
from tests.rig.parts import wait_for


pytestmark = pytest.mark.asterisk


def test_the_versions_of_the_include_can_be_read_with_least_privilege(office: Office) -> None:
    there = [
        office.ok("Getvar", Variable=f"DIALPLAN_EXISTS(cordboard-version,{number},1)")["Value"]
        for number in (1, 2, 3, 4, 5, 6)
    ]
    assert there == ["1", "1", "1", "1", "1", "0"]


def test_without_the_include_its_version_is_not_there(plain_asterisk) -> None:
    with plain_asterisk.session("cordboard") as ami:
        reply = ami.action("Getvar", {"Variable": "DIALPLAN_EXISTS(cordboard-version,1,1)"})
    assert (reply["Response"], reply["Value"]) == ("Success", "0")


def test_asterisk_reads_the_include_without_a_complaint(office: Office) -> None:
    asterisk = office.rig.asterisk
    before = asterisk.log(1_000_000)
    asterisk.cli("module reload pbx_config.so")
    office.ami.wait_event("Reload", Module="pbx_config.so")
    complaints = [line for line in asterisk.logged_since(before).splitlines() if "WARNING" in line or "ERROR" in line]
    sources = (" pbx_config.c:", " pbx.c:", " config.c:", "extensions")
    assert [line for line in complaints if any(source in line for source in sources)] == []
    shown = asterisk.cli("dialplan show")
    assert "[ Context 'cordboard-ring' created by 'pbx_config' ]" in shown


def test_click_to_dial_rings_my_phone_and_then_the_target(office: Office) -> None:
    mine, target = office.rig.phone("201"), office.rig.phone("202")
    office.originate("201", "cordboard-dial", "202")
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
    office.wait_cares(["transfer,201,202,,"])
    office.hang_up_after_a_talk(target)
    caller.wait("ended")
    office.wait_gone()


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("silent", "NOANSWER"),
        ("busy", "BUSY"),
        ("declining", "REJECTED"),
        ("out of order", "CONGESTION"),
        ("vanishing", "NOANSWER"),
        ("without a phone", "NOANSWER"),
    ],
)
def test_a_transfer_that_nobody_takes_comes_back_to_the_operator(office: Office, target: str, reason: str) -> None:
    office.settings(TRANSFER_TIMEOUT=2)
    caller, phone = office.in_call()
    refusals = {"busy": 486, "declining": 603, "out of order": 503}
    if target in refusals:
        office.rig.phone("202", refuse=True, refuse_with=refusals[target])
    elif target != "without a phone":
        silent = office.rig.phone("202")
    office.transfer("202")
    if target == "vanishing":
        silent.wait("ringing")
        silent.end()
    phone.wait("ringing", count=2)
    assert '"Back: Jan Novák"' in phone.wait("called", count=2).detail
    office.wait_care(f"return,201,202,{reason},")
    phone.answer()
    office.wait_talking("PJSIP/itsp", "PJSIP/201")
    office.wait_cares(["transfer,201,202,,", f"return,201,202,{reason},"])
    assert not [note for note in caller.notes() if note.what == "ended"]


def test_a_transfer_to_a_number_that_nobody_has_comes_back(office: Office) -> None:
    _, phone = office.in_call()
    office.transfer("299")
    phone.wait("ringing", count=2)
    office.wait_care("return,201,299,CHANUNAVAIL,")


def test_a_transfer_to_a_phone_that_is_not_registered_comes_back_at_once(office: Office) -> None:
    office.settings(TRANSFER_TIMEOUT=60)
    _, phone = office.in_call()
    with office.unregistered("202"):
        office.transfer("202")
        phone.wait("ringing", count=2)
        office.wait_care("return,201,202,CHANUNAVAIL,")


def test_a_transfer_to_a_phone_that_is_not_to_be_disturbed_comes_back_without_ringing_it(office: Office) -> None:
    _, phone = office.in_call()
    target = office.rig.phone("210")
    office.ok("Setvar", Variable="DEVICE_STATE(Custom:DND210)", Value="BUSY")
    try:
        office.transfer("210")
        phone.wait("ringing", count=2)
        office.wait_care("return,201,210,DND,")
        assert target.notes() == []
    finally:
        office.ok("Setvar", Variable="DEVICE_STATE(Custom:DND210)", Value="NOT_INUSE")


def test_a_target_rings_as_long_as_is_said_for_it_alone(office: Office) -> None:
    office.settings(TRANSFER_TIMEOUT=60)
    caller, phone = office.in_call()
    office.rig.phone("202")
    office.transfer("202", SECONDS="1")
    phone.wait("ringing", count=2)
    office.wait_care("return,201,202,NOANSWER,")
    assert office.variable(office.channel("PJSIP/itsp"), "CORDBOARD_SECONDS") == ""
    caller.hangup()


def test_a_transfer_to_an_outside_number_goes_through_the_dialplan_of_the_house(office: Office) -> None:
    caller, _ = office.in_call()
    outside = office.rig.outside_phone(answer_after=0)
    office.transfer("05550777")
    outside.wait("answered")
    office.hang_up_after_a_talk(outside)
    caller.wait("ended")
    office.wait_cares(["transfer,201,05550777,,"])


@pytest.mark.parametrize(("code", "reason"), [(486, "BUSY"), (603, "REJECTED")])
def test_an_outside_number_that_does_not_take_the_call_sends_it_back(office: Office, code: int, reason: str) -> None:
    _, phone = office.in_call()
    office.rig.outside_phone(refuse=True, refuse_with=code)
    office.transfer("05550777")
    phone.wait("ringing", count=2)
    office.wait_care(f"return,201,05550777,{reason},")


def test_a_caller_who_hangs_up_while_the_target_rings_leaves_nothing_behind(office: Office) -> None:
    caller, _ = office.in_call()
    target = office.rig.phone("202")
    office.transfer("202")
    target.wait("ringing")
    caller.hangup()
    target.wait("cancelled")
    office.wait_gone()


def test_the_way_back_is_known_from_the_transfer_itself_when_the_panel_named_no_operator(office: Office) -> None:
    office.settings(TRANSFER_TIMEOUT=1)
    _, phone = office.in_call()
    office.transfer("202", operator="")
    phone.wait("ringing", count=2)
    office.wait_care("return,,202,NOANSWER,")


def test_whoever_hangs_up_within_a_second_has_not_answered_and_is_called_again_as_often_as_others(
    office: Office,
) -> None:
    office.settings(RETURN_PAUSE=1, RETURN_TRIES=2, FALLBACK="205")
    caller, phone = office.in_call()
    target = office.rig.phone("202", answer_after=0)
    reception = office.rig.phone("205", answer_after=0)
    office.transfer("202")
    target.wait("answered")
    target.hangup()
    for count in (2, 3):
        phone.wait("ringing", count=count)
        office.wait_care("return,201,202,NOANSWER,")
        phone.answer()
        phone.wait("answered", count=count)
        phone.hangup()
    reception.wait("answered", timeout=20)
    office.wait_talking("PJSIP/itsp", "PJSIP/205")
    assert not [note for note in caller.notes() if note.what == "ended"]


def test_the_operator_is_tried_again_and_then_the_fallback_takes_the_caller(office: Office) -> None:
    office.settings(TRANSFER_TIMEOUT=1, RETURN_TIMEOUT=1, FALLBACK="205")
    caller, phone = office.in_call()
    reception = office.rig.phone("205", answer_after=0)
    office.transfer("202")
    phone.wait("cancelled", count=2, timeout=20)
    reception.wait("answered", timeout=20)
    office.wait_talking("PJSIP/itsp", "PJSIP/205")
    office.wait_cares(["transfer,201,202,,", "return,201,202,NOANSWER,", ""])
    assert not [note for note in caller.notes() if note.what == "ended"]


def test_a_busy_operator_is_tried_until_all_tries_could_have_been_over(office: Office) -> None:
    office.settings(RETURN_TIMEOUT=2, RETURN_TRIES=1, FALLBACK="205")
    office.in_call()
    operator = office.rig.phone("202", refuse=True, refuse_with=486)
    reception = office.rig.phone("205", answer_after=0)
    office.transfer("299", operator="202")
    operator.wait("rejected", count=2)
    reception.wait("answered", timeout=20)
    office.wait_talking("PJSIP/itsp", "PJSIP/205")


def test_without_a_fallback_the_caller_may_leave_the_operator_a_message(office: Office) -> None:
    office.settings(TRANSFER_TIMEOUT=1, RETURN_TIMEOUT=1, RETURN_TRIES=1)
    caller, _ = office.in_call()
    office.transfer("202")
    office.wait_care("voicemail,201,201,NOANSWER,", timeout=20)
    wait_for(lambda: office.channels("PJSIP/itsp")[0]["Application"] == "VoiceMail", "the mailbox")
    assert not [note for note in caller.notes() if note.what == "ended"]


def test_without_any_way_back_the_caller_hears_a_goodbye(office: Office) -> None:
    office.settings(RETURN_TIMEOUT=1, RETURN_TRIES=1)
    caller, _ = office.in_call()
    office.transfer("299", operator="206")
    office.wait_care("return,206,299,CHANUNAVAIL,")
    channel = office.channel("PJSIP/itsp")
    office.rig.asterisk.wait_logged(f"<{channel}> Playing 'vm-goodbye")
    caller.wait("ended")
