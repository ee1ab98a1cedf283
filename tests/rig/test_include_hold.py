"""The dialplan include on both Asterisks: hold, take, serial calls and camping on."""

from __future__ import annotations

import pytest

from tests.rig.office import Office
from tests.rig.parts import wait_for


pytestmark = pytest.mark.asterisk


def hold(office: Office, **variables: str) -> str:
    """201 puts the caller on hold; the name of the caller's channel."""
    channel = office.channel("PJSIP/itsp")
    office.give(channel, **variables)
    office.redirect(channel, "cordboard-hold", "201")
    return channel


def test_a_caller_on_hold_for_too_long_comes_back_to_the_operator(office: Office) -> None:
    office.settings(HOLD_TIMEOUT=1)
    _, phone = office.in_call()
    channel = hold(office, FOR="202")
    phone.wait("ended")
    held = office.wait_care("hold,201,202,,")
    assert held["Channel"] == channel
    assert held["Uniqueid"] == office.channels("PJSIP/itsp")[0]["Uniqueid"]
    assert office.variable(channel, "CORDBOARD_FOR") == ""
    phone.wait("ringing", count=2)
    office.wait_care("return,201,202,TIMEOUT,")
    phone.answer()
    office.wait_talking("PJSIP/itsp", "PJSIP/201")


def test_a_caller_for_whom_nobody_asks_after_all_comes_back_at_once(office: Office) -> None:
    """The operator has hung up before anything on that channel could have brought the caller back."""
    _, phone = office.in_call()
    hold(office, HOLD_KIND="consult", FOR="202")
    office.wait_care("consult,201,202,,")
    phone.wait("ringing", count=2)
    office.wait_care("return,201,202,CANCEL,")


def test_begin_and_end_of_the_hold_are_told_with_it(office: Office) -> None:
    office.in_call()
    now = int(office.ok("Getvar", Variable="EPOCH")["Value"])
    hold(office)
    until, since = map(int, office.wait_care("hold,201,,,")["Care"].split(",")[4:])
    assert now <= since <= now + 2
    assert until == since + 60


def test_the_care_of_all_channels_can_be_listed_after_a_log_in(office: Office) -> None:
    office.in_call()
    channel = hold(office, __NOTE="Maria|wants a quotation")
    care = office.wait_care("hold,201,,,")["Care"]
    wait_for(lambda: office.channels("PJSIP/itsp")[0]["Application"] == "MusicOnHold", "the music")
    with office.rig.asterisk.session("cordboard") as ami:
        ami.list("Status", {"Variables": "CORDBOARD_CARE,CORDBOARD_NOTE"})
        text = ami.received.decode()
    assert f"Variable: CORDBOARD_CARE={care}\r\n" in text
    assert "Variable: CORDBOARD_NOTE=Maria|wants a quotation\r\n" in text
    assert f"Channel: {channel}\r\n" in text


def test_a_caller_who_hangs_up_on_hold_leaves_nothing_behind(office: Office) -> None:
    caller, _ = office.in_call()
    hold(office)
    office.wait_care("hold,201,,,")
    caller.hangup()
    office.wait_gone()


def test_a_held_caller_is_taken_by_another_operator(office: Office) -> None:
    office.in_call()
    channel = hold(office)
    office.wait_care("hold,201,,,")
    phone = office.rig.phone("205", answer_after=0)
    office.redirect(channel, "cordboard-take", "205")
    phone.wait("answered")
    office.wait_talking("PJSIP/itsp", "PJSIP/205")
    office.wait_cares(["hold,201,,,", "take,205,,,"])
    office.hang_up_after_a_talk(phone)
    office.wait_gone()


def test_the_phone_of_who_takes_a_call_is_told_to_answer_only_when_that_is_wanted(office: Office) -> None:
    office.in_call()
    channel = hold(office)
    office.wait_care("hold,201,,,")
    phone = office.rig.phone("205")
    before = office.rig.asterisk.log(1_000_000)
    office.rig.asterisk.cli("pjsip set logger on")
    try:
        office.redirect(channel, "cordboard-take", "205")
        phone.wait("ringing")
        assert "answer-after=0" not in office.rig.asterisk.logged_since(before)
        office.give(channel, AUTO_ANSWER="1")
        office.redirect(channel, "cordboard-take", "205")
        phone.wait("ringing", count=2)
        for header in ("Call-Info: <sip:panel>;answer-after=0", "Alert-Info: info=alert-autoanswer"):
            wait_for(lambda header=header: header in office.rig.asterisk.logged_since(before), header)
    finally:
        office.rig.asterisk.cli("pjsip set logger off")
    assert office.variable(channel, "CORDBOARD_AUTO_ANSWER") == ""


@pytest.mark.parametrize(("phone", "reason"), [("silent", "NOANSWER"), ("busy", "BUSY"), ("declining", "REJECTED")])
def test_a_caller_whom_the_taker_does_not_answer_waits_on_and_comes_back_to_the_taker(
    office: Office, phone: str, reason: str
) -> None:
    office.settings(HOLD_TIMEOUT=2, RETURN_TIMEOUT=1)
    office.in_call()
    refusals = {"busy": 486, "declining": 603}
    taker = office.rig.phone("205", refuse=phone != "silent", refuse_with=refusals.get(phone, 603))
    office.redirect(office.channel("PJSIP/itsp"), "cordboard-take", "205")
    office.wait_care(f"hold,205,,{reason},")
    office.wait_care("return,205,,TIMEOUT,")
    taker.wait("called", count=2)


def test_a_caller_is_fetched_back_before_the_target_answers(office: Office) -> None:
    _, phone = office.in_call()
    target = office.rig.phone("202")
    office.transfer("202")
    target.wait("ringing")
    office.redirect(office.channel("PJSIP/itsp"), "cordboard-take", "201")
    target.wait("cancelled")
    phone.wait("ringing", count=2)
    phone.answer()
    office.wait_talking("PJSIP/itsp", "PJSIP/201")


