"""The page of the replay over a made-up film: it is the past, cannot be taken for now, and does nothing to a call."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.cinema import Cinema
from tests.browser.conftest import probe, watch
from tests.browser.harness import rows
from tests.browser.harness.site import BLANK, Site
from tests.browser.window import Window


Show = Callable[..., Awaitable[Page]]
JAN = rows.person("Jan Novák", "+48600111222")
BO = rows.person("Bo Larsen", "202", "202")


@pytest.fixture
def cinema() -> Cinema:
    """An hour. Jan joins the queue at 100 s, rings at Bo's at 120 s, is taken at 130 s and gone at 300 s."""
    film = Cinema()
    film.at(0, "extension", rows.extension("201", "Rita Novak", "Sales"), rows.extension("202", "Bo Larsen", "Sales"))
    film.at(0, "queue", rows.queue("front"))
    film.at(0, "member", rows.member("front", "202", "Bo Larsen"))
    film.at(100, "caller", rows.caller("front", "c1", 1, "Jan Novák", "+48600111222") | {"joined_at": film.utc(100)})
    film.at(100, "queue", rows.queue("front", waiting=1, longest_at=film.utc(100)))
    call = rows.call("c1", JAN, BO, "queued", queue="front") | {"state_at": film.utc(100), "started_at": film.utc(99)}
    film.at(100, "call", call)
    told: dict[str, object] = {"raised_at": film.utc(100), "acknowledged_at": None, "acknowledged_by": ""}
    alert = {"key": "a1", "queue": "front", "what": "free", "limit": 1, "value": 0, "text": "Nobody is free"}
    film.at(100, "alert", alert | told)
    leg = rows.leg("c1", "ringing", JAN, queue="front") | {"state_at": film.utc(120)}
    film.at(120, "extension", rows.extension("202", "Bo Larsen", "Sales", "ringing", calls=[leg]))
    film.at(
        130, "extension", rows.extension("202", "Bo Larsen", "Sales", "talking", calls=[leg | {"state": "talking"}])
    )
    film.at(130, "call", call | {"state": "talking"})
    film.at(130, "member", rows.member("front", "202", "Bo Larsen", "talking", call="c1"))
    film.at(130, "queue", rows.queue("front"))
    film.gone(130, "caller", "front/c1")
    film.at(300, "extension", rows.extension("202", "Bo Larsen", "Sales"))
    film.gone(300, "call", "c1")
    return film


@pytest_asyncio.fixture(loop_scope="session")
async def show(window: Window, site: Site, cinema: Cinema) -> AsyncIterator[Show]:
    """`await show(seconds, **query)` opens the page at a moment of the film. It complains of nothing but answers that
    are a refusal, and opens no socket.
    """
    page = await window.open(site.address + BLANK)
    complaints: list[str] = []
    watch(page, complaints)
    page.on("websocket", lambda socket: complaints.append(f"socket {socket.url}"))

    async def open_page(seconds: float | None = None, *, ready: bool = True, **query: str) -> Page:
        at = {} if seconds is None else {"at": str(cinema.ms(seconds))}
        text = "&".join(f"{name}={value}" for name, value in (at | query).items())
        await cinema.show_in(page, f"{site.address}/replay/?{text}")
        if ready:
            await expect(page.locator("html:not([data-waiting])")).to_have_count(1)
        return page

    yield open_page
    await page.unroute_all(behavior="ignoreErrors")
    await page.close()
    assert [text for text in complaints if "Failed to load resource" not in text] == []


async def state_of(page: Page, number: str) -> str | None:
    return await page.locator(f'cb-extension[data-extension="{number}"]').get_attribute("data-state")


async def expect_time(page: Page, time: str) -> None:
    await expect(page.locator("#time")).to_have_text(time)


