"""Names and numbers from outside are text, wherever they are shown, whatever is in them."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness


TAGS = ["<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<script>alert(1)</script>", "<iframe srcdoc='<b>'>"]
TAGS += ["<b>bold</b>", "<a href=javascript:alert(1)>x</a>", "<style>*{display:none}</style>", "<base href=//evil>"]
TAGS += ["<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)>", "<body onload=alert(1)>"]
TAGS += ["<input autofocus onfocus=alert(1)>", "<marquee onstart=alert(1)>", "<math><mi xlink:href=data:x>"]
TAGS += ["<object data=javascript:alert(1)>", "<embed src=javascript:alert(1)>", "<form action=javascript:alert(1)>"]
TAGS += ["<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//evil>", "<template><b>x</b></template>"]
TAGS += ["<cb-call data-call=x>", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<!--<img src=x>-->"]
BREAKS = [f"{end}{tag}" for end in ('">', "'>", "`>", "-->", "</title>", "</script>", "]]>") for tag in TAGS[:3]]
OTHERS = [
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "{% debug %}",
    "javascript:alert(1)",
    "data:text/html,<b>",
    "&lt;b&gt;",
    "&#60;b&#62;",
]
OTHERS += [
    "\\u003cb\\u003e",
    "%3Cb%3E",
    "\u202egnp.exe",
    "a\u200b\u200bb",
    "\ud800",
    "x" * 10_000,
    "\x00\x01\x02",
    "line\nbreak\r\n",
]
PAYLOADS = [*TAGS, *BREAKS, *OTHERS]


SHOWN = """async (json) => {
    const end = performance.now() + 5000;
    const frame = () => new Promise(requestAnimationFrame);
    const isShown = () => document.querySelector('[data-caller="q/c9"] .name').textContent === JSON.parse(json);
    while (!isShown() && performance.now() < end) await frame();
    await frame();
    return isShown();
}"""


def put_everywhere(harness: Harness, text: str) -> None:
    """A picture with `text` in every field that an outsider or a phone can set."""
    evil, me = rows.person(text, text), rows.person("Rita", "201", "201")
    call = rows.leg("c1", "talking", evil, queue=text)
    held = rows.call("c3", evil, rows.person(text, "202", "202"), "held", held_by="202")
    box = rows.mailbox("202", 2)
    harness.put("extension", rows.extension("201", text, text, "talking", calls=[call]))
    numbers = [rows.number(text, text)]
    second = rows.extension("202", text, text, "ringing", calls=[call], mailbox=box["key"], numbers=numbers)
    harness.put("extension", second)
    harness.put("mailbox", box)
    harness.put("call", rows.call("c1", evil, me, queue=text, queued_at=rows.ago(9), dialled=text), held)
    story = [rows.step(kind, evil, text, 5) for kind in ("arrived", "menu", "rang", "returned", "transferred")]
    more = {"note": text, "note_by": text, "story": story, "claim": rows.claim(text, text)}
    harness.put("call", rows.kept("k1", evil, "hold", evil, evil, **more), rows.kept("k2", evil, "camp", evil, evil))
    harness.put("call", rows.kept("k3", evil, "return", me, evil, reason=text, **more))
    asked = [rows.party("k4.2", me, "talking", "called"), rows.party("k4.3", evil, "talking", "called")]
    harness.put("call", rows.kept("k4", evil, "consult", me, evil, others=asked, **more))
    harness.put("queue", rows.queue("q", name=text))
    harness.put("member", rows.member("q", "202", text, "paused", pause_reason=text))
    harness.put("caller", rows.caller("q", "c9", 1, text, text))
    harness.put("parked", rows.parked("p", "c8", text, text, text, by=evil))
    harness.put("conference", rows.conference(text, [text, text]))
    harness.put("pbx", rows.pbx(reason=text))
    harness.put("command", rows.command("k", "transfer", {"call": text, "to": text}, "failed", text=text))


def test_there_are_sixty_payloads() -> None:
    assert len(set(PAYLOADS)) >= 60


@pytest.mark.parametrize("path", ["/", "/queues/"])
async def test_sixty_hostile_names_stay_text(open_board: OpenBoard, harness: Harness, path: str) -> None:
    put_everywhere(harness, "plain")
    page = await open_board(path)
    await page.evaluate(
        """() => {
            window.violations = [];
            const note = (event) => window.violations.push(event.violatedDirective);
            document.addEventListener("securitypolicyviolation", note);
            window.alert = () => window.violations.push("alert");
        }"""
    )
    shape = """() => [...document.body.querySelectorAll("*")].map((element) => element.localName).sort().join(" ")"""
    before = await page.evaluate(shape)
    for payload in PAYLOADS:
        rooms = list(harness.rows["conference"])
        harness.rows["conference"].clear()
        put_everywhere(harness, payload)
        changes = {kind: list(of_kind.values()) for kind, of_kind in harness.rows.items()}
        await harness.push(changes, {"conference": [room for room in rooms if room != payload]})
        assert await page.evaluate(SHOWN, json.dumps(payload)), payload
        # The same elements as with a plain name, and none more.
        assert await page.evaluate(shape) == before, payload
    assert await page.evaluate("window.violations") == []


async def test_hostile_names_are_found_and_shown_by_the_search(open_board: OpenBoard, harness: Harness) -> None:
    for at, payload in enumerate(TAGS):
        harness.put("extension", rows.extension(f"3{at:02}", payload))
    page = await open_board()
    for payload in TAGS:
        await page.locator("#search").fill(payload[:40])
        await expect(page.locator("[data-result] .name").first).to_have_text(payload)
    assert await page.locator("main :is(img, script, iframe, object, embed, a[href^=javascript])").count() == 0


async def test_a_caller_cannot_dress_up_as_a_command(open_board: OpenBoard, harness: Harness) -> None:
    harness.put("caller", rows.caller('q"] [data-command="hangup', 'c"><b>', 1, "Eve", "1"))
    page = await open_board()
    caller = page.locator("[data-caller]")
    await expect(caller).to_have_attribute("data-caller", 'q"] [data-command="hangup/c"><b>')
    await caller.locator('[data-command="take"]').click()
    frame = await harness.frame("command")
    assert frame["args"] == {"caller": 'q"] [data-command="hangup/c"><b>'}
