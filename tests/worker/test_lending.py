"""Loans end by themselves, whoever was away meanwhile; and what a command did is undone by what the database kept."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ami_worker.ami.connection import AmiUrl
from ami_worker.demo import DemoPbx
from ami_worker.service import Worker
from panel.accounts.models import Operator
from panel.accounts.roles import Role
from panel.commands.models import Command
from panel.commands.submit import submit
from panel.directory.models import Loan
from panel.live.models import Member, Pbx
from panel.vocabulary import utc
from tests.ami.helpers import until
from tests.people import make_operator


pytestmark = pytest.mark.django_db(transaction=True)

CLARA = "PJSIP/203"
LENT = f"support/{CLARA}"


@pytest.fixture(autouse=True)
def in_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
async def pbx() -> AsyncIterator[DemoPbx]:
    async with DemoPbx(rate=0, operator_seconds=None) as pbx:
        yield pbx


@pytest.fixture
def vera(db: None) -> Operator:
    return make_operator("vera", Role.SUPERVISOR, extension="201")


@asynccontextmanager
async def working(pbx: DemoPbx) -> AsyncIterator[None]:
    """A worker that keeps the picture of this PBX, live."""
    Pbx.objects.all().delete()  # what an earlier one has left says "live" too
    task = asyncio.create_task(Worker(AmiUrl.parse(pbx.ami_url), "pbx").run())
    try:
        await until(lambda: Pbx.objects.filter(link="live").exists(), 10)
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def lend(pbx: DemoPbx, seconds: float) -> Loan:
    """Clara works in `support`, and a worker that is gone has noted for how long."""
    queue = pbx.pbx.queues.queues["support"]
    assert pbx.pbx.queues.add(queue, CLARA, "Clara Young", 0, False, "", "")
    return note(seconds, int(queue.members[CLARA].login_at))


def note(seconds: float, login_at: int) -> Loan:
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    return Loan.objects.create(pbx="pbx", queue="support", interface=CLARA, until=ends, by="Vera", login_at=login_at)


def is_lent(pbx: DemoPbx) -> bool:
    return CLARA in pbx.pbx.queues.queues["support"].members


async def given(operator: Operator, name: str, **args: Any) -> Command:
    """The command when it has ended."""
    key = (await asyncio.to_thread(submit, operator, name, args)).key
    await until(lambda: Command.objects.get(key=key).ended_at is not None, 10)
    return Command.objects.get(key=key)


async def test_a_loan_outlives_the_worker_and_is_shown_by_the_next_one(pbx: DemoPbx, vera: Operator) -> None:
    async with working(pbx):
        command = await given(vera, "agent_borrow", person="203", queue="support", minutes="30")
        assert command.state == "done", command.text
        loan = Loan.objects.get()
        assert (loan.queue, loan.interface, loan.by) == ("support", CLARA, "Vera Test")
        assert loan.login_at == int(pbx.pbx.queues.queues["support"].members[CLARA].login_at)
    Member.objects.all().delete()
    async with working(pbx):
        await until(lambda: Member.objects.filter(key=LENT).exists(), 10)
        row = Member.objects.get(key=LENT).row
        assert row["loan"] == {"until_at": utc(loan.until.timestamp()), "by": "Vera Test"}
        assert Loan.objects.get() == loan
        assert is_lent(pbx)


async def test_who_is_due_when_nobody_was_here_is_taken_out_by_the_next_worker(pbx: DemoPbx) -> None:
    lend(pbx, -60)
    async with working(pbx):
        await until(lambda: not Loan.objects.exists(), 10)
        assert not is_lent(pbx)
        await until(lambda: not Member.objects.filter(key=LENT).exists(), 10)
        line = Command.objects.get()
        assert (line.name, line.operator_key, line.operator_name) == ("agent_return", "", "Cordboard")
        assert line.state == "done"
        assert line.text == "The loan by Vera is over: Clara Young (203) is out of support"


async def test_who_is_due_when_the_pbx_is_away_is_taken_out_when_it_is_back(pbx: DemoPbx) -> None:
    loan = lend(pbx, 2)
    async with working(pbx):
        assert is_lent(pbx)
        await pbx.server.stop(shutdown=False)
        await until(lambda: Pbx.objects.filter(link="offline").exists(), 10)
        await until(lambda: time.time() > loan.until.timestamp(), 5)
        assert is_lent(pbx)
        await pbx.start()
        await until(lambda: not Loan.objects.exists(), 15)
        assert not is_lent(pbx)
        assert Command.objects.get().state == "done"


async def test_who_was_taken_out_by_hand_and_came_back_by_hand_stays(pbx: DemoPbx) -> None:
    lend(pbx, -60)
    Loan.objects.update(login_at=int(time.time()) - 4000)
    pbx.pbx.started_at -= 10_000
    async with working(pbx):
        await until(lambda: not Loan.objects.exists(), 10)
        assert is_lent(pbx)
        assert not Command.objects.exists()


async def test_a_loan_whose_worker_died_while_it_was_given_is_a_loan(pbx: DemoPbx) -> None:
    """It is written down before the PBX is told, and then again with what the PBX says of the membership."""
    loan = lend(pbx, 1800)
    Loan.objects.update(login_at=0)
    async with working(pbx):
        await until(lambda: Loan.objects.get().login_at == loan.login_at, 10)
        assert is_lent(pbx)


async def test_who_was_taken_out_by_hand_needs_nothing_more(pbx: DemoPbx) -> None:
    note(-60, 1_795_000_000)
    async with working(pbx):
        await until(lambda: not Loan.objects.exists(), 10)
        assert not Command.objects.exists()


async def test_who_is_taken_out_by_anybody_is_not_on_loan_any_more(pbx: DemoPbx, vera: Operator) -> None:
    async with working(pbx):
        assert (await given(vera, "agent_borrow", person="203", queue="support", minutes="30")).state == "done"
        queues = pbx.pbx.queues
        queues.remove(queues.queues["support"].members[CLARA])
        await until(lambda: not Loan.objects.exists(), 10)


async def test_a_command_is_undone_by_what_the_database_kept_of_it(pbx: DemoPbx, vera: Operator) -> None:
    dmitri = pbx.pbx.queues.queues["front"].members["PJSIP/204"]
    async with working(pbx):
        paused = await given(vera, "agent_pause", agent="front/PJSIP/204", reason="lunch")
        assert dmitri.paused
        assert paused.as_row()["can_undo"]
    async with working(pbx):
        undone = await given(vera, "undo", command=paused.key)
        assert (undone.state, undone.text) == ("done", "Undone: Dmitri Novak (204) is in front as before")
        assert not dmitri.paused
        assert not undone.as_row()["can_undo"]
        again = await given(vera, "undo", command=paused.key)
        assert (again.state, again.reason) == ("failed", "wrong_state")
