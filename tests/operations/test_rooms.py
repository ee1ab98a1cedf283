"""Conference rooms: mute, out, lock, as every board shows it and as the PBX lists it."""

from __future__ import annotations

import asyncio

import pytest

from ami_worker.ami import actions
from ami_worker.mirror import Channel
from ami_worker.operations import Reason
from panel.vocabulary import CommandState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office
from tests.operations.stories import assert_done, assert_failed


ROOM = "800"


async def in_the_room(office: Office, driver: Driver) -> Channel:
    """The caller from outside and 203 are in room 800."""
    await office.phone("203")
    await office.call_in("5550106")
    await office.dial("203", ROOM)
    await driver.until(
        lambda: (room := driver.mirror.conferences.get(ROOM)) and len(room.members) == 2, "two to be in the room"
    )
    caller = driver.outside()
    assert caller is not None
    return caller


async def listed(driver: Driver) -> dict[str, str]:
    """Who is in the room, by the PBX's own list: `Muted` by Uniqueid."""
    answer = await driver.actions.list(actions.confbridge_list(ROOM))
    return {item.get("Uniqueid"): item.get("Muted") for item in answer.items}


async def is_locked(driver: Driver) -> str:
    answer = await driver.actions.list(actions.confbridge_list_rooms())
    return answer.items[0].get("Locked")


async def test_a_member_is_not_heard_and_heard_again(office: Office, driver: Driver) -> None:
    caller = await in_the_room(office, driver)
    outcome = await driver.give("room_mute", OPERATOR, room=ROOM, member=caller.uniqueid)
    assert_done(outcome, "Nobody in room 800 hears", CALLER)
    assert driver.mirror.conferences[ROOM].members[caller.uniqueid].muted
    assert (await listed(driver))[caller.uniqueid] == "Yes"
    outcome = await driver.give("room_unmute", OPERATOR, room=ROOM, member=caller.uniqueid)
    assert_done(outcome, CALLER, "is heard again")
    assert (await listed(driver))[caller.uniqueid] == "No"


async def test_a_member_is_put_out(office: Office, driver: Driver) -> None:
    caller = await in_the_room(office, driver)
    outcome = await driver.give("room_kick", OPERATOR, room=ROOM, member=caller.uniqueid)
    assert_done(outcome, CALLER, "is out of room 800")
    # Asterisk says ConfbridgeLeave some time before its list is without the member.
    async with asyncio.timeout(5):
        while caller.uniqueid in await listed(driver):
            pass
    outcome = await driver.give("room_kick", OPERATOR, room=ROOM, member=caller.uniqueid)
    assert_failed(outcome, Reason.CALL_ENDED, "no longer in room 800")


async def test_the_room_is_locked_and_open_again(office: Office, driver: Driver) -> None:
    await in_the_room(office, driver)
    assert_done(await driver.give("room_lock", OPERATOR, room=ROOM), "Room 800 is locked")
    assert driver.mirror.conferences[ROOM].locked
    assert await is_locked(driver) == "Yes"
    assert_failed(await driver.give("room_lock", OPERATOR, room=ROOM), Reason.WRONG_STATE, "locked already")
    assert_done(await driver.give("room_unlock", OPERATOR, room=ROOM), "open again")
    assert not driver.mirror.conferences[ROOM].locked
    assert await is_locked(driver) == "No"


@pytest.mark.parametrize("member", ["", "all", "participants", "1.1", "PJSIP/203-00000001"])
async def test_nobody_else_is_meant_by_any_name(office: Office, driver: Driver, member: str) -> None:
    await in_the_room(office, driver)
    for name in ("room_mute", "room_unmute", "room_kick"):
        outcome = await driver.give(name, OPERATOR, room=ROOM, member=member)
        assert_failed(outcome, Reason.CALL_ENDED, "no longer in room 800")
    assert driver.sent == []
    assert len(await listed(driver)) == 2


async def test_a_room_that_has_closed_is_told(office: Office, driver: Driver) -> None:
    for name in ("room_mute", "room_unmute", "room_kick", "room_lock", "room_unlock"):
        arguments = {} if "lock" in name else {"member": "1.1"}
        outcome = await driver.give(name, OPERATOR, room="899", **arguments)
        assert outcome.state is CommandState.FAILED
        assert "no longer open" in outcome.text
    assert driver.sent == []
