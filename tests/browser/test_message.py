"""Writing to somebody who is not there: what the form says, what it sends, and why there is none."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.menus import entry, open_menu
from tests.browser.reception import BO, JAN, ME, ZOFIA, commands, given, later, with_call


TILE = '[data-extension="203"]'


@pytest.fixture
def desk(office: Harness) -> Harness:
    """201 talks to Jan; there is a mail server, and an address for Bo, whose phone is not registered."""
    office.put("pbx", rows.pbx(more=["message"]))
    office.put("extension", bo())
    with_call(office)
    return office


def bo(state: str = "offline", **more: Any) -> rows.Row:
    return rows.extension("203", "Bo Larsen", "Sales", state, **{"can_message": True, **more})


def form(page: Page) -> Locator:
    return page.locator("cb-message")


def text(page: Page) -> Locator:
    return page.locator("cb-message input")


async def write(page: Page, name: str = "bo") -> None:
    await page.keyboard.type(name)
    await page.keyboard.press("Alt+l")


def clock(row: rows.Row) -> str:
    """A pattern for the time of day in the reader's time zone, which is the one of the machine here."""
    return r"\d\d:" + row["started_at"][14:16]


async def test_the_line_says_who_called_and_when(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await write(page)
    await expect(form(page).locator(".title")).to_have_text("Message to Bo Larsen (203)")
    time = clock(desk.rows["call"]["mine"])
    expected = re.compile(rf"Jan Novák \(\+48 600 111 222\) called at {time} and asks you to call back")
    await expect(text(page)).to_have_value(expected)
    await expect(text(page)).to_be_focused()
    await page.keyboard.type(", urgent")
    await expect(text(page)).to_have_value(re.compile(r"call back, urgent$"))
    await page.keyboard.press("Enter")
    name, args = await given(desk)
    assert name == "message"
    assert set(args) == {"to", "text"}
    assert args["text"].endswith("call back, urgent")
    await expect(form(page)).to_be_hidden()
    await expect(page.locator("#search")).to_have_value("")
    await expect(page.locator("#search")).to_be_focused()
    await expect(page.locator("[data-receipt]").first).to_contain_text("Sending a message to Bo Larsen (203).")


CALLS: list[tuple[str, rows.Row | None, str]] = [
    ("by name alone", rows.call("mine", rows.person("Acme Ltd"), ME), "Acme Ltd called at T and asks you to call back"),
    (
        "by number alone",
        rows.call("mine", rows.person("", "+48600111222"), ME),
        "+48 600 111 222 called at T and asks you to call back",
    ),
    ("a colleague", rows.call("mine", ZOFIA, ME), "Zofia Wróbel (202) called at T and asks you to call back"),
    ("nobody who can be named", rows.call("mine", rows.person(), ME), "Somebody who shows no number called at T"),
    ("whom the operator called", rows.call("mine", ME, JAN), "Jan Novák (+48 600 111 222) asks you to call back"),
    ("no call", None, ""),
]


@pytest.mark.parametrize(("call", "expected"), [case[1:] for case in CALLS], ids=[case[0] for case in CALLS])
async def test_the_line_is_about_the_caller(
    desk: Harness, open_board: OpenBoard, call: rows.Row | None, expected: str
) -> None:
    desk.rows["call"].pop("mine")
    me = desk.rows["extension"]["201"]
    desk.put("extension", {**me, "state": "idle", "calls": []})
    if call is not None:
        desk.put("call", call)
        other = call["parties"][1 if call["caller"] == ME else 0]
        person = rows.person(other["name"], other["number"], other["extension"])
        desk.put("extension", {**me, "state": "talking", "calls": [rows.leg("mine", "talking", person)]})
    page = await open_board()
    await write(page)
    await expect(form(page)).to_be_visible()
    value = await text(page).input_value()
    assert re.sub(r"\d\d:\d\d", "T", value) == expected


async def test_the_caller_may_hang_up_before_the_message_is_written(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await expect(page.locator('[data-call="mine"][data-in-hand]')).to_be_visible()
    await desk.push({"extension": [rows.extension("201", "Rita Novak", "Front")]}, {"call": ["mine"]})
    await expect(page.locator('.mine [data-call="mine"]')).to_have_count(0)
    await write(page)
    await expect(text(page)).to_have_value(re.compile(r"^Jan Novák \(\+48 600 111 222\) called at"))
    await page.keyboard.press("Escape")
    await later(page, 120_000)
    await page.keyboard.press("Alt+l")
    await expect(text(page)).to_have_value("")


async def test_a_caller_who_was_sent_on_is_not_to_be_called_back(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await expect(page.locator('[data-call="mine"][data-in-hand]')).to_be_visible()
    idle = rows.extension("201", "Rita Novak", "Front")
    await desk.push({"extension": [idle], "call": [rows.call("mine", JAN, ZOFIA)]})
    await expect(page.locator('.mine [data-call="mine"]')).to_have_count(0)
    await desk.remove("call", "mine")
    await desk.shown()
    await write(page)
    await expect(text(page)).to_be_focused()
    await expect(text(page)).to_have_value("")


async def test_while_asking_the_line_is_about_the_one_who_waits(desk: Harness, open_board: OpenBoard) -> None:
    parties = [rows.party("mine.2", ME, "talking", "called"), rows.party("mine.3", ZOFIA, "talking", "called")]
    desk.put("call", rows.kept("mine", JAN, "consult", ME, ZOFIA, others=parties))
    page = await open_board()
    await write(page)
    await expect(text(page)).to_have_value(re.compile(r"^Jan Novák \(\+48 600 111 222\) called at"))


async def test_about_a_caller_who_came_back_it_is_for_who_did_not_answer(
    office: Harness, open_board: OpenBoard
) -> None:
    office.put("pbx", rows.pbx(more=["message"]))
    office.put("extension", bo("idle"))
    ringing = rows.party("r.2", ME, "ringing", "called")
    office.put("call", rows.kept("r", JAN, "return", ME, BO, reason="no_answer", others=[ringing]))
    page = await open_board()
    await expect(page.locator('[data-call="r"] cb-offer')).to_contain_text("Bo Larsen did not answer")
    await page.keyboard.press("Alt+l")
    await expect(form(page).locator(".title")).to_have_text("Message to Bo Larsen (203)")
    await expect(text(page)).to_have_value(re.compile(r"^Jan Novák"))
    await page.keyboard.press("Enter")
    assert (await given(office))[0] == "message"


async def test_escape_gives_it_up_and_the_search_is_as_it_was(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await write(page)
    await page.keyboard.press("Escape")
    await expect(form(page)).to_be_hidden()
    await expect(page.locator("#search")).to_be_focused()
    await expect(page.locator("#search")).to_have_value("bo")
    await desk.settle(page)
    assert commands(desk) == []


async def test_what_is_written_stays_whatever_happens_meanwhile(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await write(page)
    await page.keyboard.press("Control+a")
    await page.keyboard.type("Call Jan")
    idle = {**desk.rows["extension"]["201"], "state": "idle", "calls": []}
    await desk.push({"extension": [idle, bo("idle")]}, {"call": ["mine"]})
    await expect(page.locator('.mine [data-call="mine"]')).to_have_count(0)
    await desk.push(
        {
            "call": [rows.call("next", ZOFIA, ME)],
            "extension": [{**idle, "state": "talking", "calls": [rows.leg("next", "talking", ZOFIA)]}],
        }
    )
    await expect(page.locator('[data-call="next"][data-in-hand]')).to_be_visible()
    await expect(text(page)).to_be_focused()
    await page.keyboard.type(" at home")
    await page.locator(".top .brand").hover()
    await page.locator("#waiting-title").click()
    await expect(form(page)).to_be_visible()
    await text(page).press("Enter")
    assert await given(desk) == ("message", {"to": "203", "text": "Call Jan at home"})


async def test_escape_closes_it_also_when_the_cursor_is_elsewhere(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await write(page)
    await page.locator("#search").click()
    await page.keyboard.press("Escape")
    await expect(form(page)).to_be_hidden()
    await expect(page.locator("#search")).to_have_value("bo")


async def test_an_empty_line_is_not_sent(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await write(page)
    for typed in ("", "   "):
        await text(page).fill(typed)
        await page.keyboard.press("Enter")
        await expect(form(page)).to_be_visible()
        assert await text(page).evaluate("(input) => input.validity.valid") is False
    await desk.settle(page)
    assert commands(desk) == []


async def test_keys_of_the_board_are_text_in_the_line(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await write(page)
    await text(page).fill("")
    await page.keyboard.press("Alt+p")
    await page.keyboard.press("Alt+h")
    await page.keyboard.type("a b? /")
    await expect(text(page)).to_have_value("a b? /")
    await desk.settle(page)
    assert commands(desk) == []


async def test_a_second_enter_does_nothing_more(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await write(page)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    assert (await given(desk))[0] == "message"
    await desk.settle(page)
    assert len(commands(desk)) == 1
    assert await page.locator("html").get_attribute("data-arming") is None


# --- with the mouse ---------------------------------------------------------------------------------------------------


async def test_the_card_of_a_person_offers_it(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.keyboard.type("bo")
    button = page.locator('#person .act[data-command="message"]')
    await expect(button).to_contain_text("Message")
    await expect(button.locator("kbd")).to_have_text("Alt L")
    await button.click()
    await expect(text(page)).to_be_focused()
    await form(page).get_by_role("button", name="Send", exact=True).click()
    assert (await given(desk))[0] == "message"


async def test_the_menu_of_a_tile_offers_it_without_a_call_too(desk: Harness, open_board: OpenBoard) -> None:
    desk.rows["call"].pop("mine")
    desk.put("extension", rows.extension("201", "Rita Novak", "Front"))
    page = await open_board()
    await open_menu(page, TILE)
    await entry(page, "message").click()
    await expect(text(page)).to_be_focused()
    await page.keyboard.type("Lunch?")
    await form(page).get_by_role("button", name="Do not send").click()
    await expect(form(page)).to_be_hidden()
    await desk.settle(page)
    assert commands(desk) == []


async def test_it_is_among_the_ways_around_somebody_who_is_not_there(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.keyboard.type("bo")
    await page.keyboard.press("Enter")
    choice = page.locator("#choice")
    await expect(choice.locator(".way .label")).to_have_text(
        ["Write a message", "Hold for them", "Transfer all the same"]
    )
    await page.keyboard.press("Enter")
    await expect(choice).to_be_hidden()
    await expect(text(page)).to_be_focused()
    await page.keyboard.press("Enter")
    assert (await given(desk))[0] == "message"
    await later(page)


# --- why there is none ------------------------------------------------------------------------------------------------


async def refused(page: Page, harness: Harness, sentence: str) -> None:
    await expect(page.locator("[data-receipt]").first).to_contain_text(sentence)
    await expect(form(page)).to_be_hidden()
    await harness.settle(page)
    assert commands(harness) == []


async def test_without_a_mail_server_it_is_not_offered_and_the_key_says_why(
    desk: Harness, open_board: OpenBoard
) -> None:
    desk.put("pbx", rows.pbx())
    page = await open_board()
    await page.keyboard.type("bo")
    await expect(page.locator("#person .act").first).to_be_visible()
    await expect(page.locator('#board [data-command="message"]')).to_have_count(0)
    await page.keyboard.press("Alt+l")
    await refused(page, desk, "Messages need a mail server: the administrator names it in EMAIL_URL.")


async def test_who_has_no_address_is_named(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.keyboard.type("zof")
    await expect(page.locator('#person .act[data-command="message"]')).to_have_count(0)
    await page.keyboard.press("Alt+l")
    await refused(page, desk, "There is no e-mail address for Zofia Wróbel.")
    await page.keyboard.press("Escape")
    await open_menu(page, '[data-extension="202"]')
    await expect(entry(page, "message").locator(".reason")).to_have_text("There is no e-mail address for Zofia Wróbel.")


async def test_somebody_has_to_be_chosen_first(desk: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.keyboard.press("Alt+l")
    await refused(page, desk, "Choose a person first: type a name.")


async def test_who_may_not_is_told_so(desk: Harness, open_board: OpenBoard) -> None:
    desk.page_options = {"refused": frozenset({"message"})}
    page = await open_board()
    await write(page)
    await refused(page, desk, "Your account may not send messages.")
    await expect(page.locator('#board [data-command="message"]')).to_have_count(0)


async def test_a_key_of_ones_own_opens_it(desk: Harness, open_board: OpenBoard) -> None:
    desk.page_options = {"keys": {"message": "Alt+G"}}
    page = await open_board()
    await page.keyboard.type("bo")
    await page.keyboard.press("Alt+g")
    await expect(text(page)).to_be_focused()
