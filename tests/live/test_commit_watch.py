"""The log of a SQLite database tells that nobody can have committed: never wrongly, and nearly always when it is so."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from panel.live.connection import LONGEST_REST_SECONDS, TICK_SECONDS, CommitWatch


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "board.sqlite3"


@pytest.fixture
def writer(file: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE rows (number INTEGER)")
    yield connection
    connection.close()


def look(watch: CommitWatch) -> None:
    """A look after which the log is believed."""
    time.sleep(2 * TICK_SECONDS)
    watch.forget()
    assert not watch.is_quiet()


@pytest.mark.usefixtures("writer")
def test_a_database_in_which_nothing_happens_is_quiet_for_a_while(file: Path) -> None:
    watch = CommitWatch(file)
    look(watch)
    assert watch.is_quiet()
    time.sleep(LONGEST_REST_SECONDS)
    assert not watch.is_quiet()
    assert watch.is_quiet()


def test_after_a_commit_it_is_looked_until_the_clock_has_gone_on(
    file: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = CommitWatch(file)
    look(watch)
    writer.execute("INSERT INTO rows VALUES (1)")
    written = Path(f"{file}-wal").stat().st_mtime_ns
    monkeypatch.setattr(time, "time_ns", lambda: written + int(TICK_SECONDS * 1e9) // 2)
    assert not watch.is_quiet()
    assert not watch.is_quiet()  # a second commit in this very tick would look the same


def test_a_log_that_begins_anew_at_the_same_size_is_noticed(file: Path, writer: sqlite3.Connection) -> None:
    writer.execute("INSERT INTO rows VALUES (1)")
    writer.execute("PRAGMA wal_checkpoint(RESTART)")
    size = Path(f"{file}-wal").stat().st_size
    watch = CommitWatch(file)
    look(watch)
    writer.execute("INSERT INTO rows VALUES (2)")
    assert Path(f"{file}-wal").stat().st_size == size
    assert not watch.is_quiet()


def test_a_clock_that_is_ahead_of_the_log_or_behind_it_does_no_harm(file: Path, writer: sqlite3.Connection) -> None:
    watch = CommitWatch(file)
    for hours in (-1, 1):
        at = time.time() + 3600 * hours
        os.utime(f"{file}-wal", (at, at))
        look(watch)
        assert watch.is_quiet()
        writer.execute("INSERT INTO rows VALUES (1)")
        assert not watch.is_quiet()


@pytest.mark.parametrize("is_file", [True, False])
def test_without_a_log_nothing_is_believed(file: Path, is_file: bool) -> None:
    watch = CommitWatch(file if is_file else None)
    assert not watch.is_quiet()
    assert not watch.is_quiet()
