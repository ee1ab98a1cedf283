"""One office, three PBXs: the demo PBX, Asterisk 22 and Asterisk 16 with SIP phones. The same story is played on each.

Extensions 201 to 210 and the numbers of `tests/rig/etc/extensions.conf`: 5550100 rings 201, 5550101 is queue `front`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol, TypeVar

from ami_worker.demo import Channel, DemoPbx, NothingThere
from tests.rig.phones import NOISE, Phone, Rig, SipProcess


T = TypeVar("T")

OPERATOR = "201"
DECLINED = 21
"""The cause of 603, with which the phones of the rig reject."""
CALLER = "Jan Novák"


class Office(Protocol):
    """What people do. Waits until it is done, where something has to come about first."""

    ami_url: str
    is_real: bool

    async def phone(self, number: str, *, answers: bool = False, refuses: bool = False) -> None:
        """Put a phone on the desk: it rings until told, or answers or refuses (busy) at once."""

    async def answer(self, number: str) -> None: ...
    async def reject(self, number: str) -> None: ...
    async def hang_up(self, number: str) -> None: ...
    async def vanish(self, number: str) -> None:
        """The phone loses its power: it says nothing more, to anybody."""

    async def do_not_disturb(self, number: str) -> None: ...
    async def hold(self, number: str) -> None: ...
    async def dial(self, number: str, to: str) -> None:
        """Somebody of ours dials."""

    async def call_in(self, did: str = "5550100", *, name: str = CALLER) -> None:
        """Somebody outside calls."""

    async def caller_hangs_up(self) -> None: ...
    async def outside_phone(self) -> None:
        """Somebody outside who can be called and answers."""


class DemoOffice:
    """On the demo PBX."""

    is_real = False

    def __init__(self, pbx: DemoPbx) -> None:
        self.pbx = pbx
        self.ami_url = pbx.ami_url
        self._callers: list[Channel] = []
        self._watch: asyncio.Task[None] | None = None

    async def phone(self, number: str, *, answers: bool = False, refuses: bool = False) -> None:
        phone = self.pbx.phone(number)
        if not phone.registered:
            phone.unplug(off=False)
        phone.dnd = refuses
        phone.answers_after = 0.0 if answers else None

    async def answer(self, number: str) -> None:
        await self._when(lambda: self.pbx.phone(number).answer())

    async def reject(self, number: str) -> None:
        await self._when(lambda: self.pbx.phone(number).reject(DECLINED))

    async def hang_up(self, number: str) -> None:
        await self._when(lambda: self.pbx.phone(number).hangup())

    async def vanish(self, number: str) -> None:
        self.pbx.phone(number).unplug()

    async def do_not_disturb(self, number: str) -> None:
        self.pbx.phone(number).set_dnd(True)

    async def hold(self, number: str) -> None:
        await self._when(lambda: self.pbx.phone(number).hold())

    async def dial(self, number: str, to: str) -> None:
        self.pbx.phone(number).dial(to)

    async def call_in(self, did: str = "5550100", *, name: str = CALLER) -> None:
        self._callers.append(await self.pbx.call_from_outside(did, name=name))

    async def caller_hangs_up(self) -> None:
        self.pbx.outside_hangs_up(self._callers[-1])

    async def outside_phone(self) -> None:
        self._watch = asyncio.create_task(self._answer_outside())

    async def _answer_outside(self) -> None:
        while True:
            for outside in self.pbx.pbx.outside.values():
                for number in list(outside.ringing):
                    self.pbx.outside_answers(number)
            await asyncio.sleep(0.02)

    async def _when(self, act: Callable[[], None]) -> None:
        """Do it as soon as the phone has such a call."""
        async with asyncio.timeout(3):
            while True:
                with contextlib.suppress(NothingThere):
                    act()
                    return
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)


class RealOffice:
    """On a real Asterisk, with SIPp for phones."""

    is_real = True

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.ami_url = rig.asterisk.ami_url
        self._phones: dict[str, Phone] = {}
        self._manners: dict[str, tuple[bool, bool]] = {}
        self._dialled: dict[str, SipProcess] = {}
        self._callers: list[SipProcess] = []

    async def phone(self, number: str, *, answers: bool = False, refuses: bool = False) -> None:
        if number in self._phones:
            if self._manners[number] == (answers, refuses):
                return
            await asyncio.to_thread(self._phones[number].end)
        self._manners[number] = (answers, refuses)
        self._phones[number] = await asyncio.to_thread(
            self.rig.phone, number, answer_after=0 if answers else None, refuse=refuses, refuse_with=486
        )

    async def answer(self, number: str) -> None:
        await asyncio.to_thread(self._phones[number].answer)

    async def reject(self, number: str) -> None:
        await asyncio.to_thread(self._phones[number].reject)

    async def hang_up(self, number: str) -> None:
        await asyncio.to_thread((self._dialled.get(number) or self._phones[number]).hangup)

    async def vanish(self, number: str) -> None:
        await asyncio.to_thread(self._phones.pop(number).end)

    async def do_not_disturb(self, number: str) -> None:
        await asyncio.to_thread(self.rig.asterisk.cli, f"devstate change Custom:DND{number} BUSY")

    async def hold(self, number: str) -> None:
        await asyncio.to_thread(self._phones[number].hold)

    async def dial(self, number: str, to: str) -> None:
        self._dialled[number] = await asyncio.to_thread(self.rig.call_from, number, to)

    async def call_in(self, did: str = "5550100", *, name: str = CALLER) -> None:
        self._callers.append(await asyncio.to_thread(self.rig.call_from_outside, did, name=name))

    async def caller_hangs_up(self) -> None:
        await asyncio.to_thread(self._callers[-1].hangup)

    async def makes_noise(self, number: str, seconds: float) -> None:
        """The phone sends a loud sound. There is none of it on the demo PBX."""
        await asyncio.to_thread(self._phones[number].speak, seconds, NOISE)

    async def caller_is_quiet(self, seconds: float) -> None:
        """The caller's phone sends sound, and nothing is said."""
        await asyncio.to_thread(self._callers[-1].speak, seconds)

    async def is_quiet(self, number: str, seconds: float) -> None:
        """The same of a phone of ours."""
        await asyncio.to_thread(self._phones[number].speak, seconds)

    def sound_addresses(self, *numbers: str) -> dict[str, tuple[str, int]]:
        """Where the caller, under the name `caller`, and these phones get what they are to hear."""
        phones = {number: self._phones[number].sound_address for number in numbers}
        return {"caller": self._callers[-1].sound_address, **phones}

    async def outside_phone(self) -> None:
        await asyncio.to_thread(self.rig.outside_phone, answer_after=0)

    async def close(self) -> None:
        """The fixture of the rig takes the phones away."""
