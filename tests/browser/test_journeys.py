"""The receptionist's journeys with real key events; the keys are counted, typed letters aside.

The server plays the contract's frames here, so each journey is about what the page sends and shows. That the calls move
is tested with a PBX, in tests/e2e. The numbers are those of the journeys that receptionists make.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.harness import rows
from tests.browser.harness.server import Harness
from tests.browser.reception import JAN, ME, ZOFIA, commands, given, later, with_call


class Keyboard:
    """Presses keys and counts them; arrows that walk a list are counted apart, and letters of a name not at all."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0
        self.walked = 0

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.count += 1
            await self.page.keyboard.press(key)

    async def walk(self, *keys: str) -> None:
        for key in keys:
            self.walked += 1
            await self.page.keyboard.press(key)

    async def type(self, letters: str) -> None:
        await self.page.keyboard.type(letters)


Journey = Callable[[Keyboard, Harness], Awaitable[None]]
JOURNEYS: dict[str, tuple[int, Journey]] = {}


def journey(name: str, target: int) -> Callable[[Journey], Journey]:
    def add(steps: Journey) -> Journey:
        JOURNEYS[name] = (target, steps)
        return steps

    return add


async def answered(keys: Keyboard, office: Harness) -> None:
    """The call has come to 201 and is being talked on: the search has the focus by itself."""
    with_call(office)
    await office.push(
        {"call": [office.rows["call"]["mine"]], "extension": [office.rows["extension"]["201"]]},
        {"caller": ["front/w1"], "call": ["w1"]},
    )
    await expect(keys.page.locator('[data-call="mine"][data-in-hand]')).to_be_visible()
    await expect(keys.page.locator("#search")).to_be_focused()


async def consulting(office: Harness, state: str) -> None:
    """Jan hears music, 201 asks Zofia."""
    parties = [rows.party("mine.2", ME, "talking", "called"), rows.party("mine.3", ZOFIA, state, "called")]
    await office.set("call", rows.kept("mine", JAN, "consult", ME, ZOFIA, others=parties))


@journey("J1 answer the next", 1)
async def answer_next(keys: Keyboard, office: Harness) -> None:
    await keys.press("Space")
    assert await given(office) == ("take", {"caller": "front/w1"})


@journey("J2 blind transfer by name", 2)
async def blind(keys: Keyboard, office: Harness) -> None:
    await keys.press("Space")
    await answered(keys, office)
    await keys.type("zof")
    await keys.press("Enter")
    assert await given(office, 2) == ("transfer", {"call": "mine", "to": "202"})


@journey("J3 attended transfer", 3)
async def attended(keys: Keyboard, office: Harness) -> None:
    await keys.press("Space")
    await answered(keys, office)
    await keys.type("zof")
    await keys.press("Shift+Enter")
    assert await given(office, 2) == ("consult", {"call": "mine", "to": "202"})
    await consulting(office, "talking")
    await expect(keys.page.locator('[data-consult="talking"]')).to_be_visible()
    await later(keys.page)
    await keys.press("Enter")
    assert await given(office, 3) == ("complete", {"call": "mine"})


@journey("J3 attended transfer, while it rings", 3)
async def attended_ringing(keys: Keyboard, office: Harness) -> None:
    await keys.press("Space")
    await answered(keys, office)
    await keys.type("zof")
    await keys.press("Shift+Enter")
    await consulting(office, "ringing")
    await expect(keys.page.locator('[data-command="complete"]')).to_contain_text("Send on, do not wait")
    await later(keys.page)
    await keys.press("Enter")
    assert await given(office, 3) == ("complete", {"call": "mine"})


@journey("J3 back to the caller", 3)
async def attended_back(keys: Keyboard, office: Harness) -> None:
    await keys.press("Space")
    await answered(keys, office)
    await keys.type("zof")
    await keys.press("Shift+Enter")
    await consulting(office, "ringing")
    await expect(keys.page.locator('[data-consult="ringing"]')).to_be_visible()
    await later(keys.page)
    await keys.press("Escape")
    assert await given(office, 3) == ("cancel", {"call": "mine"})