async def test_nobody_can_take_it_for_now_and_no_button_does_anything_to_a_call(show: Show) -> None:
    page = await show(125)
    await expect(page.locator("h1")).to_have_text(re.compile("The past: Sunday 22 November 10:33:05"))
    await expect(page).to_have_title("10:33:05, the past · Cordboard")
    await expect(page.locator("html")).to_have_attribute("data-past", "")
    await expect(page.get_by_role("link", name="Back to now")).to_have_attribute("href", "/")
    assert await state_of(page, "202") == "ringing"
    assert await page.locator("[data-command], [data-acknowledge]:visible").count() == 0
    for row in ("cb-extension", "#queues cb-caller", "cb-past-call"):
        await page.locator(row).first.click(button="right")
    assert await page.locator("[popover]:popover-open, dialog[open]").count() == 0


async def test_the_ground_and_the_edge_are_not_those_of_the_board(show: Show) -> None:
    page = await show(125)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        colours = """() => {
            const ground = () => getComputedStyle(document.documentElement).backgroundColor;
            const past = ground();
            delete document.documentElement.dataset.past;
            const now = ground();
            document.documentElement.dataset.past = "";
            return [past, now];
        }"""
        past, now = await page.evaluate(colours)
        assert past != now
        contrasts = await probe(page, "contrast", [["on-past", "past"], ["text", "surface"], ["quiet", "surface"]])
        assert all(ratio >= 4.5 for _, _, ratio in contrasts), contrasts
    edge = await page.evaluate("getComputedStyle(document.body).borderImageSource")
    assert "repeating-linear-gradient" in edge


async def test_it_plays_and_the_clocks_of_the_calls_are_those_of_the_film(show: Show, cinema: Cinema) -> None:
    page = await show(115)
    waiting = page.locator("#queues cb-caller cb-timer")
    await expect(waiting).to_have_text("0:15")
    await page.get_by_text("20×").click()
    await page.get_by_role("button", name="Play").click()
    await expect(page.locator('cb-extension[data-extension="202"]')).to_have_attribute("data-state", "talking")
    await expect(page.locator("#queues cb-caller")).to_have_count(0)
    await page.get_by_role("button", name="Pause").click()
    shown = await page.locator("#time").inner_text()
    timer = await page.locator('cb-extension[data-extension="202"] cb-timer').inner_text()
    minutes, seconds = (int(part) for part in shown.split(":")[1:])
    since = (minutes - 31) * 60 + seconds - 120
    assert timer == f"{since // 60}:{since % 60:02}"
    await expect_time(page, shown)


async def test_the_keyboard_plays_and_goes_to_and_fro_but_not_while_a_time_is_typed(show: Show) -> None:
    page = await show(115)
    await page.keyboard.press("ArrowRight")
    await expect_time(page, "10:33:05")
    assert await state_of(page, "202") == "ringing"
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    await expect_time(page, "10:32:45")
    assert await state_of(page, "202") == "idle"
    await page.locator("#scrub").focus()
    await page.keyboard.press("ArrowRight")
    await expect_time(page, "10:32:55")
    await page.keyboard.press("Space")
    await expect(page.locator("#play .word")).to_have_text("Pause")
    await page.keyboard.press("Space")
    await expect(page.locator("#play .word")).to_have_text("Play")
    shown = await page.locator("#time").inner_text()
    await page.locator("#at").focus()
    await page.keyboard.press("ArrowRight")
    await expect_time(page, shown)
    await page.locator("#at").fill("2026-11-22T10:33:20")
    await page.keyboard.press("Enter")
    await expect_time(page, "10:33:20")
    assert await state_of(page, "202") == "talking"


async def test_after_a_click_the_keys_are_those_of_the_film(show: Show) -> None:
    page = await show(115)
    await page.get_by_text("5×").click()
    await page.keyboard.press("ArrowRight")
    await expect_time(page, "10:33:05")
    await page.get_by_role("button", name="Ten seconds on").click()
    await page.keyboard.press("Space")
    await expect(page.locator("#play .word")).to_have_text("Pause")
    await page.get_by_role("radio", name="5×").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("radio", name="20×")).to_be_checked()


