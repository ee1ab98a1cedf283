"""A page of a panel in Chromium. Used by tests and benchmarks that have one of Playwright's synchronous interface."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.e2e.stack import PASSWORD


def log_in(page: Page, address: str, name: str) -> None:
    """As this operator, who has an extension; the board is live then."""
    page.goto(f"{address}/login/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-link=live]")
