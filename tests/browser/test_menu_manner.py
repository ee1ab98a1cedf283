"""The menus of the rows by keyboard, where they open, and how they get out of the way."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.menus import HELD, MINE, PARKED, TILE, WAITING, entry, focused, furnish, menu, open_menu
from tests.browser.reception import JAN, ME, commands, given, with_call


@pytest.fixture
def furnished(office: Harness) -> Harness:
    furnish(office)
    return office


async def test_the_whole_menu_by_keyboard(furnished: Harness, open_board: OpenBoard) -> None:
    with_call(furnished)
    page = await open_board()
    await page.keyboard.press("ContextMenu")
    assert await focused(page) == "transfer"
    await page.keyboard.press("ArrowDown")
    assert await focused(page) == "consult"
    await page.keyboard.press("End")
    assert await focused(page) == "hangup"
    await page.keyboard.press("ArrowDown")
    assert await focused(page) == "transfer"
    await page.keyboard.press("ArrowUp")
    assert await focused(page) == "hangup"
    await page.keyboard.press("Home")
    assert await focused(page) == "transfer"
    await page.keyboard.type("to")
    assert await focused(page) == "enqueue"
    await page.keyboard.press("ArrowRight")
    assert await focused(page) == "enqueue:front"
    await page.keyboard.press("ArrowLeft")
    assert await focused(page) == "enqueue"
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Space")
    assert await given(furnished) == ("enqueue", {"call": "mine", "queue": "support"})
    await expect(page.locator("#search")).to_be_focused()
    await expect(page.locator("#search")).to_have_value("")


async def test_one_letter_again_and_again_walks_over_the_entries(furnished: Harness, open_board: OpenBoard) -> None:
    with_call(furnished)
    page = await open_board()
    await page.keyboard.press("ContextMenu")
    met = []
    for _ in range(4):
        await page.keyboard.press("h")
        met.append(await focused(page))
    assert met == ["hold", "hangup", "hold", "hangup"]


async def test_a_printed_key_gives_the_command_about_what_the_menu_is_about(
    furnished: Harness, open_board: OpenBoard
) -> None:
    with_call(furnished)
    page = await open_board()
    await open_menu(page, WAITING)
    await page.keyboard.press("Alt+p")
    assert await given(furnished) == ("park", {"call": "w2"})


async def test_keys_of_the_board_do_not_reach_it_through_the_menu(furnished: Harness, open_board: OpenBoard) -> None:
    with_call(furnished)
    page = await open_board()
    await open_menu(page, WAITING)
    await page.keyboard.press("Alt+h")  # hangs up the call in hand, but is no entry of this menu
    await page.keyboard.press("/")
    await expect(menu(page)).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(menu(page)).to_be_hidden()
    await furnished.settle(page)
    assert commands(furnished) == []


async def test_a_held_enter_gives_one_command(furnished: Harness, open_board: OpenBoard) -> None:
    with_call(furnished)
    page = await open_board()
    await page.locator(f"{MINE} .name").hover()
    await page.locator(f"{MINE} .dots").focus()
    for _ in range(4):
        await page.keyboard.down("Enter")  # opens it; the others are repeats
    await page.keyboard.up("Enter")
    await expect(menu(page)).to_be_visible()
    await furnished.settle(page)
    assert commands(furnished) == []


# --- it gets out of the way


async def test_a_click_elsewhere_closes_it(furnished: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await open_menu(page, TILE)
    await page.mouse.click(640, 770)
    await expect(menu(page)).to_be_hidden()


async def test_the_dots_open_and_close_it(furnished: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.locator(TILE).hover()
    dots = page.locator(f"{TILE} .dots")
    for _ in range(2):
        await dots.click()
        await expect(menu(page)).to_be_visible()
        await dots.click()
        await expect(menu(page)).to_be_hidden()


async def test_the_release_of_the_right_button_leaves_it_open(furnished: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.locator(TILE).hover()
    await page.mouse.down(button="right")
    await expect(menu(page)).to_be_visible()
    await page.mouse.up(button="right")
    await page.locator(WAITING).click(button="right")
    await expect(menu(page).locator(".title .name")).to_have_text("Kim Lee")


async def test_when_a_call_is_answered_the_search_has_the_focus_and_no_menu_is_in_the_way(
    furnished: Harness, open_board: OpenBoard
) -> None:
    furnished.put("call", rows.call("mine", JAN, ME, "ringing"))
    page = await open_board()
    await open_menu(page, WAITING)
    await furnished.set("call", rows.call("mine", JAN, ME))
    await expect(menu(page)).to_be_hidden()
    await expect(page.locator("#search")).to_be_focused()


async def test_it_closes_when_what_it_is_about_is_scrolled_away(furnished: Harness, open_board: OpenBoard) -> None:
    furnished.put("extension", *[rows.extension(str(300 + at), f"Person {at:03}", "Sales") for at in range(200)])
    page = await open_board()
    await open_menu(page, TILE)
    await page.mouse.move(640, 180)
    await page.mouse.wheel(0, 300)
    await expect(menu(page)).to_be_hidden()


async def test_it_closes_when_its_call_is_gone_or_another_one_is_in_hand(
    furnished: Harness, open_board: OpenBoard
) -> None:
    with_call(furnished)
    page = await open_board()
    await open_menu(page, WAITING)
    await furnished.remove("caller", "front/w2")
    await expect(menu(page)).to_be_hidden()
    await open_menu(page, TILE)
    await furnished.remove("call", "mine")
    await expect(menu(page)).to_be_hidden()


async def test_it_follows_the_picture_and_keeps_the_focus(furnished: Harness, open_board: OpenBoard) -> None:
    with_call(furnished)
    page = await open_board()
    await open_menu(page, TILE)
    await page.keyboard.press("End")
    assert await focused(page) == "pickup"
    await expect(entry(page, "pickup")).to_have_attribute("aria-disabled", "true")
    ringing = rows.leg("other", "ringing", rows.person("Acme Ltd"))
    await furnished.set("extension", rows.extension("202", "Zofia Wróbel", "Sales", "ringing", calls=[ringing]))
    await expect(entry(page, "pickup")).not_to_have_attribute("aria-disabled", "true")
    await expect(entry(page, "pickup").locator(".detail")).to_have_text("Acme Ltd")
    await expect(entry(page, "camp")).not_to_have_attribute("aria-disabled", "true")
    assert await focused(page) == "pickup"


ROOMY = [(1280, 800), (1920, 1080), (1024, 768)]
NARROW = [(640, 400), (390, 844), (320, 480)]  # 640 by 400 is a laptop at 200 %


@pytest.mark.parametrize("size", ROOMY, ids=str)
@pytest.mark.parametrize("row", [TILE, MINE, WAITING, PARKED, HELD, '[data-extension="201"]'])
async def test_it_does_not_cover_what_it_is_about(
    furnished: Harness, open_board: OpenBoard, row: str, size: tuple[int, int]
) -> None:
    with_call(furnished)
    page = await open_board(viewport={"width": size[0], "height": size[1]})
    await open_menu(page, row)
    about, box = await page.locator(row).first.bounding_box(), await menu(page).bounding_box()
    assert about is not None
    assert box is not None
    across = min(about["x"] + about["width"], box["x"] + box["width"]) - max(about["x"], box["x"])
    down = min(about["y"] + about["height"], box["y"] + box["height"]) - max(about["y"], box["y"])
    assert min(across, down) <= 0
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size[0]
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= size[1]


@pytest.mark.parametrize("size", NARROW, ids=str)
async def test_with_little_room_all_of_it_can_still_be_reached(
    furnished: Harness, open_board: OpenBoard, size: tuple[int, int]
) -> None:
    with_call(furnished)
    page = await open_board(viewport={"width": size[0], "height": size[1]})
    await open_menu(page, TILE)
    box = await menu(page).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size[0]
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= size[1]
    assert await menu(page).evaluate("(menu) => menu.scrollWidth <= menu.clientWidth")
    await page.keyboard.press("End")
    await expect(entry(page, "pickup")).to_be_in_viewport(ratio=1)


async def test_the_dots_take_no_room_and_cost_the_tiles_nothing(furnished: Harness, open_board: OpenBoard) -> None:
    with_call(furnished)
    page = await open_board()
    assert await page.locator(".dots").count() == 0
    for row in (TILE, WAITING, HELD, PARKED, MINE):
        before = await page.locator(row).bounding_box()
        await page.locator(row).hover()
        await expect(page.locator(f"{row} .dots")).to_be_visible()
        assert await page.locator(row).bounding_box() == before
        assert await page.locator(".dots").count() == 1
