"""Blind transfers that nobody takes, and serial calls: how long it rings, and why the caller comes back."""

from __future__ import annotations

import asyncio

import pytest

from ami_worker.ami import actions
from ami_worker.mirror import Listing
from ami_worker.operations import Reason, claims
from panel.vocabulary import CareKind, CommandState, ExtensionState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office
from tests.operations.stories import (
    RINGING,
    TALKING,
    assert_done,
    assert_failed,
    back_with_the_operator,
    in_care,
    nobody_is_there,
    set_global,
    talking,
    together,
)


# --- how long it rings, and serial calls -----------------------------------------------------------------------------


async def test_the_target_rings_as_long_as_the_operator_says(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202", seconds="5"), "rings")
    care = await in_care(driver, caller, CareKind.TRANSFER)
    assert care.until is not None
    assert 3 < care.until - care.since < 7
    assert (await in_care(driver, caller, CareKind.RETURN)).reason == "NOANSWER"
    await driver.until(lambda: driver.leg(OPERATOR, RINGING), "the operator's phone to ring")


async def test_the_target_rings_as_long_as_is_kept_with_the_person(
    office: Office, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "SETTLE_SECONDS", 0.0)
    caller = await talking(office, driver)
    await office.phone("202")
    await office.phone("203")
    driver.mirror.set_listings({"202": Listing(ring_seconds=60)})
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"), "rings")
    care = await in_care(driver, caller, CareKind.TRANSFER)
    assert care.until is not None
    assert 57 < care.until - care.since < 63
    # It is this person's time, not the caller's.
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="203"), "rings")
    care = await driver.until(
        lambda: care if (care := driver.mirror.care_of(caller)) and care.target == "203" else None, "care for 203"
    )
    assert care.until is not None
    assert care.until - care.since < 40


@pytest.mark.parametrize("seconds", ["4", "121", "-5", "5.5", "x", "٣٠"])
async def test_other_seconds_are_refused_with_nothing_sent(demo_driver: Driver, seconds: str) -> None:
    await demo_driver.until(lambda: demo_driver.mirror.extensions, "the office")
    outcome = await demo_driver.give("transfer", OPERATOR, call="1.1", to="202", seconds=seconds)
    assert outcome.state is CommandState.FAILED
    assert demo_driver.sent == []


