"""From a lost call to the board as it was, in Chromium, with the real film of the real server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from panel.accounts.roles import Role
from panel.history.models import Gap, Outcome, Passage
from panel.live.wire import encode
from panel.replay.models import Keyframe, Reel
from panel.replay.packing import Shot, Still, moment, pack_changes, pack_frame
from panel.vocabulary import utc
from tests.browser.harness import rows
from tests.pages.conftest import for_tests  # noqa: F401  (fixture)
from tests.people import make_operator


pytestmark = pytest.mark.browser

Open = Callable[..., Page]
GROUPS = {"201": ("Sales",), "301": ("Support",)}


def session(departments: tuple[str, ...]) -> str:
    """The cookie of a supervisor who is limited to these, if there are any."""
    client = Client()
    operator = make_operator(f"sue{len(departments)}", Role.SUPERVISOR, departments=departments)
    client.force_login(operator, backend="panel.accounts.backends.OperatorBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Day:
    """Ten minutes that end ten seconds ago. Jan joins the queue of Sales after 200 s and gives up after 260 s.

    From 210 to 240 s nobody watched. `sessions` are cookies of supervisors, by their departments.
    """

    def __init__(self) -> None:
        self.began = round(time.time() * 1000) - 610_000
        self._seq = 0
        jan = rows.person("Jan Novák", "+48600111222")
        phones = [rows.extension(number, f"Person {number}", group[0]) for number, group in GROUPS.items()]
        stills = [
            Still("pbx", "pbx", ("*",), encode(rows.pbx(as_of_at=utc(self.began / 1000)))),
            Still("queue", "sales", ("Sales",), encode(rows.queue("sales"))),
            Still("member", "sales/PJSIP/201", ("Sales",), encode(rows.member("sales", "201", "Person 201", "paused"))),
            *(Still("extension", row["key"], GROUPS[row["key"]], encode(row)) for row in phones),
        ]
        call = rows.call("17.4", jan, rows.person(), "queued", queue="sales", parties=[]) | {"state_at": self.utc(200)}
        waiter = rows.caller("sales", "17.4", 1, "Jan Novák", "+48600111222") | {"joined_at": self.utc(200)}
        shots = [
            self.shot(200, "call", call, ("Sales",)),
            self.shot(200, "caller", waiter, ("Sales",)),
            self.shot(250, "extension", phones[1] | {"state": "ringing"}, ("Support",)),
            self.shot(260, "caller", waiter, ("Sales",), is_gone=True),
            self.shot(260, "call", call, ("Sales",), is_gone=True),
        ]
        Keyframe.objects.create(pbx="pbx", at=moment(self.began), seq=0, frame=pack_frame(stills))
        times = {"began_at": moment(self.began), "ended_at": moment(self.began + 600_000)}
        Reel.objects.create(pbx="pbx", first_seq=1, last_seq=5, changes=pack_changes(shots), **times)
        blind = {"began_at": moment(self.began + 210_000), "ended_at": moment(self.began + 240_000)}
        Gap.objects.create(pbx="pbx", reason="The connection was lost.", **blind)
        self.sessions = {groups: session(groups) for groups in [(), ("Sales",), ("Support", "Storage")]}
        left = moment(self.began + 260_000)
        staff: dict[str, Any] = {"paused": ["Person 201"], "ringing": [], "busy": [], "free": [], "offline": []}
        fields: dict[str, Any] = {"position": 1, "left_position": 1, "groups": ["Sales"], "staff": staff}
        Passage.objects.create(
            key="p1", pbx="pbx", call="17.4", queue="sales", number="+48600111222", outcome=Outcome.ABANDONED,
            joined_at=left - timedelta(seconds=60), left_at=left, is_complete=True, **fields,
        )  # fmt: skip

    def shot(self, seconds: int, kind: str, row: rows.Row, groups: tuple[str, ...], *, is_gone: bool = False) -> Shot:
        self._seq += 1
        text = None if is_gone else encode(row)
        return Shot(self.began + seconds * 1000, self._seq, kind, row["key"], groups, text)

    def utc(self, seconds: int) -> str:
        return utc(self.began / 1000 + seconds)


@pytest.fixture
def day(transactional_db: None) -> Day:
    return Day()


@pytest.fixture
def browse(day: Day, live_server: LiveServer, chromium: Browser) -> Iterator[Open]:
    """`browse(path, departments=...)` opens a supervisor's page. At the end the browser has complained of nothing."""
    complaints: list[str] = []

    def open_page(path: str, departments: tuple[str, ...] = ()) -> Page:
        context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": day.sessions[departments], "url": live_server.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.goto(path)
        return page

    yield open_page
    for context in chromium.contexts:
        context.close()
    assert complaints == []


def test_one_click_leads_from_a_lost_call_to_the_queue_in_which_it_waited(browse: Open) -> None:
    page = browse("/lost/")
    page.get_by_role("link", name="Board at that time").click()
    expect(page.locator("h1")).to_contain_text("The past:")
    waiting = page.locator("cb-queue-card cb-caller[data-meant]")
    expect(waiting).to_contain_text("Jan Novák")
    expect(waiting.locator("cb-timer")).to_have_text("0:55")
    expect(page.locator("cb-queue-card cb-member")).to_have_attribute("data-state", "paused")
    page.keyboard.press("ArrowRight")
    expect(page.locator("cb-queue-card cb-caller")).to_have_count(0)
    expect(page.get_by_role("link", name="Back to now")).to_have_attribute("href", "/queues/")


def test_of_other_departments_nothing_is_in_the_film(browse: Open, day: Day) -> None:
    page = browse(f"/replay/?at={day.began + 240_000}", departments=("Sales",))
    expect(page.locator("cb-extension")).to_have_count(1)
    expect(page.locator("#queues cb-caller")).to_have_count(1)
    other = browse(f"/replay/?at={day.began + 255_000}", departments=("Support", "Storage"))
    expect(other.locator('cb-extension[data-extension="301"]')).to_have_attribute("data-state", "ringing")
    expect(other.locator("cb-extension, #queues cb-caller, cb-past-call, cb-queue-card")).to_have_count(1)


def test_a_gap_of_the_records_is_a_gap_of_the_board(browse: Open, day: Day) -> None:
    page = browse(f"/replay/?at={day.began + 220_000}")
    expect(page.locator("html")).to_have_attribute("data-link", "stale")
    expect(page.locator("#untold")).to_contain_text("The connection was lost.")
    expect(page.locator("#queues cb-caller cb-timer")).to_have_text("0:10")
    expect(page.locator("#gaps .gap")).to_have_count(1)
    page.get_by_role("radio", name="20×").check(force=True)
    page.get_by_role("button", name="Play").click()
    expect(page.locator("html")).to_have_attribute("data-link", "live")
