"""Who may see which row: the one place that decides it, for the feed, the pages and the commands.

Called by wire, feed, consumer, panel/commands/permissions.py and the pages. An *audience* is what decides about
seeing, taken out of an account. The feed encodes each text once for all who share one, so nothing may be in it that
does not change what is seen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from panel.vocabulary import EVERYONE, Kind


SEE_ALL_COMMANDS = "commands.see_all_commands"


class Account(Protocol):
    """What this module needs of `accounts.Operator`."""

    username: str
    departments: Any  # a list of names; it comes from a JSON column, so it is checked

    def has_perm(self, perm: str, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Audience:
    """Everything about an operator that decides what he sees.

    `departments` is None for those who see every department. `operator` is the log-in name; it matters for what is
    personal and for nothing else.
    """

    departments: frozenset[str] | None
    sees_all_commands: bool
    operator: str

    @property
    def shared(self) -> Audience:
        """The same without the person: all who share it may be sent the same text."""
        return replace(self, operator="")


def audience(operator: str, departments: Any, has_right: bool) -> Audience:
    """Build an audience from the columns of an account; `has_right` is whether it has SEE_ALL_COMMANDS.

    A command names extensions and calls of any department, so an operator who is limited to some sees his own
    commands only, whatever his rights. Departments that are not a list of texts limit to nothing at all rather than
    open everything.
    """
    if isinstance(departments, list | tuple) and all(isinstance(name, str) for name in departments):
        limit = frozenset(departments) or None
    else:
        limit = frozenset() if departments else None
    return Audience(limit, has_right and limit is None, operator)


def audience_of(operator: Account) -> Audience:
    """The audience that the account belongs to now.

    Reads the rights from the database unless the account has them at hand.
    """
    return audience(operator.username, operator.departments, operator.has_perm(SEE_ALL_COMMANDS))


def may_see(audience: Audience, kind: str, groups: Collection[str], row: Mapping[str, Any]) -> bool:
    """Whether one row may reach the audience.

    `groups` are the departments that came with the row; the table is in ARCHITECTURE.md.
    """
    if kind == Kind.COMMAND:
        return audience.sees_all_commands or (audience.operator != "" and row["operator"] == audience.operator)
    if audience.departments is None or EVERYONE in groups:
        return True
    return not audience.departments.isdisjoint(groups)
