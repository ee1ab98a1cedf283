"""The demo PBX on its socket: log-in, privileges, event masks, lists in one piece, limits, and how connections end."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator

import pytest

from ami_worker.demo import DemoPbx, NothingThere
from tests.demo.client import Client, connected, logged_in


USERS = [("reader", "r", "call", ""), ("boss", "b", "all", "all"), ("mute", "m", "", "call")]


@pytest.fixture
async def pbx() -> AsyncIterator[DemoPbx]:
    async with DemoPbx(seed=7, extensions=20, rate=0, users=USERS, write_timeout=0.3) as pbx:
        yield pbx


async def test_the_banner_is_one_line_and_the_log_in_is_followed_by_fully_booted(pbx: DemoPbx) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", pbx.port)
    client = Client(reader, writer)
    assert await client.banner() == "Asterisk Call Manager/11.0.0\r\n"
    client.send("Login", Username="demo", Secret="demo", Events="system,call,agent")
    assert await client.text() == "Response: Success\r\nMessage: Authentication accepted\r\n\r\n"
    booted = await client.message()
    assert (booted["Event"], booted["Status"], booted["Privilege"]) == ("FullyBooted", "Fully Booted", "system,all")
    writer.close()
    await writer.wait_closed()


async def test_a_challenge_is_answered_with_its_md5_sum(pbx: DemoPbx) -> None:
    async with connected(pbx) as client:
        challenge = (await client.ask("Challenge", AuthType="MD5"))["Challenge"]
        key = hashlib.md5((challenge + "demo").encode()).hexdigest()
        assert (await client.ask("Login", AuthType="MD5", Username="demo", Key=key))["Response"] == "Success"
    async with connected(pbx) as client:
        assert (await client.ask("Challenge"))["Message"] == "Must specify AuthType"


@pytest.mark.parametrize(
    "headers",
    [
        {"Username": "demo", "Secret": "wrong"},
        {"Username": "nobody", "Secret": "demo"},
        {"Username": "demo"},
        {"Username": "demo", "AuthType": "MD5", "Key": hashlib.md5(b"demo").hexdigest()},
    ],
)
async def test_a_wrong_log_in_is_refused_after_a_second_and_the_connection_ends(
    pbx: DemoPbx, headers: dict[str, str]
) -> None:
    async with connected(pbx) as client:
        began = asyncio.get_running_loop().time()
        answer = await client.ask("Login", **headers)
        assert (answer["Response"], answer["Message"]) == ("Error", "Authentication failed")
        assert asyncio.get_running_loop().time() - began >= 1
        assert await client.ended()


async def test_before_the_log_in_nothing_is_allowed_and_nothing_is_told(pbx: DemoPbx) -> None:
    async with connected(pbx) as client:
        await pbx.call_from_outside("5550100")
        assert (await client.ask("Ping"))["Message"] == "Permission denied"
        assert (await client.ask("Logoff"))["Response"] == "Goodbye"
        assert await client.ended()


async def test_an_unknown_action_and_none_at_all_are_refused(pbx: DemoPbx) -> None:
    async with logged_in(pbx, Events="off") as client:
        hint = "Use Action: ListCommands to show available commands."
        assert (await client.ask("Dance"))["Message"] == f"Invalid/unknown command: Dance. {hint}"
        client.raw(b"Channel: x\r\n\r\n")
        assert (await client.message())["Message"] == "Missing action in request"
        client.raw(b"Action:\r\naction: Ping\r\n\r\n")
        assert (await client.message())["Ping"] == "Pong"


async def test_actions_need_their_class_and_list_commands_shows_those_that_are_allowed(pbx: DemoPbx) -> None:
    async with logged_in(pbx, "reader", "r", Events="off") as client:
        assert (await client.ask("Hangup", Channel="x"))["Message"] == "Permission denied"
        assert (await client.ask("QueueStatus", Queue="none"))["Response"] == "Success"
        await client.until(EventList="Complete")
        allowed = await client.ask("ListCommands")
        assert "Ping" in allowed
        assert "Originate" not in allowed
    async with logged_in(pbx, Events="off") as client:
        allowed = await client.ask("ListCommands")
        assert {"Originate", "QueuePause", "CoreShowChannels", "ShowDialPlan"} <= allowed.keys()
        assert "PJSIPNotify" not in allowed
        assert allowed["Hangup"].endswith("(Priv: system,call,all)")


async def test_a_session_hears_the_classes_that_it_wants_and_may_hear(pbx: DemoPbx) -> None:
    async with (
        logged_in(pbx, "boss", "b", Events="agent") as agent,
        logged_in(pbx, "reader", "r", Events="on") as calls,
        logged_in(pbx, Events="off") as silent,
    ):
        await pbx.call_from_outside("5550101")
        assert (await agent.message())["Privilege"] == "agent,all"
        assert (await calls.message())["Event"] == "Newchannel"
        assert (await silent.ask("Events", EventMask="call"))["Events"] == "On"
        await pbx.until(lambda: pbx.phone("203").ringing)
        await silent.until(Event="DialState")
        pbx.phone("203").answer()
        await silent.until(Event="Newstate", Channel="PJSIP/203-00000002")
        assert (await silent.ask("Events", EventMask="off"))["Events"] == "Off"
        assert (await silent.ask("Events"))["Message"] == "Invalid event mask"


async def test_lists_come_in_one_piece_while_events_rain(pbx: DemoPbx) -> None:
    async with logged_in(pbx, Events="on") as client:
        for _ in range(30):
            await pbx.call_from_outside("5550108")
            client.send("CoreShowChannels", ActionID="list")
            client.send(
                "Originate", ActionID="o", Channel="PJSIP/201", Context="from-internal", Exten="202", Priority="1"
            )
        lists = 0
        while lists < 30:
            found = await client.message()
            if found.get("ActionID") == "list":
                items = 0
                while "ListItems" not in found:
                    found = await client.message()
                    assert found["ActionID"] == "list"
                    items += 1
                assert int(found["ListItems"]) == items - 1
                lists += 1


async def test_the_answer_comes_before_the_events_that_the_action_causes(pbx: DemoPbx) -> None:
    channel = await pbx.call_from_outside("5550108")
    async with logged_in(pbx, Events="on") as client, logged_in(pbx, Events="on") as other:
        await client.until(Event="FullyBooted")
        client.send("Hangup", ActionID="h", Channel=channel.name)
        assert (await client.message())["Response"] == "Success"
        assert (await client.message())["Event"] == "SoftHangupRequest"
        await other.until(Event="Hangup", Uniqueid=channel.uniqueid)


async def test_a_bare_line_feed_ends_a_line_and_bytes_may_come_one_by_one(pbx: DemoPbx) -> None:
    async with logged_in(pbx, Events="off") as client:
        for byte in b"Action: Ping\nActionID: one\n\n":
            client.raw(bytes([byte]))
            await client.writer.drain()
        assert (await client.message())["ActionID"] == "one"
        client.raw(b"action: ping\r\nACTIONID: two\r\nActionID: three\r\n\r\n")
        assert (await client.message())["ActionID"] == "two"


async def test_lines_and_actions_that_are_too_long_are_refused_and_the_session_goes_on(pbx: DemoPbx) -> None:
    async with logged_in(pbx, Events="off") as client:
        client.raw(b"Action: Ping\r\nX: " + b"x" * 5000 + b"\r\n\r\n")
        assert (await client.message())["Message"] == "Failed to parse message: line too long"
        client.raw(b"Action: Ping\r\n" + b"X: 1\r\n" * 200 + b"\r\n")
        assert (await client.message())["Message"] == "Too many lines in message or allocation failure"
        assert (await client.ask("Ping"))["Ping"] == "Pong"


async def test_a_client_that_does_not_read_is_cut_off(pbx: DemoPbx) -> None:
    pbx.server.write_buffer = 4096
    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with lazy:
        lazy.connect(("127.0.0.1", pbx.port))
        lazy.sendall(b"Action: Login\r\nUsername: demo\r\nSecret: demo\r\nEvents: off\r\n\r\n")
        lazy.sendall(b"Action: VoicemailUsersList\r\n\r\n" * 2000)
        await pbx.until(lambda: bool(pbx.server.sessions))
        await pbx.until(lambda: not pbx.server.sessions)
    async with logged_in(pbx, Events="off") as client:
        assert (await client.ask("Ping"))["Ping"] == "Pong"


async def test_a_stop_is_told_and_a_restart_begins_afresh_on_the_same_port(pbx: DemoPbx) -> None:
    await pbx.call_from_outside("5550108")
    port = pbx.port
    async with logged_in(pbx, Events="on") as client:
        await pbx.restart()
        assert (await client.until(Event="Shutdown"))["Shutdown"] == "Cleanly"
        assert await client.ended()
    assert pbx.port == port
    assert pbx.truth()["channels"] == {}
    async with logged_in(pbx, Events="on") as client:
        assert (await client.until(Event="FullyBooted"))["Uptime"] == "0"


async def test_a_crash_tells_nothing(pbx: DemoPbx) -> None:
    async with logged_in(pbx, Events="on") as client:
        await client.until(Event="FullyBooted")
        await pbx.restart(crash=True)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await client.text()


async def test_cut_sessions_leave_the_office_alone(pbx: DemoPbx) -> None:
    channel = await pbx.call_from_outside("5550108")
    async with logged_in(pbx, Events="off") as client:
        pbx.cut_sessions()
        assert await client.ended()
    assert channel.uniqueid in pbx.truth()["channels"]


async def test_a_black_hole_takes_everything_and_says_nothing(pbx: DemoPbx) -> None:
    async with logged_in(pbx, Events="on") as client:
        await client.until(Event="FullyBooted")
        pbx.black_hole()
        client.send("Ping")
        await pbx.call_from_outside("5550108")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.reader.read(1), 0.2)
        pbx.black_hole(False)
        assert (await client.ask("Ping"))["Ping"] == "Pong"


async def test_actions_that_were_done_are_remembered_once_each(pbx: DemoPbx) -> None:
    async with logged_in(pbx, Events="off") as client:
        await client.ask("Hangup", Channel="PJSIP/1")
        await client.ask("Ping")
    done = [(name, dict(headers)) for name, headers in pbx.actions_received]
    assert [name for name, _headers in done] == ["Hangup", "Ping"]
    assert done[0][1]["Channel"] == "PJSIP/1"


async def test_the_phone_of_an_operator_answers_a_click_to_dial_by_itself() -> None:
    async with (
        DemoPbx(extensions=20, rate=0, operators=["205"], operator_seconds=0.05) as pbx,
        logged_in(pbx, Events="on") as client,
    ):
        place = {"Context": "from-internal", "Exten": "202", "Priority": "1", "Async": "true"}
        await client.ask("Originate", Channel="PJSIP/205", **place)
        await client.until(Event="DialState", DestCallerIDNum="202")
        with pytest.raises(NothingThere):
            pbx.phone("205").answer()
        pbx.phone("202").answer()
        await client.until(Event="BridgeEnter", BridgeNumChannels="2")
        assert len(pbx.truth()["calls"]) == 1


async def test_time_in_the_office_is_the_time_of_the_wall() -> None:
    async with DemoPbx(extensions=20, rate=5, speed=50) as pbx, logged_in(pbx, Events="agent,call") as client:
        joined = await client.until(Event="BridgeCreate")
        assert joined["BridgeNumChannels"] == "0"
        now = float((await client.ask("Ping"))["Timestamp"])
        assert abs(now - pbx.pbx.clock.now) < 5
        await client.until(Event="Hangup")


async def test_an_outside_party_can_answer_and_hang_up(pbx: DemoPbx) -> None:
    async with logged_in(pbx, Events="on") as client:
        pbx.phone("201").dial("05550999")
        await client.until(Event="DialState", DialStatus="RINGING")
        pbx.outside_answers("5550999")
        await client.until(Event="BridgeEnter", BridgeNumChannels="2")
        (trunk,) = (c for c in pbx.pbx.switch.channels.values() if c.device == "PJSIP/itsp")
        pbx.outside_hangs_up(trunk)
        await client.until(Event="Hangup", Uniqueid=trunk.uniqueid)
        with pytest.raises(KeyError):
            pbx.outside_answers("5550999")


async def test_a_port_that_is_in_use_is_an_error(pbx: DemoPbx) -> None:
    with pytest.raises(OSError, match="address"):
        await DemoPbx(port=pbx.port, rate=0).start()
