"""Every command by keyboard, and no command where text is typed."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness.server import Harness
from tests.browser.reception import Given, given, with_call


KEYS: list[tuple[str, bool, list[str], Given]] = [
    ("Space takes who waits longest", False, ["Space"], ("take", {"caller": "front/w1"})),
    ("Enter takes who waits longest", False, ["Enter"], ("take", {"caller": "front/w1"})),
    ("a name and Enter calls", False, ["z", "o", "f", "Enter"], ("call", {"to": "202"})),
    ("a name and Enter transfers", True, ["z", "o", "f", "Enter"], ("transfer", {"call": "mine", "to": "202"})),
    (
        "arrows choose another result",
        True,
        ["2", "0", "ArrowDown", "Enter"],
        ("transfer", {"call": "mine", "to": "203"}),
    ),
    ("a number that nobody has is called", False, [*"+48600", "Enter"], ("call", {"to": "+48600"})),
    ("a number that nobody has gets the call", True, [*"0700", "Enter"], ("transfer", {"call": "mine", "to": "0700"})),
    ("Alt+P parks", True, ["Alt+p"], ("park", {"call": "mine"})),
    ("Alt+H hangs up", True, ["Alt+h"], ("hangup", {"call": "mine"})),
    ("Alt+U picks up what rings", False, ["Alt+u"], ("pickup", {"call": "ringing"})),
    ("Alt+U picks up the chosen result", False, ["m", "e", "i", "Alt+u"], ("pickup", {"call": "ringing"})),
    ("Alt+B takes back", False, ["Alt+b"], ("unpark", {"parked": "p1"})),
]


@pytest.mark.parametrize(("has_call", "keys", "expected"), [case[1:] for case in KEYS], ids=[case[0] for case in KEYS])
async def test_by_keyboard(
    office: Harness, open_board: OpenBoard, has_call: bool, keys: list[str], expected: Given
) -> None:
    if has_call:
        with_call(office)
    page = await open_board()
    # The same wherever the focus is, and first of all where it is after loading.
    for key in keys:
        await page.keyboard.press(key)
    assert await given(office) == expected
    await expect(page.locator("#search")).to_have_value("mei" if keys[0] == "m" else "")


async def test_letters_go_to_the_search_field_from_anywhere(office: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.locator("#search").blur()
    await page.keyboard.type("bo")
    await expect(page.locator("#search")).to_have_value("bo")
    await expect(page.locator("[data-result]").first).to_have_attribute("data-result", "203")


async def test_enter_on_a_button_presses_it_and_takes_nobody(office: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.locator('[data-parked="p1"] [data-command="unpark"]').focus()
    await page.keyboard.press("Space")
    assert await given(office) == ("unpark", {"parked": "p1"})
    await office.settle(page)
    assert len(office.sent("command")) == 1


async def test_no_key_fires_while_text_is_typed(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    await page.locator("#search").fill("nobody at all")
    for key in ("Space", "p", "h", "u", "/", "?", "Enter"):
        await page.keyboard.press(key)
    await office.settle(page)
    assert office.sent("command") == []
    await expect(page.locator("#search")).to_have_value("nobody at all phu/?")


async def test_a_held_key_gives_one_command(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    await page.keyboard.down("Alt")
    for _ in range(5):
        await page.keyboard.down("p")  # the second and later ones are repeats
    await page.keyboard.up("p")
    await page.keyboard.up("Alt")
    await given(office)
    await office.settle(page)
    assert len(office.sent("command")) == 1


async def test_arrows_walk_over_the_tiles_and_enter_acts(office: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.locator('[data-extension="202"]').focus()
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate("document.activeElement.dataset.extension") == "203"
    await page.keyboard.press("ArrowUp")
    assert await page.evaluate("document.activeElement.dataset.extension") == "204"
    await page.keyboard.press("Enter")
    assert await given(office) == ("pickup", {"call": "ringing"})


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("Space", "Nobody is waiting."),
        ("Alt+p", "There is no call to park."),
        ("Alt+h", "There is no call to hang up."),
        ("Alt+u", "No other phone is ringing."),
        ("Alt+b", "There is nothing to fetch back"),
        ("Alt+o", "There is no call to hold."),
        ("Alt+c", "There is no call that could wait."),
        ("Alt+v", "There is no call to send to voicemail."),
        ("Alt+r", "There is no call to transfer."),
        ("Alt+m", "There is no call to mute."),
        ("Alt+n", "There is no call to do this with."),
        ("Alt+t", "There is no call to do this with."),
        ("Alt+s", "You are not asking anybody."),
        ("Alt+j", "You are not asking anybody."),
        ("Shift+Enter", "There is no call whose caller could wait."),
    ],
)
async def test_a_key_without_an_object_says_so(board: Page, harness: Harness, key: str, sentence: str) -> None:
    await board.keyboard.press(key)
    await expect(board.locator('[data-receipt][data-state="note"]')).to_contain_text(sentence)
    assert harness.sent("command") == []


async def test_the_question_mark_shows_the_keys_and_nothing_fires_behind(
    office: Harness, open_board: OpenBoard
) -> None:
    page = await open_board()
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    await expect(page.locator("#key-list")).to_contain_text("Park my call")
    await page.keyboard.press("Alt+u")
    await page.keyboard.press("Escape")
    await expect(page.locator("#keys")).to_be_hidden()
    assert office.sent("command") == []


async def test_enter_in_a_call_asks_whom_to_transfer_to(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    await page.keyboard.press("Enter")
    await expect(page.locator(".arming")).to_be_visible()
    await page.keyboard.type("zof")
    await page.keyboard.press("Enter")
    assert await given(office) == ("transfer", {"call": "mine", "to": "202"})


async def test_space_in_a_call_takes_nobody(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    await page.keyboard.press("Space")
    await expect(page.locator("[data-receipt]")).to_contain_text("You are in a call")
    assert office.sent("command") == []


async def test_the_second_enter_of_two_takes_nobody(office: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.keyboard.type("zof")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    assert await given(office) == ("call", {"to": "202"})
    await office.settle(page)
    assert len(office.sent("command")) == 1


async def test_escape_closes_the_menu(board: Page) -> None:
    await board.locator(".me").click()
    await expect(board.locator("#menu")).to_be_visible()
    await board.keyboard.press("Escape")
    await expect(board.locator("#menu")).to_be_hidden()