async def test_the_bar_leads_to_a_moment_and_shows_where_nobody_watched(show: Show, cinema: Cinema) -> None:
    cinema.gap(600, 900, "The connection was lost.")
    page = await show(115)
    await page.locator(".span").get_by_text("All").click()
    place = re.compile(r"left: 16\.6\d*%; width: 8\.3\d*%")
    await expect(page.locator("#gaps .gap")).to_have_attribute("style", place)
    await page.locator("#scrub").fill(str(cinema.ms(1800)))
    await expect_time(page, "11:01:00")
    await expect(page.locator("#scrub")).to_have_attribute("aria-valuetext", "Sunday 22 November 11:01:00")
    await page.get_by_text("One hour").click()
    # From 11:00 on there is film until 11:31.
    await expect(page.locator("#gaps .none")).to_have_count(1)
    assert await page.locator("#scale span").first.inner_text() == "11:00"


async def test_of_a_time_in_which_nobody_watched_the_board_is_old_and_says_so(show: Show, cinema: Cinema) -> None:
    cinema.gap(140, 200, "The connection was lost.")
    page = await show(190)
    await expect(page.locator("html")).to_have_attribute("data-link", "stale")
    await expect(page.locator("#untold")).to_have_text(
        "Nobody watched from 10:33:20 to 10:34:20: the board shows how it was before. The connection was lost."
    )
    await expect(page.locator('cb-extension[data-extension="202"] cb-timer')).to_have_text("0:20")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("html")).to_have_attribute("data-link", "live")
    await expect(page.locator("#untold")).to_be_hidden()
    await expect(page.locator('cb-extension[data-extension="202"] cb-timer')).to_have_text("1:20")


async def test_that_the_pbx_was_not_connected_is_told_by_its_row(show: Show, cinema: Cinema) -> None:
    cinema.at(140, "pbx", rows.pbx("offline", as_of_at=cinema.utc(135), reason="The PBX does not answer."))
    page = await show(190)
    await expect(page.locator("html")).to_have_attribute("data-link", "offline")
    await expect(page.locator("#untold")).to_contain_text("it was at 10:33:15. The PBX does not answer.")
    await expect(page.locator('cb-extension[data-extension="202"] cb-timer')).to_have_text("0:15")


async def test_the_call_that_is_meant_is_first_and_marked_wherever_it_is(show: Show, cinema: Cinema) -> None:
    early = rows.call("c0", rows.person("Early Bird", "555"), rows.person("Rita Novak", "201", "201"))
    cinema.at(1, "call", early | {"started_at": cinema.utc(0)})
    page = await show(90, call="c1")
    await expect(page.get_by_text("The call that is looked for is not there at this moment.")).to_be_visible()
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("cb-past-call").first).to_contain_text("Jan Novák")
    await expect(page.locator("cb-past-call[data-meant]")).to_have_count(1)
    await expect(page.locator('cb-caller[data-meant][data-caller="front/c1"]:visible')).to_have_count(1)
    await expect(page.locator("cb-extension[data-meant]")).to_have_count(0)
    for _ in range(3):
        await page.keyboard.press("ArrowRight")
    await expect(page.locator("cb-extension[data-meant]")).to_have_attribute("data-extension", "202")
    await page.get_by_text("Queues", exact=True).last.click()
    await expect(page.locator("cb-agent[data-meant]")).to_have_attribute("data-agent", "202")
    await expect(page.locator("cb-member[data-meant]")).to_have_count(1)
    await page.get_by_text("Switchboard", exact=True).last.click()
    await page.get_by_role("button", name="Early Bird").press("Enter")
    await expect(page.locator("cb-past-call[data-meant]")).to_contain_text("Early Bird")
    await expect(page).to_have_url(re.compile("call=c0"))


