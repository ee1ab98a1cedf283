"""Asking somebody about a caller: how it begins, and what becomes of it when the one who is asked does not come to the
phone. The last word on who talks to whom is the PBX's own.
"""

from __future__ import annotations

import asyncio

import pytest

from ami_worker.ami import actions
from ami_worker.mirror import Channel
from ami_worker.operations import Reason
from panel.vocabulary import CareKind, ExtensionState, Kind
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office
from tests.operations.stories import (
    TALKING,
    asking,
    assert_done,
    assert_failed,
    in_care,
    is_kept_by_the_include,
    only_together,
    set_global,
    talking,
    together,
    wait_together,
)


# --- beginning --------------------------------------------------------------------------------------------------------


async def test_the_caller_hears_music_at_the_first_key_and_the_operator_then_chooses_whom_to_ask(
    office: Office, driver: Driver
) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    outcome = await driver.give("consult", OPERATOR, call=caller.linkedid)
    assert_done(outcome, CALLER, "waits with music")
    assert outcome.call == caller.linkedid
    care = await in_care(driver, caller, CareKind.CONSULT)
    assert (care.operator, care.target) == (OPERATOR, "")
    assert await is_kept_by_the_include(driver, caller)
    assert driver.leg(OPERATOR) is not None
    outcome = await driver.give("consult", OPERATOR, call=caller.linkedid, to="202")
    assert_done(outcome, "202", "rings", CALLER, "waits with music")
    await office.answer("202")
    await wait_together(driver, {OPERATOR, "202"})
    assert await is_kept_by_the_include(driver, caller)
    care = await in_care(driver, caller, CareKind.CONSULT)
    assert (care.operator, care.target) == (OPERATOR, "202")


async def test_whom_to_ask_is_not_told_before_the_pbx_has_taken_what_was_set_for_the_caller(
    office: Office, driver: Driver
) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid), "waits with music")
    while (await driver.actions.send(actions.getvar("CORDBOARD_HOLD_KIND", caller.name))).get("Value"):
        pass  # the include empties it when it begins
    # A slow Asterisk has not begun yet: the include would empty this variable, and the target with it.
    await driver.actions.send(actions.setvar("CORDBOARD_HOLD_KIND", "consult", caller.name))
    driver.sent.clear()
    asking = driver.start("consult", OPERATOR, call=caller.linkedid, to="202")
    await asyncio.sleep(0.3)
    assert driver.names_sent() == []
    await driver.actions.send(actions.setvar("CORDBOARD_HOLD_KIND", "", caller.name))
    assert_done(await asking, "202", "rings", CALLER, "waits with music")
    care = await in_care(driver, caller, CareKind.CONSULT)
    assert (care.operator, care.target) == (OPERATOR, "202")


async def test_with_a_target_it_is_one_action(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202")
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid, to="202"), "202", "rings")
    assert driver.names_sent("Setvar") == ["Redirect"]
    care = await in_care(driver, caller, CareKind.CONSULT)
    assert (care.operator, care.target) == (OPERATOR, "202")


async def test_an_operator_who_placed_the_call_lets_the_other_party_wait(office: Office, driver: Driver) -> None:
    await office.phone("203", answers=True)
    await office.phone("202", answers=True)
    await office.dial(OPERATOR, "203")
    called = await driver.until(
        lambda: (leg := driver.leg("203", TALKING)) and driver.talks_to(leg, OPERATOR) and leg, "the call to be up"
    )
    assert_done(await driver.give("consult", OPERATOR, call=called.linkedid, to="202"))
    await wait_together(driver, {OPERATOR, "202"})
    assert_done(await driver.give("complete", OPERATOR, call=called.linkedid), "203", "is talking to", "202")
    await only_together(driver, {"203", "202"})


async def test_behind_a_local_channel_the_real_caller_waits(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver, did="5550104")
    await office.phone("202", answers=True)
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid, to="202"))
    await wait_together(driver, {OPERATOR, "202"})
    assert await is_kept_by_the_include(driver, caller)
    assert_done(await driver.give("complete", OPERATOR, call=caller.linkedid))
    await wait_together(driver, {"itsp", "202"})


async def test_a_caller_who_came_through_a_queue_waits_and_goes_on(office: Office, driver: Driver) -> None:
    await office.phone("203", answers=True)
    await office.phone("202", answers=True)
    await office.call_in("5550101")
    await wait_together(driver, {"itsp", "203"})
    caller = driver.outside()
    assert caller is not None
    assert_done(await driver.give("consult", "203", call=caller.linkedid, to="202"))
    await wait_together(driver, {"203", "202"})
    assert await is_kept_by_the_include(driver, caller)
    assert_done(await driver.give("complete", "203", call=caller.linkedid), CALLER, "202")
    await only_together(driver, {"itsp", "202"})
    assert driver.mirror.queues["front"].abandoned == 0


