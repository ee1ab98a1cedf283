"""Every command by mouse and by drag sends the right frame, once."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import MARIA, ME, Given, commands, given, with_call


async def drag(page: Page, source: str, target: str) -> None:
    await page.locator(source).hover()
    await page.mouse.down()
    box = await page.locator(target).bounding_box()
    assert box is not None
    # Any place of the target will do: here its lower right corner.
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    await page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4, steps=2)
    await page.mouse.up()


MOUSE: list[tuple[str, bool, str, Given]] = [
    ("call", False, '[data-extension="202"] [data-command="call"]', ("call", {"to": "202"})),
    ("pickup", False, '[data-extension="204"] [data-command="pickup"]', ("pickup", {"call": "ringing"})),
    ("transfer", True, '[data-extension="202"] [data-command="transfer"]', ("transfer", {"call": "mine", "to": "202"})),
    ("park", True, '[data-call="mine"] [data-command="park"]', ("park", {"call": "mine"})),
    ("hangup", True, '[data-call="mine"] [data-command="hangup"]', ("hangup", {"call": "mine"})),
    ("take", False, '[data-caller="front/w2"] [data-command="take"]', ("take", {"caller": "front/w2"})),
    ("unpark", False, '[data-parked="p1"] [data-command="unpark"]', ("unpark", {"parked": "p1"})),
]


@pytest.mark.parametrize(
    ("has_call", "control", "expected"), [case[1:] for case in MOUSE], ids=[case[0] for case in MOUSE]
)
async def test_by_mouse(office: Harness, open_board: OpenBoard, has_call: bool, control: str, expected: Given) -> None:
    if has_call:
        with_call(office)
    page = await open_board()
    await page.locator(control).click()
    assert await given(office) == expected


DRAGS: list[tuple[str, str, str, Given]] = [
    (
        "my call onto a person",
        '[data-call="mine"] .name',
        '[data-extension="202"]',
        ("transfer", {"call": "mine", "to": "202"}),
    ),
    ("my call onto Parked", '[data-call="mine"] .name', ".parking", ("park", {"call": "mine"})),
    (
        "a caller onto a person",
        '[data-caller="front/w1"]',
        '[data-extension="203"]',
        ("transfer", {"call": "w1", "to": "203"}),
    ),
    ("a caller onto my calls", '[data-caller="front/w1"]', ".mine", ("take", {"caller": "front/w1"})),
    (
        "a caller onto my own tile",
        '[data-caller="front/w1"]',
        '[data-extension="201"]',
        ("take", {"caller": "front/w1"}),
    ),
    ("a caller onto Parked", '[data-caller="front/w1"]', ".parking", ("park", {"call": "w1"})),
    (
        "a parked call onto a person",
        '[data-parked="p1"]',
        '[data-extension="202"]',
        ("transfer", {"call": "pc1", "to": "202"}),
    ),
    ("a parked call onto my calls", '[data-parked="p1"]', ".mine", ("unpark", {"parked": "p1"})),
    ("my call onto Held", '[data-call="mine"] .name', ".holding", ("hold", {"call": "mine"})),
    (
        "my call onto a queue",
        '[data-call="mine"] .name',
        '[data-queue="front"]',
        ("enqueue", {"call": "mine", "queue": "front"}),
    ),
    (
        "my call onto a room",
        '[data-call="mine"] .name',
        '[data-conference="800"]',
        ("confer", {"call": "mine", "room": "800"}),
    ),
    (
        "a held call onto a person",
        '.holding [data-call="kept"] > .name',
        '[data-extension="202"]',
        ("transfer", {"call": "kept", "to": "202"}),
    ),
    ("a held call onto my calls", '.holding [data-call="kept"] > .name', ".mine", ("retrieve", {"call": "kept"})),
    ("a held call onto Parked", '.holding [data-call="kept"] > .name', ".parking", ("park", {"call": "kept"})),
    ("a parked call onto Held", '[data-parked="p1"]', ".holding", ("hold", {"call": "pc1"})),
]


@pytest.mark.parametrize(
    ("source", "target", "expected"), [case[1:] for case in DRAGS], ids=[case[0] for case in DRAGS]
)
async def test_by_drag(office: Harness, open_board: OpenBoard, source: str, target: str, expected: Given) -> None:
    with_call(office)
    office.put("call", rows.kept("kept", rows.person("Hotel Adler"), "hold", MARIA))
    office.put("conference", rows.conference("800", ["Ana Paz"]))
    page = await open_board(viewport={"width": 1280, "height": 1000})
    await drag(page, source, target)
    assert await given(office) == expected
    assert await page.locator(".drag-ghost").count() == 0


async def test_a_drop_on_a_busy_person_asks_first_and_camps_on(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    kim = rows.leg("k", "talking", rows.person("Kim Lee"))
    office.put("extension", rows.extension("203", "Bo Larsen", "Sales", "talking", calls=[kim]))
    first = rows.party("w1.1", rows.person("Hotel Bristol"), "queued", "caller")
    office.put("call", rows.call("w1", rows.person("Hotel Bristol"), rows.person(), "queued", parties=[first]))
    page = await open_board()
    await drag(page, '[data-caller="front/w1"]', '[data-extension="203"]')
    choice = page.locator("#choice")
    await expect(choice).to_contain_text("Bo Larsen is on the phone.")
    tile = await page.locator('[data-extension="203"]').bounding_box()
    box = await choice.bounding_box()
    assert tile is not None
    assert box is not None
    assert abs(box["y"] - tile["y"] - tile["height"]) < 12, "it stands at the tile"
    assert commands(office) == []
    await page.keyboard.press("Enter")
    assert await given(office) == ("camp", {"call": "w1", "to": "203"})


async def test_a_double_click_gives_one_command(office: Harness, open_board: OpenBoard) -> None:
    office.answer = lambda frame: None
    page = await open_board()
    await page.locator('[data-extension="202"] [data-command="call"]').dblclick()
    await given(office)
    await office.settle(page)
    assert len(office.sent("command")) == 1


async def test_transfer_on_the_call_waits_for_a_person(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    await page.locator('[data-call="mine"] [data-command="transfer"]').click()
    await expect(page.locator(".arming")).to_be_visible()
    assert office.sent("command") == []
    await page.keyboard.press("Escape")
    await expect(page.locator(".arming")).to_be_hidden()
    await page.locator('[data-call="mine"] [data-command="transfer"]').click()
    await page.locator('[data-extension="203"] .name').click()
    assert await given(office) == ("transfer", {"call": "mine", "to": "203"})
    await expect(page.locator(".arming")).to_be_hidden()


async def test_alt_and_a_click_transfers(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    await page.locator('[data-extension="203"]').click(modifiers=["Alt"])
    assert await given(office) == ("transfer", {"call": "mine", "to": "203"})


async def test_of_two_calls_the_chosen_one_is_moved(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    held = rows.call("held", rows.person("Kim Lee"), ME, "held", held_by="201")
    office.put("call", held)
    page = await open_board()
    await expect(page.locator('[data-call="mine"]')).to_have_attribute("data-in-hand", "")
    await page.locator('[data-call="held"] .name').click()
    await expect(page.locator('[data-call="held"]')).to_have_attribute("data-in-hand", "")
    await page.keyboard.press("Alt+p")
    assert await given(office) == ("park", {"call": "held"})


async def test_a_drag_that_is_given_up_does_nothing(office: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.locator('[data-caller="front/w1"]').hover()
    await page.mouse.down()
    await page.locator('[data-extension="202"]').hover()
    await expect(page.locator('[data-extension="202"]')).to_have_attribute("data-drop", "")
    await page.keyboard.press("Escape")
    await page.mouse.up()
    await drag(page, '[data-caller="front/w1"]', ".top")
    await office.settle(page)
    assert office.sent("command") == []


async def test_what_may_not_be_done_is_not_offered(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    office.page_options = {"refused": frozenset({"park", "call"})}
    page = await open_board()
    await expect(page.locator('[data-call="mine"] [data-command="hangup"]')).to_be_visible()
    assert await page.locator('[data-command="park"], [data-command="call"]').count() == 0