@journey("J3 music first, then whom to ask", 4)
async def music_first(keys: Keyboard, office: Harness) -> None:
    await keys.press("Space")
    await answered(keys, office)
    await keys.press("Shift+Enter")
    assert await given(office, 2) == ("consult", {"call": "mine"})
    mine = rows.party("mine.2", ME, "talking", "called")
    await office.set("call", rows.kept("mine", JAN, "consult", ME, others=[mine]))
    await expect(keys.page.locator('[data-consult="desk"]')).to_contain_text("Type whom to ask")
    await keys.type("zof")
    await keys.press("Enter")
    assert await given(office, 3) == ("consult", {"call": "mine", "to": "202"})
    await consulting(office, "talking")
    await expect(keys.page.locator('[data-consult="talking"]')).to_be_visible()
    await later(keys.page)
    await keys.press("Enter")
    assert await given(office, 4) == ("complete", {"call": "mine"})


@journey("J4 camp on a busy person, after the name", 2)
async def camp_on(keys: Keyboard, office: Harness) -> None:
    await answered(keys, office)
    kim = rows.leg("k", "talking", rows.person("Kim Lee"))
    await office.set("extension", rows.extension("203", "Bo Larsen", "Sales", "talking", calls=[kim]))
    await expect(keys.page.locator('[data-extension="203"]')).to_have_attribute("data-state", "talking")
    await keys.type("bo")
    await keys.press("Enter")  # instead of the Enter of a blind transfer
    await expect(keys.page.locator("#choice")).to_contain_text("Bo Larsen is on the phone.")
    await keys.press("Enter")  # and the one more
    assert await given(office) == ("camp", {"call": "mine", "to": "203"})
    await expect(keys.page.locator("#search")).to_have_value("")


@journey("J4 camp on, by its own key", 1)
async def camp_by_key(keys: Keyboard, office: Harness) -> None:
    await answered(keys, office)
    await keys.type("bo")
    await keys.press("Alt+c")
    assert await given(office) == ("camp", {"call": "mine", "to": "203"})


@journey("J5 recall, sent to the first choice", 1)
async def recall(keys: Keyboard, office: Harness) -> None:
    await office.set("extension", rows.extension("205", "Ana Paz", "Sales"))
    mine = rows.party("r.2", ME, "ringing", "called")
    back = rows.kept("r", JAN, "return", ME, ZOFIA, reason="busy", others=[mine])
    busy = rows.extension("202", "Zofia Wróbel", "Sales", "talking", mailbox="202@default")
    await office.push({"call": [back], "extension": [busy]})
    card = keys.page.locator('[data-call="r"]')
    await expect(card.locator("cb-offer")).to_contain_text("Back: Zofia Wróbel is busy")
    await expect(card.locator("[data-chosen]")).to_contain_text("Ana Paz")
    await later(keys.page)
    await keys.press("Enter")
    assert await given(office) == ("transfer", {"call": "r", "party": "r.1", "to": "205"})


@journey("J6 to voicemail", 1)
async def to_voicemail(keys: Keyboard, office: Harness) -> None:
    await answered(keys, office)
    await keys.type("zof")
    await keys.press("Alt+v")
    assert await given(office) == ("voicemail", {"call": "mine", "to": "202"})


@journey("J7 to the mobile", 1)
async def to_mobile(keys: Keyboard, office: Harness) -> None:
    await office.set(
        "extension", {**office.rows["extension"]["202"], "numbers": [rows.number("Mobile", "+48601222333")]}
    )
    await answered(keys, office)
    await keys.type("zof")
    await keys.press("Alt+m")
    assert await given(office) == ("transfer", {"call": "mine", "to": "+48601222333"})


@journey("J8 hold, take the next, fetch back", 3)
async def hold_and_fetch(keys: Keyboard, office: Harness) -> None:
    await answered(keys, office)
    await keys.press("Alt+o")
    assert await given(office) == ("hold", {"call": "mine"})
    await office.push(
        {"call": [rows.kept("mine", JAN, "hold", ME)], "extension": [rows.extension("201", "Rita Novak", "Front")]}
    )
    await expect(keys.page.locator('cb-held[data-call="mine"]')).to_contain_text("by you")
    await keys.press("Space")
    assert await given(office, 2) == ("take", {"caller": "front/w2"})
    await keys.press("Alt+b")
    assert await given(office, 3) == ("retrieve", {"call": "mine"})


