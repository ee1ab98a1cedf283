"""One chaos run: storms in which people act and faults happen, each followed by a quiet point at which everything is
compared.

Called by `__main__.py`.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, NamedTuple

import psycopg

from tests.chaos.comparing import Comparison, Verdict, Wrong
from tests.chaos.diary import Diary
from tests.chaos.faults import FAULTS, Scene
from tests.chaos.house import OPEN_COMMANDS, House
from tests.chaos.load import begin_load
from tests.chaos.pages import pages_of
from tests.chaos.people import Dialler, Lost, People
from tests.chaos.seats import Seat
from tests.rig.ami import frames
from tests.rig.many_phones import ManyPhones


CALM_SECONDS: Final = (2.0, 6.0)
"""Before a fault: calls are under way when it happens."""

TOGETHER: Final = 0.3
"""How often two faults happen at the same time."""

ORIGINATE: Final = re.compile(r"^Action: Originate\r\n(?:.+\r\n)*?\r\n", re.MULTILINE)
PHONE: Final = re.compile(r"^Channel: PJSIP/(\d+)\r$", re.MULTILINE)
ROOM: Final = re.compile(r"^Exten: (8\d\d)\r$", re.MULTILINE)


OVERHEAR_SECONDS: Final = 0.05

THREADS: Final = 24
"""Whoever waits for an Asterisk that is not there must not keep the fault from ending."""


class Storm(NamedTuple):
    """What happened, and how the comparison after it came out."""

    faults: tuple[str, ...]
    verdict: Verdict


class Result(NamedTuple):
    storms: Sequence[Storm]
    lies: Sequence[Wrong]
    """What was shown as live for too long, and was not so."""
    endings: Counter[str]
    outcomes: Counter[str]
    lost: Sequence[Lost]
    twice: Sequence[str]
    silent: Sequence[str]
    errors: Sequence[str]
    """Of the pages' scripts."""
    load_calls: int
    """Of SIPp, beside the stories."""

    @property
    def wrong(self) -> list[Wrong]:
        """The first that was wrong comes first."""
        return [*self.lies, *(wrong for storm in self.storms for wrong in storm.verdict.wrong)]

    @property
    def is_red(self) -> bool:
        return bool(self.wrong or self.lost or self.twice or self.silent or self.errors)


