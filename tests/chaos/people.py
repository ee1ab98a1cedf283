"""Callers and operators of a chaos run: one story after the other at each desk, told by dice. A caller talks with the
operator, who sends them here and there by commands of the panel, and hangs up at last. Everybody in the house answers
when it rings, but sometimes the one to whom a caller is sent.

A second operator sometimes does something with the same call at the same moment. And there are operators who call one
conference room after the other: how often Asterisk was told to dial each is easily counted.

Used by the run. Who is gone without having hung up, or without the one they talked to having done so, is lost.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, NamedTuple, TypeVar

from tests.chaos.house import House
from tests.chaos.seats import Seat
from tests.e2e.board import Row
from tests.rig.ami import Fields
from tests.rig.floor import Desk
from tests.rig.many_phones import Caller, ManyPhones, NoSuchCall


T = TypeVar("T")

ANSWERED_SECONDS: Final = 20.0
FOUND_SECONDS: Final = 60.0
"""Within which a caller must be with somebody when nobody does anything more: longer than any way back takes."""

LOOK_SECONDS: Final = 0.2
LEAVING_SECONDS: Final = 2.0
"""Who is still there so long after the other one has hung up has come back to somebody."""

MEDDLING: Final = 0.2
"""How often the colleague gives a command as well."""

CALL_SECONDS: Final = 3.0
ANSWERS, BUSY, RINGS, LEAVES = "answers", "is busy", "rings", "answers and hangs up"
MANNERS: Final = (ANSWERS, ANSWERS, BUSY, RINGS, LEAVES)
KEPT: Final = ("retrieve", "retrieve", "transfer", "hold")
"""What an operator may do with a caller whom the include has."""

OF_A_TALK: Final = ("transfer", "transfer", "serial", "hold", "camp", "enqueue", "consult", "consult", "park")
OF_AN_ASKING: Final = ("complete", "complete", "cancel", "swap")


class Restarted(Exception):
    """Asterisk was started again: the story is over, and nobody is to blame."""


class Lost(NamedTuple):
    """A caller, and how."""

    desk: Desk
    how: str

    def __str__(self) -> str:
        return f"the caller of {self.desk.operator} {self.how}"


class People:
    """At one desk, with the seats of the operator and the colleague. While `may_act` is not set all are quiet."""

    def __init__(
        self, house: House, phones: ManyPhones, desk: Desk, seats: tuple[Seat, Seat], may_act: asyncio.Event, seed: str
    ) -> None:
        self._house = house
        self._phones = phones
        self._desk = desk
        self._operator, self._colleague = seats
        self._may_act = may_act
        self._dice = random.Random(f"{seed} {desk.operator}")
        self._starts = 0
        self._has_left = False
        """Whether somebody has hung up on purpose."""
        self.endings: Counter[str] = Counter()
        self.lost: list[Lost] = []

    async def live(self) -> None:
        """One story after the other, until cancelled."""
        for number in (self._desk.operator, self._desk.colleague):
            self._phones.phone(number).answers = True
        while True:
            await self._house.asterisk_is_up.wait()
            await self._may_act.wait()
            self._starts = self._house.starts
            try:
                self.endings[await self._story()] += 1
            except Restarted:
                self.endings["Asterisk restarted"] += 1

    # --- a story -----------------------------------------------------------------------------------------------------

    async def _story(self) -> str:
        """How it ended."""
        desk = self._desk
        manner = self._dice.choice(MANNERS)
        target = self._phones.phone(desk.target)
        target.answers, target.is_busy = manner in (ANSWERS, LEAVES), manner == BUSY
        self._has_left = False
        self._note(f"calls in; the target {manner}")
        caller = await self._sip(self._phones.call_in(desk.did, number=desk.caller, name=f"Caller of {desk.operator}"))
        if not await self._until(lambda: caller.is_talking or caller.is_gone, ANSWERED_SECONDS):
            return self._is_lost("was not answered")
        leaving = asyncio.create_task(self._target_leaves(caller)) if manner == LEAVES else None
        try:
            for _ in range(self._dice.randint(1, 4)):
                await asyncio.sleep(self._dice.uniform(0.2, 3))
                if caller.is_gone:
                    break
                await self._command()
            ending = await self._found(caller)
        finally:
            if leaving is not None:
                leaving.cancel()
        await self._clear(caller)
        return ending

    async def _command(self) -> None:
        """What this operator does next, by what his board shows, be it old; and the other one, now and then."""
        await self._may_act.wait()
        beside = self._press(self._colleague) if self._dice.random() < MEDDLING else asyncio.sleep(0)
        await asyncio.gather(self._press(self._operator), beside)

    async def _press(self, seat: Seat) -> None:
        desk, dice = self._desk, self._dice
        call = seat.call_of(desk.caller)
        if not call:
            return
        name = dice.choice(_choice(call))
        arguments = {"call": call["key"]}
        if name in ("transfer", "serial", "consult"):
            arguments["to"] = dice.choice([desk.target, desk.target, desk.colleague])
        elif name == "camp":
            arguments["to"] = desk.target
        elif name == "enqueue":
            arguments["queue"] = desk.queue
        elif name == "unpark":
            arguments = {"parked": next(party["key"] for party in call["parties"] if not party["extension"])}
        await seat.give(name, **arguments)

    async def _found(self, caller: Caller) -> str:
        """Where the caller is when nobody does anything more, but who was asked hangs up."""
        end = asyncio.get_running_loop().time() + FOUND_SECONDS
        while True:
            self._assert_same_asterisk()
            if caller.is_gone:
                return "the talk was over" if self._has_left else self._is_lost("was cut off")
            rows = await self._channels()
            if company := self._company(rows):
                return f"talks to {company}"
            if asyncio.get_running_loop().time() > end:
                return self._is_lost(f"is with nobody: {_told(rows, self._desk)}")
            if self._may_act.is_set():
                await self._end_asking(rows)
            await asyncio.sleep(LOOK_SECONDS)

    def _company(self, rows: list[Fields]) -> str:
        """With which phone of the desk the caller talks, by Asterisk's own list and by the phone; empty for nobody."""
        bridge = next((row["BridgeId"] for row in rows if self._is_caller(row)), "")
        for who, number in self._desk.people.items():
            is_there = any(row["BridgeId"] == bridge and row["Channel"].startswith(f"PJSIP/{number}-") for row in rows)
            if bridge and is_there and self._phones.phone(number).is_talking:
                return who
        return ""

    async def _end_asking(self, rows: list[Fields]) -> None:
        """The operator or the colleague talks with somebody else while the caller waits: that one hangs up."""
        desk = self._desk
        asked_by = {desk.operator: (desk.target, desk.colleague), desk.colleague: (desk.target,)}
        bridges = {number: self._bridges_of(number, rows) for number in desk.extensions}
        for asking, asked in asked_by.items():
            for number in asked:
                if bridges[asking] & bridges[number]:
                    with suppress(NoSuchCall):
                        await self._sip(self._phones.phone(number).hang_up())

    def _bridges_of(self, number: str, rows: list[Fields]) -> set[str]:
        return {row["BridgeId"] for row in rows if row["Channel"].startswith(f"PJSIP/{number}-")} - {""}

    async def _target_leaves(self, caller: Caller) -> None:
        """After a short talk with the caller. Who was sent there to come back for the next person comes back."""
        target = self._phones.phone(self._desk.target)
        while True:
            await asyncio.sleep(self._dice.uniform(1, 4))
            await self._may_act.wait()
            if target.is_talking and not caller.is_gone:
                self._has_left = True
                with suppress(NoSuchCall, TimeoutError):  # of what becomes of that the story hears by itself
                    await target.hang_up()
                await asyncio.sleep(LEAVING_SECONDS)
                self._has_left = caller.is_gone

    async def _clear(self, caller: Caller) -> None:
        """The caller goes, and with them everybody else."""
        self._has_left = True
        await self._may_act.wait()
        self._note("the caller hangs up")
        await self._sip(caller.hang_up())
        for number in self._desk.extensions:
            phone = self._phones.phone(number)
            while phone.is_talking:
                with suppress(NoSuchCall):
                    await self._sip(phone.hang_up())
        target = self._phones.phone(self._desk.target)
        await self._until(lambda: not target.is_ringing, ANSWERED_SECONDS)

    # --- inside ------------------------------------------------------------------------------------------------------

    async def _until(self, condition: Callable[[], bool], seconds: float) -> bool:
        end = asyncio.get_running_loop().time() + seconds
        while not condition():
            self._assert_same_asterisk()
            if asyncio.get_running_loop().time() > end:
                return False
            await asyncio.sleep(0.02)
        return True

    async def _sip(self, act: Awaitable[T]) -> T:
        """A telephone does something. An Asterisk that is not there confirms nothing."""
        try:
            return await act
        except TimeoutError:
            self._assert_same_asterisk()
            raise

    def _assert_same_asterisk(self) -> None:
        if self._house.starts != self._starts:
            raise Restarted

    async def _channels(self) -> list[Fields]:
        """As Asterisk lists them; none while it cannot be asked."""

        def ask() -> list[Fields]:
            with self._house.floor.session() as session:
                return session.list("CoreShowChannels")

        try:
            return await asyncio.to_thread(ask)
        except OSError:
            return []

    def _is_caller(self, row: Fields) -> bool:
        return row["Channel"].startswith("PJSIP/itsp-") and row["CallerIDNum"] == self._desk.caller

    def _is_lost(self, how: str) -> str:
        self._assert_same_asterisk()
        self.lost.append(Lost(self._desk, how))
        self._note(f"LOST: {how}")
        return "LOST"

    def _note(self, what: str) -> None:
        self._house.diary.note(f"desk {self._desk.operator}", what)


