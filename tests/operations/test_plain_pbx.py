"""Without our dialplan include everything works in the plain way, and says what the site's dialplan made of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ami_worker.operations import Reason
from ami_worker.operations.site import OF_THE_INCLUDE
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, RealOffice
from tests.operations.stories import RINGING, assert_done, assert_failed, talking
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig


pytestmark = pytest.mark.asterisk


@pytest.fixture
async def office(plain_asterisk: Asterisk) -> AsyncIterator[RealOffice]:
    with Rig(plain_asterisk) as rig:
        yield RealOffice(rig)


@pytest.fixture
async def driver(office: RealOffice) -> AsyncIterator[Driver]:
    async with Driver.on(office.ami_url) as driver:
        site = driver.operations.site
        assert not site.has_include
        newer = {"advance"} if office.rig.asterisk.major > 16 else set()
        assert set(site.capabilities) == {"originate", "parking", "dtmf", "rooms", "withdraw"} | newer
        yield driver


async def test_transfers_calls_and_pickups_work(office: RealOffice, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"), "202", "rings")

    await office.phone("203", answers=True)
    assert_done(await driver.give("pickup", "203", call=caller.linkedid), CALLER)
    assert driver.talks_to(caller, "203")

    assert_done(await driver.give("park", "203", call=caller.linkedid), CALLER)
    assert_done(await driver.give("unpark", "203", parked=caller.uniqueid), CALLER)
    await office.phone("204")
    assert_done(await driver.give("call", "203", to="204"), "Calling", "204")
    assert driver.names_sent() == ["BlindTransfer", "Originate", "Park", "Originate", "Originate"]


NEEDS_THE_INCLUDE = {
    "serial": {"to": "202"},
    "camp": {"to": "202"},
    "voicemail": {"to": "202"},
    "enqueue": {"queue": "front"},
    "confer": {"room": "801"},
    "hold": {},
    "retrieve": {},
    "consult": {"to": "202"},
}


def test_what_needs_the_include_is_no_capability_without_it() -> None:
    assert set(NEEDS_THE_INCLUDE) == set(OF_THE_INCLUDE)


@pytest.mark.parametrize("name", list(NEEDS_THE_INCLUDE))
async def test_what_needs_the_include_is_refused_and_says_what_to_install(
    office: RealOffice, driver: Driver, name: str
) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give(name, OPERATOR, call=caller.linkedid, **NEEDS_THE_INCLUDE[name])
    assert_failed(outcome, Reason.NEEDS_INCLUDE, "extensions_cordboard.conf", "pbx_doctor")
    timed = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202", seconds="30")
    assert_failed(timed, Reason.NEEDS_INCLUDE)
    assert driver.sent == []
    assert driver.talks_to(caller, OPERATOR)


async def test_what_became_of_the_caller_whose_target_is_busy_is_told(office: RealOffice, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", refuses=True)
    outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.BUSY, "is busy", "the call with Jan Novák has ended")


async def test_a_waiting_caller_is_taken(office: RealOffice, driver: Driver) -> None:
    await office.call_in("5550101")
    waiting = await driver.until(lambda: next(iter(driver.mirror.callers.values()), None), "somebody to wait")
    await office.phone("202")
    assert_done(await driver.give("take", "202", caller=waiting.key), CALLER)
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring")


async def test_a_number_in_no_context_is_refused(office: RealOffice, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="999")
    assert_failed(outcome, Reason.NO_SUCH_NUMBER, "999")
    assert driver.talks_to(caller, OPERATOR)
