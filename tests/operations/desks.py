"""Many desks on one Asterisk: each has an `Office` of its own, and they share one picture, as all operators of a PBX
share the worker's. Used by the benchmark `lost` and test_nobody_is_lost.py.

    async with Picture.on(floor.ami_url) as picture, Panel.on_picture(picture, desk) as panel:
        await panel.give("hold", desk.operator, call=key)
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from ami_worker.ami.connection import AmiUrl, Session
from ami_worker.ami.protocol import Message
from ami_worker.mirror import Channel
from ami_worker.operations import Operations, survey
from panel.vocabulary import CallState
from tests.operations.driver import Driver
from tests.operations.offices import CALLER
from tests.rig.floor import Desk, Floor
from tests.rig.many_phones import Caller, ManyPhones


class Picture(Driver):
    """One event session and one picture, for the panels of all desks."""

    def __init__(self) -> None:
        super().__init__()
        self.panels: set[Panel] = set()

    def _take(self, message: Message) -> None:
        super()._take(message)
        told = "\n".join(value for _name, value in message.headers)
        for panel in tuple(self.panels):
            panel.hear_of(message, told)


class Panel(Driver):
    """Operations and an action session of its own, on the picture of all. `heard` counts what concerns its desk."""

    def __init__(self, picture: Picture, desk: Desk) -> None:
        super().__init__()
        self.mirror = picture.mirror
        self.operations = Operations(self.mirror, self._send)
        self._about = (desk.caller, *(f"PJSIP/{extension}" for extension in desk.extensions))

    @classmethod
    @asynccontextmanager
    async def on_picture(cls, picture: Picture, desk: Desk, actions_by: str) -> AsyncIterator[Self]:
        """`actions_by` is the URL of the action session."""
        panel = cls(picture, desk)
        panel.actions = await Session.open(AmiUrl.parse(actions_by), events="off")
        picture.panels.add(panel)
        try:
            panel.operations.site = await survey(panel.actions)
            yield panel
        finally:
            picture.panels.discard(panel)
            await panel.actions.close()

    def hear_of(self, message: Message, told: str) -> None:
        """The picture has taken a message with these values. Its commands look again in any case, as the worker's do;
        only what concerns the desk is its evidence, and wakes who waits.
        """
        concerns_us = any(about in told for about in self._about)
        self.operations.observe(message if concerns_us else None)
        if concerns_us:
            self._heard_one()

    def leg(self, extension: str, *states: CallState) -> Channel | None:
        """As of every driver, found without looking at the calls of all the others."""
        owner = self.mirror.extensions.get(extension)
        for channel in self.mirror.channels_of(owner) if owner is not None else ():
            leg = channel.call.leg(channel.uniqueid)
            if leg is not None and (not states or leg.state in states):
                return channel
        return None


class DeskOffice:
    """What people at one desk do: an `Office` whose telephones live in this process."""

    is_real = True

    def __init__(self, floor: Floor, phones: ManyPhones, desk: Desk) -> None:
        self.ami_url = floor.ami_url
        self._phones = phones
        self._desk = desk
        self._callers: list[Caller] = []

    async def phone(self, number: str, *, answers: bool = False, refuses: bool = False) -> None:
        phone = self._phones.phone(number)
        phone.answers, phone.is_busy, phone.is_there = answers, refuses, True

    async def answer(self, number: str) -> None:
        await self._phones.phone(number).answer()

    async def reject(self, number: str) -> None:
        await self._phones.phone(number).reject()

    async def hang_up(self, number: str) -> None:
        await self._phones.phone(number).hang_up()

    async def vanish(self, number: str) -> None:
        self._phones.phone(number).lose_power()

    async def call_in(self, did: str) -> None:
        self._callers.append(await self._phones.call_in(did, number=self._desk.caller, name=CALLER))

    async def caller_hangs_up(self) -> None:
        await self._callers[-1].hang_up()

    def has_a_call(self, number: str) -> bool:
        """By the telephone itself."""
        return self._phones.phone(number).is_talking
