"""A wallboard in Chromium: what is on the screen, and that it comes back by itself after whatever a night brings."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from panel.queues.models import Wallboard
from panel.vocabulary import Kind, utc
from tests.live.server import Server
from tests.live.worker import AT, Worker, Write, gone, pbx
from tests.queues.office import AGENT, CALLER, Screen, caller, member, queue, wallboard


pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SOON = 15_000.0  # ms
NOT_ANSWERING = re.compile("As of .*: the panel does not answer")


def hang_up(page: Page, server: Server, board: Wallboard) -> None:
    """Put the wallboard on the screen, by its secret link."""
    page.goto(f"{server.origin}/wallboard/{board.name}/link/{board.make_link()}/")


def figure(page: Page, name: str, of: str = "front") -> Any:
    return page.locator(f'[data-queue="{of}"] :is(dd, [role="cell"])').nth(["waiting", "longest", "free"].index(name))


def expect_live(page: Page, waiting: int) -> None:
    expect(page.locator("html")).to_have_attribute("data-link", "live", timeout=SOON)
    expect(figure(page, "waiting")).to_have_text(str(waiting), timeout=SOON)
    expect(page.locator("#notice")).to_be_hidden()


def expect_old(page: Page, words: re.Pattern[str] = NOT_ANSWERING) -> None:
    expect(page.locator("#notice")).to_have_text(words, timeout=SOON)
    expect(page.locator("html")).not_to_have_attribute("data-link", "live")


def let_time_pass(page: Page, until: Callable[[], object]) -> None:
    """Have the page's clock run, a second at a time, until something has come about."""
    end = time.monotonic() + SOON / 1000
    while not until():
        assert time.monotonic() < end
        page.clock.run_for(1000)


def alert(key: str, of: str, text: str) -> Write:
    row = {
        "key": key, "queue": of, "what": "waiting", "limit": 3, "value": 3, "text": text, "raised_at": AT,
        "acknowledged_at": None, "acknowledged_by": "",
    }  # fmt: skip
    return Write(Kind.ALERT, key, (), row)


# --- what is on the screen ------------------------------------------------------------------------------------------


def test_the_screen_follows_the_queues(web: Server, worker: Worker, wall: Page) -> None:
    worker.write(queue("front"), member("front", "201"))
    hang_up(wall, web, wallboard(title="Reception"))
    expect_live(wall, 0)
    expect(wall).to_have_title("Reception")
    expect(figure(wall, "longest")).to_have_text("–")
    worker.write(queue("front", waiting=2, longest_at=AT), member("front", "201", state="talking"))
    expect_live(wall, 2)
    expect(figure(wall, "longest")).to_have_text(re.compile(r"^\d+:\d\d( h)?$"))
    expect(figure(wall, "free")).to_have_text("0")
    expect(wall.locator(".word")).to_have_text("nobody free")
    worker.write(alert("a1", "front", "3 or more callers wait"))
    expect(wall.locator(".word")).to_have_text("3 or more callers wait", timeout=SOON)
    expect(wall.locator('[data-queue="front"]')).to_have_attribute("data-alert", "new")


def test_names_are_on_the_screen_only_when_the_wallboard_shows_them(web: Server, worker: Worker, wall: Page) -> None:
    worker.write(queue("front", waiting=1, longest_at=AT), member("front", "201"), caller("front", "9.1"))
    board = wallboard()
    hang_up(wall, web, board)
    expect_live(wall, 1)
    assert CALLER not in wall.content()
    assert AGENT not in wall.content()
    Wallboard.objects.update(shows_names=True)
    board.refresh_from_db()
    board.save()
    expect(wall.locator(".callers")).to_contain_text(CALLER, timeout=SOON)
    expect(wall.locator(".workers")).to_contain_text(AGENT)


