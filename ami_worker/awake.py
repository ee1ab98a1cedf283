"""Whether this process has been running all the time: one that was stopped (SIGSTOP, a suspended machine) has missed
what happened, and finds it out only some time after it goes on.

Only `ami_worker.service` may call this module. It knows asyncio, nothing else.
"""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Self


TICKS = 10
"""How often in the time that is allowed the process shows that it runs."""


class Awake:
    """Ticks on the event loop while the `async with` block lasts; `has_slept` may be asked from any thread.

    A loop that was blocked for as long counts as well: it has read no events either.
    """

    def __init__(self, limit: float) -> None:
        """`limit`: seconds without a tick from which on it is a sleep."""
        self._limit = limit
        self._ticked = time.monotonic()
        self._has_slept = False
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        self._ticked = time.monotonic()
        self._tick()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    @property
    def has_slept(self) -> bool:
        """Once it has, it stays so."""
        self._has_slept = self._has_slept or time.monotonic() - self._ticked > self._limit
        return self._has_slept

    def _tick(self) -> None:
        if not self.has_slept:
            self._ticked = time.monotonic()
        self._timer = asyncio.get_running_loop().call_later(self._limit / TICKS, self._tick)
