"""Parking a call, and taking it back: at one's own phone, by somebody else, at the same time."""

from __future__ import annotations

import asyncio

from ami_worker.demo import DemoPbx
from ami_worker.mirror import Channel, ChannelState
from ami_worker.operations import Reason
from panel.vocabulary import CallState, CareKind
from tests.operations.desks import DeskOffice, Panel, Picture
from tests.operations.driver import Driver
from tests.operations.losses import SHORT
from tests.operations.offices import CALLER, OPERATOR, DemoOffice, Office
from tests.operations.stories import (
    RINGING,
    assert_done,
    assert_failed,
    back_with_the_operator,
    in_care,
    set_global,
    talking,
    together,
)
from tests.rig.floor import Floor


async def parked(office: Office, driver: Driver) -> Channel:
    """A caller who was parked by the operator at 201."""
    caller = await talking(office, driver)
    assert_done(await driver.give("park", OPERATOR, call=caller.linkedid))
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    return caller


async def test_the_caller_is_parked_and_the_receipt_names_the_space(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give("park", OPERATOR, call=caller.linkedid)
    space = driver.mirror.parked[caller.uniqueid].space
    assert_done(outcome, CALLER, "is parked at", space)
    # It comes back to who parked it: by default Asterisk would call the caller's own trunk.
    assert driver.mirror.parked[caller.uniqueid].parker == "PJSIP/201"
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")


async def test_a_call_of_two_others_comes_back_to_who_parked_it(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("park", "205", call=caller.linkedid))
    assert driver.mirror.parked[caller.uniqueid].parker == "PJSIP/205"


async def test_an_operator_takes_the_parked_call_to_their_own_phone(office: Office, driver: Driver) -> None:
    caller = await parked(office, driver)
    await office.phone("202")
    taking = driver.start("unpark", "202", parked=caller.uniqueid)
    ringing = await driver.until(lambda: driver.leg("202", RINGING), "202 to ring", during=taking)
    assert ringing.connected_number == caller.caller_number or not office.is_real
    await office.answer("202")
    outcome = await taking
    assert_done(outcome, "You are talking to", CALLER)
    assert outcome.call == caller.linkedid
    assert driver.mirror.parked == {}
    await driver.until(lambda: driver.talks_to(caller, "202"), "the caller to talk with 202")


async def test_the_caller_gives_up_while_the_operators_phone_rings(office: Office, driver: Driver) -> None:
    caller = await parked(office, driver)
    await office.phone("202")
    taking = driver.start("unpark", "202", parked=caller.uniqueid)
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring", during=taking)
    await office.caller_hangs_up()
    assert_failed(await taking, Reason.CALL_ENDED, CALLER, "hung up")
    await driver.until(lambda: not driver.mirror.channels, "202 to stop ringing")


async def test_the_caller_gives_up_in_the_instant_in_which_the_operator_takes_the_call(
    demo_office: DemoOffice, demo_driver: Driver
) -> None:
    """They are gone before the PBX's answer has been heard."""
    caller = await parked(demo_office, demo_driver)
    await demo_office.phone("202")

    async def gives_up() -> None:
        await demo_office.caller_hangs_up()
        await demo_driver.until(lambda: caller.uniqueid not in demo_driver.mirror.channels, "the caller to be gone")

    demo_driver.meanwhile["Originate"] = gives_up
    outcome = await demo_driver.give("unpark", "202", parked=caller.uniqueid)
    assert_failed(outcome, Reason.CALL_ENDED, CALLER, "hung up")
    await demo_driver.until(lambda: not demo_driver.mirror.channels, "202 to stop ringing")


async def test_somebody_else_takes_it_first_and_the_phone_stops_ringing(office: Office, driver: Driver) -> None:
    caller = await parked(office, driver)
    space = driver.mirror.parked[caller.uniqueid].space
    await office.phone("202")
    taking = driver.start("unpark", "202", parked=caller.uniqueid)
    await driver.until(lambda: driver.leg("202", RINGING), "202 to ring", during=taking)
    await office.dial("203", space)
    assert_failed(await taking, Reason.TAKEN, "203", "took", CALLER, "first")
    await driver.until(lambda: driver.leg("202") is None, "202 to stop ringing")
    await driver.until(lambda: driver.talks_to(caller, "203"), "the caller to talk with 203")


async def test_of_two_operators_one_takes_it(office: Office, driver: Driver) -> None:
    caller = await parked(office, driver)
    await office.phone("202", answers=True)
    await office.phone("203", answers=True)
    first, second = await asyncio.gather(
        driver.give("unpark", "202", parked=caller.uniqueid), driver.give("unpark", "203", parked=caller.uniqueid)
    )
    assert_done(first)
    assert_failed(second, Reason.BUSY_CALL, "Op 202 is already taking this call back")


async def test_a_space_that_was_used_again_does_not_give_somebody_elses_call(office: Office, driver: Driver) -> None:
    caller = await parked(office, driver)
    await office.caller_hangs_up()
    await driver.until(lambda: not driver.mirror.channels, "the caller to be gone")
    second = await talking(office, driver)
    assert_done(await driver.give("park", OPERATOR, call=second.linkedid))
    driver.sent.clear()
    outcome = await driver.give("unpark", "202", parked=caller.uniqueid)
    assert_failed(outcome, Reason.NOT_PARKED, "no longer parked")
    assert driver.sent == []


async def test_a_parked_call_is_not_parked_again(office: Office, driver: Driver) -> None:
    caller = await parked(office, driver)
    driver.sent.clear()
    outcome = await driver.give("park", "205", call=caller.linkedid)
    assert outcome.reason in (Reason.WRONG_STATE, Reason.BUSY_CALL)
    assert driver.sent == []


async def test_a_call_that_nobody_has_answered_yet_is_parked_and_the_phone_stops_ringing(
    office: Office, driver: Driver
) -> None:
    await office.phone(OPERATOR)
    await office.call_in()
    ringing = await driver.until(lambda: driver.leg(OPERATOR, CallState.RINGING), "201 to ring")
    assert_done(await driver.give("park", OPERATOR, call=ringing.linkedid), CALLER, "is parked at")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "201 to stop ringing")


