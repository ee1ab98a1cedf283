"""During a call: tones, mute and answering, on each kind of PBX."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ami_worker.ami import actions
from ami_worker.operations import Reason, during
from panel.vocabulary import CallState, CommandState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office, RealOffice
from tests.operations.stories import RINGING, TALKING, asking, assert_done, assert_failed, talking


# --- tones ------------------------------------------------------------------------------------------------------------


def digits_sent(driver: Driver) -> str:
    return "".join(dict(action.headers)["Digit"] for action in driver.sent if action.name == "PlayDTMF")


async def test_each_digit_is_sent_to_the_other_party_and_in_order(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give("dtmf", OPERATOR, call=caller.linkedid, digits="12*#A")
    assert_done(outcome, "12*#A", CALLER)
    assert digits_sent(driver) == "12*#A"
    assert {action.headers[0] for action in driver.sent} == {("Channel", caller.name)}


async def test_the_tones_of_two_keys_come_one_after_the_other(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcomes = await asyncio.gather(
        *(driver.give("dtmf", OPERATOR, call=caller.linkedid, digits=digits) for digits in ("11", "2", "33"))
    )
    for outcome in outcomes:
        assert_done(outcome)
    assert digits_sent(driver) == "11233"


async def test_tones_go_to_whom_the_operator_asks_not_to_who_waits(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    target = driver.leg("202")
    assert target is not None
    driver.sent.clear()
    assert_done(await driver.give("dtmf", OPERATOR, call=caller.linkedid, digits="5"), "202")
    assert {action.headers[0] for action in driver.sent} == {("Channel", target.name)}


@pytest.mark.parametrize("digits", ["", "x", "1 2", "1\r\n", "٣", "1" * 33, "12,3", "w1"])
async def test_what_is_on_no_keypad_is_refused_with_nothing_sent(demo_driver: Driver, digits: str) -> None:
    outcome = await demo_driver.give("dtmf", OPERATOR, call="1.1", digits=digits)
    assert outcome.state is CommandState.FAILED
    assert demo_driver.sent == []


async def test_who_hangs_up_meanwhile_has_heard_only_some(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    sending = driver.start("dtmf", OPERATOR, call=caller.linkedid, digits="1" * 32)
    await office.caller_hangs_up()
    outcome = await sending
    assert outcome.reason == Reason.CALL_ENDED, outcome
    assert len(digits_sent(driver)) < 32


# --- mute -------------------------------------------------------------------------------------------------------------


def muted(driver: Driver, call: str) -> set[str]:
    return {party["extension"] for party in driver.mirror.calls[call].row()["parties"] if party["muted"]}


async def test_the_operator_is_not_heard_until_told_otherwise(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("mute", OPERATOR, call=caller.linkedid), "Nobody hears you")
    assert muted(driver, caller.linkedid) == {OPERATOR}
    async with Driver.on(office.ami_url) as another:
        assert muted(another, caller.linkedid) == {OPERATOR}
    assert_done(await driver.give("unmute", OPERATOR, call=caller.linkedid), "You are heard again")
    assert muted(driver, caller.linkedid) == set()
    async with Driver.on(office.ami_url) as another:
        assert muted(another, caller.linkedid) == set()


async def test_the_party_that_is_named_is_not_heard(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give("mute", OPERATOR, call=caller.linkedid, party=caller.uniqueid)
    assert_done(outcome, "Nobody hears", CALLER)
    assert muted(driver, caller.linkedid) == {""}
    outcome = await driver.give("unmute", OPERATOR, call=caller.linkedid, party=caller.uniqueid)
    assert_done(outcome, CALLER, "is heard again")


async def test_who_is_not_in_the_call_cannot_be_muted(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give("mute", "205", call=caller.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "You are not talking in this call")
    outcome = await driver.give("mute", OPERATOR, call=caller.linkedid, party="1.1")
    assert_failed(outcome, Reason.CALL_ENDED)
    assert driver.sent == []


# --- answer -----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def trusted(office: Office) -> AsyncIterator[Driver]:
    """A panel whose log-in has the right `system`."""
    url = office.rig.asterisk.url_of("strong") if isinstance(office, RealOffice) else office.ami_url
    async with Driver.on(url) as driver:
        yield driver


async def ringing(office: Office, driver: Driver) -> str:
    await office.phone(OPERATOR)
    await office.call_in()
    return (await driver.until(lambda: driver.leg(OPERATOR, RINGING), "201 to ring")).linkedid


async def test_a_phone_that_knows_how_answers_when_told(office: Office, trusted: Driver) -> None:
    call = await ringing(office, trusted)
    if not trusted.operations.site.may("PJSIPNotify"):
        pytest.skip("this log-in may not")
    assert_done(await trusted.give("answer", OPERATOR, call=call), "You are talking to", CALLER)
    await trusted.until(lambda: trusted.leg(OPERATOR, TALKING), "the call to be up")


async def test_a_phone_that_does_not_answer_is_told(
    office: Office, trusted: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not isinstance(office, RealOffice):
        pytest.skip("the phones of the demo obey")
    monkeypatch.setattr(during, "_ANSWER_SECONDS", 0.5)
    call = await ringing(office, trusted)
    await office.vanish(OPERATOR)
    outcome = await trusted.give("answer", OPERATOR, call=call)
    assert_failed(outcome, Reason.NO_EFFECT, "answer on the phone")


@pytest.mark.asterisk
async def test_without_the_right_the_operator_is_told_to_answer_on_the_phone(office: Office, driver: Driver) -> None:
    call = await ringing(office, driver)
    if driver.operations.site.may("PJSIPNotify"):
        pytest.skip("this log-in may")
    driver.sent.clear()
    assert_failed(await driver.give("answer", OPERATOR, call=call), Reason.NO_PRIVILEGE, "Answer on your phone")
    assert driver.sent == []
    assert "answer" not in driver.operations.site.capabilities


async def test_only_ones_own_ringing_phone_can_be_answered(office: Office, trusted: Driver) -> None:
    call = await ringing(office, trusted)
    outcome = await trusted.give("answer", "205", call=call)
    assert_failed(outcome, Reason.WRONG_STATE, "does not ring on your phone")
    await office.answer(OPERATOR)
    await trusted.until(lambda: trusted.outside(CallState.TALKING), "the call to be up")
    outcome = await trusted.give("answer", OPERATOR, call=call)
    assert_failed(outcome, Reason.WRONG_STATE, "You have answered already")
    assert actions.pjsip_notify("PJSIP/201-1", "talk").name not in trusted.names_sent()
