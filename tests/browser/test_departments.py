"""Departments on the board: what their headings say, how one goes to one of them, and who is left by the filter."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import JAN, ME


CROWD = 700
"""In each department of the large board; far more than fit into the page."""

UNDER_THE_BAR = """() => {
    const bar = document.querySelector(".toolbar").getBoundingClientRect();
    const at = (y) => document.elementFromPoint(bar.left + 60, bar.bottom + y);
    const heading = at(10).closest("h2");
    const tile = at(60).closest("cb-extension") ?? at(76).closest("cb-extension");
    return [heading?.closest("section").ariaLabel, tile.closest("section").ariaLabel];
}"""


def talking(number: str, group: str = "Sales", state: str = "talking") -> dict[str, Any]:
    leg = rows.leg(f"c{number}", state, JAN)
    return rows.extension(number, f"Person {number}", group, state, calls=[leg])


def free(number: str, group: str = "Sales", **more: Any) -> dict[str, Any]:
    return rows.extension(number, f"Person {number}", group, **more)


@pytest.fixture
def staff(harness: Harness) -> Harness:
    """Two departments. 203, 204 and 207 are on the phone; for 205 a caller camps, for 206 one is on hold."""
    harness.put("extension", rows.extension("201", "Rita Novak", "Front"), free("202"), talking("203"))
    harness.put("extension", talking("204", state="ringing"), free("205", camped=["k"]), free("206"))
    harness.put("extension", talking("207", state="held"), rows.extension("208", "Lia Sand", "Sales", "dnd"))
    harness.put("call", rows.kept("kept", JAN, "hold", ME, rows.person("Person 206", "206", "206")))
    return harness


@pytest.fixture
def crowd(harness: Harness) -> Harness:
    harness.put("extension", rows.extension("201", "Rita Novak", "Front"))
    for at in range(CROWD):
        harness.put("extension", free(str(10_000 + at), "Front"), free(str(20_000 + at)), free(str(30_000 + at), "Zoo"))
    return harness


def tile(page: Page, key: str) -> Locator:
    return page.locator(f'[data-extension="{key}"]')


def tallies(page: Page, group: str) -> Locator:
    return page.locator(f'section[aria-label="{group}"] .tally')


async def shown(page: Page) -> list[str]:
    return await page.locator("cb-extension").evaluate_all("(tiles) => tiles.map((tile) => tile.dataset.extension)")


async def focused(page: Page) -> str | None:
    return await page.evaluate("document.activeElement.dataset.extension ?? null")


async def scroll(page: Page, to: int) -> None:
    await page.locator(".middle").evaluate("(board, to) => { board.scrollTop = to; }", to)
    await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def test_a_heading_says_how_many_are_free_busy_and_ringing(staff: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    assert await tallies(page, "Sales").all_inner_texts() == ["3 free", "2 busy", "1 ringing"]
    assert await tallies(page, "Front").all_inner_texts() == ["1 free", "", ""], "nought is not said"
    await staff.set("extension", talking("204"), rows.extension("202", "Person 202", "Front", "offline"))
    await expect(tallies(page, "Sales").nth(1)).to_have_text("3 busy")
    assert await tallies(page, "Sales").all_inner_texts() == ["2 free", "3 busy", ""]
    assert await page.locator(".department .load").all_inner_texts() == ["0/2", "3/6"]


async def test_the_heading_of_who_is_in_sight_is_in_sight(crowd: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    met = []
    for to in (40, 3_000, 12_000, 24_000, 1_000_000):
        await scroll(page, to)
        heading, group = await page.evaluate(UNDER_THE_BAR)
        assert heading == group
        met.append(group)
    assert sorted(set(met)) == ["Front", "Sales", "Zoo"]


async def test_one_goes_to_a_department_by_its_first_letters(crowd: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.keyboard.press("Alt+w")
    assert await page.locator("cb-menu .label").all_inner_texts() == ["Front", "Sales", "Zoo"]
    assert await page.locator("cb-menu .entry .detail").all_inner_texts() == ["0/701", "0/700", "0/700"]
    await page.keyboard.type("zo")
    await page.keyboard.press("Enter")
    await expect(tile(page, "30000")).to_be_focused()
    await expect(tile(page, "30000")).to_be_in_viewport(ratio=1)
    assert await page.evaluate(UNDER_THE_BAR) == ["Zoo", "Zoo"]
    await page.locator("#tabs .tab", has_text="Front").click()
    await page.locator("#jump").click()
    await page.locator("cb-menu .entry", has_text="Sales").click()
    await expect(tile(page, "20000")).to_be_focused()
    await expect(page.locator('#tabs [aria-pressed="true"]')).to_contain_text("Sales")
    await page.locator("#jump").click()
    await page.locator("#jump").click()
    await expect(page.locator("cb-menu")).to_be_hidden()


async def test_page_keys_lead_from_department_to_department(crowd: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await tile(page, "10003").focus()
    met = []
    for key in ("Home", "PageDown", "End", "PageDown", "PageDown", "PageUp", "PageUp"):
        await page.keyboard.press(key)
        met.append(await focused(page))
        await expect(tile(page, str(met[-1]))).to_be_in_viewport(ratio=1)
    assert met == ["201", "20000", "20699", "30000", "30000", "20000", "201"]


async def test_where_there_is_one_department_there_is_nowhere_to_go(harness: Harness, open_board: OpenBoard) -> None:
    harness.put("extension", free("201"), free("202"))
    page = await open_board()
    await expect(page.locator("#jump")).to_be_hidden()
    await page.keyboard.press("Alt+w")
    await expect(page.locator('[data-receipt][data-state="note"]')).to_contain_text("only one department")


async def test_the_filter_leaves_who_is_busy_ringing_or_asked_for(staff: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    only = page.locator("#only")
    await expect(only).to_have_text("Busy5")
    everybody = await shown(page)
    await page.keyboard.press("Alt+i")
    assert await shown(page) == ["203", "204", "205", "206", "207"]
    await expect(only).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#announcements")).to_have_text("Only who is busy, ringing or asked for: 5.")
    assert await page.locator(".department:visible .group").all_inner_texts() == ["Front", "Sales"], "headings stay"
    await staff.push({"extension": [free("203"), talking("201", "Front", "ringing")]}, {"call": ["kept"]})
    await expect(only).to_have_text("Busy4")
    assert await shown(page) == ["201", "204", "205", "207"]
    await page.locator("#tabs .tab", has_text="Front").click()
    await expect(only).to_have_text("Busy1")
    await staff.set("extension", free("201", "Front"))
    await expect(page.locator("#nobody")).to_be_visible()
    await page.locator("#tabs .tab", has_text="All").click()
    await expect(page.locator("#nobody")).to_be_hidden()
    await only.click()
    assert await shown(page) == everybody


async def test_after_the_filter_the_board_is_where_it_was(crowd: Harness, open_board: OpenBoard) -> None:
    crowd.put("extension", talking("30650", "Zoo"))
    page = await open_board()
    await scroll(page, 9_000)
    before = await shown(page)
    await page.keyboard.press("Alt+i")
    assert await shown(page) == ["30650"]
    await expect(tile(page, "30650")).to_be_in_viewport()
    await page.keyboard.press("Alt+i")
    assert await page.locator(".middle").evaluate("(board) => board.scrollTop") == 9_000
    assert await shown(page) == before


async def test_nobody_slips_away_under_the_hand(staff: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.locator("#only").click()
    await tile(page, "205").hover()
    place = await tile(page, "205").bounding_box()
    await staff.set("extension", free("203"), free("204"), talking("202"))
    await expect(tile(page, "203")).to_have_attribute("data-state", "idle")
    assert await shown(page) == ["203", "204", "205", "206", "207", "202"]
    assert await tile(page, "205").bounding_box() == place
    # The hand rests.
    await expect(tile(page, "203")).to_have_count(0)
    assert await shown(page) == ["202", "205", "206", "207"]


async def test_whoever_has_the_focus_stays_until_it_goes_elsewhere(staff: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await tile(page, "202").focus()
    await page.keyboard.press("Alt+i")
    assert await focused(page) == "202"
    await page.keyboard.press("ArrowRight")
    assert await focused(page) == "203"
    await expect(tile(page, "202")).to_have_count(0)


async def test_a_tile_says_which_of_how_many_it_is(crowd: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    for to, key, place, size in ((0, "10004", "6", "701"), (1_000_000, "30699", "700", "700")):
        await scroll(page, to)
        each = page.get_by_role("list", name="Front" if to == 0 else "Zoo").get_by_role(
            "listitem", name=f"Person {key}"
        )
        await expect(each).to_have_attribute("aria-posinset", place)
        await expect(each).to_have_attribute("aria-setsize", size)
    await crowd.set("extension", talking("30300", "Zoo"), talking("30500", "Zoo"))
    await page.keyboard.press("Alt+i")
    await expect(tile(page, "30500")).to_have_attribute("aria-posinset", "2")
    await expect(tile(page, "30500")).to_have_attribute("aria-setsize", "2")