def test_what_is_changed_in_the_admin_is_on_the_screen_without_a_hand_there(
    web: Server, worker: Worker, wall: Page
) -> None:
    worker.write(*(queue(f"q{number}", waiting=number) for number in range(6)), queue("front"))
    board = wallboard(theme="light")
    hang_up(wall, web, board)
    expect_live(wall, 0)
    board.queues, board.theme, board.title = [f"q{number}" for number in range(6)], "dark", "Six"
    board.save()
    expect(wall.locator('.line[data-queue="q5"] [data-figure="waiting"]')).to_have_text("5", timeout=SOON)
    expect(wall.locator("html")).to_have_attribute("data-theme", "dark")
    expect(wall.locator("#title")).to_have_text("Six")


NAMES = ["Reception", "Technical support", "Sales", "Invoices and payments", "Deliveries", "Returns"]
NAMES += ["Emergency line", "Partners", "Spare parts", "Marketing", "International", "Complaints"]


def many(worker: Worker, count: int) -> list[str]:
    for number, name in enumerate(NAMES[:count]):
        waiting = (3, 0, 12, 1)[number % 4]
        worker.write(
            queue(name, waiting=waiting, longest_at=AT if waiting else None, completed=120 + number, abandoned=number),
            *(member(name, f"{number}{place}", state="free" if number % 3 else "talking") for place in range(3)),
        )
    if count > 3:
        worker.write(alert("a1", NAMES[2], "10 or more callers wait"))
    return NAMES[:count]


@pytest.mark.parametrize("count", [1, 4, 12])
def test_it_can_be_read_from_afar_and_nothing_is_cut(web: Server, worker: Worker, wall: Page, count: int) -> None:
    names = many(worker, count)
    figures = ["waiting", "longest", "free", "talking", "answered", "abandoned"]
    hang_up(wall, web, wallboard(queues=names, figures=figures, title="All queues"))
    expect(wall.locator("#wall > [data-queue]")).to_have_count(count, timeout=SOON)
    expect(wall.locator("html")).to_have_attribute("data-link", "live")
    sizes = wall.evaluate(
        """() => [...document.querySelectorAll("#wall *")]
            .filter((each) => each.firstChild?.nodeType === 3)
            .map((each) => parseFloat(getComputedStyle(each).fontSize))"""
    )
    assert min(sizes) >= 28  # on a screen of 55 inches, 1.3 cm high
    assert len({round(size) for size in sizes}) <= 3
    cut = wall.evaluate(
        """() => [...document.querySelectorAll("#wall dd, #wall dt, #wall h2, #wall .name, #wall .label, [role=cell]")]
            .filter((each) => each.scrollWidth > each.clientWidth + 1
                || each.getBoundingClientRect().bottom > innerHeight)
            .map((each) => each.textContent)"""
    )
    assert cut == []
    assert wall.evaluate("document.documentElement.scrollHeight <= innerHeight")


# --- nights ---------------------------------------------------------------------------------------------------------


def test_a_withdrawn_link_says_so_on_the_open_screen(web: Server, worker: Worker, wall: Page) -> None:
    worker.write(queue("front", waiting=3, longest_at=AT))
    board = wallboard()
    hang_up(wall, web, board)
    expect_live(wall, 3)
    board.withdraw_link()
    expect(wall.locator("#notice")).to_contain_text("not valid any more", timeout=SOON)
    expect(wall.locator("#wall > *")).to_have_count(0)
    wall.reload()
    expect(wall.locator("[role=alert]")).to_contain_text("not valid any more")


def test_a_pbx_that_is_gone_makes_the_screen_old_with_the_time(web: Server, worker: Worker, wall: Page) -> None:
    worker.write(queue("front", waiting=3, longest_at=AT))
    hang_up(wall, web, wallboard())
    expect_live(wall, 3)
    worker.write(pbx(link="offline", as_of_at=AT))
    expect_old(wall, re.compile(r"As of \d\d:00:00: no connection to the PBX"))
    expect(figure(wall, "longest")).to_have_text("0:00")  # its timer stands at the last truth
    worker.write(pbx())
    expect_live(wall, 3)
    worker.write(gone(Kind.PBX, "pbx"))
    expect_old(wall)
    worker.write(pbx())
    expect_live(wall, 3)


