"""Changing one's keys: the page itself against Django's live server, and the board that then listens by them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from django.conf import settings as django_settings
from django.test import Client
from playwright.async_api import Locator, Page, ViewportSize, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from panel.accounts.keys import USUAL, keys_of
from panel.accounts.models import Operator
from panel.accounts.roles import Role
from tests.browser.conftest import OpenBoard, watch
from tests.browser.harness.server import Harness
from tests.browser.reception import commands, given, with_call
from tests.browser.window import Window
from tests.people import fresh, make_operator


OpenKeys = Callable[..., Awaitable[Page]]


@pytest.fixture
def alice(transactional_db: None, settings: Settings) -> Operator:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return make_operator("alice", Role.RECEPTIONIST, extension="201")


@pytest.fixture
def session(alice: Operator) -> str:
    """The cookie of alice's session."""
    client = Client()
    client.force_login(alice, backend="panel.accounts.backends.OperatorBackend")
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


@pytest_asyncio.fixture(loop_scope="session")
async def open_keys(
    window: Window, live_server: LiveServer, session: str, settings: Settings
) -> AsyncIterator[OpenKeys]:
    """`await open_keys(viewport, **media)` opens alice's page. Nothing may have gone wrong in it at the end."""
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": static}
    pages: list[Page] = []
    complaints: list[str] = []

    async def open_page(viewport: ViewportSize | None = None, **media: Any) -> Page:
        page = await window.open(f"{live_server.url}/login/")
        pages.append(page)
        watch(page, complaints)
        await window.context.add_cookies(
            [{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        if viewport is not None:
            await page.set_viewport_size(viewport)
        await page.emulate_media(**media)
        await page.goto(live_server.url + "/account/keys/")
        await expect(page.locator("tr[data-verb]")).to_have_count(len(USUAL))
        return page

    yield open_page
    for page in pages:
        await page.close()
    assert [each for each in complaints if "responded with a status of" not in each] == []


def row(page: Page, verb: str) -> Locator:
    return page.locator(f'tr[data-verb="{verb}"]')


def button(page: Page, verb: str) -> Locator:
    return row(page, verb).locator("button.press")


async def stored(alice: Operator) -> dict[str, str]:
    keys: dict[str, str] = await asyncio.to_thread(lambda: fresh(alice).keys)
    return keys


async def test_every_verb_is_there_with_its_key(open_keys: OpenKeys) -> None:
    page = await open_keys()
    presses = await page.locator("button.press").evaluate_all("(all) => all.map((each) => each.dataset.press)")
    assert presses == [press for verb, press in USUAL.items() if verb != "escape"]
    await expect(row(page, "park").locator("th")).to_contain_text("Park my call")
    await expect(button(page, "park")).to_have_attribute("aria-label", "Park my call: Alt P. Change")
    await expect(row(page, "escape").locator("button")).to_have_count(0)
    await expect(row(page, "escape").locator("kbd")).to_have_text("Esc")
    await expect(page.locator("#reset-all")).to_be_disabled()


async def test_a_key_is_changed_by_keyboard_alone(open_keys: OpenKeys, alice: Operator) -> None:
    page = await open_keys()
    await button(page, "hold").focus()
    await page.keyboard.press("Tab")
    await expect(button(page, "park")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(button(page, "park")).to_have_text("Press the new keys")
    await page.keyboard.press("Alt+k")
    await expect(button(page, "park")).to_have_text("AltK")
    await expect(page.locator("#key-news")).to_have_text("Park my call: Alt K")
    assert await stored(alice) == {"park": "Alt+K"}
    await expect(button(page, "park")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(row(page, "park").locator(".reset")).to_be_focused()
    await page.keyboard.press("Space")
    await expect(button(page, "park")).to_have_text("AltP")
    await expect(button(page, "park")).to_be_focused()
    assert await stored(alice) == {}


@pytest.mark.parametrize(
    ("press", "sentence"),
    [
        ("F3", "F3 belongs to browser and system"),
        ("Control+k", "Combinations with Ctrl"),
        ("Meta+k", "Combinations with Ctrl"),
        ("Alt+F4", "Alt+F4 belongs to browser and system"),
        ("Alt+d", "In most browsers Alt+D goes to the address bar."),
        ("k", "A letter or a digit alone is text for the search."),
        ("7", "A letter or a digit alone is text for the search."),
        ("Alt+Shift+K", "One of Alt and Shift is enough"),
        ("Alt+h", "Alt+H is in use already. “Hang up my call” has it; change that first."),
    ],
)
async def test_a_key_that_will_not_do_says_why(open_keys: OpenKeys, alice: Operator, press: str, sentence: str) -> None:
    page = await open_keys()
    await button(page, "park").click()
    await page.keyboard.press(press)
    await expect(row(page, "park").locator('[role="alert"]')).to_contain_text(sentence)
    await expect(button(page, "park")).to_have_attribute("data-press", "Alt+P")
    await expect(button(page, "park")).to_be_focused()
    assert await stored(alice) == {}
    await page.keyboard.press("Enter")
    await expect(row(page, "park").locator('[role="alert"]')).to_be_hidden()


@pytest.mark.parametrize("leave", ["Escape", "Tab"])
async def test_the_recording_is_left_without_a_change(open_keys: OpenKeys, alice: Operator, leave: str) -> None:
    page = await open_keys()
    await button(page, "park").focus()
    await page.keyboard.press("Space")
    await expect(button(page, "park")).to_have_attribute("data-recording", "")
    await page.keyboard.press(leave)
    await expect(button(page, "park")).to_have_attribute("data-press", "Alt+P")
    await expect(page.locator("[data-recording]")).to_have_count(0)
    await expect(row(page, "park").locator('[role="alert"]')).to_be_hidden()
    assert await stored(alice) == {}


async def test_space_and_enter_can_be_recorded_and_press_nothing_else(open_keys: OpenKeys, alice: Operator) -> None:
    page = await open_keys()
    await button(page, "take").click()
    await page.keyboard.press("Alt+k")
    await expect(button(page, "take")).to_have_attribute("data-press", "Alt+K")
    await button(page, "dismiss").click()
    await page.keyboard.press("Space")
    await expect(button(page, "dismiss")).to_have_attribute("data-press", "Space")
    await expect(page.locator("[data-recording]")).to_have_count(0)
    assert await stored(alice) == {"take": "Alt+K", "dismiss": "Space"}


async def test_all_keys_are_reset_at_the_second_press(open_keys: OpenKeys, alice: Operator) -> None:
    page = await open_keys()
    for verb, key in (("park", "k"), ("hold", "q")):
        await button(page, verb).click()
        await page.keyboard.press(f"Alt+{key}")
        await expect(row(page, verb)).to_have_attribute("data-own", "")
    reset = page.locator("#reset-all")
    await reset.focus()
    await page.keyboard.press("Enter")
    await expect(reset).to_have_text("Press again: all own keys go")
    assert await stored(alice) == {"park": "Alt+K", "hold": "Alt+Q"}
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-own]")).to_have_count(0)
    await expect(reset).to_be_disabled()
    assert await page.evaluate("document.activeElement.localName") == "button"
    assert await stored(alice) == {}


async def test_what_a_browser_knows_too_is_said(open_keys: OpenKeys) -> None:
    page = await open_keys()
    await button(page, "park").click()
    await page.keyboard.press("Alt+f")
    await expect(row(page, "park").locator(".warning")).to_contain_text("the browser's menu")


async def test_a_server_that_does_not_answer_changes_nothing(open_keys: OpenKeys, alice: Operator) -> None:
    page = await open_keys()
    await page.route("**/account/keys/", lambda route: route.fulfill(status=503, body="<p>later</p>"))
    await button(page, "park").click()
    await page.keyboard.press("Alt+k")
    await expect(row(page, "park").locator('[role="alert"]')).to_contain_text("nothing was changed")
    await expect(button(page, "park")).to_have_attribute("data-press", "Alt+P")
    assert await stored(alice) == {}


@pytest.mark.parametrize("cookie", [django_settings.SESSION_COOKIE_NAME, None], ids=["session", "all"])
async def test_after_the_log_out_the_page_leads_to_the_log_in(
    open_keys: OpenKeys, alice: Operator, cookie: str | None
) -> None:
    page = await open_keys()
    await page.context.clear_cookies(name=cookie)
    await button(page, "park").click()
    await page.keyboard.press("Alt+k")
    await page.wait_for_url("**/login/?next=/account/keys/")
    assert await stored(alice) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 640, 390, 320])
async def test_nothing_of_the_page_sticks_out(open_keys: OpenKeys, width: int, scheme: str) -> None:
    page = await open_keys(viewport={"width": width, "height": 700}, color_scheme=scheme)
    await button(page, "park").click()
    await page.keyboard.press("Alt+h")
    await expect(row(page, "park").locator('[role="alert"]')).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# --- the board


async def test_the_board_listens_by_the_own_keys_and_not_by_the_old_ones(
    office: Harness, open_board: OpenBoard
) -> None:
    with_call(office)
    office.page_options = {"keys": {"park": "Alt+K", "take": "Alt+9"}}
    page = await open_board()
    await page.keyboard.press("Alt+p")
    await page.keyboard.press("Alt+k")
    assert await given(office) == ("park", {"call": "mine"})
    await office.settle(page)
    assert len(commands(office)) == 1


async def test_own_signs_work_while_nothing_is_typed_and_are_text_after_that(
    office: Harness, open_board: OpenBoard
) -> None:
    with_call(office)
    office.page_options = {"keys": {"park": "."}}
    page = await open_board()
    await page.keyboard.type("dr.")
    await expect(page.locator("#search")).to_have_value("dr.")
    await page.keyboard.press("Escape")
    await page.keyboard.press(".")
    assert await given(office) == ("park", {"call": "mine"})


async def test_help_and_buttons_show_the_own_keys(office: Harness, open_board: OpenBoard) -> None:
    with_call(office)
    office.page_options = {"keys": {"park": "Alt+K", "hold": "Alt+H"}}
    page = await open_board()
    await expect(page.locator('[data-call="mine"] [data-command="park"] kbd')).to_have_text("Alt K")
    await expect(page.locator('[data-call="mine"] [data-command="hold"] kbd')).to_have_text("Alt H")
    hangup = page.locator('[data-call="mine"] [data-command="hangup"]')
    assert "Alt" not in (await hangup.get_attribute("title") or "") + (await hangup.text_content() or "")
    await page.keyboard.press("?")
    help = page.locator("#key-list div")
    await expect(help.filter(has_text="Park my call").locator("kbd")).to_have_text(["Alt", "K"])
    await expect(help.filter(has_text="Hang up my call").locator("kbd")).to_have_count(0)


async def test_letters_are_told_by_what_is_printed_on_them_or_else_by_their_place(
    office: Harness, open_board: OpenBoard
) -> None:
    """A French keyboard has A where an English one has Q; Option makes other signs of letters, and so does Cyrillic."""
    page = await open_board()
    typed = """async ([key, code]) => {
        const { pressOf } = await import("/static/panel/js/keys.js");
        return pressOf(new KeyboardEvent("keydown", { key, code, altKey: true }));
    }"""
    presses = [("a", "KeyQ", "Alt+A"), ("π", "KeyP", "Alt+P"), ("з", "KeyP", "Alt+P"), ("&", "Digit1", "Alt+1")]
    for key, code, press in [*presses, ("Dead", "KeyE", "Alt+E"), ("Dead", "Quote", ""), ("Alt", "AltLeft", "")]:
        assert await page.evaluate(typed, [key, code]) == press


def test_without_a_key_of_its_own_a_verb_has_none() -> None:
    assert keys_of(Operator(keys={"park": "Alt+H"}))["hangup"] == ""
