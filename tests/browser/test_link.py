"""How far the picture can be trusted: never called live when it is not, and the way back."""

from __future__ import annotations

import re
import time

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness


async def link(page: Page, state: str, seconds: float = 5) -> None:
    await expect(page.locator("html")).to_have_attribute("data-link", state, timeout=seconds * 1000)


async def test_before_the_first_snapshot_the_board_is_not_live(open_board: OpenBoard, harness: Harness) -> None:
    harness.is_mute = True
    page = await open_board(ready=False)
    await harness.frame("subscribe")
    await link(page, "offline")
    await expect(page.locator("#banner")).to_be_hidden()
    await expect(page.locator("#skeleton")).to_be_visible()


async def test_silence_of_six_seconds_is_not_live_and_speech_is_again(board: Page, harness: Harness) -> None:
    harness.is_mute = True
    started = time.monotonic()
    await link(board, "stale", 9)
    assert time.monotonic() - started < 8.5
    harness.is_mute = False
    await link(board, "live", 12)


async def test_a_socket_that_stays_silent_is_given_up_for_a_new_one(board: Page, harness: Harness) -> None:
    harness.freeze()
    await link(board, "stale", 9)
    await harness.until(lambda: harness.connects >= 2, 15, "a second connection")
    await link(board, "live")


async def test_a_cut_socket_is_not_live_at_once_and_back_within_four_seconds(board: Page, harness: Harness) -> None:
    harness.is_refusing = True
    await harness.cut()
    await link(board, "offline", 1)
    harness.is_refusing = False
    await link(board, "live", 8)
    assert harness.connects >= 2


async def test_the_pbx_gone_is_said_with_the_time_and_timers_stand_still(board: Page, harness: Harness) -> None:
    kim = rows.leg("c", "talking", rows.person("Kim"), since=100)
    await harness.set("extension", rows.extension("202", "Zofia", state="talking", calls=[kim]))
    as_of = rows.ago(10)
    await harness.set("pbx", rows.pbx("offline", as_of_at=as_of, reason="Refused."))
    await link(board, "offline")
    banner = board.locator("#banner")
    await expect(banner).to_contain_text(
        re.compile(r"PBX not connected since \d\d:\d\d:\d\d – the board shows how it was then\.")
    )
    await expect(banner).to_contain_text("Refused.")
    # The board shows the state of ten seconds ago: a call of 100 s was 90 s old then, and stays so.
    timer = board.locator('[data-extension="202"] cb-timer')
    await expect(timer).to_have_text("1:30")
    later = """async (seconds) => {
        const now = Date.now.bind(Date);
        Date.now = () => now() + seconds * 1000;
        (await import("/static/panel/js/clock.js")).clock.tick();
    }"""
    await board.evaluate(later, 4)
    await expect(timer).to_have_text("1:30")
    await harness.set("pbx", rows.pbx("live"))
    await link(board, "live")
    await expect(banner).to_be_hidden()
    await board.evaluate(later, 0)
    await expect(timer).to_have_text(re.compile("^1:4"))


async def test_a_stale_pbx_is_stale(board: Page, harness: Harness) -> None:
    await harness.set("pbx", rows.pbx("stale"))
    await link(board, "stale")


async def test_no_pbx_at_all_is_explained(open_board: OpenBoard, harness: Harness) -> None:
    harness.rows["pbx"].clear()
    page = await open_board(ready=False)
    await expect(page.locator("#banner")).to_contain_text("No PBX has been seen yet")
    await link(page, "offline")


async def test_of_several_pbxs_one_that_is_away_is_named_and_the_others_stay_live(
    board: Page, harness: Harness
) -> None:
    branch = {"key": "branch", "as_of_at": rows.ago(10), "reason": "Refused."}
    await harness.set("pbx", {**rows.pbx("offline"), **branch})
    await expect(board.locator("#banner")).to_contain_text("branch not connected since")
    await link(board, "live")
    await harness.set("pbx", {**rows.pbx("stale"), **branch})
    await expect(board.locator("#banner")).to_contain_text("branch is not up to date")
    await harness.set("pbx", {**rows.pbx("live"), "key": "branch"})
    await expect(board.locator("#banner")).to_be_hidden()
    await harness.set("pbx", {**rows.pbx("offline"), **branch}, rows.pbx("stale"))
    await link(board, "stale")


