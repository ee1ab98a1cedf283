"""PostgreSQL and Redis fail in all the ways that a server can, under a panel that runs (cases 38, 39 and 44).

Two workers keep one PBX. The first of them reaches PostgreSQL and the PBX over lines of its own; the other one, and the
web, go straight to the servers. One panel goes through all the faults: it is never started again.
"""

from __future__ import annotations

import http.client
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from typing import NamedTuple

import psycopg
import pytest
from psycopg import sql

from tests.e2e.board import Board
from tests.e2e.demo_rig import DemoAsterisk, DemoRig
from tests.e2e.processes import wait_stands_by
from tests.e2e.proxy import Line
from tests.e2e.stack import Panel, Process, eventually
from tests.e2e.truth import assert_every_row_is_right
from tests.e2e.waiting import PATIENCE, RIGHT_AGAIN, call_with, is_live, wait_idle
from tests.rig.postgres import Postgres
from tests.rig.redis import Redis


pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(180)]

MUSIC = "5550108"
LATE_SECONDS = 3.0
"""How late the picture may be when nobody rings: the poll finds what was written."""

SAID_WITHIN = 6.0
"""Seconds in which whoever needs the database is told that it cannot be had."""

TAKEN_OVER = 7.0
"""Seconds after which another worker keeps the picture."""


class Office(NamedTuple):
    pbx: DemoAsterisk
    panel: Panel
    first: Process
    """The worker behind the lines; the other one is the panel's."""
    to_pbx: Line
    to_database: Line
    database: psycopg.Connection

    def value(self, query: str) -> object:
        """The first value of the first row."""
        row = self.database.execute(query).fetchone()
        assert row is not None
        return row[0]

    def keeps(self, worker: Process) -> bool:
        return f":{worker.pid}:" in str(self.value("SELECT owner FROM live_lease"))

    def ask(self, path: str, cookie: str) -> int:
        """The status of the answer, which must not be late."""
        started = time.monotonic()
        with closing(http.client.HTTPConnection("127.0.0.1", self.panel.port, timeout=30)) as connection:
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            text = answer.read().decode()
        assert time.monotonic() - started < SAID_WITHIN
        assert answer.status == 200 or "atabase" in text, text
        return answer.status

    def cut_off(self) -> None:
        """End every connection of the panel to the database, as a server does that goes away."""
        self.database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s",
            [self.database.info.backend_pid],
        )


@pytest.fixture(scope="module")
def office(postgres: Postgres, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder, url = tmp_path_factory.mktemp("servers"), postgres.own_database()
    with ExitStack() as stack:
        pbx = stack.enter_context(DemoAsterisk())
        to_pbx = stack.enter_context(Line(("127.0.0.1", pbx.pbx.port)))
        to_database = stack.enter_context(Line(("127.0.0.1", postgres.port)))
        panel = Panel(folder, pbx.ami_url, operators={"alice": "201"}, database_url=url, redis_url=redis.url)
        panel.worker_starts_by_itself = False
        stack.enter_context(panel)
        lines = {"AMI_URL": to_pbx.url(pbx.ami_url), "DATABASE_URL": to_database.url(url)}
        command = [sys.executable, "-W", "default", "manage.py", "ami_worker"]
        first = Process("first", command, {**panel.environment, **lines}, folder / "first.log")
        stack.callback(first.stop)
        first.start()
        panel.wait_ready()
        panel.worker.start()
        wait_stands_by(panel.worker)
        database = stack.enter_context(psycopg.connect(url, autocommit=True))
        yield Office(pbx, panel, first, to_pbx, to_database, database)
        assert (first.is_running, panel.worker.is_running, panel.web.is_running) == (True, True, True)


@pytest.fixture
def rig(office: Office) -> Iterator[DemoRig]:
    with DemoRig(office.pbx) as rig:
        yield rig


@pytest.fixture
def board(office: Office, rig: DemoRig) -> Iterator[Board]:
    office.panel.wait_ready()
    with Board(office.panel, "alice") as board:
        wait_idle(board)
        yield board


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


@contextmanager
def locked(office: Office) -> Iterator[None]:
    """Somebody changes the tables, or has begun to and gone to lunch."""
    with psycopg.connect(office.panel.environment["DATABASE_URL"]) as other:
        other.execute("LOCK TABLE live_change, live_lease, live_pbx, commands_command")
        yield
        other.rollback()


@contextmanager
def read_only(office: Office) -> Iterator[None]:
    """What the address leads to now is a replica, which can only be read; and afterwards the server itself again."""
    name = sql.Identifier(office.database.info.dbname)
    office.database.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
    office.cut_off()
    try:
        yield
    finally:
        office.database.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))
        office.cut_off()


@contextmanager
def full_of_others(office: Office) -> Iterator[None]:
    """All the connections that the server takes are somebody else's, those that were the panel's as well."""
    url = f"{office.panel.environment['DATABASE_URL'].rpartition('/')[0]}/postgres"
    ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    with ExitStack() as others:
        began = time.monotonic()
        while office.value(ours) != 1:
            assert time.monotonic() < began + PATIENCE
            office.cut_off()
            try:
                while True:
                    others.enter_context(psycopg.connect(url))
            except psycopg.OperationalError as refused:
                assert "too many clients" in str(refused)  # noqa: PT017 (that it comes is what ends the loop)
        yield


