"""Calls to somebody whose calls the PBX sends on: told as reached when the stand-in rings, on the demo PBX."""

from __future__ import annotations

import pytest

from ami_worker.operations import Reason
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, DemoOffice
from tests.operations.stories import RINGING, assert_done, assert_failed


FORWARDS_ALL, COLLEAGUE = "254", "253"
FORWARDS_BUSY = "233"


@pytest.mark.parametrize("registered", [True, False])
async def test_a_call_to_somebody_who_forwards_all_calls_rings_at_the_colleague(
    demo_office: DemoOffice, demo_driver: Driver, registered: bool
) -> None:
    """Also while the phone itself is away: an ordinary call goes on all the same."""
    await demo_office.phone(OPERATOR, answers=True)
    if not registered:
        demo_office.pbx.phone(FORWARDS_ALL).unplug()
        await demo_driver.until(lambda: demo_driver.state_of(FORWARDS_ALL) == "offline", "it to be offline")
    outcome = await demo_driver.give("call", OPERATOR, to=FORWARDS_ALL)
    assert_done(outcome, "Calling", FORWARDS_ALL)
    assert demo_driver.leg(COLLEAGUE, RINGING)
    assert demo_driver.leg(FORWARDS_ALL) is None


async def test_a_phone_that_is_away_and_forwards_when_busy_alone_is_not_called(
    demo_office: DemoOffice, demo_driver: Driver
) -> None:
    demo_office.pbx.phone(FORWARDS_BUSY).unplug()
    await demo_driver.until(lambda: demo_driver.state_of(FORWARDS_BUSY) == "offline", "it to be offline")
    outcome = await demo_driver.give("call", OPERATOR, to=FORWARDS_BUSY)
    assert_failed(outcome, Reason.NOT_REGISTERED, FORWARDS_BUSY)
