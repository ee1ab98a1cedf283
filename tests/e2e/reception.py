"""The receptionist at her page, with a phone on the desk and an office on a real Asterisk around her.

Used by the tests of journeys. What the page shows is waited for as a person waits for it; what has become of the
calls is asked of Asterisk itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.e2e.keyboard import Keyboard
from tests.rig.ami import Fields
from tests.rig.office import Office
from tests.rig.parts import wait_for
from tests.rig.phones import Phone, Rig, SipProcess


SOON = 8_000.0
"""Milliseconds for something that a phone or the PBX has to do first."""

CALLER = "PJSIP/itsp"
"""How the names of channels begin that callers from outside have."""


@dataclass(frozen=True)
class Reception:
    """`page` is that of `alice` at 201, `pbx` what Asterisk says."""

    page: Page
    pbx: Office

    @property
    def rig(self) -> Rig:
        return self.pbx.rig

    @contextmanager
    def journey(self, name: str, target: int) -> Iterator[Keyboard]:
        """The keys of the block are counted, printed and held against the target. No button may have complained."""
        known = self.complaints()
        keys = Keyboard(self.page)
        yield keys
        walk = f", and {keys.walked} to walk" if keys.walked else ""
        print(f"{name}: {keys.pressed} keys{walk}, target {target}")
        assert keys.pressed <= target, name
        assert self.complaints() == known, name

    def complaints(self) -> list[str]:
        """What the messages on the page say did not work, or may not have."""
        return self.page.locator('#receipts :is([data-state="failed"], [data-state="unknown"])').all_inner_texts()

    # -- what she sees ------------------------------------------------------------------------------------------------

    @property
    def my_call(self) -> Locator:
        return self.page.locator("#my-calls cb-call")

    def tile(self, extension: str) -> Locator:
        return self.page.locator(f'cb-extension[data-extension="{extension}"]')

    def sees(self, what: Locator, text: str = "") -> Locator:
        expect(what).to_be_visible(timeout=SOON)
        expect(what).to_contain_text(text, timeout=SOON)
        return what

    def sees_tile(self, extension: str, state: str) -> None:
        expect(self.tile(extension)).to_have_attribute("data-state", state, timeout=SOON)

    def talks(self, name: str) -> None:
        """She has this caller on the phone, and the cursor is in the search field by itself."""
        expect(self.my_call).to_have_count(1, timeout=SOON)
        expect(self.my_call).to_have_attribute("data-mine", "talking", timeout=SOON)
        expect(self.my_call).to_contain_text(name)
        expect(self.page.locator("#search")).to_be_focused()

    def has_no_call(self) -> None:
        expect(self.page.locator("#my-calls > *")).to_have_count(0, timeout=SOON)

    def consults(self, state: str, name: str) -> None:
        """She asks somebody, and has seen so for a second: a key pressed earlier may have been meant for before."""
        card = self.page.locator(f'cb-consult[data-consult="{state}"]')
        self.sees(card, name)
        self.looks_at(card.locator(".asked cb-timer"))

    def looks_at(self, timer: Locator) -> None:
        """Until the timer beside something new says that it has been there for a second."""
        expect(timer).to_have_text(re.compile("[1-9]"), timeout=SOON)

    # -- what there is ------------------------------------------------------------------------------------------------

    def phone_on_the_desk(self, number: str = "201") -> Phone:
        """A phone that answers as somebody does who sits beside it."""
        return self.rig.phone(number, answer_after=0.2)

    def in_call(self, name: str = "Jan Novák") -> tuple[SipProcess, Phone]:
        """Somebody from outside has called 201, who has answered. The caller and the phone at 201."""
        phone = self.phone_on_the_desk()
        caller = self.rig.call_from_outside("5550100", name=name)
        self.talks(name)
        return caller, phone

    def waits(self, name: str, number: str, position: int = 1) -> SipProcess:
        """Somebody from outside waits in the queue of the reception."""
        caller = self.rig.call_from_outside("5550101", name=name, number=number)
        self.sees(self.page.locator(f'cb-caller[data-position="{position}"]'), name)
        return caller

    # -- what Asterisk says -------------------------------------------------------------------------------------------

    def rows(self, prefix: str = CALLER) -> list[Fields]:
        return self.pbx.channels(prefix)

    def wait_music(self, prefix: str = CALLER) -> None:
        """The one whose channel begins so is in the care of the include, and hears music."""
        wait_for(
            lambda: (
                [(row["Context"], row["Application"]) for row in self.rows(prefix)]
                in ([("cordboard-hold", "MusicOnHold")], [("cordboard-music", "MusicOnHold")])
            ),
            f"{prefix} to hear music: {self.pbx.ami.list('CoreShowChannels')}",
        )

    def wait_application(self, name: str, prefix: str = CALLER) -> None:
        wait_for(lambda: [row["Application"] for row in self.rows(prefix)] == [name], f"{prefix} to be in {name}")

    def wait_talking_outside(self) -> None:
        """Two outside lines talk through the house: each is in a bridge with one half of a Local channel."""

        def pairs() -> list[list[str]]:
            bridges: dict[str, list[str]] = {}
            for row in self.pbx.ami.list("CoreShowChannels"):
                bridges.setdefault(row["BridgeId"], []).append(row["Channel"].split("-")[0].split("/0")[0])
            return sorted(sorted(names) for names in bridges.values())

        wait_for(lambda: pairs() == [["Local", CALLER]] * 2, "the caller to talk with somebody outside")

    def partner_of(self, prefix: str) -> str:
        """The name of the one who is in a bridge with this one; empty when nobody is."""
        rows = self.pbx.ami.list("CoreShowChannels")
        bridge = next((row["BridgeId"] for row in rows if row["Channel"].startswith(prefix)), "")
        others = [row for row in rows if row["BridgeId"] == bridge != "" and not row["Channel"].startswith(prefix)]
        return others[0]["CallerIDName"] if len(others) == 1 else ""
