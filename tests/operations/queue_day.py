"""A busy day of queues on a real Asterisk, played at many desks beside each other (`queue_callers.py`), while the
history listens. Used by test_queue_day.py and the benchmark `passages`.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from ami_worker.ami import actions
from ami_worker.ami.connection import AmiUrl, Session
from ami_worker.ami.protocol import Message
from ami_worker.link import EventLink
from ami_worker.mirror import Caller, Channel, Mirror
from panel.vocabulary import Link
from tests.e2e.proxy import Line
from tests.mirror.books import Book
from tests.operations.queue_callers import FAULTS, LOOK_SECONDS, USUAL, Hands, Player, until
from tests.rig.floor import Desk, Floor


LIMIT_SECONDS = 2


class QueueFloor(Floor):
    """Each desk's queue rings its member for a second at a time, without wrap-up. Behind 5553XXX a queue waits for
    ever, behind 5552XXX for two seconds.
    """

    def _write(self) -> None:
        super()._write()
        self._replace("queues.conf", "timeout = 5", "timeout = 1")
        self._replace("queues.conf", "wrapuptime = 2", "wrapuptime = 0")
        lines = ["[from-trunk](+)"]
        for number, limit in (("_5553XXX", ""), ("_5552XXX", f",,,,{LIMIT_SECONDS}")):
            lines += [f"exten => {number},1,Queue(desk${{EXTEN:4}}{limit})", " same => n,Hangup()"]
        self._append("extensions.conf", lines)


class Sight:
    """The picture and the history over a line that can be cut."""

    def __init__(self, line: Line, url: str) -> None:
        self.line = line
        self.mirror = Mirror("pbx")
        self.book = Book()
        self.stalled = 0.0
        """The longest time for which this process, which plays the telephones as well, has not come to listen."""
        self._heard: list[tuple[float, Message | str]] = []
        self._link = EventLink(
            AmiUrl.parse(line.url(url)),
            self.mirror,
            applied=self._applied,
            synced=self._synced,
            lost=lambda _reason: self._note("the line is lost"),
            reconcile_seconds=3.0,
        )

    @classmethod
    @asynccontextmanager
    async def of(cls, floor: Floor) -> AsyncIterator[Sight]:
        """Connected and compared; follows until the end of the block."""
        parts = urlsplit(floor.ami_url)
        with Line((parts.hostname or "", parts.port or 0)) as line:
            sight = cls(line, floor.ami_url)
            tasks = [asyncio.create_task(sight._link.keep()), asyncio.create_task(sight._notice_stalls())]
            try:
                await until(lambda: sight.mirror.link is Link.LIVE)
                yield sight
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _notice_stalls(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(LOOK_SECONDS)
            self.stalled = max(self.stalled, time.monotonic() - before - LOOK_SECONDS)

    async def _synced(self, _session: Session) -> None:
        """Nothing more is to be known before the picture is live."""
        self._note("compared")

    def _applied(self, message: Message | None) -> None:
        self._note("lists were taken" if message is None else message)
        self.read()

    def _note(self, what: Message | str) -> None:
        self._heard.append((time.time(), what))

    def told_of(self, uniqueid: str) -> list[str]:
        """In a line each, what was heard of this channel and of those of its calls, from the first to the last."""
        about = [at for at, what in self._heard if isinstance(what, Message) and uniqueid in ids_in(what)]
        if not about:
            return []
        events = [what for _, what in self._heard if isinstance(what, Message) and uniqueid in ids_in(what)]
        ours = set[str]().union(*map(ids_in, events))
        queues = {each.get("Queue") for each in events}

        def concerns(what: Message | str) -> bool:
            if isinstance(what, str):
                return True
            return bool(ids_in(what) & ours) or (what.event == "agentcomplete" and what.get("Queue") in queues)

        return [
            f"{at:.3f} {what if isinstance(what, str) else line_of(what)}"
            for at, what in self._heard
            if about[0] - 1 <= at <= about[-1] + 5 and concerns(what)
        ]

    def read(self) -> None:
        self.mirror.changes()
        self.book.read(self.mirror)

    def asked(self) -> Counter[str]:
        """How often each action was sent to Asterisk, by name."""
        return Counter(re.findall(r"^Action: (\w+)\r$", self.line.sent.decode(), re.MULTILINE))

    def waiting(self, desk: Desk) -> Caller | None:
        """Who waits in the queue of that desk, as far as is seen."""
        queue = self.mirror.queues.get(desk.queue)
        return next(iter(queue.callers.values()), None) if queue is not None else None


IDS: Final = ("Uniqueid", "Linkedid", "DestUniqueid", "TransfererUniqueid", "TransfereeUniqueid")
SHOWN: Final = (
    *IDS, "Channel", "ChannelStateDesc", "Queue", "Interface", "Position", "Count", "Reason", "Cause", "DialStatus",
    "Result", "BridgeUniqueid",
)  # fmt: skip


def ids_in(message: Message) -> set[str]:
    """The channels that an event is about."""
    return {message.get(name) for name in IDS} - {""}


def line_of(message: Message) -> str:
    """An event in one line, with what matters for a passage."""
    return " ".join([message.event, *(f"{name}={message.get(name)}" for name in SHOWN if message.get(name))])


class OwnHands:
    """Does what the worker does when an operator moves a caller, without one: one command at a time is at a call."""

    def __init__(self, sight: Sight, session: Session) -> None:
        self._mirror = sight.mirror
        self._session = session
        self._claimed: set[str] = set()

    def _claim(self, caller: Caller) -> Channel | None:
        channel = self._mirror.channels.get(caller.uniqueid)
        if caller.uniqueid in self._claimed:
            return None
        self._claimed.add(caller.uniqueid)
        return channel

    async def move(self, caller: Caller, to: str) -> None:
        if (channel := self._claim(caller)) is not None:
            self._mirror.expect_moved(caller.uniqueid)
            await self._session.send(actions.redirect(channel.name, "from-internal", to))

    async def let_out(self, caller: Caller) -> None:
        if (channel := self._claim(caller)) is not None:
            self._mirror.expect_moved(caller.uniqueid, is_withdrawal=True)
            await self._session.send(actions.queue_withdraw_caller(caller.queue, channel.name))


class Cutter:
    """Breaks the line to Asterisk again and again, every other time for some seconds."""

    def __init__(self, seed: int, every: float) -> None:
        self._dice = random.Random(f"cuts {seed}")
        self._every = every
        self.cuts = 0

    async def __call__(self, sight: Sight) -> None:
        try:
            while True:
                await asyncio.sleep(self._every * self._dice.uniform(0.6, 1.4))
                self.cuts += 1
                if self.cuts % 2:
                    sight.line.cut()
                else:
                    sight.line.refuse()
                    await asyncio.sleep(self._dice.uniform(0.5, 3.0))
                    sight.line.restore()
        finally:
            sight.line.restore()


def ways_with(*faults: str) -> tuple[str, ...]:
    """The usual ways of calls and those of these faults; half of the calls are of each."""
    faulty = [way for fault in faults for way in FAULTS[fault]]
    return (*USUAL * len(faulty), *faulty * len(USUAL)) if faulty else USUAL


async def nothing(_sight: Sight) -> None:
    """Nothing goes wrong beside the calls."""


async def play(
    floor: Floor,
    calls: int,
    *,
    seed: int,
    ways: Sequence[str] = USUAL,
    beside: Callable[[Sight], Awaitable[None]] = nothing,
    hands: Hands | None = None,
) -> Sight:
    """So many calls, at all desks beside each other, while something else goes wrong `beside` them. Returns what was
    seen of it, after the last call has ended.
    """
    left = iter(range(calls))

    async def one_desk(player: Player) -> None:
        for _ in left:
            await player.play(ways)

    async with floor.phones() as phones, Sight.of(floor) as sight:
        session = await Session.open(AmiUrl.parse(floor.ami_url), events="off")
        does = hands or OwnHands(sight, session)
        going_wrong = asyncio.ensure_future(beside(sight))
        try:
            async with asyncio.TaskGroup() as tasks:
                for number, desk in enumerate(floor.desks):
                    dice = random.Random(f"{seed} {number}")
                    tasks.create_task(one_desk(Player(desk, floor.desks, phones, sight, session, does, dice)))
        finally:
            going_wrong.cancel()
            await asyncio.gather(going_wrong, return_exceptions=True)
        await until(lambda: sight.mirror.link is Link.LIVE and not sight.mirror.channels)
        await until(lambda: not any(row["is_open"] for row in sight.book.passages))
        sight.read()
        await session.close()
    return sight
