"""Listening to calls on both pages: the menus, the reason, the badge, and the strip of the own listening."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import given


PAGES = pytest.mark.parametrize("path", ["/", "/queues/"])
CLARA, BRISTOL = rows.person("Clara Young", "203", "203"), rows.person("Hotel Bristol", "+48600111222")
TALK = {"call": "talk", "party": "talk.leg"}


def furnish(harness: Harness, **options: Any) -> None:
    """Rita's phone is 201; Clara at 203, who works in the queue `front`, talks to the Hotel Bristol."""
    harness.page_options |= {"listens": True, **options}
    clara = rows.extension("203", "Clara Young", "Front", "talking", calls=[rows.leg("talk", "talking", BRISTOL)])
    harness.put("extension", rows.extension("201", "Rita Novak", "Front"), clara)
    harness.put("extension", rows.extension("204", "Dmitri Novak", "Front"))
    harness.put("call", rows.call("talk", BRISTOL, CLARA))
    harness.put("queue", rows.queue("front"))
    talks = {"state": "talking", "call": "talk"}
    harness.put(
        "member", rows.member("front", "203", "Clara Young", **talks), rows.member("front", "204", "Dmitri Novak")
    )


def tile(page: Page, number: str) -> Locator:
    """On the switchboard the tile of a phone, on the page of the queues the square of an agent."""
    return page.locator(f'cb-extension[data-extension="{number}"], cb-agent[data-agent="{number}"]')


async def open_menu(page: Page, number: str) -> Locator:
    await tile(page, number).click(button="right")
    menu = page.locator("#row-menu")
    await expect(menu).to_be_visible()
    return menu


def entry(page: Page, name: str) -> Locator:
    return page.locator(f'#row-menu [data-entry="{name}"]')


@PAGES
@pytest.mark.parametrize("mode", ["listen", "whisper", "barge"])
async def test_a_talk_is_listened_to_with_a_reason(
    harness: Harness, open_board: OpenBoard, path: str, mode: str
) -> None:
    furnish(harness)
    page = await open_board(path)
    await open_menu(page, "203")
    await entry(page, mode).click()
    form = page.get_by_role("dialog", name="Clara Young")
    await expect(form.get_by_role("textbox")).to_be_focused()
    await page.keyboard.type("  new here ")
    await page.keyboard.press("Enter")
    assert await given(harness) == (mode, {**TALK, "reason": "new here"})
    await expect(form).to_be_hidden()


@PAGES
async def test_a_usual_reason_stands_in_the_menu(harness: Harness, open_board: OpenBoard, path: str) -> None:
    furnish(harness)
    page = await open_board(path)
    menu = await open_menu(page, "203")
    assert [await each.inner_text() for each in await menu.locator('[data-entry^="listen"] .label').all()] == [
        "Listen: coaching", "Listen: quality check", "Listen: another reason"
    ]  # fmt: skip
    await entry(page, "listen:quality check").click()
    assert await given(harness) == ("listen", {**TALK, "reason": "quality check"})


@PAGES
async def test_without_a_word_nothing_is_sent_and_escape_gives_it_up(
    harness: Harness, open_board: OpenBoard, path: str
) -> None:
    furnish(harness)
    page = await open_board(path)
    await open_menu(page, "203")
    await entry(page, "listen").click()
    form = page.locator("cb-reason")
    await expect(form.get_by_role("textbox")).to_be_focused()
    await page.keyboard.type("   ")
    await page.keyboard.press("Enter")
    await expect(form).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    await harness.settle(page)
    assert harness.sent("command") == []


@PAGES
async def test_where_no_reason_is_asked_for_it_begins_at_once(
    harness: Harness, open_board: OpenBoard, path: str
) -> None:
    furnish(harness, needs_reason=False)
    page = await open_board(path)
    await open_menu(page, "203")
    await expect(entry(page, "listen:coaching")).to_have_count(0)
    await entry(page, "listen").click()
    assert await given(harness) == ("listen", TALK)


@PAGES
async def test_what_the_operator_may_not_do_is_not_offered(harness: Harness, open_board: OpenBoard, path: str) -> None:
    furnish(harness, refused=frozenset({"whisper", "barge"}))
    page = await open_board(path)
    await open_menu(page, "203")
    await expect(entry(page, "listen")).to_be_visible()
    await expect(entry(page, "whisper")).to_have_count(0)
    await expect(entry(page, "barge")).to_have_count(0)


OBSTACLES: list[tuple[str, str, str]] = [
    ("nobody talks", "204", "Dmitri Novak is not talking to anybody."),
    ("an old include", "203", "This needs version 3 of the dialplan include"),
    ("no include", "203", "This needs Cordboard's dialplan include on the PBX."),
    ("no right", "203", "The panel's log-in at the PBX may not ring phones."),
    ("no phone", "203", "You have no phone."),
    ("unplugged", "203", "Your phone is not registered."),
    ("in a call", "203", "You are in a call."),
    ("in this call", "203", "You are in this call yourself."),
    ("another one", "203", "You are listening to Dmitri Novak: end that first."),
    ("the PBX is gone", "203", "The PBX is not connected."),
]


