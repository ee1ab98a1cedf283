"""Picking up a call that rings elsewhere, and taking a waiting caller."""

from __future__ import annotations

import asyncio

import pytest

from ami_worker.mirror import Caller, Channel
from ami_worker.operations import Reason
from panel.vocabulary import CallState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office
from tests.operations.stories import RINGING, assert_done, assert_failed, is_kept_by_the_include, talking


async def ringing(office: Office, driver: Driver) -> Channel:
    """Somebody calls, and 201 rings."""
    await office.phone(OPERATOR)
    await office.call_in()
    return await driver.until(lambda: driver.leg(OPERATOR, RINGING), "201 to ring")


async def waiting(office: Office, driver: Driver) -> tuple[Caller, Channel]:
    """Somebody waits in the queue `front`, whose members do not answer."""
    await office.call_in("5550101")
    caller = await driver.until(lambda: next(iter(driver.mirror.callers.values()), None), "somebody to wait")
    return caller, driver.mirror.channels[caller.uniqueid]


async def test_a_call_that_rings_elsewhere_comes_to_the_operators_phone(office: Office, driver: Driver) -> None:
    elsewhere = await ringing(office, driver)
    caller = driver.outside()
    assert caller is not None
    await office.phone("202")
    picking = driver.start("pickup", "202", call=elsewhere.linkedid)
    mine = await driver.until(lambda: driver.leg("202", RINGING), "202 to ring", during=picking)
    # It shows who calls before it is answered: nobody picks up blindly.
    assert mine.connected_number == caller.caller_number or not office.is_real
    await office.answer("202")
    outcome = await picking
    assert_done(outcome, "You are talking to", CALLER)
    assert outcome.call == caller.linkedid
    await driver.until(lambda: driver.leg(OPERATOR) is None, "201 to stop ringing")
    assert driver.talks_to(caller, "202")


@pytest.mark.parametrize("did", ["5550104", "5550105"], ids=["that stays", "that is optimised away"])
async def test_a_call_that_rings_behind_a_local_channel_is_picked_up(office: Office, driver: Driver, did: str) -> None:
    await office.phone(OPERATOR)
    await office.phone("202", answers=True)
    await office.call_in(did)
    elsewhere = await driver.until(lambda: driver.leg(OPERATOR, RINGING), "201 to ring")
    caller = driver.outside()
    assert caller is not None
    assert_done(await driver.give("pickup", "202", call=elsewhere.linkedid), "You are talking to", CALLER)
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "201 to stop ringing")


async def test_a_queue_call_that_rings_at_a_member_is_picked_up(office: Office, driver: Driver) -> None:
    await office.phone("203")
    await office.phone("202", answers=True)
    await office.call_in("5550101")
    member = await driver.until(lambda: driver.leg("203", RINGING), "203 to ring")
    caller = driver.outside()
    assert caller is not None
    assert_done(await driver.give("pickup", "202", call=member.linkedid), "You are talking to", CALLER)
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    await driver.until(lambda: not driver.mirror.callers, "nobody to wait")


async def test_the_other_one_answers_first_and_the_phone_stops_ringing(office: Office, driver: Driver) -> None:
    elsewhere = await ringing(office, driver)
    await office.phone("202")
    picking = driver.start("pickup", "202", call=elsewhere.linkedid)
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring", during=picking)
    await office.answer(OPERATOR)
    assert_failed(await picking, Reason.TAKEN, "(201) answered first")
    await driver.until(lambda: driver.leg("202") is None, "202 to stop ringing")


async def test_the_caller_gives_up_while_the_operators_phone_rings(office: Office, driver: Driver) -> None:
    elsewhere = await ringing(office, driver)
    await office.phone("202")
    picking = driver.start("pickup", "202", call=elsewhere.linkedid)
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring", during=picking)
    await office.caller_hangs_up()
    assert_failed(await picking, Reason.CALL_ENDED, CALLER, "hung up")
    await driver.until(lambda: not driver.mirror.channels, "202 to stop ringing")