async def test_the_queues_as_they_were(show: Show) -> None:
    page = await show(110, view="queues")
    await expect(page.locator("cb-extension").first).to_be_hidden()
    card = page.locator('cb-queue-card[data-queue="front"]')
    await expect(card.locator('[data-figure="waiting"] dd')).to_have_text("1")
    await expect(card.locator("cb-caller")).to_be_visible()
    await expect(card.locator("cb-alert")).to_contain_text("Nobody is free")
    await expect(card.get_by_role("button", name="Acknowledge")).to_have_count(0)
    await expect(page.get_by_role("link", name="Back to now")).to_have_attribute("href", "/queues/")
    await page.get_by_role("button", name="Ten seconds on").click()
    await page.get_by_role("button", name="Ten seconds on").click()
    await expect(card.locator('[data-figure="waiting"] dd')).to_have_text("0")
    await expect(card.locator("cb-member")).to_have_attribute("data-state", "talking")


async def test_the_address_is_that_of_the_moment_so_that_it_comes_back(show: Show, cinema: Cinema) -> None:
    page = await show(110)
    await page.get_by_role("button", name="Ten seconds on").click()
    await page.get_by_text("Queues", exact=True).last.click()
    await expect(page).to_have_url(re.compile(rf"at={cinema.ms(120)}&view=queues"))
    await page.reload()
    await expect_time(page, "10:33:00")
    await expect(page.locator("cb-queue-card")).to_be_visible()


async def test_times_are_those_of_the_panels_zone_and_it_is_named_where_the_browsers_is_another(
    show: Show, cinema: Cinema
) -> None:
    loan = {"until_at": cinema.utc(1800), "by": "Sue", "to": "front"}
    cinema.at(50, "member", rows.member("front", "202", "Bo Larsen", loan=loan))
    page = await show(110, zone="Europe/Berlin")
    await expect_time(page, "11:32:50")
    await expect(page.locator("#zone")).to_have_text("CET")
    await expect(page.locator("#at")).to_have_value("2026-11-22T11:32:50")
    await page.locator("#at").fill("2026-11-22T11:33:10")
    await page.get_by_role("button", name="Show").click()
    await expect_time(page, "11:33:10")
    assert await state_of(page, "202") == "talking"
    await page.keyboard.press("ArrowLeft")
    await page.locator(".boards").get_by_text("Queues").click()
    await expect(page.locator("cb-agent .loan")).to_have_text("lent until 12:01")


async def test_a_moment_of_which_there_is_no_film_is_the_nearest_and_it_is_said(show: Show, cinema: Cinema) -> None:
    page = await show(-500)
    await expect_time(page, "10:31:00")
    await expect(page.locator("#edge")).to_have_text("The film begins here.")
    await page.locator("#at").fill("2026-11-23T10:00:00")
    await page.keyboard.press("Enter")
    await expect_time(page, "11:31:00")
    await expect(page.locator("#edge")).to_have_text("The film ends here.")
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator("#edge")).to_have_text("")


async def test_where_the_film_ends_it_is_said_and_when_there_is_more_it_goes_on(show: Show, cinema: Cinema) -> None:
    page = await show(3599)
    await page.get_by_role("button", name="Play").click()
    await expect(page.locator("#edge")).to_have_text("The film ends here.")
    await expect(page.locator("#play .word")).to_have_text("Play")
    await expect_time(page, "11:31:00")
    cinema.ended = cinema.ms(3700)
    await page.get_by_role("button", name="Play").click()
    await expect_time(page, "11:31:01")
    await expect(page.locator("#edge")).to_have_text("")


