"""What is kept of a queue's calls, on each kind of PBX, is what happened, and what the PBX itself says of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ami_worker.ami import actions
from ami_worker.operations import Reason
from ami_worker.sync import Sync
from panel.vocabulary import CallState, Kind
from tests.mirror.books import Book
from tests.operations import witness
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, Office, RealOffice
from tests.operations.stories import assert_failed
from tests.rig import queue_log


class Supervisor:
    """Lets people call, answer and give up, and waits until the history has it."""

    def __init__(self, office: Office, driver: Driver) -> None:
        self.office = office
        self.driver = driver
        self.book = Book()
        self.known: list[str] = []
        driver.watchers.append(lambda: self.book.read(driver.mirror))

    @property
    def passages(self) -> list[dict[str, Any]]:
        return sorted(self.book.passages, key=lambda row: row["joined_at"])

    async def join(self, did: str = "5550101") -> str:
        """Somebody calls and waits in `front`. Returns the caller's key."""
        number = len(self.passages)
        await self.office.call_in(did)
        await self.driver.until(lambda: len(self.passages) > number, "somebody to join")
        return f"front/{self.passages[-1]['uniqueid']}"

    async def rings(self, extension: str) -> None:
        await self.driver.until(lambda: self.driver.leg(extension, CallState.RINGING), f"{extension} to ring")

    async def talk(self, extension: str) -> None:
        await self.join()
        await self.rings(extension)
        await self.office.answer(extension)
        await self.driver.until(lambda: self.driver.leg(extension, CallState.TALKING), f"{extension} to talk")

    async def is_over(self, timeout: float = 15) -> None:
        """The last passage has ended, and its call with it."""
        await self.driver.until(lambda: not self.passages[-1]["is_open"], "the passage to end", timeout=timeout)
        await self.driver.until(lambda: not self.driver.mirror.channels, "the call to end", timeout=timeout)


async def play(supervisor: Supervisor) -> None:
    """Everything that can become of a caller in a queue, one after the other."""
    office, driver = supervisor.office, supervisor.driver
    for number in (OPERATOR, "203", "204"):
        await office.phone(number)

    await supervisor.talk("203")
    await office.hang_up("203")
    await supervisor.is_over()

    await driver.give("agent_pause", OPERATOR, agent="front/PJSIP/203", reason="lunch")
    await supervisor.talk("204")
    await office.caller_hangs_up()
    await supervisor.is_over()
    await driver.give("agent_unpause", OPERATOR, agent="front/PJSIP/203")

    await supervisor.join()
    await driver.until(lambda: len(driver.mirror.channels) > 1, "somebody's phone to ring")
    await office.caller_hangs_up()
    await supervisor.is_over()

    caller = await supervisor.join()
    await driver.give("take", OPERATOR, caller=caller)
    await supervisor.rings(OPERATOR)
    await office.answer(OPERATOR)
    await driver.until(lambda: driver.leg(OPERATOR, CallState.TALKING), "the operator to talk")
    await office.caller_hangs_up()
    await supervisor.is_over()

    await driver.give("withdraw", OPERATOR, caller=await supervisor.join())
    await supervisor.is_over()

    caller = await supervisor.join("5550109")
    driver.refused["QueueWithdrawCaller"] = ["Not now"]
    assert_failed(await driver.give("withdraw", OPERATOR, caller=caller), Reason.REFUSED, "Not now")
    await Sync(driver.mirror, driver._events).resync()  # as every minute: how long Queue() waits is seen
    await supervisor.is_over()


OUTCOMES = ["answered", "answered", "abandoned", "moved", "withdrawn", "timeout"]


@pytest.mark.timeout(120)
async def test_every_way_out_of_a_queue_is_kept_as_it_was(office: Office) -> None:
    async with Driver.on(office.ami_url) as driver:
        before = await counters(driver)
        supervisor = Supervisor(office, driver)
        await play(supervisor)
        rows = supervisor.passages
        assert [row["outcome"] for row in rows] == OUTCOMES
        assert [row["ended_by"] for row in rows] == ["agent", "caller", "", "", "", ""]
        assert [row["agent_extension"] for row in rows[:2]] == ["203", "204"]
        assert rows[-1]["rings_without_answer"] >= 2
        assert len(rows[2]["staff"]["ringing"]) >= 1
        assert all(row["is_complete"] for row in rows)
        paused, *_ = supervisor.book.spans("paused")
        assert (paused["agent"], paused["reason"], paused["ended_at"] is not None) == ("PJSIP/203", "lunch", True)
        assert len(supervisor.book.spans("talking")) == 2
        assert [call["is_open"] for call in supervisor.book.calls] == [False] * len(OUTCOMES)

        figures = driver.mirror.rows()[Kind.QUEUE]["front"]
        assert (figures["offered_today"], figures["answered_today"], figures["moved_today"]) == (6, 2, 2)
        assert (figures["abandoned_today"], figures["lost_today"], figures["talks_today"]) == (1, 2, 2)
        after = await counters(driver)
        assert after["Completed"] - before["Completed"] == figures["answered_today"]
        told = after["Abandoned"] - before["Abandoned"]
        assert told in (figures["lost_today"] + 1, figures["lost_today"] + 2), "the PBX counts the moved one as well"
        if isinstance(office, RealOffice):
            verdict = witness.compare(rows, queue_log.read(office.rig.asterisk.directory))
            assert (verdict.different, verdict.invented, verdict.equal) == ([], [], len(rows))


async def counters(driver: Driver) -> Counter[str]:
    """Of `front`, as QueueStatus has them."""
    listed = await driver.actions.list(actions.queue_status("front"))
    (params,) = (item for item in listed.items if item.event == "queueparams")
    return Counter({name: int(params.get(name)) for name in ("Completed", "Abandoned")})
