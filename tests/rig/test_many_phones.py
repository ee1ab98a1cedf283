"""Telephones that share a socket do on a real Asterisk what those of SIPp do, and a floor has all that a desk needs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.rig.ami import Fields
from tests.rig.fixtures import missing
from tests.rig.floor import MOST_DESKS, Desk, Floor
from tests.rig.many_phones import Caller, ManyPhones, NoSuchCall, Phone
from tests.rig.parts import Unavailable
from tests.rig.sip import Message, State


DESKS = 3


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    try:
        floor = Floor(22, desks=DESKS)
    except Unavailable as error:
        missing(str(error))
    with floor:
        yield floor


@pytest.fixture
async def phones(floor: Floor) -> AsyncIterator[ManyPhones]:
    async with floor.phones() as phones:
        yield phones
        await asyncio.to_thread(floor.clear)


async def until(condition: Callable[[], object], what: str, seconds: float = 10) -> None:
    """Wait for what telephones tell by no event."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"waited {seconds:g} s for {what}"
        await asyncio.sleep(0.01)


async def call_in(phones: ManyPhones, desk: Desk) -> Caller:
    return await phones.call_in(desk.did, number=desk.caller, name="Jan Novák")


def states(phone: Phone) -> list[State]:
    return [call.state for call in phone.calls.values()]


async def listed(floor: Floor) -> set[str]:
    """The devices of all channels, by Asterisk."""
    return {name.rpartition("-")[0] for name in await asyncio.to_thread(floor.channels)}


@pytest.mark.asterisk
async def test_a_phone_rings_answers_and_hangs_up(floor: Floor, phones: ManyPhones) -> None:
    desk = floor.desks[0]
    phone = phones.phone(desk.operator)
    caller = await call_in(phones, desk)
    await until(lambda: states(phone) == [State.RINGING], "the phone to ring")
    assert not caller.is_talking
    await phone.answer()
    assert phone.is_talking
    await until(lambda: caller.is_talking, "the caller to be answered")
    assert await listed(floor) == {"PJSIP/itsp", f"PJSIP/{desk.operator}"}
    await phone.hang_up()
    await until(lambda: caller.is_gone, "the caller's line to end")
    assert await listed(floor) == set()


