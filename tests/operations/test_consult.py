"""Asking somebody about a caller: the caller waits with music, and each ending leaves everybody where the receipt says.
The last word on who talks to whom is the PBX's own.
"""

from __future__ import annotations

import asyncio
import time

import pytest

from ami_worker.ami.protocol import Message
from ami_worker.mirror import Channel
from ami_worker.operations import Reason
from panel.vocabulary import CareKind, CommandState, ExtensionState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office
from tests.operations.stories import (
    RINGING,
    TALKING,
    asking,
    assert_done,
    assert_failed,
    back_with_the_operator,
    in_care,
    is_kept_by_the_include,
    set_global,
    talking,
    together,
    wait_together,
)
from tests.rig.parts import wait_for


async def only_together(driver: Driver, devices: set[str]) -> None:
    """Wait until nobody else is there: the operator's leg ends a moment after it has lost the other one."""
    count = len(devices)
    await driver.until(lambda: sum(leg.is_leg for leg in driver.mirror.channels.values()) == count, "the others to end")
    assert await together(driver) == [devices]


def hang_up_is_lost(driver: Driver, caller: Channel) -> None:
    """As if the far end had hung up and Asterisk had lost it (ghosts.py)."""
    driver.operations.observe(
        Message.of([("Event", "HangupRequest"), ("Channel", caller.name), ("Uniqueid", caller.uniqueid)])
    )


# --- beginning --------------------------------------------------------------------------------------------------------


async def test_the_caller_hears_music_at_the_first_key_and_the_operator_then_chooses_whom_to_ask(
    office: Office, driver: Driver
) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    outcome = await driver.give("consult", OPERATOR, call=caller.linkedid)
    assert_done(outcome, CALLER, "waits with music")
    assert outcome.call == caller.linkedid
    care = await in_care(driver, caller, CareKind.CONSULT)
    assert (care.operator, care.target) == (OPERATOR, "")
    assert await is_kept_by_the_include(driver, caller)
    assert driver.leg(OPERATOR) is not None
    outcome = await driver.give("consult", OPERATOR, call=caller.linkedid, to="202")
    assert_done(outcome, "202", "rings", CALLER, "waits with music")
    await office.answer("202")
    await wait_together(driver, {OPERATOR, "202"})
    assert await is_kept_by_the_include(driver, caller)
    care = await in_care(driver, caller, CareKind.CONSULT)
    assert (care.operator, care.target) == (OPERATOR, "202")


async def test_with_a_target_it_is_one_action(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid, to="202"), "202", "rings")
    assert driver.names_sent("Setvar") == ["Redirect"]
    care = await in_care(driver, caller, CareKind.CONSULT)
    assert (care.operator, care.target) == (OPERATOR, "202")


async def test_an_operator_who_placed_the_call_lets_the_other_party_wait(office: Office, driver: Driver) -> None:
    await office.phone("203", answers=True)
    await office.phone("202", answers=True)
    await office.dial(OPERATOR, "203")
    called = await driver.until(
        lambda: (leg := driver.leg("203", TALKING)) and driver.talks_to(leg, OPERATOR) and leg, "the call to be up"
    )
    assert_done(await driver.give("consult", OPERATOR, call=called.linkedid, to="202"))
    await wait_together(driver, {OPERATOR, "202"})
    assert_done(await driver.give("complete", OPERATOR, call=called.linkedid), "203", "is talking to", "202")
    await only_together(driver, {"203", "202"})


async def test_behind_a_local_channel_the_real_caller_waits(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver, did="5550104")
    await office.phone("202", answers=True)
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid, to="202"))
    await wait_together(driver, {OPERATOR, "202"})
    assert await is_kept_by_the_include(driver, caller)
    assert_done(await driver.give("complete", OPERATOR, call=caller.linkedid))
    await wait_together(driver, {"itsp", "202"})


async def test_a_caller_who_came_through_a_queue_waits_and_goes_on(office: Office, driver: Driver) -> None:
    await office.phone("203", answers=True)
    await office.phone("202", answers=True)
    await office.call_in("5550101")
    await wait_together(driver, {"itsp", "203"})
    caller = driver.outside()
    assert caller is not None
    assert_done(await driver.give("consult", "203", call=caller.linkedid, to="202"))
    await wait_together(driver, {"203", "202"})
    assert await is_kept_by_the_include(driver, caller)
    assert_done(await driver.give("complete", "203", call=caller.linkedid), CALLER, "202")
    await only_together(driver, {"itsp", "202"})
    assert driver.mirror.queues["front"].abandoned == 0


async def test_an_outside_number_is_asked_and_gets_the_caller(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.outside_phone()
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid, to="048600999888"), "048600999888")
    await driver.until(lambda: (leg := driver.leg(OPERATOR)) and driver.mirror.peers_of(leg), "the other one to answer")
    assert_done(await driver.give("complete", OPERATOR, call=caller.linkedid), CALLER, "is talking to")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    assert [sorted(each) for each in await together(driver)] == [["itsp"]]
    assert len(driver.mirror.peers_of(caller)) == 1


