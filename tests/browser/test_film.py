"""The film and its player without a page: whatever is sought or played, the store shows what the server would."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser.cinema import MILLISECONDS, Cinema
from tests.browser.harness import rows
from tests.browser.harness.site import BLANK, Site
from tests.browser.window import Window


STAGE = """async () => {
    const [{ Film, NoFilm }, { Player }, { Store }] = await Promise.all(
        ["film", "player", "store"].map((name) => import(`/static/panel/js/${name}.js`)));
    const store = new Store();
    const film = new Film("/replay/film");
    const asked = new Set();
    const load = film.load.bind(film);
    film.load = (...piece) => {
        const answer = load(...piece);
        const forget = () => asked.delete(answer);
        asked.add(answer);
        answer.then(forget, forget);
        return answer;
    };
    const answered = async () => {
        while (asked.size > 0) await Promise.allSettled(asked);
    };
    const waiters = [];
    const changed = () => waiters.splice(0).forEach((done) => done());
    const player = new Player({ store, film, changed });
    const settled = async () => {
        while (player.isWaiting && player.failure === null) await new Promise((done) => waiters.push(done));
    };
    const seen = () => {
        const { moment, speed, isPlaying, isWaiting, edge, failure } = player;
        return { moment, speed, isPlaying, isWaiting, edge, failure: failure?.code ?? null, rows: store.picture() };
    };
    window.stage = { player, film, settled, answered, seen };
}"""


@pytest.fixture
def cinema() -> Cinema:
    """Ten minutes in which something happens every 300 ms or so, with times that coincide."""
    film, dice = Cinema(600), random.Random(11)
    for number in range(201, 211):
        film.at(0, "extension", rows.extension(str(number)))
    for _ in range(2000):
        seconds, number = round(dice.uniform(0, 600), 1), str(dice.randint(201, 215))
        if dice.random() < 0.2:
            film.gone(seconds, "extension", number)
        else:
            film.at(seconds, "extension", rows.extension(number, state=dice.choice(["idle", "ringing", "talking"])))
    return film


@pytest_asyncio.fixture(loop_scope="session")
async def stage(window: Window, site: Site, cinema: Cinema) -> AsyncIterator[Page]:
    page = await window.open(site.address + BLANK)
    await page.goto(site.address + BLANK)
    await cinema.serve(page)
    await page.evaluate(STAGE)
    yield page
    await page.unroute_all(behavior="ignoreErrors")
    await page.close()


async def seen(page: Page, script: str = "") -> dict[str, Any]:
    """What the player shows after `script`, when nothing more is on its way."""
    found: dict[str, Any] = await page.evaluate(f"""async () => {{
        const {{ player, film, settled, answered, seen }} = stage;
        {script};
        await settled();
        return seen();
    }}""")
    return found


def pictured(rows: dict[str, list[Any]]) -> dict[str, Any]:
    """Of each kind the rows, by key."""
    return {f"{kind}/{row['key']}": row for kind, of_kind in rows.items() for row in of_kind}


def right(cinema: Cinema, at: int) -> dict[str, Any]:
    return pictured(cinema.piece(at, 1)["snapshot"]["rows"])


async def test_every_moment_that_is_sought_is_shown_as_the_server_has_it(stage: Page, cinema: Cinema) -> None:
    dice = random.Random(5)
    at = cinema.began
    for _ in range(60):
        near = dice.random() < 0.6
        at = at + dice.randint(-20_000, 20_000) if near else dice.randint(cinema.began, cinema.ended)
        at = max(cinema.began, min(at, cinema.ended))
        found = await seen(stage, f"player.seek({at})")
        assert (found["moment"], found["failure"]) == (at, None)
        assert pictured(found["rows"]) == right(cinema, at)
    assert len(cinema.asked) < 60  # what is there already is not asked for again


@pytest.mark.parametrize("speed", [1, 5, 20, 60])
async def test_played_at_any_speed_it_shows_every_moment_right_and_never_waits(
    stage: Page, cinema: Cinema, speed: int
) -> None:
    begin = cinema.began + 3000
    found = await seen(stage, f"player.speed = {speed}; player.seek({begin}); await settled(); player.play()")
    for _ in range(60):
        found = await seen(stage, "player.advance(100)")
        assert pictured(found["rows"]) == right(cinema, found["moment"])
    assert found["moment"] == min(begin + 6000 * speed, cinema.ended)
    for before, after in zip(cinema.asked, cinema.asked[1:], strict=False):
        assert after["at"] == min(before["at"] + before["seconds"] * MILLISECONDS, cinema.ended)
    assert all(query["seconds"] <= 600 for query in cinema.asked)


async def test_the_next_piece_is_asked_for_before_this_one_ends(stage: Page, cinema: Cinema) -> None:
    await seen(stage, f"player.seek({cinema.began}); await settled(); player.play(); player.advance(45_000)")
    assert len(cinema.asked) == 1
    async with stage.expect_response(lambda answer: f"at={cinema.ms(60)}" in answer.url):
        await seen(stage, "player.advance(6_000)")
    assert [query["at"] for query in cinema.asked] == [cinema.began, cinema.ms(60)]


async def test_of_several_moments_that_are_sought_quickly_the_last_one_is_shown(stage: Page, cinema: Cinema) -> None:
    await seen(stage, f"player.seek({cinema.began})")
    cinema.doors.clear()
    many = "; ".join(f"player.seek({cinema.ms(seconds)})" for seconds in range(100, 500, 20))
    await stage.evaluate(f"() => {{ const {{ player }} = stage; {many}; }}")
    cinema.doors.set()
    found = await seen(stage)
    assert found["moment"] == cinema.ms(480)
    assert pictured(found["rows"]) == right(cinema, cinema.ms(480))
    assert len(cinema.asked) == 3  # one at a time, and those in between never


async def test_a_failure_ahead_of_time_is_no_failure_until_the_film_is_wanted(stage: Page, cinema: Cinema) -> None:
    await seen(stage, f"player.seek({cinema.began}); await settled(); player.play()")
    cinema.failure = (503, {})
    before = len(cinema.asked)
    found = await seen(stage, "player.advance(55_000); await answered()")
    assert len(cinema.asked) > before
    assert found["failure"] is None
    assert pictured(found["rows"]) == right(cinema, cinema.ms(55))
    cinema.failure = None
    found = await seen(stage, "player.advance(10_000)")
    assert (found["failure"], found["moment"]) == (None, cinema.ms(60))
    assert pictured(found["rows"]) == right(cinema, cinema.ms(60))
    cinema.failure = (503, {})
    found = await seen(stage, f"player.seek({cinema.ms(500)})")
    assert found["failure"] == "unreachable"
    cinema.failure = None
    found = await seen(stage, "player.play()")
    assert (found["failure"], found["isPlaying"]) == (None, True)
    assert pictured(found["rows"]) == right(cinema, cinema.ms(500))


async def test_a_patch_that_does_not_fit_begins_a_new_piece(stage: Page, cinema: Cinema) -> None:
    cinema.damage = cinema.ms(30)
    await seen(stage, f"player.seek({cinema.ms(20)}); await settled(); player.play()")
    found = await seen(stage, "player.advance(20_000)")
    assert (found["failure"], found["moment"]) == (None, cinema.ms(40))
    assert pictured(found["rows"]) == right(cinema, cinema.ms(40))
    found = await seen(stage, f"player.seek({cinema.ms(25)})")
    assert pictured(found["rows"]) == right(cinema, cinema.ms(25))


async def test_a_film_that_is_damaged_from_its_beginning_is_a_failure(
    stage: Page, cinema: Cinema, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = cinema.piece(cinema.ms(30), 60)
    whole["patches"].insert(0, [whole["from"], {"type": "patch", "epoch": "e", "since": 9, "seq": 9}])
    monkeypatch.setattr(cinema, "piece", lambda at, seconds: whole)
    found = await seen(stage, f"player.seek({cinema.ms(30)})")
    assert (found["failure"], found["isPlaying"]) == ("broken", False)


async def test_the_clock_of_the_wall_is_read_and_written_in_any_zone(stage: Page) -> None:
    """The hour that came twice is the first one; in the one that was left out the clock goes on as it was."""
    script = """async () => {
        const { Moments } = await import("/static/panel/js/moments.js");
        const berlin = new Moments("Europe/Berlin", "en");
        const lordHowe = new Moments("Australia/Lord_Howe", "en");
        const utc = (text) => new Date(text).toISOString();
        return {
            twice: utc(berlin.parse("2026-10-25T02:30")),
            after: utc(berlin.parse("2026-10-25T03:00:05")),
            before: utc(berlin.parse("2026-10-25T01:59:59")),
            none: utc(berlin.parse("2026-03-29T02:30")),
            spring: utc(berlin.parse("2026-03-29T03:00")),
            howe: utc(lordHowe.parse("2026-01-01T12:00:00")),
            written: [berlin.day(1795343460000), berlin.time(1795343460000), berlin.field(1795343460000)],
            hour: utc(lordHowe.hour(Date.parse("2026-01-01T01:40:07.5Z"))),
            bad: ["", "x", "2026-02-30T10:00", "2026-11-22", "2026-11-22T10:42Z"].map((text) => berlin.parse(text)),
        };
    }"""
    assert await stage.evaluate(script) == {
        "twice": "2026-10-25T00:30:00.000Z",
        "after": "2026-10-25T02:00:05.000Z",
        "before": "2026-10-24T23:59:59.000Z",
        "none": "2026-03-29T01:30:00.000Z",
        "spring": "2026-03-29T01:00:00.000Z",
        "howe": "2026-01-01T01:00:00.000Z",
        "written": ["Sunday 22 November", "11:31:00", "2026-11-22T11:31:00"],
        "hour": "2026-01-01T01:00:00.000Z",
        "bad": [None, None, None, None, None],
    }
