"""After a log-in the mirror is what the PBX lists, however much was missed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ami_worker import sync as sync_module
from ami_worker.ami.connection import Closed
from ami_worker.mirror import Mirror
from panel.vocabulary import Kind, Link
from tests.ami.server import Client, Fields
from tests.mirror.pictures import comparable, picture
from tests.mirror.recordings import names, recording, take

from .office import Office, truncated


@pytest.fixture
async def office(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr(sync_module, "CHORE_SECONDS", 0.01)
    made = Office()
    async with made.server:
        yield made


@pytest.mark.parametrize("name", names())
async def test_the_mirror_is_what_the_lists_say(office: Office, name: str) -> None:
    for snapshot in recording(name).snapshots:
        office.shows(snapshot)
        async with office.connected() as (_, sync):
            await sync.resync()
        expected = Mirror("main", now=office.clock)
        take(expected, snapshot)
        # What was once known of names and of queues that calls came through is kept.
        ours, theirs = (
            picture(mirror, {"name", "queue", "queued_at", "held_by"}) for mirror in (office.mirror, expected)
        )
        del ours[Kind.PBX], theirs[Kind.PBX]
        assert ours == theirs, snapshot.label


async def test_what_ended_while_nobody_looked_is_gone_from_the_rows(office: Office) -> None:
    """A call is up, the connection breaks, the call ends, the connection comes back."""
    tape = recording("22/queue_answered")
    office.shows(tape.snapshot("talking"))
    async with office.connected() as (_, sync):
        await sync.resync()
    office.mirror.set_link(Link.LIVE)
    office.mirror.changes()
    before = office.mirror.rows()
    assert before[Kind.CALL]
    office.mirror.set_link(Link.OFFLINE, "The connection broke.")
    assert comparable(office.mirror.rows())[Kind.CALL] == comparable(before)[Kind.CALL]

    office.shows(tape.snapshot("end"))
    async with office.connected() as (_, sync):
        await sync.resync()
    office.mirror.set_link(Link.LIVE)
    gone = {(change.kind, change.key) for change in office.mirror.changes() if change.row is None}
    assert gone == {(Kind.CALL, key) for key in before[Kind.CALL]}
    assert office.mirror.rows()[Kind.CALL] == {}
    assert {row["state"] for row in office.mirror.rows()[Kind.EXTENSION].values()} == {"idle"}


async def test_a_list_that_is_refused_is_named_and_the_others_are_taken(office: Office) -> None:
    office.shows(recording("22/internal_call").snapshot("talking"))
    office.refuses("DeviceStateList", "PJSIPShowRegistrationsOutbound")
    async with office.connected() as (_, sync):
        await sync.resync()
        assert sync.missing == {
            "DeviceStateList": "Permission denied",
            "PJSIPShowRegistrationsOutbound": "Permission denied",
        }
    rows = office.mirror.rows()
    assert len(rows[Kind.CALL]) == 1
    assert rows[Kind.EXTENSION]["202"]["state"] == "talking"


async def test_calls_of_before_are_dropped_when_nothing_tells_whether_they_live(office: Office) -> None:
    office.shows(recording("22/internal_call").snapshot("talking"))
    async with office.connected() as (_, sync):
        await sync.resync()
    assert office.mirror.calls
    office.refuses("CoreShowChannels")
    async with office.connected() as (_, sync):
        await sync.resync()
    assert not office.mirror.calls


async def test_a_list_that_breaks_off_changes_nothing(office: Office) -> None:
    office.shows(recording("22/park_given_up").snapshot("parked"))
    async with office.connected() as (_, sync):
        await sync.resync()
    for action in ("CoreShowChannels", "ParkedCalls", "QueueStatus"):
        office.server.answers[action] = truncated
    async with office.connected() as (_, sync):
        await sync.resync()
        assert not sync.missing
    assert office.mirror.calls
    assert office.mirror.parked
    assert office.mirror.queues


async def test_the_connection_breaks_in_the_middle_of_a_list(office: Office) -> None:
    office.shows(recording("22/park_given_up").snapshot("parked"))
    async with office.connected() as (_, sync):
        await sync.resync()
    before = office.mirror.rows()

    async def cut(client: Client, action: Fields) -> None:
        await client.respond(action, EventList="start")
        client.cut()

    office.server.answers["ParkedCalls"] = cut
    async with office.connected() as (_, sync):
        with pytest.raises(Closed):
            await sync.resync()
    assert comparable(office.mirror.rows())[Kind.PARKED] == comparable(before)[Kind.PARKED]


async def test_an_event_before_the_list_is_in_it_and_one_after_it_counts(office: Office) -> None:
    """A list is one point in the stream: what was told before and is not in it is gone, what follows lives."""
    channel = {"ChannelState": "4", "Channel": "PJSIP/201-00000001", "CallerIDNum": "201"}

    async def between(client: Client, action: Fields) -> None:
        await client.event("Newchannel", Uniqueid="1795000000.1", Linkedid="1795000000.1", **channel)
        await client.list(action, [])
        await client.event("Newchannel", Uniqueid="1795000000.2", Linkedid="1795000000.2", **channel)

    office.server.answers["CoreShowChannels"] = between
    async with office.connected() as (_, sync):
        await sync.resync()
    assert set(office.mirror.channels) == {"1795000000.2"}


async def test_asterisk_was_restarted_and_nothing_of_before_survives(office: Office) -> None:
    office.shows(recording("22/queue_abandoned").snapshots[0])
    office.mirror.set_link(Link.LIVE)
    async with office.connected() as (_, sync):
        await sync.resync()
    office.mirror.apply(recording("22/queue_abandoned").events[1])
    assert office.mirror.channels
    office.uptime = 7
    office.clock.advance(20)
    office.refuses("CoreShowChannels")
    async with office.connected() as (_, sync):
        await sync.resync()
    assert not office.mirror.channels
    row = office.mirror.rows()[Kind.PBX]["main"]
    assert row["version"] == "22.10.1"
    assert row["started_at"] is not None


async def test_another_asterisk_that_was_started_in_the_same_second_is_another(office: Office) -> None:
    """One that stands in for the first, after a power cut of both: they may give the same Uniqueids."""
    async with office.connected() as (_, sync):
        await sync.resync()
    started_at = office.mirror.rows()[Kind.PBX]["main"]["started_at"]
    office.version = "16.30.1"
    office.clock.advance(0.25)
    async with office.connected() as (_, sync):
        await sync.resync()
    assert office.mirror.rows()[Kind.PBX]["main"]["started_at"] != started_at


async def test_a_reconnect_is_no_restart(office: Office) -> None:
    office.shows(recording("22/internal_call").snapshot("talking"))
    async with office.connected() as (_, sync):
        await sync.resync()
    started_at = office.mirror.rows()[Kind.PBX]["main"]["started_at"]
    async with office.connected() as (_, sync):
        await sync.resync()
    assert office.mirror.rows()[Kind.PBX]["main"]["started_at"] == started_at
    assert office.mirror.calls


async def test_the_clock_of_the_pbx_is_compared_with_ours(office: Office) -> None:
    """The member's last call is given as a date by the PBX, whose clock may be wrong: it comes out by ours."""
    office.items["QueueStatus"] = [
        {"Event": "QueueParams", "Queue": "front", "Strategy": "ringall"},
        {"Event": "QueueMember", "Queue": "front", "Location": "PJSIP/203", "LastCall": "1767225590", "Status": "1"},
    ]
    async with office.connected() as (_, sync):
        await sync.resync()
    last_call = office.mirror.rows()[Kind.MEMBER]["front/PJSIP/203"]["last_call_at"]
    offset = office.mirror._world.clock_offset
    assert offset < 0, "the Pong of this server is of 2026-01-01"
    assert last_call is not None
    assert last_call > "2026-01-02"


async def test_a_pbx_that_says_little_of_itself(office: Office) -> None:
    """Without the class `reporting` neither version nor start is told; Asterisk 13.0 gives no time in its Pong."""

    async def pong(client: Client, action: Fields) -> None:
        await client.respond(action, Ping="Pong")

    office.server.answers["Ping"] = pong
    office.refuses("CoreStatus", "CoreSettings")
    office.shows(recording("22/internal_call").snapshot("talking"))
    async with office.connected() as (_, sync):
        await sync.resync()
    row = office.mirror.rows()[Kind.PBX]["main"]
    assert (row["version"], row["started_at"] is not None) == ("", True), "FullyBooted told the uptime"
    assert office.mirror.calls
