"""An asking is brought to its end: the two are connected, or the operator has the caller again, whatever happens at
that very instant.
"""

from __future__ import annotations

import asyncio
import time

from ami_worker.mirror import Channel
from ami_worker.operations import Reason
from panel.vocabulary import CareKind, CommandState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office
from tests.operations.stories import (
    RINGING,
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
from tests.rig.parts import wait_for


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


NOT_UP = "Redirect failed, channel not up."


async def test_a_caller_whom_the_include_just_moves_is_sent_on_a_moment_later(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202", answered=False)
    driver.sent.clear()
    driver.refused["Redirect"] = [NOT_UP, NOT_UP]
    assert_done(await driver.give("complete", OPERATOR, call=caller.linkedid), "202", "rings")
    assert driver.names_sent("Setvar") == ["Hangup", "Redirect", "Redirect", "Redirect"]
    await office.answer("202")
    await wait_together(driver, {"itsp", "202"})


async def test_a_caller_who_cannot_be_moved_any_more_is_told(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202", answered=False)
    driver.refused["Redirect"] = [NOT_UP] * 100
    outcome = await driver.give("complete", OPERATOR, call=caller.linkedid)
    assert_failed(outcome, Reason.CALL_ENDED, "already ended")
    await back_with_the_operator(office, driver, caller)


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
