"""When the answer to an action is lost: what happened is judged by the events, else it is `unknown`; it is never sent
again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ami_worker.operations import Reason, arrivals, dialling, parking
from panel.vocabulary import CommandState, Link
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, DemoOffice, Office
from tests.operations.stories import RINGING, assert_done, assert_failed, talking
from tests.operations.wire import Wire


@pytest.fixture
async def wire(office: Office) -> AsyncIterator[Wire]:
    async with Wire.to(office.ami_url) as wire:
        yield wire


@pytest.fixture
async def driver(office: Office, wire: Wire) -> AsyncIterator[Driver]:
    async with Driver.on(office.ami_url, actions_by=wire.url) as driver:
        driver.reply_seconds = 0.5
        wire.forget()
        yield driver


async def test_a_transfer_whose_reply_is_lost_is_done_when_the_events_prove_it(
    office: Office, driver: Driver, wire: Wire
) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    wire.swallow_replies_to = "BlindTransfer"
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"), "202", "rings")
    assert driver.names_sent("Setvar") == ["BlindTransfer"]


async def test_an_action_that_never_arrives_and_is_not_answered_is_unknown(
    office: Office, driver: Driver, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The PBX takes the Park for a channel that is gone by then; and its answer is lost."""
    monkeypatch.setattr(parking, "EVENT_SECONDS", 1.0)
    caller = await talking(office, driver)

    async def is_gone() -> None:
        driver.mirror.channels[caller.uniqueid].name = "PJSIP/itsp-0000ffff"

    driver.meanwhile["Setvar"] = is_gone
    wire.swallow_replies_to = "Park"
    outcome = await driver.give("park", OPERATOR, call=caller.linkedid)
    assert (outcome.state, outcome.reason) == (CommandState.UNKNOWN, Reason.NO_REPLY)
    assert "look at the board" in outcome.text
    assert driver.names_sent("Setvar") == ["Park"]


async def test_a_session_that_breaks_after_the_action_leaves_it_unknown_and_nothing_is_repeated(
    office: Office, driver: Driver, wire: Wire
) -> None:
    await office.phone(OPERATOR)
    wire.cut_at = "Originate"
    calling = driver.start("call", OPERATOR, to="202")
    assert await driver.actions.wait_closed(10)
    driver.operations.lost(driver.actions.closed_reason)
    outcome = await calling
    assert outcome.state is CommandState.UNKNOWN
    assert "look at the board" in outcome.text
    assert driver.names_sent() == ["Originate"]
    assert len(wire.actions()) <= 2  # the question to the dialplan, and the one Originate


async def test_without_a_session_nothing_is_sent_and_nothing_is_unknown(
    office: Office, driver: Driver, wire: Wire
) -> None:
    caller = await talking(office, driver)
    await driver.actions.close()
    wire.forget()
    assert_failed(await driver.give("hangup", OPERATOR, call=caller.linkedid), Reason.NOT_CONNECTED)
    assert_failed(
        await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"),
        Reason.NOT_CONNECTED,
        "nothing was done",
    )
    assert wire.sent == b""
    assert driver.talks_to(caller, OPERATOR)


async def test_a_pbx_that_falls_silent_before_the_transfer_changes_nothing(
    office: Office, driver: Driver, wire: Wire
) -> None:
    caller = await talking(office, driver)
    wire.swallow_replies_to = "Setvar"
    outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.NO_REPLY, "nothing was done")
    assert driver.names_sent("Setvar") == []
    assert driver.talks_to(caller, OPERATOR)


async def test_on_a_picture_that_is_not_live_nothing_is_done(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    driver.mirror.set_link(Link.STALE, "Connected again; comparing with the PBX.")
    outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.NOT_CONNECTED, "nothing was done")
    assert driver.sent == []


async def test_the_picture_is_lost_while_a_phone_rings(office: Office, driver: Driver) -> None:
    await office.phone(OPERATOR)
    calling = driver.start("call", OPERATOR, to="202")
    await driver.until(lambda: driver.leg(OPERATOR, RINGING), "201 to ring", during=calling)
    await driver.until(lambda: "Originate" in driver.answered, "the reply, which may come after that", during=calling)
    driver.operations.lost("Asterisk closed the connection.")
    outcome = await calling
    assert (outcome.state, outcome.reason) == (CommandState.UNKNOWN, Reason.LINK_LOST)


async def test_an_action_that_the_pbx_takes_and_does_not_carry_out_is_told(
    demo_office: DemoOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing happens, and no event says so: a deadline does."""
    monkeypatch.setattr(arrivals, "EVENT_SECONDS", 0.5)
    monkeypatch.setattr(dialling, "EVENT_SECONDS", 0.5)
    async with Driver.on(demo_office.ami_url) as driver:
        caller = await talking(demo_office, driver)
        monkeypatch.setattr(demo_office.pbx.pbx.transfers, "blind", lambda *_: True)
        outcome = await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202")
        assert_failed(outcome, Reason.NO_EFFECT, "Nothing happened")
        monkeypatch.setattr(demo_office.pbx.pbx.switch, "hang_up", lambda *_args, **_kwargs: None)
        outcome = await driver.give("hangup", OPERATOR, call=caller.linkedid)
        assert_failed(outcome, Reason.NO_EFFECT, "has not ended the call")
