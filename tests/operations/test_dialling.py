"""Click to dial, and hanging up."""

from __future__ import annotations

import asyncio
import time

import pytest

from ami_worker.demo.wire import CALL
from ami_worker.operations import Reason, dialling
from panel.vocabulary import CallState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, DemoOffice, Office
from tests.operations.stories import RINGING, TALKING, assert_done, assert_failed, talking


async def test_the_operators_phone_rings_first_and_then_the_target(office: Office, driver: Driver) -> None:
    await office.phone(OPERATOR)
    await office.phone("202")
    calling = driver.start("call", OPERATOR, to="202")
    own = await driver.until(lambda: driver.leg(OPERATOR, RINGING), "the operator's phone to ring", during=calling)
    assert driver.leg("202") is None
    # The phone shows whom it will call ...
    assert own.connected_number == "202" or not office.is_real
    await office.answer(OPERATOR)
    outcome = await calling
    assert_done(outcome, "Calling", "202")
    assert outcome.call == own.linkedid
    # ... and the other one sees who calls, not its own number.
    target = await driver.until(lambda: driver.leg("202", RINGING), "202 to ring", during=calling)
    assert (target.connected_number, own.caller_number) == (OPERATOR, OPERATOR)
    await office.answer("202")
    await driver.until(lambda: driver.talks_to(target, OPERATOR), "the two to talk")


async def test_a_busy_target_is_told(office: Office, driver: Driver) -> None:
    await office.phone(OPERATOR, answers=True)
    await office.phone("202", refuses=True)
    assert_failed(await driver.give("call", OPERATOR, to="202"), Reason.BUSY, "202", "is busy")
    await driver.until(lambda: not driver.mirror.channels, "the line to be free again")


async def test_a_busy_target_is_told_by_a_worker_that_reads_all_of_it_at_once(office: Office, driver: Driver) -> None:
    await office.phone(OPERATOR, answers=True)
    await office.phone("202", refuses=True)

    def be_slow() -> None:
        if driver.leg(OPERATOR, CallState.TALKING, CallState.DIALLING) is not None:
            driver.watchers.remove(be_slow)
            time.sleep(1)  # the whole process stands, as on a machine with other things to do

    driver.watchers.append(be_slow)
    assert_failed(await driver.give("call", OPERATOR, to="202"), Reason.BUSY, "202", "is busy")
    assert be_slow not in driver.watchers


async def test_an_operators_phone_that_refuses_is_told(office: Office, driver: Driver) -> None:
    await office.phone(OPERATOR, refuses=True)
    assert_failed(await driver.give("call", OPERATOR, to="202"), Reason.BUSY, "Your phone (201) is busy")
    assert driver.leg("202") is None


async def test_an_operators_phone_that_nobody_answers_is_told(
    office: Office, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialling, "RING_SECONDS", 1.0)
    await office.phone(OPERATOR)
    outcome = await driver.give("call", OPERATOR, to="202")
    assert_failed(outcome, Reason.NO_ANSWER, "Your phone (201) was not answered")
    await driver.until(lambda: not driver.mirror.channels, "the phone to stop ringing")


async def test_a_phone_that_is_rung_by_a_command_is_not_rung_by_a_second_one(office: Office, driver: Driver) -> None:
    await office.phone(OPERATOR)
    calling = driver.start("call", OPERATOR, to="202")
    await driver.until(lambda: driver.leg(OPERATOR, RINGING), "the operator's phone to ring", during=calling)
    second = await driver.give("call", OPERATOR, to="203")
    assert_failed(second, Reason.BUSY_CALL, "You are already dialling")
    await office.reject(OPERATOR)
    assert_failed(await calling, Reason(calling.result().reason), "Your phone (201)")
    assert driver.names_sent() == ["Originate"]


async def test_an_outside_number_is_called(office: Office, driver: Driver) -> None:
    await office.phone(OPERATOR, answers=True)
    await office.outside_phone()
    assert_done(await driver.give("call", OPERATOR, to="048600999888"), "048600999888")
    await driver.until(
        lambda: (mine := driver.leg(OPERATOR)) and driver.mirror.peers_of(mine), "the outside party to answer"
    )


@pytest.mark.parametrize(
    ("to", "reason"),
    [("999", Reason.NO_SUCH_NUMBER), (OPERATOR, Reason.WRONG_STATE), ("", Reason.NO_SUCH_NUMBER)],
    ids=["nobody has it", "it is one's own", "it is empty"],
)
async def test_a_number_that_cannot_be_called_rings_nobody(demo_driver: Driver, to: str, reason: Reason) -> None:
    assert_failed(await demo_driver.give("call", OPERATOR, to=to), reason)
    assert demo_driver.names_sent() == []


async def test_without_the_right_to_dial_out_only_extensions_can_be_called(demo_driver: Driver) -> None:
    intent = demo_driver.intent("call", OPERATOR, dial_out=False, to="048600999888")
    assert_failed(await demo_driver.operations.perform(intent), Reason.NOT_ALLOWED)
    assert demo_driver.sent == []


