"""One tenure of a lease: AMI link, mirror, flusher, store and operations put together.

Only `ami_worker.service` may call this module.

Three kinds of work keep out of each other's way. The reader (in link.py) only changes memory. Everything that
touches the database runs on one thread of its own, one call after the other. The tasks here wait for either.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from functools import partial
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError, connection

from ami_worker.alerting import Alerting
from ami_worker.ami.actions import Action
from ami_worker.ami.connection import AmiUrl, NotSent, Response, Session
from ami_worker.ami.protocol import Message
from ami_worker.doorbell import Doorbell
from ami_worker.filming import Filming
from ami_worker.flusher import Flusher
from ami_worker.keys import Keys
from ami_worker.lease import Lease
from ami_worker.lending import Lending
from ami_worker.link import ActionLink, EventLink
from ami_worker.mirror import Mirror, Written
from ami_worker.nightly import Nightly
from ami_worker.operations import Intent, Operations, Outcome, survey
from ami_worker.post import post_office
from ami_worker.store import Store
from panel.live.ear import LOOK_SECONDS, Ear
from panel.logs import about_command
from panel.vocabulary import CommandState, Kind, Link, WorkerFigures


log = logging.getLogger(__name__)

COMMAND_POLL_SECONDS = 0.005
"""How often commands are looked for when no doorbell can reach this process and it cannot hear the database: it is part
of every key press. On SQLite a look at a database that is quiet is one `stat` call.
"""

COMMAND_POLL_PLAIN_SECONDS = 0.05
"""The same where each look is a query."""

COMMAND_POLL_WITH_DOORBELL_SECONDS = 0.5
"""With Redis, whose doorbell reaches it, the worker is idle meanwhile."""

CONFIGURATION_POLL_SECONDS = 2.0
PRUNE_SECONDS = 30.0
RETRY_SECONDS = 0.5

FIRST_PICTURE_SECONDS = 2.0
"""What was given to the worker before this one waits so long for a picture that is live, instead of being refused."""

CUT_OFF = "The panel's database does not answer."
WORKER_LOST = "The panel was restarted meanwhile. Look at the board before trying again."

T = TypeVar("T")


class Database(Protocol):
    """Runs a function on the database thread."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]: ...


