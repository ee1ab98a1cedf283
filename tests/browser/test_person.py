"""What is on screen of a person before a call goes there, and what a key does about somebody who could not take it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import JAN, MARIA, Given, commands, given, with_call


KIM = rows.person("Kim Lee", "+12125550147")
NUMBERS = [rows.number("Mobile", "+48601222333"), rows.number("Home", "+48225550000")]


def bo(state: str = "talking", **more: object) -> rows.Row:
    calls = [rows.leg("k", "talking", KIM, since=255)] if state == "talking" else []
    return rows.extension("203", "Bo Larsen", "Sales", state, calls=calls, **more)


async def test_the_card_says_what_one_wants_to_know(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    office.put("call", rows.kept("camp", JAN, "camp", MARIA, rows.person("Bo Larsen", "203", "203"), since=40))
    office.put("extension", bo(mailbox="203@default", numbers=NUMBERS, ring_seconds=25, camped=["camp"]))
    page = await open_board()
    await page.keyboard.type("bo")
    card = page.locator("#person")
    await expect(card.locator(".name").first).to_have_text("Bo Larsen")
    await expect(card.locator(".word")).to_have_text("talking")
    await expect(card.locator(".now")).to_have_text("with Kim Lee")
    assert (await card.locator(".line cb-timer").inner_text()).startswith("4:1")
    await expect(card.locator(".facts")).to_have_text("voicemail · rings 25 s")
    await expect(card.locator(".camped li")).to_contain_text(["Jan Novák waits here"])
    await expect(card.locator(".numbers .label")).to_have_text(["Mobile", "Home"])
    labels = card.locator(".act .label")
    await expect(labels).to_have_text(
        ["Wait until free", "Ask first", "Voicemail", "Hold for them", "Send, and back to me"]
    )


@pytest.mark.parametrize(
    ("row", "word", "facts"),
    [
        (bo("idle"), "free", "no voicemail"),
        (bo("dnd", mailbox="203@d"), "do not disturb", "voicemail"),
        (bo("offline"), "not registered", "no voicemail"),
    ],
    ids=["free", "dnd", "offline"],
)
async def test_states_are_said_in_words(
    office: Harness, open_board: OpenBoard, row: rows.Row, word: str, facts: str
) -> None:
    office.put("extension", row)
    page = await open_board()
    await page.keyboard.type("bo")
    await expect(page.locator("#person .word")).to_have_text(word)
    await expect(page.locator("#person .facts")).to_have_text(facts)


async def test_the_card_follows_what_happens(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    await page.keyboard.type("bo")
    first = page.locator("#person .act").first
    await expect(first).to_contain_text("Transfer Jan Novák")
    await office.set("extension", bo())
    await expect(first).to_contain_text("Wait until free")
    await expect(page.locator("#person .word")).to_have_text("talking")


async def test_under_the_tiles_stands_who_the_mouse_is_at(office: Harness, open_board: OpenBoard) -> None:
    office.put("extension", bo(mailbox="203@default"))
    page = await open_board()
    await page.locator('[data-extension="203"]').hover()
    glance = page.locator("#glance")
    await expect(glance.locator(".name").first).to_have_text("Bo Larsen")
    await expect(glance).to_contain_text("with Kim Lee")
    box = await glance.bounding_box()
    await page.locator('[data-extension="202"]').hover()
    await expect(glance.locator(".name").first).to_have_text("Zofia Wróbel")
    assert await glance.bounding_box() == box, "it keeps its place and its size"


@pytest.mark.parametrize(
    ("keys", "to"),
    [(["1"], "+48601222333"), (["2"], "+48225550000"), (["2", "0"], "202"), (["1", "1"], "202"), (["9"], None)],
    ids=str,
)
async def test_a_digit_chooses_another_number(
    office: Harness, open_board: OpenBoard, keys: list[str], to: str | None
) -> None:
    with_call(office)
    office.put("extension", {**office.rows["extension"]["202"], "numbers": NUMBERS})
    page = await open_board()
    await page.keyboard.type("zof")
    for key in keys:
        await page.keyboard.press(key)
    if to is None:
        await expect(page.locator("#search")).to_have_value("zof9")
        return
    await expect(page.locator("#search")).to_have_value("zof")
    await page.keyboard.press("Enter")
    assert await given(office) == ("transfer", {"call": "mine", "to": to})


async def test_a_digit_that_goes_on_with_a_name_is_text(office: Harness, open_board: OpenBoard) -> None:
    office.put("extension", rows.extension("301", "Room 1", numbers=NUMBERS), rows.extension("302", "Room 2"))
    page = await open_board()
    await page.keyboard.type("room 2")
    await expect(page.locator("#search")).to_have_value("room 2")
    await expect(page.locator('[data-result="302"]')).to_have_attribute("aria-selected", "true")


WAYS: list[tuple[str, str, list[str], Given | None]] = [
    ("talking", "Bo Larsen is on the phone.", ["Enter"], ("camp", {"call": "mine", "to": "203"})),
    ("talking", "Bo Larsen is on the phone.", ["ArrowDown", "Enter"], ("transfer", {"call": "mine", "to": "203"})),
    ("talking", "Bo Larsen is on the phone.", ["3"], ("voicemail", {"call": "mine", "to": "203"})),
    ("talking", "Bo Larsen is on the phone.", ["4"], ("transfer", {"call": "mine", "to": "+48601222333"})),
    ("talking", "Bo Larsen is on the phone.", ["ArrowUp", "Enter"], ("hold", {"call": "mine", "to": "203"})),
    ("talking", "Bo Larsen is on the phone.", ["Escape"], None),
    ("dnd", "Bo Larsen is not to be disturbed.", ["Enter"], ("voicemail", {"call": "mine", "to": "203"})),
    ("offline", "The phone of Bo Larsen is not registered.", ["Enter"], ("voicemail", {"call": "mine", "to": "203"})),
]


@pytest.mark.parametrize(
    ("state", "title", "keys", "expected"), WAYS, ids=[f"{case[0]}-{'-'.join(case[2])}" for case in WAYS]
)
async def test_a_transfer_that_would_fail_asks_once(
    office: Harness, open_board: OpenBoard, state: str, title: str, keys: list[str], expected: Given | None
) -> None:
    with_call(office)
    office.put("extension", bo(state, mailbox="203@default", numbers=NUMBERS))
    page = await open_board()
    await page.keyboard.type("bo")
    await page.keyboard.press("Enter")
    await expect(page.locator("#choice .title")).to_have_text(title)
    for key in keys:
        await page.keyboard.press(key)
    await expect(page.locator("#choice")).to_be_hidden()
    await expect(page.locator("#search")).to_be_focused()
    if expected is None:
        await office.settle(page)
        assert commands(office) == []
    else:
        assert await given(office) == expected


async def test_letters_typed_over_the_choice_go_on_in_the_search(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    office.put("extension", bo())
    page = await open_board()
    await page.keyboard.type("bo")
    await page.keyboard.press("Enter")
    await expect(page.locator("#choice")).to_be_visible()
    await page.keyboard.type("x")
    await expect(page.locator("#choice")).to_be_hidden()
    await expect(page.locator("#search")).to_have_value("box")


async def test_the_choice_says_when_they_have_become_free(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    office.put("extension", bo())
    page = await open_board()
    await page.keyboard.type("bo")
    await page.keyboard.press("Enter")
    await office.set("extension", bo("idle"))
    await expect(page.locator("#choice .title")).to_have_text("Bo Larsen is free now.")


async def test_the_choice_leaves_when_the_caller_has_hung_up(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    office.put("extension", bo())
    page = await open_board()
    await page.keyboard.type("bo")
    await page.keyboard.press("Enter")
    await expect(page.locator("#choice")).to_be_visible()
    await office.remove("call", "mine")
    await expect(page.locator("#choice")).to_be_hidden()


async def test_a_call_that_changes_under_the_hand_is_not_sent(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    me = rows.person("Rita Novak", "201", "201")
    office.put("call", rows.call("other", KIM, me, "held", held_by="201"))
    page = await open_board()
    await page.keyboard.type("zof")
    await office.remove("call", "mine")
    await expect(page.locator('[data-call="other"]')).to_have_attribute("data-in-hand", "")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-receipt]").first).to_contain_text("Nothing was sent")
    assert commands(office) == []


async def test_a_tile_counts_who_waits_for_it_and_shows_a_recording(board: Page, harness: Harness) -> None:
    await harness.push(
        {
            "extension": [bo(camped=["a", "b"])],
            "call": [rows.call("k", KIM, rows.person("Bo Larsen", "203", "203"), recording="on")],
        }
    )
    tile = board.locator('[data-extension="203"]')
    await expect(tile.locator(".camped")).to_have_text("2")
    await expect(tile.locator(".camped")).to_have_attribute("title", "2 callers wait here")
    await expect(tile.locator("cb-recording")).to_be_visible()
    await harness.set("call", {**harness.rows["call"]["k"], "recording": ""})
    await expect(tile.locator("cb-recording")).to_be_hidden()
