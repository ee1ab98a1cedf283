"""A busy day of queues on a real Asterisk, played at many desks beside each other: callers who are answered, give up,
wait too long, are moved and let out, while the history listens. Used by test_queue_day.py and the benchmark `queues`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from ami_worker.ami import actions
from ami_worker.ami.connection import AmiUrl, Session
from ami_worker.link import EventLink
from ami_worker.mirror import Caller, Mirror
from panel.vocabulary import Link
from tests.e2e.proxy import Line
from tests.mirror.books import Book
from tests.rig.floor import Desk, Floor
from tests.rig.many_phones import Caller as OutsideCaller
from tests.rig.many_phones import ManyPhones, NoSuchCall


LIMIT_SECONDS = 2
PATIENCE_SECONDS = 20.0
LOOK_SECONDS = 0.01


class QueueFloor(Floor):
    """Each desk's queue rings its member for a second at a time, without wrap-up. Behind 5553XXX a queue waits for
    ever, behind 5552XXX for two seconds.
    """

    def _write(self) -> None:
        super()._write()
        self._replace("queues.conf", "timeout = 5", "timeout = 1")
        self._replace("queues.conf", "retry = 1", "retry = 0")
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
        self._link = EventLink(
            AmiUrl.parse(line.url(url)),
            self.mirror,
            applied=lambda _message: self.read(),
            synced=self._synced,
            lost=lambda _reason: None,
            reconcile_seconds=3.0,
        )

    @classmethod
    @asynccontextmanager
    async def of(cls, floor: Floor) -> AsyncIterator[Sight]:
        """Connected and compared; follows until the end of the block."""
        parts = urlsplit(floor.ami_url)
        with Line((parts.hostname or "", parts.port or 0)) as line:
            sight = cls(line, floor.ami_url)
            following = asyncio.create_task(sight._link.keep())
            try:
                await until(lambda: sight.mirror.link is Link.LIVE)
                yield sight
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    async def _synced(self, _session: Session) -> None:
        """Nothing more is to be known before the picture is live."""

    def read(self) -> None:
        self.mirror.changes()
        self.book.read(self.mirror)

    def waiting(self, desk: Desk) -> Caller | None:
        """Who waits in the queue of that desk, as far as is seen."""
        queue = self.mirror.queues.get(desk.queue)
        return next(iter(queue.callers.values()), None) if queue is not None else None


async def until(condition: Callable[[], object]) -> bool:
    """Whether it came about in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if condition():
                    return True
                await asyncio.sleep(LOOK_SECONDS)
    return False


