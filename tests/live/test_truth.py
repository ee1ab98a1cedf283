"""The board never lies: workers that die or change, databases that hang, are restored or have been away too long."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection

from panel.commands.models import Command
from panel.live.models import LIVE_MODELS, Change, Lease
from panel.vocabulary import Kind, seconds, utc
from tests.live.client import Client, opened
from tests.live.conftest import log_in, operator
from tests.live.server import Server
from tests.live.worker import Worker, Write, call, command, extension, gone, pbx


def link_of(client: Client) -> str:
    row = client.row("pbx", "pbx")
    return row["link"] if row else ""


# --- workers --------------------------------------------------------------------------------------------------------


async def test_a_dead_worker_is_seen_within_a_second_of_its_lease_and_its_successor_as_well(
    server: Server, worker: Worker
) -> None:
    worker.write(extension("201"))
    async with opened(server, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        assert link_of(alice) == "live"
        runs_out = time.time() + 1.5
        worker.hold(1.5)
        await alice.until_shown(lambda _: link_of(alice) == "stale")
        # Counted from before the lease was read: rather too early, by as long as that took, than too late.
        assert runs_out - 0.1 <= time.time() < runs_out + 1
        stale = alice.frames[-1]
        assert stale["since"] == stale["seq"]
        [row] = stale["set"]["pbx"]
        assert abs(seconds(row["as_of_at"]) - (runs_out - settings.LEASE_SECONDS)) < 0.5, (
            "the moment of the last renewal"
        )
        assert row["reason"].endswith(".")
        assert alice.row("extension", "201") is not None

        worker.hold(3600)
        await alice.until_shown(lambda _: link_of(alice) == "live")
        assert alice.frames[-1]["set"]["pbx"][0]["reason"] == ""
        assert alice.reducer.resyncs == 0


async def test_who_comes_after_the_worker_died_is_told_so_too(daphne: Server, worker: Worker) -> None:
    worker.hold(-30)
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        await alice.until_shown(lambda _: link_of(alice) == "stale")
        assert abs(seconds(alice.row("pbx", "pbx")["as_of_at"]) - (time.time() - 30 - settings.LEASE_SECONDS)) < 2  # type: ignore[index]


async def test_a_worker_that_gave_up_its_lease_leaves_a_stale_board(daphne: Server, worker: Worker) -> None:
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        began = time.time()
        worker.release()
        await alice.until_shown(lambda _: link_of(alice) == "stale")
        assert time.time() - began < 1
        assert alice.row("pbx", "pbx")["as_of_at"] is not None  # type: ignore[index]


async def test_a_board_that_was_offline_stays_offline_when_the_worker_dies_as_well(
    daphne: Server, worker: Worker
) -> None:
    since = "2026-11-22T09:00:00.000Z"
    worker.write(pbx(link="offline", as_of_at=since, reason="The PBX does not answer."))
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        worker.release()
        await alice.until_shown(lambda _: alice.row("pbx", "pbx")["reason"] != "The PBX does not answer.")  # type: ignore[index]
        row = alice.row("pbx", "pbx")
        assert row is not None
        assert (row["link"], row["as_of_at"]) == ("offline", since)


async def test_a_take_over_gives_everybody_a_new_snapshot_and_no_phantom(server: Server, worker: Worker) -> None:
    worker.write(extension("201"), call("1.1", "Sales"))
    async with opened(server, log_in(operator("alice"))) as alice:
        before = await alice.subscribe()
        for model in LIVE_MODELS.values():
            model._default_manager.all().delete()
        # A take-over that wrote no `Change` about the rows it swept: the epoch alone must be enough.
        Worker().begin().write(extension("202"))
        after = await alice.until(lambda frame: frame["type"] == "snapshot")
        assert after["epoch"] != before["epoch"]
        await alice.until_shown(lambda shown: set(shown.rows["extension"]) == {"202"})
        assert alice.reducer.rows["call"] == {}
        await alice.until_seq(worker.write(extension("203")))
        assert alice.reducer.resyncs == 0


async def test_a_database_that_was_put_back_is_noticed(daphne: Server, worker: Worker) -> None:
    """Case 50: the same epoch, but a seq of before."""
    worker.write(extension("201"))
    kept = Change.objects.order_by("-seq").values_list("seq", flat=True)[0]
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        await alice.until_seq(worker.write(extension("202")))
        Change.objects.filter(seq__gt=kept).delete()
        LIVE_MODELS[Kind.EXTENSION]._default_manager.filter(key="202").delete()
        await alice.until(lambda frame: frame["type"] == "snapshot")
        assert set(alice.reducer.rows["extension"]) == {"201"}


async def test_a_log_that_was_pruned_empty_is_no_news(daphne: Server, worker: Worker) -> None:
    worker.write(extension("201"))
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        Change.objects.all().delete()
        await alice.until(lambda frame: frame["type"] == "patch")
        await alice.until_seq(worker.write(extension("202")))
        assert [frame["type"] for frame in alice.frames].count("snapshot") == 1 + (
            alice.frames[1]["epoch"] != alice.reducer.epoch
        )


async def test_gaps_between_seqs_are_normal(daphne: Server, worker: Worker) -> None:
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        seq = worker.write(extension("201"))
        row = Change.objects.get(seq=seq)
        row.pk = seq + 50
        row.row = {**row.row, "state": "ringing"}
        row.save(force_insert=True)
        await alice.until_seq(seq + 50)
        await alice.until_seq(worker.write(extension("202")))
        assert alice.reducer.resyncs == 0


async def test_more_changes_than_one_read_takes_all_arrive(daphne: Server, worker: Worker) -> None:
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        changes = [call(f"{number}.1", state="ringing") for number in range(3000)]
        changes += [gone(Kind.CALL, f"{number}.1") for number in range(2990)]
        now = datetime.now(UTC)
        # Only the log: what is tested here is how it is read.
        written = Change.objects.bulk_create(
            Change(pbx="pbx", kind=each.kind, key=each.key, groups=[], row=each.row, at=now) for each in changes
        )
        await alice.until_seq(written[-1].seq)
        assert len(alice.reducer.rows["call"]) == 10
        assert alice.reducer.resyncs == 0


async def test_a_change_of_an_unknown_kind_costs_nothing_but_itself(daphne: Server, worker: Worker) -> None:
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        Change.objects.create(pbx="pbx", kind="starship", key="1", row={"key": "1"}, at=datetime.now(UTC))
        await alice.until_seq(worker.write(extension("201")))
        assert "201" in alice.reducer.rows["extension"]
        assert "starship" not in alice.reducer.rows


async def test_a_feed_that_fails_begins_again_and_everybody_gets_a_snapshot(
    run_server: Callable[..., Server], worker: Worker
) -> None:
    worker.write(extension("201"))
    server = run_server()
    async with opened(server, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        # Groups that are no list are a bug in a worker, and nothing that the feed has a plan for.
        poison = Change.objects.create(pbx="pbx", kind="call", key="1.1", groups=5, row={}, at=datetime.now(UTC))
        snapshot = await alice.until(lambda frame: frame["type"] == "snapshot")
        assert snapshot["seq"] >= poison.seq
        await alice.until_seq(worker.write(extension("202")))
        assert set(alice.reducer.rows["extension"]) == {"201", "202"}
        assert alice.reducer.resyncs == 0
    assert "The feed failed" in server.log.read_text()


# --- commands in the picture ----------------------------------------------------------------------------------------


def written_command(key: str, name: str, **columns: object) -> Command:
    now = datetime.now(UTC)
    defaults = {"pbx": "pbx", "name": "call", "args": {"to": "202"}, "created_at": now, "expires_at": now}
    return Command.objects.create(key=key, operator_key=name, **{**defaults, **columns})


async def test_a_snapshot_shows_the_commands_of_the_last_minutes_and_those_under_way(
    daphne: Server, worker: Worker
) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    written_command("old", "alice", state="done", created_at=long_ago, ended_at=long_ago)
    written_command("recent", "alice", state="done", ended_at=datetime.now(UTC))
    written_command("open", "alice", state="sent", created_at=long_ago)
    written_command("waiting", "alice")
    written_command("foreign", "bob")
    Worker().begin()
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        assert set(alice.reducer.rows["command"]) == {"recent", "open", "waiting"}


async def test_a_command_that_ended_long_ago_leaves_the_picture(daphne: Server, worker: Worker) -> None:
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        ended = utc(time.time() - 599)
        await alice.until_seq(
            worker.write(command("x", "alice", "done", ended_at=ended), command("y", "alice", "sent"))
        )
        await alice.until_shown(lambda shown: set(shown.rows["command"]) == {"y"}, timeout=15)
        assert alice.reducer.resyncs == 0


# --- databases ------------------------------------------------------------------------------------------------------


@contextmanager
def locked(mode: str) -> Iterator[None]:
    """Hold a lock on the SQLite file, as a shell that somebody has left open does."""
    shell = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
    try:
        shell.execute(f"BEGIN {mode}")
        yield
        shell.execute("ROLLBACK")
    finally:
        shell.close()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite's locks")
async def test_somebody_who_holds_the_write_lock_stops_neither_the_board_nor_the_door(
    server: Server, worker: Worker
) -> None:
    """Case 40: `BEGIN IMMEDIATE` in a shell, for longer than any timeout."""
    worker.write(extension("201"), extension("202"))
    first, second = log_in(operator("alice", extension="201")), log_in(operator("bob"))
    async with opened(server, first) as alice:
        await alice.subscribe()
        with locked("IMMEDIATE"):
            began = time.monotonic()
            async with opened(server, second) as bob:
                await bob.subscribe()
            assert time.monotonic() - began < 3
            answer = await alice.ask("command", name="call", args={"to": "202"})
            assert answer["error"]["code"] == "unavailable"
            assert time.monotonic() - began < 9
        await alice.until_seq(worker.write(extension("203")))
        assert (await alice.ask("command", name="call", args={"to": "202"}))["success"] is True
        assert alice.reducer.resyncs == 0


async def test_a_database_that_cannot_be_read_leaves_a_board_that_says_so_and_recovers(
    run_server: Callable[..., Server], worker: Worker
) -> None:
    """The tables are gone for a while, which is as good as a server that is gone, and works on both engines."""
    worker.write(extension("201"))
    server = run_server()
    async with opened(server, log_in(operator("alice"))) as alice:
        worker.hold(4)
        await alice.subscribe()
        rename("live_change", "live_change_away")
        try:
            await alice.until_shown(lambda _: link_of(alice) == "stale")
            assert alice.row("pbx", "pbx")["reason"] == "The database does not answer."  # type: ignore[index]
            assert alice.row("extension", "201") is not None
            # Heartbeats go on: the connection lives, the picture does not.
            await alice.until(lambda frame: frame["type"] == "patch" and not frame["set"])
        finally:
            rename("live_change_away", "live_change")
        worker.hold(3600)
        await alice.until_shown(lambda _: link_of(alice) == "live")
        await alice.until_seq(worker.write(extension("202")))
        assert alice.reducer.resyncs == 0


def rename(table: str, to: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {to}")


async def test_a_server_that_starts_without_a_readable_database_shows_the_board_when_there_is_one(
    run_server: Callable[..., Server], worker: Worker
) -> None:
    worker.write(extension("201"))
    cookie = log_in(operator("alice"))
    server = run_server()
    rename("live_change", "live_change_away")
    try:
        async with opened(server, cookie) as early:
            answer = await early.ask("subscribe")
            assert answer["success"] is True
            assert (await early.ask("ping"))["success"] is True
            rename("live_change_away", "live_change")
            await early.until(lambda frame: frame["type"] == "snapshot")
            assert early.row("extension", "201") is not None
    finally:
        if "live_change_away" in connection.introspection.table_names():
            rename("live_change_away", "live_change")


async def test_whoever_blocks_djangos_own_thread_blocks_no_socket(
    run_server: Callable[..., Server], worker: Worker
) -> None:
    """Case 41: pages share one thread per server where consumers do; the feed, the door and the commands do not use
    it.
    """
    worker.write(extension("201"), extension("202"))
    server = run_server(application="tests.live.blocked:application")
    cookie = log_in(operator("alice", extension="201"))
    async with opened(server, cookie) as alice:
        await alice.subscribe()
        page = threading.Thread(target=server.get, args=("/block/",))
        page.start()
        try:
            for number in range(10):
                began = time.monotonic()
                await alice.until_seq(worker.write(extension(str(300 + number))))
                assert time.monotonic() - began < 1
            async with opened(server, cookie) as other:
                await other.subscribe()
            assert (await alice.ask("command", name="call", args={"to": "202"}))["success"] is True
            assert page.is_alive(), "the page was to be blocked all the time"
        finally:
            server.get("/unblock/")
            await asyncio.to_thread(page.join, 10)


def test_the_worker_of_these_tests_writes_what_the_kinds_are(worker: Worker) -> None:
    changes: list[Write] = [extension("201", "Sales"), call("1.1", "Sales"), pbx()]
    worker.write(*changes)
    for change in changes:
        row = LIVE_MODELS[change.kind]._default_manager.get(key=change.key)
        assert (row.row, tuple(row.groups)) == (change.row, change.groups)
    assert Lease.objects.get().pbx == "pbx"
