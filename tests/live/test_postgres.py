"""The same on PostgreSQL, and what only a database server can do: restart under a running panel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.db import connection

from panel.vocabulary import Kind
from tests.live.client import opened
from tests.live.conftest import log_in, operator
from tests.live.server import Server, running
from tests.live.worker import Worker, call, extension, gone, pbx
from tests.rig.postgres import Postgres


pytestmark = pytest.mark.postgres

Panel = Callable[[], AbstractContextManager[tuple[Server, Worker]]]


@pytest.fixture
def panel(postgres_database: Callable[[], AbstractContextManager[None]], tmp_path: Path) -> Panel:
    @contextmanager
    def served() -> Iterator[tuple[Server, Worker]]:
        with postgres_database(), running("daphne", tmp_path) as server:
            assert connection.vendor == "postgresql"
            yield server, Worker().begin()

    return served


async def test_snapshot_patches_and_commands_on_postgres(panel: Panel) -> None:
    with panel() as (server, worker):
        worker.write(extension("201", "Sales"), extension("202", "Sales"), extension("301", "Support"))
        bob_cookie = log_in(operator("bob", extension="201", departments=["Sales"]))
        async with opened(server, log_in(operator("alice"))) as alice, opened(server, bob_cookie) as bob:
            await alice.subscribe()
            await bob.subscribe()
            answer = await bob.ask("command", name="call", args={"to": "202"})
            assert answer["success"] is True
            await bob.until_shown(lambda shown: answer["result"]["command"] in shown.rows["command"])
            began = time.monotonic()
            worker.write(call("1.1", "Sales"), extension("301", "Sales"), gone(Kind.EXTENSION, "202"))
            seq = worker.write(pbx(drift=1))
            await asyncio.gather(alice.until_seq(seq), bob.until_seq(seq))
            assert time.monotonic() - began < 1
            assert set(bob.reducer.rows["extension"]) == set(alice.reducer.rows["extension"]) == {"201", "301"}
            assert alice.reducer.rows.get("command", {}) == {}
            worker.hold(1)
            await alice.until_shown(lambda shown: shown.rows["pbx"]["pbx"]["link"] == "stale")


async def test_a_transaction_that_is_rolled_back_leaves_a_gap_in_the_seqs_and_none_in_the_picture(panel: Panel) -> None:
    with panel() as (server, worker):
        async with opened(server, log_in(operator("alice"))) as alice:
            await alice.subscribe()
            first = worker.write(extension("201"))
            with connection.cursor() as cursor:
                cursor.execute("SELECT nextval(pg_get_serial_sequence('live_change', 'seq'))")
            second = worker.write(extension("202"))
            assert second == first + 2
            await alice.until_seq(second)
            assert set(alice.reducer.rows["extension"]) == {"201", "202"}
            assert alice.reducer.resyncs == 0


@pytest.mark.parametrize("crash", [False, True], ids=["restart", "crash"])
async def test_while_the_database_is_away_the_board_says_so_and_afterwards_it_is_right_again(
    panel: Panel, postgres: Postgres, crash: bool
) -> None:
    """Case 39: the sockets stay, nobody is logged out, and all is well within ten seconds of the database's return."""
    with panel() as (server, worker):
        worker.write(extension("201"), extension("202"))
        cookie = log_in(operator("alice", extension="201"))
        async with opened(server, cookie) as alice:
            worker.hold(3)
            await alice.subscribe()
            connection.close()
            # Not in a thread: the kernel ends the server when the thread that started it ends.
            postgres.stop(crash=crash)
            try:
                await alice.until_shown(lambda shown: shown.rows["pbx"]["pbx"]["link"] == "stale")
                assert alice.row("extension", "201") is not None
                given = asyncio.create_task(alice.ask("command", name="call", args={"to": "202"}))
                async with opened(server, cookie) as other:
                    assert await other.closed(timeout=15) == 4503
                refused = await given
                assert refused["error"]["code"] == "unavailable", "nothing was done, and the operator is told so"
            finally:
                postgres.start()
            began = time.monotonic()
            worker.hold(3600)
            await alice.until_seq(worker.write(extension("201", state="ringing")), timeout=20)
            await alice.until_shown(lambda shown: shown.rows["pbx"]["pbx"]["link"] == "live")
            # The pool of connections takes its time to find out which ones were lost.
            while not (answer := await alice.ask("command", name="call", args={"to": "202"}))["success"]:
                assert answer["error"]["code"] == "unavailable"
                assert time.monotonic() - began < 10
            assert time.monotonic() - began < 10
            assert alice.reducer.resyncs == 0
