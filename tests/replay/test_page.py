"""The page of the replay as the server gives it, who gets it, and the links that lead there."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from panel.commands.models import Command, ListeningLog
from panel.history.models import Outcome, Passage
from panel.replay.pages import BadTime, moment_of
from tests.pages.conftest import for_tests  # noqa: F401  (fixture)
from tests.people import fresh, make_operator, two_pbxs


pytestmark = pytest.mark.django_db

AT = 1_795_343_460_000


def get(operator: Operator, path: str, **query: str) -> Any:
    client = Client()
    client.force_login(operator, backend="panel.accounts.backends.OperatorBackend")
    return client.get(path, query)


@pytest.fixture
def sue() -> Operator:
    return make_operator("sue", Role.SUPERVISOR)


def config(answer: Any) -> dict[str, Any]:
    found = re.search(r'<script id="cordboard-config"[^>]*>(.*?)</script>', answer.text, re.DOTALL)
    assert found is not None
    page: dict[str, Any] = json.loads(found[1])
    return page


def test_it_brings_the_moment_the_zone_and_no_command(sue: Operator, settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    page = config(get(sue, "/replay/", at=str(AT), call="1.1", view="queues"))
    assert abs(page["replay"].pop("now") - timezone.now().timestamp() * 1000) < 60_000
    zone = {"film": "/replay/film", "at": AT, "zone": "Europe/Berlin", "call": "1.1", "view": "queues"}
    assert page["replay"] == {**zone, "pbx": "", "pbxs": []}
    assert not page.keys() & {"catalogue", "socket", "may_acknowledge"}
    local = config(get(sue, "/replay/", at="2026-11-22T11:31"))
    assert (local["replay"]["at"], local["replay"]["view"]) == (AT, "switchboard")
    assert config(get(sue, "/replay/"))["replay"]["at"] is None
    assert config(get(sue, "/replay/", view="nonsense"))["replay"]["view"] == "switchboard"


def test_of_several_pbxs_it_is_the_named_one_or_that_of_the_call(sue: Operator, settings: Settings) -> None:
    settings.PBXS = two_pbxs()

    def shown(**query: str) -> str:
        answer = get(sue, "/replay/", **query)
        marked = re.findall(r'data-pbx="(\w+)" aria-current="page"', answer.text)
        assert marked == [config(answer)["replay"]["pbx"]]
        return str(marked[0])

    assert [shown(), shown(pbx="branch"), shown(pbx="nonsense")] == ["pbx", "branch", "pbx"]
    assert [shown(call="branch/1.1"), shown(call="1.1")] == ["branch", "pbx"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", None),
        ("0", 0),
        ("2026-11-22T10:31", AT),
        ("2026-11-22T10:31:00.250", AT + 250),
        ("2026-11-22T11:31+01:00", AT),
    ],
)
def test_a_moment_is_a_number_or_a_local_time(text: str, moment: int | None) -> None:
    assert moment_of(text) == moment


def test_of_an_hour_that_came_twice_it_is_the_first_and_in_one_that_did_not_come_it_goes_on(settings: Settings) -> None:
    with timezone.override("Europe/Berlin"):
        assert moment_of("2026-10-25T02:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp() * 1000
        assert moment_of("2026-03-29T02:30") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp() * 1000


BAD = [
    "x",
    "-1",
    "1e3",
    "٣",
    "9" * 16,
    "9" * 15,
    "2026-02-30T10:00",
    "0001-01-01T00:00+14:00",
    "1960-01-01",
    "\x00",
    "10:42",
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_moment_is_refused_with_a_sentence(sue: Operator, text: str) -> None:
    with pytest.raises(BadTime):
        moment_of(text)
    answer = get(sue, "/replay/", at=text)
    assert (answer.status_code, "is a moment such as" in answer.text) == (400, True)


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, None])
def test_without_the_right_there_is_no_such_page_and_no_link_to_it(role: Role | None) -> None:
    somebody = make_operator("somebody", role)
    assert get(somebody, "/replay/").status_code == 403
    assert 'href="/replay/"' not in get(somebody, "/").text


def test_with_the_right_every_page_leads_there(sue: Operator) -> None:
    for path in ("/", "/queues/", "/lost/", "/reports/", "/replay/"):
        assert 'href="/replay/"' in get(sue, path).text, path


def test_a_stranger_is_asked_to_log_in() -> None:
    assert Client().get("/replay/?at=1")["Location"] == "/login/?next=/replay/%3Fat%3D1"


# --- the links


def link(answer: Any) -> dict[str, list[str]] | None:
    found = re.search(r'href="(/replay/\?at=[^"]+)"', answer.text)
    return None if found is None else parse_qs(urlsplit(found[1].replace("&amp;", "&")).query)


def milliseconds(at: datetime) -> str:
    return str(round(at.timestamp() * 1000))


def lost_call(minutes: float) -> Passage:
    left = timezone.now() - timedelta(minutes=minutes)
    empty = {"paused": [], "ringing": [], "busy": [], "free": [], "offline": []}
    fields: dict[str, Any] = {"position": 1, "left_position": 1, "groups": ["*"], "staff": empty, "number": "+4930123"}
    times = {"joined_at": left - timedelta(seconds=40), "left_at": left, "outcome": Outcome.ABANDONED}
    return Passage.objects.create(key="p1", pbx="pbx", call="17.4", queue="sales", **fields, **times)


def test_a_lost_call_leads_to_the_queues_a_few_seconds_before_it_was_lost(sue: Operator) -> None:
    lost = lost_call(30)
    assert lost.left_at is not None
    expected = {"at": [milliseconds(lost.left_at - timedelta(seconds=5))], "view": ["queues"], "call": ["17.4"]}
    assert link(get(sue, "/lost/")) == expected


def test_a_line_of_the_listening_log_leads_there(sue: Operator) -> None:
    sue.user_permissions.add(Permission.objects.get(codename="view_listeninglog"))
    began = timezone.now() - timedelta(minutes=5)
    fields = {"pbx": "pbx", "key": "k", "listener": "Sue", "agent": "Bo", "party": "1.2", "groups": [], "call": "1.1"}
    ListeningLog.objects.create(**fields, modes=[["listen", began.isoformat()]], began_at=began)
    found = link(get(fresh(sue), "/listening/"))
    assert found == {"at": [milliseconds(began - timedelta(seconds=5))], "call": ["1.1"]}


def test_a_line_of_the_audit_log_leads_there() -> None:
    at = timezone.now() - timedelta(minutes=5)
    Command.objects.create(
        key="c1", pbx="pbx", operator_key="sue", name="transfer", args={}, call="1.1", created_at=at, expires_at=at
    )
    boss = make_operator("boss", Role.ADMIN)
    found = link(get(boss, "/admin/commands/command/"))
    assert found == {"at": [milliseconds(at - timedelta(seconds=5))], "call": ["1.1"]}


def test_who_reads_the_audit_log_but_may_not_look_back_sees_no_link() -> None:
    at = timezone.now()
    Command.objects.create(key="c1", pbx="pbx", operator_key="sue", name="park", args={}, created_at=at, expires_at=at)
    reader = make_operator("reader", None)
    reader.is_staff = True
    reader.save()
    reader.user_permissions.add(Permission.objects.get(codename="view_command"))
    answer = get(fresh(reader), "/admin/commands/command/")
    assert (answer.status_code, link(answer), "Board at that time" in answer.text) == (200, None, False)


@pytest.mark.parametrize(
    ("hours", "minutes", "leads"), [(24, 1430, True), (24, 1441, False), (0, 1, False), (48, 1441, True)]
)
def test_there_is_a_link_only_as_long_as_there_is_film(
    sue: Operator, settings: Settings, hours: int, minutes: int, leads: bool
) -> None:
    settings.REPLAY_HOURS = hours
    lost_call(minutes)
    assert (link(get(sue, "/lost/?days=7")) is not None) == leads


def test_who_sees_lost_calls_but_may_not_look_back_sees_no_link() -> None:
    lost_call(5)
    clerk = make_operator("clerk", Role.RECEPTIONIST)
    clerk.user_permissions.add(Permission.objects.get(codename="see_lost"))
    answer = get(fresh(clerk), "/lost/")
    assert ("+4930123" in answer.text, link(answer)) == (True, None)
