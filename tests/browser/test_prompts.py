"""Letting a caller out of a queue with a prompt, by the menu and by keys; why that cannot be done is said before."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import commands, given


ENTRY = "Let out with a prompt"


def fill(harness: Harness) -> None:
    harness.put("queue", rows.queue("front", waiting=1))
    harness.put("caller", rows.caller("front", "w1", 1, "Hotel Bristol", "", waits=50))
    harness.put("call", rows.call("w1", rows.person("Hotel Bristol"), rows.person(""), "queued"))


def item(page: Page, name: str) -> Locator:
    return page.locator("#row-menu").get_by_role("menuitem", name=name)


async def open_menu(page: Page) -> None:
    row = page.locator('[data-caller="front/w1"]')
    await row.hover()
    await row.locator(".dots").click()
    await expect(page.locator("#row-menu")).to_be_visible()


async def test_the_choice_of_prompts_opens_and_one_is_given(harness: Harness, open_board: OpenBoard) -> None:
    fill(harness)
    page = await open_board("/queues/")
    await open_menu(page)
    await item(page, ENTRY).click()
    await expect(item(page, "Please call later")).to_be_visible()
    await item(page, "We are closed now").click()
    assert await given(harness, 1) == ("withdraw", {"caller": "front/w1", "prompt": "We are closed now"})
    await open_menu(page)
    await item(page, "Let out of the queue").click()
    assert await given(harness, 2) == ("withdraw", {"caller": "front/w1"})


async def test_the_choice_by_the_keyboard(harness: Harness, open_board: OpenBoard) -> None:
    fill(harness)
    page = await open_board("/queues/")
    await page.locator('[data-caller="front/w1"]').focus()
    await page.keyboard.press("Shift+F10")
    await expect(item(page, ENTRY)).to_be_visible()
    await page.keyboard.press("End")
    await expect(item(page, ENTRY)).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(item(page, "We are closed now")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert await given(harness) == ("withdraw", {"caller": "front/w1", "prompt": "Please call later"})


@pytest.mark.parametrize(
    ("prompts", "without", "reason"),
    [
        ((), "", "There are no prompts yet. An administrator can write some down."),
        (("Closed",), "prompt", "This needs version 4 of the dialplan include on the PBX"),
    ],
    ids=["no prompt", "an old include"],
)
async def test_why_it_cannot_be_done_is_said_before(
    harness: Harness, open_board: OpenBoard, prompts: tuple[str, ...], without: str, reason: str
) -> None:
    fill(harness)
    harness.page_options["prompts"] = prompts
    harness.put("pbx", {**rows.pbx(), "capabilities": [each for each in rows.CAPABILITIES if each != without]})
    page = await open_board("/queues/")
    await open_menu(page)
    entry = item(page, ENTRY)
    await expect(entry).to_have_attribute("aria-disabled", "true")
    await expect(entry).to_contain_text(reason)
    await entry.click(force=True)
    await expect(item(page, "Let out of the queue")).not_to_have_attribute("aria-disabled", "true")
    await harness.settle(page)
    assert commands(harness) == []
