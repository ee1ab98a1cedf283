"""Every command by mouse, by drag and by keyboard sends the right frame, once; and every one of them is answered by a sentence."""

from __future__ import annotations

import re
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness, refuse


ME = rows.person("Rita Novak", "201", "201")
JAN = rows.person("Jan Novák", "+48600111222")
Given = tuple[str, dict[str, Any]]


@pytest_asyncio.fixture(loop_scope="session")
async def office(harness: Harness) -> Harness:
    """201 has no call; 204 rings; somebody waits, somebody is parked."""
    harness.put("extension", rows.extension("201", "Rita Novak", "Front"))
    harness.put("extension", rows.extension("202", "Zofia Wróbel", "Sales"), rows.extension("203", "Bo Larsen", "Sales"))
    acme = rows.leg("ringing", "ringing", rows.person("Acme Ltd"))
    harness.put("extension", rows.extension("204", "Mei-Lin Chu", "Front", "ringing", calls=[acme]))
    harness.put("call", rows.call("ringing", rows.person("Acme Ltd"), rows.person("Mei-Lin Chu", "204", "204"), "ringing"))
    harness.put("queue", rows.queue("front", waiting=2))
    harness.put("caller", rows.caller("front", "w1", 1, "Hotel Bristol", "", waits=50))
    harness.put("caller", rows.caller("front", "w2", 2, "Kim Lee", "", waits=20))
    harness.put("parked", rows.parked("p1", "pc1", "701", "Petr Malý", "", by=ME))
    return harness


def with_call(harness: Harness) -> None:
    harness.put("call", rows.call("mine", JAN, ME))
    row = harness.rows["extension"]["201"]
    harness.put("extension", {**row, "state": "talking", "calls": [rows.leg("mine", "talking", JAN)]})


async def given(harness: Harness, count: int = 1) -> Given:
    """Name and arguments of the `count`th command; that its frame has the form of the contract is asserted."""
    frame = await harness.frame("command", count)
    assert set(frame) == {"id", "type", "name", "args", "intent"}
    assert re.fullmatch(r"[0-9a-f-]{36}", frame["intent"])
    return frame["name"], frame["args"]


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


@pytest.mark.parametrize(("has_call", "control", "expected"), [case[1:] for case in MOUSE], ids=[case[0] for case in MOUSE])
async def test_by_mouse(
    office: Harness, open_board: OpenBoard, has_call: bool, control: str, expected: Given
) -> None:
    if has_call:
        with_call(office)
    page = await open_board()
    await page.locator(control).click()
    assert await given(office) == expected


DRAGS: list[tuple[str, str, str, Given]] = [
    ("my call onto a person", '[data-call="mine"] .name', '[data-extension="202"]', ("transfer", {"call": "mine", "to": "202"})),
    ("my call onto Parked", '[data-call="mine"] .name', ".parking", ("park", {"call": "mine"})),
    ("a caller onto a person", '[data-caller="front/w1"]', '[data-extension="203"]', ("transfer", {"call": "w1", "to": "203"})),
    ("a caller onto my calls", '[data-caller="front/w1"]', ".mine", ("take", {"caller": "front/w1"})),
    ("a caller onto my own tile", '[data-caller="front/w1"]', '[data-extension="201"]', ("take", {"caller": "front/w1"})),
    ("a caller onto Parked", '[data-caller="front/w1"]', ".parking", ("park", {"call": "w1"})),
    ("a parked call onto a person", '[data-parked="p1"]', '[data-extension="202"]', ("transfer", {"call": "pc1", "to": "202"})),
    ("a parked call onto my calls", '[data-parked="p1"]', ".mine", ("unpark", {"parked": "p1"})),
]


@pytest.mark.parametrize(("source", "target", "expected"), [case[1:] for case in DRAGS], ids=[case[0] for case in DRAGS])
async def test_by_drag(office: Harness, open_board: OpenBoard, source: str, target: str, expected: Given) -> None:
    with_call(office)
    page = await open_board()
    await drag(page, source, target)
    assert await given(office) == expected
    assert await page.locator(".drag-ghost").count() == 0


