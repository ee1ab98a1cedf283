"""What an operator may do: the one place that decides it, for every way in (socket, page, script).

Called by submit.py before anything is written, and by the pages to leave out what cannot be used. What an operator
may *see* is decided in panel/live/visibility.py. Both read the rights from the account as it is given to them: hand
them a fresh one, because Django keeps the rights it has once looked up with the object.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q, QuerySet

from panel.accounts.models import NumberRule, Operator
from panel.commands.catalogue import CATALOGUE
from panel.live.models import LiveRow
from panel.live.visibility import audience_of, may_see
from panel.vocabulary import Kind


def may(operator: Operator, command: str) -> bool:
    """Whether the operator may give this command at all. A command that the catalogue does not have is refused."""
    spec = CATALOGUE.get(command)
    return spec is not None and operator.is_welcome and operator.has_perm(spec.permission)


def may_act_on(operator: Operator, command: str, targets: Iterable[tuple[Kind, LiveRow]]) -> bool:
    """Whether the operator may give this command about these rows: the ones that the operator sees."""
    if not may(operator, command):
        return False
    audience = audience_of(operator)
    return all(may_see(audience, kind, tuple(row.groups), row.row) for kind, row in targets)


class Ruling(NamedTuple):
    """Whether an outside number may be dialled, and the rule that says so; None: the right to dial out decided."""

    allowed: bool
    rule: NumberRule | None = None


def ruling_on(operator: Operator, number: str) -> Ruling:
    """Whether the operator may have this number dialled, which is no extension of the PBX: as the first number rule for
    him says that fits, and where none fits, as the right `dial_out` does. `number` is as `normalise` leaves it.
    """
    if not operator.is_welcome:
        return Ruling(False)
    rule = next((each for each in _rules_for(operator) if each.fits(number)), None)
    if rule is not None:
        return Ruling(rule.verdict == NumberRule.Verdict.ALLOW, rule)
    return Ruling(operator.has_perm("commands.dial_out"))


def may_dial_out(operator: Operator) -> bool:
    """Whether the operator may have any numbers dialled that are no extension: the pages then offer to."""
    if not operator.is_welcome:
        return False
    return (
        operator.has_perm("commands.dial_out") or _rules_for(operator).filter(verdict=NumberRule.Verdict.ALLOW).exists()
    )


def _rules_for(operator: Operator) -> QuerySet[NumberRule]:
    return NumberRule.objects.filter(Q(groups=None) | Q(groups__in=operator.groups.all())).distinct()
