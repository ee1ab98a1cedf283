"""The catalogue, the permissions on the model and the roles must say the same."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Group, Permission

from panel.accounts.models import Operator
from panel.accounts.roles import ONLY_FROM_ADMIN, ONLY_FROM_SUPERVISOR, Role
from panel.commands.catalogue import CATALOGUE, LISTENING, ArgumentKind
from panel.commands.models import Command
from panel.commands.permissions import may, may_act_on, may_dial_out
from panel.vocabulary import Kind
from tests.people import fresh, make_operator, put_call


FIRST_COMMANDS = {
    "call": {"to"},
    "hangup": {"call"},
    "transfer": {"call", "to"},
    "park": {"call"},
    "unpark": {"parked"},
    "pickup": {"call"},
    "take": {"caller"},
}


def test_the_first_commands_take_the_arguments_of_the_contract() -> None:
    for name, arguments in FIRST_COMMANDS.items():
        required = {each.name for each in CATALOGUE[name].arguments if each.required}
        assert required == arguments


def test_every_command_has_a_permission_and_every_permission_a_command() -> None:
    defined = {codename for codename, _ in Command._meta.permissions if codename.startswith("give_")}
    assert defined == {spec.codename for spec in CATALOGUE.values()}


def test_a_party_is_only_asked_for_together_with_its_call() -> None:
    for spec in CATALOGUE.values():
        kinds = [each.kind for each in spec.arguments]
        assert ArgumentKind.PARTY not in kinds or ArgumentKind.CALL in kinds


def test_the_catalogue_can_be_sent_to_a_page() -> None:
    sent = json.loads(json.dumps([spec.as_json() for spec in CATALOGUE.values()]))
    assert [each["name"] for each in sent] == list(CATALOGUE)
    assert all(each["title"] and each["help"] for each in sent)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_role_may_give_every_command_but_those_of_higher_ones(db: None, role: Role, name: str) -> None:
    codename = CATALOGUE[name].codename
    kept = {Role.ADMIN: frozenset[str](), Role.SUPERVISOR: ONLY_FROM_ADMIN}
    assert may(make_operator("somebody", role), name) is (
        codename not in kept.get(role, ONLY_FROM_ADMIN | ONLY_FROM_SUPERVISOR)
    )


def test_nobody_listens_to_others_before_an_admin_has_allowed_it() -> None:
    listening = {name for name, spec in CATALOGUE.items() if spec.codename in ONLY_FROM_ADMIN}
    assert listening == LISTENING | {"listen_stop"} == {"listen", "whisper", "barge", "listen_stop"}


def test_a_receptionist_does_not_steer_queues() -> None:
    steering = {name for name, spec in CATALOGUE.items() if spec.codename in ONLY_FROM_SUPERVISOR}
    assert steering == {"withdraw", "advance", "undo", *(name for name in CATALOGUE if name.startswith("agent_"))}


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_an_account_without_a_role_may_give_none(charlie: Operator, name: str) -> None:
    assert not may(charlie, name)
    assert not may_dial_out(charlie)


@pytest.mark.parametrize("name", ["", "Command", "originate", "give_call", "CALL", "call "])
def test_what_the_catalogue_does_not_have_nobody_may(db: None, name: str) -> None:
    assert not may(make_operator("root", Role.ADMIN), name)


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_each_permission_opens_its_own_command_only(charlie: Operator, name: str) -> None:
    charlie.user_permissions.add(Permission.objects.get(codename=CATALOGUE[name].codename))
    assert [other for other in CATALOGUE if may(fresh(charlie), other)] == [name]


def test_a_switched_off_account_may_nothing_whatever_its_role(db: None) -> None:
    admin = make_operator("root", Role.ADMIN)
    admin.is_active = False
    admin.save()
    assert not any(may(fresh(admin), name) for name in CATALOGUE)
    assert not may_dial_out(fresh(admin))


def test_acting_needs_both_the_right_and_the_sight(alice: Operator, bob: Operator, charlie: Operator) -> None:
    support = [(Kind.CALL, put_call("call-1", ["Support"]))]
    assert may_act_on(alice, "hangup", support)
    assert not may_act_on(bob, "hangup", support)
    assert not may_act_on(charlie, "hangup", support)


def test_only_supervisors_and_admins_see_everybodys_commands(db: None) -> None:
    having = {group.name for group in Group.objects.filter(permissions__codename="see_all_commands")}
    assert having == {"supervisor", "admin"}
