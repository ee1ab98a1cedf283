"""The pages of a chaos run, in Chromium: what stands in their DOM, and what can go wrong with the computer they are on.

Used by the run, the faults and the comparison.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from tests.chaos.house import SUPERVISOR, House
from tests.e2e.proxy import Line
from tests.e2e.stack import PASSWORD
from tests.rig.chromium import launch_options


CLOCK = "const now = Date.now.bind(Date); window.clockIsOff = 0; Date.now = () => now() + window.clockIsOff;"
SET_CLOCK = "(seconds) => { window.clockIsOff = seconds * 1000; }"

SHOWN = r"""() => {
  const all = (name, of) => Object.fromEntries(
    [...document.querySelectorAll(`[${name}]`)].map((each) => [each.getAttribute(name), of(each)]));
  const number = (id) => parseInt(document.getElementById(id)?.textContent ?? "", 10);
  const busy = '[data-extension]:is([data-state="talking"], [data-state="ringing"]) cb-timer';
  const strange = [...document.querySelectorAll(busy)].filter((each) => /^-|:\d\d:/.test(each.textContent));
  return {
    link: document.documentElement.dataset.link,
    extension: all("data-extension", (tile) => tile.dataset.state),
    caller: all("data-caller", (caller) => Number(caller.dataset.position)),
    parked: all("data-parked", (parked) => parked.getAttribute("aria-label").split(" ").at(-1)),
    member: all("data-member", (member) => member.dataset.state === "paused"),
    calls: { "on the page": number("calls-count") },
    timer: Object.fromEntries(
      strange.map((each) => [each.closest("[data-extension]").dataset.extension, each.textContent])),
  };
}"""
"""Whose timer says an hour or less than nothing has a wrong clock: no call of the run lasts as long."""

BOARD = ("extension", "caller", "parked", "calls", "timer")
QUEUES = ("caller", "member")
"""The kinds that are on a page."""


class BrowserPage:
    """One page. It reaches its web over `line`."""

    def __init__(self, name: str, kinds: tuple[str, ...], page: Page, browser: Browser, line: Line) -> None:
        self.name = name
        self.line = line
        self.errors: list[str] = []
        self._kinds = kinds
        self._page = page
        self._browser = browser
        page.on("pageerror", lambda error: self.errors.append(f"{name}: {error}"))

    async def shown(self) -> tuple[str, dict[str, Any]]:
        """What `data-link` says, and by kind what stands on the page."""
        found = await self._page.evaluate(SHOWN)
        return found["link"], {kind: found[kind] for kind in self._kinds}

    async def set_clock(self, seconds: float) -> None:
        """The clock of the computer is so far off from now on."""
        await self._page.evaluate(SET_CLOCK, seconds)

    async def fall_asleep(self) -> Callable[[], None]:
        """As a laptop that is closed: nothing runs any more. Returns what wakes it."""
        session = await self._browser.new_browser_cdp_session()
        processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
        await session.detach()
        pids = [int(each["id"]) for each in processes]

        def send(number: int) -> None:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)

        send(signal.SIGSTOP)
        return lambda: send(signal.SIGCONT)


@asynccontextmanager
async def pages_of(house: House) -> AsyncIterator[list[BrowserPage]]:
    """One page on a laptop, whose Chromium can sleep by itself; two on another computer, one of them on a bad line."""
    laptop_operator, desk_operator = (f"op{desk.operator}" for desk in house.floor.desks[:2])
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        laptop = await playwright.chromium.launch(**launch_options())
        stack.push_async_callback(laptop.close)
        computer = await playwright.chromium.launch(**launch_options())
        stack.push_async_callback(computer.close)
        yield [
            await _open("the laptop", laptop, house.lines[0], laptop_operator, "/", BOARD),
            await _open("the page on a bad line", computer, house.lines[1], desk_operator, "/", BOARD),
            await _open("the page of the queues", computer, house.lines[0], SUPERVISOR, "/queues/", QUEUES),
        ]


async def _open(
    name: str, browser: Browser, line: Line, operator: str, path: str, kinds: tuple[str, ...]
) -> BrowserPage:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    await context.add_init_script(CLOCK)
    page = await context.new_page()
    address = f"http://127.0.0.1:{line.port}"
    await page.goto(f"{address}/login/")
    await page.fill("[name=username]", operator)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(lambda url: "/login" not in url)
    await page.goto(address + path)
    await page.wait_for_selector("html[data-link=live]")
    return BrowserPage(name, kinds, page, browser, line)
