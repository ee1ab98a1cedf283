"""Wakes the worker when a command is waiting, so that it need not poll fast.

Called by submit.py after its transaction. The doorbell carries nothing and may be lost: the worker looks into the
table by itself as well.
"""

from __future__ import annotations

import asyncio
import logging

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer


GROUP = "doorbell"
RING = {"type": "doorbell.ring"}
PATIENCE = 2.0
"""Seconds that a command may be held up by a Redis that does not answer."""

log = logging.getLogger(__name__)


def ring() -> None:
    """Ring, when the channel layer reaches other processes. Never raises, never blocks for longer than PATIENCE."""
    layer = get_channel_layer()
    if layer is None or isinstance(layer, InMemoryChannelLayer):
        return

    async def send() -> None:
        await asyncio.wait_for(layer.group_send(GROUP, RING), PATIENCE)

    try:
        async_to_sync(send)()
    except Exception as failed:  # whatever the layer raises: the worker's poll finds the command all the same
        log.warning(
            "The doorbell could not be rung (%s); the worker will find the command by itself.", type(failed).__name__
        )
