"""How soon the results of a search are painted after a key: 5,000 extensions on the board while calls run.

`python -m benchmarks search` prints the table. Real keys in Chromium; the time runs from the moment at which the key
went down to the task after the frame in which the list of results is as it stays. The keys come ten a second, faster
than most people type.
"""

from __future__ import annotations

import asyncio
import random
import re

from playwright.async_api import async_playwright

from benchmarks.office import demo_pbx, log_in, panel_of
from benchmarks.table import Row, median, percentile, show
from tests.e2e.board import Board
from tests.rig.chromium import launch_options


EXTENSIONS = 5_000
RATE = 20.0
WORDS = 60
LETTERS = 4
KEY_SECONDS = 0.1
TARGET_P99_MS = 50.0

OBSERVE = """() => {
  window.latencies = [];
  const frame = new MessageChannel();
  let pressed = null;
  window.isPending = () => pressed !== null;
  frame.port1.onmessage = () => {
    window.latencies.push(performance.now() - pressed);
    pressed = null;
  };
  document.addEventListener("keydown", (event) => {
    if (event.key.length !== 1) return;
    pressed = event.timeStamp;
    // The page finds and draws on `input`, which follows this event; the next frame paints it.
    requestAnimationFrame(() => frame.port2.postMessage(0));
  }, {capture: true});
}"""

PAINTED = """() => new Promise((done) => {
  const look = () => (window.isPending() ? setTimeout(look, 1) : done());
  look();
})"""


async def measure(address: str, names: list[str]) -> list[float]:
    """Milliseconds from key to paint, one for each letter."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**launch_options())
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        await log_in(page, address, EXTENSIONS)
        dice = random.Random(7)
        typable = [name[:LETTERS].lower() for name in names if re.match(rf"[A-Za-z]{{{LETTERS}}}", name)]
        await page.evaluate(OBSERVE)
        for word in dice.sample(typable, WORDS):
            for letter in word:
                await page.keyboard.press(letter)
                await page.evaluate(PAINTED)
                await asyncio.sleep(KEY_SECONDS)
            results = await page.evaluate("document.querySelectorAll('[role=option]').length")
            assert results > 0, word
            await page.keyboard.press("Escape")
            await asyncio.sleep(KEY_SECONDS)
        latencies: list[float] = await page.evaluate("window.latencies")
        await browser.close()
    return latencies


def run() -> list[Row]:
    """The rows of the table."""
    with demo_pbx(EXTENSIONS, RATE) as ami_url, panel_of(ami_url) as panel:
        panel.worker.start()
        panel.wait_ready(60)
        with Board(panel, "alice") as board:
            board.until(lambda: len(board.all("extension")) >= EXTENSIONS, 60, "everybody on the board")
            names = [row["name"] for row in board.all("extension")]
        latencies = asyncio.run(measure(panel.address, names))
    what = f"search: key to painted results, {EXTENSIONS} extensions, {RATE:g} calls/s"
    return [
        Row(f"{what}, p50", median(latencies), "ms"),
        Row(f"{what}, p99", percentile(latencies, 99), "ms", TARGET_P99_MS, more=False),
    ]


if __name__ == "__main__":
    show(run())
