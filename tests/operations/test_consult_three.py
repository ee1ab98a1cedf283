"""Three at an asking: the operator swaps between the two or joins them, and somebody leaves or interferes."""

from __future__ import annotations

import asyncio

import pytest

from ami_worker.ami.protocol import Message
from ami_worker.mirror import Channel
from ami_worker.operations import Reason
from panel.vocabulary import CareKind, CommandState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office
from tests.operations.stories import (
    asking,
    assert_done,
    assert_failed,
    back_with_the_operator,
    in_care,
    is_kept_by_the_include,
    only_together,
    talking,
    together,
    wait_together,
)


def hang_up_is_lost(driver: Driver, caller: Channel) -> None:
    """As if the far end had hung up and Asterisk had lost it (ghosts.py)."""
    driver.operations.observe(
        Message.of([("Event", "HangupRequest"), ("Channel", caller.name), ("Uniqueid", caller.uniqueid)])
    )


# --- swap -------------------------------------------------------------------------------------------------------------


async def test_swap_and_swap_back(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    target = driver.leg("202")
    assert target is not None
    driver.sent.clear()
    outcome = await driver.give("swap", OPERATOR, call=caller.linkedid)
    assert_done(outcome, "You are talking to", CALLER, "202", "waits with music")
    assert driver.names_sent("Setvar") == ["Redirect"]
    assert await together(driver) == [{OPERATOR, "itsp"}]
    assert await is_kept_by_the_include(driver, target)
    assert_done(await driver.give("swap", OPERATOR, call=caller.linkedid), "You are talking to", "202", CALLER, "waits")
    assert await together(driver) == [{OPERATOR, "202"}]
    assert await is_kept_by_the_include(driver, caller)
    assert (await in_care(driver, caller, CareKind.CONSULT)).operator == OPERATOR


async def test_that_there_is_no_music_is_not_taken_for_music(
    office: Office, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await asking(office, driver, "202")
    apply = driver.mirror.apply
    monkeypatch.setattr(
        driver.mirror, "apply", lambda message: message.get("Event") == "MusicOnHoldStart" or apply(message)
    )
    outcome = await driver.give("swap", OPERATOR, call=caller.linkedid)
    assert outcome.state is CommandState.DONE
    assert outcome.text.endswith("waits"), outcome.text


@pytest.mark.parametrize("swaps", [1, 2])
async def test_complete_after_swapping(office: Office, driver: Driver, swaps: int) -> None:
    caller = await asking(office, driver, "202")
    for _ in range(swaps):
        assert_done(await driver.give("swap", OPERATOR, call=caller.linkedid))
    assert_done(await driver.give("complete", OPERATOR, call=caller.linkedid), CALLER, "is talking to", "202")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    await only_together(driver, {"itsp", "202"})


@pytest.mark.parametrize("swaps", [1, 2])
async def test_cancel_after_swapping(office: Office, driver: Driver, swaps: int) -> None:
    caller = await asking(office, driver, "202")
    for _ in range(swaps):
        assert_done(await driver.give("swap", OPERATOR, call=caller.linkedid))
    assert_done(await driver.give("cancel", OPERATOR, call=caller.linkedid), "You are talking to", CALLER)
    await driver.until(lambda: driver.leg("202") is None, "202 to be free")
    assert await together(driver) == [{OPERATOR, "itsp"}]


async def test_swap_twice_at_once_is_told(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    first, second = await asyncio.gather(
        driver.give("swap", OPERATOR, call=caller.linkedid), driver.give("swap", OPERATOR, call=caller.linkedid)
    )
    assert_done(first)
    assert_failed(second, Reason.BUSY_CALL, "You are already swapping")
    assert await together(driver) == [{OPERATOR, "itsp"}]


async def test_after_a_swap_who_hangs_up_leaves_the_operator_with_the_other_one(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    assert_done(await driver.give("swap", OPERATOR, call=caller.linkedid))
    await office.caller_hangs_up()
    await wait_together(driver, {OPERATOR, "202"})


async def test_a_target_that_rings_cannot_be_swapped_with(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202", answered=False)
    for name in ("swap", "join"):
        outcome = await driver.give(name, OPERATOR, call=caller.linkedid)
        assert_failed(outcome, Reason.WRONG_STATE, "202", "has not answered yet")


async def test_who_waits_hangs_up_while_it_is_swapped_with(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    outcome, _ = await asyncio.gather(driver.give("swap", OPERATOR, call=caller.linkedid), office.caller_hangs_up())
    assert outcome.state is CommandState.DONE or outcome.reason == Reason.CALL_ENDED, outcome
    await wait_together(driver, {OPERATOR, "202"})


@pytest.mark.parametrize("name", ["cancel", "swap"])
async def test_one_who_hung_up_and_is_bridged_all_the_same_is_ended(office: Office, driver: Driver, name: str) -> None:
    caller = await asking(office, driver, "202")
    hang_up_is_lost(driver, caller)
    outcome = await driver.give(name, OPERATOR, call=caller.linkedid)
    assert outcome.state is CommandState.DONE or outcome.reason == Reason.CALL_ENDED, outcome
    await driver.until(lambda: caller.uniqueid not in driver.mirror.channels, "the caller to be gone")
    if name == "swap":
        await wait_together(driver, {OPERATOR, "202"})


# --- join -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("swaps", [0, 1])
async def test_join_brings_all_three_together(office: Office, driver: Driver, swaps: int) -> None:
    caller = await asking(office, driver, "202")
    for _ in range(swaps):
        assert_done(await driver.give("swap", OPERATOR, call=caller.linkedid))
    driver.sent.clear()
    assert_done(await driver.give("join", OPERATOR, call=caller.linkedid), CALLER, "202", "together in room")
    assert driver.names_sent("Setvar") == ["Redirect", "Redirect"]
    (room,) = driver.mirror.conferences.values()
    assert len(room.members) == 3
    assert await together(driver) == [{OPERATOR, "202", "itsp"}]
    await office.hang_up(OPERATOR)
    await wait_together(driver, {"202", "itsp"})
    await office.hang_up("202")
    await driver.until(lambda: not driver.mirror.channels, "the caller not to be left alone in the room")


async def test_the_caller_hangs_up_at_the_instant_of_joining(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    outcome, _ = await asyncio.gather(driver.give("join", OPERATOR, call=caller.linkedid), office.caller_hangs_up())
    assert outcome.state is CommandState.DONE or outcome.reason == Reason.CALL_ENDED, outcome
    await driver.until(lambda: driver.outside() is None, "the caller to be gone")
    assert await together(driver) == [{OPERATOR, "202"}]


# --- somebody leaves, somebody else interferes -----------------------------------------------------------------------


async def test_the_caller_hangs_up_in_the_middle_and_the_other_two_talk_on(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    own = driver.leg(OPERATOR)
    assert own is not None
    await office.caller_hangs_up()
    await driver.until(lambda: caller.uniqueid not in driver.mirror.channels, "the caller to be gone")
    assert await together(driver) == [{OPERATOR, "202"}]
    for name in ("complete", "cancel", "swap", "join"):
        outcome = await driver.give(name, OPERATOR, call=own.linkedid)
        assert_failed(outcome, Reason.CALL_ENDED, "The caller has hung up", "you are talking to", "202")
    assert await together(driver) == [{OPERATOR, "202"}]


async def test_the_operators_phone_drops_and_the_caller_comes_back_to_it(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    await office.hang_up(OPERATOR)
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator's leg to end")
    outcome = await driver.give("complete", OPERATOR, call=caller.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "Your phone has left this call", CALLER)
    await back_with_the_operator(office, driver, caller)


async def test_another_operator_is_told_who_asks(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    await office.phone("205")
    driver.sent.clear()
    for name in ("consult", "complete", "cancel", "swap", "join"):
        outcome = await driver.give(name, "205", call=caller.linkedid)
        assert_failed(outcome, Reason.BUSY_CALL, "(201) is asking somebody about", CALLER)
    assert driver.names_sent() == []
    assert await together(driver) == [{OPERATOR, "202"}]


async def test_a_worker_that_has_just_been_started_finds_the_pieces(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    assert_done(await driver.give("swap", OPERATOR, call=caller.linkedid))
    assert_done(await driver.give("swap", OPERATOR, call=caller.linkedid))
    await in_care(driver, caller, CareKind.CONSULT)  # a caller who is still on the way there cannot be swapped with
    async with Driver.on(office.ami_url) as another:
        await in_care(another, another.mirror.channels[caller.uniqueid], CareKind.CONSULT)
        assert_done(await another.give("swap", OPERATOR, call=caller.linkedid), "You are talking to", CALLER)
    async with Driver.on(office.ami_url) as another:
        await another.until(lambda: another.leg(OPERATOR), "the lists")
        assert_done(await another.give("complete", OPERATOR, call=caller.linkedid), CALLER, "202")
        await only_together(another, {"itsp", "202"})


async def test_the_same_intent_twice_is_one_consultation(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    intent = driver.intent("consult", OPERATOR, call=caller.linkedid, to="202")
    first, second = await asyncio.gather(driver.operations.perform(intent), driver.operations.perform(intent))
    assert_done(first)
    assert first == second
    assert driver.names_sent("Setvar") == ["Redirect"]


async def test_a_call_that_has_ended_is_refused_with_nothing_sent(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.caller_hangs_up()
    await driver.until(lambda: not driver.mirror.channels, "the call to end")
    for name in ("consult", "complete", "cancel", "swap", "join"):
        assert_failed(await driver.give(name, OPERATOR, call=caller.linkedid), Reason.CALL_ENDED)
    assert driver.sent == []


async def test_the_caller_hangs_up_at_the_first_key(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    outcome, _ = await asyncio.gather(
        driver.give("consult", OPERATOR, call=caller.linkedid, to="202"), office.caller_hangs_up()
    )
    assert outcome.state is CommandState.DONE or outcome.reason in (Reason.CALL_ENDED, Reason.WRONG_STATE), outcome
    await driver.until(lambda: driver.outside() is None, "the caller to be gone")
