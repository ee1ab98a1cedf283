"""The dialplan include on both Asterisks: the operator swaps between caller and target, or all three meet."""

from __future__ import annotations

import pytest

from tests.rig.office import Office, asking, wait_in_bridge, waits
from tests.rig.parts import wait_for


pytestmark = pytest.mark.asterisk


def swap(office: Office, waiting: str, operator: str, other: str) -> None:
    """The operator, who talks with `other`, talks with `waiting` instead."""
    office.give(operator, CALLER=waiting, OTHER=other)
    office.give(other, HOLD_KIND="consult")
    office.redirect(other, "cordboard-hold", "201", operator, "cordboard-rejoin", "s")


def test_the_operator_swaps_between_caller_and_target_and_then_connects_them(office: Office) -> None:
    channel, asked, caller, phone, target = asking(office)
    operator = office.channel("PJSIP/201")
    swap(office, channel, operator, asked)
    wait_in_bridge(office, "PJSIP/itsp", "PJSIP/201")
    wait_for(lambda: waits(office, asked), "the target to wait")
    swap(office, asked, operator, channel)
    wait_in_bridge(office, "PJSIP/201", "PJSIP/202")
    wait_for(lambda: waits(office, channel), "the caller to wait")
    office.ok("Bridge", Channel1=channel, Channel2=asked)
    phone.wait("ended")
    office.wait_talking("PJSIP/itsp", "PJSIP/202")
    target.hangup()
    caller.wait("ended")
    office.wait_gone()


def test_a_target_who_waits_after_a_swap_is_connected_with_the_caller_who_talks(office: Office) -> None:
    channel, asked, caller, phone, target = asking(office)
    operator = office.channel("PJSIP/201")
    swap(office, channel, operator, asked)
    wait_in_bridge(office, "PJSIP/itsp", "PJSIP/201")
    wait_for(lambda: waits(office, asked), "the target to wait")
    office.ok("Bridge", Channel1=channel, Channel2=asked)
    phone.wait("ended")
    office.wait_talking("PJSIP/itsp", "PJSIP/202")
    caller.hangup()
    target.wait("ended")
    office.wait_gone()


@pytest.mark.parametrize("end", ["the one who talks", "the operator", "the one who waits"])
def test_whoever_hangs_up_after_a_swap_leaves_nobody_behind(office: Office, end: str) -> None:
    channel, asked, caller, phone, target = asking(office)
    operator = office.channel("PJSIP/201")
    swap(office, channel, operator, asked)
    wait_in_bridge(office, "PJSIP/itsp", "PJSIP/201")
    wait_for(lambda: waits(office, asked), "the target to wait")
    swap(office, asked, operator, channel)
    wait_in_bridge(office, "PJSIP/201", "PJSIP/202")
    wait_for(lambda: waits(office, channel), "the caller to wait")
    if end == "the one who talks":
        target.hangup()
        office.wait_talking("PJSIP/itsp", "PJSIP/201")
        phone.hangup()
        caller.wait("ended")
    elif end == "the operator":
        phone.hangup()
        target.wait("ended")
        phone.wait("ringing", count=2)
        office.wait_care("return,201,,CANCEL,")
        phone.answer()
        office.wait_talking("PJSIP/itsp", "PJSIP/201")
        office.hang_up_after_a_talk(phone)
    else:
        caller.hangup()
        office.wait_talking("PJSIP/201", "PJSIP/202")
        target.hangup()
        phone.wait("ended")
    office.wait_gone()


def test_all_three_meet_and_the_caller_is_let_go_when_the_house_has_left(office: Office) -> None:
    channel, asked, caller, phone, target = asking(office)
    operator = office.channel("PJSIP/201")
    for staff in (operator, asked):
        office.give(staff, STAFF="1")
    office.redirect(operator, "cordboard-conference", "8150", asked, "cordboard-conference", "8150")
    office.redirect(channel, "cordboard-conference", "8150")
    wait_for(lambda: len(office.ami.list("ConfbridgeList", {"Conference": "8150"})) == 3, "three in the room")
    office.wait_care("conference,201,8150,,")
    members = office.ami.list("ConfbridgeList", {"Conference": "8150"})
    assert [member["Channel"] for member in members if member["MarkedUser"] == "No"] == [channel]
    phone.hangup()
    wait_for(lambda: len(office.ami.list("ConfbridgeList", {"Conference": "8150"})) == 2, "two in the room")
    target.hangup()
    caller.wait("ended")
    office.wait_gone()
