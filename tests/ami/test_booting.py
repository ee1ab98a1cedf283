"""A PBX that is still starting is told from one that does not say that it has started."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami_worker.ami.booting import LOADING_SECONDS, up_at_least
from ami_worker.ami.connection import Closed, Session, wait_fully_booted
from tests.ami.helpers import PATIENT, until
from tests.ami.server import AmiServer, Client, Fields


PING_AT = datetime(2026, 1, 1, tzinfo=UTC)
"""What the server's Ping says."""


def started(server: AmiServer, seconds_ago: float, *, zone_minutes: int = 0) -> None:
    """CoreStatus tells of a start so long ago, by the clock on the wall of the PBX."""
    moment = PING_AT - timedelta(seconds=seconds_ago) + timedelta(minutes=zone_minutes)

    async def status(client: Client, action: Fields) -> None:
        await client.respond(action, CoreStartupDate=f"{moment:%Y-%m-%d}", CoreStartupTime=f"{moment:%H:%M:%S}")

    server.answers["CoreStatus"] = status


@given(up=st.integers(0, 10**9), quarters=st.integers(-48, 56))
def test_in_any_time_zone_it_has_been_up_for_at_least_so_long(up: int, quarters: int) -> None:
    now = datetime(2026, 11, 22, 8, 19, 11, tzinfo=UTC)
    wall = now - timedelta(seconds=up) + timedelta(minutes=15 * quarters)
    least = up_at_least(f"{wall:%Y-%m-%d %H:%M:%S}", f"{now.timestamp():.6f}")
    assert 0 <= least <= up
    if up < 900:
        assert least == up


@pytest.mark.parametrize(
    ("start", "now"), [("", "1767225600.0"), ("2026-01-01 00:00:00", ""), ("soon", "1"), ("2026-13-01 00:00:00", "1")]
)
def test_what_is_not_told_counts_as_just_started(start: str, now: str) -> None:
    assert up_at_least(start, now) == 0


@pytest.mark.parametrize("zone_minutes", [0, -210, 345, 840])
async def test_a_pbx_that_has_long_been_up_is_not_waited_for(
    server: AmiServer, zone_minutes: int, caplog: pytest.LogCaptureFixture
) -> None:
    started(server, 40 * 86400 + 300, zone_minutes=zone_minutes)
    said: list[str] = []
    session = await Session.open(server.url(), events="call", timeouts=PATIENT)
    async with asyncio.timeout(5):
        boot = await wait_fully_booted(session, on_starting=lambda: said.append("starting"))
    assert said == []
    assert boot.started
    assert "has not said FullyBooted" in caplog.text
    await session.close()


async def test_a_pbx_that_has_just_been_started_is_waited_for_until_it_says_so(server: AmiServer) -> None:
    started(server, 3, zone_minutes=60)
    said: list[str] = []
    session = await Session.open(server.url(), events="call", timeouts=PATIENT)
    waiting = asyncio.create_task(wait_fully_booted(session, on_starting=lambda: said.append("starting")))
    await until(lambda: said)
    assert not waiting.done()
    await server.client.event("FullyBooted", Uptime="63", LastReload="63")
    assert (await waiting).uptime == 63.0
    assert said == ["starting"]
    await session.close()


async def test_the_wait_is_over_when_it_has_been_up_for_as_long_as_a_start_may_take(server: AmiServer) -> None:
    started(server, LOADING_SECONDS - 1)
    session = await Session.open(server.url(), events="call", timeouts=PATIENT)
    said: list[str] = []
    async with asyncio.timeout(5):
        boot = await wait_fully_booted(session, on_starting=lambda: said.append("starting"))
    assert said == ["starting"]
    assert boot.uptime is None
    await session.close()


async def test_fully_booted_behind_the_log_in_is_enough_and_nothing_is_asked(server: AmiServer) -> None:
    session = await Session.open(server.url(), events="system,call", timeouts=PATIENT)
    await until(lambda: session.fully_booted)
    assert (await wait_fully_booted(session)).uptime == 93.0
    assert [action["Action"] for action in server.client.actions] == ["Challenge", "Login"]
    await session.close()


async def test_waiting_for_fully_booted_ends_with_the_session(server: AmiServer) -> None:
    started(server, 3)
    session = await Session.open(server.url(), timeouts=PATIENT)
    waiting = asyncio.create_task(wait_fully_booted(session, on_starting=server.client.cut))
    async with asyncio.timeout(5):
        with pytest.raises(Closed):
            await waiting
