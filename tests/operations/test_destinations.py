"""Sending a caller where nobody answers at once: onto a busy person, into a mailbox, a queue or a conference room; and
how each comes back when nothing comes of it.
"""

from __future__ import annotations

import asyncio

import pytest

from ami_worker.ami import actions
from ami_worker.mirror import Queue
from ami_worker.operations import Reason
from panel.vocabulary import CallState, CareKind, CommandState, ExtensionState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office
from tests.operations.stories import (
    RINGING,
    TALKING,
    assert_done,
    assert_failed,
    back_with_the_operator,
    in_care,
    is_kept_by_the_include,
    nobody_is_there,
    set_global,
    talking,
    together,
)


WAYS = [
    ("camp", {"to": "202"}),
    ("voicemail", {"to": "202"}),
    ("enqueue", {"queue": "front"}),
    ("confer", {"room": "801"}),
]
WAY = pytest.mark.parametrize(("name", "more"), WAYS, ids=[name for name, _ in WAYS])


async def busy(office: Office, driver: Driver, number: str, other: str) -> None:
    """`number` talks with `other`."""
    await office.phone(number)
    await office.phone(other, answers=True)
    await office.dial(number, other)
    await driver.until(
        lambda: (leg := driver.leg(number, TALKING)) and driver.talks_to(leg, other) and leg, f"{number} to be busy"
    )
    await driver.until(lambda: driver.state_of(number) == ExtensionState.TALKING, f"the tile of {number} to be busy")


# --- what all of them have in common ----------------------------------------------------------------------------------


@WAY
async def test_the_operator_is_free_and_the_caller_is_kept(
    office: Office, driver: Driver, name: str, more: dict[str, str]
) -> None:
    caller = await talking(office, driver)
    await busy(office, driver, "202", "207")
    outcome = await driver.give(name, OPERATOR, call=caller.linkedid, **more)
    assert_done(outcome, CALLER)
    assert outcome.call == caller.linkedid
    assert driver.names_sent("Setvar") == ["BlindTransfer"]
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    assert caller.uniqueid in driver.mirror.channels
    await office.caller_hangs_up()
    await driver.until(lambda: caller.uniqueid not in driver.mirror.channels, "the caller to be gone")


@WAY
async def test_a_caller_who_hangs_up_at_the_same_instant_is_told_apart(
    office: Office, driver: Driver, name: str, more: dict[str, str]
) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    outcome, _ = await asyncio.gather(
        driver.give(name, OPERATOR, call=caller.linkedid, **more), office.caller_hangs_up()
    )
    assert outcome.state is CommandState.DONE or outcome.reason == Reason.CALL_ENDED, outcome
    await nobody_is_there(driver)


@WAY
async def test_of_two_operators_one_sends_the_caller_and_the_other_is_told(
    office: Office, driver: Driver, name: str, more: dict[str, str]
) -> None:
    caller = await talking(office, driver)
    await busy(office, driver, "202", "207")
    first, second = await asyncio.gather(
        driver.give(name, OPERATOR, call=caller.linkedid, **more),
        driver.give("transfer", "205", call=caller.linkedid, to="203"),
    )
    assert_done(first)
    assert_failed(second, Reason.BUSY_CALL, "Op 201 is already")
    assert driver.names_sent("Setvar") == ["BlindTransfer"]


@WAY
async def test_the_same_intent_twice_is_one_action(
    office: Office, driver: Driver, name: str, more: dict[str, str]
) -> None:
    caller = await talking(office, driver)
    await busy(office, driver, "202", "207")
    intent = driver.intent(name, OPERATOR, call=caller.linkedid, **more)
    first, second = await asyncio.gather(driver.operations.perform(intent), driver.operations.perform(intent))
    assert_done(first)
    assert first == second
    assert driver.names_sent("Setvar") == ["BlindTransfer"]


