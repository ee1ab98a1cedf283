"""How long the reports of a year take: ten million callers and all that their agents did, on PostgreSQL; next to one
plain GROUP BY over the same callers.

`python -m benchmarks year` prints the table; it takes some 15 GB of disk and a quarter of an hour, and is run by its
name only. The database makes the rows itself; the kept days are made by the product's own days.py, one after the other
as it does at night.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from benchmarks.reports import database, plain_static, seconds_for_page  # it sets Django up
from benchmarks.table import Row, show
from panel.accounts.roles import Role
from panel.history import days
from panel.history.periods import Period
from panel.history.scope import Scope
from tests.people import make_operator
from tests.rig.parts import Unavailable
from tests.rig.postgres import Postgres


PASSAGES, DAYS = 10_000_000, 366
AGENTS, DEPARTMENTS = 1_000, 10
"""Each department has five queues, and each of its agents is in three of them."""

SECONDS, DAY_SECONDS, WAIT_SECONDS = 5.0, 1.0, 10.0
GIGABYTES = 25
"""Free disk without which nothing is begun."""

LAST = date(2026, 6, 1)
FIRST = LAST - timedelta(days=DAYS - 1)

_PASSAGES = """
INSERT INTO history_passage (key, pbx, groups, is_complete, is_open, queue, call, uniqueid, number, name, dialled,
    joined_at, position, outcome, left_at, left_position, agent, agent_name, agent_extension, talk_ended_at, ended_by,
    rings_without_answer, staff)
SELECT 'passage-' || n, 'bench', jsonb_build_array('Department ' || agent %% {departments}), true, false,
    'queue-' || agent %% {departments} + {departments} * ((agent / {departments} + turn) %% 5), 'call-' || n, '1.' || n,
    '+4930' || number, '', '', joined_at, 1, outcome, joined_at + wait, 1,
    CASE WHEN outcome = 'answered' THEN 'PJSIP/' || agent ELSE '' END,
    CASE WHEN outcome = 'answered' THEN 'Agent ' || agent ELSE '' END, '',
    CASE WHEN outcome = 'answered' THEN joined_at + wait + talk END,
    CASE WHEN outcome = 'answered' THEN 'caller' ELSE '' END, 0, '{{}}'
FROM (
    SELECT n, floor(random() * {agents})::int AS agent, floor(random() * 3)::int AS turn,
        1000000 + floor(random() * 3000000)::int AS number,
        (ARRAY['abandoned', 'timeout', 'moved'] || array_fill('answered'::text, ARRAY[17]))
            [1 + floor(random() * 20)::int] AS outcome,
        -- Every day from 8 to 18 h, one after the other as the worker writes them.
        %s::timestamptz + (n / {each}) * interval '1 day' + interval '8 h'
            + (n %% {each}) * interval '10 h' / {each} AS joined_at,
        -25 * ln(1 - random()) * interval '1 s' AS wait, -200 * ln(1 - random()) * interval '1 s' AS talk
    FROM generate_series(0, {passages} - 1) AS n
) AS made
"""

_SPANS = """
INSERT INTO history_span (key, pbx, groups, is_complete, is_open, queue, agent, agent_name, agent_extension, kind,
    reason, began_at, ended_at)
SELECT p.key || kind, 'bench', p.groups, true, false, p.queue, p.agent, p.agent_name, '', kind, '', began, ended
FROM history_passage AS p CROSS JOIN LATERAL (VALUES
    ('ringing', p.left_at - interval '8 s', p.left_at), ('talking', p.left_at, p.talk_ended_at),
    ('wrapup', p.talk_ended_at, p.talk_ended_at + interval '15 s')) AS made (kind, began, ended)
WHERE p.outcome = 'answered'
"""

_STAYS = """
INSERT INTO history_span (key, pbx, groups, is_complete, is_open, queue, agent, agent_name, agent_extension, kind,
    reason, began_at, ended_at)
SELECT 'stay-' || day || '-' || agent || '-' || turn, 'bench',
    jsonb_build_array('Department ' || agent %% {departments}), true, false,
    'queue-' || agent %% {departments} + {departments} * ((agent / {departments} + turn %% 3) %% 5),
    'PJSIP/' || agent, 'Agent ' || agent, '', CASE WHEN turn < 3 THEN 'member' ELSE 'paused' END,
    CASE WHEN turn < 3 THEN '' WHEN turn = 3 THEN 'Lunch' ELSE 'Break' END, came + begins, came + ends
FROM generate_series(0, {days} - 1) AS day CROSS JOIN generate_series(0, {agents} - 1) AS agent
CROSS JOIN LATERAL (VALUES (0, interval '0', interval '8 h'), (1, '0', '8 h'), (2, '0', '8 h'), (3, '4 h', '4.5 h'),
    (4, '2 h', '2.2 h')) AS made (turn, begins, ends)
CROSS JOIN LATERAL (SELECT %s::timestamptz + day * interval '1 day' + interval '8 h'
    + agent %% 120 * interval '1 min') AS at (came)
