"""The worker: stands by until it holds the lease of one PBX, and then keeps the picture until it loses it.

Only the management command `ami_worker` and tests may call this module.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError

from ami_worker.ami.connection import AmiUrl
from ami_worker.awake import Awake
from ami_worker.database_thread import DatabaseThread
from ami_worker.doorbell import Doorbell
from ami_worker.lease import SLEPT, Lease, LeaseLost
from ami_worker.tenure import Tenure


log = logging.getLogger(__name__)

STANDBY_SECONDS = 0.25

ASLEEP_SECONDS = 6.0
"""Nothing older is shown as live: a worker that was stopped for so long must not go on where it was."""

FINISH_SECONDS = 3.0
"""A worker that is told to end gives the commands under way so long; what starts it may kill it after five."""

T = TypeVar("T")


class Worker:
    """Keeps the picture of one PBX for as long as it holds the lease; otherwise stands by."""

    def __init__(self, url: AmiUrl, pbx: str = settings.PBX_NAME, *, reconcile_seconds: float = 60.0) -> None:
        self._url = url
        self._pbx = pbx
        self._reconcile_seconds = reconcile_seconds
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._lease = Lease(pbx, owner, settings.LEASE_SECONDS)
        self._database = DatabaseThread("database")
        self._doorbell = Doorbell()
        self._tenure: Tenure | None = None

    async def run(self) -> None:
        """Until cancelled; then the lease is given up, so that a standby follows at once."""
        async with self._doorbell:
            try:
                while True:
                    await self._stand_by()
                    log.info("%s: this worker keeps the picture (epoch %d)", self._pbx, self._lease.epoch)
                    try:
                        await self._keep_picture()
                    except LeaseLost as lost:
                        log.warning("%s: %s", self._pbx, lost)
            finally:
                await asyncio.shield(self._give_up())

    async def finish_commands(self) -> None:
        """To be awaited before `run` is cancelled, so that nobody's command is cut off: those under way come to their
        outcome, if they soon do, and those that wait are left to the next worker.
        """
        if self._tenure is not None:
            await self._tenure.finish_commands(FINISH_SECONDS)

    async def _stand_by(self) -> None:
        """Until the lease is ours. A database that is not there is waited for, and said once."""
        said = ""
        while True:
            try:
                if await self._database.run(self._lease.acquire):
                    return
                state = "another worker holds the lease; standing by"
            except DatabaseError as failed:
                state = f"the database cannot be used: {str(failed).splitlines()[0]}"
            if state != said:
                log.warning("%s: %s", self._pbx, state)
                said = state
            await asyncio.sleep(STANDBY_SECONDS)

    async def _keep_picture(self) -> None:
        """One tenure. Raises LeaseLost when it is over; nothing of it is left behind in memory.

        A process that was stopped for a while gives the tenure up before it writes anything more, even when nobody has
        taken the PBX meanwhile: what is in its memory, and still comes out of its sockets, is old.
        """
        async with Awake(ASLEEP_SECONDS) as awake:
            self._lease.has_slept = lambda: awake.has_slept

            def work(function: Callable[[], T]) -> T:
                if awake.has_slept:
                    raise LeaseLost(SLEPT)
                return function()

            def database(function: Callable[[], T]) -> Awaitable[T]:
                return self._database.run(partial(work, function))

            self._tenure = Tenure(
                self._url, self._lease, self._doorbell, database, reconcile_seconds=self._reconcile_seconds
            )
            try:
                await self._tenure.run()
            except BaseExceptionGroup as ended:
                lost, others = ended.split(LeaseLost)
                if lost is None or others is not None:
                    raise
                raise _first(lost) from ended
            finally:
                self._tenure = None

    async def _give_up(self) -> None:
        try:
            await self._database.run(self._lease.release)
        except DatabaseError as failed:
            log.warning("%s: the lease runs out by itself, it could not be given up: %s", self._pbx, failed)
        self._database.close(wait=True)


def _first(group: BaseExceptionGroup[LeaseLost]) -> LeaseLost:
    """Of several tasks that found out at the same time."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, LeaseLost)
    return found
