"""A page that needs the database when it cannot be had says so, in a sentence, with status 503."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, InternalError, OperationalError, connection
from django.test import Client

from panel.accounts.models import Operator
from panel.outage import reason_of


@contextmanager
def every_query_raises(error: Exception) -> Iterator[None]:
    def fail(*_: Any) -> Any:
        raise error

    with connection.execute_wrapper(fail):
        yield


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OperationalError("database is locked"), "Another program keeps the database locked."),
        (OperationalError("attempt to write a readonly database"), "The database can be read but not written."),
        (
            InternalError("cannot execute INSERT in a read-only transaction"),
            "The database can be read but not written.",
        ),
        (OperationalError("database or disk is full"), "The disk with the database is full."),
        (OperationalError("unable to open database file"), "The file with the database cannot be opened."),
        (OperationalError("disk I/O error"), "The disk with the database fails."),
        (OperationalError('connection to server at "10.1.2.3" failed'), "The database does not answer."),
    ],
)
def test_each_fault_has_a_sentence_that_names_no_host(error: DatabaseError, sentence: str) -> None:
    assert reason_of(error) == sentence


@pytest.mark.parametrize("path", ["/", "/queues/", "/extension/"])
def test_a_page_that_cannot_be_had_gives_the_reason_and_tries_again(client: Client, alice: Operator, path: str) -> None:
    client.force_login(alice)
    with every_query_raises(OperationalError("unable to open database file")):
        answer = client.get(path)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer["Cache-Control"] == "no-store"
    assert "The file with the database cannot be opened." in answer.text
    assert '<meta http-equiv="refresh" content="5">' in answer.text
    assert client.get(path).status_code == 200


def test_a_form_that_could_not_be_taken_is_not_sent_again_by_itself(client: Client, alice: Operator) -> None:
    client.force_login(alice)
    with every_query_raises(OperationalError("database is locked")):
        answer = client.post("/extension/", {"extension": "202"})
    assert answer.status_code == 503
    assert "Nothing was done." in answer.text
    assert "refresh" not in answer.text


def test_a_mistake_of_ours_is_not_blamed_on_the_database(client: Client, alice: Operator) -> None:
    client.force_login(alice)
    client.raise_request_exception = False
    with every_query_raises(IntegrityError("UNIQUE constraint failed")):
        assert client.get("/").status_code == 500
