"""Operators and live rows for the tests of accounts, commands and pages.

Three people in every such test: alice (receptionist, sees everything, phone 201), bob (receptionist of Sales only,
phone 301) and charlie, who may log in and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from panel.accounts.models import Operator
from panel.accounts.roles import Role, give_role
from panel.environment import Secret
from panel.live.models import LIVE_MODELS, Lease, LiveRow
from panel.pbxs import Pbx
from panel.vocabulary import Kind, Link


PASSWORD = "correct horse battery"


def make_operator(name: str, role: Role | None, *, extension: str = "", departments: Iterable[str] = ()) -> Operator:
    operator = Operator(username=name, first_name=name.title(), last_name="Test", extension=extension)
    operator.extension_is_fixed = bool(extension)
    operator.departments = list(departments)
    operator.set_password(PASSWORD)
    operator.save()
    if role is not None:
        give_role(operator, role)
    return operator


def fresh(operator: Operator) -> Operator:
    """The same account without what Django has remembered about its rights."""
    return Operator.objects.get(pk=operator.pk)


def put(kind: Kind, key: str, groups: Iterable[str] = ("*",), *, pbx: str = "pbx", **fields: Any) -> LiveRow:
    """A live row as a worker would write it; columns that a test does not care about are filled by their type."""
    model = LIVE_MODELS[kind]
    filler = {"position": 1, "waiting": 0, "new": 0, "paused": False}
    row = {"key": key, **{name: filler.get(name, "") for name in model.COLUMNS}, **fields}
    columns = {name: row[name] for name in model.COLUMNS}
    return model._default_manager.create(key=key, pbx=pbx, groups=list(groups), row=row, **columns)


def two_pbxs(trunk_prefix: str = "8") -> dict[str, Pbx]:
    """For settings.PBXS: a second PBX, `branch`, which the first reaches by this prefix."""
    names = {"pbx": ("", ""), "branch": ("branch/", trunk_prefix)}
    return {name: Pbx(name, Secret(f"ami://panel:s@{name}"), *each) for name, each in names.items()}


def put_extension(number: str, department: str = "", *, key: str = "", pbx: str = "pbx") -> LiveRow:
    groups = [department] if department else []
    fields = {"number": number, "name": f"Person {number}", "group": department, "state": "idle"}
    return put(Kind.EXTENSION, key or number, groups, pbx=pbx, **fields)


def put_call(
    key: str, groups: Iterable[str] = ("*",), parties: Iterable[str] = ("1.1", "1.2"), *, extension: str = ""
) -> LiveRow:
    """A call from outside; its last party is at `extension`."""
    rows = [{"key": party, "extension": ""} for party in parties]
    rows[-1]["extension"] = extension
    return put(Kind.CALL, key, groups, state="talking", direction="in", parties=rows)


def put_pbx(link: Link = Link.LIVE, pbx: str = "pbx", **fields: Any) -> LiveRow:
    defaults = {
        "link": link.value,
        "as_of_at": "2026-11-22T10:42:07.123Z",
        "reason": "",
        "drift": 0,
        "lag_seconds": 0.0,
    }
    return put(Kind.PBX, pbx, pbx=pbx, **(defaults | fields))


def hold_lease(pbx: str = "pbx", seconds: float = 60) -> Lease:
    until = timezone.now() + timedelta(seconds=seconds)
    return Lease.objects.update_or_create(pbx=pbx, defaults={"owner": "host:1:abc", "epoch": 3, "until": until})[0]
