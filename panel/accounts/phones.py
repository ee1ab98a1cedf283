"""Which phones an operator may choose as the own one, and choosing it.

Called by the log-in and the phone page. A phone is an extension that the operator sees: whoever could name any
other one could have it called.
"""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from panel.accounts.models import Operator
from panel.live.models import Extension
from panel.live.visibility import audience_of, may_see
from panel.vocabulary import Kind


class Phone(NamedTuple):
    key: str
    number: str
    name: str
    department: str


class NoSuchPhone(ValueError):
    """The text names no phone that this operator may choose; the message is a sentence for the operator."""


def phones_for(operator: Operator) -> list[Phone]:
    """The phones that the operator may choose, in the order of their numbers."""
    audience = audience_of(operator)
    phones = [
        Phone(extension.key, extension.number, extension.name, extension.group)
        for extension in Extension.objects.all()
        if may_see(audience, Kind.EXTENSION, tuple(extension.groups), extension.row)
    ]
    return sorted(phones, key=lambda phone: (len(phone.number), phone.number, phone.key))


def choose(operator: Operator, text: str) -> None:
    """Make the phone with this key, number or name the operator's own; a part of the name will do. The empty text means
    to work without one.

    Raises NoSuchPhone when there is none, or when the text stands for more than one.
    """
    wanted = text.strip()
    operator.extension = _find(operator, wanted).key if wanted else ""
    operator.save(update_fields=["extension"])


def _find(operator: Operator, wanted: str) -> Phone:
    phones = phones_for(operator)
    name = wanted.casefold()
    for found in (
        [phone for phone in phones if phone.key == wanted],
        [phone for phone in phones if phone.number == wanted],
        [phone for phone in phones if phone.name.casefold() == name],
        [phone for phone in phones if name in phone.name.casefold()],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise NoSuchPhone(_("“%s” stands for several phones. Choose one from the list.") % wanted[:40])
    raise NoSuchPhone(_("There is no phone “%s” on your board. Choose one from the list.") % wanted[:40])
