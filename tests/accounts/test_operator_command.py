"""`manage.py operator`, as people and scripts use it."""

from __future__ import annotations

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from panel.accounts.models import Operator
from panel.accounts.roles import Role, role_of
from tests.people import PASSWORD, make_operator


pytestmark = pytest.mark.django_db


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, password: str = PASSWORD + "\n") -> str:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(password))
    call_command("operator", *arguments, stdout=out)
    return out.getvalue()


def test_it_creates_an_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(
        monkeypatch, "rita", "--role", "receptionist", "--extension", "201", "--departments", "Sales, Support",
        "--name", "Rita van der Novak",
    )  # fmt: skip
    rita = Operator.objects.get(username="rita")
    assert rita.check_password(PASSWORD)
    assert (rita.extension, rita.extension_is_fixed, rita.departments) == ("201", True, ["Sales", "Support"])
    assert (role_of(rita), rita.shown_name) == ("receptionist", "Rita van der Novak")
    assert not rita.is_staff
    assert said == "Created rita: receptionist, phone 201, sees Sales, Support.\n"
    assert PASSWORD not in said


def test_without_an_extension_the_phone_is_chosen_at_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "sam", "--role", "supervisor")
    sam = Operator.objects.get(username="sam")
    assert (sam.extension, sam.extension_is_fixed, sam.departments) == ("", False, [])


def test_it_updates_what_is_given_and_leaves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    run(
        monkeypatch,
        "rita",
        "--role",
        "receptionist",
        "--extension",
        "201",
        "--departments",
        "Sales",
        "--name",
        "Rita N",
    )
    Operator.objects.update(is_active=False)
    said = run(monkeypatch, "rita", "--role", "supervisor", password="a new good password\n")
    rita = Operator.objects.get(username="rita")
    assert said.startswith("Updated rita: supervisor, phone 201")
    assert (role_of(rita), rita.extension, rita.departments, rita.shown_name) == (
        "supervisor",
        "201",
        ["Sales"],
        "Rita N",
    )
    assert rita.check_password("a new good password")
    assert rita.is_active
    run(monkeypatch, "rita", "--role", "supervisor", "--extension", "", "--departments", "")
    rita.refresh_from_db()
    assert (rita.extension, rita.extension_is_fixed, rita.departments) == ("", False, [])


def test_an_admin_may_use_the_admin_and_a_former_one_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "ada", "--role", "admin")
    assert Operator.objects.filter(username="ada", is_staff=True, is_superuser=True).exists()
    run(monkeypatch, "ada", "--role", "receptionist")
    assert Operator.objects.filter(username="ada", is_staff=False, is_superuser=False).exists()


def test_a_password_may_hold_blanks_and_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "rita", "--role", "receptionist", password="  zażółć gęślą \r\nsecond line\n")
    assert Operator.objects.get(username="rita").check_password("  zażółć gęślą ")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "No password was given"),
        ("\n", "No password was given"),
        ("short\n", "too short"),
        ("password123\n", "too common"),
        ("rita.novak\n", "too similar"),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_a_bad_password_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, password: str, reason: str, is_new: bool
) -> None:
    if not is_new:
        make_operator("rita.novak", Role.SUPERVISOR, extension="201")
    with pytest.raises(CommandError, match=reason) as refused:
        run(monkeypatch, "rita.novak", "--role", "receptionist", "--extension", "999", password=password)
    assert refused.value.returncode == 1
    assert "\n" not in str(refused.value)
    kept = Operator.objects.filter(username="rita.novak").first()
    if is_new:
        assert kept is None
    else:
        assert kept is not None
        assert (kept.extension, role_of(kept), kept.check_password(PASSWORD)) == ("201", "supervisor", True)


@pytest.mark.parametrize("name", ["two words", "", "a/b", "x" * 151, "new\nline"])
def test_a_name_that_cannot_be_typed_at_the_log_in_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(CommandError):
        run(monkeypatch, name, "--role", "receptionist")
    assert not Operator.objects.exists()


def test_an_unknown_role_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        run(monkeypatch, "rita", "--role", "boss")
    assert not Operator.objects.exists()


def test_a_demo_account_that_is_set_by_hand_becomes_a_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("demo_accounts", "--if-demo")
    run(monkeypatch, "rita", "--role", "receptionist")
    assert not Operator.objects.get(username="rita").is_demo