"""


def fill() -> None:
    """The rows of the year, the same each time."""
    numbers = {
        "passages": PASSAGES, "each": PASSAGES // DAYS + 1, "days": DAYS, "agents": AGENTS, "departments": DEPARTMENTS,
    }  # fmt: skip
    begin = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # one random row after the other
        cursor.execute("SELECT setseed(0.5)")
        for table, texts in (("history_passage", [_PASSAGES]), ("history_span", [_SPANS, _STAYS])):
            with _without_indexes(table):
                for text in texts:
                    cursor.execute(text.format(**numbers), [begin] if "%s" in text else None)
            cursor.execute(f"VACUUM ANALYZE {table}")


@contextmanager
def _without_indexes(table: str) -> Iterator[None]:
    """Inside, only the primary key is kept up to date: the others are made of all the rows at once."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} SET UNLOGGED")
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'u'",
            [table],
        )
        constraints = cursor.fetchall()
        for name, _definition in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE %s",
            [table, "%_pkey"],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for _name, definition in indexes:
            cursor.execute(definition)
        for name, definition in constraints:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def keep_days(departments: Sequence[str]) -> tuple[float, float]:
    """Keep every day of the year for those who are limited like this. Seconds of all, and of the slowest one."""
    audience = days.Audience(frozenset(departments) or None, True, "")
    times = []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        began = time.perf_counter()
        days.keep(Scope(Period(day, day, ZoneInfo(settings.TIME_ZONE)), audience, timezone.now()))
        times.append(time.perf_counter() - began)
    return sum(times), max(times)


def seconds_for_plain_sql() -> float:
    """Offered, answered, waits and talks by queue, as one would ask for them at the prompt of the database."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue, outcome, count(*), avg(left_at - joined_at), max(left_at - joined_at),"
            " avg(talk_ended_at - left_at) FROM history_passage WHERE joined_at >= %s AND joined_at < %s"
            " GROUP BY queue, outcome",
            [FIRST, LAST + timedelta(days=1)],
        )
        cursor.fetchall()
    return time.perf_counter() - began


def reports_of(who: str, departments: Sequence[str]) -> Iterator[Row]:
    """The rows for one kind of reader, whose days are kept first."""
    total, slowest = keep_days(departments)
    yield Row(f"a year, {who}: all of its days are kept in", total, "s")
    yield Row(f"a year, {who}: the slowest day is kept in", slowest, "s")
    client = Client(SERVER_NAME="localhost")
    client.force_login(make_operator(who.replace(" ", "-"), Role.SUPERVISOR, departments=departments))
    year = f"first={FIRST}&last={LAST}"
    for of in ("", "&queue=queue-3"):
        for by in ("queue", "agent", "day", "pause"):
            at = seconds_for_page(client, f"/reports/?by={by}{of}&{year}")
            yield Row(f"a year, {who}: by={by}{of}", at, "s", SECONDS, False)
    long_ago = f"first={LAST - timedelta(days=DAYS // 2)}&last={LAST - timedelta(days=DAYS // 2)}"
    for name in ("by=hour", "by=pause", "by=agent&queue=queue-3"):
        at = seconds_for_page(client, f"/reports/?{name}&{long_ago}")
        yield Row(f"a day half a year ago, {who}: {name}", at, "s", DAY_SECONDS, False)
    yield Row(f"all lost calls of a year, {who}: the list", seconds_for_page(client, "/lost/?days=0"), "s")


def before_the_night() -> Iterator[Row]:
    """The rows for a reader whose limit is new, so that nothing is kept: as many callers as are worked out at once, and
    the year, which is refused.
    """
    client = Client(SERVER_NAME="localhost")
    client.force_login(make_operator("new", Role.SUPERVISOR, departments=["Department 0", "Department 1"]))
    number = min(DAYS - 1, days.MOST_CALLERS // (PASSAGES // DAYS + 1))
    for by in ("queue", "agent", "day", "pause"):
        path = f"/reports/?by={by}&first={LAST - timedelta(days=number - 1)}&last={LAST}"
        yield Row(f"{number} days, nothing kept: by={by}", seconds_for_page(client, path), "s", WAIT_SECONDS, False)
    began = time.perf_counter()
    answer = client.get(f"/reports/?first={FIRST}&last={LAST}")
    assert answer.status_code == 400, answer.status_code
    yield Row("a year, nothing kept: refused in", time.perf_counter() - began, "s", DAY_SECONDS, False)


def measure() -> Iterator[Row]:
    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    fill()
    yield Row(
        f"a year: {PASSAGES:,} callers written, with the spans of their agents, in", time.perf_counter() - began, "s"
    )
    found = list(reports_of("who sees all", []))
    yield from found
    yield from reports_of("five departments of ten", [f"Department {number}" for number in range(DEPARTMENTS // 2)])
    yield from before_the_night()
    plain = seconds_for_plain_sql()
    yield Row("a year: a plain GROUP BY over its callers instead", plain, "s")
    by_queue = next(row.figure for row in found if row.what.endswith(": by=queue"))
    yield Row("a year: the plain GROUP BY takes so many times by=queue", plain / by_queue, "times")


def run() -> list[Row]:
    """The rows of the table; none, and why, where there is no room or no server."""
    free = shutil.disk_usage(tempfile.gettempdir()).free / 1e9
    if free < GIGABYTES:
        print(f"  no year: {free:.0f} GB of disk are free, {GIGABYTES} are needed")
        return []
    try:
        postgres = Postgres()
    except Unavailable as missing:
        print(f"  no year: {missing}")
        return []
    with plain_static(), postgres, database(postgres.url):
        return list(measure())


if __name__ == "__main__":
    show(run())
