"""The list of lost callers: folded by number, open until something closes them, and nobody else's."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from panel.commands.models import Command
from panel.history.models import Outcome
from panel.lost import entries
from panel.lost.models import FollowUp
from panel.vocabulary import Kind, NumberPlan
from tests.history.generator import gap
from tests.lost.conftest import Put, ago, put_call
from tests.people import hold_lease, make_operator, put_extension, put_pbx
from tests.people import put as put_row


pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client: Client) -> Operator:
    operator = make_operator("alice", Role.RECEPTIONIST, extension="201")
    client.force_login(operator)
    return operator


def listed(client: Client, **query: str) -> list[str]:
    return re.findall(r'data-lost="([^"]*)"', client.get("/lost/", {"days": "0"} | query).text)


def write(client: Client, **fields: str) -> object:
    return client.post("/lost/note/", {"days": "0", "number": "+4930123", "passage": "", "version": "0"} | fields)


@pytest.mark.parametrize("outcome", [Outcome.ABANDONED, Outcome.TIMEOUT, Outcome.LEFT])
def test_who_was_not_answered_is_on_the_list(client: Client, alice: Operator, put: Put, outcome: str) -> None:
    put(10, outcome=outcome, name="Jan Novák")
    for other in set(Outcome) - {Outcome.ABANDONED, Outcome.TIMEOUT, Outcome.LEFT}:
        put(20, number=f"+49{other}", outcome=other)
    page = client.get("/lost/").text
    assert listed(client) == ["+4930123"]
    assert "Jan Novák" in page
    assert "0:40" in page
    assert "Came as number 3, left as number 2." in page
    assert "Logged in: Anna." in page


def test_a_number_is_there_once_and_callers_without_one_are_there_each(
    client: Client, alice: Operator, put: Put
) -> None:
    for minutes in (30, 20, 10):
        put(minutes)
    first, second = put(5, number=""), put(6, number="")
    assert listed(client) == [first.key, second.key, "+4930123"]
    assert "3 times" in client.get("/lost/").text


def test_of_a_caller_who_tried_often_the_latest_are_shown_and_all_are_counted(
    client: Client, alice: Operator, put: Put
) -> None:
    for minutes in range(1, 10):
        put(minutes)
    page = client.get("/lost/?days=0").text
    assert page.count("<time ") == 5
    assert "The latest 5 of 9" in page


def test_out_of_hours_with_nobody_there_counts_too(client: Client, alice: Operator, put: Put) -> None:
    put(10, staff={})
    assert "Nobody was logged in." in client.get("/lost/").text


def test_what_comes_later_closes_it_and_what_came_before_does_not(client: Client, alice: Operator, put: Put) -> None:
    put(30)
    put(40, outcome=Outcome.ANSWERED)
    put_call(35)
    put_call(20, direction="in")
    put_call(20, answered=False)
    assert listed(client) == ["+4930123"]
    put(10, outcome=Outcome.ANSWERED, queue="support")
    assert listed(client) == []
    assert listed(client, state="closed") == ["+4930123"]
    assert "Answered in a queue" in client.get("/lost/?state=closed").text


def test_a_call_that_reaches_the_number_closes_it(client: Client, alice: Operator, put: Put) -> None:
    put(30)
    put_call(5)
    assert listed(client) == []
    assert "Reached by a call" in client.get("/lost/?state=closed").text


def test_who_is_lost_again_is_open_again_and_begins_anew(client: Client, alice: Operator, put: Put) -> None:
    put(60)
    write(client, note="Calls about the invoice")
    FollowUp.objects.update(created_at=ago(50))
    put(30, outcome=Outcome.ANSWERED)
    put(10)
    page = client.get("/lost/").text
    assert listed(client) == ["+4930123"]
    assert "3 times" not in page
    assert "Calls about the invoice" not in page
    assert write(client, note="Again").status_code == 302  # type: ignore[attr-defined]
    assert "Again" in client.get("/lost/").text
    assert FollowUp.objects.count() == 2


def test_owner_and_note_are_kept(client: Client, alice: Operator, put: Put) -> None:
    put(10)
    write(client, note="Back at noon", owner=str(alice.pk))
    page = client.get("/lost/").text
    assert 'value="Back at noon"' in page
    assert f'<option value="{alice.pk}" selected>' in page


def test_nobody_overwrites_what_another_wrote_and_is_told_who_it_was(client: Client, alice: Operator, put: Put) -> None:
    put(10)
    other = Client()
    other.force_login(make_operator("maria", Role.RECEPTIONIST))
    write(other, note="Maria calls him")
    answer = write(client, note="I call him")
    assert answer.status_code == 409  # type: ignore[attr-defined]
    page = answer.text  # type: ignore[attr-defined]
    assert "Maria Test has changed this at" in page
    assert "<q>I call him</q>" in page
    assert 'value="Maria calls him"' in page
    assert write(client, note="I do", version="1").status_code == 302  # type: ignore[attr-defined]
    assert write(other, note="No, I", version="1").status_code == 409  # type: ignore[attr-defined]
    assert FollowUp.objects.get().note == "I do"


def test_who_closes_it_must_say_a_word(client: Client, alice: Operator, put: Put) -> None:
    put(10)
    answer = write(client, close="1")
    assert answer.status_code == 400  # type: ignore[attr-defined]
    assert "Write a word" in answer.text  # type: ignore[attr-defined]
    assert listed(client) == ["+4930123"]
    write(client, close="1", note="Wrote to him")
    assert listed(client) == []
    page = client.get("/lost/?state=closed").text
    assert "Closed by Alice Test" in page
    assert "<q>Wrote to him</q>" in page
    assert write(client, version="1", note="Too late").status_code == 409  # type: ignore[attr-defined]


def test_a_caller_without_a_number_is_closed_alone(client: Client, alice: Operator, put: Put) -> None:
    first, second = put(5, number=""), put(6, number="")
    write(client, number="", passage=first.key, close="1", note="Prank")
    assert listed(client) == [second.key]


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"number": "+1", "note": "x"}, 404, "There is no such lost call that you may see."),
        ({"number": "", "note": "x"}, 400, "It is not clear which caller this is about."),
        ({"version": "x"}, 400, "Enter a whole number."),
        ({"version": "-1"}, 400, "greater than or equal to 0"),
        ({"owner": "999999"}, 400, "This person cannot call back."),
        ({"owner": "me"}, 400, "This person cannot call back."),
        ({"note": "x" * 501}, 400, "A note may have 500 signs at most."),
        ({"note": "a\x00b"}, 400, "Null characters are not allowed."),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(
    client: Client, alice: Operator, put: Put, fields: dict[str, str], status: int, sentence: str
) -> None:
    put(10)
    answer = write(client, **fields)
    assert answer.status_code == status  # type: ignore[attr-defined]
    assert sentence in answer.text  # type: ignore[attr-defined]
    assert not FollowUp.objects.exists()


@pytest.mark.parametrize("query", [{"days": "x"}, {"state": "lost"}, {"page": "0"}, {"page": "x"}])
def test_a_list_that_does_not_exist_is_said(client: Client, alice: Operator, query: dict[str, str]) -> None:
    for path in ("/lost/", "/lost/calls.csv"):
        answer = client.get(path, query)
        assert answer.status_code == 400
        assert "This list does not exist." in answer.text


def test_call_back_gives_the_command_and_its_outcome_is_told(client: Client, alice: Operator, put: Put) -> None:
    put(10)
    put_pbx()
    hold_lease()
    put_extension("201")
    answer = client.post("/lost/call/", {"number": "+4930123", "days": "0"})
    command = Command.objects.get()
    assert (command.name, command.args, command.operator) == ("call", {"to": "+4930123"}, alice)
    page = client.get(answer["Location"]).text
    assert "Your phone rings; when you answer, +4930123 is called." in page
    assert '<meta http-equiv="refresh"' in page
    Command.objects.update(state="failed", text="The line was busy.")
    page = client.get(answer["Location"]).text
    assert "The line was busy." in page
    assert '<meta http-equiv="refresh"' not in page


def test_call_back_dials_as_the_house_does(client: Client, alice: Operator, put: Put, settings: Settings) -> None:
    settings.NUMBER_PLAN = NumberPlan(outside="0", international="00")
    put(10)
    put_pbx()
    hold_lease()
    put_extension("201")
    client.post("/lost/call/", {"number": "+4930123", "days": "0"})
    assert Command.objects.get().args == {"to": "0004930123"}


def test_a_call_back_that_is_refused_says_why(client: Client, alice: Operator, put: Put) -> None:
    put(10)
    answer = client.post("/lost/call/", {"number": "+4930123", "days": "0"})
    assert answer.status_code == 409
    assert answer.text.partition('role="alert"')[2].partition("</div>")[0].count("<p>") == 1
    assert client.post("/lost/call/", {"number": "110", "days": "0"}).status_code == 404
    assert not Command.objects.exists()


def test_who_is_limited_sees_the_own_department_only(client: Client, put: Put) -> None:
    put(10)
    put(20, number="+49400", queue="support", groups=["Support"])
    put(30, number="+49401", queue="front", groups=["Sales", "Support"])
    client.force_login(make_operator("tom", Role.SUPERVISOR, departments=["Support"]))
    assert listed(client) == ["+49400", "+49401"]
    assert write(client, note="x").status_code == 404  # type: ignore[attr-defined]
    assert client.post("/lost/call/", {"number": "+4930123", "days": "0"}).status_code == 404
    text = b"".join(client.get("/lost/calls.csv?days=0").streaming_content).decode()  # type: ignore[arg-type]
    assert "+49401" in text
    assert "+4930123" not in text


@pytest.mark.parametrize("path", ["/lost/", "/lost/calls.csv"])
def test_who_has_no_right_is_told_so_and_strangers_log_in(client: Client, put: Put, path: str) -> None:
    put(10)
    assert client.get(path)["Location"].startswith("/login/?next=/lost/")
    client.force_login(make_operator("charlie", None))
    answer = client.get(path)
    assert answer.status_code == 403
    assert "Your account may not see the lost calls." in answer.text
    assert client.post("/lost/note/", {"number": "+4930123"}).status_code == 403
    assert client.post("/lost/call/", {"number": "+4930123"}).status_code == 403


def test_the_file_has_every_call_open_and_closed(client: Client, alice: Operator, put: Put) -> None:
    put(10, name="=cmd|' /C calc'!A0")
    put(20, number="+49400")
    put_call(5, number="+49400")
    write(client, note="Soon", owner=str(alice.pk))
    data = b"".join(client.get("/lost/calls.csv?days=0").streaming_content)  # type: ignore[arg-type]
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["Number"] for row in found] == ["'+4930123", "'+49400"]
    assert [row["State"] for row in found] == ["open", "closed"]
    assert [(row["Owner"], row["Note"]) for row in found] == [("Alice Test", "Soon"), ("", "")]
    assert found[0]["Name"].startswith("'=cmd")
    assert (found[0]["Wait"], found[0]["On a call"], found[0]["Logged in"]) == ("40.0", "Anna", "Anna")


def test_the_list_is_cut_into_pages(client: Client, alice: Operator, put: Put) -> None:
    for number in range(60):
        put(number + 1, number=f"+49{number}")
    assert len(listed(client)) == 50
    assert len(listed(client, page="2")) == 10
    assert listed(client, page="9") == listed(client, page="2")


def test_of_very_many_the_latest_are_listed_and_that_is_said(
    client: Client, alice: Operator, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        put(number + 1, number=f"+49{number}")
    put(20, number="+490")
    assert "6 callers" in client.get("/lost/?days=0").text
    monkeypatch.setattr(entries, "MOST_CALLS", 4)
    assert listed(client) == ["+490", "+491", "+492", "+493"]
    page = client.get("/lost/?days=0").text
    assert "The latest 4 callers" in page
    assert "2 times" in page
    put_call(0, number="+491")
    assert listed(client) == ["+490", "+492", "+493", "+494"]


def test_when_nothing_was_seen_is_said_above_the_list_and_in_the_file(client: Client, alice: Operator) -> None:
    gap(ago(30), timedelta(minutes=5), "The PBX was restarted.").save()
    assert re.search(r"Incomplete from .* to .*: The PBX was restarted.", client.get("/lost/?days=0").text)
    data = b"".join(client.get("/lost/calls.csv?days=0").streaming_content).decode()  # type: ignore[arg-type]
    assert data.rstrip().endswith("The PBX was restarted.")


@pytest.mark.postgres
def test_signs_that_no_database_takes_are_no_caller(
    postgres_database: Callable[[], AbstractContextManager[None]],
) -> None:
    with postgres_database():
        client = Client()
        client.force_login(make_operator("tom", Role.SUPERVISOR))
        assert client.get("/lost/", {"command": "a\x00b"}).status_code == 200
        for path, status in (("/lost/call/", 404), ("/lost/note/", 400)):
            assert client.post(path, {"number": "a\x00b", "version": "0", "note": "x"}).status_code == status


@pytest.mark.postgres
def test_all_of_it_works_on_postgres(postgres_database: Callable[[], AbstractContextManager[None]], put: Put) -> None:
    with postgres_database():
        assert connection.vendor == "postgresql"
        client = Client()
        client.force_login(make_operator("tom", Role.SUPERVISOR, departments=["Sales"]))
        put(10)
        put(20)
        put(15, number="", groups=["Support"])
        put(25, number="")
        put_row(Kind.QUEUE, "sales", ["Sales"], name="sales")
        put(30, number="+49400")
        put_call(5, number="+49400")
        assert len(listed(client)) == 2
        assert listed(client, state="closed") == ["+49400"]
        write(client, note="Soon")
        assert write(client, note="Later").status_code == 409  # type: ignore[attr-defined]
        write(client, note="Done", version="1", close="1")
        assert listed(client, state="closed") == ["+4930123", "+49400"]
        assert len(b"".join(client.get("/lost/calls.csv?days=0").streaming_content).splitlines()) == 5  # type: ignore[arg-type]
