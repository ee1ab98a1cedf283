"""The feed: one per web process. It follows the database and hands each socket what its operator may see.

Called by the consumer (`current`, `subscribe`, `unsubscribe`, `poke`), by the wallboards (`rows_of`,
`rows_for`, `version`) and by /metrics (`figures`). It starts with the first subscriber and stops some time after the
last one left. Everything but the reading runs on the event loop without an await between looking at the picture and
handing it out, so no subscriber can miss a change or see one twice.

Three tasks: `_follow` reads the database, `_beat` does what must happen while a read hangs (heartbeats, leases
running out), and the doorbell's `listen` wakes `_follow` when the channel layer can. If one fails, all begin again
from the database and everybody gets a snapshot.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import Error, connection

from panel import doorbell
from panel.live.ear import LOOK_SECONDS, Ear
from panel.live.picture import Delta, Entry, Picture
from panel.live.reader import COMMANDS_SHOWN_SECONDS, Reader
from panel.live.staleness import Staleness
from panel.live.visibility import Audience
from panel.live.wire import Entity, Patch, Shared, Snapshot
from panel.vocabulary import Kind, Row, utc


POLL_SECONDS = 0.005
"""Between two looks when no doorbell can ring and nothing can be heard. On SQLite a look at a database that is quiet is
one `stat` call.
"""

POLL_PLAIN_SECONDS = 0.05
"""The same where each look is a few queries."""

POLL_WITH_DOORBELL_SECONDS = 1.0
"""Between two looks when somebody rings."""

TICK_SECONDS = 0.01
"""Least time between two patches. Who acknowledges each of them stays below the consumer's limit of 100 a second."""

PAUSE = 2.0
"""Handing out is followed by a pause of so many times the CPU time that it took. Frames cost, not changes, and each
socket is a frame: this way a burst of changes gets a third of the event loop, however many sockets and whatever the
machine.
"""

BEAT_SECONDS = 0.25
HEARTBEAT_SECONDS = 2.0
LINGER_SECONDS = 30.0
"""How long the feed goes on without anybody: a page that is loaded again finds the picture at hand."""

BACKOFF_SECONDS = (0.1, 0.2, 0.5, 1.0)
AGEING_SECONDS = 10.0

DATABASE_LOST_SECONDS = 1.5
"""Without an answer for this long, the database is to blame for what runs out."""

log = logging.getLogger(__name__)
T = TypeVar("T")


class Subscriber(Protocol):
    """What the feed needs of a socket. Neither call may block or raise."""

    @property
    def audience(self) -> Audience: ...

    def push_snapshot(self, snapshot: Snapshot) -> None: ...

    def push_patch(self, patch: Patch) -> None: ...


class _Crowd:
    """The subscribers that share an audience. All of them have been given everything up to `seq`."""

    def __init__(self, seq: int) -> None:
        self.members: set[Subscriber] = set()
        self.seq = seq
        self.sent = 0.0
        self.rows: tuple[int, Shared] = (-1, Shared({}))  # the version of the picture that the encoded rows are of