async def test_another_one_can_be_asked_instead(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    await office.phone("203", answers=True)
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid, to="203"), "203", CALLER, "waits")
    await wait_together(driver, {OPERATOR, "203"})
    await driver.until(lambda: driver.leg("202") is None, "202 to be free")
    assert (await in_care(driver, caller, CareKind.CONSULT)).target == "203"
    assert_done(await driver.give("complete", OPERATOR, call=caller.linkedid), CALLER, "203")
    await only_together(driver, {"itsp", "203"})


@pytest.mark.parametrize(
    ("to", "reason", "words"),
    [
        ("999", Reason.NO_SUCH_NUMBER, "999"),
        (OPERATOR, Reason.WRONG_STATE, "your own phone"),
        ("not a number", Reason.NO_SUCH_NUMBER, "not a number"),
    ],
)
async def test_who_cannot_be_asked_is_refused_before_anybody_is_disturbed(
    office: Office, driver: Driver, to: str, reason: Reason, words: str
) -> None:
    caller = await talking(office, driver)
    assert_failed(await driver.give("consult", OPERATOR, call=caller.linkedid, to=to), reason, words)
    assert driver.names_sent() == []
    assert await together(driver) == [{OPERATOR, "itsp"}]


async def test_only_a_call_that_the_operator_has_can_be_asked_about(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("205")
    outcome = await driver.give("consult", "205", call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.WRONG_STATE, "You are not talking to", CALLER)
    assert driver.names_sent() == []


# --- the one who is asked does not come to the phone ------------------------------------------------------------------


async def test_a_busy_target_gives_the_caller_back_to_the_operator(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", refuses=True)
    outcome = await driver.give("consult", OPERATOR, call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.BUSY, "202", "is busy", "you are talking to", CALLER)
    assert await together(driver) == [{OPERATOR, "itsp"}]
    assert driver.mirror.care_of(caller) is None


async def test_a_target_that_does_not_want_to_be_disturbed_is_not_rung(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("210")
    await office.do_not_disturb("210")
    await driver.until(lambda: driver.state_of("210") == ExtensionState.DND, "the tile of 210")
    outcome = await driver.give("consult", OPERATOR, call=caller.linkedid, to="210")
    assert_failed(outcome, Reason.DO_NOT_DISTURB, "does not want to be disturbed", "you are talking to", CALLER)
    assert await together(driver) == [{OPERATOR, "itsp"}]


async def test_a_target_that_declines_gives_the_caller_back(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202", answered=False)
    await office.reject("202")
    await wait_together(driver, {OPERATOR, "itsp"})
    assert driver.talks_to(caller, OPERATOR)


async def test_a_target_that_does_not_answer_gives_the_caller_back(office: Office, driver: Driver) -> None:
    async with set_global(driver, CORDBOARD_TRANSFER_TIMEOUT="2"):
        await asking(office, driver, "202", answered=False)
        await wait_together(driver, {OPERATOR, "itsp"})


async def test_a_target_that_vanishes_gives_the_caller_back(office: Office, driver: Driver) -> None:
    async with set_global(driver, CORDBOARD_TRANSFER_TIMEOUT="3"):
        await asking(office, driver, "202", answered=False)
        await office.vanish("202")
        await wait_together(driver, {OPERATOR, "itsp"})


async def test_a_target_that_hangs_up_after_the_talk_gives_the_caller_back(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    await office.hang_up("202")
    await wait_together(driver, {OPERATOR, "itsp"})
    outcome = await driver.give("cancel", OPERATOR, call=caller.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "You are talking to", CALLER)


# --- complete ---------------------------------------------------------------------------------------------------------


async def test_complete_connects_the_two_and_the_operator_is_free(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    driver.sent.clear()
    outcome = await driver.give("complete", OPERATOR, call=caller.linkedid)
    assert_done(outcome, CALLER, "is talking to", "202")
    assert outcome.call == caller.linkedid
    assert driver.names_sent("Setvar") == ["Redirect"]
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    await only_together(driver, {"itsp", "202"})
    assert driver.mirror.care_of(caller) is None


async def test_after_complete_the_target_may_hang_up_and_the_call_is_over(office: Office, driver: Driver) -> None:
    """A talk of some seconds is a talk: the caller does not come back."""
    caller = await asking(office, driver, "202")
    assert_done(await driver.give("complete", OPERATOR, call=caller.linkedid))
    await has_talked(caller, 3)
    await office.hang_up("202")
    await driver.until(lambda: not driver.mirror.channels, "everything to end")


async def has_talked(caller: Channel, seconds: float) -> None:
    """Wait until the caller has been in the present bridge for so long."""
    await asyncio.to_thread(wait_for, lambda: time.time() - caller.bridged_at > seconds, "a talk of some length")


async def test_complete_while_the_target_rings_is_a_transfer(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202", answered=False)
    driver.sent.clear()
    assert_done(await driver.give("complete", OPERATOR, call=caller.linkedid), "202", "rings")
    assert driver.names_sent("Setvar") == ["Hangup", "Redirect"]
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    care = await in_care(driver, caller, CareKind.TRANSFER)
    assert (care.operator, care.target) == (OPERATOR, "202")
    await office.answer("202")
    await wait_together(driver, {"itsp", "202"})


async def test_complete_while_the_target_rings_comes_back_when_nobody_answers(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202", answered=False)
    assert_done(await driver.give("complete", OPERATOR, call=caller.linkedid), "202", "rings")
    await office.reject("202")
    assert (await in_care(driver, caller, CareKind.RETURN)).reason == "REJECTED"
    await back_with_the_operator(office, driver, caller)


async def test_the_target_answers_at_the_instant_of_complete(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202", answered=False)
    outcome, _ = await asyncio.gather(
        driver.give("complete", OPERATOR, call=caller.linkedid), office.answer("202"), return_exceptions=True
    )
    assert not isinstance(outcome, BaseException)
    assert_done(outcome, "202")
    if "rings" in outcome.text:
        await office.answer("202")
    await wait_together(driver, {"itsp", "202"})
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")


async def test_nobody_is_connected_before_somebody_is_asked(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid))
    for name in ("complete", "swap", "join"):
        outcome = await driver.give(name, OPERATOR, call=caller.linkedid)
        assert_failed(outcome, Reason.WRONG_STATE, "not asking anybody yet")
    assert await is_kept_by_the_include(driver, caller)


async def test_complete_twice_is_told(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    first, second = await asyncio.gather(
        driver.give("complete", OPERATOR, call=caller.linkedid),
        driver.give("complete", OPERATOR, call=caller.linkedid),
    )
    assert_done(first)
    assert_failed(second, Reason.BUSY_CALL, "You are already connecting this call")
    third = await driver.give("complete", OPERATOR, call=caller.linkedid)
    assert_failed(third, Reason.WRONG_STATE, CALLER, "202", "are talking")
    await only_together(driver, {"itsp", "202"})


async def test_the_target_hangs_up_at_the_same_instant_and_the_caller_is_not_lost(
    office: Office, driver: Driver
) -> None:
    caller = await asking(office, driver, "202")
    outcome, _ = await asyncio.gather(driver.give("complete", OPERATOR, call=caller.linkedid), office.hang_up("202"))
    assert outcome.state is CommandState.DONE or outcome.reason in (Reason.CALL_ENDED, Reason.WRONG_STATE), outcome
    await driver.until(
        lambda: driver.talks_to(caller, OPERATOR) or driver.leg(OPERATOR, RINGING), "the operator to hear of the caller"
    )
    if not driver.talks_to(caller, OPERATOR):
        await back_with_the_operator(office, driver, caller)
    assert await together(driver) == [{OPERATOR, "itsp"}]


async def test_the_caller_hangs_up_at_the_same_instant_and_nobody_is_left_behind(
    office: Office, driver: Driver
) -> None:
    caller = await asking(office, driver, "202")
    outcome, _ = await asyncio.gather(driver.give("complete", OPERATOR, call=caller.linkedid), office.caller_hangs_up())
    assert outcome.state is CommandState.DONE or outcome.reason == Reason.CALL_ENDED, outcome
    await driver.until(lambda: driver.outside() is None, "the caller to be gone")
    assert all({OPERATOR, "202"} == each for each in await together(driver))


# --- cancel -----------------------------------------------------------------------------------------------------------


async def test_cancel_ends_the_asking_and_the_operator_has_the_caller(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    driver.sent.clear()
    assert_done(await driver.give("cancel", OPERATOR, call=caller.linkedid), "You are talking to", CALLER)
    assert driver.names_sent("Setvar") == ["Redirect"]
    await driver.until(lambda: driver.leg("202") is None, "202 to be free")
    assert await together(driver) == [{OPERATOR, "itsp"}]
    await office.hang_up(OPERATOR)
    await driver.until(lambda: not driver.mirror.channels, "everything to end")


async def test_cancel_while_the_target_rings_or_nobody_is_asked_yet(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202", answered=False)
    assert_done(await driver.give("cancel", OPERATOR, call=caller.linkedid), "You are talking to", CALLER)
    await driver.until(lambda: driver.leg("202") is None, "202 to stop ringing")
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid))
    assert_done(await driver.give("cancel", OPERATOR, call=caller.linkedid), "You are talking to", CALLER)
    assert await together(driver) == [{OPERATOR, "itsp"}]


async def test_cancel_twice_is_told(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    first, second = await asyncio.gather(
        driver.give("cancel", OPERATOR, call=caller.linkedid), driver.give("cancel", OPERATOR, call=caller.linkedid)
    )
    assert_done(first)
    assert_failed(second, Reason.BUSY_CALL, "You are already going back")
    third = await driver.give("cancel", OPERATOR, call=caller.linkedid)
    assert_failed(third, Reason.WRONG_STATE, "You are talking to", CALLER)
    assert await together(driver) == [{OPERATOR, "itsp"}]


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
