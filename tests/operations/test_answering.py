"""What the operator asks for comes to a phone that answers by itself, where it heeds the headers; real Asterisk sends
them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, RealOffice
from tests.operations.stories import RINGING, assert_done, talking
from tests.rig.asterisk import Asterisk
from tests.rig.parts import wait_for
from tests.rig.phones import Rig


pytestmark = pytest.mark.asterisk


@pytest.fixture(params=["asterisk22", "asterisk16"])
async def office(request: pytest.FixtureRequest) -> AsyncIterator[RealOffice]:
    asterisk: Asterisk = request.getfixturevalue(request.param)
    with Rig(asterisk) as rig:
        asterisk.cli("pjsip set logger on")
        yield RealOffice(rig)
        asterisk.cli("pjsip set logger off")


@pytest.fixture(autouse=True)
def invited_to_answer(office: RealOffice) -> Iterator[None]:
    """After the test: a phone was sent the headers meanwhile."""
    log = office.rig.asterisk.directory / "log" / "messages"
    before = log.stat().st_size
    yield
    for header in ("Call-Info: <sip:panel>;answer-after=0", "Alert-Info: info=alert-autoanswer"):
        wait_for(lambda header=header: header.encode() in log.read_bytes()[before:], f"the header {header!r}")


async def test_a_pickup(office: RealOffice, driver: Driver) -> None:
    await office.phone(OPERATOR)
    await office.phone("202", answers=True)
    await office.call_in()
    ringing = await driver.until(lambda: driver.leg(OPERATOR, RINGING), "201 to ring")
    assert_done(await driver.give("pickup", "202", call=ringing.linkedid), CALLER)


async def test_a_parked_call(office: RealOffice, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    assert_done(await driver.give("park", OPERATOR, call=caller.linkedid))
    assert_done(await driver.give("unpark", "202", parked=caller.uniqueid), CALLER)


async def test_a_waiting_caller(office: RealOffice, driver: Driver) -> None:
    await office.phone("202", answers=True)
    await office.call_in("5550101")
    waiting = await driver.until(lambda: next(iter(driver.mirror.callers.values()), None), "somebody to wait")
    assert_done(await driver.give("take", "202", caller=waiting.key), CALLER)


async def test_a_caller_on_hold(office: RealOffice, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    assert_done(await driver.give("hold", OPERATOR, call=caller.linkedid))
    assert_done(await driver.give("retrieve", "202", call=caller.linkedid), CALLER)
