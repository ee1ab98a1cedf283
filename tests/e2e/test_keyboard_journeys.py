"""The receptionist's journeys by keyboard, in Chromium, on worker, web and a real Asterisk with SIP phones.

Each ends in a state that Asterisk itself lists. The keys are counted and printed beside the number that is to be
reached; the letters of a name are not counted, and arrows that walk a list are printed apart. What the page sends at
each key is tested without a PBX in tests/browser/test_journeys.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect, sync_playwright

from tests.e2e.keyboard import Keyboard
from tests.e2e.reception import CALLER, SOON, Reception
from tests.e2e.stack import PASSWORD, Panel, panel
from tests.rig.asterisk import Asterisk
from tests.rig.fixtures import chromium_options, provide
from tests.rig.office import SETTINGS, Office
from tests.rig.parts import wait_for
from tests.rig.phones import Rig


pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.timeout(120)]

DEPARTMENTS = {"201": "Reception", "202": "Sales", "203": "Service", "204": "Sales", "205": "Sales"}
MOBILE = "0601222333"
DIRECTORY = f"""
from panel.directory.models import Listing, PhoneNumber
bruno = Listing.objects.create(extension="202")
PhoneNumber.objects.create(listing=bruno, label="Mobile", number="{MOBILE}")
"""


@pytest.fixture(scope="module")
def asterisk(pytestconfig: pytest.Config) -> Iterator[Asterisk]:
    """One of its own: departments and times of the include are set here."""
    for running in provide(pytestconfig, 22):
        for extension, department in DEPARTMENTS.items():
            running.cli(f"database put CORDBOARD {extension}/department {department}")
        with running.session() as session:
            for name, seconds in SETTINGS.items():
                session.action("Setvar", {"Variable": f"CORDBOARD_{name}", "Value": str(seconds)})
        yield running


@pytest.fixture(scope="module")
def office(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Panel]:
    with panel(tmp_path_factory.mktemp("journeys"), asterisk.ami_url, operators={"alice": "201"}) as running:
        running.manage("shell", "-c", DIRECTORY)
        yield running


@pytest.fixture(scope="module")
def browser(office: Panel) -> Iterator[BrowserContext]:
    """A browser in which alice has logged in."""
    options = chromium_options()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**options)
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.goto(f"{office.address}/login/")
        page.fill("[name=username]", "alice")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("html[data-link=live]")
        page.close()
        yield context
        chromium.close()


@pytest.fixture
def desk(asterisk: Asterisk, office: Panel, browser: BrowserContext) -> Iterator[Reception]:
    failures: list[str] = []
    with Rig(asterisk) as rig, asterisk.session("cordboard", "system,call,agent,user") as ami:
        page = browser.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("console", lambda message: failures.append(message.text) if message.type == "error" else None)
        page.goto(office.address)
        expect(page.locator("html")).to_have_attribute("data-link", "live", timeout=SOON)
        expect(page.locator("[data-call]")).to_have_count(0, timeout=SOON)
        expect(page.locator("#search")).to_be_focused()
        yield Reception(page, Office(rig, ami))
        page.close()
    assert not failures, failures


def test_j1_the_next_call_is_answered(desk: Reception) -> None:
    desk.phone_on_the_desk()
    desk.waits("Kim Berg", "+4722111333")
    with desk.journey("J1 answer the next", 1) as keys:
        keys.press("Space")
        desk.talks("Kim Berg")
        desk.pbx.wait_talking(CALLER, "PJSIP/201")


def test_j1_enter_answers_as_well(desk: Reception) -> None:
    desk.phone_on_the_desk()
    desk.waits("Kim Berg", "+4722111333")
    with desk.journey("J1 answer the next, with Enter", 1) as keys:
        keys.press("Enter")
        desk.talks("Kim Berg")
        desk.pbx.wait_talking(CALLER, "PJSIP/201")


def test_j2_a_caller_is_sent_on_by_name(desk: Reception) -> None:
    desk.phone_on_the_desk()
    desk.phone_on_the_desk("202")
    desk.waits("Kim Berg", "+4722111333")
    with desk.journey("J2 blind transfer by name", 2) as keys:
        keys.press("Space")
        desk.talks("Kim Berg")
        keys.type("bru")
        keys.press("Enter")
        desk.sees_tile("202", "talking")
        desk.pbx.wait_talking(CALLER, "PJSIP/202")
    desk.has_no_call()


def test_j2_a_caller_is_sent_on_with_one_click(desk: Reception) -> None:
    desk.phone_on_the_desk("202")
    desk.in_call()
    with desk.journey("J2 blind transfer by mouse", 1) as keys:
        keys.click(desk.tile("202").locator(".name"), modifiers=["Alt"])
        desk.pbx.wait_talking(CALLER, "PJSIP/202")
    desk.has_no_call()


def test_j3_somebody_is_asked_and_then_connected(desk: Reception) -> None:
    desk.phone_on_the_desk()
    desk.phone_on_the_desk("202")
    desk.waits("Kim Berg", "+4722111333")
    with desk.journey("J3 attended transfer", 3) as keys:
        keys.press("Space")
        desk.talks("Kim Berg")
        keys.type("bru")
        keys.press("Shift+Enter")
        desk.consults("talking", "Bruno Keller")
        desk.wait_music()
        keys.press("Enter")
        desk.pbx.wait_talking(CALLER, "PJSIP/202")
    desk.has_no_call()


def test_j3_while_it_rings_the_same_key_sends_the_caller_there(desk: Reception) -> None:
    desk.phone_on_the_desk()
    bruno = desk.rig.phone("202")
    desk.waits("Kim Berg", "+4722111333")
    with desk.journey("J3 attended transfer, sent on while it rings", 3) as keys:
        keys.press("Space")
        desk.talks("Kim Berg")
        keys.type("bru")
        keys.press("Shift+Enter")
        desk.consults("ringing", "Bruno Keller")
        keys.press("Enter")
        desk.pbx.wait_care("transfer,201,202,,")
        wait_for(lambda: not desk.rows("PJSIP/201"), "the operator to be free")
        bruno.answer()
        desk.pbx.wait_talking(CALLER, "PJSIP/202")


def test_j3_back_to_the_caller(desk: Reception) -> None:
    desk.phone_on_the_desk()
    desk.rig.phone("202")
    desk.waits("Kim Berg", "+4722111333")
    with desk.journey("J3 asked in vain, and back to the caller", 3) as keys:
        keys.press("Space")
        desk.talks("Kim Berg")
        keys.type("bru")
        keys.press("Shift+Enter")
        desk.consults("ringing", "Bruno Keller")
        keys.press("Escape")
        desk.talks("Kim Berg")
        desk.pbx.wait_talking(CALLER, "PJSIP/201")


@pytest.mark.parametrize(
    ("ending", "sentence"),
    [
        ("declines", "Bruno Keller declined."),
        ("hangs up", "Bruno Keller has hung up: you are talking to Jan Novák."),
        ("caller hangs up", "Jan Novák has hung up, while you were asking."),
    ],
)
def test_j3_an_asking_that_others_end_is_explained(desk: Reception, ending: str, sentence: str) -> None:
    caller, _ = desk.in_call()
    bruno = desk.rig.phone("202", answer_after=None if ending == "declines" else 0.2)
    keys = Keyboard(desk.page)
    keys.type("bru")
    keys.press("Shift+Enter")
    desk.consults("ringing" if ending == "declines" else "talking", "Bruno Keller")
    {"declines": bruno.reject, "hangs up": bruno.hangup, "caller hangs up": caller.hangup}[ending]()
    desk.sees(desk.page.locator("[data-receipt]").last, sentence)
    if ending == "caller hangs up":
        assert desk.rows() == []
    else:
        desk.talks("Jan Novák")
        desk.pbx.wait_talking(CALLER, "PJSIP/201")


@pytest.fixture
def busy(desk: Reception) -> Iterator[Reception]:
    """Bruno is on the phone with Clara, and Jan, who wants him, has been answered."""
    desk.phone_on_the_desk("202")
    clara = desk.rig.call_from("203", "202")
    desk.sees_tile("202", "talking")
    desk.in_call()
    yield desk
    # What was begun here ends the same way for each key that began it: Bruno is free, and Jan talks with him.
    desk.pbx.wait_care("camp,201,202,,")
    desk.has_no_call()
    expect(desk.page.locator("cb-held")).to_contain_text("Jan Novák", timeout=SOON)
    clara.hangup()
    desk.pbx.wait_talking(CALLER, "PJSIP/202")


def test_j4_a_caller_waits_until_somebody_busy_is_free(busy: Reception) -> None:
    with busy.journey("J4 camp on, by its own key", 1) as keys:
        keys.type("bru")
        keys.press("Alt+c")
        expect(busy.page.locator("#search")).to_have_value("")


def test_j4_enter_on_somebody_busy_offers_it_first(busy: Reception) -> None:
    with busy.journey("J4 camp on, one more than a blind transfer", 2) as keys:
        keys.type("bru")
        keys.press("Enter")
        busy.sees(busy.page.locator("#choice"), "Bruno Keller is on the phone.")
        keys.press("Enter")
        expect(busy.page.locator("#search")).to_have_value("")


def test_j5_a_caller_who_came_back_is_sent_to_the_first_choice(desk: Reception) -> None:
    desk.rig.phone("202", refuse=True, refuse_with=486)
    desk.phone_on_the_desk("204")
    phone = desk.rig.phone("201")
    desk.rig.call_from_outside("5550100")
    phone.answer()
    desk.talks("Jan Novák")
    desk.page.keyboard.type("bru")
    desk.page.keyboard.press("Enter")
    phone.wait("ringing", count=2)
    desk.sees(desk.my_call.locator("cb-offer"), "Back: Bruno Keller is busy")
    desk.sees(desk.my_call.locator("[data-chosen]"), "Dmitri Novak")
    desk.looks_at(desk.my_call.locator(".line cb-timer"))
    with desk.journey("J5 recall, sent to the first choice", 1) as keys:
        keys.press("Enter")
        desk.pbx.wait_talking(CALLER, "PJSIP/204")
    desk.has_no_call()


def test_j6_a_caller_is_sent_to_voicemail(desk: Reception) -> None:
    desk.in_call()
    with desk.journey("J6 to voicemail", 1) as keys:
        keys.type("bru")
        keys.press("Alt+v")
        desk.wait_application("VoiceMail")
        assert desk.rows()[0]["ApplicationData"].startswith("202@default")
        wait_for(lambda: not desk.rows("PJSIP/201"), "the operator to be free")
    desk.has_no_call()


def test_j7_a_caller_is_sent_to_somebodys_mobile(desk: Reception) -> None:
    mobile = desk.rig.outside_phone(answer_after=0.2)
    desk.in_call()
    with desk.journey("J7 to the mobile", 1) as keys:
        keys.type("bru")
        desk.sees(desk.page.locator("#person"), "Mobile")
        keys.press("Alt+m")
        mobile.wait("answered")
        desk.wait_talking_outside()
    desk.has_no_call()


def test_j8_one_is_held_the_next_is_taken_and_the_first_fetched_back(desk: Reception) -> None:
    desk.in_call()
    next_one = desk.waits("Kim Berg", "+4722111333")
    with desk.journey("J8 hold 1, take the next 1, fetch back 1", 3) as keys:
        keys.press("Alt+o")
        desk.sees(desk.page.locator("cb-held"), "by you")
        desk.has_no_call()
        keys.press("Space")
        desk.talks("Kim Berg")
        assert sorted(row["Application"] for row in desk.rows()) == ["Dial", "MusicOnHold"]
        next_one.hangup()
        desk.has_no_call()
        keys.press("Alt+b")
        desk.talks("Jan Novák")
        desk.pbx.wait_talking(CALLER, "PJSIP/201")


def test_j9_a_caller_is_parked(desk: Reception) -> None:
    desk.in_call()
    with desk.journey("J9 park", 1) as keys:
        keys.press("Alt+p")
        desk.sees(desk.page.locator("cb-parked"), "Jan Novák")
        parked = desk.pbx.ami.list("ParkedCalls")
        assert [each["ParkeeChannel"].split("-")[0] for each in parked] == [CALLER]
        desk.sees(desk.page.locator("#receipts"), parked[0]["ParkingSpace"])
    desk.has_no_call()


def test_j9_a_caller_is_held_for_somebody_whom_all_operators_see(desk: Reception) -> None:
    desk.in_call()
    with desk.journey("J9 hold for a person", 1) as keys:
        keys.type("bru")
        keys.press("Alt+o")
        desk.sees(desk.page.locator("cb-held"), "Bruno Keller")
        desk.pbx.wait_care("hold,201,202,,")
        desk.wait_music()
    desk.has_no_call()


def test_j10_a_caller_comes_back_for_the_next_person(desk: Reception) -> None:
    desk.phone_on_the_desk()
    bruno = desk.phone_on_the_desk("202")
    desk.waits("Kim Berg", "+4722111333")
    with desk.journey("J10 serial call", 2) as keys:
        keys.press("Space")
        desk.talks("Kim Berg")
        keys.type("bru")
        keys.press("Alt+r")
        desk.sees_tile("202", "talking")
        desk.pbx.wait_talking(CALLER, "PJSIP/202")
        bruno.hangup()
        desk.talks("Kim Berg")
        desk.pbx.wait_talking(CALLER, "PJSIP/201")


def test_j11_a_colleagues_phone_is_picked_up_with_the_caller_shown(desk: Reception) -> None:
    desk.phone_on_the_desk()
    desk.rig.phone("202")
    desk.rig.call_from("203", "202")
    desk.sees(desk.tile("202"), "Clara Young")
    with desk.journey("J11 pick up", 1) as keys:
        keys.press("Alt+u")
        desk.talks("Clara Young")
        desk.pbx.wait_talking("PJSIP/201", "PJSIP/203")
    desk.sees_tile("202", "idle")


@pytest.fixture
def queue(desk: Reception) -> Iterator[Reception]:
    """Two wait, and the second one is to be taken: by whatever means, the first one waits on."""
    desk.phone_on_the_desk()
    desk.waits("Hotel Bristol", "+48221110000")
    desk.waits("Kim Berg", "+4722111333", position=2)
    yield desk
    desk.talks("Kim Berg")
    wait_for(lambda: desk.partner_of("PJSIP/201") == "Kim Berg", "Kim to talk with the operator")
    (waiting,) = [each for each in desk.pbx.ami.list("QueueStatus") if each["Event"] == "QueueEntry"]
    assert waiting["CallerIDName"] == "Hotel Bristol"


def test_j12_a_certain_caller_is_taken_out_of_the_queue(queue: Reception) -> None:
    with queue.journey("J12 a certain caller", 1) as keys:
        keys.walk("ArrowDown", "ArrowDown")
        expect(queue.page.locator("[data-selected]")).to_contain_text("Kim Berg")
        keys.press("Space")


def test_j12_a_certain_caller_is_taken_with_one_click(queue: Reception) -> None:
    second = queue.page.locator('cb-caller[data-position="2"]')
    second.hover()
    with queue.journey("J12 a certain caller, by mouse", 1) as keys:
        keys.click(second.locator('[data-command="take"]'))


def test_j13_a_wrong_transfer_is_fetched_back(desk: Reception) -> None:
    desk.in_call()
    desk.rig.phone("202")
    desk.page.keyboard.type("bru")
    desk.page.keyboard.press("Enter")
    desk.sees_tile("202", "ringing")
    desk.sees(desk.page.locator("#my-calls cb-held"), "Fetch back")
    with desk.journey("J13 fetch a transfer back", 1) as keys:
        keys.press("Alt+b")
        desk.talks("Jan Novák")
        desk.pbx.wait_talking(CALLER, "PJSIP/201")
    desk.sees_tile("202", "idle")
