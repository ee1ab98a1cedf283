"""Wallboards in the admin: what makes no sense is refused with a sentence, and a secret link is shown once."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from panel.live.models import Queue
from panel.queues.models import Wallboard
from panel.vocabulary import Kind
from tests.people import make_operator, put
from tests.queues.office import wallboard


ADD = "/admin/queues/wallboard/add/"
FIELDS = {"name": "hall", "title": "Hall", "queues": "front\nsupport", "figures": ["waiting", "free"], "theme": "dark"}


@pytest.fixture(autouse=True)
def ada_at_work(client: Client, ada: Operator) -> None:
    put(Kind.QUEUE, "front", name="front")
    put(Kind.QUEUE, "support", name="support")
    client.force_login(ada)


def page_of(board: Wallboard) -> str:
    return f"/admin/queues/wallboard/{board.pk}/change/"


def fields_of(board: Wallboard) -> dict[str, object]:
    return FIELDS | {"name": board.name, "queues": "\n".join(board.queues)}


def test_a_wallboard_is_made(client: Client) -> None:
    assert client.post(ADD, FIELDS | {"departments": "Sales\n\n Support "}).status_code == 302
    board = Wallboard.objects.get()
    assert (board.queues, board.figures, board.departments) == (
        ["front", "support"],
        ["waiting", "free"],
        ["Sales", "Support"],
    )
    assert (board.theme, board.shows_names, board.link_hash) == ("dark", False, "")
    shown = client.get(page_of(board)).text
    assert "front\nsupport" in shown
    assert client.get("/admin/queues/wallboard/").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("queues", "front\nnothing", "The PBX has no queue nothing. It has: front, support."),
        ("queues", " \n ", "This field is required."),
        ("queues", "\n".join(f"q{number}" for number in range(25)), "Nobody can read more than 24 queues from afar."),
        ("figures", [], "This field is required."),
        ("figures", ["waiting", "salaries"], "Select a valid choice."),
        ("figures", ["waiting", "longest", "free", "talking", "ringing", "paused", "away"], "More than 6 figures"),
        ("name", "no/way", "Enter a valid"),
        ("theme", "pink", "Select a valid choice."),
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, field: str, value: object, sentence: str) -> None:
    answer = client.post(ADD, FIELDS | {field: value})
    assert answer.status_code == 200
    assert sentence in answer.text
    assert not Wallboard.objects.exists()


def test_without_any_queue_known_the_form_says_what_to_do(client: Client) -> None:
    Queue.objects.all().delete()
    assert "has shown no queue yet" in client.post(ADD, FIELDS).text


def test_a_queue_that_has_gone_since_may_stay(client: Client) -> None:
    board = wallboard(queues=["front", "closed"])
    assert client.post(page_of(board), fields_of(board)).status_code == 302
    assert "no queue other" in client.post(page_of(board), fields_of(board) | {"queues": "closed\nother"}).text


def test_a_secret_link_is_shown_once_and_kept_as_a_hash(client: Client) -> None:
    board = wallboard()
    answer = client.post(page_of(board), fields_of(board) | {"_make_link": "1"})
    found = re.search(r'id="secret-link" href="http://testserver/wallboard/hall/link/([\w-]{43})/"', answer.text)
    assert found
    assert "no-store" in answer["Cache-Control"]
    board.refresh_from_db()
    assert board.opens_with(found[1])
    later = client.get(page_of(board)).text
    assert found[1] not in later
    assert "without a log-in" in later
    assert found[1] not in str(LogEntry.objects.values())
    assert found[1] not in "".join(morsel.value for morsel in client.cookies.values())


def test_a_secret_link_is_withdrawn(client: Client) -> None:
    board = wallboard()
    token = board.make_link()
    client.post(page_of(board), fields_of(board) | {"_withdraw_link": "1"})
    board.refresh_from_db()
    assert not board.opens_with(token)
    assert not board.opens_with("")
    assert "withdrawn" in LogEntry.objects.get(change_message__contains="link").change_message
    assert "_withdraw_link" not in client.get(page_of(board)).text


def test_links_are_made_by_admins_alone(client: Client) -> None:
    board = wallboard()
    client.force_login(make_operator("sue", Role.SUPERVISOR))
    assert client.post(page_of(board), fields_of(board) | {"_make_link": "1"}).status_code == 302
    board.refresh_from_db()
    assert board.link_hash == ""
