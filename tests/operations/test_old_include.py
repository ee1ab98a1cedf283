"""With version 1 of the include a transfer comes back, and what needs version 2 says so."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ami_worker.operations import Reason
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, RealOffice
from tests.operations.stories import assert_done, assert_failed, back_with_the_operator, talking
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig


pytestmark = pytest.mark.asterisk


@pytest.fixture
async def office(own_asterisk: Asterisk) -> AsyncIterator[RealOffice]:
    own_asterisk.cli("dialplan remove extension 2@cordboard-version")
    with Rig(own_asterisk) as rig:
        yield RealOffice(rig)


async def test_a_transfer_comes_back_and_hold_is_refused(office: RealOffice, driver: Driver) -> None:
    site = driver.operations.site
    assert (site.has_include, site.keeps_callers) == (True, False)
    assert not {"hold", "camp", "retrieve", "include2"} & set(site.capabilities)
    caller = await talking(office, driver)
    assert_failed(await driver.give("hold", OPERATOR, call=caller.linkedid), Reason.NEEDS_INCLUDE, "version 2")
    assert driver.sent == []
    await office.phone("202", refuses=True)
    outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.BUSY, "is back with you")
    await back_with_the_operator(office, driver, caller)


async def test_a_waiting_caller_is_taken(office: RealOffice, driver: Driver) -> None:
    await office.call_in("5550101")
    waiting = await driver.until(lambda: next(iter(driver.mirror.callers.values()), None), "somebody to wait")
    await office.phone("202")
    assert_done(await driver.give("take", "202", caller=waiting.key), "Your phone rings")
