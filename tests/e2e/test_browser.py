"""The receptionist's page in Chromium, with calls on a real Asterisk: seen, moved by mouse, drag and keys, and over.

The operator is `alice` at 201; the phones are SIPp. After each journey the page shows what Asterisk lists.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.board import Board
from tests.e2e.proxy import Line
from tests.e2e.stack import PASSWORD, Panel, eventually, panel
from tests.e2e.waiting import wait_call, wait_idle
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig


pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.timeout(120)]

SOON = 8_000.0  # ms


@pytest.fixture(scope="module")
def office(asterisk22: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Panel]:
    with panel(tmp_path_factory.mktemp("browser"), asterisk22.ami_url, operators={"alice": "201"}) as running:
        yield running


def log_in(page: Page, address: str, name: str = "alice") -> None:
    page.goto(f"{address}/login/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-link=live]")
    if "/extension" in page.url:
        page.goto(address)
        page.wait_for_selector("html[data-link=live]")


@pytest.fixture
def board(office: Panel, rig22: Rig, kept_chromium: Browser) -> Iterator[Page]:
    context = kept_chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda message: failures.append(message.text) if message.type == "error" else None)
    log_in(page, office.address)
    expect(page.locator("[data-call]")).to_have_count(0, timeout=SOON)
    yield page
    context.close()
    assert not failures, failures


def tile(page: Page, extension: str) -> Locator:
    return page.locator(f'[data-extension="{extension}"]')


def my_call(page: Page) -> Locator:
    return page.locator("#my-calls [data-call]")


def expect_tile(page: Page, extension: str, state: str) -> None:
    expect(tile(page, extension)).to_have_attribute("data-state", state, timeout=SOON)


def receipt(page: Page, words: str) -> None:
    expect(page.locator("#receipts")).to_contain_text(re.compile(words), timeout=SOON)


def drag(page: Page, source: Locator, target: Locator) -> None:
    page.bring_to_front()
    start, end = source.bounding_box(), target.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 40, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2 + 3, end["y"] + end["height"] / 2, steps=8)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2)
    page.mouse.up()


def assert_page_equals_pbx(page: Page, asterisk: Asterisk) -> None:
    """Busy tiles are the extensions that have a channel, and idle ones have none."""

    def busy_at_pbx() -> set[str]:
        return {found[1] for name in asterisk.channels() if (found := re.match(r"PJSIP/(2\d\d)-", name))}

    def busy_on_page() -> set[str]:
        states = ("ringing", "talking", "held")
        selector = ",".join(f'[data-extension][data-state="{state}"]' for state in states)
        return {each.get_attribute("data-extension") or "" for each in page.locator(selector).all()}

    eventually(lambda: busy_at_pbx() == busy_on_page(), 5, f"the page equals the PBX: {asterisk.channels()}")


def test_a_call_is_shown_and_transferred_by_drag(board: Page, rig22: Rig, asterisk22: Asterisk) -> None:
    rig22.phone("201", answer_after=1)
    rig22.phone("202", answer_after=1)
    caller = rig22.call_from_outside("5550100", number="+48600111222", name="Jan Novák")
    expect_tile(board, "201", "ringing")
    expect(my_call(board)).to_have_attribute("data-state", "ringing", timeout=SOON)
    expect(my_call(board)).to_contain_text("Jan Novák")
    expect_tile(board, "201", "talking")
    assert_page_equals_pbx(board, asterisk22)

    drag(board, my_call(board), tile(board, "202"))
    expect_tile(board, "202", "talking")
    expect_tile(board, "201", "idle")
    expect(tile(board, "202")).to_contain_text("Jan Novák")
    receipt(board, "Bruno Keller")
    assert_page_equals_pbx(board, asterisk22)

    caller.hangup()
    expect_tile(board, "202", "idle")
    expect(my_call(board)).to_have_count(0)


def test_a_call_is_transferred_by_name_with_the_keyboard(board: Page, rig22: Rig, asterisk22: Asterisk) -> None:
    rig22.phone("201", answer_after=0.5)
    rig22.phone("202", answer_after=1)
    caller = rig22.call_from_outside("5550100")
    expect(my_call(board)).to_have_attribute("data-state", "talking", timeout=SOON)
    board.keyboard.type("bru")
    board.keyboard.press("Enter")
    expect_tile(board, "202", "talking")
    expect_tile(board, "201", "idle")
    assert_page_equals_pbx(board, asterisk22)
    caller.hangup()
    expect_tile(board, "202", "idle")


def test_a_call_is_parked_with_a_key_and_taken_back_with_a_button(
    board: Page, rig22: Rig, asterisk22: Asterisk
) -> None:
    rig22.phone("201", answer_after=0.5)
    caller = rig22.call_from_outside("5550100", name="Kim Lee")
    expect(my_call(board)).to_have_attribute("data-state", "talking", timeout=SOON)
    board.keyboard.press("Alt+p")
    parked = board.locator("[data-parked]")
    expect(parked).to_contain_text("Kim Lee", timeout=SOON)
    expect(my_call(board)).to_have_count(0, timeout=SOON)
    receipt(board, "70[0-9]")
    parked.hover()
    parked.locator('[data-command="unpark"]').click()
    expect(parked).to_have_count(0, timeout=SOON)
    expect(my_call(board)).to_have_attribute("data-state", "talking", timeout=SOON)
    assert_page_equals_pbx(board, asterisk22)
    caller.hangup()
    expect(my_call(board)).to_have_count(0, timeout=SOON)


def test_a_ringing_phone_is_picked_up_from_its_tile(board: Page, rig22: Rig, asterisk22: Asterisk) -> None:
    rig22.phone("201", answer_after=0.5)
    rig22.phone("202")
    caller = rig22.call_from("203", "202")
    expect_tile(board, "202", "ringing")
    expect(tile(board, "202")).to_contain_text("Clara Young", timeout=SOON)
    tile(board, "202").hover()
    tile(board, "202").locator('[data-command="pickup"]').click()
    expect(my_call(board)).to_have_attribute("data-state", "talking", timeout=SOON)
    expect_tile(board, "202", "idle")
    assert_page_equals_pbx(board, asterisk22)
    caller.hangup()
    expect(my_call(board)).to_have_count(0, timeout=SOON)


def test_the_longest_waiting_caller_is_taken_with_the_space_bar(board: Page, rig22: Rig, asterisk22: Asterisk) -> None:
    rig22.phone("201", answer_after=0.5)
    caller = rig22.call_from_outside("5550101", name="Kim Berg", number="+4722111333")
    waiting = board.locator("[data-caller]")
    expect(waiting).to_have_attribute("data-position", "1", timeout=SOON)
    board.keyboard.press("Space")
    expect(waiting).to_have_count(0, timeout=SOON)
    expect(my_call(board)).to_have_attribute("data-state", "talking", timeout=SOON)
    expect(my_call(board)).to_contain_text("Kim Berg")
    assert_page_equals_pbx(board, asterisk22)
    caller.hangup()
    expect(my_call(board)).to_have_count(0, timeout=SOON)


def test_click_to_dial_and_hang_up(board: Page, rig22: Rig, asterisk22: Asterisk) -> None:
    rig22.phone("201", answer_after=0.5)
    rig22.phone("202", answer_after=0.5)
    tile(board, "202").hover()
    tile(board, "202").locator('[data-command="call"]').click()
    expect_tile(board, "202", "talking")
    expect(my_call(board)).to_have_attribute("data-state", "talking", timeout=SOON)
    assert_page_equals_pbx(board, asterisk22)
    board.keyboard.press("Alt+h")
    expect(my_call(board)).to_have_count(0, timeout=SOON)
    expect_tile(board, "202", "idle")


def test_two_boards_see_the_same_and_one_that_may_not_does_not(
    board: Page, rig22: Rig, office: Panel, kept_chromium: Browser
) -> None:
    office.add_operator("bob")
    office.add_operator("charlie", departments="Nowhere")
    rig22.phone("201", answer_after=0.5)
    pages = []
    for name in ("bob", "charlie"):
        page = kept_chromium.new_context().new_page()
        page.goto(f"{office.address}/login/")
        page.fill("[name=username]", name)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        page.goto(office.address)
        page.wait_for_selector("html[data-link=live]")
        pages.append(page)
    bob, charlie = pages
    caller = rig22.call_from_outside("5550100", name="Jan Novák")
    expect_tile(board, "201", "talking")
    expect_tile(bob, "201", "talking")
    assert charlie.locator("[data-extension]").count() == 0
    assert "Jan Novák" not in charlie.content()
    caller.hangup()
    expect_tile(bob, "201", "idle")
    for page in pages:
        page.context.close()


def test_the_page_finds_back_by_itself_when_its_socket_is_cut(
    office: Panel, rig22: Rig, kept_chromium: Browser, tmp_path: Path
) -> None:
    with Line(("127.0.0.1", office.port)) as line:
        page = kept_chromium.new_context().new_page()
        # The same origin to the browser and to the server: the Host header carries the line's port.
        log_in(page, f"http://127.0.0.1:{line.port}")
        caller = rig22.call_from_outside("5550108")
        expect(page.locator("#calls-count")).to_contain_text("1", timeout=SOON)
        line.refuse()
        expect(page.locator("html")).not_to_have_attribute("data-link", "live", timeout=SOON)
        caller.hangup()
        line.restore()
        expect(page.locator("html")).to_have_attribute("data-link", "live", timeout=5_000)
        expect(page.locator("#calls-count")).to_contain_text("0", timeout=5_000)
        page.context.close()


WATCH = """() => {
    Object.assign(window, { ticks: 0, drawings: 0 });
    setInterval(() => { window.ticks += 1; }, 100);
    new MutationObserver(() => { window.drawings += 1; }).observe(document.querySelector('[data-extension="201"]'), {
        attributes: true,
    });
}"""


@contextmanager
def frozen(page: Page) -> Iterator[None]:
    """No timer runs and nothing is drawn or read, as in a tab that the browser has put away."""
    session, stops = page.context.new_cdp_session(page), list[Any]()
    session.on("Debugger.paused", lambda event: stops.append(event))
    session.send("Debugger.enable")
    session.send("Debugger.pause")
    eventually(lambda: session.send("Debugger.enable") and stops, 5, "the page stands still")
    yield
    session.send("Debugger.resume")


def test_a_tab_that_was_frozen_in_the_background_draws_the_present_once_when_it_is_looked_at(
    office: Panel, board: Page, rig22: Rig, asterisk22: Asterisk
) -> None:
    """Case 28: hours of it end as these seconds do."""
    rig22.phone("201", answer_after=0.2)
    board.evaluate(WATCH)
    began = time.monotonic()
    with frozen(board), Board(office, "alice") as seen:
        for number in range(4):
            caller = rig22.call_from_outside("5550100", number=f"+4860011122{number}", name="Jan Novák")
            wait_call(seen, "talking", "201")
            if number < 3:
                caller.hangup()
                wait_idle(seen)
        passed = time.monotonic() - began
    assert board.evaluate("ticks") < 5 * passed, "it stood still"
    expect_tile(board, "201", "talking")
    expect(my_call(board)).to_contain_text("Jan Novák")
    assert_page_equals_pbx(board, asterisk22)
    assert board.evaluate("drawings") <= 3, "what was missed is not played back"
