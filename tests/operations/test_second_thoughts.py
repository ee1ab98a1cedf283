"""The operator thinks better of it while the command before is still at work: it has been sent, and what comes of it is
not known yet. That must not keep the caller from coming back.
"""

from __future__ import annotations

import pytest

from ami_worker.operations import Intent, Reason
from ami_worker.operations.claims import Claims
from panel.vocabulary import CareKind
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, Office
from tests.operations.stories import (
    RINGING,
    assert_done,
    assert_failed,
    back_with_the_operator,
    in_care,
    talking,
    wait_together,
)


@pytest.mark.parametrize("name", ["transfer", "serial"])
async def test_a_transfer_is_fetched_back_before_it_is_known_to_ring(office: Office, driver: Driver, name: str) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    sending = driver.start(name, OPERATOR, call=caller.linkedid, to="202")
    await in_care(driver, caller, CareKind(name))
    assert not sending.done(), "what comes of it is not known yet"
    fetching = driver.start("retrieve", OPERATOR, call=caller.linkedid)
    await back_with_the_operator(office, driver, caller)
    assert_done(await fetching)
    assert_done(await sending, "Left off", "fetching this call back")
    await driver.until(lambda: not driver.leg("202"), "202 to ring no more")


async def test_another_operator_has_to_wait_until_it_is_known(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    sending = driver.start("transfer", OPERATOR, call=caller.linkedid, to="202")
    await in_care(driver, caller, CareKind.TRANSFER)
    other = await driver.give("retrieve", "203", call=caller.linkedid)
    assert_failed(other, Reason.BUSY_CALL, "Op 201 is already transferring this call")
    assert_done(await sending, "rings")


async def test_the_operator_goes_back_before_it_is_known_that_the_asked_one_rings(
    office: Office, driver: Driver
) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    asking = driver.start("consult", OPERATOR, call=caller.linkedid, to="202")
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring")
    assert not asking.done(), "a phone that has only just begun to ring may still refuse"
    assert_done(await driver.give("cancel", OPERATOR, call=caller.linkedid))
    assert_done(await asking, "Left off", "going back to this caller")
    await wait_together(driver, {OPERATOR, "itsp"})


async def test_the_caller_is_sent_on_before_it_is_known_that_the_asked_one_rings(
    office: Office, driver: Driver
) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    asking = driver.start("consult", OPERATOR, call=caller.linkedid, to="202")
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring")
    assert not asking.done()
    assert_done(await driver.give("complete", OPERATOR, call=caller.linkedid))
    assert_done(await asking, "Left off", "connecting this call")
    await office.answer("202")
    await wait_together(driver, {"202", "itsp"})


def test_what_has_not_been_sent_yet_is_not_taken_back() -> None:
    claims = Claims(lambda: 100.0)
    sending = Intent("1", "transfer", {}, "maria", "Maria", "201", True)
    fetching = Intent("2", "retrieve", {}, "maria", "Maria", "201", True)
    assert claims.take(sending, ["call"]) is None
    refusal = claims.take(fetching, ["call"])
    assert refusal is not None
    assert refusal.text == "You are already transferring this call"
    claims.sent(sending)
    assert claims.take(fetching, ["call"]) is None
    assert claims.left_off(sending) is not None
    assert claims.release(sending, settled=True) == [], "it has the call no more"
    assert claims.release(fetching, settled=True) == ["call"]
