"""The dialplan include on both Asterisks: the operator asks somebody while the caller waits, and what comes of it."""

from __future__ import annotations

import pytest

from tests.rig.office import Office, asking, in_bridge, wait_in_bridge, waits
from tests.rig.parts import wait_for


pytestmark = pytest.mark.asterisk


def test_a_consultation_ends_with_bridge_and_the_operator_is_out(office: Office) -> None:
    caller, phone = office.in_call()
    target = office.rig.phone("202")
    channel, _ = office.consult("202")
    office.wait_care("consult,201,202,,")
    target.wait("ringing")
    target.answer()
    wait_in_bridge(office, "PJSIP/201", "PJSIP/202")
    assert waits(office, channel)
    office.ok("Bridge", Channel1=channel, Channel2=office.channel("PJSIP/202"))
    phone.wait("ended")
    office.wait_talking("PJSIP/itsp", "PJSIP/202")
    caller.hangup()
    target.wait("ended")
    office.wait_gone()
    office.wait_cares(["consult,201,202,,"])


def complete(office: Office, caller: str, target: str) -> None:
    """The caller, who waits, talks to the target. AMI Bridge does it, too, but leaves both a place to go afterwards."""
    office.give(caller, WITH=target)
    office.redirect(caller, "cordboard-connect", "s")


@pytest.mark.parametrize("first", ["caller", "target"])
def test_a_consultation_ends_with_the_caller_sent_to_the_target(office: Office, first: str) -> None:
    channel, other, caller, phone, target = asking(office)
    complete(office, channel, other)
    phone.wait("ended")
    office.wait_talking("PJSIP/itsp", "PJSIP/202")
    office.wait_cares(["consult,201,202,,", ""])
    since = float(office.variable(channel, "CORDBOARD_TALK_SINCE"))
    wait_for(lambda: float(office.ok("Getvar", Variable="EPOCH")["Value"]) >= since + 2, "a talk worth the name")
    (caller if first == "caller" else target).hangup()
    (target if first == "caller" else caller).wait("ended")
    office.wait_gone()
    assert len([note for note in phone.notes() if note.what == "ringing"]) == 1


def test_a_caller_whose_target_hangs_up_as_they_are_connected_comes_back(office: Office) -> None:
    channel, other, caller, phone, _ = asking(office)
    office.ok("Hangup", Channel=other)
    complete(office, channel, other)
    phone.wait("ringing", count=2)
    office.wait_care("return,201,,NOANSWER,")
    phone.answer()
    office.wait_talking("PJSIP/itsp", "PJSIP/201")
    assert not [note for note in caller.notes() if note.what == "ended"]


def test_a_caller_who_hangs_up_as_they_are_connected_leaves_operator_and_target_talking(office: Office) -> None:
    channel, other, caller, phone, target = asking(office)
    office.give(channel, WITH=other)
    caller.hangup()
    wait_for(lambda: not office.channels("PJSIP/itsp"), "the caller to be gone")
    reply = office.ami.action(
        "Redirect", {"Channel": channel, "Context": "cordboard-connect", "Exten": "s", "Priority": "1"}
    )
    assert reply["Response"] == "Error"
    office.wait_talking("PJSIP/201", "PJSIP/202")
    target.hangup()
    phone.wait("ended")
    office.wait_gone()


def test_a_completed_caller_can_be_held_again_and_taken_without_a_trace_of_the_consultation(office: Office) -> None:
    channel, other, caller, phone, _ = asking(office)
    complete(office, channel, other)
    phone.wait("ended")
    office.wait_talking("PJSIP/itsp", "PJSIP/202")
    office.redirect(channel, "cordboard-hold", "202")
    office.wait_care("hold,202,,,")
    taker = office.rig.phone("205", answer_after=0)
    office.redirect(channel, "cordboard-take", "205")
    taker.wait("answered")
    office.wait_talking("PJSIP/itsp", "PJSIP/205")
    office.hang_up_after_a_talk(taker)
    caller.wait("ended")
    office.wait_gone()


