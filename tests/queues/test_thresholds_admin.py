"""Thresholds and webhooks in the admin, and the acknowledgement of an alert."""

from __future__ import annotations

from datetime import time

import pytest
from django.test import Client
from django.utils import timezone

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from panel.queues.models import AlertRecord, Hook, Threshold
from panel.vocabulary import Kind
from tests.people import make_operator, put


ADD = "/admin/queues/threshold/add/"
FIELDS = {
    "name": "Long waits", "is_active": "on", "queues": "front", "what": "wait", "limit": "60", "target_seconds": "20",
    "least_calls": "10", "rise_seconds": "10", "fall_seconds": "30",
}  # fmt: skip
HOOK = {"name": "Chat", "url": "https://chat.example.com/alerts?room=1", "secret": "between us"}


@pytest.fixture
def admin(client: Client, ada: Operator) -> Client:
    put(Kind.QUEUE, "front", name="front")
    client.force_login(ada)
    return client


def test_a_threshold_is_made(admin: Client) -> None:
    quiet = {"quiet_days": ["5", "6"], "quiet_from": "18:00", "quiet_to": "08:00", "email": "boss@example.com"}
    answer = admin.post(ADD, FIELDS | quiet)
    assert answer.status_code == 302
    threshold = Threshold.objects.get()
    assert (threshold.queues, threshold.what, threshold.limit) == (["front"], "wait", 60)
    assert (threshold.quiet_days, threshold.quiet_from, threshold.quiet_to) == ([5, 6], time(18), time(8))
    page = admin.get(f"/admin/queues/threshold/{threshold.pk}/change/").text
    assert page.count("checked") == 3  # it is active, and quiet on two days
    assert admin.get("/admin/queues/threshold/").status_code == 200


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"limit": "-1"}, "greater than or equal to 0"),
        ({"limit": "0"}, "A wait is counted in seconds, from 1 to 86400."),
        ({"limit": "86401"}, "A wait is counted in seconds, from 1 to 86400."),
        ({"what": "free", "limit": "0"}, "Fewer than none are never free"),
        ({"what": "level", "limit": "101"}, "A service level is from 1 to 100 per cent."),
        ({"what": "level", "limit": "0"}, "A service level is from 1 to 100 per cent."),
        ({"what": "waiting", "limit": "0"}, "The number of callers is from 1 to 1000."),
        ({"what": "lost", "limit": "10001"}, "The number of lost calls is from 1 to 10000."),
        ({"what": "moon"}, "Select a valid choice."),
        ({"limit": "many"}, "Enter a whole number."),
        ({"queues": "front\nattic"}, "The PBX has no queue attic. It has: front."),
        ({"rise_seconds": "31536000"}, "less than or equal to 3600"),
        ({"fall_seconds": "-5"}, "greater than or equal to 0"),
        ({"target_seconds": "0"}, "greater than or equal to 1"),
        ({"least_calls": "0"}, "greater than or equal to 1"),
        ({"quiet_from": "18:00"}, "Quiet hours need a beginning and an end."),
        ({"quiet_from": "18:00", "quiet_to": "18:00"}, "begin and end at the same time"),
        ({"quiet_from": "25:00", "quiet_to": "08:00"}, "Enter a valid time."),
        ({"quiet_days": ["7"]}, "Select a valid choice."),
        ({"quiet_days": ["0", "1", "2", "3", "4", "5", "6"]}, "On no day would there be an alert."),
        ({"email": "boss"}, "Enter a valid email address."),
    ],
)
def test_a_threshold_that_makes_no_sense_is_refused(admin: Client, fields: dict[str, object], sentence: str) -> None:
    answer = admin.post(ADD, FIELDS | fields)
    assert answer.status_code == 200
    assert sentence in answer.text.replace("&#x27;", "'")
    assert not Threshold.objects.exists()


