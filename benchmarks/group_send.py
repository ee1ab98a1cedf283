"""The plain alternative to the feed, for benchmarks/crowd.py: every socket is a consumer in one group of the channel
layer, and every change is sent to the group.

`application` is served by plain Daphne. It is spared what the panel does besides: nobody logs in or has rights, the
layer is the one in memory, and what a new socket is given is empty.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import django
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")
django.setup()

from django.db.models import Max  # noqa: E402

from panel.live.models import Change  # noqa: E402


GROUP = "boards"
POLL_SECONDS = 0.01


class Follower:
    """Reads what the worker has written, and sends each change to the group."""

    def __init__(self) -> None:
        self.seq = 0
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """With the first socket."""
        if self._task is None:
            self._task = asyncio.create_task(self._follow())
            self.seq = (await Change.objects.aaggregate(last=Max("seq")))["last"] or 0

    async def _follow(self) -> None:
        layer = get_channel_layer()
        while True:
            await asyncio.sleep(POLL_SECONDS)
            async for change in Change.objects.filter(seq__gt=self.seq).order_by("seq"):
                frame = {"type": "patch", "since": self.seq, "seq": change.seq, "set": {change.kind: [change.row]}}
                self.seq = change.seq
                await layer.group_send(GROUP, {"type": "board.change", "frame": frame})


follower = Follower()


class Board(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    async def connect(self) -> None:
        await self.accept()

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        if content["type"] == "subscribe":
            await follower.begin()
            await self.send_json({"type": "snapshot", "seq": follower.seq, "rows": {}})
            await self.channel_layer.group_add(GROUP, self.channel_name)

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def board_change(self, event: dict[str, Any]) -> None:
        await self.send_json(event["frame"])


application = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": URLRouter([path("ws/panel/", Board.as_asgi())])}
)
