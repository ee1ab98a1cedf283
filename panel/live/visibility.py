"""Who may see which row: the one place that decides it, for the feed, the pages and the commands.

Called by wire, feed, consumer, panel/commands/permissions.py, the film (panel/replay) and the pages. An *audience* is
what decides about seeing, taken out of an account. The feed encodes each text once for all who share one, so nothing
may be in it that does not change what is seen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.conf import settings

from panel.vocabulary import EVERYONE, Kind


SEE_ALL_COMMANDS = "commands.see_all_commands"


SEES_LISTENERS = (
    "commands.give_listen",
    "commands.give_whisper",
    "commands.give_barge",
    "commands.view_listeninglog",
)
"""Rights with each of which one sees who listens, also where the others do not (LISTENERS_SHOWN)."""


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
    sees_listeners: bool = True

    @property
    def shared(self) -> Audience:
        """The same without the person: all who share it may be sent the same text."""
        return replace(self, operator="")


def audience(operator: str, departments: Any, has_right: bool, may_listen: bool = False) -> Audience:
    """Build an audience from the columns of an account; `has_right` is whether it has SEE_ALL_COMMANDS, `may_listen`
    whether it has one of SEES_LISTENERS.

    A command names extensions and calls of any department, so an operator who is limited to some sees his own
    commands only, whatever his rights. Departments that are not a list of texts limit to nothing at all rather than
    open everything.
    """
    if isinstance(departments, list | tuple) and all(isinstance(name, str) for name in departments):
        limit = frozenset(departments) or None
    else:
        limit = frozenset() if departments else None
    return Audience(limit, has_right and limit is None, operator, may_listen or settings.LISTENERS_SHOWN)


def audience_of(operator: Account) -> Audience:
    """The audience that the account belongs to now.

    Reads the rights from the database unless the account has them at hand.
    """
    may_listen = any(operator.has_perm(right) for right in SEES_LISTENERS)
    return audience(operator.username, operator.departments, operator.has_perm(SEE_ALL_COMMANDS), may_listen)


def may_see(audience: Audience, kind: str, groups: Collection[str], row: Mapping[str, Any]) -> bool:
    """Whether one row may reach the audience.

    `groups` are the departments that came with the row; the table is in ARCHITECTURE.md.
    """
    if kind == Kind.COMMAND:
        return audience.sees_all_commands or (audience.operator != "" and row["operator"] == audience.operator)
    if kind == Kind.LISTENING and not audience.sees_listeners:
        return False
    if audience.departments is None or EVERYONE in groups:
        return True
    return not audience.departments.isdisjoint(groups)
