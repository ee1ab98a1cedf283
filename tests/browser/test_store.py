"""The store of the page makes of frames what the reference makes of them, and keeps in step with the server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.harness.site import BLANK, ROOT, Site
from tests.browser.reference import random_vector
from tests.browser.window import Window


VECTORS = [*sorted((ROOT / "tests/js/vectors").glob("*.json")), *sorted((ROOT / "tests/wire").glob("*.json"))]


@pytest.mark.parametrize(("file", "count"), [(file, len(json.loads(file.read_text()))) for file in VECTORS])
async def test_the_store_folds_the_recorded_vectors(window: Window, site: Site, file: Path, count: int) -> None:
    page = await window.open(site.address + BLANK)
    await page.goto(f"{site.address}/tests/js/vectors.html?files=/{file.relative_to(ROOT)}")
    await expect(page).to_have_title(f"ok {count}")
    await page.close()


async def test_the_store_folds_random_lives_like_the_reference(window: Window, site: Site) -> None:
    page = await window.open(site.address + BLANK)
    await page.goto(f"{site.address}/tests/js/vectors.html")
    vectors = [random_vector(seed) for seed in range(200)]
    fold = """async (json) => {
        const { verdict } = await import("/tests/js/vectors.js");
        return JSON.parse(json).map(verdict).filter(Boolean);
    }"""
    assert await page.evaluate(fold, json.dumps(vectors)) == []
    assert any(False in vector["expected"]["applied"] for vector in vectors)
    await page.close()


async def test_a_gap_leads_to_one_new_subscription_and_a_right_picture(board: Page, harness: Harness) -> None:
    await harness.set("extension", rows.extension("202", "Zofia"))
    await expect(board.locator('[data-extension="202"]')).to_have_attribute("data-state", "idle")
    harness.put("extension", rows.extension("202", "Zofia", state="dnd"))
    harness.seq += 1  # a patch that got lost
    for number in ("203", "204", "205"):
        await harness.set("extension", rows.extension(number))
    await expect(board.locator('[data-extension="202"]')).to_have_attribute("data-state", "dnd")
    await expect(board.locator("[data-extension]")).to_have_count(4)
    assert len(harness.sent("subscribe")) == 2


async def test_a_new_epoch_leads_to_a_new_subscription(board: Page, harness: Harness) -> None:
    harness.epoch = "two"
    harness.put("extension", rows.extension("202"))
    await harness.push({})
    await expect(board.locator('[data-extension="202"]')).to_be_visible()
    assert len(harness.sent("subscribe")) == 2


async def test_what_goes_during_a_disconnect_is_gone_afterwards(board: Page, harness: Harness) -> None:
    await harness.set("extension", rows.extension("202"), rows.extension("203"))
    await expect(board.locator("[data-extension]")).to_have_count(2)
    harness.rows["extension"].pop("203")
    await harness.cut()
    await expect(board.locator("[data-extension]")).to_have_count(1)


async def test_ids_grow_over_reconnects(board: Page, harness: Harness) -> None:
    await harness.cut()
    await harness.frame("subscribe", 2)
    ids = [frame["id"] for frame in harness.frames if "id" in frame]
    assert ids == sorted(set(ids))


async def test_the_page_acknowledges_what_it_shows_at_most_once_a_second(board: Page, harness: Harness) -> None:
    for round in range(30):
        await harness.set("extension", rows.extension("202", f"Zofia {round}"))
    await harness.shown()
    assert len(harness.sent("ack")) <= 3


async def test_a_hidden_page_goes_on_acknowledging(open_board: OpenBoard, harness: Harness) -> None:
    page = await open_board()
    # A browser gives a tab that nobody sees no animation frames.
    await page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { get: () => true });
            window.requestAnimationFrame = () => 1;
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    await harness.set("extension", rows.extension("202"))
    await harness.shown()
    assert await page.locator('[data-extension="202"]').count() == 1


async def test_a_page_that_is_seen_again_is_right_in_its_first_frame(open_board: OpenBoard, harness: Harness) -> None:
    page = await open_board()
    await page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { get: () => window.away, configurable: true });
            window.away = true;
            window.setTimeout = () => (window.collects = 1); // the half second is never over
        }"""
    )
    await harness.set("extension", rows.extension("202"))
    await page.wait_for_function("() => window.collects === 1", polling=20)
    assert await page.locator('[data-extension="202"]').count() == 0
    count = await page.evaluate(
        """() => new Promise((done) => {
            window.away = false;
            document.dispatchEvent(new Event("visibilitychange"));
            requestAnimationFrame(() => done(document.querySelectorAll('[data-extension="202"]').length));
        })"""
    )
    assert count == 1
