"""The reports and the lost calls in Chromium: nothing sticks out, nothing is complained of, and a hand gets along."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from panel.accounts.roles import Role
from panel.history.models import LOST
from tests.history.generator import history
from tests.people import make_operator


pytestmark = pytest.mark.browser
SIZES = [(1280, 800), (1920, 1080), (390, 844)]
SIGNS = """() => [...document.querySelectorAll("button, input:not([type=hidden]), select, a")].filter((each) => ![
  each.getAttribute("aria-label"), each.textContent, each.labels?.[0]?.textContent].some((name) => name?.trim()))
  .map((each) => each.outerHTML)"""


@pytest.fixture
def session(transactional_db: None, settings: Settings) -> str:
    """The cookie of a supervisor, on a day with calls."""
    now = timezone.now()
    made = history(4, now - timedelta(hours=3), now - timedelta(hours=1), passages=120)
    for row in made.passages:
        row.is_complete = row.is_complete or row.outcome in LOST
    made.save()
    client = Client()
    client.force_login(make_operator("sue", Role.SUPERVISOR), backend="panel.accounts.backends.OperatorBackend")
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def page(session: str, live_server: LiveServer, chromium: Browser) -> Iterator[Page]:
    """A page of hers. At the end the browser has complained of nothing."""
    context = chromium.new_context(base_url=live_server.url)
    context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    opened, complaints = context.new_page(), []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    yield opened
    context.close()
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_and_everything_has_a_name(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for path in ("/reports/?by=queue", "/reports/?by=hour", "/reports/?by=agent", "/reports/?by=pause", "/lost/"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
            assert page.evaluate(SIGNS) == []
            if path != "/lost/":
                ground = page.locator("svg.chart").evaluate("(chart) => getComputedStyle(chart).backgroundColor")
                bars = page.locator("svg.chart rect").evaluate_all(
                    "(all) => all.map((each) => getComputedStyle(each).fill)"
                )
                assert bars
                assert ground not in bars


def test_a_report_is_found_by_hand_and_saved(page: Page, tmp_path: Path) -> None:
    page.goto("/reports/")
    page.get_by_role("link", name="Hour", exact=True).click()
    page.get_by_label("Queue").fill("sales")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr").first).to_be_visible()
    assert "by=hour" in page.url
    assert "queue=sales" in page.url
    page.get_by_role("link", name="Last 7 days").click()
    expect(page.locator("tbody tr").first).to_contain_text("-")
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").click()
    file = tmp_path / "report.csv"
    saved.value.save_as(file)
    assert file.read_bytes().startswith(b"\xef\xbb\xbfHour,")


def test_a_lost_caller_is_taken_on_and_closed_by_keyboard(page: Page) -> None:
    page.goto("/lost/")
    first = page.locator("article").first
    caller = first.get_attribute("data-lost")
    first.get_by_label("Note").fill("Calls about the invoice")
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_contain_text("saved")
    entry = page.locator(f'article[data-lost="{caller}"]')
    expect(entry.get_by_label("Note")).to_have_value("Calls about the invoice")
    entry.get_by_role("button", name="Close").press("Enter")
    expect(page.locator(".done")).to_contain_text("is closed")
    expect(entry).to_have_count(0)
    page.get_by_role("link", name="Closed").click()
    expect(entry).to_contain_text("Calls about the invoice")
