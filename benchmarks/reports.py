"""How long the report of a busy day takes to open: 50,000 callers, 50 queues, 1,000 agents, on SQLite and PostgreSQL;
next to a loop in Python over the same rows.

`python -m benchmarks reports` prints the table. Measured is the whole page as Django makes it, chart and table, for an
operator who is limited to departments and so has the dearer way; without web server and browser. A year is in year.py.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo


os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="cordboard-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")

import django


django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.db.utils import load_backend  # noqa: E402
from django.test import Client, override_settings  # noqa: E402

from benchmarks.table import Row, median, show  # noqa: E402
from panel import environment  # noqa: E402
from panel.accounts.roles import Role  # noqa: E402
from panel.history.models import Outcome, Passage, Span  # noqa: E402
from panel.history.periods import Period  # noqa: E402
from tests.history import naive  # noqa: E402
from tests.people import make_operator  # noqa: E402
from tests.rig.parts import Unavailable  # noqa: E402
from tests.rig.postgres import Postgres  # noqa: E402


PASSAGES, QUEUES, AGENTS = 50_000, 50, 1_000
ROUNDS = 3
TARGET_SECONDS = 1.0
DAY = date(2026, 6, 1)
PAGES = {
    "by queue": f"/reports/?by=queue&first={DAY}&last={DAY}",
    "by agent": f"/reports/?by=agent&first={DAY}&last={DAY}",
    "by day": f"/reports/?by=day&first={DAY}&last={DAY}",
    "by hour": f"/reports/?by=hour&first={DAY}&last={DAY}",
}
OUTCOMES = [Outcome.ANSWERED] * 17 + [Outcome.ABANDONED, Outcome.TIMEOUT, Outcome.MOVED]


def fill() -> None:
    """The rows of one day, the same each time."""
    chance = random.Random(1)
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
    passages, spans = [], []
    # In the order of time, as the worker writes them.
    for number, second in enumerate(sorted(chance.triangular(0, 86_399, 39_600) for _ in range(PASSAGES))):
        row = _passage(chance, number, midnight + timedelta(seconds=second))
        passages.append(row)
        if row.agent:
            spans += _spans_of(row)
    for agent in range(AGENTS):
        came = midnight + timedelta(seconds=chance.uniform(0, 50_000))
        for queue in range(agent % 3 + 1):
            spans.append(_span(f"queue-{(agent + queue) % QUEUES}", agent, "member", came, came + timedelta(hours=8)))
        pause = came + timedelta(hours=4)
        spans.append(_span(f"queue-{agent % QUEUES}", agent, "paused", pause, pause + timedelta(minutes=30)))
    for key, span in enumerate(spans):
        span.key = f"span-{key}"
    Passage.objects.bulk_create(passages, batch_size=2000)
    Span.objects.bulk_create(spans, batch_size=2000)


def _passage(chance: random.Random, number: int, joined_at: datetime) -> Passage:
    queue, outcome = chance.randrange(QUEUES), chance.choice(OUTCOMES)
    left_at = joined_at + timedelta(seconds=chance.expovariate(1 / 25))
    row = Passage(
        key=f"passage-{number}", pbx="bench", groups=["Sales"] if queue % 2 else ["Support", "Sales"],
        queue=f"queue-{queue}", call=f"call-{number}", uniqueid=f"1.{number}",
        number=f"+4930{chance.randrange(10**7):07}", joined_at=joined_at,
        position=1, outcome=outcome, left_at=left_at,
    )  # fmt: skip
    if outcome == Outcome.ANSWERED:
        agent = chance.randrange(AGENTS)
        row.agent, row.agent_name = f"PJSIP/{agent}", f"Agent {agent}"
        row.talk_ended_at = left_at + timedelta(seconds=chance.expovariate(1 / 200))
    else:
        row.staff = {"paused": ["Anna"], "ringing": [], "busy": ["Bo", "Cy"], "free": [], "offline": []}
    return row


def _spans_of(row: Passage) -> list[Span]:
    agent = int(row.agent.partition("/")[2])
    assert row.left_at
    assert row.talk_ended_at
    return [
        _span(row.queue, agent, "ringing", row.left_at - timedelta(seconds=8), row.left_at),
        _span(row.queue, agent, "talking", row.left_at, row.talk_ended_at),
        _span(row.queue, agent, "wrapup", row.talk_ended_at, row.talk_ended_at + timedelta(seconds=15)),
    ]


def _span(queue: str, agent: int, kind: str, began_at: datetime, ended_at: datetime) -> Span:
    name = f"Agent {agent}"
    return Span(
        pbx="bench", groups=["Sales"], queue=queue, agent=f"PJSIP/{agent}", agent_name=name, kind=kind, reason="",
        began_at=began_at, ended_at=ended_at,
    )  # fmt: skip


def seconds_for_page(client: Client, path: str, clock: Callable[[], float] = time.perf_counter) -> float:
    """Of the clock on the wall; with `time.process_time` of the processor, which on SQLite is all there is to it and
    the same on a machine that does other things besides.
    """
    times = []
    for _round in range(ROUNDS):
        began = clock()
        answer = client.get(path)
        times.append(clock() - began)
        assert answer.status_code == 200, answer.status_code
    return median(times)


def seconds_for_loop() -> float:
    """The figures by queue, with a loop over the rows."""
    period = Period(DAY, DAY, ZoneInfo(settings.TIME_ZONE))
    begin, end = period.starts_at, period.ends_at
    began = time.perf_counter()
    rows: dict[str, list[Passage]] = defaultdict(list)
    spans: dict[str, list[Span]] = defaultdict(list)
    for row in Passage.objects.filter(joined_at__gte=begin, joined_at__lt=end).iterator():
        rows[row.queue].append(row)
    for span in Span.objects.filter(began_at__lt=end, ended_at__gt=begin).iterator():
        spans[span.queue].append(span)
    for queue in rows:
        naive.of_passages(rows[queue])
        naive.busy(spans[queue], ("ringing", "talking", "wrapup"), begin, end, end)
    return time.perf_counter() - began


def measure() -> list[Row]:
    """The rows for the database that is in use."""
    call_command("migrate", verbosity=0)
    fill()
    connection.close()
    client = Client(SERVER_NAME="localhost")
    client.force_login(make_operator("bench", Role.SUPERVISOR, departments=["Sales"]))
    what = f"reports: a day of {PASSAGES:,} callers, {connection.vendor}"
    pages = {name: seconds_for_page(client, path) for name, path in PAGES.items()}
    found = [Row(f"{what}, {name}", at, "s", TARGET_SECONDS, more=False) for name, at in pages.items()]
    if connection.vendor == "sqlite":
        for name, path in PAGES.items():
            at = seconds_for_page(client, path, time.process_time)
            found.append(Row(f"{what}, {name}, of the processor", at, "s"))
    found.append(Row(f"{what}, list of the lost calls", seconds_for_page(client, "/lost/?days=0"), "s"))
    found.append(Row(f"{what}, a loop over the rows instead", loop := seconds_for_loop(), "s"))
    found.append(Row(f"{what}, the loop takes so many times by queue", loop / pages["by queue"], "times"))
    return found


@contextmanager
def database(url: str) -> Iterator[None]:
    """Inside, the default database is the one at this address."""
    os.environ["DATABASE_URL"] = url
    config = connections.configure_settings({"default": environment.database(Path(settings.DATA_DIR))})["default"]
    usual = connections["default"]
    connections["default"] = load_backend(config["ENGINE"]).DatabaseWrapper(config, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = usual
        del os.environ["DATABASE_URL"]


@contextmanager
def plain_static() -> Iterator[None]:
    """Inside, pages need no collected static files."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}):
        yield


def run() -> list[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory(prefix="cordboard-bench-") as folder, plain_static():
        with database(f"sqlite:///{folder}/reports.sqlite3"):
            rows = measure()
        try:
            postgres = Postgres()
        except Unavailable as missing:
            print(f"  not on PostgreSQL: {missing}")
            return rows
        with postgres, database(postgres.url):
            return [*rows, *measure()]


if __name__ == "__main__":
    show(run())