async def test_an_outside_number_is_asked_and_gets_the_caller(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.outside_phone()
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid, to="048600999888"), "048600999888")
    await driver.until(lambda: (leg := driver.leg(OPERATOR)) and driver.mirror.peers_of(leg), "the other one to answer")
    assert_done(await driver.give("complete", OPERATOR, call=caller.linkedid), CALLER, "is talking to")
    await driver.until(lambda: driver.leg(OPERATOR) is None, "the operator to be free")
    assert [sorted(each) for each in await together(driver)] == [["itsp"]]
    assert len(driver.mirror.peers_of(caller)) == 1


async def test_another_one_can_be_asked_instead(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    await office.phone("203", answers=True)
    assert_done(await driver.give("consult", OPERATOR, call=caller.linkedid, to="203"), "203", CALLER, "waits")
    await wait_together(driver, {OPERATOR, "203"})
    await driver.until(lambda: driver.leg("202") is None, "202 to be free")
    assert (await in_care(driver, caller, CareKind.CONSULT)).target == "203"
    assert_done(await driver.give("complete", OPERATOR, call=caller.linkedid), CALLER, "203")
    await only_together(driver, {"itsp", "203"})


@pytest.mark.parametrize(
    ("to", "reason", "words"),
    [
        ("999", Reason.NO_SUCH_NUMBER, "999"),
        (OPERATOR, Reason.WRONG_STATE, "your own phone"),
        ("not a number", Reason.NO_SUCH_NUMBER, "not a number"),
    ],
)
async def test_who_cannot_be_asked_is_refused_before_anybody_is_disturbed(
    office: Office, driver: Driver, to: str, reason: Reason, words: str
) -> None:
    caller = await talking(office, driver)
    assert_failed(await driver.give("consult", OPERATOR, call=caller.linkedid, to=to), reason, words)
    assert driver.names_sent() == []
    assert await together(driver) == [{OPERATOR, "itsp"}]


async def test_only_a_call_that_the_operator_has_can_be_asked_about(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("205")
    outcome = await driver.give("consult", "205", call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.WRONG_STATE, "You are not talking to", CALLER)
    assert driver.names_sent() == []


# --- the one who is asked does not come to the phone ------------------------------------------------------------------


async def test_a_busy_target_gives_the_caller_back_to_the_operator(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", refuses=True)
    outcome = await driver.give("consult", OPERATOR, call=caller.linkedid, to="202")
    assert_failed(outcome, Reason.BUSY, "202", "is busy", "you are talking to", CALLER)
    assert await together(driver) == [{OPERATOR, "itsp"}]
    assert driver.mirror.care_of(caller) is None


async def test_a_target_that_does_not_want_to_be_disturbed_is_not_rung(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("210")
    await office.do_not_disturb("210")
    await driver.until(lambda: driver.state_of("210") == ExtensionState.DND, "the tile of 210")
    outcome = await driver.give("consult", OPERATOR, call=caller.linkedid, to="210")
    assert_failed(outcome, Reason.DO_NOT_DISTURB, "does not want to be disturbed", "you are talking to", CALLER)
    assert await together(driver) == [{OPERATOR, "itsp"}]


def told_of_askings(driver: Driver, caller: Channel) -> list[tuple[str, str]]:
    """Who did not come to the phone, and why, as the story of the call says."""
    story = driver.mirror.rows()[Kind.CALL][caller.linkedid]["story"]
    return [(step["who"]["number"], step["what"]) for step in story if step["kind"] == "asked"]


async def test_a_target_that_declines_gives_the_caller_back(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202", answered=False)
    await office.reject("202")
    await wait_together(driver, {OPERATOR, "itsp"})
    assert driver.talks_to(caller, OPERATOR)
    assert told_of_askings(driver, caller) == [("202", "rejected")]


async def test_a_target_that_does_not_answer_gives_the_caller_back(office: Office, driver: Driver) -> None:
    async with set_global(driver, CORDBOARD_TRANSFER_TIMEOUT="2"):
        caller = await asking(office, driver, "202", answered=False)
        await wait_together(driver, {OPERATOR, "itsp"})
        assert told_of_askings(driver, caller) == [("202", "no_answer")]


async def test_a_target_that_vanishes_gives_the_caller_back(office: Office, driver: Driver) -> None:
    async with set_global(driver, CORDBOARD_TRANSFER_TIMEOUT="3"):
        await asking(office, driver, "202", answered=False)
        await office.vanish("202")
        await wait_together(driver, {OPERATOR, "itsp"})


async def test_a_target_that_hangs_up_after_the_talk_gives_the_caller_back(office: Office, driver: Driver) -> None:
    caller = await asking(office, driver, "202")
    await office.hang_up("202")
    await wait_together(driver, {OPERATOR, "itsp"})
    outcome = await driver.give("cancel", OPERATOR, call=caller.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "You are talking to", CALLER)
