"""How soon "Maria is taking this" is on another operator's board: web, database and worker, on one machine.

`python -m benchmarks claims` prints the table. Two hundred callers wait in a queue of the demo PBX, which stands still
otherwise. One operator's socket claims one after the other, as the page does when a caller is selected or written
about; the time is from before the frame is sent until the other operator's socket has the call with the claim on it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.office import panel_of
from benchmarks.table import Row, median, percentile, show
from tests.e2e.board import log_in
from tests.e2e.demo_rig import DemoAsterisk, DemoRig
from tests.e2e.stack import Panel


CLAIMS = 200
CLAIMS_A_SECOND = 5
"""At most; the server closes a socket from which come more frames than a person gives."""

TARGET_P99_MS = 200.0
QUEUE = "5550101"
PATIENCE_SECONDS = 60.0


class Socket:
    """One operator's socket. `calls` has the calls that wait; `claimed` when the claim on each came."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = iter(range(1, 1_000_000))
        self.calls: set[str] = set()
        self.claimed: dict[str, float] = {}
        self.refused: list[Any] = []
        self._changed = asyncio.Event()

    async def send(self, **frame: Any) -> None:
        await self._connection.send(json.dumps({"id": next(self._numbers), **frame}))

    async def until(self, key: str = "", calls: int = 0) -> None:
        """Until so many calls wait, and the one with this key is claimed. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.calls) < calls or (key and key not in self.claimed):
                self._changed.clear()
                await self._changed.wait()

    async def listen(self) -> None:
        """Takes in what comes, until it is cancelled."""
        async for text in self._connection:
            now, frame = time.perf_counter(), json.loads(text)
            if frame["type"] == "result":
                self.refused += [] if frame["success"] else [frame["error"]]
                continue
            for row in frame["rows" if frame["type"] == "snapshot" else "set"].get("call", []):
                self.calls.add(row["key"])
                if row["claim"] is not None:
                    self.claimed.setdefault(row["key"], now)
            await self._connection.send(json.dumps({"type": "ack", "seq": frame["seq"]}))
            self._changed.set()


async def measure(panel: Panel) -> list[float]:
    """Seconds from one operator's claim to the other's board, for each call."""
    async with open_socket(panel, "alice") as board, open_socket(panel, "maria") as maria:
        times = []
        for key in sorted(board.calls):
            _, latency = await asyncio.gather(asyncio.sleep(1 / CLAIMS_A_SECOND), _claim(maria, board, key))
            times.append(latency)
    assert maria.refused == []
    return times


@asynccontextmanager
async def open_socket(panel: Panel, name: str) -> AsyncIterator[Socket]:
    """The socket of an operator who sees all the callers, and listens until the end of the block."""
    address = f"127.0.0.1:{panel.port}"
    cookie = await asyncio.to_thread(log_in, panel.address, name)
    async with (
        connect(
            f"ws://{address}/ws/panel/",
            origin=f"http://{address}",  # type: ignore[arg-type]
            additional_headers={"Cookie": cookie},
            max_size=None,
        ) as connection,
        asyncio.TaskGroup() as tasks,
    ):
        socket = Socket(connection)
        listener = tasks.create_task(socket.listen())
        await socket.send(type="subscribe")
        await socket.until(calls=CLAIMS)
        yield socket
        listener.cancel()


async def _claim(maria: Socket, board: Socket, key: str) -> float:
    began = time.perf_counter()
    await maria.send(type="command", name="claim", args={"call": key}, intent=f"claim-{key}")
    await board.until(key)
    return board.claimed[key] - began


def run() -> list[Row]:
    """The rows of the table."""
    with DemoAsterisk() as pbx, DemoRig(pbx) as rig, panel_of(pbx.ami_url) as panel:
        panel.add_operator("maria", extension="202")
        panel.worker.start()
        panel.wait_ready(30)
        for number in range(CLAIMS):
            rig.call_from_outside(QUEUE, number=f"+48600{number:06}", name=f"Caller {number}")
        latencies = asyncio.run(measure(panel))
    what = f"claims: “Maria is taking this” on the other board, {len(latencies)} callers waiting"
    return [
        Row(f"{what}, p50", 1000 * median(latencies), "ms"),
        Row(f"{what}, p99", 1000 * percentile(latencies, 99), "ms", TARGET_P99_MS, more=False),
    ]


if __name__ == "__main__":
    show(run())
