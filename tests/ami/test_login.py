"""Reaching the PBX, logging in and waiting until it has started."""

from __future__ import annotations

import asyncio
import socket

import pytest

from ami_worker.ami.connection import (
    AmiUrl,
    ConnectFailed,
    InvalidValue,
    LoginRefused,
    Session,
    Timeouts,
    wait_fully_booted,
)
from ami_worker.ami.protocol import Message
from tests.ami.helpers import PATIENT, names, until
from tests.ami.server import SECRET, AmiServer, Client, Fields, silence


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


async def test_fully_booted_right_after_the_log_in_is_not_missed(session: Session) -> None:
    boot = await wait_fully_booted(session, patience=5)
    assert (boot.uptime, boot.since_reload, boot.started) == (93.0, 17.0, "")


async def test_fully_booted_that_comes_later_is_waited_for(server: AmiServer) -> None:
    session = await Session.open(server.url(), events="call", timeouts=PATIENT)
    waiting = asyncio.create_task(wait_fully_booted(session, patience=5))
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
    boot = await wait_fully_booted(session, patience=0.05)
    assert (boot.uptime, boot.started, boot.reloaded) == (None, "2026-01-01 00:00:10", "2026-01-02 10:00:00")
    await session.close()


async def test_with_neither_fully_booted_nor_core_status_it_goes_on_and_warns(
    server: AmiServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def denied(client: Client, action: Fields) -> None:
        await client.respond(action, "Error", Message="Permission denied")

    server.answers["CoreStatus"] = denied
    session = await Session.open(server.url(), timeouts=PATIENT)
    boot = await wait_fully_booted(session, patience=0.05)
    assert (boot.uptime, boot.started) == (None, "")
    assert "Permission denied" in caplog.text
    await session.close()
