"""The pages of the wallboards: who finds, makes and withdraws them, and that nobody shows more than he sees."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from panel.accounts.roles import Role
from panel.queues.models import Wallboard
from panel.vocabulary import Kind
from tests.people import make_operator, put
from tests.queues.office import wallboard


FIELDS = {"name": "hall", "title": "Hall", "queues": "front", "figures": ["waiting", "free"], "theme": "dark"}


@pytest.fixture(autouse=True)
def two_queues(db: None) -> None:
    put(Kind.QUEUE, "front", ["Front"], name="front")
    put(Kind.QUEUE, "support", ["Support"], name="support")


def log_in(client: Client, role: Role | None, *departments: str) -> None:
    client.force_login(make_operator("sue", role, departments=list(departments)))


def test_a_supervisor_makes_a_wallboard_and_its_link(client: Client) -> None:
    log_in(client, Role.SUPERVISOR)
    assert "There is no wallboard yet" in client.get("/wallboards/").text
    assert "There are: front, support." in client.get("/wallboards/new/").text
    answer = client.post("/wallboards/new/", FIELDS | {"link": "1"})
    found = re.search(r'id="secret-link" href="http://testserver/wallboard/hall/link/([\w-]{43})/"', answer.text)
    assert found
    board = Wallboard.objects.get()
    assert board.opens_with(found[1])
    assert found[1] not in str(LogEntry.objects.values())
    assert "no-store" in answer["Cache-Control"]
    page = client.get("/wallboards/").text
    assert 'href="/wallboard/hall/"' in page
    assert "by a secret link of" in page
    assert found[1] not in page


def test_it_is_changed_its_link_withdrawn_and_it_goes(client: Client) -> None:
    log_in(client, Role.SUPERVISOR)
    board = wallboard()
    token = board.make_link()
    assert client.post("/wallboards/hall/", FIELDS | {"title": "Big hall"}).status_code == 302
    board.refresh_from_db()
    assert (board.title, board.opens_with(token)) == ("Big hall", True)
    assert "is saved" in client.get("/wallboards/").text
    client.post("/wallboards/hall/", FIELDS | {"withdraw": "1"})
    board.refresh_from_db()
    assert not board.opens_with(token)
    assert "withdrawn" in LogEntry.objects.latest("action_time").change_message
    client.post("/wallboards/hall/", {"delete": "1"})
    assert not Wallboard.objects.exists()
    assert client.get("/wallboards/hall/").status_code == 404


def test_what_makes_no_sense_is_refused_and_what_was_typed_stays(client: Client) -> None:
    log_in(client, Role.SUPERVISOR)
    answer = client.post("/wallboards/new/", FIELDS | {"queues": "nothing", "link": "1"})
    assert answer.status_code == 400
    assert "The PBX has no queue nothing. It has: front, support." in answer.text
    assert 'value="Hall"' in answer.text
    assert not Wallboard.objects.exists()


def test_who_is_limited_to_departments_shows_no_more_than_these(client: Client) -> None:
    log_in(client, Role.SUPERVISOR, "Front")
    assert "support" not in client.get("/wallboards/new/").text
    refused = client.post("/wallboards/new/", FIELDS | {"queues": "support", "departments": "Front"})
    assert "The PBX has no queue support. It has: front." in refused.text
    for departments in ("", "Support", "Front\nSupport"):
        refused = client.post("/wallboards/new/", FIELDS | {"departments": departments})
        assert "You may show your own departments: Front." in refused.text
    assert not Wallboard.objects.exists()
    assert client.post("/wallboards/new/", FIELDS | {"departments": "Front"}).status_code == 302
    assert Wallboard.objects.get().departments == ["Front"]


@pytest.mark.parametrize("departments", [[], ["Front", "Support"]], ids=["everything", "more than theirs"])
def test_a_wallboard_that_shows_more_is_changed_by_others_only(client: Client, departments: list[str]) -> None:
    log_in(client, Role.SUPERVISOR, "Front")
    board = wallboard(queues=["front", "support"], departments=departments)
    page = client.get("/wallboards/").text
    assert 'data-wallboard="hall"' in page
    assert "support" not in page
    assert "/wallboards/hall/" not in page
    for sent in ({"delete": "1"}, {"withdraw": "1"}, FIELDS | {"departments": "Front", "link": "1"}):
        assert client.post("/wallboards/hall/", sent).status_code == 403
    assert Wallboard.objects.get() == board


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, None])
def test_without_the_right_nobody_gets_in(client: Client, role: Role | None) -> None:
    log_in(client, role)
    wallboard()
    for path in ("/wallboards/", "/wallboards/new/", "/wallboards/hall/"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "An administrator can give you the right." in answer.text
    assert client.post("/wallboards/hall/", {"delete": "1"}).status_code == 403
    client.logout()
    assert client.get("/wallboards/")["Location"].startswith("/login/")
