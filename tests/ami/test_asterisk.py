"""The client against a real Asterisk, 22 and 16, in clear and over TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.ami.booting import ZONE_SECONDS, up_at_least
from ami_worker.ami.connection import (
    AmiUrl,
    ConnectFailed,
    ListRefused,
    LoginRefused,
    Session,
    Timeouts,
    wait_fully_booted,
)
from ami_worker.ami.protocol import Message
from tests.rig.asterisk import Asterisk


pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(180)]

EVENTS = "system,call,agent"
LISTS = [
    actions.core_show_channels(),
    actions.queue_status(),
    actions.queue_summary(),
    actions.parked_calls(),
    actions.parkinglots(),
    actions.confbridge_list_rooms(),
    actions.confbridge_list("8001"),
    actions.device_state_list(),
    actions.extension_state_list(),
    actions.presence_state_list(),
    actions.voicemail_users_list(),
    actions.pjsip_show_registrations_outbound(),
    actions.agents(),
    actions.db_get("nothing", "here"),
]


def url_of(asterisk: Asterisk, transport: str) -> AmiUrl:
    return AmiUrl.parse(f"{asterisk.ami_tls_url}?ca={asterisk.ca_file}" if transport == "tls" else asterisk.ami_url)


@pytest.fixture(params=["clear", "tls"])
def url(asterisk: Asterisk, request: pytest.FixtureRequest) -> AmiUrl:
    return url_of(asterisk, request.param)


@pytest.fixture
async def session(url: AmiUrl) -> AsyncIterator[Session]:
    session = await Session.open(url, events=EVENTS)
    yield session
    await session.close()
    assert session.handler_errors == {}
    assert session.orphans == 0


async def test_the_log_in_tells_the_version_and_that_it_is_booted(asterisk: Asterisk, session: Session) -> None:
    assert int(session.ami_version.split(".")[0]) + 11 == asterisk.major
    boot = await wait_fully_booted(session, patience=5)
    assert boot.uptime is not None
    assert boot.since_reload is not None


async def test_without_events_core_status_tells_when_it_was_started(url: AmiUrl) -> None:
    session = await Session.open(url)
    boot = await wait_fully_booted(session, patience=0.1)
    assert boot.uptime is None
    assert boot.started[:2] == boot.reloaded[:2] == "20"
    await session.close()


async def test_core_status_and_ping_tell_how_long_it_has_been_up_at_least(session: Session) -> None:
    uptime = (await wait_fully_booted(session)).uptime
    status, pong = await session.send(actions.core_status()), await session.send(actions.ping())
    started = f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}"
    assert uptime is not None
    off = up_at_least(started, pong.get("Timestamp")) - uptime % ZONE_SECONDS
    # The tests may have taken a while since the log-in, and over a quarter of an hour.
    assert -2 <= off < 60 or off + ZONE_SECONDS < 60


async def test_a_wrong_secret_is_refused(url: AmiUrl) -> None:
    wrong = AmiUrl(url.host, url.port, url.username, "wrong", url.tls, url.ca)
    with pytest.raises(LoginRefused, match="Authentication failed"):
        await Session.open(wrong)


async def test_a_certificate_that_we_were_not_told_to_trust_is_refused(asterisk: Asterisk) -> None:
    with pytest.raises(ConnectFailed, match="is not trusted"):
        await Session.open(AmiUrl.parse(asterisk.ami_tls_url))


async def test_every_list_comes_to_its_end(session: Session) -> None:
    for action in LISTS:
        result = await session.list(action, timeout=10)
        if announced := result.end.get("ListItems"):
            assert len(result.items) >= int(announced), action
    assert (await session.list(actions.device_state_list())).items
    assert (await session.list(actions.queue_status())).items
    assert not session.dropped.malformed_lines


async def test_a_list_of_a_module_that_is_not_loaded_is_refused_not_empty(session: Session) -> None:
    with pytest.raises(ListRefused, match="Invalid/unknown command: IAXregistry"):
        await session.list(actions.iax_registry())


async def test_a_context_is_there_or_not(session: Session) -> None:
    hints = await session.list(actions.extension_state_list())
    context = hints.items[0]["Context"]
    assert (await session.list(actions.show_dialplan(context))).items
    with pytest.raises(ListRefused, match="Did not find context nowhere"):
        await session.list(actions.show_dialplan("nowhere"))


async def test_list_commands_tells_what_this_log_in_may_do(session: Session) -> None:
    answer = await session.send(actions.list_commands())
    for name in ("Redirect", "Originate", "QueuePause", "CoreShowChannels", "QueueStatus"):
        assert name in answer.message
    assert "Command" not in answer.message
    assert session.dropped.extra_headers == 0


async def test_two_hundred_actions_are_answered_one_by_one_while_events_come(asterisk: Asterisk, url: AmiUrl) -> None:
    heard: list[Message] = []
    session = await Session.open(url, events=EVENTS, on_message=heard.append)
    async with asyncio.timeout(60):
        answers = await asyncio.gather(
            *(
                session.send(actions.set_device_state(f"Custom:{asterisk.major}-{url.tls}-{number}", "BUSY"), 60)
                for number in range(200)
            )
        )
        assert all(answer.ok for answer in answers)
        assert (await session.send(actions.ping())).get("Ping") == "Pong"
        while sum(message.event == "devicestatechange" for message in heard) < 200:
            assert (await session.send(actions.ping())).ok
    assert not session.is_closed
    await session.close()


async def test_an_action_as_long_as_we_allow_is_taken(session: Session) -> None:
    value = "x" * 400
    for _ in range(20):
        assert (await session.send(actions.setvar("CORDBOARD_TEST", value))).ok
    assert (await session.send(actions.getvar("CORDBOARD_TEST"))).get("Value") == value
    long = Action("Setvar", (("Variable", "CORDBOARD_LONG"), ("Value", "y" * 850)))
    assert (await session.send(long)).ok
    assert (await session.send(actions.getvar("CORDBOARD_LONG"))).get("Value") == "y" * 850


@pytest.mark.parametrize(
    "value", ["José 日本 🙂", "a: b", "%0d%0aAction: Originate", "it's <b>bold</b>; so?", "\u202eabc"]
)
async def test_what_we_send_is_what_asterisk_holds(session: Session, value: str) -> None:
    assert (await session.send(actions.setvar("CORDBOARD_TEST", value))).ok
    assert (await session.send(actions.getvar("CORDBOARD_TEST"))).get("Value") == value


async def test_errors_are_answers(session: Session) -> None:
    assert (await session.send(actions.hangup("PJSIP/nobody-00000001"))).reason == "No such channel"
    denied = await session.send(Action("Command", (("Command", "core show version"),)))
    assert (denied.ok, denied.reason) == (False, "Permission denied")
    refused = await session.send(actions.originate("PJSIP/201", "nowhere", "300", channel_id="cb-test-1"))
    assert (refused.ok, refused.reason) == (False, "Extension does not exist.")


async def test_command_output_of_a_real_asterisk_is_read(asterisk: Asterisk) -> None:
    session = await Session.open(AmiUrl.parse(asterisk.url_of("strong")))
    answer = await session.send(Action("Command", (("Command", "core show version"),)))
    assert answer.message.all("Output")[0].startswith("Asterisk ")
    await session.close()


@pytest.mark.parametrize("transport", ["clear", "tls"])
async def test_an_orderly_stop_ends_the_session_with_a_reason(own_asterisk: Asterisk, transport: str) -> None:
    heard: list[Message] = []
    session = await Session.open(url_of(own_asterisk, transport), events=EVENTS, on_message=heard.append)
    await asyncio.to_thread(own_asterisk.stop)
    assert await session.wait_closed(timeout=10)
    assert session.closed_reason
    assert "shutdown" in [message.event for message in heard]


async def test_a_frozen_asterisk_is_noticed(own_asterisk: Asterisk) -> None:
    session = await Session.open(AmiUrl.parse(own_asterisk.ami_url), timeouts=Timeouts(ping_interval=0.2, ping=0.5))
    own_asterisk.pause()
    try:
        assert await session.wait_closed(timeout=10)
    finally:
        own_asterisk.resume()
    assert "silent" in session.closed_reason


async def test_a_killed_asterisk_is_noticed_at_once(own_asterisk: Asterisk) -> None:
    session = await Session.open(AmiUrl.parse(own_asterisk.ami_url))
    await asyncio.to_thread(own_asterisk.kill)
    assert await session.wait_closed(timeout=5)