def test_a_server_that_was_away_is_found_again(own_web: Server, worker: Worker, wall: Page) -> None:
    worker.write(queue("front", waiting=3, longest_at=AT))
    hang_up(wall, own_web, wallboard())
    expect_live(wall, 3)
    own_web.kill()
    expect_old(wall)
    worker.write(queue("front", waiting=1, longest_at=AT))
    own_web.start()
    expect_live(wall, 1)


def html(route: Route) -> None:
    route.fulfill(status=502, content_type="text/html", body="<h1>502 Bad Gateway</h1>")


def log_in_page(route: Route) -> None:
    route.fulfill(status=200, content_type="text/html", body="<h1>Hotel WLAN: please pay</h1>")


def half(route: Route) -> None:
    route.fulfill(status=200, headers={"Cordboard-Now": AT, "Content-Type": "application/json"}, body='{"title":')


def broken(route: Route) -> None:
    route.abort("connectionreset")


def silent(route: Route) -> None:
    """Never answered."""


@pytest.mark.parametrize("fault", [html, log_in_page, half, broken, silent])
def test_whatever_stands_in_between_is_lived_through(web: Server, worker: Worker, wall: Page, fault: Any) -> None:
    worker.write(queue("front", waiting=3, longest_at=AT))
    wall.clock.install()
    hang_up(wall, web, wallboard())
    expect_live(wall, 3)
    wall.route("**/state/", fault)
    let_time_pass(wall, wall.locator("#notice").is_visible)
    expect_old(wall)
    expect(figure(wall, "waiting")).to_have_text("3")
    wall.unroute("**/state/")
    worker.write(queue("front", waiting=4, longest_at=AT))
    let_time_pass(wall, lambda: figure(wall, "waiting").inner_text() == "4")
    expect_live(wall, 4)


@pytest.mark.parametrize("hours", [8, -3])
def test_a_machine_that_slept_or_whose_clock_was_set_asks_at_once(
    web: Server, worker: Worker, wall: Page, hours: int
) -> None:
    worker.write(queue("front", waiting=3, longest_at=AT))
    wall.clock.install()
    hang_up(wall, web, wallboard())
    expect_live(wall, 3)
    shown = figure(wall, "longest").inner_text()
    worker.write(queue("front", waiting=4, longest_at=AT))
    now = wall.evaluate("Date.now()")
    wall.clock.set_system_time(now + hours * 3_600_000)
    wall.clock.run_for(1500)
    expect_live(wall, 4)
    # Its times go by the server's clock, whatever its own says.
    assert figure(wall, "longest").inner_text()[:3] == shown[:3]


def test_new_scripts_are_loaded_by_the_page_itself_when_they_can_be_had(
    web: Server, worker: Worker, wall: Page
) -> None:
    worker.write(queue("front", waiting=3, longest_at=AT))
    wall.clock.install()
    hang_up(wall, web, wallboard())
    expect_live(wall, 3)
    wall.evaluate("window.isOld = true")

    state = json.dumps(Screen(web, wall.url.removeprefix(web.origin) + "state/").ask().json | {"version": "newer"})

    def newer(route: Route) -> None:
        headers = {"Cordboard-Now": utc(time.time()), "Content-Type": "application/json"}
        route.fulfill(status=200, headers=headers, body=state)

    wall.route("**/state/", newer)
    wall.route(wall.url, html)
    for _ in range(70):
        wall.clock.run_for(1000)
    assert wall.evaluate("window.isOld")  # the page itself cannot be had: the old one stays
    wall.unroute(wall.url)
    loaded: list[object] = []
    wall.on("framenavigated", lambda frame: loaded.append(frame))
    let_time_pass(wall, lambda: loaded)
    wall.wait_for_load_state()
    wall.unroute("**/state/")
    expect_live(wall, 3)
    assert wall.evaluate("window.isOld === undefined")
