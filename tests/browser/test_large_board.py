"""A board of very many phones: only the tiles in sight are in the page, and nobody can tell but by counting them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness


GROUPS = ("Accounts", "Front", "Sales")
EACH = 700
MOST_IN_PAGE = 600
WIDE = {"width": 1920, "height": 1080}


def number(group: int, at: int) -> str:
    return str(10_000 * (group + 1) + at)


def everybody(each: int = EACH) -> list[dict[str, Any]]:
    return [
        rows.extension(number(group, at), f"Person {number(group, at)}", name)
        for group, name in enumerate(GROUPS)
        for at in range(each)
    ]


@pytest.fixture
def crowd(harness: Harness) -> Harness:
    harness.put("extension", rows.extension("201", "Rita Novak", "Front"), *everybody())
    return harness


def tile(page: Page, key: str) -> Locator:
    return page.locator(f'[data-extension="{key}"]')


async def scroll(page: Page, to: str) -> None:
    await page.evaluate(f"document.querySelector('.middle').scrollTop = {to}")


async def in_page(page: Page) -> int:
    return await page.locator("cb-extension").count()


async def widest_hole(page: Page) -> int:
    """Pixels without a tile, looking down the first column; the heading between two departments takes some eighty."""
    holes: list[int] = await page.evaluate(
        """() => {
            const { left } = document.querySelector(".department:not([hidden]) .tiles").getBoundingClientRect();
            const from = document.querySelector(".toolbar").getBoundingClientRect().bottom;
            const to = document.querySelector("#glance").getBoundingClientRect().top;
            const holes = [0];
            for (let y = from + 1; y < to; y += 2) {
                const found = document.elementFromPoint(left + 60, y)?.closest("cb-extension") ?? null;
                if (found === null) holes[holes.length - 1] += 2;
                else holes.push(0);
            }
            return holes;
        }"""
    )
    assert len(holes) > 100
    return max(holes)


async def settled(page: Page) -> None:
    await page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def test_only_what_is_in_sight_is_in_the_page_and_the_scroll_bar_knows_of_all(
    crowd: Harness, open_board: OpenBoard
) -> None:
    page = await open_board(viewport=WIDE)
    assert 50 < await in_page(page) < MOST_IN_PAGE
    load = page.locator(".department .load")
    assert await load.all_inner_texts() == ["0/700", "0/701", "0/700"]
    height = await page.evaluate("document.querySelector('.middle').scrollHeight")
    columns = await page.evaluate(
        "getComputedStyle(document.querySelector('.tiles')).gridTemplateColumns.split(' ').length"
    )
    assert height > 3 * EACH / columns * 60
    for part in range(20):
        await scroll(page, str(height * part / 20))
        await settled(page)
        assert await widest_hole(page) < 90, part
        assert await in_page(page) < MOST_IN_PAGE
    assert await page.evaluate("document.querySelector('.middle').scrollHeight") == height


@pytest.mark.parametrize("view", ["tiles", "list"])
@pytest.mark.parametrize("width", [1280, 1920])
async def test_a_tile_stands_where_it_would_stand_if_all_were_there(
    harness: Harness, open_board: OpenBoard, view: str, width: int
) -> None:
    """The same people on two boards, on one of which all tiles are in the page."""
    places: list[dict[str, list[float]]] = []
    where = """(keys) => Object.fromEntries(keys.map((key) => {
        const { x, y, width, height } = document.querySelector(`[data-extension="${key}"]`).getBoundingClientRect();
        return [key, [x, y, width, height].map(Math.round)];
    }))"""
    some = [number(2, at) for at in range(4, 14)]
    harness.put("extension", *everybody(190))
    for more in (0, 100):  # the second time there are too many, of another department that comes last
        harness.put("extension", *(rows.extension(f"9{at:04}", "", "Zoo") for at in range(more)))
        page = await open_board(viewport={"width": width, "height": 800})
        await page.locator(f"label:has([name=view][value={view}])").click()
        await scroll(page, "1e6")
        await settled(page)
        await page.evaluate("document.querySelector('section[aria-label=Sales]').scrollIntoView()")
        await settled(page)
        assert (await in_page(page) == 3 * 190) == (more == 0)
        places.append(await page.evaluate(where, some))
    assert places[0] == places[1]


async def test_what_changes_out_of_sight_is_there_when_one_comes_to_it(crowd: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    far = number(2, EACH - 1)
    await expect(tile(page, far)).to_have_count(0)
    call = rows.leg("c", "talking", rows.person("Kim Lee", "555"))
    await crowd.set("extension", rows.extension(far, "Zed", "Sales", "talking", calls=[call]))
    await expect(page.locator(".department .load").nth(2)).to_have_text("1/700")
    await scroll(page, "1e6")
    await expect(tile(page, far)).to_have_attribute("data-state", "talking")
    await expect(tile(page, far).locator(".now")).to_have_text("with Kim Lee")
    await crowd.remove("extension", far)
    await expect(tile(page, far)).to_have_count(0)
    await expect(tile(page, number(2, EACH - 2))).to_be_visible()


async def test_the_arrow_keys_reach_everybody(harness: Harness, open_board: OpenBoard) -> None:
    each = MOST_IN_PAGE // 3 + 5
    harness.put("extension", *everybody(each))
    page = await open_board()
    await tile(page, number(0, 0)).focus()
    columns = await page.evaluate(
        "getComputedStyle(document.querySelector('.tiles')).gridTemplateColumns.split(' ').length"
    )
    rows_of_all = 3 * (each // columns + 1)
    seen: list[str] = []
    for _ in range(rows_of_all + 5):
        await page.keyboard.press("ArrowDown")
        seen.append(await page.evaluate("document.activeElement.dataset.extension"))
    assert seen[-1] == seen[-6], "the end is the end"
    assert seen[-1].startswith("302")
    assert len(set(seen)) >= rows_of_all - 4
    await page.keyboard.press("ArrowRight")
    await expect(tile(page, seen[-1])).to_be_in_viewport()
    for _ in range(rows_of_all + 5):
        await page.keyboard.press("ArrowUp")
    assert (await page.evaluate("document.activeElement.dataset.extension")).startswith("100")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowLeft")
    assert await in_page(page) < MOST_IN_PAGE


async def test_who_has_the_focus_keeps_it_however_far_the_board_is_scrolled(
    crowd: Harness, open_board: OpenBoard
) -> None:
    page = await open_board()
    await tile(page, number(0, 3)).focus()
    for to in ("1e6", "4000", "1e6"):
        await scroll(page, to)
        await settled(page)
    assert await page.evaluate("document.activeElement.dataset.extension") == number(0, 3)
    await expect(tile(page, number(0, 3))).not_to_be_in_viewport()
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate("document.activeElement.dataset.extension") == number(0, 4)
    await expect(tile(page, number(0, 4))).to_be_in_viewport()


async def test_a_department_alone_a_list_and_another_width_fill_the_room(crowd: Harness, open_board: OpenBoard) -> None:
    page = await open_board(viewport=WIDE)
    await page.locator("#tabs .tab", has_text="Sales").click()
    await expect(tile(page, number(2, 0))).to_be_in_viewport()
    await expect(tile(page, number(0, 0))).to_have_count(0)
    await page.locator("label:has([name=view][value=list])").click()
    await settled(page)
    assert await widest_hole(page) < 90
    await page.set_viewport_size({"width": 1100, "height": 900})
    await settled(page)
    await scroll(page, "5000")
    await settled(page)
    assert await widest_hole(page) < 90
    overflow = "(each) => each.scrollWidth - each.clientWidth"
    assert await page.locator(".middle").evaluate(overflow) == 0
    await page.locator("#tabs .tab", has_text="All").click()
    await expect(tile(page, number(0, 0))).to_be_in_viewport()


async def test_of_a_board_that_is_not_large_every_tile_is_in_the_page(harness: Harness, open_board: OpenBoard) -> None:
    harness.put("extension", *everybody(MOST_IN_PAGE // 3))
    page = await open_board()
    assert await in_page(page) == MOST_IN_PAGE
    await harness.set("extension", rows.extension("9", "One too many", "Zoo"))
    await expect(page.locator("cb-extension")).not_to_have_count(MOST_IN_PAGE)
    assert await in_page(page) < MOST_IN_PAGE / 2
    await harness.remove("extension", "9")
    await expect(page.locator("cb-extension")).to_have_count(MOST_IN_PAGE)


async def test_a_search_leaves_the_board_where_it_was_and_what_happens_meanwhile_is_seen_after_it(
    crowd: Harness, open_board: OpenBoard
) -> None:
    page = await open_board()
    await scroll(page, "3000")
    await settled(page)
    key = await page.evaluate("document.elementFromPoint(500, 400).closest('cb-extension').dataset.extension")
    place = await tile(page, key).bounding_box()
    await page.locator("#search").fill("person")
    await expect(page.locator("#found")).to_be_visible()
    row = crowd.rows["extension"][key]
    await crowd.set("extension", {**row, "state": "dnd"}, rows.extension("300", "Somebody new", "Accounts"))
    await page.keyboard.press("Escape")
    await expect(tile(page, key)).to_have_attribute("data-state", "dnd")
    assert await tile(page, key).bounding_box() != place, "one more stands before it"
    await crowd.remove("extension", "300")
    await expect(page.locator(".department .load").first).to_have_text("0/700")
    await settled(page)
    assert await tile(page, key).bounding_box() == place
    assert await widest_hole(page) < 90


async def test_one_finds_and_calls_somebody_whose_tile_is_not_in_the_page(
    crowd: Harness, open_board: OpenBoard
) -> None:
    page = await open_board()
    far = number(2, EACH - 5)
    await page.keyboard.type(far)
    await expect(page.locator('[role="option"]')).to_have_count(1)
    await page.keyboard.press("Enter")
    await crowd.until(lambda: bool(crowd.sent("command")), 5, "a command")
    assert crowd.sent("command")[-1]["args"] == {"to": far}


SHOWN = """() => {
    // All that a tile is: its markup, but for the order in which attributes were written and for the time.
    const part = (node) => node.nodeType === Node.TEXT_NODE ? node.data.replace(/^\\d+:\\d\\d$/, "time")
        : [node.localName, [...node.attributes].map(({ name, value }) => `${name}=${value}`).sort(),
           [...node.childNodes].filter(({ data }) => data !== "").map(part)];
    const all = [...document.querySelectorAll("cb-extension:not([tabindex='0'])")];
    return Object.fromEntries(all.map((tile) => [tile.dataset.extension, JSON.stringify(part(tile))]));
}"""


async def with_every_state(crowd: Harness) -> None:
    """Every seventh person of each department has something that the neighbours have not."""
    kim = rows.person("Kim Lee", "555")
    for group, name in enumerate(GROUPS):
        for at in range(0, EACH, 7):
            key = number(group, at)
            call = rows.leg(f"c{key}", "ringing", kim, queue="front")
            crowd.put("mailbox", rows.mailbox(key, 3))
            more = [
                {"state": "ringing", "calls": [call, {**call, "call": f"d{key}", "state": "held"}]},
                {"state": "offline", "forward": [{"kind": "always", "to": "601"}]},
                {"state": "dnd", "mailbox": rows.mailbox(key, 3)["key"]},
                {"state": "idle", "camped": ["x"], "name": ""},
            ][at // 7 % 4]
            crowd.put("extension", {**rows.extension(key, f"Person {key}", name), **more})


async def test_a_tile_that_is_used_again_shows_nothing_of_whom_it_showed_before(
    crowd: Harness, open_board: OpenBoard
) -> None:
    await with_every_state(crowd)
    page = await open_board(viewport=WIDE)
    await settled(page)
    fresh: dict[str, str] = await page.evaluate(SHOWN)
    await page.evaluate("window.made = new Set()")
    for to in [*range(0, 6000, 300), *range(6000, -1, -400)]:
        await scroll(page, str(to))
        await settled(page)
        made = await page.evaluate(
            "document.querySelectorAll('cb-extension').forEach((tile) => window.made.add(tile)), window.made.size"
        )
    again: dict[str, str] = await page.evaluate(SHOWN)
    common = fresh.keys() & again.keys()
    assert len(common) > 50
    assert {key: again[key] for key in common} == {key: fresh[key] for key in common}
    assert made < MOST_IN_PAGE, "whoever scrolls through all of them needs no more than the screen holds"


async def test_a_tile_that_had_the_focus_or_the_mouse_never_shows_somebody_else(
    crowd: Harness, open_board: OpenBoard
) -> None:
    page = await open_board(viewport=WIDE)
    await tile(page, number(0, 3)).focus()
    await tile(page, number(0, 5)).hover()
    await page.evaluate(
        """(keys) => (window.kept = keys.map((key) => document.querySelector(`[data-extension="${key}"]`)))""",
        [number(0, 3), number(0, 5)],
    )
    await page.locator("#search").focus()
    for to in (*range(0, 4000, 400), 0, 4000):
        await scroll(page, str(to))
        await settled(page)
    shown = await page.evaluate("window.kept.map((each) => each.dataset.extension)")
    assert shown == [number(0, 3), number(0, 5)]
    assert not await page.evaluate("window.kept.some((each) => each.isConnected)")


async def test_rows_out_of_sight_wait_for_a_frame_in_which_nothing_happens(
    crowd: Harness, open_board: OpenBoard
) -> None:
    """But they come: half a screen is scrolled and nothing more, and what is around it is there soon."""
    page = await open_board(viewport=WIDE)
    await scroll(page, "3000")
    await settled(page)
    assert await widest_hole(page) < 90
    at_once = await in_page(page)
    await page.wait_for_function("(count) => document.querySelectorAll('cb-extension').length > count", arg=at_once - 1)
    for _ in range(20):
        await settled(page)
    complete = await in_page(page)
    for _ in range(3):
        await settled(page)
    assert at_once <= complete == await in_page(page) < MOST_IN_PAGE
