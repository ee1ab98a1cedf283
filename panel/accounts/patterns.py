"""Patterns of telephone numbers, as an admin writes them in a number rule. Pure.

Used by models.py alone. A pattern is the beginning of a number (`0900`, `+44`) or, after a `_`, a whole number as in
Asterisk's dialplan: X stands for 0-9, Z for 1-9, N for 2-9; at the end `.` stands for one sign or more, `!` for any
number of them. It is held against numbers as they are dialled: what a + or a leading 0 means there is the dialplan's
business, so a site that dials both ways writes two rules.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext as _


LONGEST: Final = 40

_SEPARATORS: Final = dict.fromkeys(map(ord, " -()\t\u00a0\u202f\u2010\u2011"))
_PREFIX: Final = re.compile(r"\+?[0-9*#]+", re.ASCII)
_WHOLE: Final = re.compile(r"\+?[0-9*#XNZ]*[.!]?", re.ASCII)
_STANDS_FOR: Final = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "!": ".*"}


class BadPattern(ValueError):
    """No number can fit; the message is a sentence for the admin."""


def checked(text: str) -> str:
    """The pattern in its one way of writing: without separators, letters in capitals, and a `_` before everything that
    is more than the beginning of a number.

    Raises BadPattern.
    """
    pattern = text.translate(_SEPARATORS).upper()
    if _PREFIX.fullmatch(pattern):
        return pattern
    whole = pattern.removeprefix("_")
    if whole.strip("+") and _WHOLE.fullmatch(whole):
        return f"_{whole}"
    raise BadPattern(_what_is_wrong(whole))


def _what_is_wrong(pattern: str) -> str:
    if not pattern.strip("+"):
        return _("Write how the numbers begin, or a pattern.")
    if "[" in pattern or "]" in pattern:
        return _("Sets in brackets are not known here: write a rule for each digit.")
    strange = next((sign for sign in pattern if sign not in "0123456789*#+XNZ.!"), "")
    if strange:
        return _("A pattern cannot hold “%s”: use digits, *, #, X, N, Z, a + before and a . or ! after.") % strange
    if "+" in pattern[1:]:
        return _("A + can only stand at the beginning.")
    return _("A . or ! can only stand at the end, and once.")


def matches(pattern: str, number: str) -> bool:
    """Whether the number fits a pattern that `checked` has returned."""
    if pattern.startswith("_"):
        return _compiled(pattern[1:]).fullmatch(number) is not None
    return number.startswith(pattern)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_STANDS_FOR.get(sign, re.escape(sign)) for sign in pattern))
