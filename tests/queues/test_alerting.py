"""Alerts in the worker: read from the database, written down, told, and there again after a restart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from ami_worker import alerting
from ami_worker.alerting import Alerting
from ami_worker.alerts import Alert, Decision, Hook
from ami_worker.alerts import Threshold as Rule
from ami_worker.lease import Lease
from ami_worker.messenger import MOST_WAITING, Messenger
from ami_worker.mirror import Change
from ami_worker.post import PostOffice
from panel import environment
from panel.history.models import Outcome, Passage
from panel.queues.models import AlertRecord, Threshold
from panel.queues.models import Hook as HookRow
from panel.vocabulary import AlertKind, Kind
from tests.mail import MailServer, send_to
from tests.queues.receivers import Receiver, answers, hangs


pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 8.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerting, "LOOK_SECONDS", 0.03)
    monkeypatch.setattr(alerting, "HISTORY_SECONDS", 0.05)


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    lease = Lease("pbx", "this worker", 60)
    assert lease.acquire()
    return lease


def queue(key: str = "front", waiting: int = 0, free: int = 1) -> Change:
    return Change(Kind.QUEUE, key, ("Sales",), {"key": key, "waiting": waiting, "longest_at": None, "free": free})


def threshold(what: AlertKind = AlertKind.WAITING, limit: int = 2, **columns: Any) -> Threshold:
    usual: dict[str, Any] = {"name": "t", "rise_seconds": 0, "fall_seconds": 0}
    return Threshold.objects.create(what=what.value, limit=limit, **(usual | columns))


class Worker:
    """What the tenure does with alerts: `shown` are the live rows as it would have written them."""

    def __init__(self, lease: Lease) -> None:
        self.is_live = True
        self.alerting = Alerting(lease, is_live=lambda: self.is_live, wake=self._take)
        self.shown: dict[str, Any] = {}

    def put(self, *changes: Change, whole: bool = False) -> None:
        for change in self.alerting.changes(changes, whole=whole):
            self.shown[change.key] = change.row

    def _take(self) -> None:
        self.put()

    @property
    def up(self) -> list[dict[str, Any]]:
        return [row for row in self.shown.values() if row is not None]


@asynccontextmanager
async def working(lease: Lease) -> AsyncIterator[Worker]:
    worker = Worker(lease)
    await worker.alerting.begin()
    task = asyncio.create_task(worker.alerting.run())
    try:
        yield worker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        worker.alerting.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            if await sync_to_async(condition)():
                return
            await asyncio.sleep(0.02)


async def test_an_alert_is_written_down_shown_acknowledged_and_ends(lease: Lease) -> None:
    await sync_to_async(threshold)()
    async with working(lease) as worker:
        worker.put(queue(waiting=1), whole=True)
        worker.put(queue(waiting=2))
        await until(lambda: worker.up)
        (row,) = worker.up
        record = await AlertRecord.objects.aget()
        assert (record.key, record.queue, record.value, record.fell_at) == (row["key"], "front", 2, None)
        now = datetime.now(UTC)
        await AlertRecord.objects.aupdate(acknowledged_at=now, acknowledged_by="Sue Perry")
        await until(lambda: worker.up[0]["acknowledged_by"] == "Sue Perry")
        worker.put(queue(waiting=0))
        await until(lambda: not worker.up)
        assert (await AlertRecord.objects.aget()).fell_at >= now


async def test_after_a_restart_the_alert_is_still_up_and_still_acknowledged(lease: Lease) -> None:
    await sync_to_async(threshold)()
    async with working(lease) as worker:
        worker.put(queue(waiting=2), whole=True)
        await until(lambda: worker.up)
        key = worker.up[0]["key"]
        await AlertRecord.objects.aupdate(acknowledged_at=datetime.now(UTC), acknowledged_by="Sue Perry")
        await until(lambda: worker.up[0]["acknowledged_by"])
    async with working(lease) as again:
        again.put(queue(waiting=2), whole=True)
        assert [(row["key"], row["acknowledged_by"]) for row in again.up] == [(key, "Sue Perry")]
        again.put(queue("other", waiting=9))
        await until(lambda: len(again.up) == 2)
        assert await AlertRecord.objects.acount() == 2  # none was raised again


async def test_an_old_picture_raises_nothing_and_ends_nothing(lease: Lease) -> None:
    await sync_to_async(threshold)()
    async with working(lease) as worker:
        worker.put(queue(waiting=2), whole=True)
        await until(lambda: worker.up)
        worker.is_live = False
        worker.put(queue(waiting=0), queue("other", waiting=5))
        await AlertRecord.objects.aupdate(acknowledged_at=datetime.now(UTC), acknowledged_by="Sue Perry")
        await until(lambda: worker.up[0]["acknowledged_by"])  # it has looked, and at nothing else
        assert [row["queue"] for row in worker.up] == ["front"]
        worker.is_live = True
        await until(lambda: [row["queue"] for row in worker.up] == ["other"])


def passage(number: int, outcome: Outcome, joined: timedelta, waited: int, queue: str = "front") -> None:
    joined_at = datetime.now(UTC) - joined
    Passage.objects.create(
        key=f"p{number}", pbx="pbx", queue=queue, call=f"{number}", uniqueid=f"{number}", joined_at=joined_at,
        position=1, outcome=outcome, left_at=joined_at + timedelta(seconds=waited),
    )  # fmt: skip


async def test_the_service_level_and_the_calls_lost_come_from_the_history(lease: Lease, settings: Settings) -> None:
    moment = datetime.now(UTC)
    # Wherever it is noon now, so that "today" began twelve hours ago.
    settings.TIME_ZONE = f"Etc/GMT{moment.hour - 12:+d}" if moment.hour != 12 else "Etc/GMT"
    soon = timedelta(minutes=10)

    def fill() -> None:
        threshold(AlertKind.LEVEL, 80, target_seconds=20, least_calls=5)
        threshold(AlertKind.LOST, 2)
        for number in range(4):
            passage(number, Outcome.ANSWERED, soon, 20)
        passage(4, Outcome.ANSWERED, soon, 21)
        passage(5, Outcome.MOVED, soon, 100)  # neither for nor against
        passage(6, Outcome.WITHDRAWN, soon, 100)
        passage(7, Outcome.ABANDONED, timedelta(hours=30), 5)  # not today
        passage(8, Outcome.ABANDONED, soon, 5, "other")

    await sync_to_async(fill)()
    async with working(lease) as worker:
        worker.put(queue(), queue("other"), whole=True)
        await sync_to_async(passage)(9, Outcome.ABANDONED, timedelta(minutes=59), 5, "other")
        await until(lambda: [(row["queue"], row["what"]) for row in worker.up] == [("other", "lost")])
        await sync_to_async(passage)(10, Outcome.TIMEOUT, soon, 90)  # 4 of 6
        await until(lambda: len(worker.up) == 2)
        assert (worker.up[1]["queue"], worker.up[1]["what"], worker.up[1]["value"]) == ("front", "level", 66)


async def test_a_webhook_hears_of_the_rise_and_of_the_fall(lease: Lease, settings: Settings) -> None:
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    with Receiver(answers("200 OK")) as receiver:
        hook = await HookRow.objects.acreate(name="chat", url=receiver.url)
        await sync_to_async(threshold)(hook=hook)
        async with working(lease) as worker:
            worker.put(queue(waiting=3), whole=True)
            await until(lambda: AlertRecord.objects.filter(webhook="Taken (status 200)").exists())
            row = worker.up[0]
            worker.put(queue(waiting=0))
            await until(lambda: len(receiver.requests) == 2)
    raised, fell = (json.loads(request.partition(b"\r\n\r\n")[2]) for request in receiver.requests)
    assert raised == {"event": "raised", "at": row["raised_at"], "alert": row}
    assert (fell["event"], fell["alert"]["key"]) == ("fell", row["key"])


async def test_a_webhook_that_hangs_holds_up_no_alert(lease: Lease, settings: Settings) -> None:
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    with Receiver(hangs) as receiver:
        hook = await HookRow.objects.acreate(name="chat", url=receiver.url)
        await sync_to_async(threshold)(hook=hook)
        async with working(lease) as worker:
            worker.put(*(queue(f"q{number}", waiting=3) for number in range(20)), whole=True)
            await until(lambda: len(worker.up) == 20)


async def test_without_a_mail_server_a_letter_is_not_sent_and_the_record_says_so(lease: Lease) -> None:
    await sync_to_async(threshold)(email="boss@example.com")
    async with working(lease) as worker:
        worker.put(queue(waiting=3), whole=True)
        await until(lambda: AlertRecord.objects.filter(email="No mail server is named in EMAIL_URL").exists())


# --- the messenger alone --------------------------------------------------------------------------------------------


class Notes:
    def __init__(self) -> None:
        self.all: list[str] = []

    async def __call__(self, key: str, channel: str, result: str) -> None:
        self.all.append(result)


def rule(url: str) -> Rule:
    return Rule(1, (), AlertKind.WAITING, 3, hook=Hook(url, "secret"))


RAISED = Decision(Alert("a1", 1, "front", AlertKind.WAITING, 3, 5, 1.0))


async def test_a_message_that_may_go_better_later_is_tried_again_a_few_times() -> None:
    notes = Notes()
    with Receiver(answers("503 Later")) as receiver:
        messenger = Messenger(notes, inside=["127.0.0.1"], pauses=(0.01, 0.01))
        messenger.tell(RAISED, rule(receiver.url))
        await messenger.settled()
        messenger.close()
    assert notes.all == [f"Status 503 (try {number} of 3)" for number in (1, 2, 3)]
    assert len(receiver.requests) == 3


async def test_a_message_that_is_refused_for_good_is_not_tried_again() -> None:
    notes = Notes()
    messenger = Messenger(notes, pauses=(0.01, 0.01))
    messenger.tell(RAISED, rule("http://169.254.169.254/latest/meta-data/"))
    await messenger.settled()
    messenger.close()
    (note,) = notes.all
    assert "inside the own network" in note


async def test_more_messages_than_can_wait_are_not_taken() -> None:
    notes = Notes()
    with Receiver(hangs) as receiver:
        messenger = Messenger(notes, inside=["127.0.0.1"])
        for _ in range(MOST_WAITING + 1):
            messenger.tell(RAISED, rule(receiver.url))
        await until(lambda: notes.all == ["Not sent: too many messages wait"])
        messenger.close()


async def test_a_letter_says_what_is_wrong_and_when_it_is_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = Notes()
    async with MailServer.running() as server:
        monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{server.port}")
        send_to(settings, environment.mail(None))
        post = PostOffice()
        messenger = Messenger(notes, post)
        told = Rule(1, (), AlertKind.WAITING, 3, email="boss@example.com")
        messenger.tell(RAISED, told)
        await messenger.settled()
        messenger.tell(RAISED._replace(fell_at=61.0), told)
        await messenger.settled()
        messenger.close()
        post.close()
    assert notes.all == ["The mail server took it"] * 2
    assert server.recipients == [["boss@example.com"]] * 2
    assert [message["Subject"] for message in server.messages] == [
        "front: 3 or more callers wait",
        "Over: front: 3 or more callers wait",
    ]
    assert "it was 5 then" in server.messages[0].get_content()
