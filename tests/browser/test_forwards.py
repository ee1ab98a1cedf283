"""Where the PBX sends somebody's calls on: on the tile, on the card, and above the ways when a transfer would fail."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import ZOFIA, commands, given, with_call


MOBILE = rows.person(number="+48601222333")


def forward(kind: str, to: rows.Row = ZOFIA) -> rows.Row:
    return {"kind": kind, "to": to}


def bo(*forwards: rows.Row, state: str = "idle", **more: Any) -> rows.Row:
    return rows.extension("203", "Bo Larsen", "Sales", state, forward=list(forwards), **more)


@pytest.mark.parametrize(
    ("forwards", "sign", "sentence"),
    [
        ([forward("always")], "→ 202", "Calls go on to Zofia Wróbel (202)."),
        ([forward("busy")], "busy → 202", "When busy, calls go on to Zofia Wróbel (202)."),
        ([forward("unanswered", MOBILE)], "no answer → outside", "Unanswered calls go on to +48 601 222 333."),
        (
            [forward("always"), forward("unanswered", MOBILE)],
            "→ 202",
            "Calls go on to Zofia Wróbel (202). Unanswered calls go on to +48 601 222 333.",
        ),
    ],
    ids=["always", "busy", "unanswered", "two"],
)
async def test_a_tile_has_a_sign_and_says_it_in_full(
    office: Harness, open_board: OpenBoard, forwards: list[rows.Row], sign: str, sentence: str
) -> None:
    office.put("extension", bo(*forwards))
    page = await open_board()
    tile = page.locator('[data-extension="203"]')
    await expect(tile.locator(".forward")).to_have_text(sign)
    await expect(tile.locator(".forward")).to_have_attribute("title", sentence)
    assert sentence in (await tile.get_attribute("aria-label") or "")
    await page.keyboard.type("bo")
    await expect(page.locator("#person .forward")).to_have_text(sentence)


@pytest.mark.parametrize(
    ("state", "kind", "sign"),
    [
        ("talking", "always", "→ 202"),
        ("talking", "busy", "→ 202"),
        ("ringing", "busy", "→ 202"),
        ("talking", "unanswered", ""),
        ("offline", "unanswered", "→ 202"),
        ("offline", "busy", "busy → 202"),
    ],
)
async def test_the_sign_says_what_becomes_of_the_next_call(
    office: Harness, open_board: OpenBoard, state: str, kind: str, sign: str
) -> None:
    calls = [rows.leg("k", state, rows.person("Kim Lee"))] if state != "offline" else []
    office.put("extension", bo(forward(kind), state=state, calls=calls))
    page = await open_board()
    tile = page.locator('[data-extension="203"]')
    await expect(tile.locator(".forward")).to_have_text(sign)
    await expect(tile.locator(".forward")).to_be_visible(visible=sign != "")
    assert "Zofia Wróbel (202)" in (await tile.get_attribute("aria-label") or "")


async def test_the_sign_comes_and_goes_without_moving_anything(office: Harness, open_board: OpenBoard) -> None:
    page = await open_board()
    tile = page.locator('[data-extension="203"]')
    await expect(tile.locator(".forward")).to_be_hidden()
    box = await tile.bounding_box()
    await office.set("extension", bo(forward("always")))
    await expect(tile.locator(".forward")).to_be_visible()
    assert await tile.bounding_box() == box
    await office.set("extension", bo())
    await expect(tile.locator(".forward")).to_be_hidden()


async def test_of_a_crowded_tile_sign_and_timer_are_seen_whole(office: Harness, open_board: OpenBoard) -> None:
    kim = rows.leg("k", "talking", rows.person("Konstantina Papadopoulou-Andersson"), queue="reservations", since=75)
    office.put("extension", bo(forward("busy"), state="talking", calls=[kim]))
    page = await open_board()
    tile = page.locator('[data-extension="203"]')
    inside = await tile.evaluate(
        """tile => {
            const right = tile.getBoundingClientRect().right;
            const sign = tile.querySelector(".forward");
            const timer = tile.querySelector("cb-timer").getBoundingClientRect();
            return sign.scrollWidth <= sign.clientWidth && timer.width > 0 && timer.right <= right;
        }"""
    )
    assert inside
    assert (await tile.locator("cb-timer").inner_text()).startswith("1:1")


async def test_a_forward_costs_no_key_and_the_card_says_what_a_transfer_does(
    office: Harness, open_board: OpenBoard
) -> None:
    """Our include rings the phone itself, so that the caller can come back."""
    with_call(office)
    office.put("extension", bo(forward("always")))
    page = await open_board()
    await page.keyboard.type("bo")
    await expect(page.locator("#person .forward")).to_have_text(
        "Calls go on to Zofia Wróbel (202). A transfer rings this phone only."
    )
    await page.keyboard.press("Enter")
    assert await given(office) == ("transfer", {"call": "mine", "to": "203"})


async def test_without_the_include_a_transfer_goes_on_like_any_call(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    office.put("pbx", {**rows.pbx(), "capabilities": ["parking", "originate"]})
    office.put("extension", bo(forward("always")))
    page = await open_board()
    await page.keyboard.type("bo")
    await expect(page.locator("#person .forward")).to_have_text("Calls go on to Zofia Wróbel (202).")


@pytest.mark.parametrize(
    ("state", "forwards", "to"),
    [
        ("talking", [forward("busy")], "202"),
        ("offline", [forward("busy", MOBILE), forward("unanswered")], "202"),
        ("dnd", [forward("always", MOBILE)], "+48601222333"),
        ("dnd", [forward("busy"), forward("unanswered")], None),
        ("talking", [forward("unanswered")], None),
    ],
    ids=["busy", "not registered", "to a mobile", "not when busy", "not unanswered"],
)
async def test_when_a_transfer_would_fail_whoever_gets_their_calls_is_one_of_the_ways(
    office: Harness, open_board: OpenBoard, state: str, forwards: list[rows.Row], to: str | None
) -> None:
    with_call(office)
    office.put("extension", bo(*forwards, state=state, mailbox="203@default"))
    page = await open_board()
    await page.keyboard.type("bo")
    await page.keyboard.press("Enter")
    choice = page.locator("#choice")
    await expect(choice.locator(".title")).to_contain_text("A transfer rings this phone only.")
    way = choice.locator(".way", has_text="Send on to")
    if to is None:
        await expect(way).to_have_count(0)
        assert commands(office) == []
        return
    await way.click()
    assert await given(office) == ("transfer", {"call": "mine", "to": to})


async def test_the_question_follows_a_forward_that_changes(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    office.put("extension", bo(forward("busy"), state="talking"))
    page = await open_board()
    await page.keyboard.type("bo")
    await page.keyboard.press("Enter")
    title = page.locator("#choice .title")
    await expect(title).to_have_text(
        "Bo Larsen is on the phone. When busy, calls go on to Zofia Wróbel (202). A transfer rings this phone only."
    )
    await office.set("extension", bo(state="talking"))
    await expect(title).to_have_text("Bo Larsen is on the phone.")


async def test_a_hostile_number_is_only_text(office: Harness, open_board: OpenBoard) -> None:
    evil = rows.person("<img src=x onerror=alert(1)>", "%(to)s<b>1</b>", "%(to)s<b>1</b>")
    office.put("extension", bo(forward("always", evil)))
    page = await open_board()
    await expect(page.locator('[data-extension="203"] .forward')).to_have_text("→ %(to)s<b>1</b>")
    await page.keyboard.type("bo")
    await expect(page.locator("#person .forward")).to_contain_text("<img src=x")
    assert await page.locator("cb-extension b, cb-extension img, #person b, #person img").count() == 0
