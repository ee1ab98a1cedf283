"""While Asterisk is starting nothing counts as live and nothing is sent; afterwards the picture is whole."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from ami_worker.ami.actions import Action
from ami_worker.ami.connection import Response
from ami_worker.link import COMPARING, STARTED_LATE, STARTING
from ami_worker.operations import Intent, Operations
from ami_worker.service import Worker
from panel.accounts.roles import Role
from panel.commands.models import Command
from panel.commands.refusals import Refused
from panel.commands.submit import submit
from panel.live.models import Extension, Pbx
from panel.live.models import Queue as QueueRow
from panel.vocabulary import CommandState, Kind, Link
from tests.ami.helpers import until
from tests.ami.server import AmiServer, Client, Fields
from tests.people import make_operator
from tests.worker.starting import Picture, StartingPbx, give_call


WHOLE = {Kind.EXTENSION: {"201", "202"}, Kind.QUEUE: {"front", "support"}}
HALF = {Kind.EXTENSION: {"201"}, Kind.QUEUE: {"front"}}
DAYS = 3 * 86400 + 450.0
CHANNEL = {
    "Channel": "PJSIP/itsp-00000000", "ChannelState": "4", "CallerIDNum": "+48600111222", "Exten": "100",
    "Context": "from-trunk", "Uniqueid": "1795335359.0", "Linkedid": "1795335359.0",
}  # fmt: skip


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        yield server


async def test_until_the_pbx_has_started_it_is_said_and_nothing_is_listed(server: AmiServer) -> None:
    pbx = StartingPbx(server)
    async with Picture().kept(server.url()) as picture:
        await until(lambda: (Link.STALE, STARTING) in picture.links)
        assert pbx.lists_asked_for() == []
        pbx.load()
        await pbx.say_fully_booted()
        await until(lambda: picture.live)
    assert picture.live == [WHOLE]
    assert [reason for link, reason in picture.links if link is Link.STALE] == [COMPARING, STARTING, COMPARING]


async def test_a_command_for_a_pbx_that_is_starting_fails_at_once_with_nothing_sent(server: AmiServer) -> None:
    StartingPbx(server)
    sent: list[Action] = []

    async def send(action: Action) -> Response:
        sent.append(action)
        raise AssertionError("nothing may be sent")

    async with Picture().kept(server.url()) as picture:
        operations = Operations(picture.mirror, send)
        await until(lambda: (Link.STALE, STARTING) in picture.links)
        outcome = await operations.perform(Intent("1", "call", {"to": "202"}, "alice", "Alice", "201", True))
    assert (outcome.state, outcome.reason) == (CommandState.FAILED, "not_connected")
    assert outcome.text == "The PBX is starting; nothing was done"
    assert sent == []


async def test_a_pbx_that_has_long_been_up_and_does_not_say_so_is_live_at_once(
    server: AmiServer, caplog: pytest.LogCaptureFixture
) -> None:
    StartingPbx(server, up_seconds=DAYS).load()
    async with Picture().kept(server.url()) as picture:
        await until(lambda: picture.live)
    assert picture.live == [WHOLE]
    assert (Link.STALE, STARTING) not in picture.links
    assert "Its log-in needs read=system" in caplog.text


async def test_fully_booted_that_never_comes_is_not_waited_for_for_ever(server: AmiServer) -> None:
    StartingPbx(server).load()
    async with Picture().kept(server.url(), loading_seconds=2.5) as picture:
        await until(lambda: (Link.STALE, STARTING) in picture.links)
        await until(lambda: picture.live)
    assert picture.live == [WHOLE]


async def test_fully_booted_that_comes_after_it_was_given_up_has_everything_compared_again(server: AmiServer) -> None:
    pbx = StartingPbx(server, up_seconds=DAYS)
    async with Picture().kept(server.url()) as picture:
        await until(lambda: picture.live)
        pbx.load()
        await pbx.say_fully_booted()
        await until(lambda: len(picture.live) == 2)
        assert picture.live == [HALF, WHOLE]
        assert (Link.STALE, STARTED_LATE) in picture.links
        await until(lambda: picture.mirror.extensions["202"].name == "Bruno Keller")
        # Once is enough.
        await pbx.say_fully_booted()
        await server.client.event("Newchannel", **CHANNEL)
        await until(lambda: picture.calls)
        assert pbx.lists_asked_for().count("CoreShowChannels") == 2


async def test_fully_booted_in_the_middle_of_the_comparison_has_everything_compared_again(server: AmiServer) -> None:
    pbx = StartingPbx(server, up_seconds=DAYS)
    listed = server.answers["VoicemailUsersList"]

    async def last_list(client: Client, action: Fields) -> None:
        if HALF[Kind.QUEUE] == {item["Queue"] for item in pbx.office.items["QueueStatus"]}:
            pbx.load()
            await pbx.say_fully_booted()
        await listed(client, action)

    server.answers["VoicemailUsersList"] = last_list
    async with Picture().kept(server.url()) as picture:
        await until(lambda: len(picture.live) == 2)
    assert picture.live == [HALF, WHOLE]


async def test_a_pbx_that_goes_away_again_while_it_starts_is_waited_for_anew(server: AmiServer) -> None:
    pbx = StartingPbx(server)
    async with Picture().kept(server.url()) as picture:
        await until(lambda: (Link.STALE, STARTING) in picture.links)
        server.client.cut()
        await until(lambda: picture.links[-1][0] is Link.OFFLINE)
        await until(lambda: picture.links[-1] == (Link.STALE, STARTING))
        pbx.load()
        await pbx.say_fully_booted()
        await until(lambda: picture.live)
    assert picture.live == [WHOLE]


async def test_a_ping_that_is_answered_is_no_log_in(server: AmiServer) -> None:
    """The log-in hangs while everything else is answered: not connected, and nothing else is sent."""
    release = asyncio.Event()
    pbx = StartingPbx(server, up_seconds=DAYS)
    log_in = server.answers["Login"]

    async def slow(client: Client, action: Fields) -> None:
        await release.wait()
        await log_in(client, action)

    server.answers["Login"] = slow
    async with Picture().kept(server.url()) as picture:
        await until(lambda: server.clients and len(server.client.actions) == 2)
        assert picture.mirror.link is Link.OFFLINE
        assert [action["Action"] for action in server.client.actions] == ["Challenge", "Login"]
        assert pbx.lists_asked_for() == []
        release.set()
        await until(lambda: picture.live)


async def test_a_call_in_the_second_of_a_restart_is_shown_although_its_uniqueid_was_given_before(
    server: AmiServer,
) -> None:
    """A Uniqueid is `second.number`, and a new Asterisk counts from 0 again."""
    pbx = StartingPbx(server, up_seconds=DAYS)
    await pbx.say_fully_booted()
    async with Picture().kept(server.url()) as picture:
        await until(lambda: picture.live)
        await server.client.event("Newchannel", **CHANNEL)
        await until(lambda: picture.calls == [CHANNEL["Uniqueid"]])
        pbx.started_at += 60
        server.client.cut()
        await until(lambda: len(picture.live) == 2)
        assert picture.calls == []
        await server.client.event("Newchannel", **CHANNEL)
        await until(lambda: picture.calls == [CHANNEL["Uniqueid"]])


@pytest.mark.django_db(transaction=True)
async def test_the_worker_holds_commands_back_and_says_why_until_the_pbx_has_started(
    server: AmiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    pbx = StartingPbx(server)
    alice = await asyncio.to_thread(make_operator, "alice", Role.RECEPTIONIST, extension="201")
    working = asyncio.create_task(Worker(server.url(), "pbx").run())
    try:
        await until(lambda: Pbx.objects.filter(link="stale", row__reason=STARTING).exists(), 10)
        with pytest.raises(Refused) as refusal:
            await asyncio.to_thread(submit, alice, "call", {"to": "202"})
        assert refusal.value.message == "The PBX is starting. Try again when the board is live."
        # One that was given in the moment before.
        await asyncio.to_thread(give_call, "c1", "alice")
        await until(lambda: Command.objects.get(key="c1").state == CommandState.FAILED.value)
        assert Command.objects.get(key="c1").text == "The PBX is starting; nothing was done"
        assert not Extension.objects.exists()
        pbx.load()
        await pbx.say_fully_booted()
        await until(lambda: Pbx.objects.filter(link="live").exists())
        assert set(Extension.objects.values_list("key", flat=True)) == WHOLE[Kind.EXTENSION]
        assert set(QueueRow.objects.values_list("key", flat=True)) == WHOLE[Kind.QUEUE]
        asked = {action["Action"] for client in server.clients for action in client.actions}
        assert "Originate" not in asked
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
