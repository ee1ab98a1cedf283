"""Two queues at work, on each kind of PBX: after every step each figure on the board is what the PBX says of it at that
moment, and in the end what it has logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ami_worker.mirror.today import Target
from panel.vocabulary import CallState, ExtensionState, Kind
from tests.operations import witness
from tests.operations.driver import Driver
from tests.operations.figures import assert_as_told, averages, listed
from tests.operations.offices import OPERATOR, DemoOffice, Office, RealOffice
from tests.operations.queue_callers import until
from tests.operations.stories import assert_done
from tests.operations.test_history import Supervisor
from tests.operations.test_listening import being_heard
from tests.rig import queue_log


CLARA, DMITRI, ELENA = "203", "204", "205"
"""The members: Clara and Dmitri of `front`, Dmitri and Elena of `support`."""
FRONT, SUPPORT = "5550101", "5550102"


class Watch(Supervisor):
    """A supervisor who compares every figure after each step."""

    async def agrees(self, what: str, **states: str) -> None:
        """These members come into these states (`front_203="paused"`), and then all is as told."""
        expected = {member.replace("_", "/PJSIP/"): state for member, state in states.items()}

        def now() -> dict[str, str]:
            rows = self.driver.mirror.rows()[Kind.MEMBER]
            return {key: rows[key]["state"] for key in expected}

        assert await until(lambda: now() == expected, 5), f"{what}: {now()}"
        await assert_as_told(self.driver, what)

    def member(self, queue: str, number: str) -> Mapping[str, Any]:
        return self.driver.mirror.rows()[Kind.MEMBER][f"{queue}/PJSIP/{number}"]

    async def done(self, name: str, by: str = OPERATOR, **args: Any) -> None:
        assert_done(await self.driver.give(name, by, **args))

    async def rings_for_listening(self) -> None:
        await self.driver.until(
            lambda: self.driver.state_of(OPERATOR) == ExtensionState.RINGING, "the operator's phone"
        )

    async def is_over_for(self, queue: str, place: int) -> None:
        """The passage that began at that place in the queue has ended."""
        await self.driver.until(lambda: not self.of(queue)[place]["is_open"], f"number {place} in {queue} to end")

    def of(self, queue: str) -> list[dict[str, Any]]:
        return [row for row in self.passages if row["queue"] == queue]

    async def talks(self, number: str) -> None:
        await self.rings(number)
        await self.office.answer(number)
        await self.driver.until(lambda: self.driver.leg(number, CallState.TALKING), f"{number} to talk")


@pytest.mark.timeout(120)
async def test_each_figure_of_the_queues_is_what_the_pbx_says(office: Office) -> None:
    async with Driver.on(office.ami_url) as driver:
        watch = Watch(office, driver)
        await prepare(office, driver)
        for number in (OPERATOR, CLARA, DMITRI, ELENA):
            await office.phone(number)
        await watch.agrees("nothing has happened", front_203="free", support_205="free")
        await play(watch)
        await compare_sums(watch)
        await watch.done("agent_penalty", agent="support/PJSIP/204", penalty="0")


async def prepare(office: Office, driver: Driver) -> None:
    """The demo PBX has more members, who do not work now. The service levels are those that the PBX counts by."""
    if isinstance(office, DemoOffice):
        members = driver.mirror.rows()[Kind.MEMBER].values()
        for number in {row["extension"] for row in members} - {CLARA, DMITRI, ELENA}:
            await office.vanish(number)
        assert_done(await driver.give("agent_pause", OPERATOR, agent="front/PJSIP/205"))
        plan = office.pbx.pbx.queues.queues["support"].plan
        plan.ring_seconds, plan.service_level = 5, 5
    told = {name: int(each.params.get("ServiceLevel")) for name, each in (await listed(driver)).items()}
    assert told["front"] != told["support"]
    driver.mirror.set_targets({name: Target(seconds, 80) for name, seconds in told.items()})


async def play(watch: Watch) -> None:
    office, driver = watch.office, watch.driver
    await watch.done("agent_pause", agent="front/PJSIP/203", reason="lunch")
    await watch.done("agent_penalty", agent="support/PJSIP/204", penalty="3")
    await watch.agrees("Clara is at lunch", front_203="paused", support_204="free")

    await watch.join(FRONT)
    await watch.rings(DMITRI)
    await watch.agrees("somebody waits, Dmitri's phone rings", front_204="ringing", support_204="busy")
    talk = watch.passages[-1]["call"]
    await watch.join(FRONT)
    await watch.agrees("a second one waits")
    await watch.talks(DMITRI)
    await watch.agrees("Dmitri talks", front_203="paused", front_204="talking", support_204="busy")
    await office.caller_hangs_up()
    await watch.is_over_for("front", 1)
    await watch.agrees("the second one has given up", front_204="talking")

    await watch.join(SUPPORT)
    await watch.rings(ELENA)
    await watch.agrees("Elena's phone rings", support_205="ringing")
    await listen(watch, talk)
    await driver.until(lambda: watch.member("support", ELENA)["unanswered"] == 1, "nobody to answer")
    await watch.agrees("nobody has answered")
    await watch.talks(ELENA)
    await watch.agrees("Elena talks", support_205="talking", support_204="busy")
    await office.hang_up(DMITRI)
    await watch.agrees("Dmitri wraps up", front_204="wrapup", support_204="free")
    await office.caller_hangs_up()
    await watch.agrees("Elena wraps up", support_205="wrapup")

    await watch.join(FRONT)
    await watch.done("enqueue", call=watch.passages[-1]["call"], queue="support")
    await driver.until(lambda: watch.passages[-1]["queue"] == "support", "the caller to wait in support")
    await watch.agrees("one was moved to the other queue")
    await watch.done("withdraw", caller=f"support/{watch.passages[-1]['uniqueid']}")
    await watch.agrees("and was let out of it")
    await watch.done("agent_unpause", agent="front/PJSIP/203")
    await office.caller_hangs_up()
    assert await until(lambda: watch.member("front", DMITRI)["state"] == "free"), "the wrap-up is over without an event"
    await watch.agrees("everybody is free again", front_203="free", front_204="free")


async def listen(watch: Watch, call: str) -> None:
    """The operator hears Dmitri's talk in each mode. In the queues that changes nothing."""
    giving = watch.driver.start("listen", OPERATOR, call=call)
    await watch.rings_for_listening()
    await watch.office.answer(OPERATOR)
    assert_done(await giving)
    await watch.agrees("the operator listens", front_204="talking")
    async with being_heard(watch.office, DMITRI):
        for mode in ("whisper", "barge"):
            await watch.done(mode, call=call)
            (row,) = watch.driver.mirror.rows()[Kind.LISTENING].values()
            assert row["mode"] == mode
            await watch.agrees(f"the mode is {mode}", front_204="talking")
        await watch.done("listen_end")
        await watch.driver.until(lambda: not watch.driver.mirror.rows()[Kind.LISTENING], "nobody to listen")
    await watch.agrees("the operator has stopped listening", front_204="talking")


