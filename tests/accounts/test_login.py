"""Logging in and out, and what happens to those who guess."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from tests.people import PASSWORD, make_operator


def log_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> HttpResponse:
    return client.post("/login/", {"username": username, "password": password, **more})


def is_logged_in(client: Client) -> bool:
    return client.get("/password/").status_code == 200


def test_a_page_sends_a_stranger_to_the_log_in_and_then_back(client: Client, alice: Operator) -> None:
    answer = client.get("/queues/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/queues/")
    assert client.get(answer["Location"]).status_code == 200
    assert log_in(client, "alice", next="/queues/")["Location"] == "/queues/"
    assert is_logged_in(client)


def test_the_log_in_does_not_lead_to_another_site(client: Client, alice: Operator) -> None:
    assert log_in(client, "alice", next="https://evil.example/")["Location"] == "/"
    assert Client().get("/login/?next=//evil.example").status_code == 200


def test_log_out_ends_the_session_and_is_no_link(client: Client, alice: Operator) -> None:
    log_in(client, "alice")
    assert client.get("/logout/").status_code == 405
    assert is_logged_in(client)
    assert client.post("/logout/")["Location"] == "/login/"
    assert not is_logged_in(client)
    assert not Session.objects.exists()


def test_the_session_key_is_new_after_the_log_in(client: Client, alice: Operator) -> None:
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    log_in(client, "alice")
    assert client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(client: Client, alice: Operator) -> None:
    log_in(client, "alice")
    cookie = client.cookies["cordboard_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert 0 < int(cookie["max-age"]) <= 12 * 3600


def test_the_log_in_needs_the_forms_token(alice: Operator) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert log_in(strict, "alice").status_code == 403  # type: ignore[arg-type]


def test_a_changed_password_ends_every_other_session(alice: Operator) -> None:
    here, elsewhere = Client(), Client()
    log_in(here, "alice")
    log_in(elsewhere, "alice")
    new = "another good password"
    answer = here.post("/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert answer["Location"] == "/"
    assert is_logged_in(here)
    assert not is_logged_in(elsewhere)


def test_a_weak_new_password_is_refused(client: Client, alice: Operator) -> None:
    log_in(client, "alice")
    weak = {"old_password": PASSWORD, "new_password1": "password", "new_password2": "password"}
    assert "too common" in client.post("/password/", weak).text
    assert password_is("alice", PASSWORD)


def password_is(username: str, password: str) -> bool:
    return Operator.objects.get(username=username).check_password(password)


@pytest.mark.parametrize("way", ["wrong password", "unknown name", "switched off"])
def test_every_failure_reads_the_same(client: Client, alice: Operator, way: str) -> None:
    make_operator("carol", Role.RECEPTIONIST)
    Operator.objects.filter(username="carol").update(is_active=False)
    username, password = {
        "wrong password": ("alice", "wrong"),
        "unknown name": ("nobody", "wrong"),
        "switched off": ("carol", PASSWORD),
    }[way]
    answer = log_in(client, username, password)
    assert answer.status_code == 200
    assert "Name and password do not match. Try again." in answer.content.decode()


def test_an_unknown_name_costs_as_much_work_as_a_wrong_password(
    alice: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.accounts.conftest import QuickHasher

    work: list[int] = []
    encode = QuickHasher.encode

    def counting(self: QuickHasher, password: str, salt: str, iterations: int | None = None) -> str:
        work.append(iterations or self.iterations)
        return encode(self, password, salt, iterations)

    monkeypatch.setattr(QuickHasher, "encode", counting)
    log_in(Client(), "alice", "wrong")
    known, work[:] = list(work), []
    log_in(Client(), "nobody", "wrong")
    assert work == known == [QuickHasher.iterations]


# --- guessing ---------------------------------------------------------------------------------------------------------


def guess(client: Client, username: str, times: int, **headers: str) -> list[int]:
    codes = []
    for number in range(times):
        answer = client.post("/login/", {"username": username, "password": f"guess {number}"}, headers=headers)
        codes.append(answer.status_code)
    return codes


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_ten_wrong_passwords_lock_the_name_out_whether_it_exists_or_not(alice: Operator, username: str) -> None:
    client = Client()
    assert guess(client, username, 10) == [200] * 9 + [429]
    answer = log_in(client, username)
    assert answer.status_code == 429
    assert "The password was wrong too often." in answer.content.decode()
    assert not is_logged_in(client)


def test_others_and_other_desks_are_not_locked_out(alice: Operator, bob: Operator) -> None:
    guess(Client(), "alice", 10)
    assert log_in(Client(), "bob").status_code == 302
    assert log_in(Client(REMOTE_ADDR="192.0.2.7"), "alice").status_code == 302


def test_a_forged_header_does_not_evade_the_lock(alice: Operator) -> None:
    client = Client()
    codes = [
        guess(client, "alice", 1, **{"x-forwarded-for": f"192.0.2.{number}", "x-real-ip": f"192.0.2.{number}"})[0]
        for number in range(11)
    ]
    assert codes[-2:] == [429, 429]


def test_the_lock_opens_by_itself(alice: Operator, settings: Settings) -> None:
    guess(Client(), "alice", 10)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert log_in(Client(), "alice").status_code == 302


def test_a_success_takes_the_count_back(alice: Operator) -> None:
    guess(Client(), "alice", 9)
    log_in(Client(), "alice")
    assert guess(Client(), "alice", 9) == [200] * 9


def test_the_admin_has_no_log_in_of_its_own(client: Client, alice: Operator) -> None:
    answer = client.get("/admin/login/?next=/admin/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/admin/")
    wrong = client.post("/admin/login/", {"username": "alice", "password": "guess"})
    assert wrong.status_code == 302
    log_in(client, "alice")
    # Logged in, but not for the admin: no loop of redirects.
    assert client.get("/admin/login/?next=/admin/").status_code == 403


def test_a_guess_leaves_no_password_behind(alice: Operator) -> None:
    guess(Client(), "alice", 1)
    attempt = AccessAttempt.objects.get()
    assert "guess" not in f"{attempt.post_data}{attempt.get_data}"
