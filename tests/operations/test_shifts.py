"""Into and out of several queues at once, and on loan to one for a while."""

from __future__ import annotations

from ami_worker.operations import Reason
from panel.vocabulary import seconds
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, Office
from tests.operations.stories import assert_done, assert_failed
from tests.operations.test_agents import listed


CLARA, BRUNO = "203", "202"
"""Clara is in `front`, by the configuration of the PBX; Bruno is in no queue."""


async def test_somebody_is_logged_in_to_a_set_of_queues_and_out_of_it(office: Office, driver: Driver) -> None:
    outcome = await driver.give("agent_login", OPERATOR, person=BRUNO, queues="front,support")
    assert_done(outcome, "Bruno Keller", "is in front and support")
    assert {"front/PJSIP/202", "support/PJSIP/202"} <= set(await listed(driver))
    outcome = await driver.give("agent_logout", OPERATOR, person=BRUNO, queues="front,support")
    assert_done(outcome, "is out of front and support")
    assert not {"front/PJSIP/202", "support/PJSIP/202"} & set(await listed(driver))


async def test_where_somebody_was_already_is_said(office: Office, driver: Driver) -> None:
    outcome = await driver.give("agent_login", OPERATOR, person=CLARA, queues="support,front")
    assert_done(outcome, "is in support; front: was already there")
    outcome = await driver.give("agent_login", OPERATOR, person=CLARA, queues="support,front")
    assert_failed(outcome, Reason.WRONG_STATE, "nothing was done", "support: was already there")


async def test_what_was_not_done_is_not_hidden(office: Office, driver: Driver) -> None:
    outcome = await driver.give("agent_login", OPERATOR, person=CLARA, queues="support,nowhere")
    assert_failed(outcome, Reason.PARTLY, "is in support", "no queue nowhere")
    # The configuration names her in `front`: there she stays.
    outcome = await driver.give("agent_logout", OPERATOR, person=CLARA, queues="front,support")
    assert_failed(outcome, Reason.PARTLY, "is out of support", "front: ", "configuration")
    now = await listed(driver)
    assert "front/PJSIP/203" in now
    assert "support/PJSIP/203" not in now
    outcome = await driver.give("agent_logout", OPERATOR, person=CLARA, queues="front")
    assert_failed(outcome, Reason.REFUSED, "configuration")


async def test_somebody_is_borrowed_and_goes_back_early(office: Office, driver: Driver) -> None:
    outcome = await driver.give("agent_borrow", OPERATOR, person=CLARA, queue="support", minutes="30")
    assert_done(outcome, "Clara Young", "is on loan to support for 30 minutes")
    row = driver.mirror.rows()["member"]["support/PJSIP/203"]
    assert row["loan"]["by"] == "Op 201"
    assert 1700 < seconds(row["loan"]["until_at"]) - driver.mirror._world.now() <= 1800
    assert driver.mirror.rows()["member"]["front/PJSIP/203"]["loan"] is None
    assert (await listed(driver))["support/PJSIP/203"]["Membership"] == "dynamic"
    outcome = await driver.give("agent_borrow", OPERATOR, person=CLARA, queue="support", minutes="30")
    assert_failed(outcome, Reason.WRONG_STATE, "is in support already")
    assert_done(await driver.give("agent_return", OPERATOR, agent="support/PJSIP/203"), "is back from support")
    assert "support/PJSIP/203" not in await listed(driver)
    assert driver.mirror.loans.running == {}
    assert_failed(
        await driver.give("agent_return", OPERATOR, agent="front/PJSIP/203"), Reason.WRONG_STATE, "not on loan"
    )


async def test_who_is_added_for_good_is_no_longer_on_loan(office: Office, driver: Driver) -> None:
    assert_done(await driver.give("agent_borrow", OPERATOR, person=CLARA, queue="support", minutes="30"))
    assert_done(await driver.give("agent_add", OPERATOR, person=CLARA, queue="support"), "stays in support")
    assert driver.mirror.rows()["member"]["support/PJSIP/203"]["loan"] is None
    assert "support/PJSIP/203" in await listed(driver)


async def test_a_loan_that_the_pbx_refuses_was_none(office: Office, driver: Driver) -> None:
    driver.refused["QueueAdd"] = ["Permission denied"]
    outcome = await driver.give("agent_borrow", OPERATOR, person=CLARA, queue="support", minutes="30")
    assert_failed(outcome, Reason.NO_PRIVILEGE)
    assert driver.mirror.loans.running == {}
    outcome = await driver.give("agent_borrow", OPERATOR, person=CLARA, queue="nowhere", minutes="30")
    assert_failed(outcome, Reason.WRONG_STATE, "no queue nowhere")
