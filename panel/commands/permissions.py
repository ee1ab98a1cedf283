"""What an operator may do: the one place that decides it, for every way in (socket, page, script).

Called by submit.py before anything is written, and by the pages to leave out what cannot be used. What an operator
may *see* is decided in panel/live/visibility.py. Both read the rights from the account as it is given to them: hand
them a fresh one, because Django keeps the rights it has once looked up with the object.
"""

from __future__ import annotations

from collections.abc import Iterable

from panel.accounts.models import Operator
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


def may_dial_out(operator: Operator) -> bool:
    """Whether the operator may have numbers dialled that are no extension of the PBX."""
    return operator.is_welcome and operator.has_perm("commands.dial_out")
