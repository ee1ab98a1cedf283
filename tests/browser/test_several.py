"""Several operators: who is about to take whom, notes that go with a call, a call that is selected while it waits."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import JAN, MARIA, ME, claims, commands, given, with_call
from tests.browser.test_commands import drag


BRISTOL = rows.person("Hotel Bristol")
KIM = rows.person("Kim Lee")


def waiting(office: Harness, **more: object) -> None:
    """The calls of the two callers of the queue, as operators see them; `more` is of the first."""
    for key, who in (("w1", BRISTOL), ("w2", KIM)):
        first = rows.party(f"{key}.1", who, "queued", "caller")
        fields = more if key == "w1" else {}
        office.put("call", rows.call(key, who, rows.person(), "queued", parties=[first], queue="front", **fields))


async def test_everybody_sees_who_takes_a_call(office: Harness, open_board: OpenBoard) -> None:
    claim = rows.claim("maria", "Maria Sommer")
    waiting(office, claim=claim)
    office.put("call", rows.kept("h", JAN, "hold", MARIA, claim=rows.claim("maria", "Maria Sommer", "transfer")))
    office.put("call", rows.call("pc1", rows.person("Petr Malý"), ME, claim=rows.claim("maria", "Maria", "unpark")))
    page = await open_board()
    await expect(page.locator('[data-caller="front/w1"] .claim')).to_have_text("Maria Sommer is taking this")
    await expect(page.locator('.holding [data-call="h"] .claim')).to_have_text("Maria Sommer is sending this on")
    await expect(page.locator('[data-parked="p1"] .claim')).to_have_text("Maria is taking this")
    await office.set("call", {**office.rows["call"]["w1"], "claim": None})
    await expect(page.locator('[data-caller="front/w1"] .claim')).to_be_hidden()


async def test_ones_own_claim_is_no_news(office: Harness, open_board: OpenBoard) -> None:
    waiting(office, claim=rows.claim("rita", "Rita Novak"))
    page = await open_board()
    await expect(page.locator('[data-caller="front/w1"] .claim')).to_be_hidden()


async def test_the_next_one_is_taken_when_somebody_else_is_taking_the_first(
    office: Harness, open_board: OpenBoard
) -> None:
    waiting(office, claim=rows.claim("maria", "Maria Sommer"))
    page = await open_board()
    await expect(page.locator('[data-caller="front/w2"]')).to_have_attribute("data-next", "")
    await page.keyboard.press("Space")
    assert await given(office) == ("take", {"caller": "front/w2"})


async def test_selecting_dragging_and_writing_claim_and_pointing_does_not(
    office: Harness, open_board: OpenBoard
) -> None:
    waiting(office)
    page = await open_board()
    await page.locator('[data-caller="front/w1"] [data-command="take"]').hover()
    await drag(page, '[data-caller="front/w2"]', ".top")
    await page.locator('[data-caller="front/w1"] .name').click()
    await page.keyboard.type("zof")
    await office.settle(page)
    assert claims(office) == ["w2", "w1"], "each said once, and not again with every letter"
    assert await page.locator("[data-receipt]").count() == 0


async def test_a_selected_caller_is_sent_on_without_being_taken(office: Harness, open_board: OpenBoard) -> None:
    waiting(office)
    page = await open_board()
    await page.locator('[data-caller="front/w2"] .name').click()
    await expect(page.locator('[data-caller="front/w2"]')).to_have_attribute("data-selected", "")
    await expect(page.locator("#search")).to_be_focused()
    await page.keyboard.type("zof")
    await expect(page.locator("#person .act").first).to_contain_text("Transfer Kim Lee")
    await page.keyboard.press("Enter")
    assert await given(office) == ("transfer", {"call": "w2", "to": "202"})


async def test_escape_and_a_second_click_take_the_selection_back(office: Harness, open_board: OpenBoard) -> None:
    waiting(office)
    page = await open_board()
    caller = page.locator('[data-caller="front/w2"]')
    await caller.locator(".name").click()
    await expect(caller).to_have_attribute("data-selected", "")
    await page.keyboard.press("Escape")
    await expect(caller).not_to_have_attribute("data-selected", "")
    await caller.locator(".name").click()
    await caller.locator(".name").click()
    await expect(caller).not_to_have_attribute("data-selected", "")


async def test_a_selected_caller_who_is_taken_by_another_is_not_mistaken_for_ones_own(
    office: Harness, open_board: OpenBoard
) -> None:
    waiting(office)
    with_call(office)
    page = await open_board()
    await page.locator('[data-caller="front/w1"] .name').click()
    await page.keyboard.type("zof")
    await office.push({"call": [rows.call("w1", BRISTOL, MARIA)]}, {"caller": ["front/w1"]})
    await expect(page.locator('[data-call="mine"]')).to_have_attribute("data-in-hand", "")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-receipt]")).to_contain_text("Nothing was sent")
    assert commands(office) == []


async def test_hanging_up_never_means_a_caller_who_is_only_selected(office: Harness, open_board: OpenBoard) -> None:
    waiting(office)
    with_call(office)
    page = await open_board()
    await page.locator('[data-caller="front/w1"] .name').click()
    await page.keyboard.press("Alt+h")
    assert await given(office) == ("hangup", {"call": "mine"})


async def test_a_note_is_shown_with_its_author_and_changed_in_its_place(office: Harness, open_board: OpenBoard) -> None:
    waiting(office, note="asks for invoices", note_by="Maria")
    page = await open_board()
    note = page.locator('[data-caller="front/w1"] cb-note')
    await expect(note).to_contain_text("asks for invoices")
    await expect(note).to_contain_text("(Maria)")
    await note.locator(".line").click()
    field = note.locator("input")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("asks for invoices")
    await field.fill("asks for invoices of May")
    await page.keyboard.press("Enter")
    assert await given(office) == ("note", {"call": "w1", "text": "asks for invoices of May"})
    await expect(page.locator("#search")).to_be_focused()


async def test_while_a_note_is_written_keys_are_text_and_the_picture_goes_on(
    office: Harness, open_board: OpenBoard
) -> None:
    with_call(office)
    page = await open_board()
    await page.keyboard.press("Alt+n")
    field = page.locator('[data-call="mine"] cb-note input')
    await expect(field).to_be_focused()
    await page.keyboard.type("p h / ? 12")
    for key in ("Alt+h", "Alt+p", "Shift+Home"):
        await page.keyboard.press(key)
    await office.set("call", {**office.rows["call"]["mine"], "note": "meanwhile", "note_by": "Maria"})
    await expect(page.locator('[data-call="mine"]')).to_be_visible()
    await expect(field).to_have_value("p h / ? 12")
    await page.keyboard.press("Escape")
    await expect(page.locator('[data-call="mine"] cb-note')).to_contain_text("meanwhile")
    await office.settle(page)
    assert commands(office) == []


async def test_a_note_that_is_left_is_kept(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    await page.locator('[data-call="mine"] [data-command="note"]').click()
    await page.keyboard.type("call back")
    await page.locator("#search").click()
    assert await given(office) == ("note", {"call": "mine", "text": "call back"})


async def test_tones_go_out_as_they_are_typed(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    await page.keyboard.press("Alt+t")
    await expect(page.locator("cb-tones input")).to_be_focused()
    await page.keyboard.type("12x#")
    assert await given(office) == ("dtmf", {"call": "mine", "digits": "12#"})
    await page.locator("cb-tones button", has_text="9").click()
    assert await given(office, 2) == ("dtmf", {"call": "mine", "digits": "9"})
    await page.locator("cb-tones input").focus()
    await page.keyboard.press("Escape")
    await expect(page.locator("cb-tones")).to_be_hidden()
    await expect(page.locator("#search")).to_be_focused()


async def test_mute_is_shown_and_taken_back_with_the_same_key(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    await page.keyboard.press("Alt+m")
    assert await given(office) == ("mute", {"call": "mine"})
    row = office.rows["call"]["mine"]
    parties = [row["parties"][0], {**row["parties"][1], "muted": True}]
    await office.set("call", {**row, "parties": parties})
    card = page.locator('[data-call="mine"]')
    await expect(card.locator('[data-command="unmute"]')).to_have_attribute("aria-label", "Unmute: nobody hears you")
    await page.keyboard.press("Alt+m")
    assert await given(office, 2) == ("unmute", {"call": "mine"})


async def test_a_recording_is_begun_paused_and_ended_and_seen(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    page = await open_board()
    card = page.locator('[data-call="mine"]')
    await card.locator('[data-command="record"]').click()
    assert await given(office) == ("record", {"call": "mine"})
    await office.set("call", {**office.rows["call"]["mine"], "recording": "on"})
    await expect(card.locator("cb-recording")).to_have_text("recording")
    await card.locator('[data-command="record_pause"]').click()
    assert await given(office, 2) == ("record_pause", {"call": "mine"})
    await office.set("call", {**office.rows["call"]["mine"], "recording": "paused"})
    await expect(card.locator("cb-recording")).to_have_text("recording paused")
    await card.locator('[data-command="record_resume"]').click()
    assert await given(office, 3) == ("record_resume", {"call": "mine"})
    await card.locator('[data-command="record_stop"]').click()
    assert await given(office, 4) == ("record_stop", {"call": "mine"})


async def test_how_a_call_came_here_is_one_line(board: Page, harness: Harness) -> None:
    zofia = rows.person("Zofia", "202", "202")
    steps = [
        rows.step("arrived", JAN, "telia"),
        rows.step("dialled", JAN, "+48225550199"),
        rows.step("menu", what="2"),
        rows.step("queued", what="front", seconds=41),
        rows.step("rang", MARIA, "2", seconds=18),
        rows.step("rang", zofia, seconds=4),
        rows.step("talked", zofia, seconds=75),
        rows.step("transferred", zofia, "201", seconds=6),
        rows.step("rang", ME, seconds=6),
        rows.step("talked", ME, seconds=20),
        rows.step("camped", ME, "203", seconds=33),
        rows.step("parked", ME, "701", seconds=12),
        rows.step("rang", ME, seconds=3),
        rows.step("talked", ME),
    ]
    await harness.push(
        {"call": [rows.call("c", JAN, ME, story=steps)], "extension": [rows.extension("203", "Bo Larsen", "Sales")]}
    )
    await expect(board.locator('[data-call="c"] .story')).to_have_text(
        "telia → dialled +48 225 550 199 → chose 2 → front 0:41 → Maria Sommer and 2 others rang 0:18 → Zofia 1:15"
        " → you 0:20 → waited for Bo Larsen 0:33 → parked 701 0:12"
    )
