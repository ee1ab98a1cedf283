"""Blind transfer: the right leg moves, the right way, and what came of it is told."""

from __future__ import annotations

import asyncio

from ami_worker.ami import actions
from ami_worker.operations import Reason
from panel.vocabulary import CallState, CommandState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office
from tests.operations.stories import (
    RINGING,
    TALKING,
    assert_done,
    assert_failed,
    talking,
)


async def test_the_caller_goes_to_the_colleague_and_the_operator_is_free(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
    assert_done(outcome, "202", "rings")
    assert outcome.call == caller.linkedid
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    assert driver.leg(OPERATOR) is None
    assert driver.names_sent("Setvar") == ["BlindTransfer"]


async def test_an_operator_who_placed_the_call_moves_the_other_party(office: Office, driver: Driver) -> None:
    await office.phone("203", answers=True)
    await office.phone("202", answers=True)
    await office.dial(OPERATOR, "203")
    called = await driver.until(
        lambda: (leg := driver.leg("203", TALKING)) and driver.talks_to(leg, OPERATOR) and leg, "the call to be up"
    )
    assert_done(await driver.give("transfer", OPERATOR, call=called.linkedid, to="202"))
    await driver.until(lambda: driver.talks_to(called, "202"), "203 to talk with 202")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")


async def test_a_busy_colleague_sends_the_caller_back_to_the_operator(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", refuses=True)
    outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.BUSY, "202", "is busy", "is back with you")
    await driver.until(lambda: driver.leg(OPERATOR, RINGING), "the operator's phone to ring")
    await office.answer(OPERATOR)
    await driver.until(lambda: driver.talks_to(caller, OPERATOR), "the operator to have the caller again")


async def test_nobody_answers_and_the_caller_comes_back(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    await driver.actions.send(actions.setvar("CORDBOARD_TRANSFER_TIMEOUT", "2"))
    try:
        assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"), "rings")
        await driver.until(lambda: driver.leg(OPERATOR, RINGING), "the operator's phone to ring")
        await office.answer(OPERATOR)
        await driver.until(lambda: driver.talks_to(caller, OPERATOR), "the operator to have the caller again")
    finally:
        await driver.actions.send(actions.setvar("CORDBOARD_TRANSFER_TIMEOUT", ""))


async def test_a_number_that_does_not_exist_is_refused_before_anybody_is_disturbed(
    office: Office, driver: Driver
) -> None:
    caller = await talking(office, driver)
    assert_failed(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="999"), Reason.NO_SUCH_NUMBER, "999")
    assert driver.names_sent() == []
    assert driver.talks_to(caller, OPERATOR)


async def test_an_outside_number_is_dialled_for_the_caller(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.outside_phone()
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="048600999888"), "048600999888")
    await driver.until(
        lambda: any(driver.mirror.extension_of(peer) is None for peer in driver.mirror.peers_of(caller)),
        "the two outside parties to talk",
    )