async def test_without_a_moment_it_begins_a_minute_ago_or_where_the_film_ends(show: Show, cinema: Cinema) -> None:
    span = {"earliest": cinema.began, "latest": cinema.ended}
    cinema.failure = (404, {"code": "nothing_recorded", "message": "Nothing is recorded of that time."} | span)
    page = await show(ready=False)
    await expect(page.get_by_role("alert")).to_be_visible()
    assert cinema.asked[0]["at"] == cinema.ended + 30_000  # the panel's clock is what counts
    await expect_time(page, "11:31:00")
    cinema.failure = None
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("cb-extension")).to_have_count(2)


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (
            404,
            {"code": "nothing_recorded", "message": "Nothing has been recorded yet."},
            "Nothing has been recorded yet.",
        ),
        (404, {"code": "switched_off", "message": "This panel records nothing."}, "This panel records nothing."),
        (500, {}, "The panel gives no film."),
    ],
)
async def test_why_there_is_no_film_is_said_and_trying_again_helps(
    show: Show, cinema: Cinema, status: int, error: dict[str, str], words: str
) -> None:
    cinema.failure = (status, error)
    page = await show(110, ready=False)
    await expect(page.get_by_role("alert")).to_contain_text(words)
    await expect(page.locator("html")).to_have_attribute("data-link", "offline")
    cinema.failure = None
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("alert")).to_be_hidden()
    await expect(page.locator("cb-caller:visible")).to_have_count(1)


async def test_whose_log_in_has_ended_is_led_to_a_new_one(show: Show, cinema: Cinema) -> None:
    cinema.failure = (401, {"code": "logged_out", "message": "Nobody is logged in here any more."})
    page = await show(110, ready=False)
    await expect(page.get_by_role("link", name="Log in")).to_have_attribute(
        "href", re.compile(r"/login/\?next=/replay/")
    )
    await expect(page.get_by_role("button", name="Try again")).to_be_hidden()


async def test_until_the_film_is_there_strip_and_board_stay_together_at_the_moment_before(
    show: Show, cinema: Cinema
) -> None:
    page = await show(110)
    cinema.doors.clear()
    await page.locator("#scrub").fill(str(cinema.ms(1200)))
    await expect(page.locator("html")).to_have_attribute("data-waiting", "")
    await expect(page.locator("#at")).to_have_value(re.compile("2026-11-22T10:51"))
    await expect_time(page, "10:32:50")
    await expect(page.locator("#queues cb-caller cb-timer")).to_have_text("0:10")
    await expect(page.locator(".board")).to_have_css("opacity", "0.45")
    await expect(page.get_by_text("Fetching the film …")).to_be_visible()
    cinema.doors.set()
    await expect_time(page, "10:51:00")
    await expect(page.locator("html:not([data-waiting])")).to_have_count(1)
    await expect(page.get_by_text("Fetching the film …")).to_be_hidden()
    await expect(page.locator("#past-calls-empty")).to_be_visible()


async def test_before_the_first_film_has_come_nothing_is_live(show: Show, cinema: Cinema) -> None:
    cinema.doors.clear()
    page = await show(110, ready=False)
    await expect_time(page, "10:32:50")
    await expect(page.locator("html")).to_have_attribute("data-link", "offline")
    cinema.doors.set()
    await expect(page.locator("html")).to_have_attribute("data-link", "live")


async def test_nothing_sticks_out_and_everything_has_a_name(show: Show, cinema: Cinema) -> None:
    long = "Wolfeschlegelsteinhausenbergerdorff, Hubert Blaine Senior of Philadelphia"
    cinema.at(50, "extension", rows.extension("203", long, long))
    cinema.at(50, "call", rows.call("c9", rows.person(long, "+4930123456789012"), rows.person(long, "203", "203")))
    cinema.gap(105, 115, "The connection to the PBX was lost, and this is a sentence that is rather long. " * 2)
    for width, height in ((1280, 800), (1920, 1080), (390, 844)):
        page = await show(110, call="c9")
        await page.set_viewport_size({"width": width, "height": height})
        for view in ("Switchboard", "Queues"):
            await page.locator(".boards").get_by_text(view, exact=True).click()
            parts = ".past, .player, .board, .mine" + (", .watch" if width > 1000 else "")
            fits = f"[...document.querySelectorAll('{parts}')].every((each) => "
            assert await page.evaluate(fits + "each.scrollWidth <= each.clientWidth + 1)"), (width, view)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert await probe(page, "nameless") == []
    await page.set_viewport_size({"width": 1280, "height": 800})
