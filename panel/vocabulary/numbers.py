"""Telephone numbers as people, web pages and trunks write them. See `panel.vocabulary`.

What a + or a leading 0 means is the dialplan's business: nothing here knows the rules of a country. What of them the
house has told the panel (OUTSIDE_PREFIX, INTERNATIONAL_PREFIX) is a `NumberPlan`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple


# What people put between digits, and what web pages put there for them (no-break spaces and hyphens).
_SEPARATORS: Final = dict.fromkeys(map(ord, " -().\t\u00a0\u2007\u202f\u2010\u2011\u2012\u2013"))
_TRUNK_ZERO: Final = re.compile(r"^(\+[0-9 ]+)\(0\)")
_DIALLABLE: Final = re.compile(r"\+?[0-9*#]+", re.ASCII)


def without_separators(text: str) -> str:
    """The text without what people put between digits."""
    return text.translate(_SEPARATORS)


def bare(text: str) -> str:
    """The same, and `+44 (0)20` loses the zero in brackets, as people mean it. Doing it twice changes nothing more."""
    return without_separators(_TRUNK_ZERO.sub(r"\1", text.strip(" \t\u00a0")))


def is_dialable(text: str) -> bool:
    """Whether there is nothing in it but digits, * and #, and perhaps a + before them."""
    return _DIALLABLE.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def same_number(text: str) -> str:
    """What is equal for equal numbers, however they are written; a text that is no number stays."""
    number = bare(text)
    return number if is_dialable(number) else text


class NumberPlan(NamedTuple):
    """How a house dials numbers of outside: `outside` comes before each of them, `international` stands for a +.

    Callers' numbers come without the first, so a caller who was called back is known by what was dialled without it.
    """

    outside: str = ""
    international: str = "+"

    def of_caller(self, text: str) -> str:
        """What is equal for equal callers."""
        number = same_number(text)
        return self.international + number[1:] if number.startswith("+") and is_dialable(number) else number

    def of_dialled(self, text: str) -> str:
        """The number of whoever was called outside, as `of_caller` gives it when the same one calls."""
        return self.of_caller(bare(text).removeprefix(self.outside))

    def to_dial(self, caller: str) -> str:
        """What reaches whoever called with this number."""
        return self.outside + self.of_caller(caller)
