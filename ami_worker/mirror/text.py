"""The one place where text from outside becomes text that may be stored and shown.

Names and numbers come from callers, phones and other people's databases. Every module of the mirror that puts such a
value into a row, or into a key, sends it through here; nobody outside the mirror needs to.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final


MAX_CHARACTERS: Final = 80

OUR_CONTEXTS: Final = "cordboard-"
"""How the names of all contexts of our dialplan include begin."""

# Cc: control; Cf: bidi overrides, zero-width joiners, soft hyphens, tags; Zl, Zp: line and paragraph separators.
_DROPPED: Final = frozenset({"Cc", "Cf", "Zl", "Zp"})
_PLAIN: Final = re.compile(r"[ -~]*")
_DIALLED: Final = re.compile(r"[+*#0-9]")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_BETWEEN_ADDRESSES: Final = re.compile(r"[|,;\s]+")


@lru_cache(maxsize=8192)
def clean(value: str) -> str:
    """`value` in NFC, without control and invisible characters, at most 80 long; lone surrogates become U+FFFD."""
    if _PLAIN.fullmatch(value):
        return value.strip()[:MAX_CHARACTERS]
    # What is cut here is cut anyway; normalising ten thousand combining marks would take its time.
    value = value[: 16 * MAX_CHARACTERS]
    value = "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in value)
    value = unicodedata.normalize("NFC", value)
    kept = (character for character in value if unicodedata.category(character) not in _DROPPED)
    return "".join(kept).strip()[:MAX_CHARACTERS].rstrip()


def dialled(exten: str) -> str:
    """`exten` as a number that somebody dialled; empty for the dialplan's own words (`s`, `h`, a menu's name)."""
    return clean(exten) if _DIALLED.match(exten) else ""


def address(value: str) -> str:
    """The first e-mail address in what voicemail.conf has, which may list several; empty where there is none, as in the
    `(null)` that Asterisk prints. Whatever could begin a header or a second recipient is none.
    """
    return next((part for part in _BETWEEN_ADDRESSES.split(value) if _ADDRESS.fullmatch(part)), "")
