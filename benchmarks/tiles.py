"""What a board of very many people costs its browser: 5,000 of them, 200 changes a second, in Chromium.

`python -m benchmarks tiles` prints the table. The pages are the real ones; what a server would say to them the harness
of the browser tests says, in patches as a worker under load makes them. Beside the board as it is the same board is
measured with all tiles in the page, and a small one with the same calls: what grows with the people, and not with what
they do, shows in how much dearer a frame is. Of the small board every tile is in the page.

A frame is what the page does from its beginning to its paint; those count in which there was something new.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")

import django


django.setup()

from playwright.async_api import Browser, CDPSession, Page, Route, async_playwright  # noqa: E402

from benchmarks.table import Row, median, percentile, show  # noqa: E402
from tests.browser.harness.office import Office  # noqa: E402
from tests.browser.harness.server import Harness  # noqa: E402
from tests.browser.harness.site import ROOT, Site  # noqa: E402
from tests.rig.chromium import launch_options  # noqa: E402


MANY, FEW = 5_000, 500
CHANGES_A_SECOND = 200
PATCHES_A_SECOND = 20
CALLS = 150
"""As many at a time, on the large board and on the small one."""
SECONDS = 10.0
SETTLE_SECONDS = 2.0
OPENINGS = 3
ROUNDS = 2
"""The large board and the small one in turn: a noisy machine is noisy for both."""

TARGET_FRAME_MS = 16.7
TARGET_PAINT_SECONDS = 1.0
TARGET_MEGABYTES = 150.0
TARGET_TIMES = 1.2
TARGET_HIDDEN = 0.33

PROBE = """(() => {
  const seen = { arrived: null, painted: null, frames: [], gaps: [] };
  window.seen = seen;
  const end = new MessageChannel();
  let isNew = false; // something has arrived since the last frame
  let counts = false;
  let began = 0;
  end.port1.onmessage = () => {
    const now = performance.now();
    if (seen.painted === null && document.querySelector("cb-extension") !== null) seen.painted = now;
    if (counts) seen.frames.push(now - began);
  };
  const tick = () => { // asked for in the frame before, and so the first in this one
    const now = performance.now();
    if (began > 0) seen.gaps.push(now - began);
    began = now;
    counts = isNew;
    isNew = false;
    end.port2.postMessage(0); // the next task is the first one after this frame's paint
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  window.WebSocket = class extends WebSocket {
    constructor(...address) {
      super(...address);
      this.addEventListener("message", ({ timeStamp }) => {
        seen.arrived ??= timeStamp;
        isNew = true;
      });
    }
  };
})()"""

PAINTED = """() => new Promise((done) => {
  const { seen } = window;
  const look = () => (seen.painted === null ? setTimeout(look, 10) : done(seen.painted - seen.arrived));
  look();
})"""

SCROLL = """() => {
  const board = document.querySelector(".middle");
  let step = 30;
  const go = () => {
    if (board.scrollTop <= 0) step = 30;
    if (board.scrollTop + board.clientHeight >= board.scrollHeight) step = -30;
    board.scrollTop += step;
    window.scrolling = requestAnimationFrame(go);
  };
  go();
}"""

HIDE = """() => { // what is driven from outside is never hidden; a browser would also paint nothing
  Object.defineProperty(document, "hidden", { get: () => true });
  Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
  window.requestAnimationFrame = () => 0;
  document.dispatchEvent(new Event("visibilitychange"));
}"""

SCRIPT = ROOT / "static/panel/js/panes/people.js"


class Traffic:
    """Calls that begin, are answered and end, a third of the changes each; always CALLS of them after the beginning."""

    def __init__(self, harness: Harness, extensions: int) -> None:
        self._harness = harness
        self._office = Office(harness, extensions, busy=0)
        self._dice = random.Random(3)
        self._free = [number for number in self._office.numbers if harness.rows["extension"][number]["state"] == "idle"]
        self._dice.shuffle(self._free)
        self._ringing: deque[str] = deque()
        self._talking: deque[str] = deque()
        for at in range(CALLS):
            harness.put("extension", self._begin() if at % 2 else self._answer(self._put(self._begin())))

    async def run(self, seconds: float) -> None:
        each = CHANGES_A_SECOND // PATCHES_A_SECOND
        loop = asyncio.get_running_loop()
        began = loop.time()
        for patch in range(1, round(seconds * PATCHES_A_SECOND) + 1):
            changes: dict[str, dict[str, Any]] = {}
            ended: list[str] = []
            for change in range(patch * each, (patch + 1) * each):
                row = self._change(change % 3, ended)
                changes[row["key"]] = self._put(row)
            calls = [self._harness.rows["call"][call["call"]] for row in changes.values() for call in row["calls"]]
            await self._harness.push({"extension": [*changes.values()], "call": calls}, {"call": ended})
            await asyncio.sleep(max(0.0, began + patch / PATCHES_A_SECOND - loop.time()))

    def _change(self, which: int, ended: list[str]) -> dict[str, Any]:
        if which == 0:
            return self._begin()
        if which == 1:
            return self._answer(self._harness.rows["extension"][self._ringing.popleft()])
        number = self._talking.popleft()
        self._free.insert(0, number)
        row = self._harness.rows["extension"][number]
        ended.append(row["calls"][0]["call"])
        return {**row, "state": "idle", "calls": []}

    def _begin(self) -> dict[str, Any]:
        number = self._free.pop()
        self._ringing.append(number)
        return self._office.on_call(number, "ringing")

    def _answer(self, row: dict[str, Any]) -> dict[str, Any]:
        number = row["key"]
        if number in self._ringing:
            self._ringing.remove(number)
        self._talking.append(number)
        [leg] = row["calls"]
        call = self._harness.rows["call"][leg["call"]]
        parties = [{**party, "state": "talking"} for party in call["parties"]]
        self._harness.put("call", {**call, "state": "talking", "parties": parties})
        return {**row, "state": "talking", "calls": [{**leg, "state": "talking"}]}

    def _put(self, row: dict[str, Any]) -> dict[str, Any]:
        self._harness.put("extension", row)
        return row


class Seen(NamedTuple):
    """What one page was like. Frames in milliseconds, `paint` in seconds from the snapshot's arrival, `busy` how much
    of the time the page's main thread was, and `hidden` the same while nobody sees the tab. Memory before and after the
    board was scrolled.
    """

    paint: float
    frames: list[float]
    gaps: list[float]
    scrolled: list[float]
    busy: float
    hidden: float
    megabytes: float
    megabytes_scrolled: float
    tiles: int


async def look(browser: Browser, site: Site, extensions: int, *, is_plain: bool = False) -> Seen:
    async with Harness(site) as harness:
        traffic = Traffic(harness, extensions)
        paints = [await first_paint(browser, harness, is_plain) for _ in range(OPENINGS - 1)]
        async with opened(browser, harness, is_plain) as page:
            paints.append(await painted(page))
            await asyncio.sleep(SETTLE_SECONDS)
            client = await page.context.new_cdp_session(page)
            # Its own time, and not what others on the machine took from it.
            await client.send("Performance.enable", {"timeDomain": "threadTicks"})
            before = await busy_seconds(client)
            frames, gaps = await frames_during(page, traffic)
            busy = (await busy_seconds(client) - before) / SECONDS
            size = await megabytes(browser)
            scrolled: list[float] = []
            if extensions == MANY:
                await page.evaluate(SCROLL)
                scrolled, _ = await frames_during(page, traffic)
                await page.evaluate("cancelAnimationFrame(window.scrolling)")
            size_scrolled, tiles = await megabytes(browser), await page.locator("cb-extension").count()
            await page.evaluate(HIDE)
            before = await busy_seconds(client)
            await traffic.run(SECONDS)
            hidden = (await busy_seconds(client) - before) / SECONDS
            return Seen(median(paints), frames, gaps, scrolled, busy, hidden, size, size_scrolled, tiles)


async def first_paint(browser: Browser, harness: Harness, is_plain: bool) -> float:
    async with opened(browser, harness, is_plain) as page:
        return await painted(page)


@asynccontextmanager
async def opened(browser: Browser, harness: Harness, is_plain: bool) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1920, "height": 1080})
    page = await context.new_page()
    await page.add_init_script(PROBE)
    if is_plain:
        await page.route("**/panes/people.js", with_all_in_page)
    await page.goto(harness.address)
    yield page
    await context.close()


async def with_all_in_page(route: Route) -> None:
    await route.fulfill(body=_script_with_all_in_page(), content_type="text/javascript")


def _script_with_all_in_page() -> str:
    script, count = re.subn(r"MOST_IN_PAGE = \d+", "MOST_IN_PAGE = Infinity", SCRIPT.read_text())
    assert count == 1
    return script


async def painted(page: Page) -> float:
    milliseconds: float = await page.evaluate(PAINTED)
    return milliseconds / 1000


async def frames_during(page: Page, traffic: Traffic) -> tuple[list[float], list[float]]:
    """What the frames took while calls come and go, and from the beginning of each to that of the next."""
    await page.evaluate("() => { window.seen.frames = []; window.seen.gaps = []; }")
    await traffic.run(SECONDS)
    frames: list[float] = await page.evaluate("window.seen.frames")
    gaps: list[float] = await page.evaluate("window.seen.gaps")
    return frames, gaps


async def busy_seconds(client: CDPSession) -> float:
    """How long the page's main thread has been busy so far."""
    metrics = (await client.send("Performance.getMetrics"))["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


async def megabytes(browser: Browser) -> float:
    """Of the largest process of a page, as the browser's own task manager has it: what is its alone, swapped or not."""
    client = await browser.new_browser_cdp_session()
    processes = (await client.send("SystemInfo.getProcessInfo"))["processInfo"]
    await client.detach()
    pages = [each["id"] for each in processes if each["type"] == "renderer"]
    return max(_kilobytes(page) for page in pages) / 1024


def _kilobytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return sum(int(size) for size in re.findall(r"^(?:RssAnon|VmSwap):\s+(\d+) kB", status, re.MULTILINE))


async def measure() -> tuple[list[Seen], list[Seen], Seen]:
    """The large board and the small one, each several times, and the large one with all tiles in the page."""
    many, few = [], []
    async with Site() as site, async_playwright() as playwright:
        for _ in range(ROUNDS):
            for extensions, seen in ((MANY, many), (FEW, few)):
                browser = await playwright.chromium.launch(**launch_options())
                seen.append(await look(browser, site, extensions))
                await browser.close()
        browser = await playwright.chromium.launch(**launch_options())
        plain = await look(browser, site, MANY, is_plain=True)
        await browser.close()
    assert all(seen.tiles < MANY / 10 for seen in many)
    assert all(seen.tiles == FEW for seen in few)
    assert plain.tiles == MANY
    return many, few, plain


def run() -> list[Row]:
    """The rows of the table."""
    many, few, plain = asyncio.run(measure())
    what = f"tiles: {MANY:,} people, {CHANGES_A_SECOND} changes/s"
    all_in_page = "… with all tiles in the page"

    def p95(pages: list[Seen], field: str) -> float:
        return percentile([each for page in pages for each in getattr(page, field)], 95)

    def mean(pages: list[Seen]) -> float:
        frames = [each for page in pages for each in page.frames]
        return sum(frames) / len(frames)

    def busy(pages: list[Seen]) -> float:
        return sum(page.busy for page in pages) / len(pages)

    def hidden(pages: list[Seen]) -> float:
        return sum(page.hidden for page in pages) / len(pages)

    return [
        Row(f"{what}: a frame with something new, p95", p95(many, "frames"), "ms", TARGET_FRAME_MS, more=False),
        Row(all_in_page, p95([plain], "frames"), "ms"),
        Row(f"{what}: the same while scrolling, p95", p95(many, "scrolled"), "ms", TARGET_FRAME_MS, more=False),
        Row(all_in_page, p95([plain], "scrolled"), "ms"),
        Row(f"{what}: from one frame to the next, p95", p95(many, "gaps"), "ms"),
        Row(all_in_page, p95([plain], "gaps"), "ms"),
        Row(
            f"tiles: {MANY:,} people: from the snapshot to the first paint",
            median([page.paint for page in many]), "s", TARGET_PAINT_SECONDS, more=False,
        ),
        Row(all_in_page, plain.paint, "s"),
        Row(f"{what}: memory of the page", max(page.megabytes for page in many), "MB", TARGET_MEGABYTES, more=False),
        Row(all_in_page, plain.megabytes, "MB"),
        Row(
            f"{what}: memory of the page after scrolling",
            max(page.megabytes_scrolled for page in many), "MB", TARGET_MEGABYTES, more=False,
        ),
        Row(all_in_page, plain.megabytes_scrolled, "MB"),
        Row(f"tiles: mean frame, {MANY:,} people to {FEW}", mean(many) / mean(few), "times", TARGET_TIMES, more=False),
        Row(all_in_page, mean([plain]) / mean(few), "times"),
        Row(f"tiles: main thread, {MANY:,} people to {FEW}", busy(many) / busy(few), "times", TARGET_TIMES, more=False),
        Row(all_in_page, busy([plain]) / busy(few), "times"),
        Row(f"{what}: main thread busy", 100 * busy(many), "%"),
        Row(all_in_page, 100 * plain.busy, "%"),
        Row(f"{what}: main thread busy in a hidden tab", 100 * hidden(many), "%"),
        Row("… against one that is seen", hidden(many) / busy(many), "times", TARGET_HIDDEN, more=False),
    ]  # fmt: skip


if __name__ == "__main__":
    show(run())
