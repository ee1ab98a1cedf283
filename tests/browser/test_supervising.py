"""What a supervisor does about a queue in need: two actions each, by menu, key and drag; loans that show; undo."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from panel.vocabulary import seconds
from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import commands, given
from tests.browser.test_commands import drag


BRISTOL, KIM = '[data-caller="front/w1"]', '[data-caller="front/w2"]'
LOAN = {"until_at": rows.ago(-600), "by": "Maria"}
PAUSED = {"agent": "front/PJSIP/205", "reason": "Lunch"}


def fill(harness: Harness) -> None:
    """Hotel Bristol and Kim Lee wait in `front`, where 205 is paused; 204 is free, in `support`."""
    harness.put("extension", *(rows.extension(number, "", "Front") for number in ("201", "203", "204", "205")))
    harness.put("queue", rows.queue("front", waiting=2, free=0), rows.queue("support"))
    harness.put(
        "member",
        rows.member("front", "203", "Clara Young", "talking"),
        rows.member("front", "205", "Elena Sousa", "paused", pause_reason="Lunch", state_at=rows.ago(42 * 60 + 5)),
        rows.member("support", "204", "Dmitri Novak", ring_in_use=None),
    )
    harness.put("caller", rows.caller("front", "w1", 1, "Hotel Bristol", "", waits=50))
    harness.put("caller", rows.caller("front", "w2", 2, "Kim Lee", "", waits=20))
    for key, name in (("w1", "Hotel Bristol"), ("w2", "Kim Lee")):
        harness.put("call", rows.call(key, rows.person(name), rows.person(""), "queued"))


@pytest_asyncio.fixture(loop_scope="session")
async def page(harness: Harness, open_board: OpenBoard) -> AsyncIterator[Page]:
    fill(harness)
    yield await open_board("/queues/")


async def dots(page: Page, row: Locator) -> Locator:
    """One action: the menu of a row, or of the head of a card."""
    await row.hover()
    await row.locator(".dots").click()
    menu = page.locator("#row-menu")
    await expect(menu).to_be_visible()
    return menu


def card(page: Page, queue: str = "front") -> Locator:
    return page.locator(f'cb-queue-card[data-queue="{queue}"] .head')


def item(menu: Locator, name: str) -> Locator:
    return menu.get_by_role("menuitem", name=name)


async def test_a_queue_in_need_is_helped_in_two_actions(page: Page, harness: Harness) -> None:
    menu = await dots(page, card(page))
    paused = item(menu, "Elena Sousa takes calls again")
    await expect(paused.locator(".detail")).to_have_text("Lunch · 42 min")
    await paused.click()
    assert await given(harness, 1) == ("agent_unpause", {"agent": "front/PJSIP/205"})
    menu = await dots(page, card(page))
    await expect(item(menu, "Dmitri Novak").locator(".detail")).to_have_text("support · free")
    await item(menu, "Dmitri Novak").click()
    assert await given(harness, 2) == ("agent_borrow", {"person": "204", "queue": "front", "minutes": "30"})
    menu = await dots(page, page.locator(KIM))
    await item(menu, "To the front").click()
    assert await given(harness, 3) == ("advance", {"caller": "front/w2", "front": "yes"})


async def test_a_caller_moves_up_one_place_and_the_first_one_cannot(page: Page, harness: Harness) -> None:
    menu = await dots(page, page.locator(KIM))
    await item(menu, "Move up").click()
    assert await given(harness) == ("advance", {"caller": "front/w2"})
    menu = await dots(page, page.locator(BRISTOL))
    await expect(item(menu, "Move up")).to_have_attribute("aria-disabled", "true")
    await expect(menu).to_contain_text("They are the first already.")


async def test_that_the_pbx_cannot_do_it_is_said_before(harness: Harness, open_board: OpenBoard) -> None:
    fill(harness)
    able = [each for each in rows.CAPABILITIES if each not in ("advance", "withdraw")]
    harness.put("pbx", {**rows.pbx(), "capabilities": able})
    page = await open_board("/queues/")
    menu = await dots(page, page.locator(KIM))
    for name in ("To the front", "Move up", "Let out of the queue"):
        await expect(item(menu, name)).to_have_attribute("aria-disabled", "true")
    await expect(menu).to_contain_text("This PBX cannot change the order of those who wait.")


async def test_a_caller_is_sent_to_a_number_that_is_typed(page: Page, harness: Harness) -> None:
    menu = await dots(page, page.locator(KIM))
    await item(menu, "To a number").click()
    form = page.get_by_role("dialog", name="To which number is Kim Lee sent?")
    await expect(form.get_by_role("combobox")).to_be_focused()
    await page.keyboard.type("nobody")
    await page.keyboard.press("Enter")
    await expect(form).to_be_visible()
    assert commands(harness) == []
    await form.get_by_role("combobox").fill("+48 600-111-222")
    await page.keyboard.press("Enter")
    assert await given(harness) == ("transfer", {"call": "w2", "to": "+48600111222"})
    await expect(form).to_be_hidden()


async def test_somebody_who_is_in_no_queue_is_found_by_name_or_number(page: Page, harness: Harness) -> None:
    await harness.set("extension", rows.extension("206", "Bruno Keller"), rows.extension("207", "Bruna Keller"))
    menu = await dots(page, card(page))
    await item(menu, "Log in to queues").click()
    await item(menu, "Early shift").click()
    form = page.get_by_role("dialog", name="Who is logged in to Early shift?")
    await form.get_by_role("combobox").fill("keller")
    await page.keyboard.press("Enter")
    await expect(form).to_be_visible()  # there are two
    await form.get_by_role("combobox").fill("bruno")
    await page.keyboard.press("Enter")
    assert await given(harness, 1) == ("agent_login", {"person": "206", "queues": "front,support"})
    menu = await dots(page, card(page))
    await item(menu, "Into the queue").click()
    await item(menu, "Somebody else").click()
    await page.get_by_role("dialog", name="Who comes into front?").get_by_role("combobox").fill("207")
    await page.keyboard.press("Enter")
    assert await given(harness, 2) == ("agent_add", {"person": "207", "queue": "front"})


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ('cb-agent[data-agent="204"]', ("transfer", {"call": "w2", "to": "204"})),
        ('cb-queue-card[data-queue="support"]', ("enqueue", {"call": "w2", "queue": "support"})),
    ],
)
async def test_a_caller_is_dragged_to_a_person_or_another_queue(
    page: Page, harness: Harness, target: str, expected: tuple[str, dict[str, str]]
) -> None:
    await drag(page, KIM, target)
    assert await given(harness) == expected


async def test_a_caller_who_is_dropped_on_the_same_queue_stays(page: Page, harness: Harness) -> None:
    await drag(page, KIM, 'cb-queue-card[data-queue="front"] .head')
    await harness.settle(page)
    assert commands(harness) == []


async def test_somebody_is_logged_in_lent_and_rung_during_calls_from_the_menu(page: Page, harness: Harness) -> None:
    row = page.locator('[data-member="support/PJSIP/204"]')
    menu = await dots(page, row)
    await item(menu, "Log in to queues").click()
    await expect(item(menu, "Early shift").locator(".detail")).to_have_text("front, support")
    await item(menu, "Early shift").click()
    assert await given(harness, 1) == ("agent_login", {"person": "204", "queues": "front,support"})
    menu = await dots(page, row)
    await item(menu, "Log out of queues").click()
    await item(menu, "Early shift").click()
    assert await given(harness, 2) == ("agent_logout", {"person": "204", "queues": "front,support"})
    menu = await dots(page, row)
    await item(menu, "Lend to").click()
    await menu.get_by_role("menuitem").filter(has_text="60 minutes").click()
    assert await given(harness, 3) == ("agent_borrow", {"person": "204", "queue": "front", "minutes": "60"})
    menu = await dots(page, row)
    await expect(item(menu, "Ring during calls").locator(".detail")).to_have_text("not known")
    await item(menu, "Ring during calls").click()
    await expect(item(menu, "No")).to_be_visible()
    await item(menu, "Yes").click()
    assert await given(harness, 4) == ("agent_ringinuse", {"agent": "support/PJSIP/204", "on": "yes"})


async def test_a_loan_shows_on_the_row_and_the_square_and_ends_with_one_entry(page: Page, harness: Harness) -> None:
    await harness.set("member", rows.member("front", "204", "Dmitri Novak", loan=LOAN))
    row, square = page.locator('[data-member="front/PJSIP/204"]'), page.locator('[data-agent="204"]')
    at = datetime.fromtimestamp(seconds(LOAN["until_at"])).strftime(":%M")  # the zone is the browser's
    await expect(row.locator(".loan")).to_contain_text(f"{at} (by Maria)")
    await expect(square.locator(".loan")).to_contain_text("lent until")
    await expect(page.locator('[data-agent="203"] .loan')).to_be_hidden()
    assert "(by Maria)" in (await square.get_attribute("title") or "")
    menu = await dots(page, row)
    await item(menu, "Back from the loan").click()
    assert await given(harness) == ("agent_return", {"agent": "front/PJSIP/204"})


async def test_what_was_done_is_undone_by_its_button(page: Page, harness: Harness) -> None:
    done = rows.command("k1", "agent_pause", PAUSED, "done", text="Elena Sousa is paused in front: Lunch")
    await harness.set("command", {**done, "can_undo": True}, rows.command("k2", "take", {}, "done", text="Taken."))
    undo = page.locator('[data-receipt="k1"]').get_by_role("button", name="Undo")
    await expect(page.locator('[data-receipt="k2"]')).to_be_visible()
    await expect(page.locator('[data-receipt="k2"] .undo')).to_be_hidden()
    await undo.click()
    assert await given(harness) == ("undo", {"command": "k1"})
    await expect(undo).to_be_hidden()
    # What could not be undone may be tried again.
    key = commands(harness)[0]["intent"]
    await harness.set("command", rows.command(key, "undo", {"command": "k1"}, "failed", text="Changed since then."))
    assert len(commands(harness)) == 1


async def test_what_was_done_is_undone_by_the_key(page: Page, harness: Harness) -> None:
    done = rows.command("k1", "agent_pause", PAUSED, "done", text="Elena Sousa is paused in front: Lunch")
    await page.keyboard.press("Control+z")
    await harness.set("command", {**done, "can_undo": True})
    await expect(page.locator('[data-receipt="k1"]').get_by_role("button", name="Undo")).to_be_visible()
    await page.keyboard.press("Control+z")
    assert await given(harness) == ("undo", {"command": "k1"})
    assert len(commands(harness)) == 1


async def test_who_may_not_undo_has_no_button_and_no_key(harness: Harness, open_board: OpenBoard) -> None:
    fill(harness)
    harness.page_options["refused"] = frozenset({"undo"})
    done = rows.command("k1", "agent_pause", PAUSED, "done", text="Elena Sousa is paused in front: Lunch")
    harness.put("command", {**done, "can_undo": True})
    page = await open_board("/queues/")
    await expect(page.locator('[data-receipt="k1"]')).to_be_visible()
    await expect(page.locator('[data-receipt="k1"] .undo')).to_be_hidden()
    await page.keyboard.press("Control+z")
    await harness.settle(page)
    assert commands(harness) == []
