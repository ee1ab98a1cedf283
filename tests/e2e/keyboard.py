"""Real key events and clicks in a page, and how many of them a journey took.

Used by the tests of journeys, which have a page of Playwright's synchronous interface.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page


class Keyboard:
    """Presses keys. What is counted are commands; arrows that walk a list are counted apart, letters not at all. A
    click in place of a key counts as one.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self.pressed = 0
        self.walked = 0

    def press(self, *keys: str) -> None:
        """Keys that do something: `Alt+b`, `Enter`."""
        for key in keys:
            self.pressed += 1
            self._page.keyboard.press(key)

    def click(self, what: Locator, **how: Any) -> None:
        """The mouse instead; `how` as for Playwright's `click`."""
        self.pressed += 1
        what.click(**how)

    def walk(self, *keys: str) -> None:
        """Arrow keys, from one line of a list to the next."""
        for key in keys:
            self.walked += 1
            self._page.keyboard.press(key)

    def type(self, letters: str) -> None:
        """Part of a name, as few letters as it takes."""
        self._page.keyboard.type(letters)
