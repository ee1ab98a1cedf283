"""How soon an AMI event is a painted tile: demo PBX, worker, Daphne and Chromium on one machine.

`python -m benchmarks paint` prints the table. An AMI session of the benchmark's own notes when a phone begins to ring;
the page notes when the tile of that extension turned to ringing and was painted. The page draws inside an animation
frame (frames.js), so the observer runs there too, and the next task is the first one after that frame's paint.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict

from playwright.async_api import async_playwright

from ami_worker.ami.connection import AmiUrl, Session
from ami_worker.ami.protocol import Message
from benchmarks.office import demo_pbx, log_in, panel_of
from benchmarks.table import Row, median, percentile, show
from tests.rig.chromium import launch_options


EXTENSIONS = 1_000
RATE = 10.0
SECONDS = 90.0
TARGET_P50_MS = 60.0
TARGET_P99_MS = 200.0
SHORT_RING_SECONDS = 0.5
"""A phone that stops ringing sooner may never be painted as ringing, and rightly so."""

OBSERVE = """() => {
  window.painted = [];
  const frame = new MessageChannel();
  let waiting = [];
  frame.port1.onmessage = () => {
    const now = performance.timeOrigin + performance.now();
    for (const extension of waiting) window.painted.push([extension, now / 1000]);
    waiting = [];
  };
  new MutationObserver((records) => {
    const found = records.filter((each) => each.target.dataset.state === "ringing" && each.oldValue !== "ringing");
    if (!found.length) return;
    waiting.push(...found.map((each) => each.target.dataset.extension));
    frame.port2.postMessage(0);
  }).observe(document.body, {
    subtree: true, attributes: true, attributeOldValue: true, attributeFilter: ["data-state"],
  });
}"""


IN_PAGE = "() => [...document.querySelectorAll('[data-extension]')].map((each) => each.dataset.extension)"
"""Of so many extensions the tiles in sight are in the page; nobody scrolls here, so they stay the same ones."""

RINGING = """() => [...document.querySelectorAll("[data-extension][data-state=ringing]")]
  .map((each) => each.dataset.extension)"""


class Rings:
    """When each extension began and ceased to ring, by the PBX's own words."""

    def __init__(self) -> None:
        self.began: dict[str, list[float]] = defaultdict(list)
        self.short: set[tuple[str, float]] = set()
        self._ringing: dict[str, tuple[str, float]] = {}
        self.already: set[str] = set()
        """Extensions that rang before we listened: what they do next is not counted."""

    def hear(self, message: Message) -> None:
        now, unique = time.time(), message.get("Uniqueid")
        found = re.match(r"PJSIP/(\d+)-", message.get("Channel"))
        if message.event == "newstate" and message.get("ChannelStateDesc") == "Ringing" and found:
            if found[1] not in {*self.already, *(extension for extension, _ in self._ringing.values())}:
                self.began[found[1]].append(now)
                self._ringing[unique] = (found[1], now)
        elif message.event in {"newstate", "hangup"} and unique in self._ringing:
            extension, began = self._ringing.pop(unique)
            if now - began < SHORT_RING_SECONDS:
                self.short.add((extension, began))


async def measure(ami_url: str, address: str) -> tuple[list[float], int]:
    """Seconds from event to paint for each ring, and how many rings were never painted."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**launch_options())
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        await log_in(page, address, EXTENSIONS)
        await page.evaluate(OBSERVE)
        in_page = set(await page.evaluate(IN_PAGE))
        rings = Rings()
        ringing = await page.evaluate(RINGING)
        rings.already = set(ringing)
        session = await Session.open(AmiUrl.parse(ami_url), events="call", on_message=rings.hear)
        await asyncio.sleep(SECONDS)
        await session.close()
        await asyncio.sleep(2)
        painted: list[tuple[str, float]] = await page.evaluate("window.painted")
        await browser.close()
    paints = defaultdict(list)
    for extension, at in painted:
        paints[extension].append(at)
    latencies, lost = [], 0
    for extension in rings.began.keys() & in_page:
        for at in rings.began[extension]:
            later = [paint - at for paint in paints[extension] if at - 0.05 <= paint <= at + 5]
            if later:
                latencies.append(max(0.0, min(later)))
            elif (extension, at) not in rings.short:
                lost += 1
    return latencies, lost


def run() -> list[Row]:
    """The rows of the table."""
    with demo_pbx(EXTENSIONS, RATE) as ami_url, panel_of(ami_url) as panel:
        panel.worker.start()
        panel.wait_ready(30)
        latencies, lost = asyncio.run(measure(ami_url, panel.address))
    assert len(latencies) > 50, f"only {len(latencies)} phones rang"
    what = f"paint: AMI event to painted tile, {EXTENSIONS} extensions, {RATE:g} calls/s"
    return [
        Row(f"{what}, p50", 1000 * median(latencies), "ms", TARGET_P50_MS, more=False),
        Row(f"{what}, p99", 1000 * percentile(latencies, 99), "ms", TARGET_P99_MS, more=False),
        Row(f"paint: rings never painted, of {len(latencies) + lost}", float(lost), "rings", 0.0, more=False),
    ]


if __name__ == "__main__":
    show(run())
