"""How soon 200 browsers on one Daphne see what the worker has written: 100 changes a second, each in a transaction of
its own.

`python benchmarks/sockets.py` prints the table; `make bench` calls `run()`. The database is a SQLite file, Daphne is
the real one, and the sockets are held by a process of their own, which notes when each frame arrives and looks into
it only afterwards. Each change is to another row, so every one of them has to reach every socket; none may be merged
away. Times are from just before the writing transaction to the arrival of the frame.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple


ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.table import Row, percentile, show  # noqa: E402


SOCKETS = 200
CHANGES_A_SECOND = 100
SECONDS = 15
EXTENSIONS = 1_000
PEOPLE = 25  # eight sockets each: an operator may have ten

TARGET_P99_MS = 60.0


class Result(NamedTuple):
    """What the sockets saw. `latencies` in seconds, one for each change and socket."""

    expected: int
    latencies: list[float]
    gaps: int
    closed: int
    frames: int


# --- the process that holds the sockets -----------------------------------------------------------------------------


class Browser(asyncio.Protocol):
    """A socket reduced to what costs least: it splits frames and notes their time of arrival."""

    def __init__(self, handshake: bytes) -> None:
        self._handshake = handshake
        self._buffer = bytearray()
        self._is_open = False
        self.arrivals: list[tuple[float, bytes]] = []
        self.is_closed = False
        self.has_snapshot = asyncio.Event()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._handshake)

    def connection_lost(self, failure: Exception | None) -> None:
        self.is_closed = True

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self._buffer += data
        if not self._is_open:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            assert self._buffer.startswith(b"HTTP/1.1 101"), bytes(self._buffer[:200])
            del self._buffer[: end + 4]
            self._is_open = True
            self.say({"type": "subscribe", "id": 1})
        while (text := self._take()) is not None:
            self.arrivals.append((now, text))
            if text.startswith(b'{"type":"snapshot"'):
                self.has_snapshot.set()

    def _take(self) -> bytes | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1], 2
        if size == 126:
            size, start = int.from_bytes(buffer[2:4]), 4
        elif size == 127:
            size, start = int.from_bytes(buffer[2:10]), 10
        if len(buffer) < start + size:
            return None
        if buffer[0] & 0x0F != 1:  # a ping or a close: the benchmark is too short for the one, and counts the other
            del buffer[: start + size]
            return self._take()
        text = bytes(buffer[start : start + size])
        del buffer[: start + size]
        return text

    def say(self, frame: dict[str, Any]) -> None:
        data = json.dumps(frame).encode()
        mask = secrets.token_bytes(4)
        self.transport.write(
            bytes([0x81, 0x80 | len(data)]) + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
        )

    def acknowledge(self) -> None:
        found = re.search(rb'"seq":(\d+)', self.arrivals[-1][1])
        if found and not self.is_closed:
            self.say({"type": "ack", "seq": int(found[1])})


async def hold_sockets(port: int, cookies: list[str]) -> None:
    """Open the sockets, say `ready` on standard output, and print what they saw as JSON when standard input ends."""
    loop = asyncio.get_running_loop()
    browsers: list[Browser] = []
    for number in range(SOCKETS):
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        handshake = (
            f"GET /ws/panel/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1:{port}\r\n"
            f"Cookie: {cookies[number % len(cookies)]}\r\n\r\n"
        ).encode()
        _, browser = await loop.create_connection(lambda: Browser(handshake), "127.0.0.1", port)  # noqa: B023
        browsers.append(browser)
    async with asyncio.timeout(5):
        for browser in browsers:
            await browser.has_snapshot.wait()
    print("ready", flush=True)
    end = loop.run_in_executor(None, sys.stdin.read)
    while not end.done():
        for browser in browsers:
            browser.acknowledge()
        await asyncio.wait({end}, timeout=1)
    print(json.dumps(_evaluate(browsers)), flush=True)


def _evaluate(browsers: list[Browser]) -> dict[str, Any]:
    frames: dict[bytes, Any] = {}  # the same text reached many sockets: look into it once
    latencies: list[float] = []
    gaps = count = 0
    for browser in browsers:
        seq = None
        for at, text in browser.arrivals:
            frame = frames.get(text)
            if frame is None:
                frame = frames[text] = json.loads(text)
            if frame["type"] == "patch":
                count += 1
                gaps += frame["since"] != seq
                latencies += [at - float(row["name"]) for row in frame["set"].get("extension", ())]
            seq = frame.get("seq", seq)
    closed = sum(browser.is_closed for browser in browsers)
    return {"latencies": latencies, "gaps": gaps, "closed": closed, "frames": count}


# --- the process that writes ----------------------------------------------------------------------------------------


def measure() -> Result:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cordboard-bench-")))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")
        for name in ("AMI_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        os.environ |= {"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}"}
        import django

        django.setup()
        from django.core.management import call_command

        from tests.live.conftest import log_in, operator
        from tests.live.server import running
        from tests.live.worker import Worker, extension

        call_command("migrate", verbosity=0)
        cookies = [log_in(operator(f"operator{number}")) for number in range(PEOPLE)]
        worker = Worker().begin()
        now = time.time()
        worker.write(*(extension(str(1000 + number), name=str(now)) for number in range(EXTENSIONS)))
        server = stack.enter_context(running("daphne", folder))
        holder = stack.enter_context(_holder(server.port, cookies))
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "ready"
        count = SECONDS * CHANGES_A_SECOND
        began = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, began + number / CHANGES_A_SECOND - time.monotonic()))
            key = str(1000 + number % EXTENSIONS)
            worker.write(extension(key, state="ringing" if number % 2 else "idle", name=str(time.time())))
        time.sleep(2)
        seen = json.loads(holder.communicate()[0])
        return Result(count * SOCKETS, sorted(seen["latencies"]), seen["gaps"], seen["closed"], seen["frames"])


def _holder(port: int, cookies: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, "hold", str(port), json.dumps(cookies)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def run() -> list[Row]:
    """The rows of the table. Takes about half a minute."""
    result = measure()
    lost = result.expected - len(result.latencies) + result.gaps + result.closed
    milliseconds = [1000 * latency for latency in result.latencies]
    what = f"{SOCKETS} sockets on one Daphne, {CHANGES_A_SECOND} changes/s"
    return [
        Row(f"{what}: lost changes, gaps and sockets", lost, "", 0, more=False),
        Row(f"{what}: from write to browser, p50", percentile(milliseconds, 50), "ms"),
        Row(f"{what}: from write to browser, p99", percentile(milliseconds, 99), "ms", TARGET_P99_MS, more=False),
        Row(f"{what}: frames", result.frames / SECONDS, "/s"),
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["hold"]:
        asyncio.run(hold_sockets(int(sys.argv[2]), json.loads(sys.argv[3])))
    else:
        show(run())