class Feed:
    """See the module. Belongs to the event loop that it was made on."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.lag_seconds = 0.0
        self._loop = asyncio.get_running_loop()
        self._poll = POLL_SECONDS if connection.vendor == "sqlite" else POLL_PLAIN_SECONDS
        self._crowds: dict[Audience, _Crowd] = {}
        self._crowd_of: dict[Subscriber, _Crowd] = {}
        self._picture: Picture | None = None
        self._version = 0
        self._staleness = Staleness({})
        self._reader: Reader | None = None
        self._ear: Ear | None = None
        self._task: asyncio.Task[None] | None = None
        self._leaving: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._read = self._read_at = 0.0
        self._not_before = 0.0
        self._failures = 0

    # --- for the sockets --------------------------------------------------------------------------------------------

    def subscribe(self, subscriber: Subscriber) -> None:
        """Give the subscriber a snapshot, at once or as soon as there is one, and every patch from then on.

        A subscriber that asks again gets a new snapshot; one whose audience has changed gets that of the new one.
        """
        self.unsubscribe(subscriber)
        shared = subscriber.audience.shared
        crowd = self._crowds.get(shared)
        if crowd is None:
            crowd = self._crowds[shared] = _Crowd(self._picture.seq if self._picture else 0)
        if self._picture is not None:
            # The others of the crowd may not have heard of the last changes, which meant nothing to them.
            self._level(crowd, self._picture)
            subscriber.push_snapshot(self._snapshot(self._picture, shared, crowd, subscriber))
        crowd.members.add(subscriber)
        self._crowd_of[subscriber] = crowd
        self._start()

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Give it nothing more. Harmless when it had never subscribed."""
        crowd = self._crowd_of.pop(subscriber, None)
        if crowd is None:
            return
        crowd.members.discard(subscriber)
        if not crowd.members:
            self._crowds = {audience: each for audience, each in self._crowds.items() if each is not crowd}
        if not self._crowd_of and self._leaving is None:
            self._leaving = self._loop.call_later(LINGER_SECONDS, self.stop)

    def poke(self) -> None:
        """Look at the database now."""
        self._wake.set()

    def rows_of(self, kind: Kind) -> dict[str, Row]:
        """The rows of one kind by key, as they are shown, without regard to who may see them.

        Empty before the first read.
        """
        return {key: entry.row for key, entry in self._picture.of(kind).items()} if self._picture else {}

    def rows_for(self, audience: Audience, kind: Kind) -> dict[str, Row]:
        """Those of them that the audience may see."""
        entries = self._picture.of(kind).items() if self._picture else ()
        return {key: entry.row for key, entry in entries if entry.is_for(audience, kind)}

    @property
    def version(self) -> int:
        """As long as it is the same, so are the rows."""
        return self._version

    @property
    def sockets(self) -> int:
        return len(self._crowd_of)

    def stop(self) -> None:
        """Forget everything; the next subscriber starts it again."""
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        if self._ear is not None:
            self._ear.close()
            self._ear = None
        self._picture = None

    def _start(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if self._task is None:
            self._reader = Reader()
            self._ear = Ear.at_our_database(self.poke)
            if not self._ear.is_deaf:
                self._poll = LOOK_SECONDS
            self._task = self._loop.create_task(self._supervise(self._reader), name="feed")

    # --- the tasks --------------------------------------------------------------------------------------------------

    async def _supervise(self, reader: Reader) -> None:
        # Not for ever: a task group in which something fails at the very moment of `stop` tells of that alone, and the
        # cancellation is lost.
        while self._reader is reader:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._follow(reader))
                    tasks.create_task(self._beat())
                    if doorbell.can_ring():
                        tasks.create_task(doorbell.listen(self.poke, self.counts))
            except Exception:
                log.exception("The feed failed and begins again from the database.")
            self._picture = None
            self.counts["failures"] += 1
            await self._back_off()

    async def _follow(self, reader: Reader) -> None:
        while True:
            try:
                more = await self._look(reader)
            except Error as failed:
                # The picture in memory goes on being served; the leases that it knows run out by themselves.
                if not self._failures:
                    log.warning("The database does not answer (%s: %s).", type(failed).__name__, str(failed).strip())
                reader.forget()
                await self._back_off()
                continue
            self._failures = 0
            if not more:
                await self._rest()

    async def _look(self, reader: Reader) -> bool:
        """Read what was added and hand it out. Returns whether there is more to read at once."""
        picture = self._picture
        if picture is None or self._slept_too_long():
            await self._reload(reader)
            return False
        if reader.is_quiet():
            return False
        asked = self._loop.time()
        added = await self._in_thread(reader, lambda: reader.added(picture.seq))
        self._read, self._read_at = self._loop.time(), time.time()
        if added is None:
            return False
        if added.site.epoch != picture.epoch or 0 < added.site.last_seq < picture.seq:
            # Another worker, or another database: what we have may never have been.
            await self._reload(reader)
            return False
        # Only now: the lease of the next worker must not make the picture live that the last one has left.
        self._staleness.learn(added.site.leases, asked)
        if added.last_at is not None:
            self.lag_seconds = max(0.0, time.time() - added.last_at)
        before = time.thread_time()
        self._step(picture, added.seq, {**added.pending, **added.entries})
        await asyncio.sleep(0)  # the writers of the sockets are next in turn
        self._not_before = self._loop.time() + max(TICK_SECONDS, PAUSE * (time.thread_time() - before))
        return added.more

    async def _reload(self, reader: Reader) -> None:
        asked = self._loop.time()
        loaded = await self._in_thread(reader, reader.load)
        self._staleness = Staleness(loaded.last_at)
        self._staleness.learn(loaded.site.leases, asked)
        entries = self._staleness.cover(loaded.entries, self._loop.time())
        self._picture = picture = Picture(
            loaded.site.epoch, loaded.site.last_seq, {entity: entry for entity, entry in entries.items() if entry}
        )
        self._version += 1
        self.counts["reloads"] += 1
        self._read, self._read_at = self._loop.time(), time.time()
        for shared, crowd in self._crowds.items():
            crowd.seq, crowd.sent = picture.seq, self._loop.time()
            for member in crowd.members:
                member.push_snapshot(self._snapshot(picture, shared, crowd, member))

    async def _beat(self) -> None:
        aged = self._loop.time()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            picture, now = self._picture, self._loop.time()
            if picture is None:
                continue
            gone: Mapping[Entity, Entry | None] = {}
            if now - aged >= AGEING_SECONDS:
                aged, gone = now, _old_commands(picture)
            self._step(picture, picture.seq, gone)
            for crowd in self._crowds.values():
                if now - crowd.sent >= HEARTBEAT_SECONDS:
                    self._give(crowd, picture.patch(crowd.seq, {}))

    async def _rest(self) -> None:
        """Wait until it is time to look again."""
        seconds = POLL_WITH_DOORBELL_SECONDS if doorbell.can_ring() else self._poll
        timer = self._loop.call_later(seconds, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()
        self._wake.clear()
        await asyncio.sleep(max(0.0, self._not_before - self._loop.time()))

    async def _back_off(self) -> None:
        seconds = BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS) - 1)]
        self._failures += 1
        await asyncio.sleep(seconds)

    def _slept_too_long(self) -> bool:
        """Whether changes may have been pruned since the last look.

        A machine that slept shows it on one of the two clocks.
        """
        longest = settings.CHANGE_RETENTION_SECONDS / 2
        return self._loop.time() - self._read > longest or abs(time.time() - self._read_at) > longest

    async def _in_thread(self, reader: Reader, work: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(reader.thread, work)

    # --- handing out ------------------------------------------------------------------------------------------------

    def _step(self, picture: Picture, seq: int, entries: Mapping[Entity, Entry | None]) -> None:
        now = self._loop.time()
        # A read that hangs counts as well as one that fails.
        self._staleness.database_lost = now - self._read > DATABASE_LOST_SECONDS
        delta = picture.apply(seq, self._staleness.cover(entries, now))
        if not delta.is_empty:
            self._version += 1
            self._publish(picture, delta)

    def _publish(self, picture: Picture, delta: Delta) -> None:
        personal = delta.personal()
        for shared, crowd in self._crowds.items():
            changes = delta.for_all(shared)
            mine = {} if shared.sees_all_commands else personal
            named = {member.audience.operator for member in crowd.members} & mine.keys() if mine else set()
            if not changes and not named:
                continue  # the crowd hears of the new seq with what comes next
            patch = picture.patch(crowd.seq, changes)
            own = {name: picture.patch(crowd.seq, {**changes, **mine[name]}) for name in named}
            self._give(crowd, patch, own)

    def _give(self, crowd: _Crowd, patch: Patch, own: Mapping[str, Patch] = {}) -> None:
        crowd.seq, crowd.sent = patch.seq, self._loop.time()
        for member in crowd.members:
            member.push_patch(own.get(member.audience.operator, patch))

    def _level(self, crowd: _Crowd, picture: Picture) -> None:
        if crowd.seq != picture.seq:
            self._give(crowd, picture.patch(crowd.seq, {}))

    def _snapshot(self, picture: Picture, shared: Audience, crowd: _Crowd, subscriber: Subscriber) -> Snapshot:
        """Made once for the crowd as long as nothing changes: after a restart everybody asks at once."""
        if crowd.rows[0] != self._version:
            crowd.rows = (self._version, picture.shared(shared))
        self.counts["snapshots"] += 1
        return picture.snapshot(subscriber.audience, crowd.rows[1])


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, Feed] = WeakKeyDictionary()


