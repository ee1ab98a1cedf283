"""A database connection that one thread keeps open from call to call, and what SQLite says for next to nothing about
the commits of others.

Used by the feed's reader and by the worker, which ask the database a hundred times a second, and by the film. Everybody
else lets Django open and close theirs. Synchronous; each call is about the connection of the thread that makes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.db import Error, connection, transaction


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
        try:
            self._follow_file()
            connection.ensure_connection()
            yield
        except Error:
            connection.close()
            raise

    def _follow_file(self) -> None:
        """SQLite goes on with a file that was moved away or deleted, where nobody else reads or writes any more, and
        with one that has become read-only for everybody else.
        """
        if connection.vendor != "sqlite":
            return
        try:
            status = Path(connection.settings_dict["NAME"]).stat()
            file = (status.st_dev, status.st_ino, status.st_mode)
        except OSError:
            file = None
        if file is None or file != self._file:
            connection.close()
        self._file = file


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


def commits_of_others() -> Commits | None:
    """Where the database stands; None where it cannot say. Ask before reading: what is committed in between is then
    read twice rather than never.
    """
    if connection.vendor != "sqlite":
        return None
    with connection.cursor() as cursor:
        number = int(cursor.execute("PRAGMA data_version").fetchone()[0])
    return Commits(connection.connection, number)
