"""A small office that the tests of commands share, and how they read what the page sent."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Page

from tests.browser.harness import rows
from tests.browser.harness.server import Harness


ME = rows.person("Rita Novak", "201", "201")
JAN = rows.person("Jan Novák", "+48600111222")
ZOFIA = rows.person("Zofia Wróbel", "202", "202")
BO = rows.person("Bo Larsen", "203", "203")
MARIA = rows.person("Maria Sommer", "208", "208")
Given = tuple[str, dict[str, Any]]


def fill(harness: Harness) -> None:
    """201 has no call; 204 rings; somebody waits, somebody is parked."""
    harness.put("extension", rows.extension("201", "Rita Novak", "Front"))
    harness.put(
        "extension", rows.extension("202", "Zofia Wróbel", "Sales"), rows.extension("203", "Bo Larsen", "Sales")
    )
    acme = rows.leg("ringing", "ringing", rows.person("Acme Ltd"))
    harness.put("extension", rows.extension("204", "Mei-Lin Chu", "Front", "ringing", calls=[acme]))
    harness.put(
        "call", rows.call("ringing", rows.person("Acme Ltd"), rows.person("Mei-Lin Chu", "204", "204"), "ringing")
    )
    harness.put("queue", rows.queue("front", waiting=2))
    harness.put("caller", rows.caller("front", "w1", 1, "Hotel Bristol", "", waits=50))
    harness.put("caller", rows.caller("front", "w2", 2, "Kim Lee", "", waits=20))
    harness.put("parked", rows.parked("p1", "pc1", "701", "Petr Malý", "", by=ME))


def with_call(harness: Harness) -> None:
    """201 talks to Jan."""
    harness.put("call", rows.call("mine", JAN, ME))
    row = harness.rows["extension"]["201"]
    harness.put("extension", {**row, "state": "talking", "calls": [rows.leg("mine", "talking", JAN)]})


async def given(harness: Harness, count: int = 1) -> Given:
    """Name and arguments of the `count`th command, claims left out; that its frame has the form of the contract is
    asserted.
    """
    await harness.until(lambda: len(commands(harness)) >= count, 5, f"{count} commands")
    frame = commands(harness)[count - 1]
    assert set(frame) == {"id", "type", "name", "args", "intent"}
    assert re.fullmatch(r"[0-9a-f-]{36}", frame["intent"])
    return frame["name"], frame["args"]


def commands(harness: Harness) -> list[dict[str, Any]]:
    """The frames of the commands that pages have sent, but for claims."""
    return [frame for frame in harness.sent("command") if frame["name"] != "claim"]


def claims(harness: Harness) -> list[str]:
    """The calls that were claimed."""
    return [frame["args"]["call"] for frame in harness.sent("command") if frame["name"] == "claim"]


async def later(page: Page, milliseconds: int = 700) -> None:
    """Puts the page's own clock on: what it does not take for an answer just after a change, it takes then."""
    await page.evaluate(
        """(by) => {
            const now = performance.now.bind(performance);
            performance.now = () => now() + by;
        }""",
        milliseconds,
    )