async def test_both_answer_at_the_same_instant_and_one_has_the_caller(office: Office, driver: Driver) -> None:
    elsewhere = await ringing(office, driver)
    caller = driver.outside()
    assert caller is not None
    await office.phone("202")
    picking = driver.start("pickup", "202", call=elsewhere.linkedid)
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring", during=picking)
    await asyncio.gather(office.answer("202"), office.answer(OPERATOR), return_exceptions=True)
    outcome = await picking
    if outcome.reason:
        assert_failed(outcome, Reason.TAKEN)
    winner = OPERATOR if outcome.reason else "202"
    await driver.until(lambda: driver.talks_to(caller, winner), f"the caller to talk with {winner}")
    loser = "202" if outcome.reason else OPERATOR
    await driver.until(lambda: driver.leg(loser) is None, f"{loser} to be free")


async def test_of_two_operators_one_picks_up(office: Office, driver: Driver) -> None:
    elsewhere = await ringing(office, driver)
    await office.phone("202", answers=True)
    await office.phone("203", answers=True)
    first, second = await asyncio.gather(
        driver.give("pickup", "202", call=elsewhere.linkedid), driver.give("pickup", "203", call=elsewhere.linkedid)
    )
    assert_done(first)
    assert_failed(second, Reason.BUSY_CALL, "Op 202 is already picking up this call")


async def test_what_does_not_ring_elsewhere_is_not_picked_up(office: Office, driver: Driver) -> None:
    own = await ringing(office, driver)
    outcome = await driver.give("pickup", OPERATOR, call=own.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "on your own phone")
    await office.answer(OPERATOR)
    await driver.until(lambda: driver.leg(OPERATOR, CallState.TALKING), "the call to be up")
    outcome = await driver.give("pickup", "202", call=own.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "is not ringing any more")
    assert driver.sent == []


async def test_a_waiting_caller_is_taken_before_the_turn_and_is_not_lost(office: Office, driver: Driver) -> None:
    caller, channel = await waiting(office, driver)
    await office.phone("202")
    outcome = await driver.give("take", "202", caller=caller.key)
    assert_done(outcome, "Your phone rings", CALLER)
    assert outcome.call == channel.linkedid
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(channel, "202"), "the caller to talk with 202")
    queue = driver.mirror.queues["front"]
    assert (queue.abandoned, queue.moved) == (1, 1)
    assert driver.names_sent("Setvar") == ["Redirect"]


async def test_a_caller_who_gave_up_is_told_and_counts_as_lost(office: Office, driver: Driver) -> None:
    caller, _ = await waiting(office, driver)
    await office.caller_hangs_up()
    await driver.until(lambda: not driver.mirror.callers, "nobody to wait")
    assert_failed(await driver.give("take", "202", caller=caller.key), Reason.NOT_WAITING, "no longer waiting")
    assert driver.sent == []
    queue = driver.mirror.queues["front"]
    assert (queue.abandoned, queue.moved) == (1, 0)


async def test_of_two_operators_one_takes_the_caller(office: Office, driver: Driver) -> None:
    caller, _ = await waiting(office, driver)
    await office.phone("202", answers=True)
    await office.phone("207", answers=True)
    first, second = await asyncio.gather(
        driver.give("take", "202", caller=caller.key), driver.give("take", "207", caller=caller.key)
    )
    assert_done(first)
    assert_failed(second, Reason.BUSY_CALL, "Op 202 is already taking this caller")


async def test_the_operator_is_busy_and_the_caller_is_still_there(office: Office, driver: Driver) -> None:
    caller, channel = await waiting(office, driver)
    await office.phone("202", refuses=True)
    outcome = await driver.give("take", "202", caller=caller.key)
    assert_failed(outcome, Reason.BUSY, "Your phone (202) could not be rung", "waits on hold")
    assert await is_kept_by_the_include(driver, channel)
    await office.phone("203")
    assert_done(await driver.give("retrieve", "203", call=channel.linkedid), "Your phone rings", CALLER)


async def test_a_caller_behind_a_local_channel_is_taken_by_the_real_leg(office: Office, driver: Driver) -> None:
    """Transferred through the include, a caller waits in the queue as the half of a Local channel."""
    caller = await talking(office, driver)
    await driver.give("transfer", OPERATOR, call=caller.linkedid, to="601")
    queued = await driver.until(lambda: next(iter(driver.mirror.callers.values()), None), "somebody to wait")
    await office.phone("202", answers=True)
    assert_done(await driver.give("take", "202", caller=queued.key))
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    await driver.until(
        lambda: not any(channel.technology == "Local" for channel in driver.mirror.channels.values()),
        "the Local channel to be gone",
    )
