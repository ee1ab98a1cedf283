"""The arguments of a command as a browser sent them, checked for their form and brought into one form.

Called by submit.py alone. Whether what they name exists, and whether this operator may see it, is looked up in
resolve.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from panel.commands import refusals
from panel.commands.catalogue import Argument, ArgumentKind, CommandSpec
from panel.commands.targets import canonical
from panel.vocabulary import without_separators


LONGEST: Final = 500
"""Characters of any argument. A key is much shorter."""

LONGEST_TEXT: Final = 200
LONGEST_DIGITS: Final = 32
SHORTEST_RING: Final = 5
LONGEST_RING: Final = 120
"""Seconds. Shorter, a phone of the mobile network has not begun to ring; longer, the caller is gone."""

HIGHEST_PENALTY: Final = 1000
LONGEST_LOAN: Final = 720
"""Minutes."""
MOST_QUEUES: Final = 50

_KEYPAD: Final = re.compile(r"[0-9A-D*#]+", re.ASCII)


def checked(spec: CommandSpec, args: Any) -> dict[str, str]:
    """The arguments, all of them known, all that are needed, each a text that can be stored. An empty optional one
    counts as left out. Raises Refused.
    """
    if not isinstance(args, Mapping):
        raise refusals.bad_arguments(_("Arguments must be an object."))
    known = {each.name for each in spec.arguments}
    if strange := [str(name)[:40] for name in args if name not in known]:
        raise refusals.bad_arguments(_("%(command)s takes no %(name)s.") % {"command": spec.name, "name": strange[0]})
    given = {each.name: _text(each, args.get(each.name, "")) for each in spec.arguments}
    return {name: text for name, text in given.items() if text}


def is_unstorable(value: str) -> bool:
    """Control signs, line ends of any kind and lone surrogates: none is in a key or a number, all are used to break
    out of one.
    """
    return any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in value)


def _text(argument: Argument, value: Any) -> str:
    if not isinstance(value, str):
        raise refusals.bad_arguments(_("%s must be a text.") % argument.name)
    if len(value) > LONGEST or is_unstorable(value):
        raise refusals.bad_arguments(_("%s is not a usable text.") % argument.name)
    form = _FORMS.get(argument.kind)
    text = form(value) if form is not None and value else value
    if argument.required and not text:
        raise refusals.missing(argument)
    return text


def _digits(value: str) -> str:
    digits = without_separators(value).upper()
    if len(digits) > LONGEST_DIGITS:
        raise refusals.bad_arguments(_("At most %d digits at a time.") % LONGEST_DIGITS)
    if digits and not _KEYPAD.fullmatch(digits):
        raise refusals.bad_arguments(_("Only what a telephone's keypad has can be sent: 0 to 9, A to D, * and #."))
    return digits


def _seconds(value: str) -> str:
    digits = value.strip()
    if not (digits.isascii() and digits.isdecimal() and SHORTEST_RING <= int(digits) <= LONGEST_RING):
        words = {"shortest": SHORTEST_RING, "longest": LONGEST_RING}
        raise refusals.bad_arguments(_("Seconds are a whole number from %(shortest)d to %(longest)d.") % words)
    return str(int(digits))


def _penalty(value: str) -> str:
    digits = value.strip()
    if not (
        digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_DIGITS and int(digits) <= HIGHEST_PENALTY
    ):
        raise refusals.bad_arguments(_("A penalty is a whole number from 0 to %d.") % HIGHEST_PENALTY)
    return str(int(digits))


def _minutes(value: str) -> str:
    digits = value.strip()
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_DIGITS
    if not (is_number and 1 <= int(digits) <= LONGEST_LOAN):
        raise refusals.bad_arguments(_("Minutes are a whole number from 1 to %d.") % LONGEST_LOAN)
    return str(int(digits))


def _queues(value: str) -> str:
    """No name of a queue has a comma in it: the application Queue() divides its arguments there."""
    names = list(dict.fromkeys(filter(None, (name.strip() for name in value.split(",")))))
    if len(names) > MOST_QUEUES:
        raise refusals.bad_arguments(_("At most %d queues at a time.") % MOST_QUEUES)
    return ",".join(names)


def _flag(value: str) -> str:
    if value != "yes":
        raise refusals.bad_arguments(_("Write “yes”, or leave it out."))
    return value


def _line(value: str) -> str:
    line = " ".join(value.split())
    if len(line) > LONGEST_TEXT:
        raise refusals.bad_arguments(_("At most %d characters.") % LONGEST_TEXT)
    return line


_FORMS: Final[dict[ArgumentKind, Callable[[str], str]]] = {
    ArgumentKind.TARGET: canonical,
    ArgumentKind.DIGITS: _digits,
    ArgumentKind.SECONDS: _seconds,
    ArgumentKind.PENALTY: _penalty,
    ArgumentKind.FLAG: _flag,
    ArgumentKind.MINUTES: _minutes,
    ArgumentKind.QUEUES: _queues,
    ArgumentKind.TEXT: _line,
}
"""What brings the text of a kind into one form; of the others every sign counts."""
