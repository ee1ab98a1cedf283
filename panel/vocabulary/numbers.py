"""Telephone numbers as people, web pages and trunks write them. See `panel.vocabulary`.

What a + or a leading 0 means is the dialplan's business: nothing here knows the rules of a country.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final


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
