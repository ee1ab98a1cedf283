"""The menu of every row: how it is opened, what is in it, and what its entries do."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.menus import BO, HELD, MINE, PARKED, TILE, WAITING, entry, focused, furnish, labels, menu, open_menu
from tests.browser.reception import JAN, ME, Given, commands, given, with_call


@pytest.fixture
def furnished(office: Harness) -> Harness:
    furnish(office)
    return office


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
    await expect(page.locator('[data-call="mine"][data-in-hand]')).to_be_visible()
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
