"""The worker's end of the doorbell: rings after a flush without waiting, and hears when a command was given.

Only `ami_worker.service` and `ami_worker.tenure` may call this module.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from types import TracebackType
from typing import Self

from panel import doorbell


class Doorbell:
    """Rings while one is on its way become one."""

    def __init__(self) -> None:
        self.crosses_processes = doorbell.can_ring()
        self.heard = asyncio.Event()
        self.counts: Counter[str] = Counter()
        self._ringing: asyncio.Task[None] | None = None
        self._again = False
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self.crosses_processes:
            self._listener = asyncio.create_task(doorbell.listen(self.heard.set, self.counts))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = [task for task in (self._listener, self._ringing) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def ring(self) -> None:
        """Never waits: a Redis that hangs must not hold up a flush."""
        if not self.crosses_processes:
            return
        self._again = True
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring())

    async def _ring(self) -> None:
        while self._again:
            self._again = False
            await doorbell.send_ring()