def hinder(harness: Harness, what: str) -> None:
    rita = rows.person("Rita Novak", "201", "201")
    pbx = rows.pbx()
    capabilities = {
        "an old include": {"include", "originate"}, "no include": {"originate"}, "no right": {"include"}
    }  # fmt: skip
    if what in capabilities:
        harness.put("pbx", {**pbx, "capabilities": sorted(capabilities[what])})
    match what:
        case "no phone":
            harness.page_options["extension"] = ""
        case "unplugged":
            harness.put("extension", rows.extension("201", "Rita Novak", "Front", "offline"))
        case "in a call":
            harness.put("call", rows.call("own", rows.person("Acme"), rita))
        case "in this call":
            harness.put("call", rows.call("talk", rita, CLARA))
        case "another one":
            harness.put("listening", rows.listening("k9", "other", rows.person("Dmitri Novak", "204", "204"), rita))


@PAGES
@pytest.mark.parametrize(("what", "number", "words"), OBSTACLES, ids=[what for what, *_ in OBSTACLES])
async def test_what_is_in_the_way_is_said_before_the_button_is_pressed(
    harness: Harness, open_board: OpenBoard, path: str, what: str, number: str, words: str
) -> None:
    furnish(harness)
    hinder(harness, what)
    page = await open_board(path)
    if what == "the PBX is gone":
        await harness.set("pbx", rows.pbx("offline"))
        await expect(page.locator("html")).not_to_have_attribute("data-link", "live")
    await open_menu(page, number)
    await expect(entry(page, "listen")).to_have_attribute("aria-disabled", "true")
    await expect(entry(page, "listen")).to_contain_text(words)


def listening(mode: str = "listen", by: Any = None) -> Any:
    return rows.listening("k1", "talk", CLARA, by or rows.person("Rita Novak", "201", "201"), mode, party="talk.leg")


@PAGES
async def test_the_mode_is_switched_and_ended_on_screen(harness: Harness, open_board: OpenBoard, path: str) -> None:
    furnish(harness)
    harness.put("listening", listening())
    page = await open_board(path)
    strip = page.locator("cb-listening")
    await expect(strip).to_contain_text("You are listening to Clara Young")
    await expect(strip).to_contain_text("Nobody hears you")
    await expect(strip.get_by_role("button", name="Listen", exact=True)).to_be_disabled()
    await strip.get_by_role("button", name="Whisper").click()
    assert await given(harness) == ("whisper", TALK)
    await harness.set("listening", listening("whisper"))
    await expect(strip).to_contain_text("You are whispering to Clara Young")
    await strip.get_by_role("button", name="Join in").click()
    assert await given(harness, 2) == ("barge", TALK)
    await strip.get_by_role("button", name="Stop listening").click()
    assert await given(harness, 3) == ("listen_end", {})
    await harness.remove("listening", "k1")
    await expect(strip).to_have_count(0)


@PAGES
async def test_the_menu_changes_the_mode_without_asking_again(
    harness: Harness, open_board: OpenBoard, path: str
) -> None:
    furnish(harness)
    harness.put("listening", listening())
    page = await open_board(path)
    await open_menu(page, "203")
    await expect(entry(page, "listen")).to_contain_text("That is how you listen already.")
    await entry(page, "barge").click()
    assert await given(harness) == ("barge", TALK)
    await open_menu(page, "203")
    await entry(page, "listen_end").click()
    assert await given(harness, 2) == ("listen_end", {})


@PAGES
@pytest.mark.parametrize(
    ("mode", "words", "shape"),
    [
        ("listen", "Maria is listening", "#icon-ear"),
        ("whisper", "Maria is whispering", "#icon-whisper"),
        ("barge", "Maria has joined in", "#icon-barge"),
    ],
)
async def test_whoever_may_know_sees_by_shape_and_word_who_listens(
    harness: Harness, open_board: OpenBoard, path: str, mode: str, words: str, shape: str
) -> None:
    furnish(harness)
    page = await open_board(path)
    badge = tile(page, "203").locator("cb-listeners")
    await expect(badge.and_(page.locator(":visible"))).to_have_count(0)
    await harness.set("listening", listening(mode, rows.person("Maria", "210", "210")))
    await expect(badge).to_have_text(words)
    await expect(badge.locator("use")).to_have_attribute("href", shape)
    assert words in (await tile(page, "203").get_attribute("aria-label") or "")
    await expect(page.locator("cb-listening")).to_have_count(0)
    await harness.remove("listening", "k1")
    await expect(badge).to_be_hidden()


async def test_the_agent_sees_it_on_the_own_call_and_hears_of_it(harness: Harness, open_board: OpenBoard) -> None:
    furnish(harness, extension="203", listens=False)
    page = await open_board("/")
    await harness.set("listening", listening("whisper", rows.person("Maria", "210", "210")))
    await expect(page.locator('cb-call[data-call="talk"] cb-listeners')).to_have_text("Maria is whispering")
    await expect(page.locator("#announcements")).to_have_text("Maria is whispering.")
