"""The browsers' end of a restart in benchmarks/crowd.py, in a process of its own: sockets that come back as the page's
do, at any moment of the next two seconds (static/panel/js/socket.js).

Only that benchmark may start it. Says `ready` on standard output when each has its first snapshot, and prints when each
had its second one, as JSON, in seconds since the epoch.
"""

from __future__ import annotations

import asyncio
import json
import random
import struct
import sys
import time

from benchmarks.held_sockets import handshake, is_snapshot, masked


BACKOFF_SECONDS = 2.0


class Returning:
    """One of them. `served` has the times of its snapshots."""

    def __init__(self, port: int, cookie: str, served: asyncio.Queue[float]) -> None:
        self._port, self._cookie, self._served = port, cookie, served

    async def stay(self) -> None:
        while True:
            try:
                await self._visit()
            except (OSError, EOFError):
                await asyncio.sleep(random.uniform(0, BACKOFF_SECONDS))

    async def _visit(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(handshake(self._port, self._cookie))
            if not (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101"):
                raise EOFError
            writer.write(masked({"type": "subscribe", "id": 1}))
            while True:
                if is_snapshot(await _text(reader)):
                    self._served.put_nowait(time.time())
        finally:
            writer.close()


async def _text(reader: asyncio.StreamReader) -> bytes:
    """The next frame's."""
    size = (await reader.readexactly(2))[1]
    if size == 126:
        (size,) = struct.unpack(">H", await reader.readexactly(2))
    elif size == 127:
        (size,) = struct.unpack(">Q", await reader.readexactly(8))
    return await reader.readexactly(size)


async def main(port: int, cookies: list[str], count: int) -> None:
    served: asyncio.Queue[float] = asyncio.Queue()
    async with asyncio.TaskGroup() as tasks:
        staying = [
            tasks.create_task(Returning(port, cookies[number % len(cookies)], served).stay()) for number in range(count)
        ]
        for _ in range(count):
            await served.get()
        print("ready", flush=True)
        print(json.dumps([await served.get() for _ in range(count)]), flush=True)
        for task in staying:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])))