KEYS: list[tuple[str, bool, list[str], Given]] = [
    ("Space takes who waits longest", False, ["Space"], ("take", {"caller": "front/w1"})),
    ("Enter takes who waits longest", False, ["Enter"], ("take", {"caller": "front/w1"})),
    ("a name and Enter calls", False, ["z", "o", "f", "Enter"], ("call", {"to": "202"})),
    ("a name and Enter transfers", True, ["z", "o", "f", "Enter"], ("transfer", {"call": "mine", "to": "202"})),
    ("arrows choose another result", True, ["2", "0", "ArrowDown", "Enter"], ("transfer", {"call": "mine", "to": "203"})),
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
    await page.wait_for_timeout(200)
    assert len(office.sent("command")) == 1


async def test_no_key_fires_while_text_is_typed(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    await page.locator("#search").fill("nobody at all")
    for key in ("Space", "p", "h", "u", "/", "?", "Enter"):
        await page.keyboard.press(key)
    await page.wait_for_timeout(200)
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
    await page.wait_for_timeout(200)
    assert len(office.sent("command")) == 1


async def test_a_double_click_gives_one_command(office: Harness, open_board: OpenBoard) -> None:
    office.answer = lambda frame: None
    page = await open_board()
    await page.locator('[data-extension="202"] [data-command="call"]').dblclick()
    await given(office)
    await page.wait_for_timeout(300)
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


async def test_arrows_walk_over_the_tiles_and_enter_acts(office: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.locator('[data-extension="202"]').focus()
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate("document.activeElement.dataset.extension") == "203"
    await page.keyboard.press("ArrowUp")
    assert await page.evaluate("document.activeElement.dataset.extension") == "204"
    await page.keyboard.press("Enter")
    assert await given(office) == ("pickup", {"call": "ringing"})


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
    await page.wait_for_timeout(200)
    assert office.sent("command") == []


async def test_a_tile_that_rings_is_answered_even_when_the_call_has_just_gone(office: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    office.answer = refuse("gone", "That call is over.")
    await page.locator('[data-extension="204"] [data-command="pickup"]').click()
    receipt = page.locator('[data-receipt][data-state="failed"]')
    await expect(receipt).to_contain_text("That call is over.")


async def test_what_may_not_be_done_is_not_offered(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    office.page_options = {"refused": frozenset({"park", "call"})}
    page = await open_board()
    await expect(page.locator('[data-call="mine"] [data-command="hangup"]')).to_be_visible()
    assert await page.locator('[data-command="park"], [data-command="call"]').count() == 0


# --- receipts


async def test_a_receipt_goes_from_asked_to_done_and_leaves(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    await page.locator('[data-extension="202"] [data-command="transfer"]').click()
    receipt = page.locator("[data-receipt]")
    await expect(receipt).to_contain_text("Sending Jan Novák to Zofia Wróbel (202).")
    key = office.answer(await office.frame("command"))["result"]["command"]
    args = {"call": "mine", "to": "202"}
    await office.set("command", rows.command(key, "transfer", args, "sent"))
    await expect(receipt).to_have_attribute("data-state", "sent")
    await expect(receipt).to_contain_text("Sending Jan Novák to Zofia Wróbel (202).")
    await office.set("command", rows.command(key, "transfer", args, "done", text="Jan Novák is talking to Zofia (202)."))
    await expect(receipt).to_have_attribute("data-state", "done")
    await expect(receipt).to_have_count(1)
    await expect(receipt).to_have_count(0, timeout=12_000)


async def test_a_failure_stays_until_it_is_dismissed(office: Harness, open_board: OpenBoard) -> None:
    failed = rows.command("k1", "transfer", {"call": "x", "to": "202"}, "failed", text="Zofia did not answer.")
    office.put("command", failed)
    page = await open_board()
    receipt = page.locator('[data-receipt="k1"]')
    await expect(receipt).to_contain_text("Zofia did not answer.")
    await receipt.get_by_role("button", name="Dismiss").click()
    await expect(receipt).to_have_count(0)
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-link", "live")
    await expect(receipt).to_have_count(0)


async def test_what_another_tab_asked_for_shows_too_and_what_others_asked_for_does_not(
    office: Harness, open_board: OpenBoard
) -> None:
    page = await open_board()
    mine = rows.command("k1", "call", {"to": "203"}, "sent")
    theirs = rows.command("k2", "call", {"to": "203"}, "failed", text="Bo is busy.", operator="sam")
    await office.set("command", mine, theirs)
    await expect(page.locator("[data-receipt]")).to_have_count(1)
    await expect(page.locator("[data-receipt]")).to_contain_text("Calling Bo Larsen")


async def test_nothing_is_sent_and_that_is_said_while_the_board_is_not_connected(
    office: Harness, open_board: OpenBoard
) -> None:
    page = await open_board()
    office.is_refusing = True
    await office.cut()
    await expect(page.locator("html")).to_have_attribute("data-link", "offline")
    await page.locator('[data-extension="202"] [data-command="call"]').click()
    await expect(page.locator('[data-receipt][data-state="failed"]')).to_contain_text("Nothing was sent")
    office.is_refusing = False
    await expect(page.locator("html")).to_have_attribute("data-link", "live", timeout=10_000)
    assert office.sent("command") == []


async def test_a_command_whose_answer_was_lost_is_unknown_and_never_sent_again(
    office: Harness, open_board: OpenBoard
) -> None:
    office.answer = lambda frame: None
    page = await open_board()
    await page.locator('[data-extension="202"] [data-command="call"]').click()
    await given(office)
    await office.cut()
    await expect(page.locator('[data-receipt][data-state="unknown"]')).to_contain_text("it is not known whether")
    await office.frame("subscribe", 2)
    assert len(office.sent("command")) == 1
    # It had arrived: its row takes the place of "not known".
    await office.set("command", rows.command("k9", "call", {"to": "202"}, "done", text="You are talking to Zofia."))
    await expect(page.locator("[data-receipt]")).to_have_count(1)
    await expect(page.locator("[data-receipt]")).to_contain_text("You are talking to Zofia.")


async def test_a_command_that_is_never_answered_is_unknown_after_ten_seconds(
    office: Harness, open_board: OpenBoard
) -> None:
    office.answer = lambda frame: None
    page = await open_board()
    await page.locator('[data-extension="202"] [data-command="call"]').click()
    await expect(page.locator('[data-receipt][data-state="unknown"]')).to_be_visible(timeout=13_000)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("Space", "Nobody is waiting."),
        ("Alt+p", "There is no call to park."),
        ("Alt+h", "There is no call to hang up."),
        ("Alt+u", "No other phone is ringing."),
        ("Alt+b", "Nobody is parked."),
    ],
)
async def test_a_key_without_an_object_says_so(board: Page, harness: Harness, key: str, sentence: str) -> None:
    await board.keyboard.press(key)
    await expect(board.locator('[data-receipt][data-state="note"]')).to_contain_text(sentence)
    assert harness.sent("command") == []


async def test_the_question_mark_shows_the_keys_and_nothing_fires_behind(office: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    await expect(page.locator("#key-list")).to_contain_text("Park my call")
    await page.keyboard.press("Alt+u")
    await page.keyboard.press("Escape")
    await expect(page.locator("#keys")).to_be_hidden()
    assert office.sent("command") == []
