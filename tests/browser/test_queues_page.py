"""The page of the queues: people once each, how many are in which state, and the queue that needs somebody first."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness


def agent(page: Page, key: str) -> Locator:
    return page.locator(f'cb-agent[data-agent="{key}"]')


async def total(page: Page, state: str) -> str:
    return await page.locator(f'[data-total="{state}"] dd').inner_text()


async def order(page: Page) -> list[str]:
    """The queues from the upper left on."""
    return await page.evaluate("[...document.querySelectorAll('cb-queue-card')].map((card) => card.dataset.queue)")


async def test_who_is_in_several_queues_is_one_person_and_counts_once(harness: Harness, open_board: OpenBoard) -> None:
    harness.put("queue", rows.queue("front"), rows.queue("support"))
    harness.put(
        "member",
        rows.member("front", "203", "Clara Young", "busy"),
        rows.member("support", "203", "Clara Young", "talking", call="c1"),
        rows.member("support", "204", "Dmitri Novak"),
        rows.member("front", "205", "Elena Sousa", "paused", pause_reason="Lunch"),
        rows.member("support", "205", "Elena Sousa"),
    )
    harness.put("call", rows.call("c1", rows.person("Jan Novák", "555"), rows.person("Clara Young", "203", "203")))
    page = await open_board("/queues/")
    assert await page.locator("cb-agent .name").all_inner_texts() == ["Clara Young", "Dmitri Novak", "Elena Sousa"]
    await expect(agent(page, "203")).to_have_attribute("data-state", "talking")
    await expect(agent(page, "203")).to_have_attribute(
        "title", "Clara Young 203\nfront · on another call\nsupport · talking · Jan Novák"
    )
    await expect(agent(page, "205")).to_have_attribute("data-state", "free")  # of one queue at least
    assert [await total(page, state) for state in ("free", "talking", "busy", "paused")] == ["2", "1", "0", "0"]
    await harness.set("member", rows.member("support", "205", "Elena Sousa", "paused", pause_reason="Training"))
    await expect(agent(page, "205").locator(".now")).to_have_text("Lunch")
    assert [await total(page, state) for state in ("free", "paused")] == ["1", "1"]
    await harness.remove("member", "support/PJSIP/204")
    await expect(agent(page, "204")).to_have_count(0)
    assert await total(page, "free") == "0"


async def test_a_member_who_has_no_extension_is_somebody_too(harness: Harness, open_board: OpenBoard) -> None:
    harness.put("queue", rows.queue("front"))
    harness.put("member", rows.member("front", "", "", interface="Local/555@agents/n", key="front/Local/555@agents/n"))
    page = await open_board("/queues/")
    await expect(page.locator("cb-agent .name")).to_have_text("Local/555@agents/n")


async def test_the_queue_that_needs_somebody_comes_first(harness: Harness, open_board: OpenBoard) -> None:
    harness.put(
        "queue",
        rows.queue("accounts"),
        rows.queue("front", waiting=1, free=2, longest_at=rows.ago(200)),
        rows.queue("sales", waiting=1, free=0, longest_at=rows.ago(10)),
        rows.queue("support", waiting=2, free=0, longest_at=rows.ago(90)),
        rows.queue("billing"),
    )
    page = await open_board("/queues/")
    assert await order(page) == ["support", "sales", "front", "accounts", "billing"]


async def test_queues_change_their_places_but_not_under_the_mouse_and_not_all_the_time(
    harness: Harness, open_board: OpenBoard
) -> None:
    harness.put("queue", rows.queue("front"), rows.queue("support"))
    page = await open_board("/queues/")
    card = page.locator('cb-queue-card[data-queue="front"]')
    first = page.locator("cb-queue-card").first
    await card.hover()
    await harness.set("queue", rows.queue("support", waiting=1, free=0, longest_at=rows.ago(5)))
    await expect(page.locator('cb-queue-card[data-queue="support"] [data-figure="free"] [data-none]')).to_be_visible()
    assert await order(page) == ["front", "support"]
    await page.evaluate("performance.now = ((now) => () => now() + 5000)(performance.now.bind(performance))")
    await page.mouse.move(5, 5)
    await expect(first).to_have_attribute("data-queue", "support")
    # Three seconds must pass before they change places again; the page looks again by itself.
    await harness.set("queue", rows.queue("front", waiting=1, free=0, longest_at=rows.ago(50)))
    await expect(card.locator('[data-figure="free"] [data-none]')).to_be_visible()
    assert await order(page) == ["support", "front"]
    await expect(first).to_have_attribute("data-queue", "front")


async def test_a_queue_that_comes_or_goes_takes_no_time(harness: Harness, open_board: OpenBoard) -> None:
    harness.put("queue", rows.queue("front"), rows.queue("support"))
    page = await open_board("/queues/")
    await harness.set("queue", rows.queue("accounts"))
    await expect(page.locator("cb-queue-card")).to_have_count(3)
    assert await order(page) == ["accounts", "front", "support"]
    await harness.remove("queue", "front")
    await expect(page.locator("cb-queue-card")).to_have_count(2)
    assert await order(page) == ["accounts", "support"]


async def test_somebody_is_paused_from_the_square(harness: Harness, open_board: OpenBoard) -> None:
    harness.put("queue", rows.queue("front"), rows.queue("support"))
    harness.put("member", rows.member("front", "203", "Clara Young"), rows.member("support", "203", "Clara Young"))
    page = await open_board("/queues/")
    await agent(page, "203").click(button="right")
    menu = page.locator("#row-menu")
    await menu.get_by_role("menuitem", name="Pause everywhere").click()
    await menu.get_by_role("menuitem", name="Lunch").click()
    await harness.until(lambda: bool(harness.sent("command")), 5, "a command")
    assert harness.sent("command")[-1]["args"] == {"agent": "front/PJSIP/203", "everywhere": "yes", "reason": "Lunch"}


async def test_sixty_people_and_nobody_is_cut_off(harness: Harness, open_board: OpenBoard) -> None:
    harness.put("queue", rows.queue("front", members=60))
    harness.put("member", *(rows.member("front", str(300 + at), f"Person Number {at:02}") for at in range(60)))
    page = await open_board("/queues/")
    box = await page.locator("#agents").bounding_box()
    assert box is not None
    assert box["height"] < 400
    assert await page.evaluate(
        "document.querySelector('.watch').scrollWidth <= document.querySelector('.watch').clientWidth"
    )


async def test_fifty_queues_are_on_one_screen_and_one_is_opened(harness: Harness, open_board: OpenBoard) -> None:
    names = [f"queue{at:02}" for at in range(50)]
    harness.put("queue", *(rows.queue(name) for name in names))
    harness.put("queue", rows.queue("queue30", waiting=1, free=0, longest_at=rows.ago(50)))
    harness.put("member", *(rows.member(name, "203", "Clara Young") for name in names))
    harness.put("caller", rows.caller("queue30", "w1", 1, "Hotel Bristol", "", waits=50))
    harness.put("member", *(rows.member("queue07", str(300 + at), f"Person Number {at:02}") for at in range(59)))
    page = await open_board("/queues/", viewport={"width": 1920, "height": 1080})
    for width, height in ((1920, 1080), (1280, 800)):
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate(
            "(({scrollHeight, clientHeight}) => scrollHeight <= clientHeight)(document.querySelector('.watch'))"
        )
    assert (await order(page))[0] == "queue30"
    card = page.locator('cb-queue-card[data-queue="queue30"]')
    await expect(card.locator('[data-figure="waiting"] dd')).to_have_text("1")
    await expect(page.locator("cb-queue-card cb-member")).to_have_count(0)
    title = card.get_by_role("button", name="queue30", exact=True)
    await expect(title).to_have_attribute("aria-expanded", "false")
    await title.focus()
    await page.keyboard.press("Enter")
    await expect(title).to_have_attribute("aria-expanded", "true")
    await expect(card.locator("cb-member")).to_have_count(1)
    await expect(card.locator("[data-caller]")).to_be_visible()
    await title.click()
    await expect(card.locator("cb-member")).to_have_count(0)


async def test_of_a_few_queues_all_are_open_and_one_is_closed(harness: Harness, open_board: OpenBoard) -> None:
    harness.put("queue", rows.queue("front"), rows.queue("support"))
    harness.put("member", rows.member("front", "203", "Clara Young"), rows.member("support", "204", "Dmitri Novak"))
    page = await open_board("/queues/")
    await expect(page.locator("cb-queue-card cb-member")).to_have_count(2)
    await page.get_by_role("button", name="front").click()
    await expect(page.locator("cb-queue-card cb-member")).to_have_count(1)
    await harness.set("member", rows.member("front", "203", "Clara Young", "busy"))
    await expect(agent(page, "203")).to_have_attribute("data-state", "busy")
    await expect(page.locator('cb-queue-card[data-queue="front"] cb-member')).to_have_count(0)


TODAY = {
    "answered_today": 40,
    "abandoned_today": 6,
    "lost_today": 10,
    "within_target_today": 35,
    "wait_total_today": 1000,
    "talks_today": 38,
    "talk_total_today": 7600,
}


async def figures(page: Page, queue: str) -> dict[str, str]:
    """What the card of a queue says, by the name of the figure."""
    card = page.locator(f'cb-queue-card[data-queue="{queue}"]')
    found: list[list[str]] = await card.locator(".figure").evaluate_all(
        "(all) => all.map((each) => [each.dataset.figure, each.querySelector('dd').textContent])"
    )
    return dict(found)


async def test_a_card_says_what_its_people_do_and_what_the_day_was_like(
    harness: Harness, open_board: OpenBoard
) -> None:
    harness.put("queue", rows.queue("front", members=5, free=1, **TODAY))
    states = ["free", "talking", "talking", "paused", "away"]
    harness.put("member", *(rows.member("front", f"20{at}", "", state) for at, state in enumerate(states)))
    page = await open_board("/queues/")
    assert await figures(page, "front") == {
        "waiting": "0", "longest": "", "free": "1/5",
        "ringing": "0", "talking": "2", "busy": "0", "wrapup": "0", "paused": "1", "away": "1",
        "answered": "40", "abandoned": "6", "level": "70 %", "wait": "0:25", "talk": "3:20",
    }  # fmt: skip
    level = page.locator('[data-figure="level"]')
    await expect(level.locator("dt")).to_have_text("in 20 s (goal 80 %)")
    await expect(level).to_have_attribute("data-below", "")
    await expect(level).to_have_attribute("title", "Below the goal: 80 % are to be answered within 20 s.")
    await expect(page.locator(".incomplete")).to_be_hidden()
    await harness.set("queue", rows.queue("front", **TODAY, is_complete_today=False, target_percent=70))
    await expect(page.locator(".incomplete")).to_have_text("incomplete")
    await expect(level).not_to_have_attribute("data-below", "")


async def test_a_day_without_calls_has_no_level_and_no_averages(harness: Harness, open_board: OpenBoard) -> None:
    harness.put("queue", rows.queue("front"))
    page = await open_board("/queues/")
    found = await figures(page, "front")
    assert [found[name] for name in ("answered", "abandoned", "level", "wait", "talk")] == ["0", "0", "–", "–", "–"]


async def test_a_member_has_penalty_and_last_call_and_a_caller_a_priority(
    harness: Harness, open_board: OpenBoard
) -> None:
    harness.put("queue", rows.queue("front", waiting=1))
    harness.put("member", rows.member("front", "203", "Clara Young", penalty=3, last_call_at=None))
    harness.put("caller", rows.caller("front", "w1", 1, "Kim Lee", "+12125550147") | {"priority": 5})
    page = await open_board("/queues/")
    member = page.locator("cb-member")
    await expect(member.locator(".penalty")).to_have_text("3")
    await expect(member.locator(".last")).to_have_text("–")
    await expect(page.locator("cb-caller .note")).to_have_text("+1 212 555 0147 · priority 5")
    await harness.set("member", rows.member("front", "203", "Clara Young", last_call_at="2026-01-05T10:42:07.000Z"))
    there = "new Date('2026-01-05T10:42:07Z').toTimeString().slice(0, 5)"
    await expect(member.locator(".last")).to_have_text(await page.evaluate(there))


async def focused(page: Page) -> str:
    """What has the focus: the name of a person or a queue, or the key of somebody who waits."""
    return await page.evaluate(
        "(({dataset, textContent}) => dataset.agent ?? dataset.caller ?? dataset.member ?? textContent)"
        "(document.activeElement)"
    )


def two_open_queues(harness: Harness) -> None:
    harness.put("queue", rows.queue("front", waiting=2, free=1, longest_at=rows.ago(50)), rows.queue("support"))
    harness.put("member", rows.member("front", "203", "Clara Young"), rows.member("support", "204", "Dmitri Novak"))
    harness.put("caller", *(rows.caller("front", f"w{at}", at, f"Caller {at}", "", waits=50 - at) for at in (1, 2)))


async def test_the_arrows_walk_over_people_queues_and_callers(harness: Harness, open_board: OpenBoard) -> None:
    two_open_queues(harness)
    page = await open_board("/queues/")
    assert await page.locator("cb-agent[tabindex='0']").count() == 1  # the tab key goes past sixty people at once
    await agent(page, "203").focus()
    walked = []
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowRight"):
        await page.keyboard.press(key)
        walked.append(await focused(page))
    assert walked == [
        "204", "203", "front", "front/w1", "front/w2", "front/PJSIP/203", "front/w2", "front/PJSIP/203",
    ]  # fmt: skip
    await page.keyboard.press("ArrowRight")
    assert await focused(page) == "support"


async def test_who_goes_takes_the_focus_along_no_further_than_to_the_queue(
    harness: Harness, open_board: OpenBoard
) -> None:
    two_open_queues(harness)
    page = await open_board("/queues/")
    await page.locator('[data-caller="front/w1"]').focus()
    await harness.remove("caller", "front/w1")
    await expect(page.locator('[data-caller="front/w1"]')).to_have_count(0)
    assert await focused(page) == "front"
    await page.locator('[data-caller="front/w2"]').click(button="right")
    await expect(page.locator("#row-menu")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await harness.remove("caller", "front/w2")
    await expect(page.locator("#row-menu")).to_be_hidden()
    await expect(page.locator("cb-agent, cb-queue-card .title").and_(page.locator(":focus"))).to_have_count(1)


async def test_the_question_mark_shows_the_keys_of_this_page(harness: Harness, open_board: OpenBoard) -> None:
    two_open_queues(harness)
    page = await open_board("/queues/")
    await page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    await expect(keys).to_contain_text("Walk over people, queues and those who wait")
    await expect(keys).to_contain_text("its menu")
    await expect(keys).not_to_contain_text("Park my call")
    await page.keyboard.press("Escape")
    await expect(keys).to_be_hidden()
    await page.get_by_role("button", name="Menu of").click()
    await page.get_by_role("button", name="Keys", exact=False).click()
    await expect(keys).to_be_visible()


async def test_an_admin_ends_the_listening_of_somebody_else(harness: Harness, open_board: OpenBoard) -> None:
    two_open_queues(harness)
    harness.put("extension", rows.extension("203", "Clara Young", "Front", "talking"))
    maria, clara = rows.person("Maria", "210", "210"), rows.person("Clara Young", "203", "203")
    row = {"key": "k1", "call": "c1", "party": "c1.2", "to": clara, "by": maria, "mode": "listen"}
    harness.put("listening", row | {"since_at": rows.ago(5)})
    page = await open_board("/queues/")
    await agent(page, "203").click(button="right")
    await page.get_by_role("menuitem", name="End the listening of Maria").click()
    await harness.until(lambda: bool(harness.sent("command")), 5, "a command")
    assert (harness.sent("command")[-1]["name"], harness.sent("command")[-1]["args"]) == (
        "listen_stop",
        {"listening": "k1"},
    )
