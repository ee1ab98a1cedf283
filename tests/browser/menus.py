"""What the tests of the menus share: an office in which every row has one, and how to open and read a menu."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.browser.harness import rows
from tests.browser.harness.server import Harness


BO = rows.person("Bo Larsen", "203", "203")
PETRA = rows.person("Petra Lind", "+46701234567")
TILE = '[data-extension="202"]'
WAITING = '[data-caller="front/w2"]'
PARKED = "cb-parked"
HELD = 'cb-held[data-call="kept"]'
MINE = 'cb-call[data-call="mine"]'


def furnish(office: Harness) -> None:
    """Everything that has a menu: the small office, with rows for those who wait, somebody on hold, a room."""
    waits: dict[str, Any] = {"state": "queued", "parties": []}
    office.put("call", rows.call("w1", rows.person("Hotel Bristol"), rows.person(), **waits))
    office.put("call", rows.call("w2", rows.person("Kim Lee"), rows.person(), **waits))
    office.put("call", rows.call("pc1", rows.person("Petr Malý"), rows.person(), "parked", parties=[], parked="p1"))
    office.put("call", rows.kept("kept", PETRA, "hold", BO, since=70))
    office.put("conference", rows.conference("800", ["Ana", "Jon"]))
    office.put("queue", rows.queue("support"))
    zofia = {"mailbox": "202@default", "numbers": [rows.number("mobile", "+48600111333")]}
    office.put("extension", rows.extension("202", "Zofia Wróbel", "Sales", **zofia))


def menu(page: Page) -> Locator:
    return page.locator("cb-menu")


def entry(page: Page, id: str) -> Locator:
    return page.locator(f'cb-menu [data-entry="{id}"]')


async def open_menu(page: Page, row: str) -> Locator:
    await page.locator(row).first.click(button="right")
    await expect(menu(page)).to_be_visible()
    return menu(page)


async def labels(page: Page, *, enabled: bool = True) -> list[str]:
    """The entries that can be chosen, or those that cannot, from top to bottom."""
    which = ":not([aria-disabled])" if enabled else "[aria-disabled]"
    return await page.locator(f"cb-menu [role=menuitem]{which} .label").all_text_contents()


async def focused(page: Page) -> str | None:
    return await page.evaluate("document.activeElement.dataset.entry ?? null")