def current() -> Feed:
    """The feed of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _feeds:
        _feeds[loop] = Feed()
    return _feeds[loop]


def figures() -> dict[str, float]:
    """For /metrics, over all feeds of this process. May be called from any thread."""
    feeds = list(_feeds.values())
    counts: Counter[str] = sum((feed.counts for feed in feeds), Counter())
    return {
        "sockets": float(sum(feed.sockets for feed in feeds)),
        "frames": float(counts["frames"]),
        "resyncs": float(counts["snapshots"]),
        "feed_reloads": float(counts["reloads"]),
        "feed_failures": float(counts["failures"]),
        "feed_lag_seconds": max((feed.lag_seconds for feed in feeds), default=0.0),
        "doorbell_foreign": float(counts["foreign"]),
        "doorbell_silent": float(counts["silent"]),
        "closed_slow": float(counts["slow"]),
    }


def _old_commands(picture: Picture) -> dict[Entity, Entry | None]:
    """Commands that ended so long ago that a snapshot would no longer show them."""
    oldest = utc(time.time() - COMMANDS_SHOWN_SECONDS)
    return {
        (Kind.COMMAND.value, key): None
        for key, entry in picture.of(Kind.COMMAND).items()
        if entry.row["ended_at"] and entry.row["ended_at"] < oldest
    }
