"""A consultation when the connection fails in the middle: nothing is sent twice, the receipt is honest, and the caller
is safe in the dialplan.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

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
    set_global,
    talking,
    together,
    wait_together,
)
from tests.operations.wire import Wire


@pytest.fixture
async def wire(office: Office) -> AsyncIterator[Wire]:
    async with Wire.to(office.ami_url) as wire:
        yield wire


@pytest.fixture
async def driver(office: Office, wire: Wire) -> AsyncIterator[Driver]:
    async with Driver.on(office.ami_url, actions_by=wire.url) as driver:
        driver.reply_seconds = 0.5
        wire.forget()
        yield driver


async def test_when_the_operators_leg_does_not_follow_the_caller_is_safe_and_comes_back(
    office: Office, driver: Driver, wire: Wire
) -> None:
    async with set_global(driver, CORDBOARD_HOLD_TIMEOUT="3"):
        caller = await talking(office, driver)
        await office.phone("202")
        wire.halves_redirects = True
        outcome = await driver.give("consult", OPERATOR, call=caller.linkedid, to="202")
        assert_failed(outcome, Reason.PARTLY, "Your phone could not follow", CALLER, "is on hold")
        assert driver.names_sent("Setvar") == ["Redirect"]
        await in_care(driver, caller, CareKind.CONSULT)
        assert await is_kept_by_the_include(driver, caller)
        assert driver.leg("202") is None
        await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator's leg to end")
        await back_with_the_operator(office, driver, caller)


async def test_of_a_swap_that_fails_half_way_the_caller_comes_back(office: Office, driver: Driver, wire: Wire) -> None:
    caller = await asking(office, driver, "202")
    driver.sent.clear()
    wire.halves_redirects = True
    outcome = await driver.give("swap", OPERATOR, call=caller.linkedid)
    assert_failed(outcome, Reason.PARTLY, "Your phone could not follow", CALLER, "waits")
    assert driver.names_sent("Setvar") == ["Redirect"]
    assert caller.uniqueid in driver.mirror.channels

    def is_looked_after() -> bool:
        return driver.talks_to(caller, OPERATOR) or driver.mirror.care_of(caller) is not None

    await driver.until(is_looked_after, "the caller to be with the operator or in care")


@pytest.mark.parametrize("name", ["consult", "complete", "cancel", "swap"])
async def test_a_lost_reply_is_no_lost_outcome(office: Office, driver: Driver, wire: Wire, name: str) -> None:
    arguments = {}
    if name == "consult":
        caller = await talking(office, driver)
        await office.phone("202")
        arguments = {"to": "202"}
    else:
        caller = await asking(office, driver, "202")
    driver.sent.clear()
    wire.swallow_replies_to = "Redirect"
    assert_done(await driver.give(name, OPERATOR, call=caller.linkedid, **arguments))
    assert driver.names_sent("Setvar") == ["Redirect"]


async def test_a_connection_that_breaks_at_the_action_leaves_it_unknown_or_seen_and_the_caller_safe(
    office: Office, driver: Driver, wire: Wire
) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    wire.cut_at = "Redirect"
    consulting = driver.start("consult", OPERATOR, call=caller.linkedid, to="202")
    assert await driver.actions.wait_closed(10)
    driver.operations.lost(driver.actions.closed_reason)
    outcome = await consulting
    if outcome.state is CommandState.DONE:  # the events were faster than the end of the session
        assert driver.leg("202")
    else:
        assert outcome.state is CommandState.UNKNOWN, outcome
        assert "look at the board" in outcome.text
    await in_care(driver, caller, CareKind.CONSULT)
    async with Driver.on(office.ami_url) as another:
        await another.until(lambda: another.leg("202"), "202 to ring")
        assert await is_kept_by_the_include(another, caller)
        assert_done(await another.give("cancel", OPERATOR, call=caller.linkedid), "You are talking to", CALLER)
        assert await together(another) == [{OPERATOR, "itsp"}]


async def test_a_pbx_that_falls_silent_before_the_first_key_changes_nothing(
    office: Office, driver: Driver, wire: Wire
) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    wire.swallow_replies_to = "Setvar"
    outcome = await driver.give("consult", OPERATOR, call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.NO_REPLY, "nothing was done")
    assert driver.names_sent("Setvar") == []
    assert driver.talks_to(caller, OPERATOR)


@pytest.mark.parametrize("moment", ["at the desk", "while it rings", "while they talk", "after a swap"])
async def test_a_worker_that_dies_leaves_the_caller_with_a_way_back_to_the_operator(
    office: Office, moment: str
) -> None:
    """The sessions end, as with a killed process; then the operator's phone drops too."""
    async with Driver.on(office.ami_url) as dying:
        if moment == "at the desk":
            caller = await talking(office, dying)
            assert_done(await dying.give("consult", OPERATOR, call=caller.linkedid))
        else:
            caller = await asking(office, dying, "202", answered=moment != "while it rings")
        if moment == "after a swap":
            assert_done(await dying.give("swap", OPERATOR, call=caller.linkedid))
            assert_done(await dying.give("swap", OPERATOR, call=caller.linkedid))
            await wait_together(dying, {OPERATOR, "202"})
    await office.hang_up(OPERATOR)
    async with Driver.on(office.ami_url) as next_one:
        again = next_one.mirror.channels[caller.uniqueid]
        await back_with_the_operator(office, next_one, again)


async def test_an_operator_who_hangs_up_when_another_one_is_about_to_be_asked_has_the_caller_back(
    office: Office, driver: Driver
) -> None:
    caller = await asking(office, driver, "202")
    await office.phone("205")

    async def hangs_up() -> None:
        await office.hang_up(OPERATOR)
        await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator's leg to end")

    driver.reply_seconds = 5.0
    driver.meanwhile["Setvar"] = hangs_up
    outcome = await driver.give("consult", OPERATOR, call=caller.linkedid, to="205")
    assert_failed(outcome, Reason.CALL_ENDED, "Your phone has hung up", CALLER)
    await back_with_the_operator(office, driver, caller)


async def test_nobody_else_is_asked_when_the_operator_has_the_caller_again_meanwhile(
    office: Office, driver: Driver
) -> None:
    async with set_global(driver, CORDBOARD_DESK_TIMEOUT="2"):
        caller = await talking(office, driver)
        await office.phone("205")
        assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid))

        async def rejoins() -> None:
            await driver.until(lambda: driver.talks_to(caller, OPERATOR), "the time to think to be over")

        driver.meanwhile["Setvar"] = rejoins
        outcome = await driver.give("consult", OPERATOR, call=caller.linkedid, to="205")
        assert_failed(outcome, Reason.WRONG_STATE, "changed meanwhile")
        assert await together(driver) == [{OPERATOR, "itsp"}]
