"""An asking on the board: two legs, four ways to go on, and each key only when it can mean something."""

from __future__ import annotations

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import JAN, MARIA, ME, ZOFIA, commands, given, later


def ask(harness: Harness, state: str | None = "talking") -> rows.Row:
    """Jan hears music; 201 asks Zofia, or nobody yet (None)."""
    parties = [rows.party("c.2", ME, "talking", "called")]
    if state is not None:
        parties.append(rows.party("c.3", ZOFIA, state, "called", since=23))
    row = rows.kept("c", JAN, "consult", ME, ZOFIA if state else None, since=40, others=parties)
    harness.put("call", row)
    return row


@pytest_asyncio.fixture(loop_scope="session")
async def asking(office: Harness, open_board: OpenBoard) -> Page:
    ask(office)
    page = await open_board()
    await later(page)
    return page


async def test_the_two_legs_say_who_hears_music_and_who_talks(asking: Page) -> None:
    card = asking.locator("cb-consult")
    await expect(card.locator(".kept .name")).to_have_text("Jan Novák")
    await expect(card.locator(".kept .word")).to_have_text("hears music")
    await expect(card.locator(".asked .name")).to_have_text("Zofia Wróbel")
    await expect(card.locator(".asked .word")).to_have_text("talking")
    assert (await card.locator(".asked cb-timer").inner_text()).startswith("0:2")
    await expect(card).to_have_attribute("aria-label", "Jan Novák hears music; asking Zofia Wróbel, talking")
    await expect(asking.locator("cb-call")).to_have_count(0)


@pytest.mark.parametrize(
    ("key", "command"), [("Enter", "complete"), ("Escape", "cancel"), ("Alt+s", "swap"), ("Alt+j", "join")]
)
async def test_each_of_the_four_ways_has_a_key(asking: Page, office: Harness, key: str, command: str) -> None:
    await asking.keyboard.press(key)
    assert await given(office) == (command, {"call": "c"})


@pytest.mark.parametrize("command", ["complete", "cancel", "swap", "join"])
async def test_each_of_the_four_ways_has_a_button(asking: Page, office: Harness, command: str) -> None:
    await asking.locator(f'cb-consult [data-command="{command}"]').click()
    assert await given(office) == (command, {"call": "c"})


async def test_while_it_rings_there_is_no_swapping_and_no_joining(office: Harness, open_board: OpenBoard) -> None:
    ask(office, "ringing")
    page = await open_board()
    await later(page)
    for command in ("swap", "join"):
        await expect(page.locator(f'cb-consult [data-command="{command}"]')).to_be_disabled()
    await page.keyboard.press("Alt+s")
    await expect(page.locator("[data-receipt]")).to_contain_text("Zofia Wróbel has not answered yet.")
    await expect(page.locator('[data-command="complete"]')).to_contain_text("Send on, do not wait")
    await page.keyboard.press("Enter")
    assert await given(office) == ("complete", {"call": "c"})


async def test_with_nobody_asked_yet_enter_says_so_and_a_name_asks(office: Harness, open_board: OpenBoard) -> None:
    ask(office, None)
    page = await open_board()
    await later(page)
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-receipt]")).to_contain_text("Nobody is being asked yet: type a name.")
    await page.keyboard.type("zof")
    await expect(page.locator('#person [data-command="consult"]')).to_contain_text("Ask")
    await page.keyboard.press("Enter")
    assert await given(office) == ("consult", {"call": "c", "to": "202"})


async def test_another_name_asks_the_next_one(asking: Page, office: Harness) -> None:
    await asking.keyboard.type("bo")
    await asking.keyboard.press("Enter")
    assert await given(office) == ("consult", {"call": "c", "to": "203"})


async def test_escape_leaves_the_search_before_it_ends_the_asking(asking: Page, office: Harness) -> None:
    await asking.keyboard.type("bo")
    await asking.keyboard.press("Escape")
    await expect(asking.locator("#search")).to_have_value("")
    await office.settle(asking)
    assert commands(office) == []
    await asking.keyboard.press("Escape")
    assert await given(office) == ("cancel", {"call": "c"})


