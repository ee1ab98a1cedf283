"""Fetching a caller back from wherever the include keeps it."""

from __future__ import annotations

import asyncio

import pytest

from ami_worker.operations import Reason
from panel.vocabulary import CallState, CareKind, CommandState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office
from tests.operations.stories import (
    RINGING,
    TALKING,
    assert_done,
    assert_failed,
    held,
    in_care,
    is_kept_by_the_include,
    nobody_is_there,
    set_global,
    talking,
    together,
)


async def test_whoever_sees_a_held_caller_can_take_it(office: Office, driver: Driver) -> None:
    caller = await held(office, driver)
    await office.phone("202")
    outcome = await driver.give("retrieve", "202", call=caller.linkedid)
    assert_done(outcome, "Your phone rings", CALLER)
    assert outcome.call == caller.linkedid
    assert driver.names_sent("Setvar") == ["Redirect"]
    care = await in_care(driver, caller, CareKind.TAKE)
    assert care.operator == "202"
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    assert driver.mirror.care_of(caller) is None
    assert await together(driver) == [{"202", "itsp"}]


async def test_of_two_operators_who_take_a_held_caller_one_gets_it_and_the_other_is_told_who(
    office: Office, driver: Driver
) -> None:
    caller = await held(office, driver)
    await office.phone("202")
    await office.phone("203")
    first, second = await asyncio.gather(
        driver.give("retrieve", "202", call=caller.linkedid), driver.give("retrieve", "203", call=caller.linkedid)
    )
    assert_done(first)
    assert_failed(second, Reason.BUSY_CALL, "Op 202 is already fetching this call back")
    third = await driver.give("retrieve", "203", call=caller.linkedid)
    assert_failed(third, Reason.TAKEN, "(202)", "is taking", CALLER)
    again = await driver.give("retrieve", "202", call=caller.linkedid)
    assert_failed(again, Reason.WRONG_STATE, "Your phone rings with", CALLER, "already")
    assert driver.names_sent("Setvar") == ["Redirect"]


async def test_a_busy_phone_cannot_take_the_caller_who_waits_on(office: Office, driver: Driver) -> None:
    caller = await held(office, driver)
    await office.phone("202", refuses=True)
    outcome = await driver.give("retrieve", "202", call=caller.linkedid)
    assert_failed(outcome, Reason.BUSY, "Your phone (202) could not be rung", "waits on hold")
    care = await in_care(driver, caller, CareKind.HOLD)
    assert (care.operator, care.reason) == ("202", "BUSY")
    assert await is_kept_by_the_include(driver, caller)
    # And again, from the same state to the same state.
    outcome = await driver.give("retrieve", "202", call=caller.linkedid)
    assert_failed(outcome, Reason.BUSY, "waits on hold")
    await office.phone("203")
    assert_done(await driver.give("retrieve", "203", call=caller.linkedid), "Your phone rings")


async def test_a_phone_that_is_not_answered_gives_the_caller_back_to_hold(office: Office, driver: Driver) -> None:
    await office.phone("202")
    async with set_global(driver, CORDBOARD_RETURN_TIMEOUT="2"):
        caller = await held(office, driver)
        assert_done(await driver.give("retrieve", "202", call=caller.linkedid), "Your phone rings")
        care = await in_care(driver, caller, CareKind.HOLD)
    assert (care.operator, care.reason) == ("202", "NOANSWER")


async def test_the_caller_hangs_up_while_the_phone_rings_that_takes_it(office: Office, driver: Driver) -> None:
    caller = await held(office, driver)
    await office.phone("202")
    outcome, _ = await asyncio.gather(driver.give("retrieve", "202", call=caller.linkedid), office.caller_hangs_up())
    assert outcome.state is CommandState.DONE or outcome.reason == Reason.CALL_ENDED, outcome
    await nobody_is_there(driver)


async def test_a_transfer_is_fetched_back_before_it_is_answered(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"), "rings")
    driver.sent.clear()
    assert_done(await driver.give("retrieve", OPERATOR, call=caller.linkedid), "Your phone rings", CALLER)
    await driver.until(lambda: driver.leg("202") is None, "202 to stop ringing")
    await office.answer(OPERATOR)
    await driver.until(lambda: driver.talks_to(caller, OPERATOR), "the operator to have the caller again")
    assert await together(driver) == [{OPERATOR, "itsp"}]


async def test_once_answered_a_transfer_is_not_fetched_back(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"))
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    driver.sent.clear()
    outcome = await driver.give("retrieve", OPERATOR, call=caller.linkedid)
    assert_failed(outcome, Reason.TAKEN, CALLER, "is talking to", "202")
    assert driver.sent == []


async def test_the_target_answers_at_the_instant_of_the_fetching_and_one_of_the_two_has_the_caller(
    office: Office, driver: Driver
) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"), "rings")
    outcome, _ = await asyncio.gather(
        driver.give("retrieve", OPERATOR, call=caller.linkedid), office.answer("202"), return_exceptions=True
    )
    assert not isinstance(outcome, BaseException)
    if outcome.state is CommandState.DONE:
        await office.answer(OPERATOR)
    winner = OPERATOR if outcome.state is CommandState.DONE else "202"
    await driver.until(lambda: driver.talks_to(caller, winner), f"the caller to talk with {winner}")
    assert await together(driver) == [{winner, "itsp"}]


async def test_a_returning_caller_is_taken_by_a_colleague(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", refuses=True)
    await office.phone("203")
    failed = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
    assert_failed(failed, Reason.BUSY, "is back with you")
    await driver.until(lambda: driver.leg(OPERATOR, RINGING), "the operator's phone to ring")
    mine = await driver.give("retrieve", OPERATOR, call=caller.linkedid)
    assert_failed(mine, Reason.WRONG_STATE, "Your phone rings with", "already")
    assert_done(await driver.give("retrieve", "203", call=caller.linkedid), "Your phone rings")
    await office.answer("203")
    await driver.until(lambda: driver.talks_to(caller, "203"), "the caller to talk with 203")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "201 to stop ringing")


async def test_a_caller_who_was_sent_into_a_queue_is_fetched_back(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("enqueue", OPERATOR, call=caller.linkedid, queue="front"), "waits in front")
    assert_done(await driver.give("retrieve", OPERATOR, call=caller.linkedid), "Your phone rings")
    assert driver.mirror.callers == {}
    assert driver.mirror.queues["front"].moved == 1


async def test_a_call_that_nobody_keeps_is_not_fetched(office: Office, driver: Driver) -> None:
    await office.phone(OPERATOR)
    await office.call_in()
    ringing = await driver.until(lambda: driver.leg(OPERATOR, RINGING), "201 to ring")
    outcome = await driver.give("retrieve", "202", call=ringing.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "nobody to fetch back")
    assert driver.sent == []


@pytest.mark.parametrize("operator", ["", "999"])
async def test_without_a_phone_nobody_is_fetched(office: Office, driver: Driver, operator: str) -> None:
    caller = await held(office, driver)
    assert_failed(await driver.give("retrieve", operator, call=caller.linkedid), Reason.NO_PHONE)
    assert driver.sent == []


async def test_a_held_caller_is_sent_on(office: Office, driver: Driver) -> None:
    caller = await held(office, driver)
    await office.phone("202")
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"), "rings")
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    assert driver.outside(TALKING) is not None
    assert caller.call.leg(caller.uniqueid).state is CallState.TALKING  # type: ignore[union-attr]
