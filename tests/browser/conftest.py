"""Chromium, the harness, and a board page that fails its test when the browser complains.

One browser serves all tests of a session; each test has a context and a server of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.harness.server import Harness
from tests.browser.reception import fill
from tests.rig.fixtures import chromium_options


OpenBoard = Callable[..., Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    options = chromium_options()
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(**options)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session")
async def harness(browser: Browser) -> AsyncIterator[Harness]:
    async with Harness() as server:
        yield server


PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""A page is live with its first snapshot, and draws it in the next frame."""


@pytest_asyncio.fixture(loop_scope="session")
async def open_board(browser: Browser, harness: Harness) -> AsyncIterator[OpenBoard]:
    """`await open_board(path="/", **context)` opens a page and waits for its picture.

    At the end nothing may have gone wrong in it: no error, no violation of the content security policy.
    """
    pages: list[Page] = []
    complaints: list[str] = []

    async def open_page(path: str = "/", *, ready: bool = True, **context: Any) -> Page:
        options = {"viewport": {"width": 1280, "height": 800}, **context}
        page = await (await browser.new_context(**options)).new_page()
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
        await page.goto(harness.address + path)
        if ready:
            await expect(page.locator("html")).to_have_attribute("data-link", "live")
            await page.evaluate(PAINTED)
        return page

    yield open_page
    for page in pages:
        await page.context.close()
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def office(harness: Harness) -> Harness:
    """The harness with the small office of reception.py in it."""
    fill(harness)
    return harness


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def plain_page(browser: Browser) -> AsyncIterator[Page]:
    """A page without a board, for trying single modules."""
    async with Harness() as server:
        page = await browser.new_page()
        await page.goto(server.address + "/login/")
        yield page
        await page.close()


async def probe(page: Page, name: str, argument: Any = None) -> Any:
    """What a function of tests/js/probes.js says of the page."""
    call = "async ([name, argument]) => (await import('/tests/js/probes.js'))[name](argument)"
    return await page.evaluate(call, [name, argument])


def is_complaint(message: Any) -> bool:
    # That a socket cannot be opened is what several tests are about.
    return message.type in {"error", "warning"} and "WebSocket connection" not in message.text


@pytest_asyncio.fixture(loop_scope="session")
async def board(open_board: OpenBoard) -> Page:
    """The switchboard of 201, over whatever the test has put into the harness before (nothing)."""
    return await open_board()