async def compare_sums(watch: Watch) -> None:
    """One call was answered in each queue: the averages of the PBX are its times. The day is what it has logged."""
    queues = watch.driver.mirror.rows()[Kind.QUEUE]
    for name in ("front", "support"):
        hold, talk = await averages(watch.driver, name)
        row = queues[name]
        assert (row["answered_today"], row["talks_today"]) == (1, 1)
        assert (abs(hold - row["wait_total_today"]) <= 1, abs(talk - row["talk_total_today"]) <= 1) == (True, True)
    assert (queues["front"]["talk_total_today"] >= 5, queues["support"]["wait_total_today"] >= 5) == (True, True)
    assert [queues[name]["within_target_today"] for name in ("front", "support")] == [1, 0]
    if isinstance(watch.office, RealOffice):
        log = queue_log.read(watch.office.rig.asterisk.directory)
        mine = [each for each in log if any(each.uniqueid == row["uniqueid"] for row in watch.passages)]
        verdict = witness.compare(watch.passages, mine)
        assert (verdict.different, verdict.invented, verdict.unseen, verdict.equal) == ([], [], [], 5)
        assert witness.wrong_days(queues, watch.passages, mine) == []
        for name in ("front", "support"):
            (answered,) = [each for each in mine if (each.queue, each.outcome) == (name, "answered")]
            talked = (answered.talk_ended_at or 0) - answered.joined_at - answered.waited
            assert abs(answered.waited - queues[name]["wait_total_today"]) <= 1
            assert abs(talked - queues[name]["talk_total_today"]) <= 1