@pytest.mark.parametrize("fault", [locked, read_only, full_of_others])
def test_a_postgres_that_cannot_be_used_is_said_and_waited_out(
    office: Office, rig: DemoRig, board: Board, fault: Callable[[Office], AbstractContextManager[None]]
) -> None:
    numbers = [f"+4860011122{index}" for index in range(3)]
    callers = [rig.call_from_outside(MUSIC, number=number) for number in numbers]
    board.until(lambda: len(board.all("call")) == 3, PATIENCE, "three calls")
    (first,) = [call["key"] for call in board.all("call") if call["caller"]["number"] == numbers[0]]
    with fault(office):
        callers[0].hangup()
        rig.call_from_outside(MUSIC, number="+48700000000")
        board.until(lambda: not is_live(board), RIGHT_AGAIN, "the board says that it is not live")
        assert len(board.all("call")) == 3, "what was true last stays to be seen"
        assert board.all("pbx")[0]["reason"]
        began = time.monotonic()
        refused = board.command("hangup", call=board.all("call")[0]["key"])
        assert refused["refused"]["code"] in {"unavailable", "not_connected"}, "no button is silent"
        assert time.monotonic() - began < SAID_WITHIN
        assert office.ask("/readyz", board.cookie) == 503
    healed = time.monotonic()
    board.until(lambda: is_live(board), RIGHT_AGAIN, "the board is live")
    assert_every_row_is_right(board, office.pbx, RIGHT_AGAIN - (time.monotonic() - healed))
    eventually(lambda: office.ask("/", board.cookie) == 200, RIGHT_AGAIN, "pages are served")
    assert board.closed is None, "on the same socket"
    assert board.gaps == 0
    for record in ("", "AND NOT is_open"):
        calls = f"SELECT count(*) FROM history_call WHERE key LIKE '%/{first}' {record}"
        assert office.value(calls) == 1, "a call is in the history once, and ended"


# --- the leader ------------------------------------------------------------------------------------------------------


def actions_sent(line: Line, since: int) -> set[str]:
    return set(re.findall(r"^Action: (\w+)", line.sent[since:].decode(errors="replace"), re.MULTILINE))


def test_a_worker_that_loses_the_database_and_not_the_pbx_stops_acting_before_another_one_begins(
    office: Office, rig: DemoRig, board: Board
) -> None:
    if not office.keeps(office.first):
        said = len(office.panel.worker.log.read_text())
        office.panel.worker.stop()
        eventually(lambda: office.keeps(office.first), TAKEN_OVER, "the first worker keeps the picture")
        office.panel.worker.start()
        wait_stands_by(office.panel.worker, said)
    rig.phone("201")
    caller = rig.call_from("203", "202")
    board.until(lambda: board.all("call"), PATIENCE, "a call that rings")
    pickup = board.send({"type": "command", "name": "pickup", "args": {"call": board.all("call")[0]["key"]}})
    board.until(lambda: board.row("extension", "201")["state"] == "ringing", PATIENCE, "the operator's phone rings")
    key = board.results[pickup]["result"]["command"]
    assert board.row("command", key)["state"] == "sent", "it is under way"
    epoch = board.epoch

    office.to_database.black_hole()
    try:
        board.until(lambda: board.epoch != epoch and is_live(board), TAKEN_OVER, "the other one has taken over")
        assert board.row("command", key)["state"] == "unknown"
        since = len(office.to_pbx.sent)
        # The first worker would now silence the operator's phone, which rings for a caller who is gone.
        caller.hangup()
        rig.call_from_outside(MUSIC)
        board.until(lambda: call_with(board, "talking"), PATIENCE, "a new call")
        receipt = board.command("hangup", call=call_with(board, "talking")["key"])
        assert receipt["state"] == "done", receipt
        assert_every_row_is_right(board, office.pbx, RIGHT_AGAIN)
        assert actions_sent(office.to_pbx, since) <= {"Ping"}
        last, said = office.value("SELECT max(seq) FROM live_change"), len(office.first.log.read_text())
    finally:
        office.to_database.restore()
    wait_stands_by(office.first, said)
    assert office.keeps(office.panel.worker)
    assert office.value(f"SELECT count(*) FROM live_change WHERE seq > {last} AND kind <> 'pbx'") == 0
    assert_every_row_is_right(board, office.pbx, RIGHT_AGAIN)
    assert board.row("command", key)["state"] == "unknown", "an outcome is told once"
    assert (board.closed, board.gaps) == (None, 0)


# --- Redis -----------------------------------------------------------------------------------------------------------


@contextmanager
def frozen(redis: Redis) -> Iterator[None]:
    redis.pause()
    try:
        yield
    finally:
        redis.resume()


@contextmanager
def stopped(redis: Redis) -> Iterator[None]:
    redis.stop()
    try:
        yield
    finally:
        redis.start()


@pytest.mark.parametrize("fault", [frozen, stopped])
def test_without_redis_the_picture_is_a_little_late_and_every_command_is_done(
    office: Office, rig: DemoRig, board: Board, redis: Redis, fault: Callable[[Redis], AbstractContextManager[None]]
) -> None:
    with fault(redis):
        rig.call_from_outside(MUSIC)
        board.until(lambda: len(board.all("call")) == 1, LATE_SECONDS, "the call")
        began = time.monotonic()
        receipt = board.command("hangup", call=board.all("call")[0]["key"])
        assert receipt["state"] == "done", receipt
        assert time.monotonic() - began < 2 * LATE_SECONDS, "there and back"
        wait_idle(board)
        assert is_live(board)
    assert (board.closed, board.gaps) == (None, 0)
