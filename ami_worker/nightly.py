"""Once a night: the figures of the days that are over are kept, so that reports of long periods are quick.

Only `ami_worker.tenure` and tests may call this module. The work is that of `manage.py history_days`; it runs on a
thread of its own, which nothing waits for: neither the picture nor the alerts, nor the end of the worker. A day is kept
whole or not at all, so nothing is lost when the thread dies with the process.
"""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import Callable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.core.management import call_command
from django.db import connections


log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 60.0

NIGHT: Final = range(3, 6)
"""The hours, by the clock on the wall, in which the work begins. Clocks that are changed are changed before them."""


class Nightly:
    """Has `work` done once in each night of `zone`."""

    def __init__(self, zone: ZoneInfo, work: Callable[[], object] | None = None) -> None:
        self._zone = zone
        self._work = keep_days if work is None else work
        self._done: date | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look(datetime.now(self._zone))

    async def look(self, at: datetime) -> None:
        """Do it if it is due at that moment, and wait until it is done."""
        local = at.astimezone(self._zone)
        if local.hour not in NIGHT or local.date() == self._done:
            return
        self._done = local.date()
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def call() -> None:
            try:
                self._work()
            except Exception:
                # Reports are right without it, and slow; nothing of the picture may end for that.
                log.exception("the figures of the days could not be kept; the next night tries again")
            finally:
                connections.close_all()
            if not loop.is_closed():
                loop.call_soon_threadsafe(done.set)

        threading.Thread(target=call, name="nightly", daemon=True).start()
        await done.wait()


def keep_days() -> None:
    """As the command does, for all days: those that are kept cost next to nothing, and when a goal was changed all of
    them are made anew. Raises DatabaseError.
    """
    said = io.StringIO()
    call_command("history_days", stdout=said)
    log.info("%s", said.getvalue().strip())