class Tenure:
    """Keeps the picture of one PBX until LeaseLost."""

    def __init__(
        self, url: AmiUrl, lease: Lease, doorbell: Doorbell, database: Database, *, reconcile_seconds: float
    ) -> None:
        self._lease = lease
        self._doorbell = doorbell
        self._database = database
        self._keys = Keys(lease.pbx)
        self._store = Store(lease)
        self._mirror = Mirror(lease.pbx, zone=settings.TIME_ZONE, plan=settings.NUMBER_PLAN)
        self._actions = ActionLink(url, lost=self._actions_lost)
        self._post = post_office()
        self._lending = Lending(self._mirror, self._store, self._retrying, self._perform, self._is_ready)
        self._operations = Operations(self._mirror, self._send, post=self._post, ledger=self._lending)
        self._events = EventLink(
            url,
            self._mirror,
            applied=self._applied,
            synced=self._synced,
            lost=self._events_lost,
            reconcile_seconds=reconcile_seconds,
        )
        self._flusher = Flusher(self._take, self._write, DatabaseError)
        self._alerting = Alerting(lease, is_live=self._is_live, wake=self._flusher.wake, post=self._post)
        self._filming = Filming(lease)
        self._events_taken = self._resyncs = self._sessions_lost = 0
        self._is_comparing = True
        """While lists stream in, half a picture must not be shown: only the PBX's own row is written."""
        self._replace_all = True
        """What the database holds is an earlier worker's: the next write is the whole picture."""
        self._was_away = False
        """Whether the PBX has gone unwatched since the last write of its picture."""
        self._began = time.monotonic()
        self._performing: set[asyncio.Task[None]] = set()
        self._serving: asyncio.Task[None] | None = None
        self._is_closing = False
        self._alarm: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Raises an ExceptionGroup with LeaseLost in it when another worker has taken over."""
        await self._retrying(partial(self._store.abandon_unfinished, WORKER_LOST))
        if self._keys.is_first:
            await self._retrying(self._store.forget_removed)
        self._mirror.adopt(await self._retrying(partial(self._store.past, self._mirror.day_began_at)))
        await self._configure()
        await self._lending.load()
        try:
            await asyncio.gather(self._alerting.begin(), self._filming.begin())
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._renew())
                tasks.create_task(self._flusher.run())
                tasks.create_task(self._events.keep())
                tasks.create_task(self._actions.keep())
                self._serving = tasks.create_task(self._serve_commands())
                tasks.create_task(self._follow_configuration())
                tasks.create_task(self._prune())
                tasks.create_task(self._lending.run())
                tasks.create_task(self._alerting.run())
                if self._keys.is_first:  # the days of all PBXs
                    tasks.create_task(Nightly(ZoneInfo(settings.TIME_ZONE)).run())
                tasks.create_task(self._filming.run())
        finally:
            gc.unfreeze()
            self._set_alarm(None)
            for task in self._performing:
                task.cancel()
            await asyncio.gather(*self._performing, return_exceptions=True)
            self._alerting.close()
            self._filming.close()
            if self._post is not None:
                self._post.close()

    # --- the picture ------------------------------------------------------------------------------------------------

    def _applied(self, message: Message | None) -> None:
        self._events_taken += message is not None
        self._operations.observe(message)
        self._flusher.wake()

    async def _synced(self, session: Session) -> None:
        # Before the picture is live: a command on a PBX of which nothing is known would be refused for a wrong reason.
        site = self._operations.site = await survey(session)
        self._mirror.set_capabilities([*site.capabilities, *(["message"] if self._post is not None else [])])
        self._is_comparing = False
        self._resyncs += 1

    def _events_lost(self, reason: str) -> None:
        self._sessions_lost += 1
        self._is_comparing = self._was_away = True
        self._operations.lost(reason)

    def _actions_lost(self, reason: str) -> None:
        self._operations.lost(reason)

    def _take(self) -> Sequence[Written]:
        self._mirror.set_lag(self._flusher.lag_seconds)
        if self._is_comparing:
            return self._keys.outward([*self._mirror.changes(only=Kind.PBX), *self._mirror.records()])
        batch: list[Written] = [*(self._mirror.everything() if self._replace_all else self._mirror.changes())]
        self._set_alarm(self._mirror.due_at)
        batch = self._keys.outward([*batch, *self._mirror.records()])
        return [*batch, *self._alerting.changes(batch, whole=self._replace_all)]

    def _is_live(self) -> bool:
        return not self._is_comparing and self._mirror.link is Link.LIVE

    def _set_alarm(self, due_at: float | None) -> None:
        """Some things end without an event, such as a member's wrap-up."""
        if self._alarm is not None:
            self._alarm.cancel()
        if due_at is not None:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(max(0.0, due_at - time.time()), self._flusher.wake)

    async def _write(self, changes: Sequence[Written]) -> None:
        if self._replace_all and not self._is_comparing:
            await self._database(partial(self._store.replace, changes))
            self._replace_all = False
            # What is there now stays: to go through it now and then would take Python a tenth of a second, in which no
            # event is read.
            gc.freeze()
        else:
            after_gap = self._was_away and not self._is_comparing
            await self._database(partial(self._store.flush, changes, after_gap=after_gap))
            self._was_away &= not after_gap
        self._doorbell.ring()

    # --- lease, configuration, housekeeping -------------------------------------------------------------------------

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._lease.ttl / 5)
            try:
                await self._database(partial(self._store.renew, self._figures()))
            except DatabaseError as failed:
                log.warning("the lease could not be renewed: %s", failed)

    def _figures(self) -> WorkerFigures:
        return WorkerFigures(
            events=self._events_taken,
            changes=self._store.changes_written,
            resyncs=self._resyncs,
            sessions_lost=self._sessions_lost,
            flushes_failed=self._flusher.failed,
            flush=self._flusher.flush_times.figures(),
            lag=self._flusher.lags.figures(),
        )

    async def _configure(self) -> None:
        listings = await self._retrying(self._store.listings)
        if listings is not None:
            self._mirror.set_listings(listings)
        targets = await self._retrying(self._store.targets)
        if targets is not None:
            self._mirror.set_targets(targets)
        self._mirror.set_operators(await self._retrying(self._store.operators))
        self._flusher.wake()

    async def _follow_configuration(self) -> None:
        while True:
            await asyncio.sleep(CONFIGURATION_POLL_SECONDS)
            if await self._retrying(self._store.may_be_configured_anew):
                await self._configure()
            for uniqueid in await self._retrying(self._store.unwelcome_listeners):
                await self._operations.end_listener(uniqueid)

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(PRUNE_SECONDS)
            await self._retrying(partial(self._store.prune, self._filming.packed))

    async def _retrying(self, function: Callable[[], T]) -> T:
        """Until the database takes it; each of these calls may be made twice."""
        while True:
            try:
                return await self._database(function)
            except DatabaseError as failed:
                log.warning("%s must wait: %s", getattr(function, "__name__", "a write"), failed)
                await asyncio.sleep(RETRY_SECONDS)

    # --- commands ---------------------------------------------------------------------------------------------------

    async def _serve_commands(self) -> None:
        with closing(Ear.at_our_database(self._doorbell.heard.set)) as ear:
            await self._take_up_commands(self._command_pause(ear))

    async def _take_up_commands(self, pause: float) -> None:
        watch, heard, loop = self._store.watch, self._doorbell.heard, asyncio.get_running_loop()
        while not self._is_closing:
            heard.clear()
            if self._lease.is_fresh and self._takes_commands() and not watch.is_quiet():
                for intent in await self._retrying(self._store.claim):
                    task = asyncio.create_task(self._perform(intent))
                    self._performing.add(task)
                    task.add_done_callback(self._performing.discard)
            timer = loop.call_later(pause, heard.set)
            try:
                await heard.wait()
            finally:
                timer.cancel()

    def _takes_commands(self) -> bool:
        """On a picture that is not live nothing is sent: Operations refuses it, and at once is better than later."""
        if self._mirror.link is Link.LIVE:
            return self._actions.is_decided
        return not self._replace_all or time.monotonic() > self._began + FIRST_PICTURE_SECONDS

    async def finish_commands(self, seconds: float) -> None:
        """Take up no more commands, which is for the next worker, and wait for those under way, so long at most."""
        self._is_closing = True
        self._doorbell.heard.set()
        until = time.monotonic() + seconds
        for tasks in ([self._serving] if self._serving is not None else [], self._performing):
            if tasks:
                await asyncio.wait(tasks, timeout=max(0.0, until - time.monotonic()))

    def _command_pause(self, ear: Ear) -> float:
        if self._doorbell.crosses_processes:
            return COMMAND_POLL_WITH_DOORBELL_SECONDS
        if not ear.is_deaf:
            return LOOK_SECONDS
        return COMMAND_POLL_SECONDS if connection.vendor == "sqlite" else COMMAND_POLL_PLAIN_SECONDS

    async def _send(self, action: Action) -> Response:
        """Also for what is under way nothing is sent that another worker may be doing by now."""
        if not self._lease.is_fresh:
            raise NotSent(CUT_OFF)
        return await self._actions.send(action)

    def _is_ready(self) -> bool:
        """Whether a command of our own can be carried out now."""
        return self._lease.is_fresh and self._actions.is_connected and self._mirror.link is Link.LIVE

    async def _perform(self, intent: Intent) -> None:
        with about_command(intent.key):
            await self._bring_to_an_end(intent)

    async def _bring_to_an_end(self, intent: Intent) -> None:
        """In a recorded outcome, whatever happens: a button is never silent."""
        started = time.monotonic()
        try:
            outcome = await self._operations.perform(intent)
        except Exception:
            log.exception("%s failed in a way that was not foreseen", intent.name)
            outcome = Outcome(
                CommandState.UNKNOWN, "internal", "Something went wrong inside the panel. Look at the board first."
            )
        log.info(
            "%s by %s: %s %s after %.2f s",
            intent.name, intent.operator, outcome.state, outcome.reason, time.monotonic() - started,
        )  # fmt: skip
        # The receipt must not overtake the picture that it speaks of.
        try:
            await self._flusher.flush()
        except DatabaseError as failed:
            log.warning("the receipt goes ahead of the picture: %s", failed)
        await self._retrying(partial(self._store.finish, intent.key, outcome))
        self._doorbell.ring()
