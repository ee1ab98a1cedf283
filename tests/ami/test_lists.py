"""Lists: whole, empty, refused, broken off, and always at their place in the stream."""

from __future__ import annotations

import asyncio

import pytest

from ami_worker.ami import actions
from ami_worker.ami.connection import Closed, ListIncomplete, ListRefused, Session
from ami_worker.ami.protocol import Message
from tests.ami.helpers import PATIENT, names, until
from tests.ami.server import AmiServer, Client, Fields, message


CHANNELS: list[Fields] = [{"Event": "CoreShowChannel", "Uniqueid": f"1.{number}"} for number in range(5)]


async def test_a_list_is_its_items_in_order(server: AmiServer, session: Session, heard: list[Message]) -> None:
    server.answers["CoreShowChannels"] = lambda client, action: client.list(action, CHANNELS)
    result = await session.list(actions.core_show_channels())
    assert [item["Uniqueid"] for item in result.items] == [f"1.{number}" for number in range(5)]
    assert result.response.ok
    assert result.end["ListItems"] == "5"
    assert names(heard) == ["FullyBooted"]


@pytest.mark.parametrize("piece", [0, 1, 5, 64])
async def test_the_hooks_of_a_list_are_called_at_their_place_among_the_events(
    server: AmiServer, heard: list[Message], piece: int
) -> None:
    async def between_events(client: Client, action: Fields) -> None:
        await client.event("Newchannel", Uniqueid="before")
        await client.list(action, CHANNELS[:2])
        await client.event("Hangup", Uniqueid="after")

    server.answers["CoreShowChannels"] = between_events
    session = await Session.open(server.url(), events="call", on_message=heard.append, timeouts=PATIENT)
    server.piece = piece
    result = await session.list(
        actions.core_show_channels(), on_response=heard.append, on_item=heard.append, on_complete=heard.append
    )
    await until(lambda: len(heard) == 6)
    assert names(heard) == [
        "Newchannel", "Success", "CoreShowChannel", "CoreShowChannel", "CoreShowChannelsComplete", "Hangup"
    ]  # fmt: skip
    assert result.items == []
    await session.close()


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ("Success", "There are no voicemail users currently defined."),
        ("Error", "No active conferences."),
        ("Error", "No dialplan hints are available"),
        ("Error", "No endpoints found\n"),
        ("Error", "No Contacts found\n"),
    ],
)
async def test_none_is_an_empty_list_however_asterisk_says_it(
    server: AmiServer, session: Session, response: str, words: str
) -> None:
    calls: list[Message] = []

    async def none(client: Client, action: Fields) -> None:
        await client.respond(action, response, Message=words)

    server.answers["VoicemailUsersList"] = none
    result = await session.list(
        actions.voicemail_users_list(), on_response=calls.append, on_item=calls.append, on_complete=calls.append
    )
    assert result.items == []
    assert [call["Message"] for call in calls] == [words.strip(), words.strip()]


async def test_a_refused_list_raises_and_completes_nothing(server: AmiServer, session: Session) -> None:
    calls: list[Message] = []

    async def denied(client: Client, action: Fields) -> None:
        await client.respond(action, "Error", Message="Permission denied")

    server.answers["QueueStatus"] = denied
    with pytest.raises(ListRefused, match="Permission denied"):
        await session.list(actions.queue_status(), on_response=calls.append, on_complete=calls.append)
    assert calls == []


@pytest.mark.parametrize(
    ("announced", "state", "why"), [(6, "Complete", "Only 5 of 6"), (5, "cancelled", "cancelled the list")]
)
async def test_a_list_that_is_not_whole_is_never_complete(
    server: AmiServer, session: Session, announced: int, state: str, why: str
) -> None:
    calls: list[Message] = []
    server.answers["CoreShowChannels"] = lambda client, action: client.list(
        action, CHANNELS, announced=announced, state=state
    )
    with pytest.raises(ListIncomplete, match=why):
        await session.list(actions.core_show_channels(), on_complete=calls.append)
    assert calls == []


async def test_more_items_than_announced_are_a_whole_list(server: AmiServer, session: Session) -> None:
    server.answers["CoreShowChannels"] = lambda client, action: client.list(action, CHANNELS, announced=3)
    assert len((await session.list(actions.core_show_channels())).items) == 5


async def test_an_empty_tree_of_asterisk_16_that_says_it_has_one_item_is_empty(
    server: AmiServer, session: Session
) -> None:
    server.answers["DBGetTree"] = lambda client, action: client.list(action, [], announced=1)
    assert (await session.list(actions.db_get_tree("CF"))).items == []


