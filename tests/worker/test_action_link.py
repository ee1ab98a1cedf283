"""Without an action session a command waits a moment, and then it is refused with the reason: no button is silent."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from ami_worker import link
from ami_worker.ami.actions import ping
from ami_worker.ami.connection import Closed
from ami_worker.link import ActionLink
from ami_worker.service import Worker
from panel.accounts.roles import Role
from panel.commands.models import Command
from panel.live.models import Pbx
from panel.vocabulary import CommandState
from tests.ami.helpers import until
from tests.ami.server import AmiServer, Client, Fields, login
from tests.people import make_operator
from tests.worker.starting import StartingPbx, give_call


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        yield server


async def one_log_in_only(client: Client, action: Fields) -> None:
    """As with allowmultiplelogin = no, or when the second address is not permitted."""
    if action["Events"] != "off":
        await login(client, action)
    else:
        await client.respond(action, "Error", Message="Login Already In Use")
        client.cut_politely()


async def test_why_there_is_no_action_session_is_said(server: AmiServer, caplog: pytest.LogCaptureFixture) -> None:
    server.answers["Login"] = one_log_in_only
    actions = ActionLink(server.url(), lost=lambda reason: None)
    keeping = asyncio.create_task(actions.keep())
    try:
        await until(lambda: "Login Already In Use" in caplog.text)
        with pytest.raises(Closed, match="Login Already In Use"):
            await actions.send(ping())
        assert not actions.is_connected
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def test_a_session_that_was_lost_is_waited_for_a_moment(
    server: AmiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "HOLD_SECONDS", 0.3)
    lost: list[str] = []
    actions = ActionLink(server.url(), lost=lost.append)
    keeping = asyncio.create_task(actions.keep())
    try:
        await until(lambda: actions.is_connected)
        assert actions.is_decided
        server.answers["Login"] = one_log_in_only
        server.client.cut()
        await until(lambda: lost)
        assert not actions.is_decided
        await until(lambda: actions.is_decided)
        assert not actions.is_connected
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


@pytest.mark.django_db(transaction=True)
async def test_a_command_that_nothing_can_send_fails_with_the_reason(
    server: AmiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    pbx = StartingPbx(server)
    pbx.load()
    server.answers["Login"] = one_log_in_only
    await asyncio.to_thread(make_operator, "alice", Role.RECEPTIONIST, extension="201")
    working = asyncio.create_task(Worker(server.url(), "pbx").run())
    try:
        await until(lambda: Pbx.objects.filter(link="live").exists(), 10)
        await asyncio.to_thread(give_call, "c1", "alice")
        await until(lambda: Command.objects.get(key="c1").state == CommandState.FAILED.value, 10)
        assert "nothing was done" in Command.objects.get(key="c1").text
        assert "Login Already In Use" in Command.objects.get(key="c1").text
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
