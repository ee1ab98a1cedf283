"""What the feed reads from the database: the whole picture once, and from then on what was added.

Only `feed` may call this module. What reads is synchronous and runs on the feed's own thread, which keeps one
connection open; no two calls overlap. Each read is one consistent view. Raises `django.db.Error` when the database
cannot be had; the connection is closed then, so that the next call begins with a new one.

What is asked many times a second is SQL as it stands here: to have Django make it anew took longer than the answer. And
a row stays the text that the worker has written, which is what goes over the wire.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Max, Q, TextField
from django.db.models.functions import Cast

from panel.commands.models import Command
from panel.live.connection import (
    Commits,
    CommitWatch,
    HeldConnection,
    as_written,
    commits_of_others,
    consistent_view,
    groups_of,
    moment_of,
)
from panel.live.models import LIVE_MODELS, Change
from panel.live.picture import Entry
from panel.live.wire import Entity, encode
from panel.vocabulary import ENDED_COMMAND_STATES, CommandState, Kind


BATCH = 2_000
"""Changes taken in one read; more wait for the next."""

COMMANDS_SHOWN_SECONDS = 600
"""How long a command stays in the picture after it ended."""

MOST_COMMANDS = 1_000
KINDS = frozenset(kind.value for kind in Kind)

log = logging.getLogger(__name__)


class LeaseState(NamedTuple):
    """Who keeps one PBX.

    Not held: given up. Held with nothing remaining: the worker is dead, or cut off from the database.
    """

    held: bool
    remaining: float  # seconds
    renewed_at: float  # seconds since the epoch, by the database's clock


class Site(NamedTuple):
    """Where the PBXs stand: the epoch of the picture, the leases by PBX, and the last seq that was written."""

    epoch: str
    leases: Mapping[str, LeaseState]
    last_seq: int


class Loaded(NamedTuple):
    """Everything, and by PBX when its last change was written, in seconds since the epoch."""

    site: Site
    entries: dict[Entity, Entry]
    last_at: dict[str, float]


class Added(NamedTuple):
    """What came after a seq: the latest entry of each entity (None: gone) up to `seq`, and commands that no worker
    has taken yet.

    `last_at` is when the last of the changes was written, in seconds since the epoch.
    """

    site: Site
    seq: int
    entries: dict[Entity, Entry | None]
    pending: dict[Entity, Entry]
    last_at: float | None
    more: bool


class Reader:
    """The database as the feed sees it."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="feed")
        self._held = HeldConnection()
        self._watch = CommitWatch.of_our_database()
        self._seen: Commits | None = None

    def is_quiet(self) -> bool:
        """Whether `added` need not be asked now. For the event loop: it touches no connection."""
        return self._watch.is_quiet()

    def forget(self) -> None:
        """A read has failed: the next one is needed."""
        self._watch.forget()

    def load(self) -> Loaded:
        """The picture as it is now, in one consistent view."""
        with self._held.in_use():
            commits = commits_of_others()
            with consistent_view():
                loaded = _load()
            self._seen = commits
        return loaded

    def added(self, seq: int) -> Added | None:
        """What came after `seq`; None when nothing whatever was written since the last call."""
        with self._held.in_use():
            commits = commits_of_others()
            if commits is not None and commits == self._seen:
                return None
            with consistent_view():
                added = _added(seq)
            # A full batch leaves something behind, whatever has been committed since.
            self._seen = None if added.more else commits
        return added

    def close(self) -> None:
        """Give the connection and the thread back. May be called from any thread."""
        self.thread.submit(connection.close)
        self.thread.shutdown(wait=False)


def _load() -> Loaded:
    site = _site()
    entries: dict[Entity, Entry] = {}
    row_of = as_written()
    for kind, model in LIVE_MODELS.items():
        texts = (Cast(name, TextField()) for name in ("groups", "row"))
        for key, groups, row in model._default_manager.values_list("key", *texts).iterator():
            entries[kind.value, key] = _entry(groups, row_of(row))
    recent = datetime.now(UTC) - timedelta(seconds=COMMANDS_SHOWN_SECONDS)
    shown = Command.objects.filter(~Q(state__in=ENDED_COMMAND_STATES) | Q(ended_at__gt=recent))
    for command in reversed(shown.order_by("-created_at")[:MOST_COMMANDS]):
        entries[Kind.COMMAND.value, command.key] = _entry_of(command)
    written = Change.objects.order_by().values("pbx").annotate(last=Max("at")).values_list("pbx", "last")
    return Loaded(site, entries, {pbx: at.timestamp() for pbx, at in written})


def _added(seq: int) -> Added:
    site = _site()
    entries: dict[Entity, Entry | None] = {}
    count, last_at = 0, None
    if site.last_seq > seq:
        changes, row_of = _changes(seq), as_written()
        for reached, kind, key, groups, row, _ in changes:
            if kind in KINDS:
                entries[kind, key] = None if row is None else _entry(groups, row_of(row))
            else:
                log.error("Change %d has the unknown kind %r and is left out.", reached, kind)
        if changes:
            count, seq, last_at = len(changes), changes[-1][0], moment_of(changes[-1][-1]).timestamp()
    pending: dict[Entity, Entry] = {}
    if _is_something_pending():
        waiting = Command.objects.filter(state=CommandState.PENDING.value).order_by("created_at")[:MOST_COMMANDS]
        pending = {(Kind.COMMAND.value, command.key): _entry_of(command) for command in waiting}
    return Added(site, seq, entries, pending, last_at, count == BATCH)


def _site() -> Site:
    now = _database_now()
    leases: dict[str, LeaseState] = {}
    epochs = []
    with connection.cursor() as cursor:
        cursor.execute('SELECT MAX("seq") FROM "live_change"')
        last = cursor.fetchone()[0]
        cursor.execute('SELECT "pbx", "owner", "epoch", "nonce", "until" FROM "live_lease" ORDER BY "pbx"')
        found = cursor.fetchall()
    for pbx, owner, epoch, nonce, ends in found:
        until = moment_of(ends)
        renewed_at = until.timestamp() - settings.LEASE_SECONDS
        leases[pbx] = LeaseState(bool(owner), (until - now).total_seconds(), renewed_at)
        epochs.append(f"{epoch}-{nonce}")
    return Site("+".join(epochs) or "0", leases, last or 0)


def _database_now() -> datetime:
    """The clock by which leases run: the database's own, as in the worker."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def _changes(seq: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT "seq", "kind", "key", "groups", "row", "at" FROM "live_change"
            WHERE "seq" > %s ORDER BY "seq" LIMIT %s
            """,
            [seq, BATCH],
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _is_something_pending() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("""SELECT 1 FROM "commands_command" WHERE "state" = 'pending' LIMIT 1""")
        return cursor.fetchone() is not None


def _entry(groups: str, row: str) -> Entry:
    return Entry(frozenset(groups_of(groups)), row)


def _entry_of(command: Command) -> Entry:
    return Entry(frozenset(), encode(command.as_row()))
