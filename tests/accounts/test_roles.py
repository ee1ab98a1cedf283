"""Roles are groups that are made after migrate; what an administrator changes about them stays."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command

from panel.accounts.roles import ONLY_FROM_ADMIN, ONLY_FROM_SUPERVISOR, Role, give_role, role_of
from panel.commands.models import Command
from tests.people import fresh, make_operator


pytestmark = pytest.mark.django_db


def rights_of(role: str) -> set[str]:
    return set(Permission.objects.filter(group__name=role).values_list("codename", flat=True))


def migrate_again() -> None:
    call_command("migrate", verbosity=0)


def test_the_three_roles_are_there_after_migrate() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == {"receptionist", "supervisor", "admin"}
    assert "give_transfer" in rights_of("receptionist")
    assert rights_of("supervisor") - rights_of("receptionist") == ONLY_FROM_SUPERVISOR
    assert {"see_all_commands", "view_command", "give_agent_pause"} <= ONLY_FROM_SUPERVISOR
    assert rights_of("admin") - rights_of("supervisor") == ONLY_FROM_ADMIN


def test_migrating_again_changes_nothing() -> None:
    before = {role: rights_of(role) for role in Role}
    migrate_again()
    assert {role: rights_of(role) for role in Role} == before


def test_a_right_that_an_administrator_took_away_stays_away() -> None:
    Group.objects.get(name="receptionist").permissions.remove(Permission.objects.get(codename="give_hangup"))
    migrate_again()
    assert "give_hangup" not in rights_of("receptionist")


def test_the_right_of_a_new_command_reaches_the_roles() -> None:
    Permission.objects.create(
        codename="give_whistle", name="May whistle", content_type=ContentType.objects.get_for_model(Command)
    )
    migrate_again()
    assert all("give_whistle" in rights_of(role) for role in Role)


def test_a_role_that_was_deleted_comes_back_without_touching_the_others() -> None:
    Group.objects.get(name="supervisor").delete()
    migrate_again()
    assert Group.objects.filter(name="supervisor").exists()


def test_an_account_has_one_role_at_a_time_and_keeps_its_other_groups() -> None:
    operator = make_operator("somebody", Role.ADMIN)
    night_shift = Group.objects.create(name="night shift")
    operator.groups.add(night_shift)
    assert (role_of(operator), operator.is_staff, operator.is_superuser) == ("admin", True, True)
    give_role(operator, Role.RECEPTIONIST)
    operator = fresh(operator)
    assert (role_of(operator), operator.is_staff, operator.is_superuser) == ("receptionist", False, False)
    assert set(operator.groups.all()) == {night_shift, Group.objects.get(name="receptionist")}


def test_without_a_role_group_there_is_no_role() -> None:
    assert role_of(make_operator("somebody", None)) == ""


def test_the_receiver_is_connected_to_the_app_that_has_the_permissions() -> None:
    Group.objects.all().delete()
    from django.db.models.signals import post_migrate

    config = apps.get_app_config("commands")
    post_migrate.send(config, app_config=config, verbosity=0, interactive=False, using="default", plan=[], apps=apps)
    assert rights_of("admin") >= {codename for codename, _ in Command._meta.permissions}
