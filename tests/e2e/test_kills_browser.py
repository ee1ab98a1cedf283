"""The operators' pages are closed in the middle of five calls, each begun with a key: the callers have music, a phone
rings with each of them again, and the page that is opened anew shows them.

On real Asterisks, in Chromium.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.desk import ASKED, BUSY, NEXT, OPERATORS, RINGS_ONLY, Desk, reception
from tests.e2e.reception import SOON
from tests.e2e.stack import PASSWORD, Panel
from tests.e2e.waiting import PATIENCE
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig


pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.timeout(240)]

KEYS = {
    "serial": (NEXT, "Alt+r"),
    "consult": (ASKED, "Shift+Enter"),
    "camp": (BUSY, "Alt+c"),
    "transfer": (RINGS_ONLY, "Enter"),
    "hold": (None, "Alt+o"),
}
"""What is begun with each of the five calls: with whom, and the key for it."""


def logged_in(name: str, office: Panel, chromium: Browser) -> Page:
    """The board of an operator who has logged in, in a browser of their own."""
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{office.address}/login/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-link=live]")
    return page


def begin(page: Page, desk: Desk, kind: str) -> None:
    """By keyboard; until Asterisk has the caller in its care, as it says on the operator's own socket."""
    to, key = KEYS[kind]
    page.bring_to_front()
    expect(page.locator("cb-call[data-in-hand]")).to_be_visible(timeout=SOON)
    if to is not None:
        page.keyboard.type(to)
    page.keyboard.press(key)
    desk.board.until(lambda: desk.care().get("kind") == kind, PATIENCE, f"{kind} has begun")


def test_callers_are_heard_of_again_when_the_pages_are_closed(
    five_desks: Panel, quick_asterisk: Asterisk, chromium: Browser
) -> None:
    pages = {number: logged_in(name, five_desks, chromium) for name, number in OPERATORS.items()}
    with Rig(quick_asterisk) as rig, reception(five_desks, rig, quick_asterisk) as people:
        for kind in KEYS:
            desk: Desk = getattr(people, kind)
            begin(pages[desk.number], desk, kind)
            pages[desk.number].close()
            if kind != "serial":
                desk.wait_music()
        people.next_person.wait("answered")
        people.asked.wait("answered")
        people.go_on()
        people.callers_are_back()
        for number, closed in pages.items():
            page = closed.context.new_page()
            page.goto(five_desks.address)
            card = page.locator("#my-calls cb-call")
            expect(card).to_have_attribute("data-mine", "talking", timeout=SOON)
            expect(card).to_contain_text(f"Caller of {number}")
            page.close()
