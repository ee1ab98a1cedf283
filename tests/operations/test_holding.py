"""Hold that everybody shares."""

from __future__ import annotations

import asyncio

import pytest

from ami_worker.ami.actions import Action
from ami_worker.ami.connection import NoReply, Response
from ami_worker.operations import Reason, claims
from panel.vocabulary import CareKind, CommandState
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


# --- hold -------------------------------------------------------------------------------------------------------------


async def test_the_caller_hears_music_and_the_operator_is_free(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give("hold", OPERATOR, call=caller.linkedid)
    assert_done(outcome, f"{CALLER} is on hold")
    assert outcome.call == caller.linkedid
    assert driver.names_sent("Setvar") == ["BlindTransfer"]
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    care = await in_care(driver, caller, CareKind.HOLD)
    assert (care.operator, care.target, care.reason) == (OPERATOR, "", "")
    assert care.until is not None
    assert await is_kept_by_the_include(driver, caller)


async def test_a_caller_waits_on_hold_for_somebody(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give("hold", OPERATOR, call=caller.linkedid, to="202")
    assert_done(outcome, f"{CALLER} is on hold for", "202")
    assert (await in_care(driver, caller, CareKind.HOLD)).target == "202"


async def test_nobody_comes_and_the_operators_phone_rings(office: Office, driver: Driver) -> None:
    async with set_global(driver, CORDBOARD_HOLD_TIMEOUT="2"):
        caller = await held(office, driver)
        await driver.until(lambda: driver.leg(OPERATOR, RINGING), "the operator's phone to ring")
    assert (await in_care(driver, caller, CareKind.RETURN)).reason == "TIMEOUT"
    await office.answer(OPERATOR)
    await driver.until(lambda: driver.talks_to(caller, OPERATOR), "the operator to have the caller again")
    assert await together(driver) == [{OPERATOR, "itsp"}]


async def test_a_caller_who_hangs_up_on_hold_is_gone(office: Office, driver: Driver) -> None:
    caller = await held(office, driver)
    await office.caller_hangs_up()
    await nobody_is_there(driver)
    assert_failed(await driver.give("retrieve", OPERATOR, call=caller.linkedid), Reason.CALL_ENDED)
    assert driver.sent == []


async def test_a_caller_who_hangs_up_at_the_instant_of_the_hold_is_told_apart(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome, _ = await asyncio.gather(driver.give("hold", OPERATOR, call=caller.linkedid), office.caller_hangs_up())
    assert outcome.state is CommandState.DONE or outcome.reason == Reason.CALL_ENDED, outcome
    await nobody_is_there(driver)


async def test_a_ringing_call_is_put_on_hold(office: Office, driver: Driver) -> None:
    await office.phone(OPERATOR)
    await office.call_in()
    ringing = await driver.until(lambda: driver.leg(OPERATOR, RINGING), "201 to ring")
    assert_done(await driver.give("hold", OPERATOR, call=ringing.linkedid), "is on hold")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "201 to stop ringing")
    caller = driver.outside()
    assert caller is not None
    assert await is_kept_by_the_include(driver, caller)


async def test_a_waiting_caller_is_put_on_hold_and_does_not_count_as_lost(office: Office, driver: Driver) -> None:
    await office.phone(OPERATOR)
    await office.call_in("5550101")
    waiting = await driver.until(lambda: next(iter(driver.mirror.callers.values()), None), "somebody to wait")
    caller = driver.mirror.channels[waiting.uniqueid]
    assert_done(await driver.give("hold", OPERATOR, call=caller.linkedid), "is on hold")
    queue = driver.mirror.queues["front"]
    assert (queue.abandoned, queue.moved) == (1, 1)
    assert await is_kept_by_the_include(driver, caller)


async def test_a_parked_caller_is_put_on_hold(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("park", OPERATOR, call=caller.linkedid))
    assert_done(await driver.give("hold", OPERATOR, call=caller.linkedid), "is on hold")
    assert driver.mirror.parked == {}


async def test_an_operator_without_a_phone_puts_on_hold_for_whom_the_caller_left(
    office: Office, driver: Driver
) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("hold", "", call=caller.linkedid), "is on hold")
    assert (await in_care(driver, caller, CareKind.HOLD)).operator == OPERATOR


async def test_who_is_on_hold_already_is_not_put_on_hold_again_but_may_wait_for_another(
    office: Office, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "SETTLE_SECONDS", 0.0)
    caller = await held(office, driver)
    again = await driver.give("hold", OPERATOR, call=caller.linkedid)
    assert_failed(again, Reason.WRONG_STATE, "is on hold already")
    assert driver.sent == []
    assert_done(await driver.give("hold", "202", call=caller.linkedid, to="203"), "is on hold for", "203")
    assert (await in_care(driver, caller, CareKind.HOLD)).target == "203"


async def test_of_two_operators_who_put_a_call_on_hold_one_is_told_of_the_other(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    first, second = await asyncio.gather(
        driver.give("hold", OPERATOR, call=caller.linkedid), driver.give("hold", "205", call=caller.linkedid)
    )
    assert_done(first)
    assert_failed(second, Reason.BUSY_CALL, "Op 201 is already putting this call on hold")
    third = await driver.give("hold", "205", call=caller.linkedid)
    assert_failed(third, Reason.BUSY_CALL, "Op 201 has just put this call on hold")
    assert driver.names_sent("Setvar") == ["BlindTransfer"]


async def test_the_same_intent_twice_is_one_hold(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    intent = driver.intent("hold", OPERATOR, call=caller.linkedid)
    first, second = await asyncio.gather(driver.operations.perform(intent), driver.operations.perform(intent))
    assert_done(first)
    assert first == second
    assert driver.names_sent("Setvar") == ["BlindTransfer"]


async def test_while_a_command_is_at_work_the_call_shows_who_is_at_it(office: Office, driver: Driver) -> None:
    caller = await held(office, driver)
    await office.phone("202")
    call = driver.mirror.calls[caller.linkedid]
    fetching = driver.start("retrieve", "202", call=caller.linkedid)
    claim = await driver.until(lambda: call.row()["claim"], "the call to be claimed", during=fetching)
    assert (claim["operator"], claim["name"], claim["doing"]) == ("op-202", "Op 202", "retrieve")
    assert_done(await fetching)
    assert call.row()["claim"] is None


# --- calls of every shape ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("did", ["5550103", "5550104", "5550105"], ids=["with features", "Local", "Local, optimised"])
async def test_a_caller_who_came_by_other_ways_is_held_and_fetched(office: Office, driver: Driver, did: str) -> None:
    caller = await talking(office, driver, did=did)
    assert_done(await driver.give("hold", OPERATOR, call=caller.linkedid), "is on hold")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    assert await is_kept_by_the_include(driver, caller)
    await office.phone("202")
    assert_done(await driver.give("retrieve", "202", call=caller.linkedid), "Your phone rings")
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    assert await together(driver) == [{"202", "itsp"}]


async def test_somebody_whom_the_operator_has_called_is_held_and_fetched(office: Office, driver: Driver) -> None:
    await office.phone("203", answers=True)
    await office.phone("202")
    await office.dial(OPERATOR, "203")
    called = await driver.until(
        lambda: (leg := driver.leg("203", TALKING)) and driver.talks_to(leg, OPERATOR) and leg, "the call to be up"
    )
    assert_done(await driver.give("hold", OPERATOR, call=called.linkedid), "(203)", "is on hold")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    assert_done(await driver.give("retrieve", "202", call=called.linkedid), "Your phone rings")
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(called, "202"), "203 to talk with 202")
    assert await together(driver) == [{"202", "203"}]


async def test_who_waits_alone_is_not_held_for_nobody(office: Office, driver: Driver) -> None:
    """An operator without a phone, and a caller who was with nobody: there would be no way back."""
    await office.call_in("5550101")
    waiting = await driver.until(lambda: next(iter(driver.mirror.callers.values()), None), "somebody to wait")
    call = driver.mirror.channels[waiting.uniqueid].linkedid
    for name, more in (("hold", {}), ("camp", {"to": "202"}), ("serial", {"to": "202"}), ("confer", {"room": "801"})):
        assert_failed(await driver.give(name, "", call=call, **more), Reason.NO_PHONE, "Choose your own extension")
    assert driver.names_sent() == []
    assert len(driver.mirror.callers) == 1


async def test_an_action_that_is_not_answered_is_judged_by_what_is_seen(
    office: Office, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await talking(office, driver)
    send = driver.actions.send

    async def lose_the_reply(action: Action, timeout: float = 5.0) -> Response:
        response = await send(action, timeout)
        if action.name == "BlindTransfer":
            raise NoReply("the reply was lost")
        return response

    monkeypatch.setattr(driver.actions, "send", lose_the_reply)
    assert_done(await driver.give("hold", OPERATOR, call=caller.linkedid), "is on hold")
    assert driver.names_sent("Setvar") == ["BlindTransfer"]


@pytest.mark.parametrize("name", ["hold", "transfer", "serial", "camp"])
async def test_a_caller_who_was_answered_in_a_queue_is_moved_and_the_member_is_free(
    office: Office, driver: Driver, name: str
) -> None:
    await office.phone("203")
    await office.phone("202")
    await office.call_in("5550101")
    await driver.until(lambda: driver.leg("203", RINGING), "203 to ring")
    await office.answer("203")
    caller = await driver.until(
        lambda: (found := driver.outside(TALKING)) and driver.talks_to(found, "203") and found, "203 to talk"
    )
    more = {} if name == "hold" else {"to": "202"}
    assert_done(await driver.give(name, "203", call=caller.linkedid, **more))
    await driver.until(lambda: driver.leg("203") is None, "203 to be free")
    if name == "hold":
        assert_done(await driver.give("retrieve", "202", call=caller.linkedid), "Your phone rings")
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring")
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    assert await together(driver) == [{"202", "itsp"}]
    queue = driver.mirror.queues["front"]
    assert (queue.completed, queue.abandoned) == (1, 0)
