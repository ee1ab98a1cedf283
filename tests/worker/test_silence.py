"""A PBX that says nothing is not shown as live, also while a list is under way and its session is given more time."""

from __future__ import annotations

import asyncio

import pytest

from ami_worker import link
from ami_worker.link import SILENT
from panel.vocabulary import Link
from tests.ami.helpers import FORGIVING, until
from tests.ami.server import AmiServer, Client, Fields
from tests.worker.starting import Picture, StartingPbx


async def test_a_pbx_that_says_nothing_while_it_is_compared_is_shown_as_old_until_it_speaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link, "TIMEOUTS", FORGIVING)
    speaks = asyncio.Event()
    async with AmiServer() as server:
        pbx = StartingPbx(server)
        await pbx.say_fully_booted()
        async with Picture().kept(server.url(), reconcile_seconds=0.3) as picture:
            await until(lambda: picture.live)
            answered = server.answers["CoreShowChannels"]

            async def slow(client: Client, action: Fields) -> None:
                await speaks.wait()
                await answered(client, action)

            server.answers["CoreShowChannels"] = slow
            await until(lambda: (Link.STALE, SILENT) in picture.links)
            speaks.set()
            await until(lambda: picture.links[-1][0] is Link.LIVE)
            assert len(server.clients) == 1, "the session went on"
