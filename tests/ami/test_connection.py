"""A session against a manager interface on a real socket: logging in, asking, listing, and how each can go wrong."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from ami_worker.ami import actions
from ami_worker.ami.connection import (
    AmiError,
    AmiUrl,
    Closed,
    ConnectFailed,
    InvalidValue,
    ListIncomplete,
    ListRefused,
    LoginRefused,
    NoReply,
    NotSent,
    Response,
    Session,
    Timeouts,
    wait_fully_booted,
)
from ami_worker.ami.protocol import Message
from tests.ami.server import SECRET, AmiServer, Client, Fields, message, silence


QUICK = Timeouts(connect=2, login=2, ping_interval=0.05, ping=0.2, busy=1.5)
PATIENT = Timeouts(ping_interval=60)


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        yield server


@pytest.fixture
def heard() -> list[Message]:
    return []


@pytest.fixture
async def session(server: AmiServer, heard: list[Message]) -> AsyncIterator[Session]:
    session = await Session.open(server.url(), events="system,call", on_message=heard.append, timeouts=PATIENT)
    yield session
    await session.close()


async def until(condition: Callable[[], object], timeout: float = 5.0) -> None:
    """Wait until a function says so; TimeoutError when it does not in time."""
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110 - what is waited for knows nothing of asyncio
            await asyncio.sleep(0.005)


async def outcome(sending: Awaitable[Response]) -> Response | AmiError:
    """What became of an action, for those that are waited for together."""
    try:
        return await sending
    except AmiError as error:
        return error


def names(messages: list[Message]) -> list[str]:
    return [message.name for message in messages]


# Logging in


async def test_logs_in_with_the_md5_of_the_challenge_and_never_sends_the_secret(
    server: AmiServer, session: Session
) -> None:
    assert session.banner == "Asterisk Call Manager/11.0.0"
    assert session.ami_version == "11.0.0"
    sent = server.client.actions
    assert [action["Action"] for action in sent] == ["Challenge", "Login"]
    assert sent[1]["AuthType"] == "MD5"
    assert sent[1]["Events"] == "system,call"
    assert SECRET.encode() not in server.client.raw
    assert not session.is_closed


async def test_falls_back_to_the_plain_secret_when_there_is_no_challenge_and_says_so(
    server: AmiServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(client: Client, action: Fields) -> None:
        await client.respond(action, "Error", Message="Must specify AuthType")

    server.answers["Challenge"] = refuse
    session = await Session.open(server.url(), timeouts=PATIENT)
    assert server.client.actions[1]["Secret"] == SECRET
    assert server.client.actions[1]["Events"] == "off"
    assert "the secret is sent as it is" in caplog.text
    assert SECRET not in caplog.text
    await session.close()


async def test_a_refused_log_in_says_why_and_leaves_no_connection(server: AmiServer) -> None:
    with pytest.raises(LoginRefused, match="refused the log-in of panel: Authentication failed") as failure:
        await Session.open(server.url(secret="wrong"), timeouts=PATIENT)
    assert "wrong" not in str(failure.value)
    async with asyncio.timeout(5):
        await server.client.gone.wait()


async def test_nobody_at_the_port_is_said_in_plain_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ConnectFailed, match=f"Nothing listens at 127.0.0.1 port {port}"):
            await Session.open(AmiUrl.parse(f"ami://u:s@127.0.0.1:{port}"))


async def test_an_unknown_host_is_said_in_plain_words() -> None:
    with pytest.raises(ConnectFailed, match=r"no host named no-such-host\.invalid|cannot be reached"):
        await Session.open(AmiUrl.parse("ami://u:s@no-such-host.invalid"))


async def test_a_port_that_never_greets_is_given_up_in_time_and_the_tls_port_is_suspected(server: AmiServer) -> None:
    server.banner = b""
    with pytest.raises(ConnectFailed, match=r"does not greet us\. Is it the TLS port"):
        await Session.open(server.url(), timeouts=Timeouts(connect=0.1))


async def test_another_protocol_at_the_port_is_not_taken_for_asterisk(server: AmiServer) -> None:
    server.banner = b"SSH-2.0-OpenSSH_9.2\r\n"
    with pytest.raises(ConnectFailed, match="is not an Asterisk manager port"):
        await Session.open(server.url())
    assert server.client.raw == b""


async def test_a_server_that_closes_at_once_is_told_apart_from_one_that_is_silent(server: AmiServer) -> None:
    class Slammed(AmiServer):
        async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

    async with Slammed() as slammed:
        with pytest.raises(ConnectFailed, match="closed the connection at once"):
            await Session.open(slammed.url())


async def test_a_log_in_that_is_never_answered_is_a_failed_connection_not_a_refusal(server: AmiServer) -> None:
    server.answers["Login"] = silence
    with pytest.raises(ConnectFailed, match="did not finish the log-in"):
        await Session.open(server.url(), timeouts=Timeouts(login=0.1))


async def test_a_connection_cut_during_log_in_is_a_failed_connection(server: AmiServer) -> None:
    async def cut(client: Client, action: Fields) -> None:
        client.cut()

    server.answers["Challenge"] = cut
    with pytest.raises(ConnectFailed, match="did not finish the log-in"):
        await Session.open(server.url())


async def test_opening_can_be_cancelled_and_leaves_no_connection(server: AmiServer) -> None:
    server.answers["Login"] = silence
    opening = asyncio.create_task(Session.open(server.url()))
    await until(lambda: server.clients and len(server.client.actions) == 2)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    async with asyncio.timeout(5):
        await server.client.gone.wait()


async def test_a_misspelt_event_mask_is_refused_before_asterisk_would_silently_send_nothing(server: AmiServer) -> None:
    with pytest.raises(InvalidValue):
        await Session.open(server.url(), events="system, call")


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
async def test_a_log_in_in_small_pieces_is_a_log_in(server: AmiServer, heard: list[Message], piece: int) -> None:
    server.piece = piece
    session = await Session.open(server.url(), events="system", on_message=heard.append, timeouts=PATIENT)
    await until(lambda: names(heard) == ["FullyBooted"])
    await session.close()


# Fully booted


async def test_fully_booted_right_after_the_log_in_is_not_missed(session: Session) -> None:
    boot = await wait_fully_booted(session, timeout=5)
    assert (boot.uptime, boot.since_reload, boot.started) == (93.0, 17.0, "")


async def test_fully_booted_that_comes_later_is_waited_for(server: AmiServer) -> None:
    session = await Session.open(server.url(), events="call", timeouts=PATIENT)
    waiting = asyncio.create_task(wait_fully_booted(session, timeout=5))
    await server.client.event("FullyBooted", Uptime="1", LastReload="1")
    assert (await waiting).uptime == 1.0
    await session.close()


async def test_without_fully_booted_core_status_tells_the_start(server: AmiServer) -> None:
    async def status(client: Client, action: Fields) -> None:
        await client.respond(
            action,
            CoreStartupDate="2026-01-01",
            CoreStartupTime="00:00:10",
            CoreReloadDate="2026-01-02",
            CoreReloadTime="10:00:00",
        )

    server.answers["CoreStatus"] = status
    session = await Session.open(server.url(), events="off", timeouts=PATIENT)
    boot = await wait_fully_booted(session, timeout=0.05)
    assert (boot.uptime, boot.started, boot.reloaded) == (None, "2026-01-01 00:00:10", "2026-01-02 10:00:00")
    await session.close()


async def test_with_neither_fully_booted_nor_core_status_it_goes_on_and_warns(
    server: AmiServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def denied(client: Client, action: Fields) -> None:
        await client.respond(action, "Error", Message="Permission denied")

    server.answers["CoreStatus"] = denied
    session = await Session.open(server.url(), timeouts=PATIENT)
    boot = await wait_fully_booted(session, timeout=0.05)
    assert (boot.uptime, boot.started) == (None, "")
    assert "Permission denied" in caplog.text
    await session.close()


async def test_waiting_for_fully_booted_ends_with_the_session(server: AmiServer) -> None:
    session = await Session.open(server.url(), timeouts=PATIENT)
    waiting = asyncio.create_task(wait_fully_booted(session, timeout=60))
    await asyncio.sleep(0)
    server.client.cut()
    with pytest.raises(Closed):
        await waiting


# Actions


async def test_each_action_gets_its_own_answer_whatever_the_order(server: AmiServer, session: Session) -> None:
    held: list[Fields] = []

    async def hold(client: Client, action: Fields) -> None:
        held.append(action)
        if len(held) == 20:
            for each in reversed(held):
                await client.respond(each, Variable=each["Variable"])

    server.answers["Getvar"] = hold
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*(session.send(actions.getvar(f"V{number}")) for number in range(20)))
    assert [answer.get("Variable") for answer in answers] == [f"V{number}" for number in range(20)]
    ids = {action["ActionID"] for action in held}
    assert len(ids) == 20
    assert all(len(action_id) <= 22 for action_id in ids)


async def test_an_error_is_an_answer_with_asterisks_reason(server: AmiServer, session: Session) -> None:
    answer = await session.send(actions.hangup("PJSIP/201-00000001"))
    assert not answer.ok
    assert answer.reason == "Invalid/unknown command: Hangup."


async def test_no_answer_means_that_the_outcome_is_unknown_and_nothing_is_sent_again(
    server: AmiServer, session: Session
) -> None:
    server.answers["Hangup"] = silence
    with pytest.raises(NoReply, match=r"did not answer Hangup within 0\.05 s\. It is not known"):
        await session.send(actions.hangup("PJSIP/201-00000001"), timeout=0.05)
    assert (await session.send(actions.ping())).ok
    assert [action["Action"] for action in server.client.actions].count("Hangup") == 1


async def test_an_answer_that_comes_too_late_is_an_orphan_and_disturbs_nobody(
    server: AmiServer, session: Session, heard: list[Message]
) -> None:
    server.answers["Hangup"] = silence
    with pytest.raises(NoReply):
        await session.send(actions.hangup("PJSIP/201-00000001"), timeout=0.05)
    await server.client.respond(server.client.actions[-1])
    assert (await session.send(actions.ping())).get("Ping") == "Pong"
    assert session.orphans == 1
    assert names(heard) == ["FullyBooted"]


async def test_a_second_answer_is_an_orphan(server: AmiServer, session: Session) -> None:
    async def twice(client: Client, action: Fields) -> None:
        await client.respond(action, Number="1")
        await client.respond(action, "Error", Number="2")

    server.answers["CoreStatus"] = twice
    assert (await session.send(actions.core_status())).get("Number") == "1"
    assert (await session.send(actions.ping())).ok
    assert session.orphans == 1


async def test_an_answer_with_a_foreign_action_id_answers_nothing(server: AmiServer, session: Session) -> None:
    async def mislabelled(client: Client, action: Fields) -> None:
        await client.respond(action | {"ActionID": "1-forged"}, Message="forged")
        await client.send(message(("Response", "Success"), Message="no id at all"))
        await client.respond(action, Message="real")

    server.answers["CoreStatus"] = mislabelled
    assert (await session.send(actions.core_status())).reason == "real"
    assert session.orphans == 2


async def test_originate_response_is_news_even_when_it_overtakes_the_answer(
    server: AmiServer, session: Session, heard: list[Message]
) -> None:
    async def originate(client: Client, action: Fields) -> None:
        await client.event("OriginateResponse", ActionID=action["ActionID"], Response="Failure", Reason="5")
        await client.respond(action, Message="Originate successfully queued")

    server.answers["Originate"] = originate
    answer = await session.send(actions.originate("PJSIP/201", "cordboard-call", "300", channel_id="cb-1"))
    assert answer.reason == "Originate successfully queued"
    assert names(heard) == ["FullyBooted", "OriginateResponse"]


async def test_an_action_whose_connection_breaks_has_an_unknown_outcome(server: AmiServer, session: Session) -> None:
    async def cut(client: Client, action: Fields) -> None:
        client.cut()

    server.answers["Hangup"] = cut
    with pytest.raises(NoReply, match="It is not known"):
        await session.send(actions.hangup("PJSIP/201-00000001"))
    assert session.is_closed


async def test_an_action_on_a_session_that_is_over_was_not_sent(server: AmiServer, session: Session) -> None:
    server.client.cut()
    assert await session.wait_closed(timeout=5)
    with pytest.raises(Closed, match="Ping was not sent"):
        await session.send(actions.ping())
    with pytest.raises(Closed):
        await session.list(actions.queue_status())


async def test_a_value_that_must_not_be_sent_reaches_nobody(server: AmiServer, session: Session) -> None:
    before = server.client.raw
    evil = actions.Action("Ping", (("X", "a\r\n\r\nAction: Originate"),))
    with pytest.raises(InvalidValue):
        await session.send(evil)
    assert (await session.send(actions.ping())).ok
    assert server.client.raw.removeprefix(before).count(b"Action: ") == 1


async def test_an_asterisk_that_stops_reading_gets_no_more_actions_put_on_the_pile(server: AmiServer) -> None:
    enough = asyncio.Event()

    async def stop_reading(client: Client, action: Fields) -> None:
        await enough.wait()

    server.answers["Ping"] = stop_reading
    session = await Session.open(server.url(), timeouts=PATIENT)
    big = actions.Action("Setvar", tuple(("Value", "x" * 800) for _ in range(50)))
    async with asyncio.TaskGroup() as tasks:
        sent = [tasks.create_task(outcome(session.send(actions.ping(), timeout=60)))]
        while not any(task.done() for task in sent):
            assert len(sent) < 5000
            sent.append(tasks.create_task(outcome(session.send(big, timeout=60))))
            await asyncio.sleep(0)
        refused = [task.result() for task in sent if task.done()]
        assert isinstance(refused[0], NotSent)
        assert "does not take in" in str(refused[0])
        enough.set()
        server.client.cut()
    outcomes = [task.result() for task in sent]
    assert {type(outcome) for outcome in outcomes} == {NotSent, NoReply}
    assert session.is_closed


# Lists

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


# Handlers


async def test_a_handler_that_fails_is_counted_logged_once_and_never_fatal(
    server: AmiServer, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    def handler(event: Message) -> None:
        seen.append(event.name)
        if event.name == "Hangup":
            raise ValueError("a bug in a handler")

    session = await Session.open(server.url(), events="call", on_message=handler, timeouts=PATIENT)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            await server.client.event("Hangup", Uniqueid="1.1")
        await server.client.event("Newchannel", Uniqueid="1.2")
        await until(lambda: len(seen) == 4)
    assert session.handler_errors == {"Hangup": 3}
    assert len(caplog.records) == 1
    assert not session.is_closed
    await session.close()


async def test_events_in_one_segment_are_handled_in_order_before_anything_else_runs(
    server: AmiServer, session: Session, heard: list[Message]
) -> None:
    data = b"".join(message(("Event", "Newexten"), Number=str(number)) for number in range(200))
    await server.client.send(data)
    await until(lambda: len(heard) == 201)
    assert [event["Number"] for event in heard[1:]] == [str(number) for number in range(200)]


# Staying and ending


async def test_a_session_stays_open_while_pings_are_answered_and_learns_the_clock(server: AmiServer) -> None:
    session = await Session.open(server.url(), timeouts=QUICK)
    await until(lambda: sum(action["Action"] == "Ping" for action in server.client.actions) >= 3)
    assert not session.is_closed
    assert session.clock_ahead is not None
    await session.close()


async def test_a_black_hole_ends_the_session_with_a_reason(server: AmiServer) -> None:
    server.answers["Ping"] = silence
    session = await Session.open(server.url(), timeouts=QUICK)
    assert await session.wait_closed(timeout=5)
    assert "has been silent for" in session.closed_reason


async def test_an_asterisk_busy_with_a_slow_list_is_not_taken_for_dead(server: AmiServer) -> None:
    async def slow(client: Client, action: Fields) -> None:
        # One thread serves a session: until the list is out, no Ping is answered.
        await asyncio.sleep(4 * (QUICK.ping_interval + QUICK.ping))
        await client.list(action, CHANNELS)

    server.answers["QueueStatus"] = slow
    session = await Session.open(server.url(), timeouts=QUICK)
    assert len((await session.list(actions.queue_status())).items) == 5
    assert not session.is_closed
    await session.close()


async def test_a_slow_list_that_never_ends_is_taken_for_dead_after_all(server: AmiServer) -> None:
    server.answers["QueueStatus"] = server.answers["Ping"] = silence
    session = await Session.open(server.url(), timeouts=QUICK)
    with pytest.raises(Closed, match="silent"):
        await session.list(actions.queue_status(), timeout=60)


async def test_a_session_that_brings_events_is_alive_although_pings_get_no_answer(
    server: AmiServer, heard: list[Message]
) -> None:
    async def chatter(client: Client, action: Fields) -> None:
        await client.event("Newexten")

    server.answers["Ping"] = chatter
    session = await Session.open(server.url(), events="call", on_message=heard.append, timeouts=QUICK)
    await until(lambda: len(heard) >= 3)
    assert not session.is_closed
    await session.close()


async def test_closing_says_goodbye_and_may_be_done_twice(server: AmiServer) -> None:
    session = await Session.open(server.url(), timeouts=PATIENT)
    await session.close()
    await session.close()
    assert server.client.actions[-1]["Action"] == "Logoff"
    assert session.closed_reason == "The panel closed the session."
    assert session.closed.result() == session.closed_reason


async def test_closing_does_not_wait_for_an_asterisk_that_says_nothing(server: AmiServer) -> None:
    server.answers["Logoff"] = silence
    session = await Session.open(server.url(), timeouts=PATIENT)
    async with asyncio.timeout(5):
        await session.close()
    assert session.is_closed


async def test_waiting_for_the_end_can_time_out_and_be_cancelled_without_ending_anything(
    server: AmiServer, session: Session
) -> None:
    assert not await session.wait_closed(timeout=0.01)
    waiting = asyncio.create_task(session.wait_closed())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    server.client.cut_politely()
    assert await session.wait_closed(timeout=5)
    assert session.closed_reason == "Asterisk closed the connection."


async def test_two_sessions_of_one_user_do_not_hear_each_other(server: AmiServer, heard: list[Message]) -> None:
    first = await Session.open(server.url(), events="call", on_message=heard.append, timeouts=PATIENT)
    second = await Session.open(server.url(), timeouts=PATIENT)
    assert (await second.send(actions.ping())).ok
    assert heard == []
    await second.close()
    assert not first.is_closed
    await first.close()


async def test_the_socket_is_set_up_for_bursts_and_for_broken_lines(session: Session) -> None:
    assert session._transport is not None
    sock = session._transport.get_extra_info("socket")
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 65_000
    with socket.socket() as plain:
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) > plain.getsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF
        )


def test_the_key_is_the_one_that_asterisk_computes() -> None:
    """A pair made with md5sum, so that client and test server cannot be wrong together."""
    action = actions.login_md5("panel", "secret", "171234567", "off")
    assert dict(action.headers)["Key"] == "cc3749dac6b313627ae8ed3444afcb19"
