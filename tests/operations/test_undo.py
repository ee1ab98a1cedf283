"""What was done to members of queues is taken back, as long as nobody has gone on from there."""

from __future__ import annotations

from typing import Any

import pytest

from ami_worker.operations import Reason
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, Office
from tests.operations.stories import assert_done, assert_failed
from tests.operations.test_agents import DMITRI, listed


FRONT = f"front/{DMITRI}"
SUPPORT = f"support/{DMITRI}"
CLARA = "support/PJSIP/203"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("agent_pause", {"agent": FRONT, "reason": "lunch"}),
        ("agent_pause", {"agent": FRONT, "everywhere": "yes"}),
        ("agent_penalty", {"agent": FRONT, "penalty": "4"}),
        ("agent_add", {"person": "203", "queue": "support", "penalty": "2"}),
        ("agent_login", {"person": "202", "queues": "front,support"}),
        ("agent_borrow", {"person": "203", "queue": "support", "minutes": "30"}),
    ],
)
async def test_everything_is_as_it_was_before(office: Office, driver: Driver, name: str, args: dict[str, str]) -> None:
    before = await listed(driver)
    outcome = await driver.give(name, OPERATOR, **args)
    assert_done(outcome)
    assert await listed(driver) != before
    assert_done(await driver.undo(outcome, OPERATOR), "Undone")
    assert await listed(driver) == before
    assert driver.mirror.loans.running == {}


async def test_a_pause_comes_back_with_its_reason(office: Office, driver: Driver) -> None:
    assert_done(await driver.give("agent_pause", OPERATOR, agent=FRONT, reason="lunch"))
    outcome = await driver.give("agent_unpause", OPERATOR, agent=FRONT)
    assert_done(await driver.undo(outcome, OPERATOR), "is in front as before")
    now = (await listed(driver))[FRONT]
    assert (now["Paused"], now["PausedReason"]) == ("1", "lunch")


async def test_who_was_taken_out_comes_back_as_they_were(office: Office, driver: Driver) -> None:
    assert_done(await driver.give("agent_add", OPERATOR, person="203", queue="support", penalty="3"))
    assert_done(await driver.give("agent_pause", OPERATOR, agent=CLARA, reason="training"))
    before = (await listed(driver))[CLARA]
    outcome = await driver.give("agent_remove", OPERATOR, agent=CLARA)
    assert_done(await driver.undo(outcome, OPERATOR), "is in support again")
    now = (await listed(driver))[CLARA]
    assert (now["Penalty"], now["Paused"]) == (before["Penalty"], "1")
    assert driver.mirror.members[CLARA].name == "Clara Young"


async def test_who_is_sent_back_too_early_is_on_loan_again(office: Office, driver: Driver) -> None:
    assert_done(await driver.give("agent_borrow", OPERATOR, person="203", queue="support", minutes="30"))
    loan = driver.mirror.loans.running[CLARA]
    outcome = await driver.give("agent_return", OPERATOR, agent=CLARA)
    assert_done(await driver.undo(outcome, OPERATOR), "is in support again")
    again = driver.mirror.loans.running[CLARA]
    assert (again.until, again.by) == (loan.until, loan.by)


async def test_rings_during_calls_are_undone_once_it_is_known_how_it_was(office: Office, driver: Driver) -> None:
    assert_done(await driver.give("agent_ringinuse", OPERATOR, agent=FRONT))
    outcome = await driver.give("agent_ringinuse", OPERATOR, agent=FRONT, on="yes")
    assert_done(await driver.undo(outcome, OPERATOR), "as before")
    assert driver.mirror.members[FRONT].ring_in_use is False


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("agent_unpause", {"agent": FRONT}),
        ("agent_pause", {"agent": FRONT, "reason": "training"}),
        ("agent_penalty", {"agent": FRONT, "penalty": "9"}),
    ],
)
async def test_where_somebody_has_gone_on_nothing_is_done(
    office: Office, driver: Driver, name: str, args: dict[str, Any]
) -> None:
    outcome = await driver.give("agent_pause", OPERATOR, agent=FRONT, everywhere="yes", reason="lunch")
    assert_done(await driver.give(name, OPERATOR, **args))
    before = await listed(driver)
    driver.sent.clear()
    undone = await driver.undo(outcome, OPERATOR)
    assert_failed(undone, Reason.WRONG_STATE, "Dmitri Novak", "front has been changed since then; nothing was done")
    assert driver.sent == []
    assert await listed(driver) == before


async def test_what_has_changed_nothing_cannot_be_undone(office: Office, driver: Driver) -> None:
    outcome = await driver.give("agent_unpause", OPERATOR, agent=FRONT)
    assert_failed(outcome, Reason.WRONG_STATE, "is not paused")
    assert_failed(await driver.undo(outcome, OPERATOR), Reason.WRONG_STATE, "nothing can be undone")
    assert driver.sent == []
