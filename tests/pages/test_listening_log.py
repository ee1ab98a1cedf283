"""The page that says who has listened: for those with the right, and of their departments only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from panel.commands import views
from panel.commands.models import ListeningLog
from tests.people import fresh, make_operator


BEGAN = datetime(2026, 11, 22, 10, 42, 7, tzinfo=UTC)


def log(agent: str = "Bo Larsen 202", groups: Iterable[str] = ("Support",), **more: object) -> ListeningLog:
    fields: dict[str, object] = {
        "pbx": "pbx", "key": "k", "operator_key": "sue", "operator_name": "Sue Test", "listener": "Sue 203",
        "agent": agent, "party": "1.2", "groups": list(groups), "call": "1.1", "reason": "new here",
        "modes": [["listen", BEGAN.isoformat()], ["barge", (BEGAN + timedelta(seconds=5)).isoformat()]],
        "began_at": BEGAN, "ended_at": BEGAN + timedelta(seconds=75),
    }  # fmt: skip
    return ListeningLog.objects.create(**(fields | more))


@pytest.fixture
def sue(db: None) -> Operator:
    operator = make_operator("sue", Role.SUPERVISOR, departments=["Support"])
    operator.user_permissions.add(Permission.objects.get(codename="view_listeninglog"))
    return fresh(operator)


def page(client: Client, operator: Operator, query: str = "") -> str:
    client.force_login(operator, backend="panel.accounts.backends.OperatorBackend")
    answer = client.get(f"/listening/{query}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_it_says_who_when_to_whom_how_how_long_and_why(client: Client, sue: Operator) -> None:
    log()
    found = page(client, sue)
    for words in ("10:42:07", "Sue Test, Sue 203", "Bo Larsen 202", "listened", "joined in", "1:15", "new here"):
        assert words in found


def test_what_still_lasts_and_what_ended_unwatched_is_said(client: Client, sue: Operator) -> None:
    log(ended_at=None)
    log(end_is_known=False)
    found = page(client, sue)
    assert "still listening" in found
    assert "1:15 at most: the panel was away" in found


def test_other_departments_are_not_in_it(client: Client, sue: Operator) -> None:
    log("Foreign 301", ["Sales"])
    log("Nobody 999", [])
    found = page(client, sue)
    assert "Foreign" not in found
    assert "Nobody has listened to anybody whom you may see." in found
    assert "Foreign" in page(client, make_operator("root", Role.ADMIN))


def test_older_ones_are_a_link_away(client: Client, sue: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "ROWS", 2)
    rows = [log(f"Agent {number}") for number in range(3)]
    first = page(client, sue)
    assert ("Agent 2" in first, "Agent 1" in first, "Agent 0" in first) == (True, True, False)
    older = re.search(r'href="(\?before=\d+)"', first)
    assert older is not None
    assert older[1] == f"?before={rows[1].pk}"
    last = page(client, sue, older[1])
    assert ("Agent 0" in last, "Agent 1" in last, "before=" in last) == (True, False, False)


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "١"])
def test_a_place_that_is_none_is_refused(client: Client, sue: Operator, before: str) -> None:
    client.force_login(sue, backend="panel.accounts.backends.OperatorBackend")
    answer = client.get("/listening/", {"before": before})
    assert (answer.status_code, b"number of a row" in answer.content) == (400, True)


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.SUPERVISOR, None])
def test_without_the_right_there_is_no_such_page_and_no_link_to_it(client: Client, db: None, role: Role | None) -> None:
    client.force_login(make_operator("somebody", role), backend="panel.accounts.backends.OperatorBackend")
    assert client.get("/listening/").status_code == 403
    assert b'href="/listening/"' not in client.get("/queues/").content


def test_with_the_right_the_menu_leads_there(client: Client, sue: Operator) -> None:
    client.force_login(sue, backend="panel.accounts.backends.OperatorBackend")
    assert b'href="/listening/"' in client.get("/queues/").content


def test_a_stranger_is_asked_to_log_in(client: Client, db: None) -> None:
    assert client.get("/listening/")["Location"] == "/login/?next=/listening/"