@journey("J9 park", 1)
async def park(keys: Keyboard, office: Harness) -> None:
    await answered(keys, office)
    await keys.press("Alt+p")
    assert await given(office) == ("park", {"call": "mine"})


@journey("J9 hold for a person", 1)
async def hold_for(keys: Keyboard, office: Harness) -> None:
    await answered(keys, office)
    await keys.type("zof")
    await keys.press("Alt+o")
    assert await given(office) == ("hold", {"call": "mine", "to": "202"})


@journey("J10 serial call", 2)
async def serial(keys: Keyboard, office: Harness) -> None:
    await keys.press("Space")
    await answered(keys, office)
    await keys.type("zof")
    await keys.press("Alt+r")
    assert await given(office, 2) == ("serial", {"call": "mine", "to": "202"})


@journey("J11 pick up a colleague's phone, the caller shown", 1)
async def pick_up(keys: Keyboard, office: Harness) -> None:
    await expect(keys.page.locator('[data-extension="204"] .now')).to_have_text("from Acme Ltd")
    await keys.press("Alt+u")
    assert await given(office) == ("pickup", {"call": "ringing"})


@journey("J12 a certain caller out of the queue", 1)
async def certain_caller(keys: Keyboard, office: Harness) -> None:
    # One arrow for each place in the line, from either end.
    await keys.walk("ArrowUp")
    await expect(keys.page.locator("cb-parked[data-selected]")).to_have_count(1)
    await keys.walk("ArrowUp")
    await expect(keys.page.locator('[data-caller="front/w2"]')).to_have_attribute("data-selected", "")
    await keys.press("Space")
    assert await given(office) == ("take", {"caller": "front/w2"})


@journey("J13 fetch a transfer back", 1)
async def fetch_back(keys: Keyboard, office: Harness) -> None:
    ringing = rows.party("s.2", ZOFIA, "ringing", "called")
    await office.set("call", rows.kept("s", JAN, "transfer", ME, ZOFIA, others=[ringing]))
    await expect(keys.page.locator('.mine [data-call="s"]')).to_contain_text("rings at Zofia Wróbel")
    await expect(keys.page.locator('.mine [data-command="retrieve"]')).to_contain_text("Fetch back")
    await keys.press("Alt+b")
    assert await given(office) == ("retrieve", {"call": "s"})


@journey("J14 nobody there: a message", 2)
async def nobody_there(keys: Keyboard, office: Harness) -> None:
    await office.push(
        {
            "pbx": [rows.pbx(more=["message"])],
            "extension": [rows.extension("203", "Bo Larsen", "Sales", "offline", can_message=True)],
        }
    )
    await answered(keys, office)
    await keys.type("bo")
    await keys.press("Alt+l")
    text = keys.page.locator("cb-message input")
    await expect(text).to_be_focused()
    written = await text.input_value()
    assert written.startswith("Jan Novák (+48 600 111 222) called at ")
    assert written.endswith(" and asks you to call back")
    await keys.type(" about the contract")
    await keys.press("Enter")
    assert await given(office) == ("message", {"to": "203", "text": f"{written} about the contract"})
    await expect(keys.page.locator("#search")).to_be_focused()


@pytest.mark.parametrize("name", JOURNEYS, ids=str)
async def test_a_journey_takes_no_more_keys_than_its_target(office: Harness, open_board: OpenBoard, name: str) -> None:
    target, steps = JOURNEYS[name]
    waiting = {"w1": rows.person("Hotel Bristol"), "w2": rows.person("Kim Lee"), "pc1": rows.person("Petr Malý")}
    for key, who in waiting.items():
        state = "parked" if key == "pc1" else "queued"
        first = rows.party(f"{key}.1", who, state, "caller")
        parked = "p1" if key == "pc1" else ""
        office.put("call", rows.call(key, who, rows.person(), state, parties=[first], parked=parked))
    keys = Keyboard(await open_board())
    await steps(keys, office)
    walk = f", and {keys.walked} to walk" if keys.walked else ""
    print(f"{name}: {keys.count} keys{walk}, target {target}")
    assert keys.count <= target
    await office.settle(keys.page)
    sent = [json.dumps([frame["name"], frame["args"]]) for frame in commands(office)]
    assert len(sent) == len(set(sent)), "no command twice"
