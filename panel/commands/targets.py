"""Numbers as people type and paste them, turned into what may be dialled.

Called by arguments.py and resolve.py alone. Nothing that came from a browser reaches the PBX as a number without going
through `normalise`.
"""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext as _

from panel.vocabulary import bare, is_dialable


LONGEST = 32
"""Digits; more is no telephone number anywhere (E.164 allows 15) and is a way of filling buffers."""


class BadNumber(ValueError):
    """It cannot be dialled; the message is a sentence for the operator."""


def normalise(dialled: str) -> str:
    """The number without the spaces, dashes, dots and brackets between its digits.

    A leading + stays: what it means is the dialplan's business. `+44 (0)20` loses the zero in brackets, as people
    mean it. Doing it twice changes nothing more. Everything else is refused, never stripped: `&` dials a second
    device, `/` names a technology, `@` another context, `,` adds arguments to the application (AST-2010-002), and
    digits of other scripts look right but are not digits to Asterisk.

    Raises BadNumber.
    """
    number = bare(dialled)
    if not number:
        raise BadNumber(_("Type a number, or choose a person."))
    if len(number) > LONGEST:
        raise BadNumber(_("This number is too long: at most %d digits.") % LONGEST)
    if is_dialable(number):
        return number
    if any(sign.isdigit() and not sign.isascii() for sign in number):
        raise BadNumber(_("Write the number with the digits 0 to 9."))
    if any(sign.isalpha() for sign in number):
        raise BadNumber(_("A number has no letters. Choose the person from the list, or type digits."))
    wrong = next((sign for sign in number.removeprefix("+") if not re.fullmatch(r"[0-9*#]", sign, re.ASCII)), "")
    if not wrong:
        raise BadNumber(_("Type a number, or choose a person."))
    if wrong == "+":
        raise BadNumber(_("A + can only stand at the beginning of a number."))
    # A control or formatting sign has no shape that could be shown.
    shown = wrong if unicodedata.category(wrong)[0] in "PS" else _("an invisible sign")
    raise BadNumber(_("A number cannot hold %s. Use digits, * and #.") % shown)


def canonical(target: str) -> str:
    """The number, normalised; or the text as it is, which can then only be an extension's key. Makes equal commands
    look equal.
    """
    try:
        return normalise(target)
    except BadNumber:
        return target.strip()