class Player:
    """Plays calls at one desk, one after the other."""

    def __init__(self, desk: Desk, phones: ManyPhones, sight: Sight, session: Session, dice: random.Random) -> None:
        self.desk = desk
        self.sight = sight
        self._phones = phones
        self._session = session
        self._dice = dice
        self.member = phones.phone(desk.target)
        phones.phone(desk.colleague).answers = True
        self._ways: dict[str, Callable[[OutsideCaller], Awaitable[object]]] = {
            "the agent hangs up": self._agent_hangs_up,
            "the caller hangs up": self._caller_hangs_up,
            "transfer": self._transfer,
            "gives up": self._gives_up,
            "nobody is there": self._is_refused,
            "too long": self._waits_too_long,
            "moved": self._is_moved,
            "let out": self._is_let_out,
        }

    async def play(self) -> str:
        """One call, thrown by the dice. Returns what was meant to become of it."""
        way = self._dice.choice(list(self._ways))
        self.member.is_busy = way == "nobody is there"
        did = ("5552" if way == "too long" else "5553") + self.desk.operator
        caller = await self._phones.call_in(did, number=self.desk.caller, name=f"Caller of {self.desk.operator}")
        await self._ways[way](caller)
        await caller.hang_up()
        await until(lambda: not self.member.is_talking)
        await asyncio.sleep(self._dice.uniform(0, 0.1))
        return way

    async def _is_answered(self, caller: OutsideCaller) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                with suppress(NoSuchCall):
                    await self.member.answer()
                if caller.is_talking:
                    break
                await asyncio.sleep(LOOK_SECONDS)
        await asyncio.sleep(self._dice.uniform(0, 0.5))

    async def _agent_hangs_up(self, caller: OutsideCaller) -> None:
        await self._is_answered(caller)
        with suppress(NoSuchCall):
            await self.member.hang_up()
        await until(lambda: caller.is_gone)

    async def _caller_hangs_up(self, caller: OutsideCaller) -> None:
        await self._is_answered(caller)
        await caller.hang_up()

    async def _transfer(self, caller: OutsideCaller) -> None:
        """The member sends the caller to a colleague, who answers."""
        await self._is_answered(caller)
        mirror = self.sight.mirror
        extension = mirror.extensions.get(self.desk.target)
        for channel in mirror.channels_of(extension) if extension is not None else ():
            await self._session.send(actions.blind_transfer(channel.name, "from-internal", self.desk.colleague))
        await asyncio.sleep(self._dice.uniform(0.1, 0.4))

    async def _gives_up(self, caller: OutsideCaller) -> None:
        await asyncio.sleep(self._dice.uniform(0, 1.5))
        await caller.hang_up()

    async def _is_refused(self, caller: OutsideCaller) -> None:
        await self._gives_up(caller)

    async def _waits_too_long(self, caller: OutsideCaller) -> None:
        await until(lambda: caller.is_gone)

    async def _is_moved(self, caller: OutsideCaller) -> None:
        await asyncio.sleep(self._dice.uniform(0, 0.3))
        waiting = self.sight.waiting(self.desk)
        channel = self.sight.mirror.channels.get(waiting.uniqueid) if waiting is not None else None
        if waiting is not None and channel is not None:
            self.sight.mirror.expect_moved(waiting.uniqueid)
            await self._session.send(actions.redirect(channel.name, "from-internal", self.desk.colleague))
            await asyncio.sleep(self._dice.uniform(0.1, 0.4))

    async def _is_let_out(self, caller: OutsideCaller) -> None:
        await asyncio.sleep(self._dice.uniform(0, 0.3))
        waiting = self.sight.waiting(self.desk)
        channel = self.sight.mirror.channels.get(waiting.uniqueid) if waiting is not None else None
        if waiting is not None and channel is not None:
            self.sight.mirror.expect_moved(waiting.uniqueid, is_withdrawal=True)
            await self._session.send(actions.queue_withdraw_caller(waiting.queue, channel.name))
            await until(lambda: caller.is_gone)


async def play(floor: Floor, calls: int, *, seed: int, cuts: Sequence[float] = ()) -> Sight:
    """So many calls, at all desks beside each other; `cuts` are the seconds at which the line to Asterisk breaks.
    Returns what was seen of it, after the last call has ended.
    """
    left = iter(range(calls))

    async def one_desk(player: Player) -> None:
        for _ in left:
            await player.play()

    async def cut(line: Line) -> None:
        for seconds in cuts:
            await asyncio.sleep(seconds)
            line.cut()

    async with floor.phones() as phones, Sight.of(floor) as sight:
        session = await Session.open(AmiUrl.parse(floor.ami_url), events="off")
        try:
            cutting = asyncio.create_task(cut(sight.line))
            async with asyncio.TaskGroup() as tasks:
                for number, desk in enumerate(floor.desks):
                    dice = random.Random(f"{seed} {number}")
                    tasks.create_task(one_desk(Player(desk, phones, sight, session, dice)))
            await cutting
            await until(lambda: sight.mirror.link is Link.LIVE and not sight.mirror.channels)
            await until(lambda: not any(row["is_open"] for row in sight.book.passages))
            sight.read()
        finally:
            await session.close()
    return sight
