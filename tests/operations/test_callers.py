"""Those who wait: further to the front, to another queue, to a person, out. The place is the one that the PBX lists."""

from __future__ import annotations

import pytest

from ami_worker.ami import actions
from ami_worker.mirror import Caller
from ami_worker.operations import Reason
from ami_worker.operations.callers import raised
from panel.vocabulary import CallState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office
from tests.operations.stories import assert_done, assert_failed


FRONT = "5550101"
NAMES = ("Anna", "Bert", "Cleo")


async def order(driver: Driver, queue: str = "front") -> list[str]:
    """Who waits, as QueueStatus has it."""
    answer = await driver.actions.list(actions.queue_status(queue))
    entries = [item for item in answer.items if item.event == "queueentry"]
    return [item.text("CallerIDName") for item in sorted(entries, key=lambda item: int(item.get("Position")))]


async def waiting(office: Office, driver: Driver, *names: str) -> list[str]:
    """These call, one after the other, and wait in `front`. Returns the keys of their rows."""
    keys = []
    for name in names:
        await office.call_in(FRONT, name=name)
        keys.append(
            await driver.until(lambda: next((key for key in driver.mirror.callers if key not in keys), None), name)
        )
    return keys


def can_advance(driver: Driver) -> bool:
    return "advance" in driver.operations.site.capabilities


async def test_somebody_comes_before_the_next_one_and_then_before_all(office: Office, driver: Driver) -> None:
    keys = await waiting(office, driver, *NAMES)
    assert await order(driver) == ["Anna", "Bert", "Cleo"]
    outcome = await driver.give("advance", OPERATOR, caller=keys[2])
    if not can_advance(driver):
        # Asterisk 16: the board says so before, and the command says it too.
        assert_failed(outcome, Reason.REFUSED, "cannot change the order")
        assert driver.sent == []
        assert await order(driver) == ["Anna", "Bert", "Cleo"]
        return
    assert_done(outcome, "Cleo is number 2 in front now, before Bert")
    assert await order(driver) == ["Anna", "Cleo", "Bert"]
    assert [driver.mirror.callers[key].position for key in keys] == [1, 3, 2]
    outcome = await driver.give("advance", OPERATOR, caller=keys[1], front="yes")
    assert_done(outcome, "Bert is the first in front now, before Anna")
    assert await order(driver) == ["Bert", "Anna", "Cleo"]
    outcome = await driver.give("advance", OPERATOR, caller=keys[1])
    assert_failed(outcome, Reason.WRONG_STATE, "is the first in front already")
    assert_failed(await driver.give("advance", OPERATOR, caller="front/1.1"), Reason.NOT_WAITING, "no longer waiting")


async def test_which_pbx_can_do_it_is_known_before(
    office: Office, driver: Driver, request: pytest.FixtureRequest
) -> None:
    assert can_advance(driver) is ("asterisk16" not in request.node.name)


@pytest.mark.parametrize(
    ("priorities", "at", "front", "given"),
    [
        ([0, 0, 0], 2, False, [(0, 1), (2, 1)]),
        ([0, 0, 0], 1, False, [(1, 1)]),
        ([0, 0, 0], 2, True, [(2, 1)]),
        ([5, 1, 0], 2, False, [(2, 2)]),
        ([5, 1, 0], 2, True, [(2, 6)]),
        ([3, 3, 3, 0], 3, False, [(0, 4), (1, 4), (3, 4)]),
        ([0, 7, 0], 2, True, [(2, 8)]),
    ],
)
def test_a_priority_is_just_enough(priorities: list[int], at: int, front: bool, given: list[tuple[int, int]]) -> None:
    callers = [Caller("front", str(number), number + 1, 0.0, value) for number, value in enumerate(priorities)]
    raises = raised(callers, callers[at], front=front)
    assert [(callers.index(caller), priority) for caller, priority in raises] == given


async def test_who_is_moved_from_a_queue_is_not_lost(office: Office, driver: Driver) -> None:
    await office.phone("202")
    keys = await waiting(office, driver, "Anna", "Bert")
    abandoned = driver.mirror.rows()["queue"]["front"]["abandoned"]
    calls = [driver.mirror.channels[key.partition("/")[2]].linkedid for key in keys]
    outcome = await driver.give("enqueue", OPERATOR, call=calls[0], queue="support")
    assert_done(outcome, "Anna waits in support")
    assert_done(await driver.give("transfer", OPERATOR, call=calls[1], to="202"), "202", "rings")
    await driver.until(lambda: driver.leg("202", CallState.RINGING), "202 to ring")
    assert [caller.queue for caller in driver.mirror.callers.values()] == ["support"]
    assert (await order(driver), await order(driver, "support")) == ([], ["Anna"])
    assert driver.mirror.rows()["queue"]["front"]["abandoned"] == abandoned


async def test_a_waiting_caller_is_let_out_of_the_queue(office: Office, driver: Driver) -> None:
    await office.call_in("5550101")
    caller = await driver.until(lambda: next(iter(driver.mirror.callers.values()), None), "somebody to wait")
    abandoned = driver.mirror.rows()["queue"]["front"]["abandoned"]
    outcome = await driver.give("withdraw", OPERATOR, caller=caller.key)
    assert_done(outcome, CALLER, "has left front")
    assert caller.key not in driver.mirror.callers
    assert driver.mirror.rows()["queue"]["front"]["abandoned"] == abandoned
    outcome = await driver.give("withdraw", OPERATOR, caller=caller.key)
    assert_failed(outcome, Reason.NOT_WAITING, "no longer waiting")