def test_after_a_completed_consultation_the_target_may_hang_up_and_the_call_is_over(office: Office) -> None:
    caller, phone = office.in_call()
    target = office.rig.phone("202")
    channel, _ = office.consult("202")
    target.wait("ringing")
    target.answer()
    office.ok("Bridge", Channel1=channel, Channel2=office.channel("PJSIP/202"))
    phone.wait("ended")
    office.wait_talking("PJSIP/itsp", "PJSIP/202")
    target.hangup()
    caller.wait("ended")
    office.wait_gone()
    assert len([note for note in phone.notes() if note.what == "ringing"]) == 1
    office.wait_cares(["consult,201,202,,"])


@pytest.mark.parametrize(
    ("target", "reason"),
    [("silent", "NOANSWER"), ("busy", "BUSY"), ("declining", "REJECTED"), ("hangs up", "ANSWER"),
     ("vanishing", "NOANSWER")],
)  # fmt: skip
def test_a_consultation_that_fails_gives_the_caller_back_to_the_operator(
    office: Office, target: str, reason: str
) -> None:
    office.settings(TRANSFER_TIMEOUT=2)
    caller, phone = office.in_call()
    refusals = {"busy": 486, "declining": 603}
    asked = office.rig.phone("202", refuse=target in refusals, refuse_with=refusals.get(target, 603))
    office.consult("202")
    if target == "hangs up":
        asked.wait("ringing")
        asked.answer()
        asked.hangup()
    elif target == "vanishing":
        asked.wait("ringing")
        asked.end()
    office.wait_talking("PJSIP/itsp", "PJSIP/201")
    office.wait_asked([("202", reason)])
    phone.hangup()
    caller.wait("ended")
    office.wait_gone()


def test_asking_a_number_that_nobody_has_gives_the_caller_back(office: Office) -> None:
    office.in_call()
    office.consult("299")
    office.wait_talking("PJSIP/itsp", "PJSIP/201")
    office.wait_asked([("299", "CHANUNAVAIL")])


def test_asking_a_phone_that_is_not_registered_gives_the_caller_back(office: Office) -> None:
    office.in_call()
    with office.unregistered("202"):
        office.consult("202")
        office.wait_talking("PJSIP/itsp", "PJSIP/201")
    office.wait_asked([("202", "CHANUNAVAIL")])


@pytest.mark.parametrize("answered", [False, True], ids=["while it rings", "while they talk"])
def test_an_operator_who_hangs_up_during_a_consultation_has_the_caller_on_the_phone_again(
    office: Office, answered: bool
) -> None:
    caller, phone = office.in_call()
    target = office.rig.phone("202")
    office.consult("202")
    target.wait("ringing")
    if answered:
        target.answer()
        wait_in_bridge(office, "PJSIP/201", "PJSIP/202")
    phone.hangup()
    target.wait("ended" if answered else "cancelled")
    phone.wait("ringing", count=2)
    office.wait_care("return,201,202,CANCEL,")
    phone.answer()
    office.wait_talking("PJSIP/itsp", "PJSIP/201")
    caller.hangup()
    office.wait_gone()


def test_a_caller_who_hangs_up_while_the_operator_asks_leaves_operator_and_target_talking(office: Office) -> None:
    caller, phone = office.in_call()
    target = office.rig.phone("202")
    office.consult("202")
    target.wait("ringing")
    target.answer()
    wait_in_bridge(office, "PJSIP/201", "PJSIP/202")
    caller.hangup()
    office.wait_talking("PJSIP/201", "PJSIP/202")
    target.hangup()
    phone.wait("ended")
    office.wait_gone()


def test_the_caller_is_not_brought_back_while_the_operator_still_asks(office: Office) -> None:
    office.settings(HOLD_TIMEOUT=1)
    office.in_call()
    target = office.rig.phone("202")
    channel, _ = office.consult("202")
    target.wait("ringing")
    target.answer()
    wait_for(lambda: len(office.cares()) >= 3, "the hold to be prolonged twice")
    assert set(office.cares()) == {"consult,201,202,,"}
    assert in_bridge(office, "PJSIP/201", "PJSIP/202")
    target.hangup()
    office.wait_talking("PJSIP/itsp", "PJSIP/201")
    assert office.channel("PJSIP/itsp") == channel


