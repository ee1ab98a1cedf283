"""Chromium, the harness, and a board page that fails its test when the browser complains.

One browser and one server serve all tests of a session; each test has a harness and pages of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from tests.browser.harness.server import Harness
from tests.browser.harness.site import BLANK, Site
from tests.browser.reception import fill
from tests.browser.window import Window
from tests.rig.chromium import SHELL
from tests.rig.fixtures import chromium_options


OpenBoard = Callable[..., Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    options = chromium_options(SHELL)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(**options)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def kept_window(browser: Browser) -> AsyncIterator[Window]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    yield Window(context)
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def window(kept_window: Window) -> AsyncIterator[Window]:
    """Nothing is stored in it. Whoever opens pages in it closes them."""
    yield kept_window
    await kept_window.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def harness(site: Site) -> AsyncIterator[Harness]:
    async with Harness(site) as harness:
        yield harness


PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""A page is live with its first snapshot, and draws it in the next frame."""


@pytest_asyncio.fixture(loop_scope="session")
async def open_board(browser: Browser, window: Window, harness: Harness) -> AsyncIterator[OpenBoard]:
    """`await open_board(path="/", **options)` opens a page and waits for its picture.

    The size of the page may be given as `viewport`, media features as `color_scheme` and `reduced_motion`; a page with
    `has_touch` has a context of its own. At the end nothing may have gone wrong in it: no error, no violation of the
    content security policy.
    """
    complaints: list[str] = []
    async with AsyncExitStack() as stack:

        async def new_page(has_touch: bool) -> Page:
            if not has_touch:
                page = await window.open(harness.address + BLANK)
                stack.push_async_callback(page.close)
                return page
            context = await browser.new_context(has_touch=True)
            stack.push_async_callback(context.close)
            return await context.new_page()

        async def open_page(
            path: str = "/",
            *,
            ready: bool = True,
            viewport: ViewportSize | None = None,
            has_touch: bool = False,
            **media: Any,
        ) -> Page:
            page = await new_page(has_touch)
            watch(page, complaints)
            if viewport is not None:
                await page.set_viewport_size(viewport)
            if media:
                await page.emulate_media(**media)
            await page.goto(harness.address + path)
            if ready:
                await expect(page.locator("html")).to_have_attribute("data-link", "live")
                await page.evaluate(PAINTED)
            return page

        yield open_page
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def office(harness: Harness) -> Harness:
    """The harness with the small office of reception.py in it."""
    fill(harness)
    return harness


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def plain_page(kept_window: Window, site: Site) -> AsyncIterator[Page]:
    """A page without a board, for trying single modules."""
    page = await kept_window.open(site.address + BLANK)
    await page.goto(site.address + BLANK)
    yield page
    await page.close()


async def probe(page: Page, name: str, argument: Any = None) -> Any:
    """What a function of tests/js/probes.js says of the page."""
    call = "async ([name, argument]) => (await import('/tests/js/probes.js'))[name](argument)"
    return await page.evaluate(call, [name, argument])


def watch(page: Page, complaints: list[str]) -> None:
    """Have errors of the page, and what the browser complains of, added to `complaints`."""
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)


def is_complaint(message: Any) -> bool:
    # That a socket cannot be opened is what several tests are about.
    return message.type in {"error", "warning"} and "WebSocket connection" not in message.text


@pytest_asyncio.fixture(loop_scope="session")
async def board(open_board: OpenBoard) -> Page:
    """The switchboard of 201, over whatever the test has put into the harness before (nothing)."""
    return await open_board()
