"""The keys of the switchboard: which one each verb usually has, and those that an operator has chosen instead.

Called by the pages, which bring the keys to the board, and by the page where they are changed (views.py). What the
verbs do, and what they are called, is in static/panel/js/keys.js; this table has the same verbs.

A press is written as it is read: "Alt+P", "Shift+Enter", "Space", "/". A letter or a digit without Alt is text for
the search field. What browsers and systems keep for themselves is refused: a page does not get it, or must not take
it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from panel.accounts.models import Operator


USUAL: Final[dict[str, str]] = {
    "search": "/",
    "take": "Space",
    "enter": "Enter",
    "ask": "Shift+Enter",
    "escape": "Escape",
    "swap": "Alt+S",
    "join": "Alt+J",
    "fetch": "Alt+B",
    "hold": "Alt+O",
    "park": "Alt+P",
    "camp": "Alt+C",
    "voicemail": "Alt+V",
    "mobile": "Alt+M",
    "serial": "Alt+R",
    "note": "Alt+N",
    "message": "Alt+L",
    "tones": "Alt+T",
    "pickup": "Alt+U",
    "hangup": "Alt+H",
    "menu": "Alt+A",
    "departments": "Alt+W",
    "only": "Alt+I",
    "dismiss": "Alt+X",
    "help": "?",
}
"""Verb to press. No two are the same."""

FIXED: Final = frozenset({"escape"})
"""Verbs whose key stays: Esc also closes what the browser itself has opened."""

_PRESS: Final = re.compile(r"((?:(?:Ctrl|Meta|Alt|Shift)\+)*)(\S|[A-Za-z]+\d*)")
_FUNCTION_KEY: Final = re.compile(r"F\d{1,2}")
_OF_NUMBERS: Final = frozenset("+*#(")
_LONGEST: Final = 40


class NotThisKey(ValueError):
    """The key cannot be had; the message is a sentence for the operator. `taken_by` is the verb that has it, or ""."""

    def __init__(self, sentence: str, taken_by: str = "") -> None:
        super().__init__(sentence)
        self.taken_by = taken_by


def keys_of(operator: Operator) -> dict[str, str]:
    """Every verb with the key that it has for this operator; the empty text where an own key of another verb has taken
    the usual one.
    """
    own = own_keys(operator)
    taken = set(own.values())
    return {verb: own.get(verb) or ("" if usual in taken else usual) for verb, usual in USUAL.items()}


def own_keys(operator: Operator) -> dict[str, str]:
    """What the operator has chosen. What an older version accepted and this one does not is left out."""
    kept: dict[str, str] = {}
    for verb, press in (operator.keys if isinstance(operator.keys, dict) else {}).items():
        if verb in USUAL and verb not in FIXED and press not in kept.values() and _is_usable(verb, press):
            kept[verb] = press
    return kept


def warning(press: str) -> str:
    """What else the key does in some browsers, for those who chose it or have it; mostly empty."""
    if re.fullmatch(r"Alt\+\d", press):
        return _("On Linux, browsers choose a tab with it. Here it is the board's.")
    return {
        "Alt+E": _("Elsewhere it opens the browser's menu. Here it is the board's."),
        "Alt+F": _("Elsewhere it opens the browser's menu. Here it is the board's."),
    }.get(press, "")


def change(operator: Operator, verb: str, press: str) -> None:
    """Give the verb this key. Raises NotThisKey."""
    if verb not in USUAL:
        raise NotThisKey(_("The board does not know what this key is for."))
    if verb in FIXED:
        raise NotThisKey(_("This key cannot be changed."))
    if press != USUAL[verb]:
        _check(press)
    with transaction.atomic():
        changed = Operator.objects.select_for_update().get(pk=operator.pk)
        taken_by = next((each for each, has in keys_of(changed).items() if has == press and each != verb), "")
        if taken_by:
            raise NotThisKey(_("%s is in use already.") % press, taken_by)
        _store(operator, changed, {**own_keys(changed), verb: press})


def reset(operator: Operator, verb: str) -> None:
    """The usual key again. Raises NotThisKey when another verb has it by now."""
    change(operator, verb, USUAL.get(verb, ""))


def reset_all(operator: Operator) -> None:
    _store(operator, operator, {})


def _store(operator: Operator, changed: Operator, own: dict[str, str]) -> None:
    changed.keys = {verb: press for verb, press in own.items() if press != USUAL[verb]}
    changed.save(update_fields=["keys"])
    operator.keys = changed.keys


def _is_usable(verb: str, press: Any) -> bool:
    if not isinstance(press, str) or press == USUAL[verb]:
        return False
    try:
        _check(press)
    except NotThisKey:
        return False
    return True


def _check(press: str) -> None:
    """Raises NotThisKey for what cannot be a key of the board, whoever else has it."""
    parts = _PRESS.fullmatch(press)
    if parts is None or len(press) > _LONGEST or not press.isprintable():
        raise NotThisKey(_("This is no key that the board can use."))
    modifiers, key = frozenset(parts[1].split("+")[:-1]), parts[2]
    if "Ctrl" in modifiers or "Meta" in modifiers:
        raise NotThisKey(_("Combinations with Ctrl, Command or the Windows key belong to browser and system."))
    if _FUNCTION_KEY.fullmatch(key):
        raise NotThisKey(_("%s belongs to browser and system, as all F keys do.") % press)
    if key == "Escape":
        raise NotThisKey(_("Esc leaves what was begun, everywhere: it stays that."))
    if press == "Alt+Space":
        raise NotThisKey(_("Alt+Space opens the window's menu."))
    if press == "Alt+D":
        raise NotThisKey(_("In most browsers Alt+D goes to the address bar."))
    if len(key) > 1 and key not in {"Space", "Enter"}:
        raise NotThisKey(_("%s is for moving about and for writing.") % press)
    _check_form(modifiers, key)


def _check_form(modifiers: frozenset[str], key: str) -> None:
    """A letter, a digit, a sign, Space or Enter, with Alt, with Shift, or alone."""
    is_plain = key.isascii() and key.isalnum() and len(key) == 1 and key == key.upper()
    if modifiers == {"Alt"}:
        if not (is_plain or key == "Enter"):
            raise NotThisKey(_("With Alt only A to Z, 0 to 9 and Enter are there on every keyboard."))
    elif modifiers == {"Shift"}:
        if key != "Enter":
            raise NotThisKey(_("Shift goes with Enter only; take Alt for any other key."))
    elif modifiers:
        raise NotThisKey(_("One of Alt and Shift is enough; both together change the language of some keyboards."))
    elif key.isalnum() and len(key) == 1:
        raise NotThisKey(_("A letter or a digit alone is text for the search. Hold Alt with it."))
    elif key in _OF_NUMBERS:
        raise NotThisKey(_("%s begins a number that is to be called.") % key)
