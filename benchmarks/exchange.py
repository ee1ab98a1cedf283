"""What a real Asterisk needs for the calls of the hour: 20 set-ups a second, 500 calls at any time, SIP on both sides,
and a manager session that hears of them as a panel's does.

Called by benchmarks/load.py. A thousand telephones and the callers outside are one process (many_phones.py). First they
are silent, so that what Asterisk needs is for the calls alone; then each telephone sends its voice, and nobody answers.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import socket
import struct
import time
from collections.abc import Iterator
from typing import NamedTuple

from ami_worker.ami.connection import AmiUrl, Session
from ami_worker.demo.hour import HOUR
from benchmarks.office import cpu_seconds
from tests.rig.floor import Floor
from tests.rig.many_phones import ManyPhones
from tests.rig.parts import Unavailable
from tests.rig.sip import State


PHONES = range(1000, 2000)
CONCURRENT = 500
SECONDS, SOUND_SECONDS = 30.0, 10.0
SOUND_PORTS = "10000", "15999"
"""Below those that test runs share out among themselves: two for each leg of each call."""

PACKET_SECONDS = 0.02
SILENCE = b"\xff" * 160
"""A packet of G.711."""

_SOUND_PORT = re.compile(r"m=audio (\d+)")


class Cores(NamedTuple):
    """What Asterisk uses."""

    silent: float
    with_voices: float


class Exchange(Floor):
    """An Asterisk with a thousand telephones more, each behind 5556 and its number."""

    def __init__(self) -> None:
        super().__init__(22, desks=0)

    def _write(self) -> None:
        super()._write()
        numbers = [str(number) for number in PHONES]
        self._append("pjsip.conf", (self._phone_at(number) for number in numbers))
        hints = [f"exten => {number},hint,PJSIP/{number}" for number in numbers]
        dialled = "exten => _1XXX,1,Dial(PJSIP/${EXTEN},60)\n same => n,Hangup()"
        self._append("extensions.conf", ["[ext-local](+)", *hints, dialled])
        self._append("extensions.conf", ["[from-trunk](+)", "exten => _5556XXXX,1,Goto(from-internal,${EXTEN:4},1)"])

    def _marks(self) -> dict[str, str]:
        first, last = SOUND_PORTS
        return super()._marks() | {"RTP_START": first, "RTP_END": last}


async def _call(phones: ManyPhones, number: int, seconds: float) -> None:
    caller = await phones.call_in(f"5556{number}", number=f"+48601{number}", name=f"Caller {number}")
    await asyncio.sleep(seconds)
    assert caller.is_talking, f"{number} did not answer"
    await caller.hang_up()


async def _begin_calls(phones: ManyPhones, calls: asyncio.TaskGroup) -> None:
    """At the rate of the hour, until cancelled."""
    rate, began = HOUR["rate"], time.monotonic()
    for count, number in enumerate(itertools.cycle(PHONES)):
        await asyncio.sleep(max(0.0, began + count / rate - time.monotonic()))
        calls.create_task(_call(phones, number, CONCURRENT / rate))


def _sound_ports(phones: ManyPhones) -> Iterator[int]:
    """Where Asterisk takes the voices of the telephones that talk."""
    for number in PHONES:
        for call in phones.phone(str(number)).calls.values():
            if call.state is State.UP and call.invite is not None and (port := _SOUND_PORT.search(call.invite.body)):
                yield int(port[1])


async def _speak(phones: ManyPhones) -> None:
    """Fifty packets a second from each telephone that talks, until cancelled."""
    began, ports = time.monotonic(), list(_sound_ports(phones))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        for number in itertools.count():
            await asyncio.sleep(max(0.0, began + number * PACKET_SECONDS - time.monotonic()))
            if number % 25 == 0:
                ports = list(_sound_ports(phones))
            packet = struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * len(SILENCE), 1) + SILENCE
            for port in ports:
                mouth.sendto(packet, ("127.0.0.1", port))


async def _cores_over(exchange: Exchange, seconds: float) -> float:
    used, began = cpu_seconds(exchange.pid), time.monotonic()
    await asyncio.sleep(seconds)
    return (cpu_seconds(exchange.pid) - used) / (time.monotonic() - began)


async def _busy(exchange: Exchange) -> Cores:
    session = await Session.open(AmiUrl.parse(exchange.ami_url), events="system,call,agent")
    async with exchange.phones() as phones, asyncio.TaskGroup() as calls:
        for number in PHONES:
            phones.phone(str(number)).answers = True
        beginning = calls.create_task(_begin_calls(phones, calls))
        await asyncio.sleep(CONCURRENT / HOUR["rate"] + 5)
        silent = await _cores_over(exchange, SECONDS)
        talking = len(list(_sound_ports(phones)))
        assert talking >= 0.95 * CONCURRENT, f"only {talking} calls"
        speaking = calls.create_task(_speak(phones))
        with_voices = await _cores_over(exchange, SOUND_SECONDS)
        speaking.cancel()
        beginning.cancel()
    await session.close()
    return Cores(silent, with_voices)


def cores() -> Cores | None:
    """None, and why, where there is no such Asterisk to be had."""
    try:
        exchange = Exchange()
    except Unavailable as error:
        print(f"  no comparison with Asterisk's own: {error}")
        return None
    with exchange:
        return asyncio.run(_busy(exchange))
