"""After an upgrade an open page loads itself again: once, and when that disturbs nobody."""

from __future__ import annotations

import time

from playwright.async_api import Error, Page, Route, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness.server import Harness


QUIET_MILLISECONDS = 2_500
"""In which a page that wanted to would have loaded itself again, twice."""


async def mark(page: Page) -> None:
    """So that it can be told from one that is loaded later."""
    await page.evaluate("() => { window.isOld = true; }")


async def is_old(page: Page) -> bool:
    try:
        return bool(await page.evaluate("window.isOld"))
    except Error:  # it is just being loaded
        return True


async def renewed(page: Page) -> None:
    end = time.monotonic() + 8
    while await is_old(page):
        assert time.monotonic() < end, "the page is the old one still"
        await page.wait_for_timeout(50)
    await expect(page.locator("html")).to_have_attribute("data-link", "live")


async def stays(page: Page, harness: Harness) -> None:
    """It is live, and goes on to be the one that it was."""
    await expect(page.locator("html")).to_have_attribute("data-link", "live", timeout=5_000)
    await page.wait_for_timeout(QUIET_MILLISECONDS)
    assert await is_old(page)


async def server_is_exchanged(page: Page, harness: Harness, version: str) -> None:
    """It comes back with another version, and the page has heard of it."""
    connects = harness.connects
    harness.version = version
    await harness.cut()
    await harness.until(lambda: harness.connects > connects, 10, "the page is back")


async def test_the_page_of_an_older_server_is_loaded_again_and_then_stays(board: Page, harness: Harness) -> None:
    await mark(board)
    harness.page_options["version"] = "2"
    await server_is_exchanged(board, harness, "2")
    await renewed(board)
    await mark(board)
    await server_is_exchanged(board, harness, "2")
    await stays(board, harness)


async def test_the_page_of_a_newer_server_is_loaded_again(board: Page, harness: Harness) -> None:
    harness.page_options["version"] = "0"
    await mark(board)
    await server_is_exchanged(board, harness, "0")
    await renewed(board)


async def test_servers_of_two_versions_do_not_send_the_page_to_and_fro(board: Page, harness: Harness) -> None:
    """The address still gives the old page."""
    await mark(board)
    await server_is_exchanged(board, harness, "2")
    await renewed(board)
    await mark(board)
    for version in ("1", "2", "2"):
        await server_is_exchanged(board, harness, version)
    await stays(board, harness)


async def test_whoever_is_typing_is_not_disturbed(board: Page, harness: Harness) -> None:
    await board.keyboard.type("nov")
    await mark(board)
    harness.page_options["version"] = "2"
    await server_is_exchanged(board, harness, "2")
    await stays(board, harness)
    await expect(board.locator("#search")).to_have_value("nov")
    await board.keyboard.press("Escape")
    await renewed(board)


async def test_an_open_menu_is_not_taken_away(office: Harness, open_board: OpenBoard, harness: Harness) -> None:
    board = await open_board()
    await board.locator('[data-extension="202"]').click(button="right")
    await expect(board.locator("#row-menu")).to_be_visible()
    await mark(board)
    harness.page_options["version"] = "2"
    await server_is_exchanged(board, harness, "2")
    await stays(board, harness)
    await board.keyboard.press("Escape")
    await renewed(board)


async def test_a_page_that_cannot_be_had_yet_is_waited_for(board: Page, harness: Harness) -> None:
    async def fail(route: Route) -> None:
        await route.fulfill(body="Not yet.")

    await board.route(harness.address + "/", fail)
    await mark(board)
    harness.page_options["version"] = "2"
    await server_is_exchanged(board, harness, "2")
    await stays(board, harness)
    await board.unroute(harness.address + "/")
    await renewed(board)