async def test_a_serial_caller_comes_back_for_the_next_person(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    assert_done(await driver.give("serial", OPERATOR, call=caller.linkedid, to="202"), "202")
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    care = await in_care(driver, caller, CareKind.SERIAL)
    assert (care.operator, care.target) == (OPERATOR, "202")
    talks = await driver.give("retrieve", OPERATOR, call=caller.linkedid)
    assert_failed(talks, Reason.TAKEN, CALLER, "is talking to", "202")
    await office.hang_up("202")
    assert (await in_care(driver, caller, CareKind.RETURN)).reason == "SERIAL"
    await driver.until(lambda: driver.leg(OPERATOR, RINGING), "the operator's phone to ring")
    await office.answer(OPERATOR)
    await driver.until(lambda: driver.talks_to(caller, OPERATOR), "the operator to have the caller again")
    assert await together(driver) == [{OPERATOR, "itsp"}]


async def test_a_serial_caller_whose_target_is_busy_comes_back_with_the_reason(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", refuses=True)
    outcome = await driver.give("serial", OPERATOR, call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.BUSY, "202", "is busy", "is back with you")
    assert (await in_care(driver, caller, CareKind.RETURN)).reason == "BUSY"


async def test_a_receiver_that_is_lifted_and_put_down_at_once_has_lost_nobody(office: Office, driver: Driver) -> None:
    """Less than a second is no talk, at the target's phone and on the way back; more than that is."""
    caller = await talking(office, driver)
    await office.phone("202")
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"), "rings")
    for number, reason in (("202", "NOANSWER"), (OPERATOR, "NOANSWER")):
        await driver.until(lambda number=number: driver.leg(number, RINGING), f"{number} to ring")
        await office.answer(number)
        await driver.until(lambda number=number: driver.talks_to(caller, number), f"{number} to have the caller")
        await office.hang_up(number)
        assert (await in_care(driver, caller, CareKind.RETURN)).reason == reason
    await back_with_the_operator(office, driver, caller)
    await asyncio.sleep(1.2)
    await office.hang_up(OPERATOR)
    await nobody_is_there(driver)


# --- every bad ending, and the reason with which the caller comes back -----------------------------------------------


@pytest.mark.parametrize("name", ["transfer", "serial"])
async def test_a_target_that_declines_sends_the_caller_back(office: Office, driver: Driver, name: str) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    assert_done(await driver.give(name, OPERATOR, call=caller.linkedid, to="202"), "rings")
    await office.reject("202")
    care = await in_care(driver, caller, CareKind.RETURN)
    assert (care.target, care.reason) == ("202", "REJECTED")
    await back_with_the_operator(office, driver, caller)


@pytest.mark.parametrize("name", ["transfer", "serial"])
async def test_a_target_that_vanishes_while_it_rings_sends_the_caller_back(
    office: Office, driver: Driver, name: str
) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    async with set_global(driver, CORDBOARD_TRANSFER_TIMEOUT="2"):
        outcome = await driver.give(name, OPERATOR, call=caller.linkedid, to="202")
        assert_done(outcome, "rings")
        await office.vanish("202")
        care = await in_care(driver, caller, CareKind.RETURN)
    assert care.reason in ("NOANSWER", "CHANUNAVAIL")
    await back_with_the_operator(office, driver, caller)


@pytest.mark.parametrize("name", ["transfer", "serial"])
async def test_who_does_not_want_to_be_disturbed_is_not_and_the_caller_comes_back(
    office: Office, driver: Driver, name: str
) -> None:
    caller = await talking(office, driver)
    await office.phone("210")
    await office.do_not_disturb("210")
    await driver.until(lambda: driver.state_of("210") == ExtensionState.DND, "the tile of 210")
    outcome = await driver.give(name, OPERATOR, call=caller.linkedid, to="210")
    assert_failed(outcome, Reason.DO_NOT_DISTURB, "does not want to be disturbed", "is back with you")
    assert (await in_care(driver, caller, CareKind.RETURN)).reason == "DND"
    await back_with_the_operator(office, driver, caller)


async def test_the_target_gets_busy_between_the_key_and_the_action(office: Office, driver: Driver) -> None:
    """The picture says free; the phone says 486."""
    caller = await talking(office, driver)
    await office.phone("202")
    transferring = driver.start("transfer", OPERATOR, call=caller.linkedid, to="202")
    await office.phone("202", refuses=True)
    outcome = await transferring
    if outcome.state is CommandState.FAILED:
        assert outcome.reason == Reason.BUSY
        await back_with_the_operator(office, driver, caller)
    else:
        assert driver.leg("202") is not None


async def test_a_caller_who_hangs_up_while_the_pbx_is_being_asked_is_told_and_nothing_is_sent(
    office: Office, driver: Driver
) -> None:
    caller = await talking(office, driver)

    async def meanwhile() -> None:
        await office.caller_hangs_up()
        await driver.until(lambda: caller.uniqueid not in driver.mirror.channels, "the caller to be gone")

    driver.meanwhile["Getvar"] = meanwhile
    outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
    assert outcome.reason == Reason.CALL_ENDED
    assert driver.names_sent("Setvar") == []


async def test_a_call_that_is_another_one_after_the_pbx_was_asked_is_left_alone(office: Office, driver: Driver) -> None:
    """The operator's phone has gone over to somebody else, who is not the one that was meant."""
    caller = await talking(office, driver)
    await office.phone("203", answers=True)
    await office.phone("202", answers=True)
    await office.dial("204", "203")
    other = await driver.until(
        lambda: (leg := driver.leg("203", TALKING)) and driver.talks_to(leg, "204") and leg, "203 to talk with 204"
    )
    own = driver.leg(OPERATOR)
    assert own is not None

    async def meanwhile() -> None:
        await driver.actions.send(actions.bridge(own.name, other.name))
        await driver.until(lambda: driver.talks_to(other, OPERATOR), "201 to talk with 203")

    driver.meanwhile["Setvar"] = meanwhile
    outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
    assert outcome.reason in (Reason.WRONG_STATE, Reason.CALL_ENDED), outcome
    assert driver.names_sent("Setvar") == []
    assert driver.talks_to(other, OPERATOR)


async def test_the_operators_phone_that_is_busy_lets_the_returning_caller_wait(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", refuses=True)
    await office.phone(OPERATOR, refuses=True)
    outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.BUSY, "is back with you")
    assert (await in_care(driver, caller, CareKind.RETURN)).operator == OPERATOR
    assert caller.uniqueid in driver.mirror.channels


# --- while somebody is asked ------------------------------------------------------------------------------------------


async def test_while_a_phone_rings_that_was_to_be_asked_it_is_the_caller_who_is_sent_on(
    office: Office, driver: Driver
) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    await office.phone("203")
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid, to="202"), "rings")
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring")
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="203"), "203", "rings")
    await driver.until(lambda: not driver.leg("202") and not driver.leg(OPERATOR), "202 and the operator to be free")
    await office.answer("203")
    await driver.until(lambda: driver.talks_to(caller, "203"), "the caller to talk with 203")
    assert await together(driver) == [{"203", "itsp"}]


@pytest.mark.parametrize(
    ("name", "more"), [("transfer", {"to": "203"}), ("hold", {}), ("voicemail", {"to": "203"})], ids=lambda each: each
)
async def test_while_somebody_is_being_asked_it_is_the_caller_who_is_sent_on(
    office: Office, driver: Driver, name: str, more: dict[str, str]
) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    await office.phone("203")
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid, to="202"))
    await driver.until(lambda: (leg := driver.leg("202", TALKING)) and driver.talks_to(leg, OPERATOR), "202 to talk")
    assert_done(await driver.give(name, OPERATOR, call=caller.linkedid, **more))
    assert {OPERATOR, "202"} in await together(driver)
    assert not driver.mirror.peers_of(caller)
    await office.hang_up("202")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    assert caller.uniqueid in driver.mirror.channels
    assert not driver.mirror.peers_of(caller)


# --- recalls ----------------------------------------------------------------------------------------------------------


async def test_a_returning_caller_is_sent_on_while_the_operators_phone_rings(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", refuses=True)
    await office.phone("203")
    first = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
    assert_failed(first, Reason.BUSY, "is back with you")
    await driver.until(lambda: driver.leg(OPERATOR, RINGING), "the operator's phone to ring")
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="203"), "rings")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator's phone to stop ringing")
    await office.answer("203")
    await driver.until(lambda: driver.talks_to(caller, "203"), "the caller to talk with 203")
    assert await together(driver) == [{"203", "itsp"}]


async def test_a_returning_caller_who_is_sent_to_the_same_busy_phone_comes_back_again(
    office: Office, driver: Driver
) -> None:
    caller = await talking(office, driver)
    await office.phone("202", refuses=True)
    for _ in range(2):
        outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
        assert_failed(outcome, Reason.BUSY, "202", "is busy", "is back with you")
        await driver.until(lambda: driver.leg(OPERATOR, RINGING), "the operator's phone to ring")
    await back_with_the_operator(office, driver, caller)