class Dialler:
    """An operator who calls rooms, each time another."""

    def __init__(self, house: House, phones: ManyPhones, seat: Seat, number: str, may_act: asyncio.Event) -> None:
        self._house = house
        self._phone = phones.phone(number)
        self._seat = seat
        self._may_act = may_act
        self._rooms = itertools.cycle(range(int(number) % 100, 100, 3))

    async def live(self) -> None:
        self._phone.answers = True
        while True:
            await asyncio.sleep(CALL_SECONDS)
            await self._house.asterisk_is_up.wait()
            await self._may_act.wait()
            await self._seat.give("call", to=f"8{next(self._rooms):02}")
            await asyncio.sleep(LOOK_SECONDS)
            await self._may_act.wait()
            while self._phone.is_talking:
                with suppress(NoSuchCall, TimeoutError):  # with Asterisk the call is gone as well
                    await self._phone.hang_up()


def _choice(call: Row) -> tuple[str, ...]:
    """What may be done with a call that looks like this."""
    if call["state"] == "parked":
        return ("unpark",)
    kind = (call["care"] or {}).get("kind", "")
    if kind == "consult":
        return OF_AN_ASKING
    return KEPT if kind else OF_A_TALK


def _told(rows: list[Fields], desk: Desk) -> list[tuple[str, ...]]:
    about = (*desk.extensions, desk.caller)
    names = ("Channel", "Context", "Application", "BridgeId", "CallerIDNum")
    return [tuple(row[name] for name in names) for row in rows if any(each in str(row) for each in about)]
