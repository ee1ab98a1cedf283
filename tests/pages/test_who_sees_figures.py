"""Each page of figures, its files and what can be done there, for everybody: what one may see, and no more.

Wallboards have theirs in tests/queues/test_wallboard.py, where a server serves them.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from panel.commands.models import Command, ListeningLog
from panel.history.models import Outcome, Passage, Span
from panel.lost.models import FollowUp
from panel.queues.models import AlertRecord, Threshold, Wallboard
from panel.vocabulary import Kind
from tests.people import hold_lease, make_operator, put, put_extension, put_pbx


pytestmark = pytest.mark.django_db

QUEUES = {"alpha": ("Sales", "+49111"), "beta": ("Support", "+49222")}
"""Each with its department and with a caller who was lost."""

ALL, ONE, NONE = {"alpha", "beta"}, {"alpha"}, set[str]()
PEOPLE: dict[str, tuple[Role | None, list[str]]] = {
    "nobody": (None, []),
    "agent": (Role.RECEPTIONIST, []),
    "agent_of_sales": (Role.RECEPTIONIST, ["Sales"]),
    "supervisor": (Role.SUPERVISOR, []),
    "supervisor_of_sales": (Role.SUPERVISOR, ["Sales"]),
    "supervisor_of_nothing": (Role.SUPERVISOR, ["Elsewhere"]),
    "admin": (Role.ADMIN, []),
}

REPORTS = {"supervisor": ALL, "supervisor_of_sales": ONE, "supervisor_of_nothing": NONE, "admin": ALL}
LOST = {"agent": ALL, "agent_of_sales": ONE, **REPORTS}


@pytest.fixture(autouse=True)
def house(db: None) -> None:
    now = timezone.now() - timedelta(minutes=1)
    for queue, (department, number) in QUEUES.items():
        put(Kind.QUEUE, queue, [department], name=queue)
        common = {"pbx": "pbx", "groups": [department], "queue": queue}
        Passage.objects.create(
            key=queue, **common, number=number, joined_at=now, left_at=now, position=1, outcome=Outcome.ABANDONED
        )
        Span.objects.create(
            key=queue, **common, agent=f"PJSIP/{queue}", agent_name=f"{queue}-agent", kind="paused",
            reason=f"{queue}-break", began_at=now,
        )  # fmt: skip
        ListeningLog.objects.create(
            pbx="pbx", key=queue, operator_key="x", operator_name="x", listener="x", agent=f"{queue}-agent", party="1",
            groups=[department], call="1", modes=[["listen", now.isoformat()]], reason="", began_at=now,
        )  # fmt: skip


def log_in(client: Client, who: str, *rights: str) -> Operator:
    role, departments = PEOPLE[who]
    person = make_operator(who, role, departments=departments, extension="201")
    person.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    client.force_login(person, backend="panel.accounts.backends.OperatorBackend")
    return person


def text_of(answer: HttpResponse | StreamingHttpResponse) -> str:
    data = b"".join(answer.streaming_content) if isinstance(answer, StreamingHttpResponse) else answer.content  # type: ignore[arg-type]
    return data.decode("utf-8", "replace")


def seen_in(text: str) -> set[str]:
    """The queues of which anything at all is there: name, caller, agent or reason."""
    return {
        queue for queue, (_department, number) in QUEUES.items() if re.search(rf"{queue}|{re.escape(number)}", text)
    }


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("by", ["queue", "agent", "hour", "day", "pause"])
def test_reports_and_their_files(client: Client, who: str, by: str) -> None:
    log_in(client, who)
    for path in ("/reports/", "/reports/figures.csv", "/reports/figures.xlsx"):
        answer = client.get(path, {"by": by})
        assert answer.status_code == (200 if who in REPORTS else 403), path
        if not path.endswith("xlsx"):
            assert seen_in(text_of(answer)) <= REPORTS.get(who, NONE), path
    if by in ("queue", "agent", "pause") and who in REPORTS:
        of_lines = {"queue": r"\n(\w+),", "agent": r"\n(\w+)-agent,", "pause": r"\n(\w+)-break,"}[by]
        lines = re.findall(of_lines, text_of(client.get("/reports/figures.csv", {"by": by})).replace("\r", ""))
        assert set(lines) & ALL == REPORTS[who]


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("queue", QUEUES)
def test_a_report_of_one_queue(client: Client, who: str, queue: str) -> None:
    log_in(client, who)
    status = 403 if who not in REPORTS else 200 if queue in REPORTS[who] else 400
    for path in ("/reports/", "/reports/figures.csv"):
        assert client.get(path, {"queue": queue}).status_code == status


@pytest.mark.parametrize("who", PEOPLE)
def test_the_list_of_lost_calls_and_its_files(client: Client, who: str) -> None:
    log_in(client, who)
    for path in ("/lost/", "/lost/calls.csv", "/lost/calls.xlsx"):
        answer = client.get(path)
        assert answer.status_code == (200 if who in LOST else 403), path
        if not path.endswith("xlsx"):
            assert seen_in(text_of(answer)) == LOST.get(who, NONE), path


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("queue", QUEUES)
def test_a_note_about_a_lost_caller(client: Client, who: str, queue: str) -> None:
    log_in(client, who)
    may = queue in LOST.get(who, NONE)
    fields = {"number": QUEUES[queue][1], "passage": "", "version": "0", "note": "x"}
    assert client.post("/lost/note/", fields).status_code == (302 if may else 404 if who in LOST else 403)
    assert FollowUp.objects.exists() is may


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("queue", QUEUES)
def test_a_call_back(client: Client, who: str, queue: str) -> None:
    log_in(client, who)
    put_pbx()
    hold_lease()
    put_extension("201", "Sales")
    may = queue in LOST.get(who, NONE)
    answer = client.post("/lost/call/", {"number": QUEUES[queue][1]})
    assert answer.status_code == (302 if may else 404 if who in LOST else 403)
    assert Command.objects.exists() is may


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("has_right", [True, False])
def test_the_log_of_listening(client: Client, who: str, has_right: bool) -> None:
    log_in(client, who, *(["view_listeninglog"] if has_right else []))
    of_departments = {(): ALL, ("Sales",): ONE, ("Elsewhere",): NONE}
    may = has_right or who == "admin"
    answer = client.get("/listening/")
    assert answer.status_code == (200 if may else 403)
    assert seen_in(text_of(answer)) == (of_departments[tuple(PEOPLE[who][1])] if may else NONE)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("queue", QUEUES)
def test_taking_note_of_an_alert(client: Client, who: str, queue: str) -> None:
    log_in(client, who)
    put(Kind.ALERT, "a1", [QUEUES[queue][0]], queue=queue)
    AlertRecord.objects.create(
        key="a1", pbx="pbx", threshold_key=1, queue=queue, what="waiting", limit=1, value=1, raised_at=timezone.now()
    )
    may = queue in REPORTS.get(who, NONE)
    answer = client.post("/alerts/a1/acknowledge/")
    assert answer.status_code == (200 if may else 404 if who in REPORTS else 403)
    assert AlertRecord.objects.exclude(acknowledged_at=None).exists() is may


ADMIN_PAGES = (
    "queues/wallboard", "queues/threshold", "queues/hook", "queues/alertrecord", "history/goal", "lost/followup",
)  # fmt: skip


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("page", ADMIN_PAGES)
def test_the_admin_of_alerts_wallboards_and_goals(client: Client, who: str, page: str) -> None:
    log_in(client, who)
    Wallboard.objects.create(pk=1, name="hall")
    Threshold.objects.create(pk=1, name="t", what="waiting", limit=1)
    assert client.get(f"/admin/{page}/").status_code == (200 if who == "admin" else 302)
    if who != "admin":
        for path in ("", "add/", "1/change/", "1/delete/", "1/history/"):
            assert client.get(f"/admin/{page}/{path}")["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    "path",
    [
        "/reports/", "/reports/figures.csv", "/reports/figures.xlsx", "/lost/", "/lost/calls.csv", "/lost/calls.xlsx",
        "/listening/",
    ],
)  # fmt: skip
def test_who_is_not_logged_in_is_asked_to(client: Client, path: str) -> None:
    assert client.get(path)["Location"] == f"/login/?next={path}"


@pytest.mark.parametrize("path", ["/lost/note/", "/lost/call/"])
def test_nobody_writes_without_a_log_in(client: Client, path: str) -> None:
    fields = {"number": "+49111", "passage": "", "version": "0", "note": "x"}
    assert client.post(path, fields)["Location"].startswith("/login/")
    assert not FollowUp.objects.exists()
    assert not Command.objects.exists()
