"""A wire between the panel's action session and a PBX, with a fault that can be switched on: it carries everything,
and remembers what the panel sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from ami_worker.ami.connection import AmiUrl


class Wire:
    """`url` is where the panel connects. Faults begin with the next action of the given name."""

    def __init__(self, target: AmiUrl) -> None:
        self._target = target
        self._server: asyncio.Server
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent = bytearray()
        self._mute = False
        self.swallow_replies_to = ""
        """From this action on, whatever the PBX says is lost."""
        self.cut_at = ""
        """When this action has reached the PBX, the connection breaks."""
        self.halves_redirects = False
        """Of a Redirect of two channels the PBX hears of the first alone, and the panel that the second one failed."""
        self._halved: list[bytes] = []

    @classmethod
    @asynccontextmanager
    async def to(cls, target: str) -> AsyncIterator[Self]:
        wire = cls(AmiUrl.parse(target))
        wire._server = await asyncio.start_server(wire._connected, "127.0.0.1", 0)
        try:
            yield wire
        finally:
            wire._server.close()
            for task in wire._tasks:
                task.cancel()
            await asyncio.gather(*wire._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        port = self._server.sockets[0].getsockname()[1]
        return f"ami://{self._target.username}:{self._target.secret}@127.0.0.1:{port}"

    def forget(self) -> None:
        """What was sent so far is of no interest: the log-in, the survey."""
        self._sent.clear()

    @property
    def sent(self) -> bytes:
        """Every byte that reached the PBX."""
        return bytes(self._sent)

    def actions(self) -> list[str]:
        """What was sent, one text for each action, without the ActionIDs and with our own ids made alike."""
        text = re.sub(r"ActionID: [^\r]*\r\n", "", self._sent.decode())
        text = re.sub(r"cordboard-[0-9a-f]{24}", "cordboard-ID", text)
        return [each.replace("\r\n", "\n") for each in text.split("\r\n\r\n") if each]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        pbx_reader, pbx_writer = await asyncio.open_connection(self._target.host, self._target.port)
        back = asyncio.create_task(self._carry_back(pbx_reader, writer))
        self._tasks.add(back)
        try:
            while data := await reader.readuntil(b"\r\n\r\n"):
                if self.swallow_replies_to and f"Action: {self.swallow_replies_to}\r\n".encode() in data:
                    self._mute = True
                self._sent += data
                pbx_writer.write(self._halve(data) if self.halves_redirects else data)
                await pbx_writer.drain()
                if self.cut_at and f"Action: {self.cut_at}\r\n".encode() in data:
                    # A socket that is closed with something unread in it would take back what was sent; and whoever
                    # sees the panel cut off may rely on it that the PBX has done this.
                    self._mute = True
                    pbx_writer.write_eof()
                    await back
                    self._mute = False
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the panel has hung up, or the block has ended; asyncio logs a handler that was cancelled as an error
        finally:
            back.cancel()
            for each in (writer, pbx_writer):
                each.close()
                with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                    await each.wait_closed()

    def _halve(self, data: bytes) -> bytes:
        if b"\r\nExtraChannel:" not in data:
            return data
        lines = data.split(b"\r\n")
        self._halved += [line for line in lines if line.startswith(b"ActionID:")]
        return b"\r\n".join(line for line in lines if not line.startswith(b"Extra"))

    def _as_half(self, data: bytes) -> bytes:
        for action_id in self._halved:
            whole = b"Response: Success\r\n" + action_id + b"\r\nMessage: Redirect successful"
            half = b"Response: Error\r\n" + action_id + b"\r\nMessage: Secondary redirect failed"
            data = data.replace(whole, half)
        return data

    async def _carry_back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if not self._mute:
                writer.write(self._as_half(data))
