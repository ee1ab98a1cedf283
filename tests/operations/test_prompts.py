"""Callers who are let out of a queue with a prompt hear it, and then go on where the queue would have let them go."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ami_worker.mirror import Channel
from ami_worker.operations import Reason
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office, RealOffice
from tests.operations.stories import RINGING, assert_done, assert_failed, back_with_the_operator, set_global, talking
from tests.operations.test_history import Supervisor


CLOSED = "We are closed now"
SHORT, LONG = "vm-goodbye", "vm-intro"
ENDS, GOES_ON, GOES_ON_FROM_A_SUBROUTINE, THROUGH_LOCAL = "5550101", "5550112", "5550113", "5550114"


async def let_out(driver: Driver, key: str, sound: str = SHORT) -> None:
    outcome = await driver.withdraw_with(sound, OPERATOR, caller=key, prompt=CLOSED)
    assert_done(outcome, f"Let {CALLER} out of front, with “{CLOSED}”")
    assert key not in driver.mirror.callers


async def hears(office: Office, channel: Channel, sound: str = SHORT) -> None:
    if isinstance(office, RealOffice):
        await asyncio.to_thread(office.rig.asterisk.wait_logged, f"<{channel.name}> Playing '{sound}")


def queued(driver: Driver, key: str) -> Channel:
    return driver.mirror.channels[driver.mirror.callers[key].uniqueid]


def has_caller(driver: Driver, queued: Channel) -> bool:
    """A Local channel may be in the queue before Asterisk tells who dialled its other half: until then nobody is there
    to be named.
    """
    return queued.other_half is None or driver.mirror.dialler_of(queued.other_half) is not None


@pytest.mark.parametrize("number", [GOES_ON, GOES_ON_FROM_A_SUBROUTINE, THROUGH_LOCAL])
async def test_the_caller_hears_it_and_goes_on_behind_the_queue(office: Office, driver: Driver, number: str) -> None:
    supervisor = Supervisor(office, driver)
    await office.phone("202")
    key = await supervisor.join(number)
    abandoned = driver.mirror.rows()["queue"]["front"]["abandoned"]
    caller = queued(driver, key)
    await driver.until(lambda: has_caller(driver, caller), "somebody at the other end of the Local channel")
    await let_out(driver, key)
    assert driver.names_sent() == ["Setvar"] * 4 + ["Redirect"]
    await hears(office, caller)
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring")
    if isinstance(office, RealOffice):
        # The house's own limit to the call is what it was, and its dialplan sees why the queue has ended.
        await asyncio.to_thread(office.rig.asterisk.wait_logged, f'NoOp("{caller.name}", "behind: WITHDRAW 5')
    assert caller.uniqueid in driver.mirror.channels
    assert [row["outcome"] for row in supervisor.passages] == ["withdrawn"]
    assert driver.mirror.rows()["queue"]["front"]["abandoned"] == abandoned


async def test_where_nothing_stands_behind_the_queue_the_call_ends_after_it(office: Office, driver: Driver) -> None:
    supervisor = Supervisor(office, driver)
    key = await supervisor.join(ENDS)
    caller = queued(driver, key)
    await let_out(driver, key)
    await hears(office, caller)
    await supervisor.is_over()
    assert [row["outcome"] for row in supervisor.passages] == ["withdrawn"]


async def test_one_that_is_too_long_keeps_nobody(office: Office, driver: Driver) -> None:
    await office.phone("202")
    async with set_global(driver, CORDBOARD_PROMPT_TIMEOUT="1"):
        await let_out(driver, await Supervisor(office, driver).join(GOES_ON), LONG)
        await driver.until(lambda: driver.leg("202", RINGING), "202 to ring", timeout=4)


async def test_that_the_pbx_has_no_such_sound_is_said_and_the_caller_goes_on(office: Office, driver: Driver) -> None:
    await office.phone("202")
    key = await Supervisor(office, driver).join(GOES_ON)
    outcome = await driver.withdraw_with("no/such/sound", OPERATOR, caller=key, prompt=CLOSED)
    text = f"{CALLER} has left front without “{CLOSED}”: the PBX has no sound no/such/sound"
    assert_failed(outcome, Reason.PARTLY, text)
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring")


async def test_where_the_pbx_does_not_say_the_place_or_refuses_nobody_is_moved(office: Office, driver: Driver) -> None:
    key = await Supervisor(office, driver).join(GOES_ON)
    for action, reason in (("Getvar", Reason.REFUSED), ("Redirect", Reason.REFUSED)):
        driver.refused = {action: ["Permission of a test"] * 3}
        outcome = await driver.withdraw_with(SHORT, OPERATOR, caller=key, prompt=CLOSED)
        assert_failed(outcome, reason)
        assert key in driver.mirror.callers


async def test_whom_an_operator_has_sent_into_the_queue_comes_back_after_it(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("enqueue", OPERATOR, call=caller.linkedid, queue="front"))
    key = await driver.until(lambda: next(iter(driver.mirror.callers), None), "the caller to wait")
    await let_out(driver, key)
    await back_with_the_operator(office, driver, caller)


@pytest.mark.parametrize("while_asking", ["Getvar", "Setvar"])
async def test_who_hangs_up_at_that_instant_is_told_of(office: Office, driver: Driver, while_asking: str) -> None:
    key = await Supervisor(office, driver).join(GOES_ON)
    caller = queued(driver, key)

    async def hang_up() -> None:
        await office.caller_hangs_up()
        await driver.until(lambda: caller.uniqueid not in driver.mirror.channels, "the caller to be gone")

    driver.meanwhile[while_asking] = hang_up
    outcome = await driver.withdraw_with(SHORT, OPERATOR, caller=key, prompt=CLOSED)
    assert_failed(outcome, Reason.NOT_WAITING, f"{CALLER} waits in front no more")
    assert "Redirect" not in driver.names_sent()


async def test_what_cannot_be_played_moves_nobody(office: Office, driver: Driver) -> None:
    key = await Supervisor(office, driver).join(GOES_ON)
    outcome = await driver.withdraw_with("", OPERATOR, caller=key, prompt=CLOSED)
    assert_failed(outcome, Reason.BAD_ARGUMENTS, f"There is no prompt “{CLOSED}” any more")
    driver.operations.site = replace(driver.operations.site, include=3)
    assert "prompt" not in driver.operations.site.capabilities
    outcome = await driver.withdraw_with(SHORT, OPERATOR, caller=key, prompt=CLOSED)
    assert_failed(outcome, Reason.NEEDS_INCLUDE, "version 4")
    assert driver.sent == []
    assert key in driver.mirror.callers
