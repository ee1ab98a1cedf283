"""What programs that watch the panel are told, and what they are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from panel.accounts.models import Operator
from panel.commands.models import Command
from panel.live import feed
from panel.live.models import Change, Pbx
from panel.vocabulary import Link, seconds
from tests.people import hold_lease, put_call, put_extension, put_pbx


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def figures(client: Client) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.fixture
def no_database(db: None) -> Iterator[None]:
    """The tables are there; reading them fails, as when the server is gone."""
    from django.db import OperationalError

    def gone(*_: Any) -> Any:
        raise OperationalError("connection to server at 10.1.2.3 failed: secret details")

    with connection.execute_wrapper(gone):
        yield


def test_the_process_lives_even_without_a_database(client: Client, no_database: None) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_ready_while_a_worker_holds_the_lease_and_the_link_is_live(client: Client, db: None) -> None:
    put_pbx(drift=2, lag_seconds=0.25)
    hold_lease()
    code, body = ready(client)
    assert (code, body["ready"], body["reason"]) == (200, True, "")
    pbx = body["pbx"]["pbx"]
    assert pbx["lease_until_at"]
    assert {name: pbx[name] for name in ("link", "as_of_at", "reason", "drift", "lag_seconds", "lease_owner")} == {
        "link": "live",
        "as_of_at": "2026-11-22T10:42:07.123Z",
        "reason": "",
        "drift": 2,
        "lag_seconds": 0.25,
        "lease_owner": "host:1:abc",
    }


def test_a_live_picture_is_as_old_as_the_lease_says_where_its_row_does_not(client: Client, db: None) -> None:
    put_pbx(as_of_at=None)
    lease = hold_lease()
    as_of = seconds(ready(client)[1]["pbx"]["pbx"]["as_of_at"])
    assert as_of == pytest.approx(lease.until.timestamp() - settings.LEASE_SECONDS, abs=0.01)


def test_not_ready_before_the_first_worker(client: Client, db: None, caplog: pytest.LogCaptureFixture) -> None:
    code, body = ready(client)
    assert caplog.text == ""  # an answer, not an error
    assert (code, body["ready"], body["reason"]) == (503, False, "pbx: No worker is running.")


def test_not_ready_when_the_lease_has_run_out_though_the_rows_still_say_live(client: Client, db: None) -> None:
    put_pbx()
    hold_lease(seconds=-0.1)
    code, body = ready(client)
    assert (code, body["reason"]) == (503, "pbx: No worker is running.")
    assert body["pbx"]["pbx"]["link"] == "live"
    assert not body["pbx"]["pbx"]["lease_held"]


def test_not_ready_before_the_worker_has_reached_the_pbx(client: Client, db: None) -> None:
    hold_lease()
    assert ready(client)[1]["reason"] == "pbx: The worker has not reached the PBX yet."


@pytest.mark.parametrize("link", [Link.STALE, Link.OFFLINE])
def test_not_ready_while_the_link_is_not_live(client: Client, db: None, link: Link) -> None:
    put_pbx(link, reason="The PBX does not answer.")
    hold_lease()
    code, body = ready(client)
    assert (code, body["reason"]) == (503, "pbx: The PBX does not answer.")
    assert body["pbx"]["pbx"]["link"] == link


def test_one_pbx_that_is_not_live_is_enough(client: Client, db: None) -> None:
    for name in ("pbx", "branch"):
        put_pbx(pbx=name)
        hold_lease(name)
    assert ready(client)[0] == 200
    Pbx.objects.filter(key="branch").update(row={**put_pbx_row(), "link": "offline"}, link="offline")
    code, body = ready(client)
    assert (code, body["reason"]) == (503, "branch: The link is offline.")


def put_pbx_row() -> dict[str, Any]:
    row: dict[str, Any] = Pbx.objects.get(key="pbx").row
    return row


def test_not_ready_without_a_database_and_no_details_of_it(client: Client, no_database: None) -> None:
    code, body = ready(client)
    assert code == 503
    assert body == {"ready": False, "reason": "The database does not answer.", "pbx": {}}


def test_answers_are_never_taken_out_of_a_cache(client: Client, db: None) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert client.get(path)["Cache-Control"] == "no-store"
        assert client.post(path).status_code == 405


def command(operator: Operator, key: str, name: str, state: str) -> None:
    now = timezone.now()
    Command.objects.create(
        key=key, pbx="pbx", operator=operator, operator_key=operator.username, name=name, args={"to": "+48600123456"},
        state=state, created_at=now, expires_at=now + timedelta(seconds=10),
    )  # fmt: skip


def test_the_figures(client: Client, alice: Operator) -> None:
    put_pbx(drift=3, lag_seconds=0.5)
    hold_lease()
    put_call("1")
    put_call("2")
    Change.objects.create(seq=41, pbx="pbx", kind="call", key="1", row=None, at=timezone.now())
    for number, (name, state) in enumerate([("call", "done"), ("call", "done"), ("park", "failed"), ("park", "sent")]):
        command(alice, str(number), name, state)
    found = figures(client)
    assert found["cordboard_link_live", ("pbx",)] == 1
    assert found["cordboard_lease_held", ("pbx",)] == 1
    assert found["cordboard_drift_total", ("pbx",)] == 3
    assert found["cordboard_lag_seconds", ("pbx",)] == 0.5
    assert found["cordboard_calls", ("talking",)] == 2
    assert found["cordboard_changes_seq", ()] == 41
    assert found["cordboard_commands_total", ("call", "done")] == 2
    assert found["cordboard_commands_total", ("park", "failed")] == 1
    assert found["cordboard_commands_open", ("park", "sent")] == 1


def test_a_link_without_a_worker_does_not_count_as_live(client: Client, db: None) -> None:
    put_pbx()
    hold_lease(seconds=-1)
    assert figures(client)["cordboard_link_live", ("pbx",)] == 0


def test_the_figures_of_the_feed_are_among_them(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "figures", lambda: {"sockets": 7.0, "frames": 41.0, "feed_lag_seconds": 0.5})
    found = figures(client)
    assert found["cordboard_sockets", ()] == 7
    assert found["cordboard_frames_total", ()] == 41
    assert found["cordboard_feed_lag_seconds", ()] == 0.5


def test_a_process_without_sockets_says_so(client: Client, db: None) -> None:
    assert figures(client)["cordboard_sockets", ()] == 0


def test_a_scrape_without_a_database_fails_rather_than_count_zero(client: Client, no_database: None) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 503
    assert "10.1.2.3" not in answer.text


def test_neither_names_nor_numbers_are_told(client: Client, alice: Operator) -> None:
    put_pbx()
    hold_lease()
    put_extension("201", "Support")
    put_call("1")
    command(alice, "1", "call", "done")
    for path in ("/readyz", "/metrics"):
        text = client.get(path).text
        for private in ("alice", "Alice", "201", "48600123456", "Person", "Support"):
            assert private not in text