async def test_an_outside_number_needs_the_right_to_dial_out(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    intent = driver.intent("transfer", OPERATOR, dial_out=False, call=caller.linkedid, to="048600999888")
    assert_failed(await driver.operations.perform(intent), Reason.NOT_ALLOWED)
    assert driver.sent == []


async def test_a_ringing_call_is_moved_on_and_the_phone_stops_ringing(office: Office, driver: Driver) -> None:
    await office.phone(OPERATOR)
    await office.phone("202", answers=True)
    await office.call_in()
    ringing = await driver.until(lambda: driver.leg(OPERATOR, RINGING), "201 to ring")
    caller = driver.outside()
    assert caller is not None
    assert_done(await driver.give("transfer", OPERATOR, call=ringing.linkedid, to="202"))
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    assert ringing.uniqueid not in driver.mirror.channels
    assert driver.names_sent("Setvar") == ["Redirect"]


async def test_a_phone_that_still_rings_is_not_torn_out_of_its_call(office: Office, driver: Driver) -> None:
    await office.phone("203")
    await office.dial(OPERATOR, "203")
    ringing = await driver.until(lambda: driver.leg("203", RINGING), "203 to ring")
    outcome = await driver.give("transfer", OPERATOR, call=ringing.linkedid, to="202")
    assert_failed(outcome, Reason.WRONG_STATE, "has not answered yet")
    assert driver.sent == []


async def test_a_caller_on_hold_is_moved(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    await office.hold(OPERATOR)
    await driver.until(lambda: driver.outside(CallState.HELD), "the caller to be on hold")
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"))
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    await driver.until(lambda: driver.outside(TALKING), "the caller to be off hold")


async def test_a_waiting_caller_who_is_moved_does_not_count_as_lost(office: Office, driver: Driver) -> None:
    await office.phone("202", answers=True)
    await office.call_in("5550101")
    waiting = await driver.until(lambda: next(iter(driver.mirror.callers.values()), None), "somebody to wait")
    caller = driver.mirror.channels[waiting.uniqueid]
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"))
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    queue = driver.mirror.queues["front"]
    assert (queue.abandoned, queue.moved) == (1, 1)
    assert driver.mirror.callers == {}


async def test_a_caller_who_is_sent_to_a_queue_waits_there(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="601"), CALLER, "waits at 601")
    assert [each.queue for each in driver.mirror.callers.values()] == ["front"]


async def test_a_parked_call_is_moved(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    assert_done(await driver.give("park", OPERATOR, call=caller.linkedid))
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"))
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    assert driver.mirror.parked == {}


async def test_of_a_call_of_two_others_the_outside_party_moves(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    assert_done(await driver.give("transfer", "205", call=caller.linkedid, to="202"))
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    assert driver.leg(OPERATOR) is None


async def test_of_two_colleagues_the_one_that_is_named_moves(office: Office, driver: Driver) -> None:
    await office.phone("203", answers=True)
    await office.phone("202", answers=True)
    await office.dial("204", "203")
    called = await driver.until(
        lambda: (leg := driver.leg("203", TALKING)) and driver.talks_to(leg, "204") and leg, "the call to be up"
    )
    ambiguous = await driver.give("transfer", OPERATOR, call=called.linkedid, to="202")
    assert_failed(ambiguous, Reason.WHICH_PARTY, "203", "204")
    assert driver.sent == []
    assert_done(await driver.give("transfer", OPERATOR, call=called.linkedid, to="202", party=called.uniqueid))
    await driver.until(lambda: driver.talks_to(called, "202"), "203 to talk with 202")


async def test_behind_a_local_channel_the_real_caller_moves(office: Office, driver: Driver) -> None:
    """5550104 reaches 201 through Local/201@ext-local/n, whose halves stay for the whole call."""
    caller = await talking(office, driver, did="5550104")
    await office.phone("202", answers=True)
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"))
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    assert [action.headers[0] for action in driver.sent if action.name == "Redirect"] == [("Channel", caller.name)]
    await driver.until(
        lambda: not any(channel.technology == "Local" for channel in driver.mirror.channels.values()),
        "the Local channel to be gone",
    )


async def test_a_caller_cannot_be_sent_to_whom_they_talk_already(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to=OPERATOR)
    assert_failed(outcome, Reason.WRONG_STATE, CALLER, "is already talking to", "201")
    assert driver.sent == []


async def test_a_call_that_has_ended_is_refused_with_nothing_sent(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.caller_hangs_up()
    await driver.until(lambda: not driver.mirror.channels, "the call to end")
    assert_failed(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"), Reason.CALL_ENDED)
    assert driver.sent == []


async def test_a_caller_who_hangs_up_at_the_same_instant_is_told_apart(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    outcome, _ = await asyncio.gather(
        driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"), office.caller_hangs_up()
    )
    # Either was first; but nothing is silent, nothing raises, and nothing is left behind.
    assert outcome.state is CommandState.DONE or outcome.reason == Reason.CALL_ENDED, outcome
    await driver.until(lambda: not driver.mirror.channels, "everything to end")


async def test_of_two_operators_one_transfers_and_the_other_is_told_who_does(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    await office.phone("203", answers=True)
    first, second = await asyncio.gather(
        driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"),
        driver.give("transfer", "205", call=caller.linkedid, to="203"),
    )
    assert_done(first)
    assert_failed(second, Reason.BUSY_CALL, "Op 201 is already transferring this call")
    third = await driver.give("transfer", "205", call=caller.linkedid, to="203")
    assert_failed(third, Reason.BUSY_CALL, "Op 201 has just transferred this call")
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    assert driver.names_sent("Setvar") == ["BlindTransfer"]


async def test_the_same_intent_twice_is_one_action_with_one_outcome(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    intent = driver.intent("transfer", OPERATOR, call=caller.linkedid, to="202")
    first, second = await asyncio.gather(driver.operations.perform(intent), driver.operations.perform(intent))
    later = await driver.operations.perform(intent)
    assert_done(first)
    assert first == second == later
    assert driver.names_sent("Setvar") == ["BlindTransfer"]