@WAY
async def test_a_held_caller_is_sent(office: Office, driver: Driver, name: str, more: dict[str, str]) -> None:
    caller = await talking(office, driver)
    await busy(office, driver, "202", "207")
    assert_done(await driver.give("hold", OPERATOR, call=caller.linkedid))
    driver.sent.clear()
    assert_done(await driver.give(name, OPERATOR, call=caller.linkedid, **more), CALLER)
    assert driver.names_sent("Setvar") == ["Redirect"]


# --- camp on ----------------------------------------------------------------------------------------------------------


async def test_a_caller_camps_until_the_person_is_free_and_is_put_through(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await busy(office, driver, "202", "207")
    outcome = await driver.give("camp", OPERATOR, call=caller.linkedid, to="202")
    assert_done(outcome, CALLER, "waits until", "202", "is free")
    care = await in_care(driver, caller, CareKind.CAMP)
    assert (care.operator, care.target) == (OPERATOR, "202")
    assert await is_kept_by_the_include(driver, caller)
    await office.hang_up("207")
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring")
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    assert await together(driver) == [{"202", "itsp"}]


async def test_a_caller_who_camps_too_long_comes_back(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await busy(office, driver, "202", "207")
    async with set_global(driver, CORDBOARD_CAMP_TIMEOUT="2"):
        assert_done(await driver.give("camp", OPERATOR, call=caller.linkedid, to="202"))
        assert (await in_care(driver, caller, CareKind.RETURN)).reason == "TIMEOUT"
    await back_with_the_operator(office, driver, caller)


async def test_a_person_who_is_free_rings_at_once(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    assert_done(await driver.give("camp", OPERATOR, call=caller.linkedid, to="202"))
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring")
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")


async def test_a_caller_camps_once_on_the_same_person_and_can_be_sent_on_to_another(
    office: Office, driver: Driver
) -> None:
    caller = await talking(office, driver)
    await busy(office, driver, "202", "207")
    await office.phone("203")
    assert_done(await driver.give("camp", OPERATOR, call=caller.linkedid, to="202"))
    driver.sent.clear()
    again = await driver.give("camp", "205", call=caller.linkedid, to="202")
    assert_failed(again, Reason.BUSY_CALL)
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="203"), "rings")
    assert driver.names_sent("Setvar") == ["Redirect"]


async def test_the_own_phone_and_what_has_no_state_is_not_camped_on(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    own = await driver.give("camp", OPERATOR, call=caller.linkedid, to=OPERATOR)
    assert_failed(own, Reason.WRONG_STATE, "your own phone")
    number = await driver.give("camp", OPERATOR, call=caller.linkedid, to="048600999888")
    assert_failed(number, Reason.WRONG_STATE, "does not tell when")
    assert driver.sent == []
    assert driver.talks_to(caller, OPERATOR)


# --- voicemail --------------------------------------------------------------------------------------------------------


async def test_a_caller_leaves_a_message(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give("voicemail", OPERATOR, call=caller.linkedid, to="202")
    assert_done(outcome, f"{CALLER} is in the mailbox of", "202")
    assert (await in_care(driver, caller, CareKind.VOICEMAIL)).target == "202"


async def test_who_has_no_mailbox_is_known_before(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give("voicemail", OPERATOR, call=caller.linkedid, to="207")
    assert_failed(outcome, Reason.NO_MAILBOX, "207", "has no mailbox")
    assert driver.sent == []
    assert driver.talks_to(caller, OPERATOR)


async def test_a_mailbox_that_is_not_there_any_more_brings_the_caller_back(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert isinstance(driver.mirror.mailboxes, dict)
    driver.mirror.mailboxes.clear()  # a PBX that does not list them
    outcome = await driver.give("voicemail", OPERATOR, call=caller.linkedid, to="207")
    assert_failed(outcome, Reason.NO_MAILBOX, "has no mailbox", "is back with you")
    await back_with_the_operator(office, driver, caller)


# --- queues -----------------------------------------------------------------------------------------------------------


async def test_a_caller_waits_in_the_queue_and_is_answered_there(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("203")
    outcome = await driver.give("enqueue", OPERATOR, call=caller.linkedid, queue="front")
    assert_done(outcome, f"{CALLER} waits in front")
    assert [(each.queue, each.uniqueid) for each in driver.mirror.callers.values()] == [("front", caller.uniqueid)]
    await office.answer("203")
    await driver.until(lambda: driver.talks_to(caller, "203"), "the caller to talk with 203")
    assert driver.mirror.care_of(caller) is None


async def test_a_caller_who_waits_too_long_in_the_queue_comes_back(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    async with set_global(driver, CORDBOARD_QUEUE_TIMEOUT="2"):
        assert_done(await driver.give("enqueue", OPERATOR, call=caller.linkedid, queue="front"))
        assert (await in_care(driver, caller, CareKind.RETURN)).reason == "TIMEOUT"
    await back_with_the_operator(office, driver, caller)


async def test_a_queue_that_the_pbx_has_no_more_brings_the_caller_back(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    missing = await driver.give("enqueue", OPERATOR, call=caller.linkedid, queue="gone")
    assert_failed(missing, Reason.NO_SUCH_NUMBER, "gone")
    assert driver.sent == []
    assert isinstance(driver.mirror.queues, dict)
    driver.mirror.queues["gone"] = Queue("gone")  # and the picture has not heard of it yet
    outcome = await driver.give("enqueue", OPERATOR, call=caller.linkedid, queue="gone")
    assert_failed(outcome, Reason.NOBODY_THERE, "Nobody answers for gone now", f"{CALLER} is back with you")
    await back_with_the_operator(office, driver, caller)


async def test_a_caller_of_one_queue_is_moved_to_another_and_does_not_count_as_lost(
    office: Office, driver: Driver
) -> None:
    await office.call_in("5550101")
    waiting = await driver.until(lambda: next(iter(driver.mirror.callers.values()), None), "somebody to wait")
    caller = driver.mirror.channels[waiting.uniqueid]
    same = await driver.give("enqueue", OPERATOR, call=caller.linkedid, queue="front")
    assert_failed(same, Reason.WRONG_STATE, "waits in front already")
    outcome = await driver.give("enqueue", OPERATOR, call=caller.linkedid, queue="support")
    assert_done(outcome, "waits in support")
    assert [each.queue for each in driver.mirror.callers.values()] == ["support"]
    assert (driver.mirror.queues["front"].abandoned, driver.mirror.queues["front"].moved) == (1, 1)


# --- conference rooms -------------------------------------------------------------------------------------------------


async def test_a_caller_is_sent_into_a_room_which_opens(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give("confer", OPERATOR, call=caller.linkedid, room="801")
    assert_done(outcome, f"{CALLER} is in room 801")
    assert caller.uniqueid in driver.mirror.conferences["801"].members
    assert (await driver.actions.list(actions.confbridge_list("801"))).items[0].get("Channel") == caller.name


async def test_nobody_is_sent_into_a_locked_room(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.call_in("5550106")
    room = await driver.until(lambda: driver.mirror.conferences.get("800"), "the room to be open")
    await driver.actions.send(actions.confbridge_lock("800"))
    # Locking raises no event; the picture learns of it from the list.
    outcome = await driver.give("confer", OPERATOR, call=caller.linkedid, room="800")
    assert_failed(outcome, Reason.ROOM_CLOSED, "Nobody gets into room 800 now", "is back with you")
    await back_with_the_operator(office, driver, caller)
    room.locked = True
    driver.sent.clear()
    outcome = await driver.give("confer", "205", call=caller.linkedid, room="800")
    assert_failed(outcome, Reason.ROOM_CLOSED, "Room 800 is locked")
    assert driver.sent == []


async def test_who_is_in_the_room_is_not_sent_there_again(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("confer", OPERATOR, call=caller.linkedid, room="801"))
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    assert driver.outside(CallState.TALKING) is caller
