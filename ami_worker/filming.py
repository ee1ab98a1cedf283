"""Keeps the film of one PBX up to date beside the picture and never in its way: on a thread and a connection of its
own.

Only `ami_worker.tenure` and tests may call this module. What a killed worker has not packed is still in the log of the
changes, which are not pruned before they are on film (`packed`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.db import DatabaseError

from ami_worker.database_thread import DatabaseThread
from ami_worker.film_store import OWED_MILLISECONDS, FilmStore
from ami_worker.lease import Lease, LeaseLost


log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
PACK_SECONDS: Final = 20.0
BETWEEN_BATCHES_SECONDS: Final = 0.2
RETRY_SECONDS: Final = 0.2
FORGET_SECONDS: Final = 60.0
GIVE_UP_SECONDS: Final = OWED_MILLISECONDS / 1000 + 60
"""After so long without film, changes are forgotten that are not on it: the database must not grow for ever."""


class Filming:
    """The film of one tenure."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._store = FilmStore(lease)
        self._database = DatabaseThread("film")
        self._worked_at = time.monotonic()
        self._fresh_at = time.time()
        self._pack_at = self._forget_at = self._worked_at
        self._is_failing = False
        self.is_dark = False
        """The lease has run out, so that the boards are stale, and nothing has been put on film since."""

    @property
    def packed(self) -> int | None:
        """Changes after this one are still needed for the film. None: none is."""
        if not settings.REPLAY_HOURS or time.monotonic() - self._worked_at > GIVE_UP_SECONDS:
            return None
        return self._store.packed

    async def begin(self) -> None:
        """Before anything is written about the PBX; until the database answers."""
        while settings.REPLAY_HOURS:
            try:
                await self._database.run(self._store.begin)
                return
            except DatabaseError as failed:
                self._say("the film must wait: %s", failed)
            await asyncio.sleep(RETRY_SECONDS)

    async def run(self) -> None:
        """Until cancelled. Raises LeaseLost when another worker has taken over."""
        while True:
            try:
                await self._look()
                self._is_failing = False
            except LeaseLost:
                raise
            except DatabaseError as failed:
                self._say("the film must wait: %s", failed)
            except Exception:
                # A film that cannot be made must not end the picture.
                log.exception("the film cannot be made")
                self._pack_at = time.monotonic() + PACK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)

    def close(self) -> None:
        self._database.close()

    async def _look(self) -> None:
        if not settings.REPLAY_HOURS:
            await self._forget()
            return
        if not self._lease.is_fresh:
            # The boards show the picture as stale by now: nothing could be written.
            self.is_dark = True
            return
        if self.is_dark:
            self._store.go_blind(int(self._fresh_at * 1000))
        if self.is_dark or time.monotonic() >= self._pack_at:
            await self._pack()
            self.is_dark = False
            await self._forget()
        self._fresh_at = time.time()

    async def _pack(self) -> None:
        await self._to_the_end(self._store.pack)
        self._worked_at = time.monotonic()
        self._pack_at = self._worked_at + PACK_SECONDS

    async def _forget(self) -> None:
        if time.monotonic() < self._forget_at:
            return
        await self._to_the_end(lambda: self._store.forget(settings.REPLAY_HOURS))
        self._forget_at = time.monotonic() + FORGET_SECONDS

    async def _to_the_end(self, step: Callable[[], bool]) -> None:
        has_more = await self._database.run(step)
        while has_more:
            await asyncio.sleep(BETWEEN_BATCHES_SECONDS)
            has_more = await self._database.run(step)

    def _say(self, text: str, failed: DatabaseError) -> None:
        if not self._is_failing:
            log.warning(text, failed)
        self._is_failing = True
