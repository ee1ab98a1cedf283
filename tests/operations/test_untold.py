"""A log-in that does not hear what our include tells (class `user`): everything works, and the picture learns what it
can from what is seen, and from us.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ami_worker.operations import Reason
from panel.vocabulary import CareKind
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office
from tests.operations.stories import (
    RINGING,
    assert_done,
    assert_failed,
    back_with_the_operator,
    in_care,
    is_kept_by_the_include,
    talking,
    together,
)


@pytest.fixture
async def driver(office: Office) -> AsyncIterator[Driver]:
    async with Driver.on(office.ami_url, events="system,call,agent") as driver:
        yield driver


async def test_a_caller_is_held_and_fetched(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("hold", OPERATOR, call=caller.linkedid, to="203"), CALLER, "is on hold for")
    care = await in_care(driver, caller, CareKind.HOLD)
    assert (care.operator, care.target) == (OPERATOR, "203")
    assert await is_kept_by_the_include(driver, caller)
    await office.phone("202")
    assert_done(await driver.give("retrieve", "202", call=caller.linkedid), "Your phone rings")
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
    assert driver.mirror.care_of(caller) is None
    assert await together(driver) == [{"202", "itsp"}]


async def test_a_transfer_is_fetched_back(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"), "rings")
    assert (await in_care(driver, caller, CareKind.TRANSFER)).target == "202"
    assert_done(await driver.give("retrieve", OPERATOR, call=caller.linkedid), "Your phone rings")
    await driver.until(lambda: driver.leg(OPERATOR, RINGING), "the operator's phone to ring")


@pytest.mark.parametrize("name", ["transfer", "serial"])
async def test_a_busy_target_sends_the_caller_back_with_the_reason(office: Office, driver: Driver, name: str) -> None:
    caller = await talking(office, driver)
    await office.phone("202", refuses=True)
    outcome = await driver.give(name, OPERATOR, call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.BUSY, "is busy", "is back with you")
    await back_with_the_operator(office, driver, caller)


async def test_a_phone_that_cannot_take_the_caller_is_told(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("hold", OPERATOR, call=caller.linkedid))
    await office.phone("202", refuses=True)
    outcome = await driver.give("retrieve", "202", call=caller.linkedid)
    assert_failed(outcome, Reason.BUSY, "Your phone (202) could not be rung")
    assert await is_kept_by_the_include(driver, caller)


async def test_a_caller_is_sent_into_a_queue_and_a_room(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("enqueue", OPERATOR, call=caller.linkedid, queue="front"), "waits in front")
    assert_done(await driver.give("confer", OPERATOR, call=caller.linkedid, room="801"), "is in room 801")


async def test_a_caller_camps(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    assert_done(await driver.give("camp", OPERATOR, call=caller.linkedid, to="202"), "rings")
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")
