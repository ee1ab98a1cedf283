"""The demo's accounts: there in the demo, and no way into a real board."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from panel.accounts.demo import DEMO_ACCOUNTS, make_demo_accounts
from panel.accounts.models import Operator
from panel.accounts.roles import Role, role_of
from panel.commands.permissions import may
from panel.directory.models import Prompt
from tests.people import PASSWORD, fresh, make_operator


pytestmark = pytest.mark.django_db


def log_in(client: Client, name: str, password: str) -> int:
    return client.post("/login/", {"username": name, "password": password}).status_code


@pytest.fixture
def real_pbx(settings: Settings) -> None:
    settings.DEMO = False


def test_the_three_of_them_can_log_in_with_what_is_printed() -> None:
    out = io.StringIO()
    call_command("demo_accounts", stdout=out)
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert [line[0] for line in lines] == ["alice", "bruno", "ada"]
    assert [line[2].rstrip(",") for line in lines] == ["receptionist", "supervisor", "admin"]
    for name, password, *_ in lines:
        assert log_in(Client(), name, password) == 302
    assert Operator.objects.get(username="alice").extension == "201"
    assert Operator.objects.get(username="bruno").extension == "202"
    assert role_of(Operator.objects.get(username="ada")) == "admin"


def test_the_demo_has_two_prompts_and_leaves_what_was_changed() -> None:
    call_command("demo_accounts", "--if-demo")
    names = list(Prompt.objects.values_list("name", flat=True))
    assert names == ["We are closed now", "Please call again later"]
    for prompt in Prompt.objects.all():
        prompt.full_clean()
    Prompt.objects.get(name="We are closed now").delete()
    call_command("demo_accounts", "--if-demo")
    assert Prompt.objects.count() == 1


def test_making_them_again_keeps_sessions_and_changes() -> None:
    make_demo_accounts()
    client = Client()
    log_in(client, "alice", DEMO_ACCOUNTS[0].password)
    Operator.objects.filter(username="alice").update(extension="299")
    make_demo_accounts()
    assert client.get("/password/").status_code == 200
    assert Operator.objects.get(username="alice").extension == "299"


def test_their_passwords_belong_to_this_installation(settings: Settings) -> None:
    here = {account.password for account in DEMO_ACCOUNTS}
    settings.SECRET_KEY = "another installation, another key, other passwords"
    assert here.isdisjoint(account.password for account in DEMO_ACCOUNTS)


def test_a_real_account_of_the_same_name_is_left_alone() -> None:
    make_operator("alice", Role.SUPERVISOR)
    assert [account.username for account in make_demo_accounts()] == ["bruno", "ada"]
    assert Operator.objects.get(username="alice").check_password(PASSWORD)


def test_on_a_real_pbx_none_are_made(real_pbx: None) -> None:
    with pytest.raises(CommandError, match="real PBX"):
        call_command("demo_accounts")
    call_command("demo_accounts", "--if-demo")
    assert not Operator.objects.exists()
    assert not Prompt.objects.exists()


def test_what_the_demo_left_behind_opens_no_real_board(settings: Settings) -> None:
    make_demo_accounts()
    client = Client()
    ada = DEMO_ACCOUNTS[2]
    log_in(client, "ada", ada.password)
    assert client.get("/password/").status_code == 200
    settings.DEMO = False
    assert client.get("/password/").status_code == 302  # the open session ends
    assert log_in(Client(), "ada", ada.password) == 200  # and there is no new one
    assert not may(fresh(Operator.objects.get(username="ada")), "call")
