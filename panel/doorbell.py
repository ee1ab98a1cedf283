"""The doorbell between processes: "look at the database now", and nothing else.

Rung by `panel.commands.submit` when a command waits and by the worker after a flush; heard by the feed and the worker.
It carries no data and may be lost: whoever listens looks by itself as well, only less often. So nothing here may hurt
its caller: Redis may die, hang, or bring messages that nobody of us sent. Where the channel layer cannot cross
processes (no REDIS_URL) there is no doorbell.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import NoReturn

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer


GROUP = "doorbell"
RING = "doorbell.ring"
PATIENCE = 2.0
"""Seconds that a ring may be held up by a Redis that does not answer."""

BACKOFF_SECONDS = 1.0

log = logging.getLogger(__name__)


def can_ring() -> bool:
    """Whether the channel layer crosses processes; in memory it does not, and nobody would hear."""
    layer = get_channel_layer()
    return layer is not None and not isinstance(layer, InMemoryChannelLayer)


async def send_ring() -> None:
    """Ring once. Never raises, never waits for longer than PATIENCE."""
    if not can_ring():
        return
    try:
        await asyncio.wait_for(get_channel_layer().group_send(GROUP, {"type": RING}), PATIENCE)
    except Exception as failed:  # whatever the layer raises (redis-py has a dozen kinds): the others look by themselves
        log.warning("The doorbell could not be rung (%s).", type(failed).__name__)


def ring() -> None:
    """The same from a thread without an event loop."""
    if can_ring():
        async_to_sync(send_ring)()


async def listen(on_ring: Callable[[], object], counts: Counter[str]) -> NoReturn:
    """Call `on_ring` for each ring, for ever.

    Waits and begins anew when the layer fails: after a restart of Redis the old membership may be gone. Counts `rings`,
    `foreign` messages, and how often it fell `silent`.
    """
    layer = get_channel_layer()
    while True:
        try:
            channel = await layer.new_channel()
            await layer.group_add(GROUP, channel)
            # What was rung before we listened is lost.
            on_ring()
            while True:
                message = await layer.receive(channel)
                if isinstance(message, dict) and message.get("type") == RING:
                    counts["rings"] += 1
                    on_ring()
                else:
                    counts["foreign"] += 1
        except Exception as failed:
            counts["silent"] += 1
            log.warning("The doorbell is silent (%s); the database is asked less often.", type(failed).__name__)
        await asyncio.sleep(BACKOFF_SECONDS)
