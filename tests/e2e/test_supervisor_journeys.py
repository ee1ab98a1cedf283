"""The supervisor's journeys in Chromium, on a real Asterisk, with every click and key counted: two actions each.

Lifting a handset is none of them. The numbers are those of the journeys that supervisors make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.stack import Panel, eventually, panel
from tests.e2e.test_browser import SOON, log_in
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig


pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.timeout(120)]

FRONT = "5550101"
COUNT = """
for (const kind of ["click", "contextmenu", "keydown"]) addEventListener(kind, (event) => {
  if (event.isTrusted) sessionStorage.setItem("actions", Number(sessionStorage.getItem("actions")) + 1);
}, true);
"""
ACTIONS = "Number(sessionStorage.getItem('actions'))"


@pytest.fixture(scope="module")
def office(asterisk22: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Panel]:
    with panel(tmp_path_factory.mktemp("supervisor"), asterisk22.ami_url) as running:
        running.add_operator("vera", role="admin", extension="201")
        yield running


@pytest.fixture
def page(office: Panel, rig22: Rig, kept_chromium: Browser) -> Iterator[Page]:
    """The page of the queues, on which nothing was done yet."""
    context = kept_chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(COUNT)
    log_in(page, office.address, "vera")
    page.goto(f"{office.address}/queues/")
    page.wait_for_selector("html[data-link=live]")
    page.evaluate("sessionStorage.setItem('actions', 0)")
    yield page
    context.close()


def of_front(asterisk: Asterisk, event: str, **fields: str) -> Callable[[], bool]:
    """Whether Asterisk lists such an item in the queue `front`."""

    def is_listed() -> bool:
        with asterisk.session() as session:
            items = session.list("QueueStatus", {"Queue": "front"})
        return any({"Event": event, **fields}.items() <= item.items() for item in items)

    return is_listed


def test_s1_who_is_paused_in_a_queue_in_need_takes_calls_again(page: Page, rig22: Rig, asterisk22: Asterisk) -> None:
    with asterisk22.session() as session:
        pause = {"Queue": "front", "Interface": "PJSIP/203", "Paused": "true", "Reason": "lunch"}
        session.action("QueuePause", pause)
    rig22.call_from_outside(FRONT, name="Jan Novák")
    card = page.locator('cb-queue-card[data-queue="front"]')
    expect(card.locator("[data-caller]")).to_have_count(1, timeout=SOON)
    expect(card.locator('[data-member="front/PJSIP/203"]')).to_have_attribute("data-state", "paused", timeout=SOON)

    card.locator(".head").hover()
    card.locator(".head .dots").click()
    page.locator("#row-menu").get_by_role("menuitem", name="Clara Young takes calls again").click()

    eventually(of_front(asterisk22, "QueueMember", Location="PJSIP/203", Paused="0"), 5, "Clara is not paused")
    assert page.evaluate(ACTIONS) == 2


def test_s2_an_agent_is_listened_to_and_the_mode_switched_on_screen(
    page: Page, rig22: Rig, asterisk22: Asterisk
) -> None:
    rig22.phone("201", answer_after=0)
    rig22.phone("203", answer_after=0)
    rig22.call_from_outside(FRONT, name="Jan Novák")
    square = page.locator('cb-agent[data-agent="203"]')
    expect(square).to_have_attribute("data-state", "talking", timeout=SOON)

    square.click(button="right")
    page.locator('#row-menu [data-entry="listen:coaching"]').click()

    strip = page.locator("cb-listening")
    expect(strip).to_be_visible(timeout=SOON)
    assert page.evaluate(ACTIONS) == 2
    for mode in ("whisper", "barge"):
        expect(strip.locator(f'[data-command="{mode}"]')).to_be_enabled()
    with asterisk22.session() as session:
        assert "ChanSpy" in {each["Application"] for each in session.list("CoreShowChannels")}


def test_s3_a_lost_caller_is_called_back_and_the_list_closes_itself(page: Page, rig22: Rig, office: Panel) -> None:
    rig22.phone("201", answer_after=0)
    rig22.outside_phone(answer_after=0)
    caller = rig22.call_from_outside(FRONT, number="0600111222", name="Jan Novák")
    expect(page.locator('cb-queue-card[data-queue="front"] [data-caller]')).to_have_count(1, timeout=SOON)
    caller.hangup()
    expect(page.locator('cb-queue-card[data-queue="front"] [data-caller]')).to_have_count(0, timeout=SOON)

    page.goto(f"{office.address}/lost/")
    lost = page.locator('[data-lost="0600111222"]')
    lost.get_by_role("button", name="Call back").click()

    expect(page.locator('[data-command-state="done"]')).to_be_visible(timeout=SOON)
    assert page.evaluate(ACTIONS) == 1, "beside that the page was opened"

    def is_closed() -> bool:
        page.reload()
        return lost.count() == 0

    eventually(is_closed, 8, "who was reached is to be called back no more")
