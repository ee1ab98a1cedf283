"""Hears when somebody writes to the SQLite database, so that nobody has to look for it hundreds of times a second.

Used by the feed and by the worker's task for commands, on their event loops. It is a doorbell and no more: what is
heard may be no commit, or not yet, and some file systems let nothing be heard, so whoever listens also looks now and
then. Linux tells of it (inotify), but the standard library does not know how to ask; elsewhere, and with another
database, the ear is deaf.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.db import connection

from panel import doorbell


COMMIT_SECONDS: Final = 0.003
"""A commit is many writes, of which the last one counts: by then it is over, or there is more to be heard."""

LOOK_SECONDS: Final = 0.08
"""Whoever listens looks this often all the same; not between any two writes of a busy worker, which are heard."""

_IN_MODIFY: Final = 0x2
_NOTES: Final = 1 << 16
"""Bytes of what the kernel has noted, which are read away unseen."""


class Ear:
    """Calls `heard` on the running event loop soon after somebody has written, until it is closed."""

    def __init__(self, database: Path | None, heard: Callable[[], None]) -> None:
        """None: of a database that is no file nothing is heard."""
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._file = None if database is None else _watched(database)
        self._timer: asyncio.TimerHandle | None = None
        self._listen()

    @classmethod
    def at_our_database(cls, heard: Callable[[], None]) -> Ear:
        """Deaf where the doorbell rings: one of the two is enough."""
        is_needed = connection.vendor == "sqlite" and not doorbell.can_ring()
        return cls(Path(connection.settings_dict["NAME"]) if is_needed else None, heard)

    @property
    def is_deaf(self) -> bool:
        """Whether there is nothing to be heard, so that one has to look."""
        return self._file is None

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._file is not None:
            self._loop.remove_reader(self._file)
            os.close(self._file)
            self._file = None

    def _listen(self) -> None:
        if self._file is not None:
            self._loop.add_reader(self._file, self._note)

    def _note(self) -> None:
        assert self._file is not None
        self._loop.remove_reader(self._file)
        self._timer = self._loop.call_later(COMMIT_SECONDS, self._tell)

    def _tell(self) -> None:
        assert self._file is not None
        with suppress(BlockingIOError):
            os.read(self._file, _NOTES)
        self._listen()
        self._heard()


def _watched(database: Path) -> int | None:
    """A file from which there is something to read when any file beside the database, such as its log, was written."""
    if sys.platform != "linux" or not database.is_file():
        return None
    kernel = ctypes.CDLL(None)
    file: int = kernel.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if file < 0:
        return None
    # The folder and not the log: that goes with the last connection, and comes again.
    if kernel.inotify_add_watch(file, os.fsencode(database.parent), _IN_MODIFY) < 0:
        os.close(file)
        return None
    return file