# -- Serial calls -----------------------------------------------------------------------------------------------------


def test_a_serial_caller_comes_back_when_the_target_hangs_up(office: Office) -> None:
    caller, phone = office.in_call()
    target = office.rig.phone("202", answer_after=0)
    office.transfer("202", "cordboard-serial")
    target.wait("answered")
    office.wait_talking("PJSIP/itsp", "PJSIP/202")
    office.wait_cares(["serial,201,202,,"])
    target.hangup()
    phone.wait("ringing", count=2)
    office.wait_care("return,201,202,SERIAL,")
    phone.answer()
    office.wait_talking("PJSIP/itsp", "PJSIP/201")
    caller.hangup()
    office.wait_gone()


def test_a_serial_caller_whom_nobody_answers_comes_back_with_the_reason(office: Office) -> None:
    _, phone = office.in_call()
    office.rig.phone("202", refuse=True, refuse_with=486)
    office.transfer("202", "cordboard-serial")
    phone.wait("ringing", count=2)
    office.wait_care("return,201,202,BUSY,")


def test_a_serial_caller_who_hangs_up_ends_it_all(office: Office) -> None:
    caller, _ = office.in_call()
    target = office.rig.phone("202", answer_after=0)
    office.transfer("202", "cordboard-serial")
    target.wait("answered")
    office.wait_talking("PJSIP/itsp", "PJSIP/202")
    caller.hangup()
    target.wait("ended")
    office.wait_gone()


# -- Camping on -------------------------------------------------------------------------------------------------------


def test_a_camped_caller_is_put_through_when_the_target_is_free(office: Office) -> None:
    office.in_call()
    target = office.rig.phone("202")
    other = office.rig.call_from("203", "202")
    target.wait("ringing")
    target.answer()
    office.transfer("202", "cordboard-camp")
    office.wait_care("camp,201,202,,")
    other.hangup()
    target.wait("ended")
    target.wait("ringing", count=2)
    target.answer()
    office.wait_talking("PJSIP/itsp", "PJSIP/202")
    office.hang_up_after_a_talk(target)
    office.wait_gone()
    office.wait_cares(["camp,201,202,,"])


def test_a_camped_caller_comes_back_when_the_target_stays_busy(office: Office) -> None:
    office.settings(CAMP_TIMEOUT=1)
    _, phone = office.in_call()
    target = office.rig.phone("202", answer_after=0)
    office.rig.call_from("203", "202")
    target.wait("answered")
    office.transfer("202", "cordboard-camp")
    phone.wait("ringing", count=2)
    office.wait_care("return,201,202,TIMEOUT,")


@pytest.mark.parametrize(("target", "reason"), [("silent", "NOANSWER"), ("declining", "REJECTED")])
def test_a_camped_caller_whom_the_free_target_does_not_want_comes_back(
    office: Office, target: str, reason: str
) -> None:
    office.settings(TRANSFER_TIMEOUT=1)
    _, phone = office.in_call()
    office.rig.phone("202", refuse=target == "declining", refuse_with=603)
    office.transfer("202", "cordboard-camp")
    phone.wait("ringing", count=2)
    office.wait_care(f"return,201,202,{reason},")


def test_a_camped_caller_waits_on_when_the_phone_refuses_though_its_hint_says_free(office: Office) -> None:
    office.settings(CAMP_TIMEOUT=5)
    _, phone = office.in_call()
    target = office.rig.phone("202", refuse=True, refuse_with=486)
    office.transfer("202", "cordboard-camp")
    target.wait("rejected", count=2)
    phone.wait("ringing", count=2)
    office.wait_care("return,201,202,TIMEOUT,")


def test_camping_on_a_number_without_a_hint_rings_it_once(office: Office) -> None:
    _, phone = office.in_call()
    outside = office.rig.outside_phone(refuse=True)
    office.transfer("05550777", "cordboard-camp")
    outside.wait("rejected")
    phone.wait("ringing", count=2)
    office.wait_care("return,201,05550777,BUSY,")


def test_of_two_camped_callers_the_one_who_waited_longer_is_put_through_first(office: Office) -> None:
    target = office.rig.phone("202")
    other = office.rig.call_from("203", "202")
    target.wait("ringing")
    target.answer()
    office.rig.phone("201", answer_after=0)
    first, second = camped(office, "Eins"), camped(office, "Zwei")
    assert first != second
    other.hangup()
    target.wait("ended")
    target.wait("ringing", count=2)
    target.answer()
    wait_for(lambda: bridged(office, first), "the first to talk")
    assert not bridged(office, second)
    office.ok("Hangup", Channel=first)
    target.wait("ringing", count=3)
    target.answer()
    wait_for(lambda: bridged(office, second), "the second to talk")


def camped(office: Office, name: str) -> str:
    """A caller who talks with 201 and is camped on 202; the channel's name."""
    before = {row["Channel"] for row in office.channels("PJSIP/itsp")}
    office.rig.call_from_outside("5550100", name=name)
    new = wait_for(
        lambda: [row["Channel"] for row in office.channels("PJSIP/itsp")
                 if row["Channel"] not in before and row["BridgeId"]],
        "the caller to talk",
    )  # fmt: skip
    office.give(new[0], __OPERATOR="201")
    office.redirect(new[0], "cordboard-camp", "202")
    office.wait_care("camp,201,202,,", new[0])
    wait_for(lambda: not office.channels("PJSIP/201"), "the operator to be free")
    return new[0]


def bridged(office: Office, channel: str) -> bool:
    return any(row["BridgeId"] for row in office.channels(channel))
