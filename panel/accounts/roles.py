"""The three roles, which are Django groups, and what each may do.

`role_of` may be called by everybody; `give_role` by the management commands; `make_roles` by Django, after every
migrate.

A role is a starting point: in the admin a right can be taken from a group or given to one person. `make_roles`
respects that. It hands out only rights that are new, and it knows the new ones by the admin group not having them:
that group is kept complete.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from panel.accounts.models import Operator


class Role(StrEnum):
    RECEPTIONIST = "receptionist"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


ONLY_FROM_SUPERVISOR = frozenset(
    {
        "see_all_commands",
        "view_command",
        "give_agent_pause",
        "give_agent_unpause",
        "give_agent_add",
        "give_agent_remove",
        "give_agent_penalty",
        "give_agent_ringinuse",
        "give_agent_login",
        "give_agent_logout",
        "give_agent_borrow",
        "give_agent_return",
        "give_withdraw",
        "give_advance",
        "give_undo",
        "see_reports",
        "see_wallboards",
        "make_wallboards",
        "acknowledge_alerts",
        "see_replay",
    }
)
"""Rights that a receptionist does not have. Of the others that are handed out a receptionist has all."""

APPS_WITH_RIGHTS = ("commands", "history", "lost", "queues", "replay")

HANDED_OUT = Q(content_type__app_label="commands") | Q(
    content_type__app_label__in=APPS_WITH_RIGHTS,
    codename__in=(
        "see_reports",
        "see_lost",
        "see_wallboards",
        "make_wallboards",
        "acknowledge_alerts",
        "see_replay",
    ),
)
"""The rights that roles are given: those on commands, and those to pages of their own. What is in the admin is for
superusers.
"""

ONLY_FROM_ADMIN = frozenset({"give_listen", "give_whisper", "give_barge", "give_listen_stop", "view_listeninglog"})
"""Rights that nobody else has until an admin gives them, to a group or to one person: hearing other people's calls, and
the log of it.
"""


def role_of(operator: Operator) -> str:
    """The highest role the account has, or the empty string. Reads the prefetched groups when there are any."""
    if operator.is_superuser:
        return Role.ADMIN.value
    names = {group.name for group in operator.groups.all()}
    return next((role.value for role in reversed(Role) if role.value in names), "")


def give_role(operator: Operator, role: Role) -> None:
    """Make `role` the account's only role; other groups stay. The account must have been saved.

    An admin is also a superuser: whoever may edit accounts can give himself every right anyway, so the board does
    not pretend otherwise.
    """
    with transaction.atomic():
        operator.is_staff = operator.is_superuser = role is Role.ADMIN
        operator.save(update_fields=["is_staff", "is_superuser"])
        operator.groups.remove(*Group.objects.filter(name__in=list(Role)).exclude(name=role.value))
        operator.groups.add(Group.objects.get(name=role.value))


def make_roles(sender: AppConfig, using: str, **_: Any) -> None:
    """Make the groups and hand out new rights. Does nothing when nothing is new. A `post_migrate` receiver."""
    with transaction.atomic(using=using):
        groups = {role: Group.objects.using(using).get_or_create(name=role.value)[0] for role in Role}
        rights = Permission.objects.using(using).filter(HANDED_OUT)
        new = list(rights.exclude(group=groups[Role.ADMIN]))
        groups[Role.ADMIN].permissions.add(*new)
        usual = [each for each in new if each.codename not in ONLY_FROM_ADMIN]
        groups[Role.SUPERVISOR].permissions.add(*usual)
        every_desk = (each for each in usual if each.codename not in ONLY_FROM_SUPERVISOR)
        groups[Role.RECEPTIONIST].permissions.add(*every_desk)
