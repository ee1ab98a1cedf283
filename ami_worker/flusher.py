"""Brings the mirror's changes to the store: at once when idle, in batches under load, and never from the reader.

Only `ami_worker.service` may call this module. It knows asyncio, neither Django nor the mirror: what it takes and
what it writes are two callables.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from ami_worker.mirror import Written
from ami_worker.timings import Timings


log = logging.getLogger(__name__)

LEAST_PAUSE_SECONDS = 0.05
PAUSE_FOR_WORK = 2.0
"""After a flush the worker stays away from the database for twice the time that the flush took, and at least for the
least pause. SQLite lets nobody else write while one writer follows its own heels; this leaves two thirds of the time to
the others, whatever the machine and the load, and a lonely change goes out at once.

Under load each flush costs as much as a dozen of its changes, in the web processes again, and there for each socket: so
the least pause decides what the panel takes of a processor. It is what an event waits at most, half of it as a rule.
"""

LONGEST_PAUSE_SECONDS = 0.5

LAG_WORTH_TAKING_BACK = 0.25
"""Seconds. A lag that was shown must not stay on the board when all falls silent."""

RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0)
"""Pauses after failed writes; the last one is repeated."""


class Flusher:
    """Takes changes when woken and writes them; what could not be written is kept, the latest for each entity.

    `take` returns what changed since it was last called. `write` stores a batch in one transaction; when it raises
    one of `retry_on` nothing was stored and it is called again later.
    """

    def __init__(
        self,
        take: Callable[[], Sequence[Written]],
        write: Callable[[Sequence[Written]], Awaitable[object]],
        retry_on: type[Exception],
    ) -> None:
        self._take = take
        self._write = write
        self._retry_on = retry_on
        self._woken = asyncio.Event()
        self._woken_at: float | None = None
        self._unwritten: dict[tuple[str, str], Written] = {}
        self._one_at_a_time = asyncio.Lock()
        self.lag_seconds = 0.0
        """From the first event of the last batch to its commit; while a write fails, how long it has been failing."""
        self._shown_lag = 0.0
        self.flush_seconds = 0.0
        self.written = 0
        self.failed = 0
        self.flush_times = Timings()
        self.lags = Timings()
        """From the first event of a batch to its commit."""

    def wake(self) -> None:
        """Something was applied. Called from the reader, so it does next to nothing."""
        if self._woken_at is None:
            self._woken_at = time.monotonic()
            self._woken.set()

    async def run(self) -> None:
        """Until cancelled. Raises what `write` raises, but for the errors that mean "not now"."""
        failures = 0
        while True:
            if not self._unwritten:
                await self._woken.wait()
            try:
                await self.flush()
                if not self._woken.is_set() and max(self._shown_lag, self.lag_seconds) >= LAG_WORTH_TAKING_BACK:
                    self.lag_seconds = 0.0
                    await self.flush()
                failures = 0
                work = PAUSE_FOR_WORK * self.flush_seconds
                await asyncio.sleep(min(max(LEAST_PAUSE_SECONDS, work), LONGEST_PAUSE_SECONDS))
            except self._retry_on as failed:
                if not failures:
                    log.warning("the database cannot be written now, changes are kept: %s", failed)
                await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1

    async def flush(self) -> None:
        """Write everything that is known now. Raises what `write` raises; nothing is lost by it."""
        async with self._one_at_a_time:  # else a batch that failed could be put back over a newer one that was written
            since, self._woken_at = self._woken_at, None
            self._woken.clear()
            self._shown_lag = self.lag_seconds  # `take` puts it into the PBX's own row
            for change in self._take():
                self._unwritten[change.kind, change.key] = change
            self.flush_seconds = 0.0
            if self._unwritten:
                await self._write_batch(since)
            self.lag_seconds = 0.0 if since is None else time.monotonic() - since

    async def _write_batch(self, since: float | None) -> None:
        batch, self._unwritten = self._unwritten, {}
        started = time.monotonic()
        try:
            await self._write(list(batch.values()))
        except BaseException as failure:
            self.failed += isinstance(failure, self._retry_on)
            self._unwritten = batch
            self._woken_at = since if since is not None else self._woken_at
            self.lag_seconds = time.monotonic() - (since or started)
            raise
        ended = time.monotonic()
        self.flush_seconds = ended - started
        self.flush_times.add(self.flush_seconds)
        if since is not None:
            self.lags.add(ended - since)
        self.written += len(batch)
