"""The menu of every row: how it is opened, what is in it, what its entries do, and how it gets out of the way."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import JAN, ME, Given, commands, given, with_call


BO = rows.person("Bo Larsen", "203", "203")
PETRA = rows.person("Petra Lind", "+46701234567")
TILE = '[data-extension="202"]'
WAITING = '[data-caller="front/w2"]'
PARKED = "cb-parked"
HELD = 'cb-held[data-call="kept"]'
MINE = 'cb-call[data-call="mine"]'


@pytest.fixture
def furnished(office: Harness) -> Harness:
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
    return office


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


@pytest.mark.parametrize(
    ("row", "title"),
    [(TILE, "Zofia Wróbel"), (MINE, "Jan Novák"), (WAITING, "Kim Lee"), (PARKED, "Petr Malý"), (HELD, "Petra Lind")],
)
async def test_every_row_has_a_menu_by_mouse_by_key_and_by_its_dots(
    furnished: Harness, open_board: OpenBoard, row: str, title: str
) -> None:
    with_call(furnished)
    page = await open_board()
    await open_menu(page, row)
    await expect(menu(page).locator(".title .name")).to_have_text(title)
    await page.keyboard.press("Escape")
    await expect(menu(page)).to_be_hidden()
    await page.locator(row).hover()
    dots = page.locator(f"{row} .dots")
    await expect(dots).to_have_attribute("aria-label", f"What can be done: {title}")
    await dots.click()
    await expect(menu(page).locator(".title .name")).to_have_text(title)
    await page.keyboard.press("Escape")
    await expect(dots).to_be_focused()
    await page.keyboard.press("ContextMenu")
    await expect(menu(page).locator(".title .name")).to_have_text(title)
    await expect(menu(page)).to_have_attribute("aria-label", title)
    assert await focused(page) is not None


async def test_the_keys_for_menus_mean_what_the_other_keys_mean(furnished: Harness, open_board: OpenBoard) -> None:
    with_call(furnished)
    page = await open_board()
    title = menu(page).locator(".title .name")
    for key in ("ContextMenu", "Shift+F10", "Alt+a"):
        await page.keyboard.press(key)  # the focus is in the search field: the call in hand is meant
        await expect(title).to_have_text("Jan Novák")
        await page.keyboard.press("Escape")
        await expect(page.locator("#search")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ContextMenu")  # the waiting call that the arrow has selected
    await expect(title).to_have_text("Hotel Bristol")
    await page.keyboard.press("Escape")
    await page.keyboard.type("zof")
    await page.keyboard.press("ContextMenu")  # the chosen result
    await expect(title).to_have_text("Zofia Wróbel")


async def test_a_right_click_on_what_has_no_menu_and_on_text_is_the_browsers(
    furnished: Harness, open_board: OpenBoard
) -> None:
    page = await open_board()
    await page.evaluate(
        """() => addEventListener("contextmenu", (event) => {
            window.prevented = event.defaultPrevented;
            event.preventDefault();
        })"""
    )
    for place in (".top .brand", "#search"):
        await page.locator(place).click(button="right")
        assert await page.evaluate("window.prevented") is False
        await expect(menu(page)).to_be_hidden()
    await page.locator(TILE).click(button="right")
    assert await page.evaluate("window.prevented") is True


# --- what is in it, and what it does

GIVEN: list[tuple[str, str, list[str], Given]] = [
    ("transfer to a person", TILE, ["transfer"], ("transfer", {"call": "mine", "to": "202"})),
    ("ask a person", TILE, ["consult"], ("consult", {"call": "mine", "to": "202"})),
    ("to a person's voicemail", TILE, ["voicemail"], ("voicemail", {"call": "mine", "to": "202"})),
    ("to a person's mobile", TILE, ["transfer:+48600111333"], ("transfer", {"call": "mine", "to": "+48600111333"})),
    ("hold for a person", TILE, ["hold"], ("hold", {"call": "mine", "to": "202"})),
    ("serial call", TILE, ["serial"], ("serial", {"call": "mine", "to": "202"})),
    ("wait for somebody busy", '[data-extension="204"]', ["camp"], ("camp", {"call": "mine", "to": "204"})),
    ("pick up", '[data-extension="204"]', ["pickup"], ("pickup", {"call": "ringing"})),
    ("ask without saying whom", MINE, ["consult"], ("consult", {"call": "mine"})),
    ("hold", MINE, ["hold"], ("hold", {"call": "mine"})),
    ("park", MINE, ["park"], ("park", {"call": "mine"})),
    ("mute", MINE, ["mute"], ("mute", {"call": "mine"})),
    ("record", MINE, ["record"], ("record", {"call": "mine"})),
    ("hang up", MINE, ["hangup"], ("hangup", {"call": "mine"})),
    ("into a queue", MINE, ["enqueue", "enqueue:support"], ("enqueue", {"call": "mine", "queue": "support"})),
    ("into a room", MINE, ["confer", "confer:800"], ("confer", {"call": "mine", "room": "800"})),
    ("take a waiting one", WAITING, ["take"], ("take", {"caller": "front/w2"})),
    ("hold a waiting one", WAITING, ["hold"], ("hold", {"call": "w2"})),
    ("park a waiting one", WAITING, ["park"], ("park", {"call": "w2"})),
    ("into another queue", WAITING, ["enqueue", "enqueue:support"], ("enqueue", {"call": "w2", "queue": "support"})),
    ("take a parked one back", PARKED, ["unpark"], ("unpark", {"parked": "p1"})),
    ("hold a parked one", PARKED, ["hold"], ("hold", {"call": "pc1"})),
    ("fetch a held one", HELD, ["retrieve"], ("retrieve", {"call": "kept"})),
    ("park a held one", HELD, ["park"], ("park", {"call": "kept"})),
]


@pytest.mark.parametrize(("row", "path", "expected"), [case[1:] for case in GIVEN], ids=[case[0] for case in GIVEN])
async def test_an_entry_gives_its_command(
    furnished: Harness, open_board: OpenBoard, row: str, path: list[str], expected: Given
) -> None:
    with_call(furnished)
    page = await open_board()
    await open_menu(page, row)
    for id in path:
        await entry(page, id).click()
    assert await given(furnished) == expected
    await expect(menu(page)).to_be_hidden()
    await furnished.settle(page)
    assert len(commands(furnished)) == 1


async def test_what_cannot_be_done_now_says_why_and_does_nothing(furnished: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await open_menu(page, TILE)
    assert await labels(page) == ["Call", "Call: mobile"]
    assert await labels(page, enabled=False) == [
        "Transfer",
        "Ask first",
        "Camp on",
        "To voicemail",
        "Hold for Zofia Wróbel",
        "Transfer and come back",
        "Pick up",
    ]
    assert await focused(page) == "call"
    await expect(entry(page, "transfer").locator(".reason")).to_have_text("You have no call in hand.")
    await expect(entry(page, "pickup").locator(".reason")).to_have_text("The phone of Zofia Wróbel is not ringing.")
    seen = page.locator("cb-menu .reason:not(.visually-hidden)", has_text="You have no call in hand.")
    await expect(seen).to_have_count(1)
    await entry(page, "transfer").click(force=True)  # as a hand would, which does not wait until it is enabled
    await expect(menu(page)).to_be_visible()
    await furnished.settle(page)
    assert commands(furnished) == []


@pytest.mark.parametrize(
    ("state", "mailbox", "reasons"),
    [
        ("idle", "", {"camp": "Zofia Wróbel is free now.", "voicemail": "Zofia Wróbel has no voicemail."}),
        ("dnd", "b", {"camp": "Zofia Wróbel is not to be disturbed.", "voicemail": ""}),
        ("offline", "b", {"camp": "The phone of Zofia Wróbel is not registered.", "voicemail": ""}),
        ("talking", "b", {"camp": "", "voicemail": ""}),
    ],
)
async def test_the_reasons_are_those_of_the_person(
    furnished: Harness, open_board: OpenBoard, state: str, mailbox: str, reasons: dict[str, str]
) -> None:
    with_call(furnished)
    furnished.put("extension", rows.extension("202", "Zofia Wróbel", "Sales", state, mailbox=mailbox))
    page = await open_board()
    await open_menu(page, TILE)
    for id, reason in reasons.items():
        await expect(entry(page, id).locator(".reason")).to_have_text(reason)


async def test_what_may_not_be_done_and_what_the_pbx_cannot_do_is_left_out(
    furnished: Harness, open_board: OpenBoard
) -> None:
    with_call(furnished)
    furnished.page_options = {"refused": frozenset({"park", "hangup"})}
    pbx = rows.pbx()
    furnished.put("pbx", {**pbx, "capabilities": [each for each in pbx["capabilities"] if each != "record"]})
    page = await open_board()
    await open_menu(page, MINE)
    ids = await page.locator("cb-menu [role=menuitem]").evaluate_all("(all) => all.map((each) => each.dataset.entry)")
    assert {"transfer", "hold", "mute"} <= set(ids)
    assert not {"park", "hangup", "record"} & set(ids)


async def test_labels_are_those_of_the_catalogue_and_keys_are_printed(
    furnished: Harness, open_board: OpenBoard
) -> None:
    with_call(furnished)
    furnished.page_options = {"keys": {"park": "Alt+K"}}
    page = await open_board()
    await open_menu(page, MINE)
    await expect(entry(page, "hangup").locator(".label")).to_have_text("Hang up")
    await expect(entry(page, "hangup").locator("kbd")).to_have_text("Alt H")
    await expect(entry(page, "park").locator("kbd")).to_have_text("Alt K")


async def test_a_person_who_is_busy_is_asked_about_as_with_the_keys(furnished: Harness, open_board: OpenBoard) -> None:
    with_call(furnished)
    talking = rows.leg("x", "talking", rows.person("Acme Ltd"))
    furnished.put("extension", rows.extension("202", "Zofia Wróbel", "Sales", "talking", calls=[talking]))
    page = await open_board()
    await open_menu(page, TILE)
    await entry(page, "transfer").click()
    await expect(page.locator("cb-choice")).to_contain_text("Transfer all the same")
    assert commands(furnished) == []


async def test_somebody_who_waits_is_sent_on_to_whoever_is_clicked(furnished: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await open_menu(page, WAITING)
    await entry(page, "transfer").click()
    await expect(page.locator(WAITING)).to_have_attribute("data-selected", "")
    await page.locator(TILE).click()
    assert await given(furnished) == ("transfer", {"call": "w2", "to": "202"})


@pytest.mark.parametrize("row", [MINE, WAITING, HELD])
async def test_a_note_is_written_where_the_call_is(furnished: Harness, open_board: OpenBoard, row: str) -> None:
    with_call(furnished)
    page = await open_board()
    await open_menu(page, row)
    await entry(page, "note").click()
    await expect(page.locator(f"{row} cb-note input")).to_be_focused()


async def test_tones_are_sent_from_the_menu(furnished: Harness, open_board: OpenBoard) -> None:
    with_call(furnished)
    page = await open_board()
    await open_menu(page, MINE)
    await entry(page, "dtmf").click()
    await expect(page.locator("cb-tones input")).to_be_focused()


async def test_while_asking_a_person_can_be_asked_and_the_asking_ended(
    furnished: Harness, open_board: OpenBoard
) -> None:
    furnished.put("call", rows.kept("mine", JAN, "consult", ME))
    side = rows.call("side", ME, BO, "ringing")
    furnished.put("call", side)
    page = await open_board()
    await open_menu(page, TILE)
    assert await labels(page) == ["Ask first"]
    await expect(entry(page, "transfer").locator(".reason")).to_contain_text("You are asking somebody")
    await page.keyboard.press("Escape")
    await open_menu(page, "cb-consult")
    assert await labels(page) == ["Connect them", "Back to the caller", "Note"]
    await expect(entry(page, "swap").locator(".reason")).to_have_text("Bo Larsen has not answered yet.")
    await entry(page, "complete").click()
    assert await given(furnished) == ("complete", {"call": "mine"})


async def test_a_result_of_the_search_has_the_menu_of_its_person(furnished: Harness, open_board: OpenBoard) -> None:
    with_call(furnished)
    page = await open_board()
    await page.keyboard.type("zof")
    await open_menu(page, '[data-result="202"]')
    await expect(menu(page).locator(".title .name")).to_have_text("Zofia Wróbel")
    await page.keyboard.press("Alt+v")
    assert await given(furnished) == ("voicemail", {"call": "mine", "to": "202"})
    await expect(page.locator("#search")).to_have_value("")


async def test_who_has_only_been_selected_is_sent_on_but_not_asked_about(
    furnished: Harness, open_board: OpenBoard
) -> None:
    page = await open_board()
    await page.locator(WAITING).click()
    await open_menu(page, TILE)
    await expect(menu(page).locator(".heading").first).to_have_text("Kim Lee")
    await expect(entry(page, "consult").locator(".reason")).to_have_text("Take the caller first.")
    await entry(page, "transfer").click()
    assert await given(furnished) == ("transfer", {"call": "w2", "to": "202"})


async def test_ones_own_tile_has_the_menu_of_the_own_call(furnished: Harness, open_board: OpenBoard) -> None:
    with_call(furnished)
    page = await open_board()
    await open_menu(page, '[data-extension="201"]')
    await entry(page, "hold").click()
    assert await given(furnished) == ("hold", {"call": "mine"})


async def test_a_ringing_call_is_answered_before_anything_else(furnished: Harness, open_board: OpenBoard) -> None:
    furnished.put("call", rows.call("mine", JAN, ME, "ringing"))
    page = await open_board()
    await open_menu(page, MINE)
    await expect(entry(page, "park").locator(".reason")).to_have_text("Answer the call first.")
    assert await labels(page) == ["Note", "Hang up"]


# --- by keyboard


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
