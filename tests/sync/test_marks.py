"""What is written on channels is learnt from the list Status: after a log-in, and every minute without events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ami_worker.ami.connection import AmiUrl, Session
from ami_worker.mirror import Mirror
from ami_worker.sync import Sync
from panel.vocabulary import Kind, Link
from tests.ami.server import Fields
from tests.mirror.recordings import recording
from tests.rig.parts import wait_for
from tests.rig.phones import Rig

from .office import Office


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    made = Office()
    async with made.server:
        yield made


def outside(mirror: Mirror) -> Any:
    (row,) = mirror.rows()[Kind.CALL].values()
    return row


# --- without Asterisk -------------------------------------------------------------------------------------------------


def tells_nothing(office: Office) -> None:
    for item in office.items["Status"]:
        item["Variable"] = "CORDBOARD_CARE=(null)"


def held(office: Office) -> list[Fields]:
    office.shows(recording("22/cordboard_hold_and_take").snapshot("on hold"))
    assert office.items["Status"]
    return office.items["Status"]


async def test_a_worker_that_logs_in_knows_who_keeps_whom_and_the_note(office: Office) -> None:
    held(office)
    async with office.connected() as (_, sync):
        await sync.resync()
        assert office.asked("Status") == [
            {
                "Action": "Status",
                "ActionID": office.asked("Status")[0]["ActionID"],
                "Variables": "CORDBOARD_CARE,CORDBOARD_NOTE,CORDBOARD_RECORDING,CORDBOARD_MUTED",
            }
        ]
    assert outside(office.mirror)["care"]["kind"] == "hold"
    assert outside(office.mirror)["note"] == "wants a quotation"


async def test_care_that_no_event_told_of_is_there_after_the_next_comparison_and_is_no_drift(office: Office) -> None:
    """The log-in lacks class `user`."""
    told = [dict(item) for item in held(office)]
    tells_nothing(office)
    async with office.connected() as (_, sync):
        await sync.resync()
        office.mirror.set_link(Link.LIVE)
        assert outside(office.mirror)["care"] is None
        office.items["Status"] = told
        await office.until(lambda: office.applied)  # names have been learnt
        before = office.applied
        assert await sync.reconcile() == 0
        assert office.applied == before + 1
        assert outside(office.mirror)["care"]["kind"] == "hold"
        assert office.mirror.drift == 0
        tells_nothing(office)
        await sync.reconcile()
        assert outside(office.mirror)["care"] is None


async def test_a_log_in_that_may_not_ask_is_told_by_events_alone(office: Office) -> None:
    held(office)
    office.refuses("Status")
    async with office.connected() as (_, sync):
        await sync.resync()
        assert sync.missing == {"Status": "Permission denied"}
        await sync.reconcile()
        assert len(office.asked("Status")) == 1
    assert outside(office.mirror)["state"] == "talking"


# --- with Asterisk ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def connected(rig: Rig, mirror: Mirror, events: str) -> AsyncIterator[Sync]:
    session = await Session.open(AmiUrl.parse(rig.asterisk.ami_url), events=events, on_message=mirror.apply)
    try:
        yield Sync(mirror, session)
    finally:
        await session.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not condition():  # noqa: ASYNC110  what is waited for has no event of its own
            await asyncio.sleep(0.02)


@pytest.mark.asterisk
@pytest.mark.parametrize("events", ["system,call,agent,user", "system,call,agent"])
async def test_every_way_to_learn_of_care_tells_the_same(rig: Rig, events: str) -> None:
    """A caller is held by the include: by events as it happens, by the comparison without class `user`, and by a worker
    that comes in afterwards.
    """
    phone = rig.phone("201")
    caller = rig.call_from_outside("5550100", name="Jan")
    phone.wait("ringing")
    phone.answer()
    watching = Mirror("main")
    async with connected(rig, watching, events) as sync:
        await sync.resync()
        watching.set_link(Link.LIVE)
        await until(lambda: watching.calls and outside(watching)["state"] == "talking")
        with rig.asterisk.session("cordboard") as ami:
            (theirs,) = [name for name in rig.asterisk.channels() if name.startswith("PJSIP/itsp")]
            note = {"Channel": theirs, "Variable": "__CORDBOARD_NOTE", "Value": "Alice|wants a quotation, soon"}
            assert ami.action("Setvar", note)["Response"] == "Success"
            hold = {"Channel": theirs, "Context": "cordboard-hold", "Exten": "201", "Priority": "1"}
            assert ami.action("Redirect", hold)["Response"] == "Success"
        phone.wait("ended")
        if "user" in events:
            await until(lambda: outside(watching)["care"] is not None)
        wait_for(lambda: "MusicOnHold" in rig.asterisk.cli("core show channels"), "the caller hears music")
        await sync.reconcile()
        assert not watching.missing
    late = Mirror("main")
    async with connected(rig, late, events) as sync:
        await sync.resync()
    for mirror in (watching, late):
        row = outside(mirror)
        assert (row["care"]["kind"], row["care"]["operator"]["extension"]) == ("hold", "201")
        assert (row["state"], row["held_by"]) == ("held", "201")
        assert row["care"]["until_at"] is not None
        assert (row["note"], row["note_by"]) == ("wants a quotation, soon", "Alice")
    caller.hangup()
