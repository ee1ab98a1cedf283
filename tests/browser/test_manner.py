"""How the board behaves to the eye, to the ear and to the hand: layout, contrast, names for screen readers, load."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenBoard, probe
from tests.browser.harness import rows
from tests.browser.harness.office import Office
from tests.browser.harness.server import Harness


SIZES = {
    "laptop": (1280, 800),
    "desk": (1920, 1080),
    "tablet": (1024, 768),
    "upright tablet": (768, 1024),
    "phone": (390, 844),
}
LONG = "Wilhelmina Aleksandra Featherstonehaugh-Cholmondeley of the Night Shift"

TEXTS = [
    *[(text, ground) for text in ("text", "quiet") for ground in ("ground", "surface", "raised")],
    *[("text", f"{role}-tint") for role in ("busy", "waiting", "attention", "closed", "accent")],
    ("attention-text", "attention-tint"),
    ("attention-text", "surface"),
    ("attention-text", "raised"),
    ("closed", "closed-tint"),
    ("closed", "surface"),
    ("accent", "raised"),
    ("accent", "surface"),
    ("accent", "accent-tint"),
    ("on-accent", "accent"),
    ("quiet", "busy-tint"),
    ("quiet", "waiting-tint"),
    ("quiet", "attention-tint"),
]
SHAPES = [
    ("free", "surface"),
    ("attention", "attention-tint"),
    ("busy", "busy-tint"),
    ("waiting", "waiting-tint"),
    ("closed", "surface"),
    ("absent", "ground"),
    ("absent", "surface"),
    ("accent", "ground"),
]


def long_names(harness: Harness) -> None:
    Office(harness, 40).furnish()
    for at, number in enumerate(["201", "202", "203", "204", "205"]):
        row = harness.rows["extension"][number]
        harness.put("extension", {**row, "name": LONG * (1 + at), "group": "A department with a name as long as that"})
    harness.put(
        "call",
        rows.call("long", rows.person(LONG * 3, "+48600111222"), rows.person("Rita", "201", "201"), since=36_000),
    )
    harness.put("caller", rows.caller("front", "long", 3, LONG, "+4860011122233344", waits=40_000))
    harness.put("parked", rows.parked("long", "l", "70123", LONG, "+48", by=rows.person(LONG, "1")))


@pytest.mark.parametrize("view", ["tiles", "list"])
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_nothing_overlaps_or_sticks_out(open_board: OpenBoard, harness: Harness, size: str, view: str) -> None:
    long_names(harness)
    width, height = SIZES[size]
    page = await open_board(viewport={"width": width, "height": height})
    await page.evaluate("(view) => { document.documentElement.dataset.view = view; }", view)
    assert await probe(page, "overlaps") == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_names_that_are_too_long_are_cut_with_the_whole_in_a_title(
    open_board: OpenBoard, harness: Harness
) -> None:
    long_names(harness)
    page = await open_board()
    name = page.locator('[data-extension="203"] .name')
    await expect(name).to_have_attribute("title", LONG * 3)
    assert (
        await name.evaluate("(name) => name.scrollWidth > name.clientWidth && getComputedStyle(name).textOverflow")
        == "ellipsis"
    )


async def test_tiles_stand_in_a_grid_and_have_one_size(open_board: OpenBoard, harness: Harness) -> None:
    long_names(harness)
    page = await open_board()
    boxes = await probe(page, "places")
    assert len({(round(width, 1), height) for _, _, _, width, height in boxes}) == 1
    assert len({round(x) for _, x, _, _, _ in boxes}) == 4


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_contrast_is_enough(open_board: OpenBoard, theme: str) -> None:
    page = await open_board(color_scheme=theme)
    for front, back, ratio in await probe(page, "contrast", TEXTS):
        assert ratio >= 4.5, f"{front} on {back}: {ratio:.2f}"
    for front, back, ratio in await probe(page, "contrast", SHAPES):
        assert ratio >= 3, f"{front} on {back}: {ratio:.2f}"


@pytest.mark.parametrize("path", ["/", "/queues/"])
async def test_every_control_has_a_name(open_board: OpenBoard, harness: Harness, path: str) -> None:
    Office(harness, 20).furnish()
    page = await open_board(path)
    await page.locator(".me").click()
    assert await probe(page, "nameless") == []


async def test_of_all_tiles_one_is_in_the_order_of_the_tab_key(open_board: OpenBoard, harness: Harness) -> None:
    Office(harness, 30)
    page = await open_board()
    await expect(page.locator('cb-extension[tabindex="0"]')).to_have_count(1)


async def test_focus_is_visible(open_board: OpenBoard, harness: Harness) -> None:
    Office(harness, 10).furnish()
    page = await open_board()
    for _ in range(12):
        await page.keyboard.press("Tab")
        outline = await page.evaluate(
            """() => {
                const focused = document.activeElement;
                const shown = focused.matches("input[type=radio]") ? focused.nextElementSibling : focused;
                return [focused.className || focused.localName, getComputedStyle(shown).outlineStyle];
            }"""
        )
        assert outline[1] != "none", outline[0]


async def test_a_ringing_call_is_told_and_at_most_one_sentence_in_two_seconds(board: Page, harness: Harness) -> None:
    await probe(board, "listen")
    me = rows.person("Rita", "201", "201")
    for at in range(6):
        await harness.set("call", rows.call(f"c{at}", rows.person(f"Caller {at}"), me, "ringing"))
    last = "Caller 5 calls you."
    await expect(board.locator("#announcements")).to_have_text(last, timeout=10_000)
    told: list[Any] = await board.evaluate("window.told")
    times = [at for at, _ in told]
    assert all(later - earlier > 1900 for earlier, later in pairwise(times))
    assert len(told) <= 4


async def test_with_reduced_motion_nothing_pulses(open_board: OpenBoard, harness: Harness) -> None:
    Office(harness, 20).furnish()
    page = await open_board(reduced_motion="reduce")
    assert await page.evaluate("document.getAnimations().length") == 0


async def test_on_a_tablet_a_finger_drags_sideways(open_board: OpenBoard, harness: Harness) -> None:
    Office(harness, 20).furnish()
    harness.put("extension", rows.extension("203", "Bo Larsen", "Sales"))
    page = await open_board(viewport={"width": 1024, "height": 768}, has_touch=True)
    client = await page.context.new_cdp_session(page)
    source = await page.locator('[data-call="my.1"] .name').bounding_box()
    target = await page.locator('[data-extension="203"]').bounding_box()
    assert source is not None
    assert target is not None

    async def touch(kind: str, x: float, y: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        await client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = source["x"] + 10, source["y"] + 5
    await touch("touchStart", x, y)
    for step in range(1, 11):
        share = step / 10
        await touch(
            "touchMove", x + (target["x"] + 20 - x) * share, y + (target["y"] + 20 - y) * max(0, share - 0.4) / 0.6
        )
    await touch("touchEnd", 0, 0)
    frame = await harness.frame("command")
    assert (frame["name"], frame["args"]) == ("transfer", {"call": "my.1", "to": "203"})


async def test_five_thousand_phones_are_there_and_a_change_reaches_its_tile(
    open_board: OpenBoard, harness: Harness
) -> None:
    Office(harness, 5000, busy=0.1)
    page = await open_board(ready=False)
    await page.reload(wait_until="commit")
    await expect(page.locator("html")).to_have_attribute("data-link", "live", timeout=30_000)
    loads = page.locator(".department .load")
    await expect(loads).not_to_have_count(0)
    assert sum(int(load.partition("/")[2]) for load in await loads.all_inner_texts()) == 5000
    key = await page.locator("cb-extension").nth(10).get_attribute("data-extension")
    row = harness.rows["extension"][str(key)]
    state = "dnd" if row["state"] != "dnd" else "idle"
    await harness.set("extension", {**row, "state": state, "calls": []})
    await expect(page.locator(f'[data-extension="{key}"]')).to_have_attribute("data-state", state, timeout=15_000)
