"""Notes that go with a call, and a word in advance of who takes it."""

from __future__ import annotations

import time

import pytest

from ami_worker.operations import Reason
from panel.vocabulary import CallRow, seconds
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, Office
from tests.operations.stories import assert_done, assert_failed, talking, wait_together


def row(driver: Driver, call: str) -> CallRow:
    return driver.mirror.calls[call].row()


async def test_a_note_goes_with_the_call_and_survives_the_worker(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    text = "Wants 3, not 2 (urgent): call back, „później” 🙂 ${SHELL(id)}"
    assert_done(await driver.give("note", OPERATOR, call=caller.linkedid, text=text), text)
    assert (row(driver, caller.linkedid)["note"], row(driver, caller.linkedid)["note_by"]) == (text, "Op 201")
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"))
    await wait_together(driver, {"itsp", "202"})
    assert row(driver, caller.linkedid)["note"] == text
    async with Driver.on(office.ami_url) as another:
        assert (row(another, caller.linkedid)["note"], row(another, caller.linkedid)["note_by"]) == (text, "Op 201")
        assert_done(await another.give("note", "202", call=caller.linkedid, text="Done|that"), "Done|that")
        assert (row(another, caller.linkedid)["note"], row(another, caller.linkedid)["note_by"]) == (
            "Done|that",
            "Op 202",
        )


async def test_a_note_is_taken_away(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    assert_done(await driver.give("note", OPERATOR, call=caller.linkedid, text="x"))
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"))
    await wait_together(driver, {"itsp", "202"})
    assert_done(await driver.give("note", OPERATOR, call=caller.linkedid), "gone")
    assert row(driver, caller.linkedid)["note"] == ""
    async with Driver.on(office.ami_url) as another:
        assert row(another, caller.linkedid)["note"] == ""


async def test_a_note_that_is_too_long_is_refused_with_nothing_sent(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_failed(
        await driver.give("note", OPERATOR, call=caller.linkedid, text="🙂" * 200),
        Reason.BAD_ARGUMENTS,
        "cannot be sent",
    )
    assert driver.sent == []
    assert row(driver, caller.linkedid)["note"] == ""


@pytest.mark.parametrize("text", ["a\r\nAction: Hangup", "a\nb", "a\0b", "\ud800"])
async def test_a_note_is_one_line(office: Office, driver: Driver, text: str) -> None:
    caller = await talking(office, driver)
    assert_failed(await driver.give("note", OPERATOR, call=caller.linkedid, text=text), Reason.BAD_ARGUMENTS)
    assert driver.talks_to(caller, OPERATOR)
    assert row(driver, caller.linkedid)["note"] == ""


async def test_the_others_see_who_takes_a_call_and_the_second_one_is_told(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("claim", "202", call=caller.linkedid))
    claim = row(driver, caller.linkedid)["claim"]
    assert claim is not None
    assert (claim["operator"], claim["name"], claim["doing"]) == ("op-202", "Op 202", "claim")
    assert claim["until_at"] is not None
    assert 6 < seconds(claim["until_at"]) - time.time() < 9
    outcome = await driver.give("claim", "203", call=caller.linkedid)
    assert_failed(outcome, Reason.BUSY_CALL, "Op 202 is taking this call")
    assert_done(await driver.give("claim", "202", call=caller.linkedid))
    assert driver.sent == []
