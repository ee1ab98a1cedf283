"""What can become of a SQLite file under a panel that runs; each holds until the end of the `with` block.

Used by the tests of faults.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Somebody has begun to write, in a shell, and is in no hurry."""
    with closing(sqlite3.connect(file, isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")
        yield  # it ends with the connection


@contextmanager
def moved_away(file: Path) -> Iterator[None]:
    """The folder that the file is in is not there."""
    folder = file.parent
    away = folder.rename(folder.with_name("away"))
    try:
        yield
    finally:
        away.rename(folder)


def value(file: Path, query: str) -> object:
    """The first value of the first row."""
    with closing(sqlite3.connect(file)) as shell:
        return shell.execute(query).fetchone()[0]
