"""What several stories begin with, how an outcome is checked, and what the PBX itself says in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ami_worker.ami import actions
from ami_worker.mirror import CareView, Channel
from ami_worker.operations import Outcome, Reason
from panel.vocabulary import CallState, CareKind, CommandState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office


TALKING, RINGING = CallState.TALKING, CallState.RINGING


async def talking(office: Office, driver: Driver, *, did: str = "5550100") -> Channel:
    """A caller from outside talks with the operator at 201."""
    await office.phone(OPERATOR)
    await office.call_in(did)
    await driver.until(lambda: driver.leg(OPERATOR, RINGING), "201 to ring")
    await office.answer(OPERATOR)
    return await driver.until(
        lambda: (found := driver.outside(TALKING)) and driver.talks_to(found, OPERATOR) and found, "the call to be up"
    )


def assert_done(outcome: Outcome, *words: str) -> None:
    assert outcome.state is CommandState.DONE, outcome
    assert all(word in outcome.text for word in words), outcome


def assert_failed(outcome: Outcome, reason: Reason, *words: str) -> None:
    assert (outcome.state, outcome.reason) == (CommandState.FAILED, reason), outcome
    assert all(word in outcome.text for word in words), outcome


# --- the care of the include ------------------------------------------------------------------------------------------


async def in_care(driver: Driver, channel: Channel, kind: CareKind) -> CareView:
    """Wait until the include keeps it in this way."""
    return await driver.until(
        lambda: care if (care := driver.mirror.care_of(channel)) and care.kind is kind else None, f"care of kind {kind}"
    )


@asynccontextmanager
async def set_global(driver: Driver, **variables: str) -> AsyncIterator[None]:
    """Settings of the include, `CORDBOARD_HOLD_TIMEOUT="2"`, for the time of the block."""
    for name, value in variables.items():
        await driver.actions.send(actions.setvar(name, value))
    try:
        yield
    finally:
        for name in variables:
            await driver.actions.send(actions.setvar(name, ""))


async def asking(office: Office, driver: Driver, target: str, *, answered: bool = True) -> Channel:
    """The operator at 201 asks `target` about a caller from outside, who waits with music and is returned."""
    caller = await talking(office, driver)
    await office.phone(target)
    outcome = await driver.give("consult", OPERATOR, call=caller.linkedid, to=target)
    assert_done(outcome, target, "rings")
    if answered:
        await office.answer(target)
        await wait_together(driver, {OPERATOR, target})
    return caller


async def held(office: Office, driver: Driver, **more: str) -> Channel:
    """The operator at 201 has put a caller from outside on hold."""
    caller = await talking(office, driver)
    assert_done(await driver.give("hold", OPERATOR, call=caller.linkedid, **more), CALLER, "is on hold")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    driver.sent.clear()
    return caller


# --- what the PBX says ------------------------------------------------------------------------------------------------


async def is_kept_by_the_include(driver: Driver, channel: Channel) -> bool:
    """Whether the PBX has the channel in one of our contexts, alone."""
    listed = await driver.actions.list(actions.core_show_channels())
    return any(
        item.get("Uniqueid") == channel.uniqueid
        and item.get("Context").startswith("cordboard-")
        and not item.get("BridgeId")
        for item in listed.items
    )


async def together(driver: Driver) -> list[set[str]]:
    """Who is in a bridge with whom, by the PBX's own list: the devices, such as `{"201", "itsp"}`."""
    listed = await driver.actions.list(actions.core_show_channels())
    bridges: dict[str, set[str]] = {}
    for item in listed.items:
        device = item.get("Channel").partition("/")[2].rpartition("-")[0]
        if item.get("BridgeId"):
            bridges.setdefault(item.get("BridgeId"), set()).add(device)
    return list(bridges.values())


async def wait_together(driver: Driver, devices: set[str]) -> None:
    """Wait until these talk, in the picture; the PBX says so too."""

    def is_so() -> bool:
        for channel in driver.mirror.channels.values():
            heard = {channel, *driver.mirror.peers_of(channel)} if channel.is_leg else ()
            if {each.endpoint.partition("/")[2] for each in heard} == devices:
                return True
        return False

    await driver.until(is_so, f"{devices} to talk")
    assert devices in await together(driver)


async def only_together(driver: Driver, devices: set[str]) -> None:
    """Wait until nobody else is there: the operator's leg ends a moment after it has lost the other one."""
    count = len(devices)
    await driver.until(lambda: sum(leg.is_leg for leg in driver.mirror.channels.values()) == count, "the others to end")
    assert await together(driver) == [devices]


async def nobody_is_there(driver: Driver) -> None:
    """All calls have ended, in the picture and in the PBX. (Asterisk 16 may list a channel for a moment longer than it
    says it is there.)
    """
    await driver.until(lambda: not driver.mirror.channels, "everything to end")
    async with asyncio.timeout(5):
        while (await driver.actions.list(actions.core_show_channels())).items:
            pass


async def back_with_the_operator(office: Office, driver: Driver, caller: Channel) -> None:
    """The operator's phone rings with the caller and is answered; the PBX says so too."""
    await driver.until(lambda: driver.leg(OPERATOR, RINGING), "the operator's phone to ring")
    await office.answer(OPERATOR)
    await driver.until(lambda: driver.talks_to(caller, OPERATOR), "the operator to have the caller again")
    assert {OPERATOR, "itsp"} in await together(driver)
