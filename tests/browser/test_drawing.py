"""What the rows look like on the page: hooks, texts, and that nothing moves or is touched that did not change."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, expect

from panel.vocabulary import ExtensionState
from tests.browser.conftest import OpenBoard, probe
from tests.browser.harness import rows
from tests.browser.harness.office import Office
from tests.browser.harness.server import Harness


WATCH = """() => {
    window.touched = [];
    new MutationObserver((records) => {
        for (const { target, type, attributeName } of records) {
            const element = target.nodeType === 1 ? target : target.parentElement;
            if (element?.localName === "cb-timer" || element === null) continue;
            const of = element.closest("[data-extension], cb-call, cb-caller, cb-queue");
            window.touched.push([of?.dataset.extension ?? element.id ?? element.localName, type, attributeName]);
        }
    }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
}"""


async def test_every_state_of_an_extension_is_hook_shape_and_word(board: Page, harness: Harness) -> None:
    states = [state.value for state in ExtensionState]
    await harness.set("extension", *(rows.extension(f"3{at}0", state, state=state) for at, state in enumerate(states)))
    shapes = set()
    for at, state in enumerate(states):
        tile = board.locator(f'[data-extension="3{at}0"]')
        await expect(tile).to_have_attribute("data-state", state)
        shapes.add(await tile.locator(".shape").evaluate("(shape) => getComputedStyle(shape).backgroundImage"))
        assert await tile.locator(".now").inner_text() != ""
    assert len(shapes) == len(states)
    assert "none" not in shapes


async def test_a_tile_says_with_whom_how_long_and_from_which_queue(board: Page, harness: Harness) -> None:
    call = rows.leg("c", "talking", rows.person("Kim Lee", "555"), since=255, queue="front")
    await harness.set("extension", rows.extension("202", "Zofia Wróbel", "Sales", "talking", calls=[call]))
    tile = board.locator('[data-extension="202"]')
    await expect(tile.locator(".now")).to_have_text("Kim Lee")
    await expect(tile.locator(".queue")).to_have_text("front")
    assert (await tile.locator("cb-timer").inner_text()).startswith("4:1")
    await expect(tile).to_have_attribute("aria-label", "Zofia Wróbel, 202, talking, Kim Lee, front")


async def test_a_tile_counts_further_calls_and_new_messages(board: Page, harness: Harness) -> None:
    calls = [rows.leg("c", "talking", rows.person("Kim")), rows.leg("d", "ringing", rows.person("Acme"))]
    extension = rows.extension("202", "Zofia", state="talking", calls=calls, mailbox="202@default")
    await harness.push({"extension": [extension], "mailbox": [rows.mailbox("202", 3)]})
    tile = board.locator('[data-extension="202"]')
    await expect(tile.locator(".more")).to_have_text("+1")
    await expect(tile.locator(".mail")).to_have_text("3")
    await harness.set("mailbox", rows.mailbox("202", 0))
    await expect(tile.locator(".mail")).to_be_hidden()


async def test_my_call_shows_who_it_is_and_how_it_came(board: Page, harness: Harness) -> None:
    jan, me = rows.person("Jan Novák", "+48600111222"), rows.person("Rita", "201", "201")
    call = rows.call("c1", jan, me, since=134, queue="front", queued_at=rows.ago(175), connected_at=rows.ago(134))
    await harness.set("call", call)
    card = board.locator('[data-call="c1"]')
    await expect(card).to_have_attribute("data-state", "talking")
    await expect(card.locator(".name")).to_have_text("Jan Novák")
    await expect(card.locator(".number")).to_have_text("+48 600 111 222")
    await expect(card.locator(".story")).to_have_text("front, waited 0:41")
    await harness.remove("call", "c1")
    await expect(card).to_have_count(0)
    await expect(board.locator("#my-calls-empty")).to_be_visible()


async def test_waiting_parked_and_rooms_carry_their_hooks(board: Page, harness: Harness) -> None:
    Office(harness, 10).furnish()
    await harness.push({kind: list(of_kind.values()) for kind, of_kind in harness.rows.items()})
    await expect(board.locator('[data-queue="front"] [data-caller="front/q.1"]')).to_have_attribute(
        "data-position", "1"
    )
    await expect(board.locator('[data-queue="front"] [data-caller="front/q.2"]')).to_have_attribute(
        "data-position", "2"
    )
    await expect(board.locator('[data-parked="p.1"] .place')).to_have_text("701")
    await expect(board.locator('[data-conference="800"] .note')).to_have_text("Bo Larsen, Ana Paz, Jonas Berg")
    await expect(board.locator("#waiting-count")).to_have_text("3")


async def test_callers_keep_the_order_of_their_turns(board: Page, harness: Harness) -> None:
    callers = [rows.caller("front", f"q{at}", at, f"Nr {at}", "") for at in (1, 2, 3)]
    await harness.push({"queue": [rows.queue("front")], "caller": list(reversed(callers))})
    names = board.locator("[data-caller] .name")
    await expect(names).to_have_text(["Nr 1", "Nr 2", "Nr 3"])
    moved = [{**callers[1], "position": 1}, {**callers[2], "position": 2}]
    await harness.push({"caller": moved}, {"caller": ["front/q1"]})
    await expect(names).to_have_text(["Nr 2", "Nr 3"])


async def test_a_change_of_one_extension_touches_only_its_tile(open_board: OpenBoard, harness: Harness) -> None:
    Office(harness, 60, busy=0)
    page = await open_board()
    await page.evaluate(WATCH)
    row = harness.rows["extension"]["230"]
    call = rows.leg("c", "ringing", rows.person("Kim"))
    await harness.set("extension", {**row, "state": "ringing", "calls": [call]})
    await expect(page.locator('[data-extension="230"]')).to_have_attribute("data-state", "ringing")
    touched = await page.evaluate("window.touched")
    others = [entry for entry in touched if entry[0] != "230"]
    # Beside the tile: how many of its department are on the phone, on the tab and on the heading with its title; on the
    # heading one less is free, and the first one rings; and how many the filter would show.
    assert len(others) <= 7
    assert all(entry[1] == "characterData" or entry[2] in {"title", "data-none"} for entry in others)
    assert len(touched) < 20


async def test_a_snapshot_of_the_same_picture_touches_nothing(open_board: OpenBoard, harness: Harness) -> None:
    Office(harness, 60).furnish()
    page = await open_board()
    await page.evaluate(WATCH)
    harness.epoch = "two"
    await harness.push({})
    await harness.frame("subscribe", 2)
    await harness.shown()
    assert [entry for entry in await page.evaluate("window.touched") if entry[2] != "data-age"] == []


async def test_tiles_keep_their_places_under_twenty_calls_a_second(open_board: OpenBoard, harness: Harness) -> None:
    office = Office(harness, 60)
    page = await open_board()
    before = await probe(page, "places")
    await probe(page, "watchTiles")
    loop = asyncio.get_running_loop()
    start = loop.time()
    for at in range(60):  # three seconds of it
        await office.move()
        await asyncio.sleep(max(0, start + (at + 1) / 20 - loop.time()))
    await harness.shown()
    assert await probe(page, "places") == before
    assert await page.evaluate("window.moved") == 0


async def test_new_phones_come_into_their_order(board: Page, harness: Harness) -> None:
    await harness.set("extension", *(rows.extension(number, group="Sales") for number in ("210", "1000", "205")))
    await harness.set("extension", rows.extension("207", group="Sales"), rows.extension("300", group="Accounts"))
    tiles = board.locator("[data-extension]")
    await expect(tiles).to_have_count(5)
    order = "tiles => tiles.map(tile => tile.dataset.extension)"
    assert await tiles.evaluate_all(order) == ["300", "205", "207", "210", "1000"]
    await harness.set("extension", rows.extension("300", group="Sales"))
    await expect(board.locator(".department")).to_have_count(1)
    assert await tiles.evaluate_all(order) == ["205", "207", "210", "300", "1000"]


async def test_tiles_can_be_ordered_by_name_and_stay_so(board: Page, harness: Harness) -> None:
    await harness.set(
        "extension", rows.extension("201", "Rita"), rows.extension("202", "Émile"), rows.extension("203", "Ana")
    )
    await expect(board.locator("[data-extension]")).to_have_count(3)
    await board.locator(".me").click()
    await board.get_by_text("Name", exact=True).click()
    order = "() => [...document.querySelectorAll('[data-extension]')].map((tile) => tile.dataset.extension)"
    assert await board.evaluate(order) == ["203", "202", "201"]
    await board.reload()
    await expect(board.locator("[data-extension]")).to_have_count(3)
    assert await board.evaluate(order) == ["203", "202", "201"]


async def test_a_department_can_be_shown_alone(open_board: OpenBoard, harness: Harness) -> None:
    Office(harness, 12, busy=0)
    page = await open_board()
    await page.locator(".tab", has_text="Support").click()
    await expect(page.locator('[data-extension="203"]')).to_be_visible()
    await expect(page.locator('[data-extension="201"]')).to_be_hidden()
    await page.locator(".tab", has_text="All").click()
    await expect(page.locator('[data-extension="201"]')).to_be_visible()


async def test_the_theme_is_chosen_and_kept(board: Page) -> None:
    colour = "getComputedStyle(document.documentElement).colorScheme"
    await board.locator(".me").click()
    await board.get_by_text("Dark", exact=True).click()
    assert await board.evaluate(colour) == "dark"
    await board.reload()
    assert await board.evaluate(colour) == "dark"


async def test_the_queues_page_shows_members_and_callers_live(open_board: OpenBoard, harness: Harness) -> None:
    Office(harness, 10).furnish()
    page = await open_board("/queues/")
    front = page.locator('[data-queue="front"]')
    await expect(front.locator("[data-caller]")).to_have_count(2)
    member = front.locator('[data-member="front/PJSIP/203"]')
    await expect(member).to_have_attribute("data-state", "free")
    await harness.set("member", rows.member("front", "203", "Bo Larsen", "paused", pause_reason="lunch"))
    await expect(member).to_have_attribute("data-state", "paused")
    await expect(member.locator(".now")).to_have_text("paused: lunch")
    await harness.remove("caller", "front/q.1")
    await expect(page.locator("#total-waiting")).to_have_text("2")


async def test_the_queues_page_gives_take(open_board: OpenBoard, harness: Harness) -> None:
    Office(harness, 10).furnish()
    page = await open_board("/queues/")
    await page.locator('[data-caller="front/q.2"] [data-command="take"]').click()
    frame = await harness.frame("command")
    assert (frame["name"], frame["args"]) == ("take", {"caller": "front/q.2"})
