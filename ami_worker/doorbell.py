"""The doorbell between processes: "look at the database now", and nothing else.

Only `ami_worker.service` may call this module. It carries no data: a ring that is lost costs the time until the
next poll. Where the channel layer cannot cross processes (no REDIS_URL) there is no doorbell, and polling does all
the work.
"""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Self

from channels.layers import InMemoryChannelLayer, get_channel_layer


log = logging.getLogger(__name__)

GROUP = "doorbell"
RING = {"type": "doorbell.ring"}
SEND_SECONDS = 2.0
RETRY_SECONDS = 1.0


class Doorbell:
    """Rings the web processes after a flush, and hears them when a command was given."""

    def __init__(self) -> None:
        layer = get_channel_layer()
        self._layer = None if layer is None or isinstance(layer, InMemoryChannelLayer) else layer
        self._ringing: asyncio.Task[None] | None = None
        self._again = False
        self._listener: asyncio.Task[None] | None = None
        self.heard = asyncio.Event()

    @property
    def crosses_processes(self) -> bool:
        return self._layer is not None

    async def __aenter__(self) -> Self:
        if self._layer is not None:
            self._listener = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = [task for task in (self._listener, self._ringing) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def ring(self) -> None:
        """Never waits: a Redis that hangs must not hold up a flush. Rings while one is on its way become one."""
        if self._layer is None:
            return
        if self._ringing is not None and not self._ringing.done():
            self._again = True
            return
        self._ringing = asyncio.create_task(self._send())

    async def _send(self) -> None:
        assert self._layer is not None
        while True:
            self._again = False
            try:
                await asyncio.wait_for(self._layer.group_send(GROUP, RING), SEND_SECONDS)
            except Exception as failed:  # whatever the Redis client raises: the ring is lost, the data is not
                log.warning("the doorbell did not ring: %s", type(failed).__name__)
            if not self._again:
                return

    async def _listen(self) -> None:
        """Joined again after every failure: after a restart of Redis the old membership may be gone."""
        assert self._layer is not None
        while True:
            try:
                channel = await self._layer.new_channel()
                await self._layer.group_add(GROUP, channel)
                while True:
                    await self._layer.receive(channel)
                    self.heard.set()
            except asyncio.CancelledError:
                raise
            except Exception as failed:
                log.warning("the doorbell cannot be heard: %s", type(failed).__name__)
                await asyncio.sleep(RETRY_SECONDS)
