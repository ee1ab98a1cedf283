"""A client of the socket: speaks the contract and folds what it gets with the reference reducer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from tests.live.reducer import Reducer
from tests.live.server import Server
from tests.live.worker import written


DEADLINE = 10.0
"""Seconds that a test waits for anything that should come."""

Frame = dict[str, Any]


class Client:
    """One open socket. `frames` is everything that came; `reducer` what it adds up to."""

    def __init__(self, connection: ClientConnection, cookie: str) -> None:
        self.connection = connection
        self.session_key = cookie.partition("=")[2]
        self.reducer = Reducer()
        self.frames: list[Frame] = []
        self.texts: list[str] = []
        self.acks = True
        self._id = 0

    async def send(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def request(self, type: str, **more: Any) -> int:
        """Send a request; returns its id."""
        self._id += 1
        await self.send(id=self._id, type=type, **more)
        return self._id

    async def ask(self, type: str, **more: Any) -> Frame:
        """Send a request and wait for its result."""
        id = await self.request(type, **more)
        return await self.until(lambda frame: frame["type"] == "result" and frame["id"] == id)

    async def subscribe(self) -> Frame:
        """Subscribe and wait for the snapshot, which it returns.

        A server that many tests share may just be about to notice that this one has begun; so the snapshot must be of
        the epoch that is in the database now, and what was written before has arrived when this returns.
        """
        epoch, seq = written()
        await self.request("subscribe")
        snapshot = await self.until(lambda frame: frame["type"] == "snapshot" and frame["epoch"] == epoch)
        await self.until_seq(seq)
        return snapshot

    async def receive(self, timeout: float = DEADLINE) -> Frame:
        async with asyncio.timeout(timeout):
            text = await self.connection.recv(decode=True)
        frame: Frame = json.loads(text)
        self.texts.append(text)
        self.frames.append(frame)
        if self.reducer.apply(frame):
            await self.request("subscribe")
        if self.acks and "seq" in frame:
            await self.send(type="ack", seq=frame["seq"])
        return frame

    async def until(self, wanted: Callable[[Frame], bool], timeout: float = DEADLINE) -> Frame:
        """The next frame that is wanted, with all before it folded in."""
        async with asyncio.timeout(timeout):
            while True:
                frame = await self.receive(timeout)
                if wanted(frame):
                    return frame

    async def until_seq(self, seq: int, timeout: float = DEADLINE) -> None:
        """Until the client stands at `seq` or beyond."""
        async with asyncio.timeout(timeout):
            while self.reducer.is_lost or self.reducer.seq < seq:
                await self.receive(timeout)

    async def until_shown(self, holds: Callable[[Reducer], bool], timeout: float = DEADLINE) -> None:
        async with asyncio.timeout(timeout):
            while self.reducer.is_lost or not holds(self.reducer):
                await self.receive(timeout)

    async def closed(self, timeout: float = DEADLINE) -> int | None:
        """Read until the server closes; returns the close code."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    await self.receive(timeout)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def row(self, kind: str, key: str) -> dict[str, Any] | None:
        return self.reducer.rows.get(kind, {}).get(key)


@asynccontextmanager
async def opened(
    server: Server, cookie: str = "", origin: str | None = None, *, no_origin: bool = False, path: str = "/ws/panel/"
) -> AsyncIterator[Client]:
    """A socket with this Cookie header; the origin is the server's own unless another is given, or none is wanted."""
    connection = await connect(
        f"ws://127.0.0.1:{server.port}{path}",
        origin=None if no_origin else Origin(origin or server.origin),
        additional_headers={"Cookie": cookie} if cookie else {},
        max_size=None,
        compression=None,
        ping_interval=None,
        close_timeout=1,
    )
    try:
        yield Client(connection, cookie)
    finally:
        await connection.close()
