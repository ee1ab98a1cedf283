"""The search finds people as a receptionist types them, at once, in whatever size of company."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness


PEOPLE = [
    rows.extension("201", "Rita Novak", "Front"),
    rows.extension("202", "Zofia Wróbel", "Sales"),
    rows.extension("203", "Łukasz Bąk", "Sales", "talking"),
    rows.extension("204", "Mei-Lin Chu", "Support"),
    rows.extension("205", "José Sánchez", "Support", "offline"),
    rows.extension("206", "Josephine Bauer", "Sales"),
    rows.extension("2067", "Werner Zoff", "Support"),
    rows.extension("300", "", "Support"),
]

CASES = [
    ("zof", ["202", "2067"]),  # the beginning of the name before a later word
    ("wro", ["202"]),
    ("WRÓBEL", ["202"]),
    ("lukasz", ["203"]),
    ("bak lu", ["203"]),
    ("lin", ["204"]),
    ("jos", ["206", "205"]),  # who is free before who is away
    ("zw", ["202"]),  # initials
    ("206", ["206", "2067"]),  # the number itself before longer ones
    ("300", ["300"]),
    ("nchez", ["205"]),  # inside a word: better than nothing
    ("sales", ["206", "202", "203"]),  # a department; free before busy, then by name
    ("wro sales", ["202"]),
    ("nobody", []),
]

FIND = """async ([people, query]) => {
    const { SearchIndex } = await import("/static/panel/js/search.js");
    const index = new SearchIndex();
    for (const row of people) index.put(row);
    return index.find(query).map((row) => row.key);
}"""


LIES_ON_TOP = """(selector) => {
    const box = document.querySelector(selector).getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return top.closest("#found") ? "found" : top.closest(selector) ? "tile" : top.outerHTML;
}"""


@pytest.mark.parametrize(("query", "expected"), CASES, ids=[case[0] for case in CASES])
async def test_who_is_found_and_in_which_order(plain_page: Page, query: str, expected: list[str]) -> None:
    assert await plain_page.evaluate(FIND, [PEOPLE, query]) == expected


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+48 600-111 222", "+48600111222"),
        ("(020) 7946.0123", "02079460123"),
        ("*43#", "*43#"),
        ("12a", ""),
        ("++1", ""),
        ("", ""),
    ],
)
async def test_what_was_typed_as_a_number_to_dial(plain_page: Page, typed: str, number: str) -> None:
    dialable = """async (typed) => (await import("/static/panel/js/format.js")).dialable(typed)"""
    assert await plain_page.evaluate(dialable, typed) == number


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("201", "201"),
        ("+48600111222", "+48 600 111 222"),
        ("+12125550147", "+1 212 555 0147"),
        ("+420222333444", "+420 222 333 444"),
        ("02079460123", "020 794 601 23"),
        ("anonymous", "anonymous"),
    ],
)
async def test_numbers_are_written_as_people_read_them(plain_page: Page, number: str, shown: str) -> None:
    telephone = """async (number) => (await import("/static/panel/js/format.js")).telephone(number)"""
    assert await plain_page.evaluate(telephone, number) == shown


async def test_results_take_the_place_of_the_tiles_and_say_what_enter_does(
    open_board: OpenBoard, harness: Harness
) -> None:
    harness.put("extension", *PEOPLE)
    page = await open_board()
    await page.locator("#search").fill("zof")
    await expect(page.locator("#found")).to_be_visible()
    first = page.locator('[data-result="202"]')
    await expect(first).to_have_attribute("aria-selected", "true")
    assert await page.evaluate(LIES_ON_TOP, "cb-extension") == "found"
    await expect(page.locator("#people")).to_have_attribute("aria-hidden", "true")
    await expect(first.locator(".verb")).to_have_text("Call")
    jan, me = rows.person("Jan Novák"), rows.person("Rita", "201", "201")
    await harness.set("call", rows.call("c", jan, me))
    await expect(first.locator(".verb")).to_have_text("Transfer Jan Novák")
    await harness.set("extension", {**PEOPLE[1], "state": "dnd"})
    await expect(first).to_have_attribute("data-state", "dnd")
    await page.keyboard.press("Escape")
    await expect(page.locator("#found")).to_be_hidden()
    assert await page.evaluate(LIES_ON_TOP, "cb-extension") == "tile"
    await expect(page.locator("#search")).to_have_value("")


async def test_a_number_that_nobody_has_can_be_called(open_board: OpenBoard, harness: Harness) -> None:
    harness.put("extension", *PEOPLE)
    page = await open_board()
    await page.locator("#search").fill("+48 600 111 222")
    await expect(page.locator("[data-result]")).to_have_count(1)
    await expect(page.locator("[data-result] .name")).to_have_text("Call +48 600 111 222")
    await page.locator("#search").fill("202")
    await expect(page.locator("[data-result]")).to_have_count(1)


async def test_a_number_is_not_offered_to_those_who_may_not_dial_out(open_board: OpenBoard, harness: Harness) -> None:
    harness.page_options = {"may_dial_out": False}
    page = await open_board()
    await page.locator("#search").fill("0900 123")
    await expect(page.locator("#no-results")).to_be_visible()


async def test_nobody_found_is_said(board: Page) -> None:
    await board.locator("#search").fill("nobody")
    await expect(board.locator("#no-results")).to_have_text("Nobody is called “nobody”.")


async def test_the_search_has_the_focus_when_a_call_is_answered(board: Page, harness: Harness) -> None:
    await board.locator(".me").focus()
    jan, me = rows.person("Jan Novák"), rows.person("Rita", "201", "201")
    await harness.set("call", rows.call("c", jan, me, "ringing"))
    await expect(board).to_have_title("Jan Novák calls you · Cordboard")
    focused: Any = await board.evaluate("document.activeElement.className")
    assert focused == "me"
    await harness.set("call", rows.call("c", jan, me, "talking"))
    await expect(board.locator("#search")).to_be_focused()


async def test_whoever_is_shown_keeps_the_place_until_the_next_letter(open_board: OpenBoard, harness: Harness) -> None:
    harness.put("extension", *PEOPLE)
    board = await open_board()
    await board.keyboard.type("sale")
    found = board.locator("cb-result")
    first = await found.first.get_attribute("data-result")
    others = await found.count()
    assert first is not None
    assert others > 1, "a first one who could lose the place"
    await harness.set("extension", {**harness.rows["extension"][first], "state": "dnd"})
    await expect(board.locator(f'[data-result="{first}"]')).to_have_attribute("data-state", "dnd")
    assert await found.first.get_attribute("data-result") == first
    await board.keyboard.type("s")
    await expect(found).to_have_count(others)
    await expect(found.first).not_to_have_attribute("data-result", first)


async def test_somebody_who_is_renamed_is_found_by_the_new_name_at_once(
    open_board: OpenBoard, harness: Harness
) -> None:
    harness.put("extension", *PEOPLE)
    board = await open_board()
    await board.keyboard.type("quentin")
    await expect(board.locator("cb-result")).to_have_count(0)
    await harness.set("extension", {**harness.rows["extension"]["202"], "name": "Quentin Dubois"})
    await expect(board.locator('cb-result[data-result="202"]')).to_be_visible()


async def test_a_tile_that_gets_the_focus_by_tab_is_seen(open_board: OpenBoard, harness: Harness) -> None:
    harness.put("extension", *PEOPLE)
    page = await open_board()
    await page.keyboard.type("zof")
    await expect(page.locator("#found")).to_be_visible()
    await page.locator("cb-extension").first.focus()
    await expect(page.locator("#found")).to_be_hidden()
    await expect(page.locator("#search")).to_have_value("")