class Run:
    """Of one house. Ends early at the first divergence."""

    def __init__(self, house: House, diary: Diary, *, seed: int, faults: Sequence[str]) -> None:
        self._house = house
        self._diary = diary
        self._seed = seed
        self._order = random.Random(f"order {seed}")
        self._dice = random.Random(f"faults {seed}")
        self._bag = self._shuffled(faults)
        self._may_act = asyncio.Event()
        *self._desks, self._diallers = house.floor.desks
        self._seats: list[Seat] = []
        self._people: list[People] = []
        self._load_calls = 0

    async def go(self, seconds: float) -> Result:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        storms: list[Storm] = []
        async with self._everybody() as (scene, compare):
            end = time.monotonic() + seconds
            while time.monotonic() < end and not (
                self._lost() or compare.lies or (storms and storms[-1].verdict.wrong)
            ):
                faults = await self._storm(scene)
                verdict = await compare.until_right()
                words = "NOT RIGHT" if verdict.wrong else f"right after {verdict.seconds:.1f} s"
                self._diary.note("quiet", words)
                print(f"  {' and '.join(faults)}: {words}", flush=True)
                storms.append(Storm(faults, verdict))
            twice, silent = self._twice(), [*self._silent(), *await asyncio.to_thread(self._left_open)]
            errors = [error for page in (scene.laptop, scene.bad_line, scene.queues) for error in page.errors]
        endings = sum((people.endings for people in self._people), Counter[str]())
        outcomes = sum((seat.outcomes for seat in self._seats), Counter[str]())
        return Result(storms, compare.lies, endings, outcomes, self._lost(), twice, silent, errors, self._load_calls)

    async def _storm(self, scene: Scene) -> tuple[str, ...]:
        """People act, and something goes wrong meanwhile. Afterwards all are quiet, and nothing is wrong on purpose."""
        load = await asyncio.to_thread(begin_load, self._house.floor)
        try:
            return await self._faults(scene)
        finally:
            self._load_calls += sum(note.what == "answered" for note in load.notes())
            load.end()

    async def _faults(self, scene: Scene) -> tuple[str, ...]:
        self._may_act.set()
        await scene.a_while(*CALM_SECONDS)
        thrown = itertools.islice(self._bag, 2 if self._order.random() < TOGETHER else 1)
        faults = tuple(dict.fromkeys(thrown))
        self._diary.note("fault", " and ".join(faults))
        async with asyncio.TaskGroup() as tasks:
            for fault in faults:
                tasks.create_task(FAULTS[fault](scene))
        self._diary.note("fault", "over")
        self._may_act.clear()
        return faults

    def _shuffled(self, faults: Sequence[str]) -> Iterator[str]:
        """Each as often as any other."""
        while True:
            yield from self._order.sample(faults, len(faults))

    @asynccontextmanager
    async def _everybody(self) -> AsyncIterator[tuple[Scene, Comparison]]:
        """The people at their desks, in front of their pages and at their sockets, until the end of the block."""
        house = self._house
        async with AsyncExitStack() as stack:
            phones = await stack.enter_async_context(_telephones(house))
            pages = await stack.enter_async_context(pages_of(house))
            for desk in self._desks:
                seats = await self._seat(desk.operator), await self._seat(desk.colleague)
                self._people.append(People(house, phones, desk, seats, self._may_act, str(self._seed)))
            diallers = [
                Dialler(house, phones, await self._seat(number), number, self._may_act)
                for number in self._diallers.extensions
            ]
            numbers = tuple(number for desk in house.floor.desks for number in desk.extensions)
            compare = Comparison(house, self._seats, pages)
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(house.supervise()),
                    group.create_task(compare.watch()),
                    group.create_task(self._overhear()),
                    *(group.create_task(seat.stay()) for seat in self._seats),
                    *(group.create_task(each.live()) for each in (*self._people, *diallers)),
                ]
                yield Scene(house, phones, numbers, *pages, self._dice), compare
                for task in tasks:
                    task.cancel()

    async def _overhear(self) -> None:
        """What the panel asks of Asterisk is in the diary as soon as it is through the line."""
        sent, heard = self._house.ami.sent, 0
        while True:
            if (end := sent.rfind(b"\r\n\r\n", heard)) != -1:
                for action in frames(bytes(sent[heard:end])):
                    if "Action" in action:
                        self._diary.overhear(action)
                heard = end + len(b"\r\n\r\n")
            await asyncio.sleep(OVERHEAR_SECONDS)

    async def _seat(self, number: str) -> Seat:
        seat = await asyncio.to_thread(Seat, self._house, f"op{number}", web=len(self._seats) % 2)
        self._seats.append(seat)
        return seat

    # --- the figures -------------------------------------------------------------------------------------------------

    def _lost(self) -> list[Lost]:
        return [lost for people in self._people for lost in people.lost]

    def _silent(self) -> list[str]:
        return [silent for seat in self._seats for silent in seat.silent]

    def _left_open(self) -> list[str]:
        """Commands that the database still has as under way."""
        try:
            return [f"{name} ({key}) is still {state}" for key, name, state in self._house.ask(OPEN_COMMANDS)]
        except psycopg.Error as failed:
            return [f"the database cannot be asked: {failed}"]

    def _twice(self) -> list[str]:
        """What was done more often than it was wanted: taken up by workers, and dialled by Asterisk."""
        taken_up = Counter(self._house.performed())
        dialled = Counter(_rooms_dialled(self._house.ami.sent.decode()))
        wanted = Counter[tuple[str, str]]()
        for seat in self._seats:
            for (name, *given), times in seat.pressed.items():
                if name == "call":
                    wanted[seat.name.removeprefix("op"), given[0]] = times
        return [f"command {key} was taken up {times} times" for key, times in taken_up.items() if times > 1] + [
            f"{phone} was told to dial {room} {times} times, wanted {wanted[phone, room]}"
            for (phone, room), times in dialled.items()
            if times > wanted[phone, room]
        ]


def _rooms_dialled(sent: str) -> Iterator[tuple[str, str]]:
    """From whose phone, and which room: of every Originate that went to Asterisk."""
    for found in ORIGINATE.finditer(sent):
        phone, room = PHONE.search(found[0]), ROOM.search(found[0])
        if phone and room:
            yield phone[1], room[1]


@asynccontextmanager
async def _telephones(house: House) -> AsyncIterator[ManyPhones]:
    """Those of all desks. When Asterisk was started again some of them have waited for it in vain."""
    try:
        async with house.floor.phones() as phones:
            yield phones
    except ExceptionGroup as failed:
        _, others = failed.split(TimeoutError)
        if failed.message != "telephones failed" or not house.starts or others is not None:
            raise
