"""Alerts on the page of the queues: what they look like, what sounds, who has seen them; and odd agents."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Page, Route, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness


Row = dict[str, Any]

CARD = 'cb-queue-card[data-queue="{}"]'
ALERT = 'cb-alert[data-alert="{}"]'


def alert(key: str, queue: str = "front", text: str = "3 or more callers wait", **more: Any) -> Row:
    return {
        "key": key, "queue": queue, "what": "waiting", "limit": 3, "value": 3, "text": text, "raised_at": rows.ago(20),
        "acknowledged_at": None, "acknowledged_by": "", **more,
    }  # fmt: skip


def office(harness: Harness) -> None:
    harness.put("queue", rows.queue("accounts"), rows.queue("front"), rows.queue("support"))


async def test_an_alert_stands_on_its_queue_which_comes_first(harness: Harness, open_board: OpenBoard) -> None:
    office(harness)
    harness.put("alert", alert("a1", "support"))
    page = await open_board("/queues/")
    await expect(page.locator("cb-queue-card").first).to_have_attribute("data-queue", "support")
    card = page.locator(CARD.format("support"))
    await expect(card).to_have_attribute("data-alert", "new")
    await expect(card.locator("cb-alert .text")).to_have_text("3 or more callers wait")
    await expect(card.locator("cb-alert cb-timer")).to_have_text(re.compile(r"0:\d\d"))
    await harness.remove("alert", "a1")
    await expect(page.locator("cb-alert")).to_have_count(0)
    await expect(card).not_to_have_attribute("data-alert", re.compile("."))


async def test_an_alert_is_acknowledged_and_says_by_whom(harness: Harness, open_board: OpenBoard) -> None:
    office(harness)
    harness.put("alert", alert("a1"))
    page = await open_board("/queues/")
    asked: list[str] = []

    async def take(route: Route) -> None:
        asked.append(f"{route.request.method} {route.request.url.removeprefix(harness.address)}")
        await route.fulfill(json={"by": "Rita Novak"})

    await page.route("**/alerts/**", take)
    await page.locator(ALERT.format("a1")).get_by_role("button", name="Acknowledge").click()
    await harness.set("alert", alert("a1", acknowledged_at=rows.ago(0), acknowledged_by="Rita Novak"))
    await expect(page.locator(ALERT.format("a1"))).to_contain_text("seen by Rita Novak")
    await expect(page.locator(ALERT.format("a1")).get_by_role("button")).to_have_count(0)
    await expect(page.locator(CARD.format("front"))).to_have_attribute("data-alert", "acknowledged")
    assert asked == ["POST /alerts/a1/acknowledge/"]


async def test_a_refusal_is_said(harness: Harness, open_board: OpenBoard) -> None:
    office(harness)
    harness.put("alert", alert("a1"))
    page = await open_board("/queues/")
    # Not by the network: the browser itself would complain of the status.
    await page.evaluate("fetch = async () => Response.json({ text: 'This alert is over.' }, { status: 404 })")
    await page.locator(ALERT.format("a1")).get_by_role("button", name="Acknowledge").click()
    await expect(page.locator("#receipts")).to_contain_text("This alert is over.")


async def listen(page: Page) -> None:
    await page.evaluate(
        """() => {
            window.tones = 0;
            const start = OscillatorNode.prototype.start;
            OscillatorNode.prototype.start = function (at) { window.tones += 1; return start.call(this, at); };
        }"""
    )


async def rang(page: Page) -> int:
    """How often the three tones were heard."""
    return int(await page.evaluate("window.tones / 3"))


async def test_an_alert_sounds_once_and_only_for_who_wants_it(harness: Harness, open_board: OpenBoard) -> None:
    office(harness)
    harness.put("alert", alert("old"))
    page = await open_board("/queues/")
    await listen(page)
    await harness.set("alert", alert("a1"))
    await expect(page.locator("cb-alert")).to_have_count(2)
    assert await rang(page) == 0  # off until somebody switches it on
    await page.locator(".me").click()
    await page.get_by_label("Sound").check()
    assert await rang(page) == 1  # what it sounds like
    await harness.set("alert", alert("a2", "support"))
    await expect(page.locator("cb-alert")).to_have_count(3)
    assert await rang(page) == 2
    await harness.set("alert", alert("a2", "support", value=9), alert("a3", acknowledged_at=rows.ago(0)))
    await expect(page.locator("cb-alert")).to_have_count(4)
    assert await rang(page) == 2
    await page.reload()
    await listen(page)
    await expect(page.locator("cb-alert")).to_have_count(4)
    assert await rang(page) == 0  # what was up before is no news
    await page.locator("#cards").click(position={"x": 1, "y": 1})
    await harness.set("alert", alert("a4"))
    await expect(page.locator("cb-alert")).to_have_count(5)
    assert await rang(page) == 1


async def test_notes_on_the_desktop_come_after_they_were_allowed(harness: Harness, open_board: OpenBoard) -> None:
    office(harness)
    page = await open_board("/queues/")
    await page.evaluate(
        """() => {
            window.notes = [];
            class Notification extends EventTarget {
                static permission = "default";
                static requestPermission = async () => (Notification.permission = window.allowed);
                constructor(title, options) { super(); window.notes.push(`${title}: ${options.body}`); }
            }
            window.Notification = Notification;
            window.allowed = "denied";
        }"""
    )
    await page.locator(".me").click()
    box = page.get_by_label("Notes on the desktop")
    await box.click()
    await expect(page.locator("#receipts")).to_contain_text("does not allow notes")
    await expect(box).not_to_be_checked()
    await page.evaluate("window.allowed = 'granted'")
    await box.check()
    await harness.set("alert", alert("a1"))
    await expect(page.locator("cb-alert")).to_have_count(1)
    assert await page.evaluate("window.notes") == ["front: 3 or more callers wait"]


# --- people who should be looked after ------------------------------------------------------------------------------


async def test_who_seems_to_work_and_does_not_is_pointed_out(harness: Harness, open_board: OpenBoard) -> None:
    office(harness)
    harness.put(
        "member",
        rows.member("front", "201", "Ann Lee"),
        rows.member("front", "202", "Ben Fox", "away"),
        rows.member("front", "203", "Cid Ray", unanswered=3),
        rows.member("front", "204", "Dan Oak", "paused", pause_reason="Break", state_at=rows.ago(17 * 60)),
        rows.member("front", "205", "Eve Day", "paused", pause_reason="Break", state_at=rows.ago(14 * 60)),
        rows.member("front", "206", "Fay Sun", "paused", pause_reason="Lunch", state_at=rows.ago(99 * 60)),
        rows.member("front", "207", "Gus May", "away", paused=True),
        rows.member("front", "208", "Hal Roe", unanswered=2),
    )
    page = await open_board("/queues/")
    odd = page.locator("cb-agent[data-odd] .name")
    assert await odd.all_inner_texts() == ["Ben Fox", "Cid Ray", "Dan Oak"]
    await expect(page.locator("#odd")).to_have_text(
        "Look after · Ben Fox: logged in, phone not registered · Cid Ray: rang 3 times without an answer · "
        "Dan Oak: paused 2 min over what is allowed"
    )
    await harness.set("member", rows.member("front", "203", "Cid Ray", "talking"))
    await expect(odd).to_have_count(2)


async def test_a_pause_grows_too_long_although_nothing_happens(harness: Harness, open_board: OpenBoard) -> None:
    office(harness)
    harness.put(
        "member", rows.member("front", "204", "Dan Oak", "paused", pause_reason="Break", state_at=rows.ago(15 * 60 - 3))
    )
    page = await open_board("/queues/")
    await expect(page.locator("#odd")).to_be_hidden()
    await expect(page.locator("#odd")).to_contain_text("Dan Oak", timeout=15_000)
