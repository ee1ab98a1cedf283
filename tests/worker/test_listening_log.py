"""The log of who has listened, written by a whole worker: from the command to its end, and across a worker's death."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Max

from ami_worker.ami.connection import AmiUrl
from ami_worker.demo import DemoPbx
from ami_worker.service import Worker
from panel.accounts.models import Operator
from panel.accounts.roles import ONLY_FROM_ADMIN, Role
from panel.commands.models import Command, ListeningLog
from panel.commands.submit import submit
from panel.live.models import Call, Change, Listening
from panel.vocabulary import CommandState
from tests.ami.helpers import until
from tests.operations.offices import OPERATOR, DemoOffice
from tests.people import fresh, make_operator


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def in_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
async def office() -> AsyncIterator[DemoOffice]:
    async with DemoPbx(rate=0, operator_seconds=None) as pbx:
        office = DemoOffice(pbx)
        yield office
        await office.close()


@pytest.fixture
def sue() -> Operator:
    operator = make_operator("sue", Role.SUPERVISOR, extension="205")
    operator.user_permissions.add(*Permission.objects.filter(codename__in=ONLY_FROM_ADMIN))
    return fresh(operator)


@asynccontextmanager
async def worker(office: DemoOffice) -> AsyncIterator[None]:
    """One whose picture is live; it is killed at the end of the block, and says nothing to anybody any more."""
    before = Change.objects.aggregate(last=Max("seq"))["last"] or 0
    running = asyncio.create_task(Worker(AmiUrl.parse(office.ami_url), "pbx").run())
    try:
        await until(lambda: Change.objects.filter(kind="pbx", seq__gt=before, row__link="live").exists(), 10)
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def talking(office: DemoOffice) -> str:
    """A caller from outside talks to 201; the key of the call."""
    await office.phone(OPERATOR, answers=True)
    await office.phone("205", answers=True)
    await office.call_in()
    await until(lambda: Call.objects.filter(state="talking").exists(), 10)
    return Call.objects.get().key


async def give(operator: Operator, name: str, **args: str) -> Command:
    key = (await asyncio.to_thread(submit, operator, name, args)).key
    await until(lambda: Command.objects.get(key=key).state not in ("pending", "sent"), 10)
    command = Command.objects.get(key=key)
    assert command.state == CommandState.DONE, command.text
    return command


def the_log(condition: Callable[[ListeningLog], bool]) -> Callable[[], bool]:
    return lambda: ListeningLog.objects.count() == 1 and condition(ListeningLog.objects.get())


async def test_from_the_command_to_the_end(office: DemoOffice, sue: Operator) -> None:
    async with worker(office):
        call = await talking(office)
        command = await give(sue, "listen", call=call, reason="new here")
        log = ListeningLog.objects.get()
        assert (log.key, log.call) == (f"cordboard-spy-{command.key}", call)
        assert (log.operator, log.operator_key, log.reason) == (sue, "sue", "new here")
        assert (log.agent_extension, log.ended_at) == (OPERATOR, None)
        await give(sue, "whisper", call=call)
        await give(sue, "listen_end")
        await until(the_log(lambda log: log.ended_at is not None))
    log = ListeningLog.objects.get()
    assert ([mode for mode, _at in log.modes], log.end_is_known) == (["listen", "whisper"], True)
    assert log.ended_at is not None
    assert log.began_at <= log.ended_at


async def test_the_next_worker_goes_on_where_the_last_one_was_killed(office: DemoOffice, sue: Operator) -> None:
    async with worker(office):
        call = await talking(office)
        await give(sue, "barge", call=call, reason="x")
        before = ListeningLog.objects.get()
    async with worker(office):
        await give(sue, "listen", call=call)
        log = ListeningLog.objects.get()
        assert (log.pk, log.began_at, [mode for mode, _at in log.modes]) == (
            before.pk, before.began_at, ["barge", "listen"]
        )  # fmt: skip
        await office.caller_hangs_up()
        await until(the_log(lambda log: log.ended_at is not None and log.end_is_known))


async def test_what_ended_while_no_worker_lived_is_marked(office: DemoOffice, sue: Operator) -> None:
    async with worker(office):
        await give(sue, "listen", call=await talking(office), reason="x")
    await office.caller_hangs_up()
    async with worker(office):
        await until(the_log(lambda log: log.ended_at is not None), 10)
    assert ListeningLog.objects.get().end_is_known is False
    assert not Listening.objects.exists()


async def test_what_ended_while_the_pbx_was_not_heard_is_marked(office: DemoOffice, sue: Operator) -> None:
    async with worker(office):
        await give(sue, "listen", call=await talking(office), reason="x")
        office.pbx.cut_sessions()
        await office.caller_hangs_up()
        await until(the_log(lambda log: log.ended_at is not None), 15)
    assert ListeningLog.objects.get().end_is_known is False


async def test_a_command_that_fails_is_in_the_audit_log_and_nobody_has_listened(
    office: DemoOffice, sue: Operator
) -> None:
    async with worker(office):
        call = await talking(office)
        await office.phone("205", refuses=True)
        command = await asyncio.to_thread(submit, sue, "listen", {"call": call, "reason": "x"})
        await until(lambda: Command.objects.get(key=command.key).state == CommandState.FAILED, 10)
    assert Command.objects.get(key=command.key).args["reason"] == "x"
    assert not ListeningLog.objects.exists()


@pytest.mark.parametrize("what", ["the right", "the account", "the department"])
async def test_who_may_not_listen_any_more_is_hung_up(office: DemoOffice, sue: Operator, what: str) -> None:
    async with worker(office):
        await give(sue, "whisper", call=await talking(office), reason="x")
        match what:
            case "the right":
                sue.user_permissions.remove(Permission.objects.get(codename="give_whisper"))
            case "the account":
                Operator.objects.filter(pk=sue.pk).update(is_active=False)
            case _:
                Operator.objects.filter(pk=sue.pk).update(departments=["Elsewhere"])
        await until(the_log(lambda log: log.ended_at is not None and log.end_is_known), 10)
        assert Call.objects.get().state == "talking"