def test_a_webhook_is_made_with_a_secret_of_its_own(admin: Client) -> None:
    assert admin.post("/admin/queues/hook/add/", HOOK).status_code == 302
    assert Hook.objects.get().url == HOOK["url"]
    assert len(Hook(name="x", url="y").secret) >= 43
    assert Hook(name="x", url="y").secret != Hook(name="x", url="y").secret


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.com/", "javascript:alert(1)", "example.com", "http://", "http://a b/",
        "https://user:secret@example.com/", "https://exämple.com/",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(admin: Client, url: str) -> None:
    answer = admin.post("/admin/queues/hook/add/", HOOK | {"url": url})
    assert answer.status_code == 200
    assert 'class="errorlist"' in answer.text
    assert not Hook.objects.exists()


def test_alerts_that_there_were_can_be_looked_at_and_not_changed(admin: Client) -> None:
    record = up("a1")
    assert "front" in admin.get("/admin/queues/alertrecord/").text
    page = f"/admin/queues/alertrecord/{record.pk}/change/"
    assert admin.get(page).status_code == 200
    assert admin.post(page, {"queue": "other"}).status_code == 403
    assert admin.post(f"/admin/queues/alertrecord/{record.pk}/delete/", {"post": "yes"}).status_code == 403


# --- acknowledging --------------------------------------------------------------------------------------------------


def up(key: str, *groups: str, **columns: object) -> AlertRecord:
    put(Kind.ALERT, key, groups or ("*",), queue="front")
    usual = {"threshold_key": 1, "queue": "front", "what": "waiting", "limit": 3, "value": 4}
    return AlertRecord.objects.create(key=key, pbx="pbx", raised_at=timezone.now(), **(usual | columns))


@pytest.fixture
def sue(client: Client, db: None) -> Operator:
    operator = make_operator("sue", Role.SUPERVISOR)
    client.force_login(operator)
    return operator


def test_a_supervisor_acknowledges_an_alert_and_the_first_who_does_stays(client: Client, sue: Operator) -> None:
    record = up("a1")
    answer = client.post("/alerts/a1/acknowledge/")
    assert (answer.status_code, answer.json()) == (200, {"by": "Sue Test"})
    record.refresh_from_db()
    assert record.acknowledged_by == "Sue Test"
    assert record.acknowledged_at is not None
    client.force_login(make_operator("sam", Role.SUPERVISOR))
    assert client.post("/alerts/a1/acknowledge/").json() == {"by": "Sue Test"}
    assert client.get("/alerts/a1/acknowledge/").status_code == 405


def test_who_has_not_the_right_is_told_so(client: Client, db: None) -> None:
    record = up("a1")
    assert client.post("/alerts/a1/acknowledge/").status_code == 401
    client.force_login(make_operator("rita", Role.RECEPTIONIST))
    answer = client.post("/alerts/a1/acknowledge/")
    assert (answer.status_code, "may not" in answer.json()["text"]) == (403, True)
    record.refresh_from_db()
    assert record.acknowledged_at is None


def test_what_is_over_or_not_to_be_seen_is_over(client: Client, db: None) -> None:
    hidden = up("a1", "Board")
    up("a2", "Sales", fell_at=timezone.now())
    client.force_login(make_operator("bob", Role.SUPERVISOR, departments=["Sales"]))
    answers = [client.post(f"/alerts/{key}/acknowledge/") for key in ("a1", "a2", "a3")]
    assert {(answer.status_code, answer.json()["text"]) for answer in answers} == {(404, "This alert is over.")}
    hidden.refresh_from_db()
    assert hidden.acknowledged_at is None


def test_a_foreign_page_acknowledges_nothing(sue: Operator) -> None:
    up("a1")
    client = Client(enforce_csrf_checks=True)
    client.force_login(sue)
    assert client.post("/alerts/a1/acknowledge/").status_code == 403
    assert AlertRecord.objects.get().acknowledged_at is None
