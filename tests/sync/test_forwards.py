"""Forwards are read after a log-in, in each comparison, and when a lamp says that they have changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ami_worker import sync as sync_module
from ami_worker.ami.connection import AmiUrl, Session
from ami_worker.demo import DemoPbx
from ami_worker.mirror import Mirror
from ami_worker.sync import Sync
from panel.vocabulary import Kind, Link
from tests.ami.server import Fields
from tests.mirror.recordings import recording
from tests.rig.asterisk import Asterisk

from .office import Office


@pytest.fixture
async def office(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr(sync_module, "CHORE_SECONDS", 0.01)
    made = Office()
    made.shows(recording("22/internal_call").snapshots[0])
    async with made.server:
        yield made


def entry(tree: str, number: str, value: str) -> Fields:
    return {"Event": "DBGetTreeResponse", "Family": tree, "Key": f"/{tree}/{number}", "Val": value}


def forward(mirror: Mirror, number: str = "201") -> list[Any]:
    return [(each["kind"], each["to"]["number"]) for each in mirror.rows()[Kind.EXTENSION][number]["forward"]]


def trees(office: Office) -> list[str]:
    """The trees that were asked for, names left out."""
    names = {"AMPUSER", "CORDBOARD"}
    return [each["Family"] for each in office.asked("DBGetTree") if each["Family"] not in names]


async def test_a_worker_that_logs_in_knows_who_forwards_before_anything_is_shown(office: Office) -> None:
    office.items["DBGetTree"] = [entry("CF", "201", "205"), entry("CFU", "202", "203"), entry("DND", "203", "YES")]
    async with office.connected() as (_, sync):
        await sync.resync()
        assert trees(office) == ["CF", "CFB", "CFU", "DND"]
    assert forward(office.mirror) == [("always", "205")]
    assert forward(office.mirror, "202") == [("unanswered", "203")]
    assert office.mirror.rows()[Kind.EXTENSION]["203"]["state"] == "dnd"


async def test_a_comparison_finds_what_nothing_told_of_and_that_is_no_drift(office: Office) -> None:
    async with office.connected() as (_, sync):
        await sync.resync()
        office.mirror.set_link(Link.LIVE)
        await office.until(lambda: office.applied)  # names have been learnt
        before = office.applied
        assert await sync.reconcile() == 0
        assert office.applied == before
        office.items["DBGetTree"] = [entry("CF", "201", "205")]
        assert await sync.reconcile() == 0
        assert office.applied == before + 1
        assert office.mirror.drift == 0
        assert forward(office.mirror) == [("always", "205")]
        office.items["DBGetTree"] = []
        await sync.reconcile()
        assert forward(office.mirror) == []


async def test_a_lamp_has_them_read_soon(office: Office) -> None:
    async with office.connected() as (_, sync):
        await sync.resync()
        office.items["DBGetTree"] = [entry("CFB", "201", "205")]
        await office.server.client.event("DeviceStateChange", Device="Custom:CF201", State="INUSE")
        await office.until(lambda: forward(office.mirror) == [("busy", "205")])


async def test_a_log_in_that_may_not_read_them_shows_none_and_asks_no_more(office: Office) -> None:
    office.refuses("DBGetTree")
    async with office.connected() as (_, sync):
        await sync.resync()
        assert sync.missing == {"DBGetTree": "Permission denied"}
        await office.until(lambda: office.applied)
        await sync.reconcile()
        await office.server.client.event("DeviceStateChange", Device="Custom:CF201", State="INUSE")
        await office.server.client.event("Reload", Module="app_queue.so", Status="0")
        await office.until(lambda: len(office.asked("QueueStatus")) == 2)  # what was wanted has been dealt with
        assert trees(office) == ["CF"]
    assert forward(office.mirror) == []


async def test_the_demo_office_has_two_people_who_forward() -> None:
    async with DemoPbx(rate=0) as pbx:
        mirror = Mirror("demo")
        session = await Session.open(AmiUrl.parse(pbx.ami_url), events="system,call,agent", on_message=mirror.apply)
        await Sync(mirror, session).resync()
        await session.close()
    rows = mirror.rows()[Kind.EXTENSION].values()
    found = {row["number"]: row["forward"] for row in rows if row["forward"]}
    assert {number: [each["kind"] for each in forwards] for number, forwards in found.items()} == {
        "254": ["always"],
        "233": ["busy"],
    }
    assert found["254"][0]["to"]["extension"] == "253"
    assert found["254"][0]["to"]["name"]


@pytest.mark.asterisk
async def test_a_real_asterisk_tells_who_forwards(own_asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_module, "CHORE_SECONDS", 0.01)
    for tree, number, value in (("CF", "201", "205"), ("CFU", "202", "0048600111222"), ("DND", "203", "YES")):
        own_asterisk.cli(f"database put {tree} {number} {value}")
    mirror = Mirror("main")
    session = await Session.open(
        AmiUrl.parse(own_asterisk.ami_url), events="system,call,agent,user", on_message=mirror.apply
    )
    sync = Sync(mirror, session)
    try:
        await sync.resync()
        assert sync.missing == {}
        assert forward(mirror) == [("always", "205")]
        assert mirror.rows()[Kind.EXTENSION]["201"]["forward"][0]["to"]["extension"] == "205"
        assert forward(mirror, "202") == [("unanswered", "0048600111222")]
        mirror.set_link(Link.LIVE)
        own_asterisk.cli("database del CF 201")
        own_asterisk.cli("database put CFB 201 206")
        own_asterisk.cli("devstate change Custom:CF201 NOT_INUSE")
        async with asyncio.timeout(15):
            while forward(mirror) != [("busy", "206")]:  # noqa: ASYNC110  no event tells
                await asyncio.sleep(0.02)
        own_asterisk.cli("database deltree CFU")
        await sync.reconcile()
        assert forward(mirror, "202") == []
    finally:
        await session.close()