async def test_a_phone_that_is_not_registered_is_told_and_nothing_is_sent(
    demo_office: DemoOffice, demo_driver: Driver
) -> None:
    demo_office.pbx.phone("202").unplug()
    await demo_driver.until(lambda: demo_driver.state_of("202") == "offline", "202 to be offline")
    outcome = await demo_driver.give("call", OPERATOR, to="202")
    assert_failed(outcome, Reason.NOT_REGISTERED, "Bruno Keller (202) has no phone registered")
    demo_office.pbx.phone(OPERATOR).unplug()
    await demo_driver.until(lambda: demo_driver.state_of(OPERATOR) == "offline", "201 to be offline")
    outcome = await demo_driver.give("call", OPERATOR, to="203")
    assert_failed(outcome, Reason.NOT_REGISTERED, "Your phone (201) is not registered")
    assert demo_driver.sent == []


async def test_a_phone_that_vanishes_at_the_same_instant_is_told_by_originateresponse_alone(
    demo_office: DemoOffice, demo_driver: Driver
) -> None:
    """There is no channel then, and no event but that one (tried on 16 and 22)."""
    calling = demo_driver.start("call", OPERATOR, to="202")
    await asyncio.sleep(0)  # it has looked at the picture by now, and asked the dialplan
    demo_office.pbx.phone(OPERATOR).unplug()
    assert_failed(await calling, Reason.NOT_REGISTERED, "Your phone (201) is not registered")
    assert demo_driver.names_sent() == ["Originate"]


async def test_an_originateresponse_that_overtakes_the_events_of_its_channel_is_not_believed(
    demo_office: DemoOffice, demo_driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy Asterisk 22 it came before Newchannel, with Reason 0; the Hangup that follows says why."""
    await demo_office.phone(OPERATOR, refuses=True)
    switch = demo_office.pbx.pbx.switch
    emit, late, told = switch.emit, list[tuple[str, str, int]](), asyncio.Event()

    def overtaking(name: str, body: str, classes: int) -> None:
        if name != "OriginateResponse":
            late.append((name, body, classes))
            return
        emit(name, body, classes)
        told.set()

    monkeypatch.setattr(switch, "emit", overtaking)
    calling = demo_driver.start("call", OPERATOR, to="202")
    await told.wait()
    heard = demo_driver.heard
    emit("UserEvent", "UserEvent: Later\r\n", CALL)
    await demo_driver.until(lambda: demo_driver.heard > heard, "what came before to be heard", during=calling)
    assert {"Newchannel", "Hangup"} <= {name for name, _, _ in late}
    for each in late:
        emit(*each)
    assert_failed(await calling, Reason.BUSY, "Your phone (201) is busy")


async def test_an_operator_without_an_extension_is_told_to_choose_one(demo_driver: Driver) -> None:
    assert_failed(await demo_driver.give("call", "", to="202"), Reason.NO_PHONE, "Choose your own extension first")
    assert_failed(await demo_driver.give("call", "299", to="202"), Reason.NO_PHONE, "299")
    assert demo_driver.sent == []


async def test_an_operator_hangs_up_their_own_leg(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("hangup", OPERATOR, call=caller.linkedid), "Hung up", CALLER)
    assert driver.leg(OPERATOR) is None
    assert driver.names_sent() == ["Hangup"]


async def test_the_call_of_others_ends_with_the_one_who_began_it(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("hangup", "205", call=caller.linkedid), CALLER)
    assert caller.uniqueid not in driver.mirror.channels
    await driver.until(lambda: not driver.mirror.channels, "the call to end")


async def test_a_party_that_is_named_is_hung_up(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    mine = driver.leg(OPERATOR, TALKING)
    assert mine is not None
    assert_done(await driver.give("hangup", "205", call=caller.linkedid, party=mine.uniqueid), "(201)")
    assert driver.sent[-1].headers[0] == ("Channel", mine.name)


async def test_a_ringing_phone_can_be_silenced(office: Office, driver: Driver) -> None:
    await office.phone(OPERATOR)
    await office.call_in()
    ringing = await driver.until(lambda: driver.leg(OPERATOR, CallState.RINGING), "201 to ring")
    assert_done(await driver.give("hangup", OPERATOR, call=ringing.linkedid), CALLER)
    assert ringing.uniqueid not in driver.mirror.channels


async def test_a_party_that_has_left_is_told(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    outcome = await driver.give("hangup", OPERATOR, call=caller.linkedid, party="1234.5678")
    assert_failed(outcome, Reason.CALL_ENDED, "no longer in that call")
    assert driver.sent == []


async def test_two_who_hang_up_the_same_call_both_get_an_answer(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    first, second = await asyncio.gather(
        driver.give("hangup", OPERATOR, call=caller.linkedid), driver.give("hangup", "205", call=caller.linkedid)
    )
    assert_done(first)
    assert_failed(second, Reason.BUSY_CALL, "Op 201 is already hanging up this call")
