"""What is done while the picture is already shown: names, and lists that something says have changed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ami_worker import sync as sync_module
from panel.vocabulary import Kind
from tests.ami.server import Client, Fields
from tests.mirror.recordings import recording

from .office import Office


@pytest.fixture
async def office(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr(sync_module, "CHORE_SECONDS", 0.01)
    made = Office()
    made.shows(recording("22/internal_call").snapshots[0])
    async with made.server:
        yield made


def tree(family: str, leaf: str, values: dict[str, str]) -> list[Fields]:
    return [
        {"Event": "DBGetTreeResponse", "Family": family, "Key": f"/{family}/{number}/{leaf}", "Val": value}
        for number, value in values.items()
    ]


async def test_names_and_departments_come_from_asterisks_database(office: Office) -> None:
    """201 has a name in voicemail.conf, which is better than FreePBX's; 207 has none elsewhere."""
    office.items["DBGetTree"] = [
        *tree("AMPUSER", "cidname", {"201": "A. Marsh", "207": "Gustav\u202e Lind\x07"}),
        *tree("AMPUSER", "outboundcid", {"207": "5550100"}),
        *tree("CORDBOARD", "department", {"201": "Sales", "202": "Sales"}),
    ]
    async with office.connected() as (_, sync):
        await sync.resync()
        await office.until(lambda: office.applied)
    extensions = office.mirror.rows()[Kind.EXTENSION]
    assert extensions["207"]["name"] == "Gustav Lind"
    assert extensions["201"]["name"] == "Alice Marsh"
    assert [extensions[number]["group"] for number in ("201", "202", "203")] == ["Sales", "Sales", ""]


async def test_without_a_tree_each_extension_is_asked_for_once_the_family_is_found(office: Office) -> None:
    office.commands = ("DBGet",)
    office.items["DBGet"] = [
        {"Event": "DBGetResponse", "Family": "AMPUSER", "Key": f"{number}/cidname", "Val": f"Person {number}"}
        for number in (202, 207, 209)
    ]
    async with office.connected() as (_, sync):
        await sync.resync()
        await office.until(lambda: office.applied)
        asked = [(each["Family"], each["Key"]) for each in office.asked("DBGet")]
    assert office.mirror.rows()[Kind.EXTENSION]["209"]["name"] == "Person 209"
    assert sum(family == "AMPUSER" for family, _ in asked) == len(office.mirror.extensions)
    assert sum(family == "CORDBOARD" for family, _ in asked) == 3, "a few misses are an answer"


async def test_a_refused_database_costs_the_names_only(office: Office) -> None:
    office.refuses("DBGetTree")
    async with office.connected() as (_, sync):
        await sync.resync()
        await office.until(lambda: office.applied)
    assert office.mirror.extensions


@pytest.mark.parametrize(
    ("module", "action"),
    [
        ("app_queue.so", "QueueStatus"),
        ("pbx_config.so", "ExtensionStateList"),
        ("app_voicemail.so", "VoicemailUsersList"),
        ("res_pjsip.so", "DeviceStateList"),
        ("res_parking.so", "ParkedCalls"),
        ("app_confbridge.so", "ConfbridgeListRooms"),
    ],
)
async def test_after_a_reload_what_it_read_is_listed_again(office: Office, module: str, action: str) -> None:
    async with office.connected() as (_, sync):
        await sync.resync()
        assert len(office.asked(action)) == 1
        await office.server.client.event("Reload", Module=module, Status="0")
        await office.until(lambda: len(office.asked(action)) == 2)


async def test_members_that_a_reload_took_away_go_without_an_event(office: Office) -> None:
    async with office.connected() as (_, sync):
        await sync.resync()
        assert "front/PJSIP/203" in office.mirror.members
        office.items["QueueStatus"] = [i for i in office.items["QueueStatus"] if i.get("Location") != "PJSIP/203"]
        await office.server.client.event("Reload", Module="app_queue.so", Status="0")
        await office.until(lambda: "front/PJSIP/203" not in office.mirror.members)
        assert office.mirror.drift == 0
    assert office.mirror.rows()[Kind.QUEUE]["front"]["members"] == 1


async def test_a_queue_that_does_not_add_up_is_listed_again_alone(office: Office) -> None:
    """The event says that two wait, and we know of one."""
    async with office.connected() as (_, sync):
        await sync.resync()
        who = {
            "Channel": "PJSIP/itsp-00000001",
            "ChannelState": "4",
            "Uniqueid": "1795000000.1",
            "Linkedid": "1795000000.1",
        }
        await office.server.client.event("QueueCallerJoin", Queue="front", Position="2", Count="2", **who)
        await office.until(lambda: [each for each in office.asked("QueueStatus") if each.get("Queue") == "front"])


async def test_a_queue_heard_of_for_the_first_time_is_asked_for(office: Office) -> None:
    async with office.connected() as (_, sync):
        await sync.resync()
        fields = {"Queue": "realtime", "Interface": "PJSIP/205", "MemberName": "Elena", "Status": "1", "Paused": "0"}
        await office.server.client.event("QueueMemberAdded", **fields)
        await office.until(lambda: [each for each in office.asked("QueueStatus") if each.get("Queue") == "realtime"])
        await office.until(lambda: "realtime" not in office.mirror.queues)


async def test_a_parked_call_that_a_list_does_not_know_yet_is_spared_and_asked_for_again(office: Office) -> None:
    """The event of a park comes by another way than the list: it may be the newer one."""

    async def parked_meanwhile(client: Client, action: Fields) -> None:
        await client.event("ParkedCall", ParkeeUniqueid="1795000000.1", ParkingSpace="701", Parkinglot="default")
        await client.list(action, [])

    office.server.answers["ParkedCalls"] = parked_meanwhile
    async with office.connected() as (_, sync):
        await sync.resync()
        assert "1795000000.1" in office.mirror.parked
        office.server.answers["ParkedCalls"] = office.server.answers["QueueStatus"]
        office.clock.advance(3)
        await office.until(lambda: not office.mirror.parked)


async def test_the_background_ends_with_the_session(office: Office) -> None:
    async with office.connected() as (session, sync):
        await sync.resync()
        await sync.resync()
        chores = sync._chores
        assert chores is not None
        await session.close()
        await office.until(chores.done)


async def test_the_connection_breaks_while_names_are_learnt(office: Office) -> None:
    lists = office.server.answers["DBGetTree"]

    async def cut(client: Client, action: Fields) -> None:
        if action["Family"] == "AMPUSER":
            client.cut()
        else:
            await lists(client, action)

    office.server.answers["DBGetTree"] = cut
    async with office.connected() as (session, sync):
        await sync.resync()
        await session.wait_closed()
        chores = sync._chores
        assert chores is not None
        await office.until(chores.done)
        assert office.mirror.extensions