def test_completing_while_the_target_rings_is_a_blind_transfer_that_comes_back(office: Office) -> None:
    _, phone = office.in_call()
    target = office.rig.phone("202")
    channel, operator = office.consult("202")
    target.wait("ringing")
    office.ok("Hangup", Channel=operator)
    target.wait("cancelled")
    wait_for(lambda: not office.channels("PJSIP/201"), "the operator's channel to end")
    office.give(channel, SECONDS="1")
    office.redirect(channel, "cordboard-transfer", "202")
    target.wait("ringing", count=2)
    phone.wait("ringing", count=2)
    office.wait_cares(["consult,201,202,,", "transfer,201,202,,", "return,201,202,NOANSWER,"])


def test_cancelling_gives_the_caller_back_at_once(office: Office) -> None:
    office.in_call()
    target = office.rig.phone("202")
    _, operator = office.consult("202")
    target.wait("ringing")
    office.redirect(operator, "cordboard-rejoin", "s")
    target.wait("cancelled")
    office.wait_talking("PJSIP/itsp", "PJSIP/201")
    assert office.asked() == []


def test_the_operator_asks_the_next_one(office: Office) -> None:
    office.in_call()
    first, second = office.rig.phone("202"), office.rig.phone("203")
    channel, operator = office.consult("202")
    first.wait("ringing")
    office.redirect(operator, "cordboard-consult", "203")
    first.wait("cancelled")
    second.wait("ringing")
    second.answer()
    wait_in_bridge(office, "PJSIP/201", "PJSIP/203")
    assert waits(office, channel)
    office.ok("Bridge", Channel1=channel, Channel2=office.channel("PJSIP/203"))
    office.wait_talking("PJSIP/itsp", "PJSIP/203")


# -- Without a target yet ---------------------------------------------------------------------------------------------


def test_the_operator_thinks_and_then_asks(office: Office) -> None:
    office.in_call()
    target = office.rig.phone("202", answer_after=0)
    channel, operator = office.consult()
    office.wait_care("consult,201,,,")
    wait_for(lambda: office.channels(operator)[0]["Context"] == "cordboard-desk", "the operator to think")
    office.redirect(operator, "cordboard-consult", "202")
    target.wait("answered")
    wait_in_bridge(office, "PJSIP/201", "PJSIP/202")
    office.ok("Bridge", Channel1=channel, Channel2=office.channel("PJSIP/202"))
    office.wait_talking("PJSIP/itsp", "PJSIP/202")


def test_an_operator_who_thinks_too_long_has_the_caller_again(office: Office) -> None:
    office.settings(DESK_TIMEOUT=2)
    office.in_call()
    office.consult()
    office.wait_care("consult,201,,,")
    office.wait_talking("PJSIP/itsp", "PJSIP/201")


def test_an_operator_whose_caller_is_gone_while_thinking_is_released(office: Office) -> None:
    caller, phone = office.in_call()
    office.consult()
    office.wait_care("consult,201,,,")
    caller.hangup()
    phone.wait("ended")
    office.wait_gone()


def test_an_operator_who_hangs_up_while_thinking_has_the_caller_on_the_phone_again(office: Office) -> None:
    _, phone = office.in_call()
    office.consult()
    office.wait_care("consult,201,,,")
    phone.hangup()
    phone.wait("ringing", count=2)
    office.wait_care("return,201,,CANCEL,")


def test_a_caller_whom_somebody_else_has_taken_meanwhile_is_left_alone(office: Office) -> None:
    _, phone = office.in_call()
    taker = office.rig.phone("205", answer_after=0)
    channel, _ = office.consult()
    office.wait_care("consult,201,,,")
    office.redirect(channel, "cordboard-take", "205")
    taker.wait("answered")
    phone.wait("ended")  # the thinking ends, for nobody waits any more
    office.wait_talking("PJSIP/itsp", "PJSIP/205")
