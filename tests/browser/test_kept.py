"""Callers in care: who sees them where, what is said of them, how they are taken, and why they came back."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import BO, JAN, MARIA, ME, ZOFIA, commands, given, later


KIM = rows.person("Kim Lee", "+12125550147")

SHOWN = [
    ("hold", BO, "", "for Bo Larsen", "held by Maria Sommer"),
    ("hold", None, "", "", "held by Maria Sommer"),
    ("camp", BO, "", "waits for Bo Larsen", "sent by Maria Sommer"),
    ("transfer", BO, "", "rings at Bo Larsen", "sent by Maria Sommer"),
    ("serial", BO, "", "at Bo Larsen, comes back", "sent by Maria Sommer"),
    ("take", None, "", "goes to Maria Sommer", ""),
    ("return", BO, "busy", "back to Maria Sommer", "Bo Larsen is busy"),
]


@pytest.mark.parametrize(
    ("kind", "target", "reason", "where", "note"), SHOWN, ids=[f"{case[0]}-{bool(case[1])}" for case in SHOWN]
)
async def test_a_caller_in_care_says_where_they_are_and_who_is_responsible(
    board: Page, harness: Harness, kind: str, target: rows.Row | None, reason: str, where: str, note: str
) -> None:
    await harness.set("call", rows.kept("k", KIM, kind, MARIA, target, reason=reason))
    tile = board.locator('.holding [data-call="k"]')
    await expect(tile).to_have_attribute("data-care", kind)
    await expect(tile.locator("> .name")).to_have_text("Kim Lee")
    await expect(tile.locator(".where")).to_have_text(where)
    await expect(tile.locator(".lines .note")).to_have_text(note)
    assert await tile.locator('[data-command="retrieve"]').is_visible() == (kind != "take")


@pytest.mark.parametrize(("holder", "waits"), [(MARIA, "Bo Larsen"), (BO, "Maria Sommer")], ids=["caller", "called"])
async def test_whom_a_phone_has_on_hold_is_named_and_not_the_one_who_holds(
    board: Page, harness: Harness, holder: rows.Row, waits: str
) -> None:
    for each in (MARIA, BO):
        await harness.set("extension", rows.extension(each["extension"], each["name"], "Sales"))
    await harness.set("call", rows.call("k", MARIA, BO, "held", held_by=holder["extension"]))
    tile = board.locator('.holding [data-call="k"]')
    await expect(tile.locator("> .name")).to_have_text(waits)
    await expect(tile.locator(".lines .note")).to_have_text(f"held by {holder['name']}")


async def test_one_click_takes_a_held_caller(board: Page, harness: Harness) -> None:
    await harness.set("call", rows.kept("k", KIM, "hold", MARIA))
    await board.locator('[data-call="k"] [data-command="retrieve"]').click()
    assert await given(harness) == ("retrieve", {"call": "k"})


REASONS = {
    "busy": "Back: Zofia Wróbel is busy",
    "no_answer": "Back: Zofia Wróbel did not answer",
    "not_registered": "Back: the phone of Zofia Wróbel is not registered",
    "rejected": "Back: Zofia Wróbel declined",
    "do_not_disturb": "Back: Zofia Wróbel is not to be disturbed",
    "unreachable": "Back: Zofia Wróbel could not be reached",
    "too_long": "Back: waited too long for Zofia Wróbel",
    "next_person": "Back: Zofia Wróbel has hung up: who is next?",
    "no_mailbox": "Back: Zofia Wróbel has no voicemail",
    "a_new_one": "Back: Zofia Wróbel could not be reached",
}


async def test_a_returning_caller_says_why(board: Page, harness: Harness) -> None:
    mine = rows.party("r.2", ME, "ringing", "called")
    for reason, text in REASONS.items():
        await harness.set("call", rows.kept("r", JAN, "return", ME, ZOFIA, reason=reason, others=[mine]))
        await expect(board.locator('.mine [data-call="r"] .why')).to_have_text(text)
    await expect(board.locator("#held-count")).to_have_text("0")


async def test_what_comes_back_to_me_between_two_rings_is_shown_and_taken(board: Page, harness: Harness) -> None:
    await harness.set("call", rows.kept("r", JAN, "return", ME, reason="too_long"))
    card = board.locator('.mine [data-call="r"]')
    await expect(card.locator(".word").first).to_have_text("comes back soon")
    await expect(card.locator(".why")).to_have_text("Back: nobody came")
    await board.keyboard.press("Space")
    assert await given(harness) == ("retrieve", {"call": "r"})


def came_back(harness: Harness, reason: str = "busy") -> None:
    """Jan comes back to 201 from Zofia, who is busy; of Sales are Ana (free), Bo (busy) and Emil (free)."""
    harness.put(
        "extension",
        rows.extension("201", "Rita Novak", "Front", "ringing"),
        rows.extension("202", "Zofia Wróbel", "Sales", "talking", mailbox="202@default", numbers=[MOBILE]),
        rows.extension("203", "Bo Larsen", "Sales", "talking"),
        rows.extension("206", "Emil Sand", "Sales"),
        rows.extension("205", "Ana Paz", "Sales"),
        rows.extension("300", "Otto Free", "Accounts"),
    )
    mine = rows.party("r.2", ME, "ringing", "called")
    harness.put("call", rows.kept("r", JAN, "return", ME, ZOFIA, reason=reason, others=[mine]))


MOBILE = rows.number("Mobile", "+48601222333")


async def test_the_next_best_are_free_colleagues_then_voicemail_then_other_numbers(
    harness: Harness, open_board: OpenBoard
) -> None:
    came_back(harness)
    page = await open_board()
    labels = page.locator('[data-call="r"] .way .label')
    await expect(labels).to_have_text(["Ana Paz", "Emil Sand", "Voicemail", "Mobile", "Wait until free"])


@pytest.mark.parametrize(
    ("downs", "expected"),
    [
        (0, ("transfer", {"call": "r", "party": "r.1", "to": "205"})),
        (2, ("voicemail", {"call": "r", "party": "r.1", "to": "202"})),
        (3, ("transfer", {"call": "r", "party": "r.1", "to": "+48601222333"})),
        (4, ("camp", {"call": "r", "party": "r.1", "to": "202"})),
    ],
)
async def test_enter_sends_to_the_chosen_one(
    harness: Harness, open_board: OpenBoard, downs: int, expected: tuple[str, rows.Row]
) -> None:
    came_back(harness)
    page = await open_board()
    await expect(page.locator('[data-call="r"] [data-chosen]')).to_be_visible()
    await later(page)
    for _ in range(downs):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert await given(harness) == expected


async def test_an_enter_meant_for_what_was_there_a_moment_ago_sends_nobody_away(board: Page, harness: Harness) -> None:
    came_back(harness)
    await harness.push({kind: list(of_kind.values()) for kind, of_kind in harness.rows.items()})
    await expect(board.locator('[data-call="r"] [data-chosen]')).to_be_visible()
    await board.keyboard.press("Enter")
    await expect(board.locator("[data-receipt]")).to_contain_text("Nothing was sent: the list has just changed.")
    assert commands(harness) == []


async def test_the_chosen_one_stays_chosen_while_others_come_and_go(harness: Harness, open_board: OpenBoard) -> None:
    came_back(harness)
    page = await open_board()
    await page.keyboard.press("ArrowDown")
    chosen = page.locator('[data-call="r"] [data-chosen]')
    await expect(chosen).to_contain_text("Emil Sand")
    await harness.set("extension", rows.extension("204", "Aaron First", "Sales"))
    await expect(page.locator('[data-call="r"] .way').first).to_contain_text("Aaron First")
    await expect(chosen).to_contain_text("Emil Sand")


async def test_who_has_become_free_is_the_first_choice(harness: Harness, open_board: OpenBoard) -> None:
    came_back(harness)
    page = await open_board()
    await harness.set("extension", rows.extension("202", "Zofia Wróbel", "Sales", state_at=rows.ago(0)))
    first = page.locator('[data-call="r"] .way').first
    await expect(first).to_contain_text("Zofia Wróbel")
    await expect(first).to_contain_text("free now")


async def test_a_phone_that_says_busy_by_itself_is_no_choice(harness: Harness, open_board: OpenBoard) -> None:
    """For the PBX it was free before the caller was sent there, and is so again."""
    came_back(harness)
    just_after = rows.ago(4.5)
    harness.put("extension", rows.extension("202", "Zofia Wróbel", "Sales"))
    page = await open_board()
    await expect(page.locator('[data-call="r"] .way').first).to_contain_text("Ana Paz")
    await harness.set("extension", rows.extension("202", "Zofia Wróbel", "Sales", state_at=just_after))
    await harness.settle(page)
    await expect(page.locator('[data-call="r"] .way').first).to_contain_text("Ana Paz")


async def test_escape_waves_the_offer_away_and_enter_is_what_it_always_is(
    harness: Harness, open_board: OpenBoard
) -> None:
    came_back(harness)
    harness.put("call", {**rows.call("r", JAN, ME), "story": [rows.step("returned", ZOFIA, "busy")]})
    page = await open_board()
    await later(page)
    await expect(page.locator("[data-chosen]")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-chosen]")).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(page.locator(".arming")).to_be_visible()
    assert commands(harness) == []


async def test_after_it_was_answered_the_story_still_offers(harness: Harness, open_board: OpenBoard) -> None:
    came_back(harness)
    steps = [rows.step("returned", ZOFIA, "no_answer"), rows.step("rang", ME), rows.step("talked", ME)]
    harness.put("call", rows.call("r", JAN, ME, story=steps))
    page = await open_board()
    await expect(page.locator('[data-call="r"] .why')).to_have_text("Back: Zofia Wróbel did not answer")
    await later(page)
    await page.keyboard.press("Enter")
    assert await given(harness) == ("transfer", {"call": "r", "to": "205"})


async def test_voicemail_of_the_one_who_did_not_take_it_is_one_key(harness: Harness, open_board: OpenBoard) -> None:
    came_back(harness)
    page = await open_board()
    harness.put("call", rows.call("r", JAN, ME, story=[rows.step("returned", ZOFIA, "no_answer")]))
    await harness.set("call", harness.rows["call"]["r"])
    await expect(page.locator('[data-call="r"][data-in-hand]')).to_be_visible()
    await page.keyboard.press("Alt+v")
    assert await given(harness) == ("voicemail", {"call": "r", "to": "202"})


async def test_space_takes_what_comes_back_before_who_waits_and_that_before_who_is_held(
    office: Harness, open_board: OpenBoard
) -> None:
    office.put("call", rows.kept("h", KIM, "hold", MARIA, since=500))
    office.put("call", rows.kept("r", JAN, "return", ME, since=2))
    page = await open_board()
    await page.keyboard.press("Space")
    assert await given(office) == ("retrieve", {"call": "r"})
    await office.remove("call", "r")
    await expect(page.locator('.mine [data-call="r"]')).to_have_count(0)
    await later(page)
    await page.keyboard.press("Space")
    assert await given(office, 2) == ("take", {"caller": "front/w1"})
    await office.remove("caller", "front/w1", "front/w2")
    await expect(page.locator("#waiting-count")).to_have_text("0")
    await later(page)
    await page.keyboard.press("Space")
    assert await given(office, 3) == ("retrieve", {"call": "h"})


async def test_two_presses_of_space_take_one_caller(office: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await page.keyboard.press("Space")
    await office.remove("caller", "front/w1")
    await page.keyboard.press("Space")
    await office.settle(page)
    assert len(commands(office)) == 1


async def test_what_rings_here_is_answered_by_hand_or_by_the_key_where_the_phone_can(
    office: Harness, open_board: OpenBoard
) -> None:
    office.put("call", rows.call("mine", JAN, ME, "ringing"))
    page = await open_board()
    await page.keyboard.press("Space")
    await expect(page.locator("[data-receipt]")).to_contain_text("Your phone is ringing: answer it there.")
    able = {**rows.pbx(), "capabilities": [*rows.CAPABILITIES, "answer"]}
    await office.set("pbx", able)
    await expect(page.locator('[data-call="mine"] [data-command="answer"]')).to_be_visible()
    await later(page)
    await page.keyboard.press("Space")
    assert await given(office) == ("answer", {"call": "mine"})


async def test_the_reminder_grows_stronger_by_shape_word_and_weight(board: Page, harness: Harness) -> None:
    for key, since in (("young", 5), ("old", 60), ("oldest", 200)):
        await harness.set("call", rows.kept(key, KIM, "hold", MARIA, since=since))
    await expect(board.locator('[data-call="young"] .reminder >> visible=true')).to_have_count(0)
    await expect(board.locator('[data-call="old"] .reminder >> visible=true')).to_have_text("waits long")
    await expect(board.locator('[data-call="oldest"] .reminder >> visible=true')).to_have_text("waits too long")
    order = await board.locator("#held > *").evaluate_all("all => all.map((each) => each.dataset.call)")
    assert order == ["oldest", "old", "young"]


async def test_what_the_pbx_lacks_is_not_offered(harness: Harness, open_board: OpenBoard) -> None:
    harness.put("pbx", {**rows.pbx(), "capabilities": ["parking"]})
    harness.put("call", rows.call("mine", JAN, ME))
    harness.put("extension", rows.extension("203", "Bo Larsen", "Sales", "talking", mailbox="203@default"))
    page = await open_board()
    card = page.locator('[data-call="mine"]')
    await expect(card.locator('[data-command="park"]')).to_be_visible()
    for command in ("hold", "consult", "record"):
        await expect(card.locator(f'[data-command="{command}"]')).to_be_hidden()
    await page.keyboard.type("bo")
    await expect(page.locator("#person .act")).to_have_count(1)
    await page.keyboard.press("Enter")
    assert await given(harness) == ("transfer", {"call": "mine", "to": "203"})
