"""The feed's ear for the doorbell: "look at the database now", rung by the worker and by `submit`.

Only `feed` may call this module. The bell carries nothing and may be lost; without it the feed only looks less often.
So nothing here may hurt the feed: Redis may die, hang, or bring messages that we never sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import NoReturn

from channels.layers import InMemoryChannelLayer, get_channel_layer


GROUP = "doorbell"
RING = "doorbell.ring"
BACKOFF_SECONDS = 1.0

log = logging.getLogger(__name__)


def can_ring() -> bool:
    """Whether the channel layer crosses processes; in memory it does not, and nobody would ring."""
    layer = get_channel_layer()
    return layer is not None and not isinstance(layer, InMemoryChannelLayer)


async def listen(on_ring: Callable[[], object], counts: Counter[str]) -> NoReturn:
    """Call `on_ring` for each ring, for ever.

    Waits and begins anew when the layer fails; counts `rings` and `foreign` messages.
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
            # Whatever the layer raises (redis-py has a dozen kinds), the poll goes on and only the speed is gone.
            log.warning("The doorbell is silent (%s); the database is asked once a second.", type(failed).__name__)
        await asyncio.sleep(BACKOFF_SECONDS)
