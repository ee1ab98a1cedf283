"""Steering on the page of the queues: the menus of members, of those who wait, and of the queues."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from panel.accounts.roles import ONLY_FROM_SUPERVISOR
from panel.commands.catalogue import CATALOGUE
from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import given


@pytest_asyncio.fixture(loop_scope="session")
async def page(harness: Harness, open_board: OpenBoard) -> AsyncIterator[Page]:
    """Two queues: 203 works in both, 204 in `support`, 205 is paused in `front`; Hotel Bristol waits in `front`."""
    harness.put("extension", *(rows.extension(number, "", "Front") for number in ("201", "203", "204", "205")))
    harness.put("queue", rows.queue("front", waiting=1), rows.queue("support"))
    harness.put(
        "member",
        rows.member("front", "203", "Clara Young"),
        rows.member("front", "205", "Elena Sousa", "paused", pause_reason="Lunch"),
        rows.member("support", "203", "Clara Young"),
        rows.member("support", "204", "Dmitri Novak", penalty=2),
    )
    harness.put("caller", rows.caller("front", "w1", 1, "Hotel Bristol", "", waits=50))
    harness.put("call", rows.call("w1", rows.person("Hotel Bristol"), rows.person(""), "queued"))
    yield await open_board("/queues/")


async def open_menu(page: Page, row: Locator) -> Locator:
    await row.hover()
    await row.locator(".dots").click()
    menu = page.locator("#row-menu")
    await expect(menu).to_be_visible()
    return menu


def member(page: Page, key: str) -> Locator:
    return page.locator(f'[data-member="{key}"]')


async def choose(menu: Locator, *labels: str) -> None:
    for label in labels:
        await menu.get_by_role("menuitem", name=label, exact=True).click()


@pytest.mark.parametrize(
    ("labels", "name", "args"),
    [
        (["Pause", "Lunch"], "agent_pause", {"agent": "front/PJSIP/203", "reason": "Lunch"}),
        (["Pause", "Without a reason"], "agent_pause", {"agent": "front/PJSIP/203"}),
        (
            ["Pause everywhere", "Training"],
            "agent_pause",
            {"agent": "front/PJSIP/203", "everywhere": "yes", "reason": "Training"},
        ),
        (["Out of the queue"], "agent_remove", {"agent": "front/PJSIP/203"}),
        (["Out of all queues"], "agent_remove", {"agent": "front/PJSIP/203", "everywhere": "yes"}),
    ],
)
async def test_a_member_is_steered_from_the_menu(
    page: Page, harness: Harness, labels: list[str], name: str, args: dict[str, str]
) -> None:
    menu = await open_menu(page, member(page, "front/PJSIP/203"))
    await choose(menu, *labels)
    assert await given(harness) == (name, args)
    await expect(menu).to_be_hidden()


async def test_a_penalty_is_chosen(page: Page, harness: Harness) -> None:
    menu = await open_menu(page, member(page, "support/PJSIP/204"))
    entry = menu.get_by_role("menuitem", name="Penalty")
    await expect(entry.locator(".detail")).to_have_text("2")
    await entry.click()
    await expect(menu.get_by_role("menuitem", name="2", exact=True)).to_have_count(0)
    await choose(menu, "5")
    assert await given(harness) == ("agent_penalty", {"agent": "support/PJSIP/204", "penalty": "5"})


async def test_who_is_paused_takes_calls_again(page: Page, harness: Harness) -> None:
    row = member(page, "front/PJSIP/205")
    await expect(row.locator(".now")).to_have_text("paused: Lunch")
    menu = await open_menu(page, row)
    await expect(menu.get_by_role("menuitem", name="Another reason")).to_be_visible()
    await choose(menu, "Take calls again")
    assert await given(harness) == ("agent_unpause", {"agent": "front/PJSIP/205"})


async def test_who_is_in_one_queue_has_no_entries_for_all(page: Page) -> None:
    menu = await open_menu(page, member(page, "support/PJSIP/204"))
    await expect(menu.get_by_role("menuitem", name="Pause", exact=True)).to_be_visible()
    await expect(menu.get_by_role("menuitem", name="Pause everywhere")).to_have_count(0)
    await expect(menu.get_by_role("menuitem", name="Out of all queues")).to_have_count(0)


async def test_somebody_of_another_queue_comes_into_this_one(page: Page, harness: Harness) -> None:
    card = page.locator('cb-queue-card[data-queue="front"]')
    await card.locator(".head").hover()
    await card.locator(".head .dots").click()
    menu = page.locator("#row-menu")
    await choose(menu, "Into the queue")
    await expect(menu.get_by_role("menuitem")).to_have_count(3)  # back, the only one who is not in it, somebody else
    await menu.get_by_role("menuitem", name="Dmitri Novak").click()
    assert await given(harness) == ("agent_add", {"person": "204", "queue": "front"})


async def test_somebody_who_waits_is_moved_to_a_queue_to_an_agent_or_let_out(page: Page, harness: Harness) -> None:
    row = page.locator('[data-caller="front/w1"]')
    menu = await open_menu(page, row)
    await menu.get_by_role("menuitem", name="To a queue").click()
    await menu.get_by_role("menuitem", name="support").click()
    assert await given(harness, 1) == ("enqueue", {"call": "w1", "queue": "support"})
    menu = await open_menu(page, row)
    await menu.get_by_role("menuitem", name="Transfer").click()
    await menu.get_by_role("menuitem", name="Dmitri Novak").click()
    assert await given(harness, 2) == ("transfer", {"call": "w1", "to": "204"})
    menu = await open_menu(page, row)
    await choose(menu, "Let out of the queue to what the PBX has behind it")
    assert await given(harness, 3) == ("withdraw", {"caller": "front/w1"})


async def test_the_menu_by_the_keyboard(page: Page, harness: Harness) -> None:
    await member(page, "front/PJSIP/203").focus()
    await page.keyboard.press("Shift+F10")
    menu = page.locator("#row-menu")
    await expect(menu).to_be_visible()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert await given(harness) == ("agent_pause", {"agent": "front/PJSIP/203", "reason": "Lunch"})
    await expect(member(page, "front/PJSIP/203")).to_be_focused()


async def test_the_menu_closes_when_the_member_is_gone(page: Page, harness: Harness) -> None:
    menu = await open_menu(page, member(page, "support/PJSIP/204"))
    await harness.remove("member", "support/PJSIP/204")
    await expect(menu).to_be_hidden()


async def test_the_dots_go_on_to_the_next_row(page: Page, harness: Harness) -> None:
    menu = await open_menu(page, member(page, "support/PJSIP/204"))
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await open_menu(page, member(page, "front/PJSIP/205"))


async def test_who_may_not_steer_has_no_such_entries(harness: Harness, open_board: OpenBoard) -> None:
    steering = {name for name, spec in CATALOGUE.items() if spec.codename in ONLY_FROM_SUPERVISOR}
    harness.page_options["refused"] = frozenset(steering)
    harness.put("queue", rows.queue("front"), rows.queue("support"))
    harness.put("member", rows.member("front", "203", "Clara Young"))
    harness.put("caller", rows.caller("front", "w1", 1, "Hotel Bristol", "", waits=50))
    harness.put("call", rows.call("w1", rows.person("Hotel Bristol"), rows.person(""), "queued"))
    page = await open_board("/queues/")
    row = member(page, "front/PJSIP/203")
    await row.hover()
    menu = await open_menu(page, page.locator('[data-caller="front/w1"]'))
    await expect(menu.get_by_role("menuitem", name="To a queue")).to_be_visible()
    await expect(menu.get_by_role("menuitem", name="Let out of the queue")).to_have_count(0)
    await page.keyboard.press("Escape")
    await row.hover()
    await expect(row.locator(".dots")).to_have_count(0)
    await row.click(button="right")
    await expect(menu).to_be_hidden()