async def test_a_list_that_stops_short_is_given_up_and_what_still_comes_of_it_is_no_news(
    server: AmiServer, session: Session, heard: list[Message]
) -> None:
    async def half(client: Client, action: Fields) -> None:
        await client.respond(action, EventList="start")
        await client.send(message(*CHANNELS[0].items(), ("ActionID", action["ActionID"])))

    server.answers["CoreShowChannels"] = half
    with pytest.raises(ListIncomplete, match=r"within 0\.05 s"):
        await session.list(actions.core_show_channels(), timeout=0.05)
    client = server.client
    asked = client.actions[-1]
    await client.send(message(*CHANNELS[1].items(), ("ActionID", asked["ActionID"])))
    await client.event("CoreShowChannelsComplete", ActionID=asked["ActionID"], EventList="Complete", ListItems="2")
    # A UserEvent bears the ActionID of whoever made it: with the list over, that is nothing special.
    await client.event("UserEvent", ActionID=asked["ActionID"])
    await client.event("Newchannel", Uniqueid="9")
    await until(lambda: len(heard) == 3)
    assert names(heard) == ["FullyBooted", "UserEvent", "Newchannel"]
    assert session.orphans == 2


async def test_a_list_cut_off_in_the_middle_of_an_event_ends_with_the_session(
    server: AmiServer, session: Session, heard: list[Message]
) -> None:
    async def cut(client: Client, action: Fields) -> None:
        await client.respond(action, EventList="start")
        await client.send(message(*CHANNELS[0].items(), ("ActionID", action["ActionID"])))
        await client.send(b"Event: CoreShowChannel\r\nActionID: " + action["ActionID"].encode() + b"\r\nUniq")
        client.cut_politely()

    server.answers["CoreShowChannels"] = cut
    with pytest.raises(Closed):
        await session.list(actions.core_show_channels())
    assert session.is_closed
    assert session.handler_errors == {}
    assert names(heard) == ["FullyBooted"]


async def test_a_list_whose_hook_fails_is_incomplete_and_the_session_goes_on(
    server: AmiServer, session: Session, heard: list[Message], caplog: pytest.LogCaptureFixture
) -> None:
    completed: list[Message] = []

    def fail(item: Message) -> None:
        if item["Uniqueid"] == "1.2":
            raise KeyError("a bug in a handler")

    server.answers["CoreShowChannels"] = lambda client, action: client.list(action, CHANNELS)
    with pytest.raises(ListIncomplete, match="could not be applied"):
        await session.list(actions.core_show_channels(), on_item=fail, on_complete=completed.append)
    assert (await session.send(actions.ping())).ok
    assert completed == []
    assert session.handler_errors == {"CoreShowChannel": 1}
    assert "CoreShowChannel" in caplog.text
    assert names(heard) == ["FullyBooted"]


async def test_a_second_response_within_a_list_is_an_orphan_not_an_item(server: AmiServer, session: Session) -> None:
    async def interrupted(client: Client, action: Fields) -> None:
        await client.respond(action, EventList="start")
        await client.respond(action, "Error", Message="again")
        await client.event("CoreShowChannelsComplete", ActionID=action["ActionID"], EventList="Complete", ListItems="0")

    server.answers["CoreShowChannels"] = interrupted
    assert (await session.list(actions.core_show_channels())).items == []
    assert session.orphans == 1


async def test_two_lists_at_once_are_kept_apart(server: AmiServer, session: Session) -> None:
    asked: dict[str, Fields] = {}

    async def interleave(client: Client, action: Fields) -> None:
        asked[action["Action"]] = action
        if len(asked) < 2:
            return
        for name in asked:
            await client.respond(asked[name], EventList="start")
        for number in range(3):
            for name in asked:
                await client.event("Item", ActionID=asked[name]["ActionID"], Of=name, Number=str(number))
        for name in asked:
            await client.event("End", ActionID=asked[name]["ActionID"], EventList="Complete", ListItems="3")

    server.answers["QueueStatus"] = server.answers["ParkedCalls"] = interleave
    queues, parked = await asyncio.gather(session.list(actions.queue_status()), session.list(actions.parked_calls()))
    assert {item["Of"] for item in queues.items} == {"QueueStatus"}
    assert {item["Of"] for item in parked.items} == {"ParkedCalls"}
    assert [item["Number"] for item in parked.items] == ["0", "1", "2"]
