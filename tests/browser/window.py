"""`Window`: a browser context in which the tests of a session open their pages, one test after the other.

A page is new for each test, and what pages store is cleared after each. The browser's process for them is not new, nor
what it has fetched and compiled: that made three quarters of the work.
"""

from __future__ import annotations

from playwright.async_api import BrowserContext, Page


class Window:
    """For the fixtures of conftest.py."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self._keepers: dict[str, Page] = {}
        """For each address a page that stays, without a life of its own: it keeps the process."""

    async def open(self, address: str) -> Page:
        """A new blank page of the process that is kept for pages of the site with `address`, a page of it."""
        if address not in self._keepers:
            self._keepers[address] = keeper = await self.context.new_page()
            await keeper.goto(address)
        keeper = self._keepers[address]
        async with keeper.expect_popup() as popup:
            # A page that another one opens shares its process. It shall not know of it.
            await keeper.evaluate("() => { open('about:blank').opener = null; }")
        return await popup.value

    async def clear(self) -> None:
        """Forget what pages have stored; they are closed. What a tab stores goes with it."""
        await self.context.clear_cookies()
        for keeper in self._keepers.values():
            await keeper.evaluate("localStorage.clear()")