async def test_a_full_parking_lot_is_told(demo_office: DemoOffice, demo_driver: Driver) -> None:
    caller = await talking(demo_office, demo_driver)
    parking = demo_office.pbx.pbx.parking
    parking.parked.update(dict.fromkeys(range(701, 721), None))  # type: ignore[arg-type]
    outcome = await demo_driver.give("park", OPERATOR, call=caller.linkedid)
    parking.parked.clear()
    assert_failed(outcome, Reason.REFUSED, "no free parking space")
    assert demo_driver.talks_to(caller, OPERATOR)


# --- the phone is answered late ---------------------------------------------------------------------------------------
# The command has ended by then, and with it all that could have stopped the phone: a worker was killed, or the AMI
# tells of the phone long after it rings.


async def rung_in_vain(driver: Driver, caller: Channel) -> Channel:
    """The phone of 202 rings for the parked caller, and nobody watches over it any more."""
    taking = driver.start("unpark", "202", parked=caller.uniqueid)
    ringing = await driver.until(lambda: driver.leg("202", RINGING), "202 to ring", during=taking)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    return ringing


async def test_it_does_not_get_whoever_is_in_that_space_by_then(office: Office, driver: Driver) -> None:
    caller = await parked(office, driver)
    space = driver.mirror.parked[caller.uniqueid].space
    await office.phone("202")
    own = await rung_in_vain(driver, caller)
    await office.caller_hangs_up()
    await driver.until(lambda: caller.uniqueid not in driver.mirror.channels, "the caller to be gone")
    stranger = await parked(office, driver)
    assert driver.mirror.parked[stranger.uniqueid].space == space
    await office.answer("202")
    await driver.until(lambda: own.uniqueid not in driver.mirror.channels, "202 to be let go")
    assert own.state == ChannelState.UP, "it was never answered"
    assert list(driver.mirror.parked) == [stranger.uniqueid]


async def test_it_does_not_take_the_caller_from_who_has_them_by_then(office: Office, driver: Driver) -> None:
    caller = await parked(office, driver)
    await office.phone("202")
    own = await rung_in_vain(driver, caller)
    await office.dial("203", driver.mirror.parked[caller.uniqueid].space)
    await driver.until(lambda: driver.talks_to(caller, "203"), "the caller to talk with 203")
    await office.answer("202")
    await driver.until(lambda: own.uniqueid not in driver.mirror.channels, "202 to be let go")
    assert own.state == ChannelState.UP, "it was never answered"
    assert driver.talks_to(caller, "203")
    assert await together(driver) == [{"203", "itsp"}]


async def test_of_two_parked_callers_it_gets_the_one_it_was_rung_for(office: Office, driver: Driver) -> None:
    """In the lot the two are in one bridge of Asterisk's, and yet they talk to nobody."""
    first = await parked(office, driver)
    second = await parked(office, driver)
    await office.phone("202")
    await rung_in_vain(driver, second)
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(second, "202"), "the second to talk with 202")
    assert list(driver.mirror.parked) == [first.uniqueid]
    await office.hang_up("202")
    await driver.until(lambda: list(driver.mirror.channels) == [first.uniqueid], "the second call to end")


# --- nobody takes it --------------------------------------------------------------------------------------------------


async def test_a_caller_whom_the_phone_refuses_when_the_time_is_over_comes_back_again() -> None:
    async with DemoPbx(rate=0, operator_seconds=None, speed=30) as pbx, Driver.on(pbx.ami_url) as driver:
        office = DemoOffice(pbx)
        caller = await parked(office, driver)
        await office.phone(OPERATOR, refuses=True)
        assert (await in_care(driver, caller, CareKind.RETURN)).reason == "TIMEOUT"
        await office.phone(OPERATOR)
        await back_with_the_operator(office, driver, caller)


async def test_the_same_on_a_real_pbx_whose_own_parking_would_end_the_call(floor: Floor) -> None:
    desk = floor.desks[0]
    async with (
        floor.phones() as phones,
        Picture.on(floor.ami_url) as picture,
        Panel.on_picture(picture, desk, floor.ami_url) as driver,
        set_global(driver, **SHORT),
    ):
        office = DeskOffice(floor, phones, desk)
        await office.phone(desk.operator, answers=True)
        await office.call_in(desk.did)
        own = await driver.until(lambda: driver.leg(desk.operator, CallState.TALKING), "the operator to answer")
        caller = await driver.until(lambda: next(iter(driver.mirror.peers_of(own)), None), "them to talk")
        assert_done(await driver.give("park", desk.operator, call=caller.linkedid), CALLER, "is parked at")
        await asyncio.to_thread(floor.cli, "dialplan reload")
        await office.phone(desk.operator, refuses=True)
        assert (await in_care(driver, caller, CareKind.RETURN)).reason == "TIMEOUT"
        await office.phone(desk.operator, answers=True)
        await driver.until(lambda: driver.talks_to(caller, desk.operator), "the operator to have the caller again")
        assert {desk.operator, "itsp"} in await together(driver)
