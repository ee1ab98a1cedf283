"""Queue members: in and out, paused and why, penalties, rings during calls. Each as the PBX itself lists it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ami_worker.ami import actions
from ami_worker.operations import Reason
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, Office
from tests.operations.stories import assert_done, assert_failed


DMITRI = "PJSIP/204"
"""In `front` and in `support`."""


async def listed(driver: Driver) -> dict[str, Mapping[str, str]]:
    """The members by key, as QueueStatus lists them."""
    answer = await driver.actions.list(actions.queue_status())
    members = [item for item in answer.items if item.event == "queuemember"]
    return {
        f"{each.get('Queue')}/{each.get('Location')}": {
            name: each.get(name) for name in ("Paused", "PausedReason", "Penalty", "Membership")
        }
        for each in members
    }


async def test_somebody_is_paused_in_one_queue_with_a_reason_and_takes_calls_again(
    office: Office, driver: Driver
) -> None:
    outcome = await driver.give("agent_pause", OPERATOR, agent=f"front/{DMITRI}", reason="lunch")
    assert_done(outcome, "Dmitri Novak", "is paused in front: lunch")
    now = await listed(driver)
    assert (now[f"front/{DMITRI}"]["Paused"], now[f"front/{DMITRI}"]["PausedReason"]) == ("1", "lunch")
    assert now[f"support/{DMITRI}"]["Paused"] == "0"
    assert driver.mirror.members[f"front/{DMITRI}"].pause_reason == "lunch"
    outcome = await driver.give("agent_pause", OPERATOR, agent=f"front/{DMITRI}", reason="lunch")
    assert_failed(outcome, Reason.WRONG_STATE, "is paused in front already")
    outcome = await driver.give("agent_unpause", OPERATOR, agent=f"front/{DMITRI}")
    assert_done(outcome, "takes calls of front again")
    assert (await listed(driver))[f"front/{DMITRI}"]["Paused"] == "0"


async def test_another_reason_replaces_the_first(office: Office, driver: Driver) -> None:
    for reason in ("lunch", "training"):
        outcome = await driver.give("agent_pause", OPERATOR, agent=f"front/{DMITRI}", reason=reason)
        assert_done(outcome, reason)
        assert (await listed(driver))[f"front/{DMITRI}"]["PausedReason"] == reason


async def test_somebody_is_paused_everywhere_at_once(office: Office, driver: Driver) -> None:
    outcome = await driver.give("agent_pause", OPERATOR, agent=f"front/{DMITRI}", everywhere="yes", reason="lunch")
    assert_done(outcome, "is paused in front, support: lunch")
    now = await listed(driver)
    assert {now[f"{queue}/{DMITRI}"]["Paused"] for queue in ("front", "support")} == {"1"}
    outcome = await driver.give("agent_unpause", OPERATOR, agent=f"support/{DMITRI}", everywhere="yes")
    assert_done(outcome, "takes calls of support, front again")
    now = await listed(driver)
    assert {now[f"{queue}/{DMITRI}"]["Paused"] for queue in ("front", "support")} == {"0"}


async def test_a_penalty_is_set(office: Office, driver: Driver) -> None:
    outcome = await driver.give("agent_penalty", OPERATOR, agent=f"front/{DMITRI}", penalty="3")
    assert_done(outcome, "has penalty 3 in front")
    assert (await listed(driver))[f"front/{DMITRI}"]["Penalty"] == "3"
    assert driver.mirror.members[f"front/{DMITRI}"].penalty == 3
    outcome = await driver.give("agent_penalty", OPERATOR, agent=f"front/{DMITRI}", penalty="3")
    assert_failed(outcome, Reason.WRONG_STATE, "has penalty 3 in front already")
    assert_done(await driver.give("agent_penalty", OPERATOR, agent=f"front/{DMITRI}", penalty="0"))


async def test_somebody_comes_into_a_queue_and_leaves_it(office: Office, driver: Driver) -> None:
    outcome = await driver.give("agent_add", OPERATOR, person="203", queue="support", penalty="2")
    assert_done(outcome, "Clara Young", "is in support now")
    member = (await listed(driver))["support/PJSIP/203"]
    assert (member["Membership"], member["Penalty"]) == ("dynamic", "2")
    outcome = await driver.give("agent_add", OPERATOR, person="203", queue="support")
    assert_failed(outcome, Reason.WRONG_STATE, "is in support already")
    outcome = await driver.give("agent_remove", OPERATOR, agent="support/PJSIP/203")
    assert_done(outcome, "is out of support")
    assert "support/PJSIP/203" not in await listed(driver)


async def test_somebody_who_is_in_no_queue_comes_in_by_the_phone(office: Office, driver: Driver) -> None:
    assert_done(await driver.give("agent_add", OPERATOR, person="202", queue="front"), "is in front now")
    assert "front/PJSIP/202" in await listed(driver)
    assert driver.mirror.members["front/PJSIP/202"].name == "Bruno Keller"
    assert_done(await driver.give("agent_remove", OPERATOR, agent="front/PJSIP/202"))


async def test_a_member_whom_the_configuration_names_stays(office: Office, driver: Driver) -> None:
    outcome = await driver.give("agent_remove", OPERATOR, agent=f"front/{DMITRI}")
    assert_failed(outcome, Reason.REFUSED, "configuration")
    assert f"front/{DMITRI}" in await listed(driver)


async def test_what_is_refused_in_the_second_queue_is_said_with_what_was_done(office: Office, driver: Driver) -> None:
    assert_done(await driver.give("agent_add", OPERATOR, person="203", queue="support"))
    outcome = await driver.give("agent_remove", OPERATOR, agent="support/PJSIP/203", everywhere="yes")
    assert_failed(outcome, Reason.PARTLY, "Only in support", "configuration")
    now = await listed(driver)
    assert "support/PJSIP/203" not in now
    assert "front/PJSIP/203" in now


@pytest.mark.parametrize(
    "name", ["agent_pause", "agent_unpause", "agent_remove", "agent_penalty", "agent_ringinuse", "agent_return"]
)
@pytest.mark.parametrize("agent", ["", "front/", "front/PJSIP/999", "nowhere/PJSIP/204"])
async def test_nobody_else_is_meant_by_any_name(office: Office, driver: Driver, name: str, agent: str) -> None:
    arguments = {"penalty": "1"} if name == "agent_penalty" else {}
    outcome = await driver.give(name, OPERATOR, agent=agent, **arguments)
    assert_failed(outcome, Reason.WRONG_STATE, "no longer in that queue")
    assert driver.sent == []


async def test_a_queue_that_is_gone_is_told(office: Office, driver: Driver) -> None:
    outcome = await driver.give("agent_add", OPERATOR, person="203", queue="nowhere")
    assert_failed(outcome, Reason.WRONG_STATE, "no queue nowhere")
    outcome = await driver.give("agent_add", OPERATOR, person="999", queue="front")
    assert_failed(outcome, Reason.NO_SUCH_NUMBER)
    assert driver.sent == []


async def test_somebody_is_rung_during_calls_or_not(office: Office, driver: Driver) -> None:
    """No list of the PBX has it: before the first event about a member it is not known."""
    key = f"front/{DMITRI}"
    assert driver.mirror.rows()["member"][key]["ring_in_use"] is None
    outcome = await driver.give("agent_ringinuse", OPERATOR, agent=key, on="yes")
    assert_done(outcome, "is rung during calls in front")
    assert outcome.changes == ()
    assert driver.mirror.rows()["member"][key]["ring_in_use"] is True
    assert driver.mirror.rows()["member"][f"support/{DMITRI}"]["ring_in_use"] is None
    outcome = await driver.give("agent_ringinuse", OPERATOR, agent=key, on="yes")
    assert_failed(outcome, Reason.WRONG_STATE, "is rung during calls in front already")
    assert_done(await driver.give("agent_ringinuse", OPERATOR, agent=key), "is not rung during calls")
    assert driver.mirror.rows()["member"][key]["ring_in_use"] is False