async def test_a_log_in_that_ended_leads_to_the_log_in_page(board: Page, harness: Harness) -> None:
    await harness.cut(4401)
    await board.wait_for_url("**/login/?next=%2F")


async def test_waking_up_asks_and_gives_a_dead_socket_up_within_two_seconds(board: Page, harness: Harness) -> None:
    harness.freeze()
    await board.evaluate("dispatchEvent(new Event('online'))")
    await harness.frame("ping")
    await harness.until(lambda: harness.connects == 2, 6, "a new connection after the probe")
    await link(board, "live")


async def test_waking_up_keeps_a_socket_that_answers(board: Page, harness: Harness) -> None:
    await board.evaluate("dispatchEvent(new Event('pageshow'))")
    await harness.frame("ping")
    beats = harness.beats
    await harness.until(lambda: harness.beats >= beats + 2, 6, "the time for an answer has passed")
    assert harness.connects == 1


async def test_timers_follow_the_clock_of_the_server(open_board: OpenBoard, harness: Harness) -> None:
    harness.clock_offset = 3600
    call = rows.leg("c", "talking", rows.person("Kim"), since=-3600 + 65)
    harness.put("extension", rows.extension("202", "Zofia", state="talking", calls=[call]))
    page = await open_board()
    await expect(page.locator('[data-extension="202"] cb-timer')).to_have_text(re.compile(r"^1:0[5-9]$"))


@pytest.mark.parametrize("hours", [-1, 1])
async def test_timers_are_right_again_at_once_when_the_clock_of_the_computer_is_set(
    open_board: OpenBoard, harness: Harness, hours: int
) -> None:
    call = rows.leg("c", "talking", rows.person("Kim"), since=65)
    harness.put("extension", rows.extension("202", "Zofia", state="talking", calls=[call]))
    page = await open_board()
    timer = page.locator('[data-extension="202"] cb-timer')
    await expect(timer).to_have_text(re.compile(r"^1:[01]\d$"))
    await page.evaluate("(off) => { const real = Date.now; Date.now = () => real() + off; }", hours * 3_600_000)
    await harness.frame("ping")
    await expect(timer).to_have_text(re.compile(r"^1:[01]\d$"), timeout=3_000)
    assert harness.connects == 1


async def test_timers_are_right_when_the_clock_of_the_computer_is_put_right_soon_after_it_was_wrong(
    open_board: OpenBoard, harness: Harness
) -> None:
    call = rows.leg("c", "talking", rows.person("Kim"), since=65)
    harness.put("extension", rows.extension("202", "Zofia", state="talking", calls=[call]))
    page = await open_board()
    timer = page.locator('[data-extension="202"] cb-timer')
    await page.evaluate("() => { const real = Date.now; window.off = 0; Date.now = () => real() + window.off; }")
    await page.evaluate("() => { window.off = -3_600_000; }")
    await harness.frame("ping")
    await page.evaluate("() => { window.off = 0; }")  # before two seconds have passed, in which an answer is waited for
    await harness.frame("ping", 2)
    await expect(timer).to_have_text(re.compile(r"^1:[01]\d$"), timeout=3_000)
    assert harness.connects == 1


async def test_the_first_attempts_to_come_back_are_spread_over_two_seconds(board: Page, harness: Harness) -> None:
    delays = await board.evaluate(
        """async () => {
            const { PanelSocket } = await import("/static/panel/js/socket.js");
            const planned = [];
            const real = window.setTimeout;
            window.setTimeout = (job, wait) => { planned.push(wait); return 0; };
            window.WebSocket = class { close() {} };
            for (let at = 0; at < 200; at++) {
                const socket = new PanelSocket("ws://nowhere/", { lost() {}, status() {} });
                let made;
                window.WebSocket = class { constructor() { made = this; } close() {} };
                socket.start();
                made.onclose({ code: 1006 });
            }
            window.setTimeout = real;
            return planned;
        }"""
    )
    assert len(delays) == 200
    assert 0 <= min(delays) < 200
    assert 1800 < max(delays) <= 2000
