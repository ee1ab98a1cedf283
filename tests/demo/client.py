"""A plain AMI client for the tests of the demo PBX, made to be rude: it sends the bytes that it is told to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ami_worker.demo import DemoPbx
from tests.demo.stage import Fields, fields


DEADLINE = 5.0


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def text(self) -> str:
        """The next message as it came. Raises IncompleteReadError when the connection ends."""
        return (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), DEADLINE)).decode()

    async def message(self) -> Fields:
        return fields(await self.text())

    async def until(self, **headers: str) -> Fields:
        """The next message with these headers; what comes before is passed over."""
        while True:
            found = await self.message()
            if headers.items() <= found.items():
                return found

    async def banner(self) -> str:
        return (await asyncio.wait_for(self.reader.readline(), DEADLINE)).decode()

    def raw(self, data: bytes) -> None:
        self.writer.write(data)

    def send(self, action: str, **headers: str) -> None:
        lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in headers.items())]
        self.raw(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def ask(self, action: str, **headers: str) -> Fields:
        """Send an action and return its answer, whatever events come before it."""
        self.send(action, ActionID="ask", **headers)
        while True:
            found = await self.message()
            if "Response" in found and "Event" not in found:
                return found

    async def ended(self) -> bool:
        """Whether the other side closes the connection; what it still sends is read."""
        try:
            while await asyncio.wait_for(self.reader.read(65536), DEADLINE):
                pass
        except ConnectionError:
            return True
        return True


@asynccontextmanager
async def connected(pbx: DemoPbx, *, limit: int = 1 << 24) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", pbx.port, limit=limit)
    client = Client(reader, writer)
    try:
        await client.banner()
        yield client
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):  # it was cut: that is what some tests are about
            await writer.wait_closed()


@asynccontextmanager
async def logged_in(pbx: DemoPbx, user: str = "demo", secret: str = "demo", **headers: str) -> AsyncIterator[Client]:
    async with connected(pbx) as client:
        answer = await client.ask("Login", Username=user, Secret=secret, **headers)
        assert answer["Response"] == "Success", answer
        yield client