async def test_a_phone_that_is_put_down_in_the_instant_of_its_answer_waits_until_that_is_confirmed() -> None:
    """Before it Asterisk says that there is no such call, and keeps its channel."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asterisk:
        asterisk.bind(("127.0.0.1", 0))
        asterisk.settimeout(5)

        async def heard() -> Message:
            return Message.parse(await asyncio.to_thread(asterisk.recv, 65_536))

        async with ManyPhones.beside(asterisk.getsockname(), ("127.0.0.1", 0), "127.0.0.1") as phones:
            phone = phones.phone("211")
            asterisk.sendto(invitation("INVITE").encode(), phones._inside.address)
            await until(lambda: phone.is_ringing, "the phone to ring")
            answering = asyncio.create_task(phone.answer())
            await asyncio.sleep(0)
            leaving = asyncio.create_task(phone.hang_up())
            said = [(await heard()).start for _ in range(3)]
            assert said == ["SIP/2.0 180 Ringing", "SIP/2.0 200 OK", "SIP/2.0 200 OK"], "the answer again, and no BYE"
            asterisk.sendto(invitation("ACK").encode(), phones._inside.address)
            await answering
            bye = await heard()
            assert bye.method == "BYE"
            asterisk.sendto(Message("SIP/2.0 200 OK", bye.headers).encode(), phones._inside.address)
            await leaving


def invitation(method: str) -> Message:
    """Of Asterisk, to 211; or what follows it."""
    return Message(
        f"{method} sip:211@127.0.0.1 SIP/2.0",
        (
            ("Via", "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx"), ("From", "<sip:201@127.0.0.1>;tag=a"),
            ("To", "<sip:211@127.0.0.1>"), ("Contact", "<sip:asterisk@127.0.0.1>"), ("Call-ID", "one"),
            ("CSeq", f"7 {method}"),
        ),
    )  # fmt: skip


@pytest.mark.asterisk
async def test_a_caller_hangs_up_before_and_after_the_answer(floor: Floor, phones: ManyPhones) -> None:
    desk = floor.desks[0]
    phone = phones.phone(desk.operator)
    caller = await call_in(phones, desk)
    await until(lambda: states(phone) == [State.RINGING], "the phone to ring")
    await caller.hang_up()
    await until(lambda: states(phone) == [State.OVER], "it to stop")
    phone.answers = True
    caller = await call_in(phones, desk)
    await until(lambda: caller.is_talking and phone.is_talking, "the phone to answer by itself")
    await caller.hang_up()
    await until(lambda: not phone.is_talking, "the phone to hear of it")
    with pytest.raises(NoSuchCall):
        await phone.hang_up()


@pytest.mark.asterisk
@pytest.mark.parametrize(("at_once", "cause"), [(True, "17"), (False, "21")], ids=["busy", "declines"])
async def test_a_phone_refuses_and_asterisk_gives_the_cause(
    floor: Floor, phones: ManyPhones, at_once: bool, cause: str
) -> None:
    desk = floor.desks[1]
    phone = phones.phone(desk.operator)
    phone.is_busy = at_once

    def is_of_the_phone(message: Fields) -> bool:
        is_of_it = message.get("Channel", "").startswith(f"PJSIP/{desk.operator}-")
        return message.get("Event") == "Hangup" and is_of_it and message.get("Cause") == cause

    with floor.session(events="call") as session:
        caller = await call_in(phones, desk)
        if not at_once:
            await until(lambda: states(phone) == [State.RINGING], "the phone to ring")
            await phone.reject()
        await until(lambda: caller.is_gone, "the caller to be refused")
        # The caller is hung up for the same cause, and may be told of first.
        await asyncio.to_thread(session.wait_message, is_of_the_phone, "the end of the phone's channel", 10)


@pytest.mark.asterisk
async def test_a_phone_without_power_says_nothing_and_is_itself_again_later(floor: Floor, phones: ManyPhones) -> None:
    desk = floor.desks[2]
    phone = phones.phone(desk.operator)
    caller = await call_in(phones, desk)
    await until(lambda: states(phone) == [State.RINGING], "the phone to ring")
    phone.lose_power()
    await caller.hang_up()
    await until(lambda: caller.is_gone, "the caller to be gone")
    phone.is_there, phone.answers = True, True
    caller = await call_in(phones, desk)
    await until(lambda: caller.is_talking, "the phone to answer")
    assert states(phone) == [State.UP]


@pytest.mark.asterisk
async def test_calls_at_all_desks_do_not_disturb_each_other(floor: Floor, phones: ManyPhones) -> None:
    for desk in floor.desks:
        phones.phone(desk.operator).answers = True
    callers = [await call_in(phones, desk) for desk in floor.desks]
    await until(lambda: all(caller.is_talking for caller in callers), "all to be answered")
    await callers[1].hang_up()
    await until(lambda: not phones.phone(floor.desks[1].operator).is_talking, "that phone to be free")
    assert [phones.phone(desk.operator).is_talking for desk in floor.desks] == [True, False, True]


@pytest.mark.asterisk
def test_each_desk_has_hints_mailboxes_and_a_queue_with_its_target(floor: Floor) -> None:
    for desk in floor.desks:
        assert desk.queue in (queue := floor.cli(f"queue show {desk.queue}"))
        assert f"PJSIP/{desk.target}" in queue
        for extension in desk.extensions:
            assert f"PJSIP/{extension}" in floor.cli(f"core show hint {extension}")
            assert extension in floor.cli("voicemail show users")


def test_no_two_desks_share_a_number() -> None:
    desks = [Desk.number(index) for index in range(MOST_DESKS)]
    for numbers in zip(*desks, strict=True):
        assert len(set(numbers)) == MOST_DESKS
    extensions = [each for desk in desks for each in desk.extensions]
    assert len(set(extensions)) == len(extensions)
    assert all(len(each) == 3 and each.startswith("2") for each in extensions)
    with pytest.raises(ValueError, match="room for"):
        Floor(22, desks=MOST_DESKS + 1)


def test_a_message_is_read_as_it_was_written() -> None:
    headers = (("Via", "SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKx"), ("Call-ID", "one"), ("CSeq", "7 INVITE"))
    message = Message.parse(Message("INVITE sip:211@127.0.0.1:5060 SIP/2.0", headers, "v=0\r\n").encode())
    assert (message.method, message.user, message.call_id, message.sequence) == ("INVITE", "211", "one", 7)
    assert message.get("content-length") == "5"
    assert message.body == "v=0\r\n"
    response = Message.parse(Message("SIP/2.0 486 Busy Here", headers).encode())
    assert (response.is_response, response.status, response.method) == (True, 486, "INVITE")


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"hello", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not SIP"):
        Message.parse(data)
