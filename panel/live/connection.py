"""A database connection that one thread keeps open from call to call, and what SQLite and its files say for next to
nothing about the commits of others; and what a plain cursor gives of rows that were written as text.

Used by the feed's reader and by the worker, which ask the database as often as something is written, and by the film.
Everybody else lets Django open and close theirs. Synchronous; each call is about the connection of the thread that
makes it, but for `CommitWatch`, which needs none.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, Error, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from panel.live.wire import encode


TICK_SECONDS = 0.05
"""More than a tick of the file system's clock, and than a commit takes from its last write until others see it."""

LONGEST_REST_SECONDS = 0.25
"""So long at most the log alone is believed: the whole database may have been replaced."""

OWN_REST_SECONDS = 0.1
"""So long after a commit of one's own: somebody else's within the same tick may look the same."""


class Commits(NamedTuple):
    """Two that are equal were asked on one connection with no commit of anybody else in between."""

    connection: object
    number: int


class HeldConnection:
    """The thread's connection: open until an error, or until the file of the database is not as it was opened."""

    def __init__(self) -> None:
        self._file: tuple[int, int, int] | None = None

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Whatever goes wrong with the database inside, the next use begins with a new connection."""
        database = connections[DEFAULT_DB_ALIAS]  # once: to find the thread's own takes as long as to ask it something
        try:
            self._follow_file(database)
            database.ensure_connection()
            yield
        except Error:
            database.close()
            raise

    def _follow_file(self, database: BaseDatabaseWrapper) -> None:
        """SQLite goes on with a file that was moved away or deleted, where nobody else reads or writes any more, and
        with one that has become read-only for everybody else.
        """
        if database.vendor != "sqlite":
            return
        try:
            status = os.stat(database.settings_dict["NAME"])  # noqa: PTH116 - a Path takes longer than the answer
            file = (status.st_dev, status.st_ino, status.st_mode)
        except OSError:
            file = None
        if file is None or file != self._file:
            database.close()
        self._file = file


class CommitWatch:
    """Says, for the price of a `stat` call and without a connection, that nobody can have committed anything to the
    SQLite file since the last look: each commit writes to its log (`-wal`). Asked on the event loop, it spares the
    thread with the connection a hundred awakenings a second.
    """

    def __init__(self, file: Path | None) -> None:
        """None: of a database that is no file nothing is known."""
        self._log = None if file is None else Path(f"{file}-wal")
        self._looked_at = float("-inf")
        self._settled: tuple[int, ...] | None = None

    @classmethod
    def of_our_database(cls) -> CommitWatch:
        return cls(Path(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else None)

    def is_quiet(self) -> bool:
        """Whether there is no need to look. Whoever is told False looks, and sees what was committed before."""
        now, state = time.monotonic(), self.state()
        if state is not None and state == self._settled and now - self._looked_at < LONGEST_REST_SECONDS:
            return True
        self._looked_at = now
        # A second commit within one tick of the clock might leave the same size and the same time.
        is_old = state is not None and abs(time.time_ns() - state[-1]) > TICK_SECONDS * 1e9
        self._settled = state if is_old else None
        return False

    def state(self) -> tuple[int, ...] | None:
        """How the log looks; None when there is nothing to be seen. From any thread."""
        try:
            log = None if self._log is None else self._log.stat()
        except OSError:
            log = None
        return None if log is None else (log.st_ino, log.st_size, log.st_mtime_ns)

    def settle(self, state: tuple[int, ...] | None) -> None:
        """When the log looked like that, everything in it had been seen, or was one's own. From any thread."""
        self._looked_at = time.monotonic() - LONGEST_REST_SECONDS + OWN_REST_SECONDS
        self._settled = state

    def forget(self) -> None:
        """The last look has failed."""
        self._settled = None


@contextmanager
def consistent_view() -> Iterator[None]:
    """A transaction for reading alone, whose SELECTs agree with each other."""
    connection.ensure_connection()  # which sets the mode
    mode = getattr(connection, "transaction_mode", None)
    if connection.vendor == "sqlite":
        # With IMMEDIATE, which suits everybody else, reading would wait for whoever writes. SQLite's deferred
        # transaction is consistent by itself.
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = mode  # type: ignore[attr-defined]


def moment_of(at: datetime) -> datetime:
    """A moment as a plain cursor gives it: SQLite keeps those of UTC without saying so."""
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def as_written() -> Callable[[str], str]:
    """What makes a row of the picture, as the worker has written it, out of the text that a plain cursor gives. To be
    asked once for all rows of an answer: Django takes longer to say which database it is than a row takes.
    """
    return str if connection.vendor == "sqlite" else _written_anew


def _written_anew(text: str) -> str:
    """PostgreSQL makes a text of its own of what it has parsed, in which not every character is ASCII."""
    return encode(json.loads(text))


@lru_cache(1_000)
def groups_of(text: str) -> tuple[str, ...]:
    """The same for the departments that may see it, of which there are few."""
    return tuple(json.loads(text))


def commits_of_others() -> Commits | None:
    """Where the database stands; None where it cannot say. Ask before reading: what is committed in between is then
    read twice rather than never.
    """
    if connection.vendor != "sqlite":
        return None
    with connection.cursor() as cursor:
        number = int(cursor.execute("PRAGMA data_version").fetchone()[0])
    return Commits(connection.connection, number)