async def test_escape_that_closes_the_menu_does_not_end_the_asking(asking: Page, office: Harness) -> None:
    await asking.locator(".me").click()
    await asking.keyboard.press("Escape")
    await expect(asking.locator("#menu")).to_be_hidden()
    await office.settle(asking)
    assert commands(office) == []


async def test_the_enter_after_the_one_that_asked_connects_nobody(office: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    await office.set("call", rows.call("c", JAN, ME))
    await expect(page.locator('#my-calls [data-call="c"]')).to_be_visible()
    await page.keyboard.type("zof")
    await page.keyboard.press("Shift+Enter")
    await office.set("call", ask(office))
    await expect(page.locator("cb-consult")).to_be_visible()
    await page.keyboard.press("Enter")
    await office.settle(page)
    assert [frame["name"] for frame in commands(office)] == ["consult"]


@pytest.mark.parametrize("state", ["done", "failed"])
async def test_who_rang_and_did_not_come_is_told_once_and_stays_in_the_story(
    asking: Page, office: Harness, state: str
) -> None:
    await office.set("command", rows.command("k", "consult", {"call": "c", "to": "202"}, state, text="Zofia rings"))
    story = [rows.step("held", ME, seconds=5), rows.step("asked", ZOFIA, "rejected", since=0)]
    await office.set("call", rows.call("c", JAN, ME, story=story))
    await expect(asking.locator('#my-calls [data-call="c"] .story')).to_contain_text("Zofia Wróbel declined")
    told = asking.locator("[data-receipt]", has_text="Zofia Wróbel declined.")
    await expect(told).to_have_count(1 if state == "done" else 0)
    await office.set("call", rows.call("c", JAN, ME, story=story, note="still there"))
    await office.settle(asking)
    await expect(told).to_have_count(1 if state == "done" else 0)


async def test_a_caller_who_hangs_up_in_the_middle_of_an_asking_is_told_of(asking: Page, office: Harness) -> None:
    parties = [rows.party("c.2", ME, "talking", "called"), rows.party("c.3", ZOFIA, "talking", "called")]
    await office.set("call", {**rows.call("c", ME, ZOFIA), "parties": parties})
    told = asking.locator("[data-receipt]", has_text="Jan Novák has hung up, while you were asking.")
    await expect(told).to_have_count(1)


async def test_going_back_after_a_swap_is_not_told_as_a_hanging_up(asking: Page, office: Harness) -> None:
    swapped = {**ask(office), "care": rows.care("hold", ME, party="c.3")}
    swapped["parties"] = [{**swapped["parties"][0], "state": "talking"}, swapped["parties"][1]]
    swapped["parties"].append(rows.party("c.3", ZOFIA, "held", "called"))
    await office.set("command", rows.command("k1", "swap", {"call": "c"}, "done", text="Swapped"))
    await office.set("call", swapped)
    await expect(asking.locator("cb-consult .kept .name")).to_have_text("Zofia Wróbel")
    await office.set("command", rows.command("k2", "cancel", {"call": "c"}, "sent", text="Back"))
    await office.set("call", rows.call("c", JAN, ME))
    await expect(asking.locator('cb-call[data-call="c"]')).to_be_visible()
    await office.settle(asking)
    await expect(asking.locator("[data-receipt]", has_text="has hung up")).to_have_count(0)


async def test_an_asking_whose_caller_and_whose_talk_end_together_is_told_of(asking: Page, office: Harness) -> None:
    await office.remove("call", "c")
    await expect(asking.locator("[data-receipt]", has_text="Jan Novák has hung up")).to_have_count(1)


@pytest.mark.parametrize(
    ("last", "is_told"),
    [
        (None, True),
        (("swap", "done"), True),
        (("cancel", "failed"), True),
        (("cancel", "sent"), False),
        (("cancel", "done"), False),
        (("consult", "failed"), False),
    ],
)
async def test_who_was_asked_and_hangs_up_after_the_talk_is_told_of_unless_the_operator_went_back(
    asking: Page, office: Harness, last: tuple[str, str] | None, is_told: bool
) -> None:
    await office.set("command", rows.command("k1", "consult", {"call": "c", "to": "202"}, "done", text="Zofia rings"))
    if last is not None:
        await office.set("command", rows.command("k2", last[0], {"call": "c"}, last[1], text="Back"))
    await office.set("call", ask(office, None))
    await expect(asking.locator("cb-consult .asked .name")).to_have_text("nobody yet")
    await office.set("call", rows.call("c", JAN, ME))
    await expect(asking.locator('cb-call[data-call="c"]')).to_be_visible()
    told = asking.locator("[data-receipt]", has_text="Zofia Wróbel has hung up: you are talking to Jan Novák.")
    await expect(told).to_have_count(1 if is_told else 0)


async def test_space_and_hanging_up_do_not_touch_an_asking(asking: Page, office: Harness) -> None:
    await asking.keyboard.press("Space")
    await asking.keyboard.press("Alt+h")
    await expect(asking.locator("[data-receipt]").first).to_contain_text("You are asking somebody")
    await office.settle(asking)
    assert commands(office) == []


async def test_an_asking_over_a_call_of_its_own_is_one_card(office: Harness, open_board: OpenBoard) -> None:
    office.put("call", rows.kept("c", JAN, "consult", ME, ZOFIA))
    office.put("call", rows.call("side", ME, ZOFIA))
    page = await open_board()
    await expect(page.locator("#my-calls > *")).to_have_count(1)
    await expect(page.locator("cb-consult .asked .name")).to_have_text("Zofia Wróbel")


async def test_when_the_caller_is_back_the_search_has_the_focus(asking: Page, office: Harness) -> None:
    await asking.locator(".me").focus()
    await office.set("call", rows.call("c", JAN, ME))
    await expect(asking.locator('cb-call[data-call="c"]')).to_be_visible()
    await expect(asking.locator("#search")).to_be_focused()


async def test_another_operators_asking_is_not_among_those_who_can_be_taken(
    office: Harness, open_board: OpenBoard
) -> None:
    office.put("call", rows.kept("c", JAN, "consult", ZOFIA))
    page = await open_board()
    await expect(page.locator("#held-count")).to_have_text("0")


async def test_after_a_swap_the_legs_have_changed_and_it_is_still_an_asking(
    office: Harness, open_board: OpenBoard
) -> None:
    swapped = {**ask(office), "care": rows.care("hold", ME, party="c.3")}
    swapped["parties"] = [{**swapped["parties"][0], "state": "talking"}, swapped["parties"][1]]
    swapped["parties"].append(rows.party("c.3", ZOFIA, "held", "called"))
    office.put("call", swapped)
    page = await open_board()
    await later(page)
    await expect(page.locator("cb-consult .kept .name")).to_have_text("Zofia Wróbel")
    await expect(page.locator("cb-consult .asked .name")).to_have_text("Jan Novák")
    await page.keyboard.press("Alt+s")
    assert await given(office) == ("swap", {"call": "c"})
    await page.keyboard.press("Enter")
    assert await given(office, 2) == ("complete", {"call": "c"})


async def test_a_swapped_asking_of_another_operator_is_not_to_be_taken(office: Harness, open_board: OpenBoard) -> None:
    parties = [rows.party("c.2", MARIA, "talking", "called"), rows.party("c.3", ZOFIA, "held", "called")]
    office.put("call", rows.kept("c", JAN, "hold", MARIA, others=parties))
    page = await open_board()
    await expect(page.locator("#held-count")).to_have_text("0")


async def test_all_three_together_are_named(board: Page, harness: Harness) -> None:
    room = rows.conference("800", ["Jan Novák", "Zofia Wróbel", "Rita Novak"])
    room["members"][2]["extension"] = "201"
    await harness.push({"call": [rows.call("c", JAN, ME, conference="800")], "conference": [room]})
    await expect(board.locator('[data-call="c"] .name')).to_have_text("Jan Novák, Zofia Wróbel")
    await expect(board.locator('[data-call="c"] .number')).to_have_text("Room 800")
