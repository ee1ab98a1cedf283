"""Handlers that fail, pings, silence, and the end of a session."""

from __future__ import annotations

import asyncio
import logging
import socket

import pytest

from ami_worker.ami import actions
from ami_worker.ami.connection import Closed, Session
from ami_worker.ami.protocol import Message
from tests.ami.helpers import FORGIVING, HASTY, LIVELY, PATIENT, until
from tests.ami.server import AmiServer, Client, Fields, message, silence


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


async def test_a_session_stays_open_while_pings_are_answered_and_learns_the_clock(server: AmiServer) -> None:
    session = await Session.open(server.url(), timeouts=LIVELY)
    await until(lambda: sum(action["Action"] == "Ping" for action in server.client.actions) >= 3)
    assert not session.is_closed
    assert session.clock_ahead is not None
    await session.close()


async def test_a_black_hole_ends_the_session_with_a_reason(server: AmiServer) -> None:
    server.answers["Ping"] = silence
    session = await Session.open(server.url(), timeouts=HASTY)
    assert await session.wait_closed(timeout=5)
    assert "has been silent for" in session.closed_reason


async def test_an_asterisk_busy_with_a_slow_list_is_not_taken_for_dead(server: AmiServer) -> None:
    async def slow(client: Client, action: Fields) -> None:
        # One thread serves a session: until the list is out, no Ping is answered.
        await asyncio.sleep(4 * (FORGIVING.ping_interval + FORGIVING.ping))
        await client.list(action, [{"Event": "QueueParams", "Queue": "sales"}])

    server.answers["QueueStatus"] = slow
    session = await Session.open(server.url(), timeouts=FORGIVING)
    assert len((await session.list(actions.queue_status())).items) == 1
    assert not session.is_closed
    await session.close()


async def test_a_silence_in_which_the_session_is_not_given_up_is_told_and_its_end_too(server: AmiServer) -> None:
    told: list[bool] = []
    is_to_go_on = asyncio.Event()

    async def slow(client: Client, action: Fields) -> None:
        await is_to_go_on.wait()
        await client.list(action, [{"Event": "QueueParams", "Queue": "sales"}])

    server.answers["QueueStatus"] = slow
    session = await Session.open(server.url(), timeouts=FORGIVING, on_silence=told.append)
    listing = asyncio.create_task(session.list(actions.queue_status()))
    await until(lambda: told == [True])
    is_to_go_on.set()
    assert len((await listing).items) == 1
    assert told == [True, False]
    await session.close()


async def test_a_slow_list_that_never_ends_is_taken_for_dead_after_all(server: AmiServer) -> None:
    server.answers["QueueStatus"] = server.answers["Ping"] = silence
    session = await Session.open(server.url(), timeouts=HASTY)
    with pytest.raises(Closed, match="silent"):
        await session.list(actions.queue_status(), timeout=60)


async def test_a_session_that_brings_events_is_alive_although_pings_get_no_answer(
    server: AmiServer, heard: list[Message]
) -> None:
    async def chatter(client: Client, action: Fields) -> None:
        await client.event("Newexten")

    server.answers["Ping"] = chatter
    session = await Session.open(server.url(), events="call", on_message=heard.append, timeouts=FORGIVING)
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
