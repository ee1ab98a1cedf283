"""Every minute the picture is compared with the PBX; what differs twice in a row is corrected and counted."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ami_worker.ami.connection import Closed
from ami_worker.sync import Sync
from panel.vocabulary import Kind, Link
from tests.ami.server import Client, Fields
from tests.mirror.recordings import recording

from .office import Office


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    made = Office()
    async with made.server:
        yield made


async def live(office: Office, sync: Sync, scene: str, label: str) -> None:
    office.shows(recording(f"22/{scene}").snapshot(label))
    await sync.resync()
    office.mirror.set_link(Link.LIVE)


async def test_a_true_picture_is_left_alone(office: Office) -> None:
    for scene, label in (("conference", "three"), ("queue_answered", "ringing"), ("park_given_up", "parked")):
        async with office.connected() as (_, sync):
            await live(office, sync, scene, label)
            assert [await sync.reconcile() for _ in range(3)] == [0, 0, 0]
            assert office.mirror.drift == 0
            assert len(office.asked("QueueStatus")) == 1, "it holds a lock: once at the resync is enough"


async def test_a_phantom_call_is_removed_at_the_second_look(office: Office) -> None:
    async with office.connected() as (_, sync):
        await live(office, sync, "internal_call", "talking")
        office.shows(recording("22/internal_call").snapshot("end"))
        assert await sync.reconcile() == 0
        assert office.mirror.calls
        assert await sync.reconcile() == 2
        assert not office.mirror.calls
        assert office.mirror.rows()[Kind.PBX]["main"]["drift"] == 2


async def test_a_call_that_was_missed_is_found_at_the_second_look(office: Office) -> None:
    """Its Hangup was forged by a caller's number: after the audit it is on the board again."""
    async with office.connected() as (_, sync):
        await live(office, sync, "internal_call", "talking")
        victim = next(channel for channel in office.mirror.channels.values() if channel.name.startswith("PJSIP/202"))
        await office.server.client.event("Hangup", Uniqueid=victim.uniqueid)
        await office.until(lambda: victim.uniqueid not in office.mirror.channels)
        await sync.reconcile()
        assert await sync.reconcile() == 1
        assert office.mirror.rows()[Kind.EXTENSION]["202"]["state"] == "talking"


async def test_a_difference_that_goes_by_itself_is_no_drift(office: Office) -> None:
    async with office.connected() as (_, sync):
        await live(office, sync, "internal_call", "talking")
        for label in ("end", "talking", "end", "talking"):
            office.shows(recording("22/internal_call").snapshot(label))
            assert await sync.reconcile() == 0
        assert office.mirror.drift == 0


async def test_a_parked_call_that_is_not_there_is_removed(office: Office) -> None:
    async with office.connected() as (_, sync):
        await live(office, sync, "park_given_up", "parked")
        office.items["ParkedCalls"] = []
        assert [await sync.reconcile(), await sync.reconcile()] == [0, 1]
        assert not office.mirror.parked


async def test_a_room_with_somebody_more_is_listed_and_only_that(office: Office) -> None:
    async with office.connected() as (_, sync):
        await live(office, sync, "conference", "three")
        (room,) = office.mirror.conferences.values()
        del room.members[next(iter(room.members))]
        assert [await sync.reconcile(), await sync.reconcile()] == [0, 1]
        assert len(room.members) == 3


async def test_only_the_queue_that_differs_is_asked_for(office: Office) -> None:
    async with office.connected() as (_, sync):
        await live(office, sync, "queue_answered", "ringing")
        (caller,) = office.mirror.callers.values()
        del office.mirror.queues["front"].callers[caller.uniqueid]
        del office.mirror._world.callers[caller.key], office.mirror._world.waiting[caller.uniqueid]
        assert await sync.reconcile() == 0
        assert await sync.reconcile() == 1
        assert [each.get("Queue") for each in office.asked("QueueStatus")] == [None, "front"]
        assert len(office.mirror.callers) == 1


async def test_what_is_refused_is_not_asked_for_again(office: Office) -> None:
    office.refuses("ConfbridgeListRooms", "QueueSummary")
    async with office.connected() as (_, sync):
        await live(office, sync, "internal_call", "talking")
        assert await sync.reconcile() == 0
        assert len(office.asked("ConfbridgeListRooms")) == 1


async def test_a_list_refused_from_now_on_is_no_sign_that_all_is_gone(office: Office) -> None:
    async with office.connected() as (_, sync):
        await live(office, sync, "internal_call", "talking")
        office.refuses("CoreShowChannels")
        assert [await sync.reconcile(), await sync.reconcile()] == [0, 0]
        assert office.mirror.calls


@pytest.mark.parametrize("action", ["CoreShowChannels", "QueueSummary"])
async def test_the_connection_breaks_in_the_middle_of_a_comparison(office: Office, action: str) -> None:
    async with office.connected() as (_, sync):
        await live(office, sync, "internal_call", "talking")

        async def cut(client: Client, action: Fields) -> None:
            await client.respond(action, EventList="start")
            client.cut()

        office.server.answers[action] = cut
        with pytest.raises(Closed):
            await sync.reconcile()
        assert office.mirror.calls
