"""A live PBX with a few people and calls, and three operators."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from pytest_django import Settings

from panel.accounts.models import Operator
from panel.accounts.roles import ONLY_FROM_ADMIN, ONLY_FROM_SUPERVISOR, Role
from panel.commands.models import Command
from panel.directory.models import Prompt
from panel.vocabulary import Kind
from tests.people import fresh, hold_lease, make_operator, put, put_call, put_extension, put_pbx


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def office(db: None) -> None:
    """201 and 202 in Support, 301 in Sales; a call, a parked call, a waiting caller, a queue with a member and a room
    in each; a prompt.
    """
    put_pbx()
    Prompt.objects.create(name="We are closed now", sound="custom/closed")
    hold_lease()
    put_extension("201", "Support")
    put_extension("202", "Support")
    put_extension("301", "Sales")
    for department in ("Support", "Sales"):
        put_call(f"call-{department}", [department], extension={"Support": "202", "Sales": "301"}[department])
        put(Kind.PARKED, f"parked-{department}", [department])
        put(Kind.CALLER, f"caller-{department}", [department])
        by = {"extension": "299"}
        put(Kind.LISTENING, f"listening-{department}", [department], call="elsewhere", party="", by=by)
        put(Kind.QUEUE, f"queue-{department}", [department])
        put(Kind.MEMBER, f"queue-{department}/PJSIP/{department}", [department])
        room = {"Support": "801", "Sales": "802"}[department]
        put(Kind.CONFERENCE, room, [department], room=room, members=[{"channel": f"{room}.1"}])


@pytest.fixture
def alice(db: None) -> Operator:
    return make_operator("alice", Role.RECEPTIONIST, extension="201")


@pytest.fixture
def steering(alice: Operator) -> Operator:
    """Alice, who may also steer queues and listen to calls."""
    rights = ONLY_FROM_SUPERVISOR | ONLY_FROM_ADMIN
    alice.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    return fresh(alice)


@pytest.fixture
def steered(db: None) -> Command:
    """A pause that Alice has given, and that can be undone."""
    now = timezone.now()
    standing = {"name": "", "state_interface": "", "penalty": 0, "paused": False, "reason": "", "ring_in_use": None}
    before, after = {**standing, "loan": None}, {**standing, "loan": None, "paused": True}
    change = {"queue": "queue-Support", "interface": "PJSIP/Support", "before": before, "after": after}
    return Command.objects.create(
        key="steered",
        pbx="pbx",
        operator_key="alice",
        name="agent_pause",
        args={"agent": "queue-Support/PJSIP/Support"},
        state="done",
        created_at=now,
        expires_at=now,
        changes=[change],
    )


@pytest.fixture
def bob(db: None) -> Operator:
    return make_operator("bob", Role.RECEPTIONIST, extension="301", departments=["Sales"])


@pytest.fixture
def charlie(db: None) -> Operator:
    return make_operator("charlie", None, extension="202")
