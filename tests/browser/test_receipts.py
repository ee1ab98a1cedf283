"""What was asked for is answered by a sentence, whatever becomes of it."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness, refuse
from tests.browser.reception import given, with_call


TEN_TIMES_AS_FAST = """() => {
    const plain = window.setTimeout;
    window.waits = [];
    window.setTimeout = (job, wait) => {
        window.waits.push(wait);
        return plain(job, wait / 10);
    };
}"""
"""What the page puts off from now on comes in a tenth of the time; `waits` are the times that it meant."""


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
    done = rows.command(key, "transfer", args, "done", text="Jan Novák is talking to Zofia (202).")
    # It leaves eight seconds after its end; that it has ended is told late here.
    await office.set("command", {**done, "ended_at": rows.ago(4)})
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
    # After some attempts that were refused the next one may be ten seconds away.
    await expect(page.locator("html")).to_have_attribute("data-link", "live", timeout=20_000)
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
    await page.evaluate(TEN_TIMES_AS_FAST)
    await page.locator('[data-extension="202"] [data-command="call"]').click()
    await expect(page.locator('[data-receipt][data-state="unknown"]')).to_be_visible()
    assert 10_000 in await page.evaluate("window.waits")
    assert office.connects == 1, "it was the silence, not a lost socket"


async def test_a_tile_that_rings_is_answered_even_when_the_call_has_just_gone(
    office: Harness, open_board: OpenBoard
) -> None:
    page = await open_board()
    office.answer = refuse("gone", "That call is over.")
    await page.locator('[data-extension="204"] [data-command="pickup"]').click()
    receipt = page.locator('[data-receipt][data-state="failed"]')
    await expect(receipt).to_contain_text("That call is over.")


async def test_what_has_just_happened_is_read_whole_and_older_ones_give_way(
    office: Harness, open_board: OpenBoard
) -> None:
    with_call(office)
    page = await open_board()
    for at in range(3):
        text = f"You are talking to Nadia Farouk; the call with Clara Young ({at}) has ended."
        row = rows.command(f"k{at}", "swap", {"call": "mine"}, "done", text=text)
        await office.set("command", {**row, "created_at": rows.ago(3 - at)})
    await expect(page.locator("[data-receipt]").first).to_contain_text("(2)")
    cut = "(texts) => texts.map((text) => text.scrollWidth > text.clientWidth)"
    assert (await page.locator("[data-receipt] .text").evaluate_all(cut))[:2] == [False, True]
