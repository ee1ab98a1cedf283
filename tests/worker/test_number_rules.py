"""The worker asks the number rules again when it takes a command up: they may have changed since it was given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ami_worker.lease import Lease
from ami_worker.store import Store
from panel.accounts.models import NumberRule, Operator
from panel.accounts.roles import Role
from panel.commands.models import Command
from tests.people import make_operator


pytestmark = pytest.mark.django_db(transaction=True)


def may_dial_out(lease: Lease, operator: Operator | None, **args: str) -> bool:
    now = datetime.now(UTC)
    Command.objects.all().delete()
    Command.objects.create(
        key="a",
        pbx="pbx",
        operator=operator,
        operator_key="alice",
        name="transfer",
        args={"call": "1.1", **args},
        created_at=now,
        expires_at=now + timedelta(seconds=10),
    )
    (intent,) = Store(lease).claim()
    return intent.may_dial_out


def test_the_intent_says_what_the_rules_say_of_its_number() -> None:
    lease = Lease("pbx", "this worker", 5)
    assert lease.acquire()
    alice, charlie = make_operator("alice", Role.RECEPTIONIST), make_operator("charlie", None)
    assert may_dial_out(lease, alice, to="0900123")
    NumberRule.objects.create(pattern="0900", verdict="deny")
    NumberRule.objects.create(pattern="_112", verdict="allow")
    assert not may_dial_out(lease, alice, to="0900123")
    assert may_dial_out(lease, alice, to="0800123")
    assert may_dial_out(lease, alice)
    assert may_dial_out(lease, charlie, to="112")
    assert not may_dial_out(lease, charlie, to="1125")
    assert not may_dial_out(lease, None, to="112")
