"""How soon a key press is an action on the AMI socket: Chromium, Daphne, database, worker, on one machine.

`python -m benchmarks keys` prints the table. The page notes when Enter went down on a search result (`call`, whose
Originate is the first thing the operator notices); a tap on the line between worker and PBX notes when the action
passed. The demo PBX stands still meanwhile: what is measured is the way there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from playwright.async_api import Page, async_playwright

from ami_worker.ami import actions
from ami_worker.ami.connection import AmiUrl, Session
from benchmarks.office import demo_pbx, log_in, panel_of
from benchmarks.table import Row, median, percentile, show
from tests.rig.chromium import launch_options


EXTENSIONS = 200
PRESSES = 120
TARGET_P99_MS = 50.0

NOTE_ENTER = """() => {
  window.pressed = [];
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter") window.pressed.push((performance.timeOrigin + event.timeStamp) / 1000);
  }, {capture: true});
}"""


class Tap:
    """A line to the PBX that notes when an Originate passes."""

    def __init__(self) -> None:
        self.passed: list[float] = []
        self.seen = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[int]:
        """The port on which it listens, until the end of the block."""

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            far_reader, far_writer = await asyncio.open_connection(host, port)
            for pair in ((reader, far_writer, True), (far_reader, writer, False)):
                task = asyncio.create_task(self._pass_on(*pair))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

        async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
            yield server.sockets[0].getsockname()[1]
            for task in self._tasks:
                task.cancel()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_watched: bool) -> None:
        try:
            while data := await reader.read(65_536):
                if is_watched and b"Action: Originate\r\n" in data:
                    self.passed.append(time.time())
                    self.seen.set()
                writer.write(data)
        finally:
            writer.close()


async def _press(page: Page, tap: Tap, session: Session) -> None:
    """One call to 202 by keyboard, ended again so that the next one finds the phone free."""
    tap.seen.clear()
    await page.keyboard.type("202")
    await page.keyboard.press("Enter")
    async with asyncio.timeout(10):
        await tap.seen.wait()
        await page.wait_for_selector("[data-extension='201']:not([data-state=idle])", state="attached")
        for channel in (await session.list(actions.core_show_channels())).items:
            await session.send(actions.hangup(channel.get("Channel")))
        await page.wait_for_selector("[data-extension='201'][data-state=idle]", state="attached")


async def measure(ami_url: str) -> list[float]:
    """Seconds from key to action, one for each press."""
    address, tap = urlsplit(ami_url), Tap()
    async with tap.listening(address.hostname or "", address.port or 0) as port:
        through_tap = ami_url.replace(f":{address.port}", f":{port}")
        with panel_of(through_tap) as panel:
            panel.worker.start()
            await asyncio.to_thread(panel.wait_ready, 30)
            session = await Session.open(AmiUrl.parse(ami_url))
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(**launch_options())
                page = await browser.new_page(viewport={"width": 1280, "height": 800})
                await log_in(page, panel.address, EXTENSIONS)
                await page.evaluate(NOTE_ENTER)
                for _ in range(PRESSES):
                    await _press(page, tap, session)
                pressed: list[float] = await page.evaluate("window.pressed")
                await browser.close()
            await session.close()
    assert len(pressed) == len(tap.passed) == PRESSES, (len(pressed), len(tap.passed))
    return [passed - at for at, passed in zip(pressed, tap.passed, strict=True)]


def run() -> list[Row]:
    """The rows of the table."""
    with demo_pbx(EXTENSIONS, 0.0) as ami_url:
        latencies = asyncio.run(measure(ami_url))
    what = "keys: key press to action on the AMI socket, idle machine"
    return [
        Row(f"{what}, p50", 1000 * median(latencies), "ms"),
        Row(f"{what}, p99", 1000 * percentile(latencies, 99), "ms", TARGET_P99_MS, more=False),
    ]


if __name__ == "__main__":
    show(run())
