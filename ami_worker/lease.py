"""The lease: which worker keeps the picture of a PBX, proven inside every transaction that writes it.

Only `ami_worker.service` and `ami_worker.store` may call this module. All functions are synchronous and run on the
worker's own database thread.

A lock that dies with its holder is not enough: a stopped process (SIGSTOP, a hung disk) keeps it and, when it wakes
up, goes on writing. So the lease is a row with a number that counts the take-overs; whoever writes the picture
asserts the number in the same transaction, and a worker that lost it while it slept cannot write.

One that is stopped in the middle of such a transaction keeps the row itself locked. Nobody waits for that: who stands
by passes a locked row over, and has PostgreSQL end the transaction when the lease has run out and nothing comes from
the client any more. (A SQLite file stays locked until its process goes on or is gone.)
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from panel.live.models import Change, Pbx
from panel.live.models import Lease as LeaseRow
from panel.vocabulary import Link, utc


log = logging.getLogger(__name__)

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

YOUNG = 0.3
"""Part of the ttl. Every fifth of it the worker renews the lease anyway, unless its database thread is busy writing."""

TAKEN = "another worker has taken over, or another copy of the database is in its place"
SLEPT = "this worker was stopped for a while; it begins anew"
TAKEN_OVER = "A worker has taken this PBX over; comparing with it."


class LeaseLost(Exception):
    """This worker must write nothing more; the text says why."""


def database_now() -> datetime:
    """The clock that all workers share: the database's own; with SQLite that is this machine's."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


class Lease:
    """One worker's claim on one PBX. `ttl` is in seconds."""

    def __init__(self, pbx: str, owner: str, ttl: float) -> None:
        self.pbx = pbx
        self.owner = owner
        self.ttl = ttl
        self.epoch = 0
        self._until = LONG_AGO
        self._renewed = float("-inf")
        self._seen: tuple[int, datetime] | None = None
        self._seen_at = 0.0
        self.has_slept: Callable[[], bool] = lambda: False
        """Whether this process was stopped for so long that what it holds in memory must not be written any more."""

    @property
    def is_fresh(self) -> bool:
        """Whether this worker may still act on the PBX without asking: renewed within 80 % of the ttl.

        Measured on the monotonic clock, so that a clock that is set, or a worker that slept, does not prolong it.
        """
        return time.monotonic() - self._renewed < 0.8 * self.ttl

    def acquire(self) -> bool:
        """Take the lease if it is free, run out, or this worker's own. Each success has a higher epoch."""
        asked = time.monotonic()
        with transaction.atomic():
            LeaseRow.objects.get_or_create(pbx=self.pbx, defaults={"until": LONG_AGO})
            row = LeaseRow.objects.select_for_update(skip_locked=True).filter(pbx=self.pbx).first()
            if row is None:
                self._end_stopped_holder()
                return False
            now = database_now()
            if row.owner not in {"", self.owner} and row.until > now and not self._is_left_alone(row):
                return False
            self._distrust(row.until - timedelta(seconds=self.ttl))
            row.owner, row.epoch, row.nonce = self.owner, row.epoch + 1, secrets.token_hex(8)
            row.until = now + timedelta(seconds=self.ttl)
            row.save()
        self.epoch, self._until, self._renewed = row.epoch, row.until, asked
        return True

    def _is_left_alone(self, row: LeaseRow) -> bool:
        """Whether nobody has renewed it for its whole length while we looked, by the monotonic clock: when the other
        one is set back, a dead worker's lease runs out in an hour.
        """
        state = (row.epoch, row.until)
        if state != self._seen:
            self._seen, self._seen_at = state, time.monotonic()
        return time.monotonic() - self._seen_at > self.ttl

    def _end_stopped_holder(self) -> None:
        """Have the transaction ended that keeps the row although the lease has run out, if its client has said nothing
        for half a second: one that is only slow works, or says something. The row is free at the next attempt.
        """
        if connection.vendor != "postgresql":
            return
        with connection.cursor() as cursor:
            # Whoever locks a row is its xmax, and holds the lock on that number until the transaction ends.
            cursor.execute(
                """
                SELECT pg_terminate_backend(holder.pid)
                FROM live_lease AS lease
                JOIN pg_locks AS held ON held.transactionid = lease.xmax AND held.granted
                JOIN pg_stat_activity AS holder ON holder.pid = held.pid
                WHERE lease.pbx = %s AND lease.until < clock_timestamp() AND holder.wait_event_type = 'Client'
                    AND holder.state_change < clock_timestamp() - interval '0.5 seconds'
                """,
                [self.pbx],
            )
            if cursor.fetchall():
                log.warning("%s: a worker was stopped in the middle of a write; its transaction is ended", self.pbx)

    def _distrust(self, kept_until: datetime) -> None:
        """What the last holder wrote was true at that time, or when it wrote last. Nobody must take it for live only
        because somebody holds the lease again. No `Change` is needed: a new epoch has everybody read the tables.
        """
        for shown in Pbx.objects.filter(pbx=self.pbx, link=Link.LIVE.value):
            written = Change.objects.filter(pbx=self.pbx).aggregate(at=Max("at"))["at"] or kept_until
            as_of_at = utc(max(written, kept_until).timestamp())
            shown.link = Link.STALE.value
            shown.row = {**shown.row, "link": Link.STALE.value, "as_of_at": as_of_at, "reason": TAKEN_OVER}
            shown.save()

    def renew(self) -> None:
        """Prolong the lease, also at the end of a transaction. Raises LeaseLost when somebody else has taken it, and
        when the process was stopped in the middle: the old picture would be live until the next look at it.

        A lease that ran out but that nobody took is still ours: a database that was locked for ten seconds costs no
        take-over.
        """
        asked = time.monotonic()
        # A savepoint would lock the row under a number of its own, by which `_end_stopped_holder` does not find it.
        with transaction.atomic(savepoint=False):
            until = database_now() + timedelta(seconds=self.ttl)
            # Asked after the clock: who is stopped from here on writes an end that is past when it goes on.
            self._assert_awake()
            self._prolong(until)
            transaction.on_commit(partial(self._note_renewal, until, asked))

    def keep(self) -> None:
        """As `renew`, at the end of a transaction that began with `assert_held`; next to nothing while the last renewal
        is young. An end that was written earlier is past all the sooner for who is stopped before the commit.
        """
        if time.monotonic() - self._renewed > YOUNG * self.ttl:
            self.renew()
        else:
            self._assert_awake()

    def _note_renewal(self, until: datetime, asked: float) -> None:
        self._until, self._renewed = until, asked

    def assert_held(self) -> None:
        """To be called first inside a transaction that writes the picture; keeps others from taking over until it ends.

        Raises LeaseLost, upon which the transaction must be rolled back.
        """
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(
                    """
                    SELECT 1 FROM "live_lease" WHERE "pbx" = %s AND "owner" = %s AND "epoch" = %s AND "until" >= %s
                    FOR UPDATE
                    """,
                    self._own(),
                )
            else:
                cursor.execute(
                    """
                    SELECT 1 FROM "live_lease" WHERE "pbx" = %s AND "owner" = %s AND "epoch" = %s AND "until" >= %s
                    """,
                    self._own(),
                )
            if cursor.fetchone() is None:
                self._renewed = float("-inf")
                raise LeaseLost(TAKEN)
        self._assert_awake()

    def _prolong(self, until: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE "live_lease" SET "until" = %s
                WHERE "pbx" = %s AND "owner" = %s AND "epoch" = %s AND "until" >= %s
                """,
                [connection.ops.adapt_datetimefield_value(until), *self._own()],
            )
            if not cursor.rowcount:
                self._renewed = float("-inf")
                raise LeaseLost(TAKEN)

    def _assert_awake(self) -> None:
        if self.has_slept():
            self._renewed = float("-inf")
            raise LeaseLost(SLEPT)

    def release(self) -> None:
        """Give it up, so that a standby need not wait until it runs out. Quiet when it was lost before.

        Until now the picture was kept: the next holder takes that for the last moment at which it was true.
        """
        with transaction.atomic():
            mine = LeaseRow.objects.filter(pbx=self.pbx, owner=self.owner, epoch=self.epoch, until__gte=self._until)
            mine.update(owner="", until=database_now() + timedelta(seconds=self.ttl))
        self._renewed = float("-inf")

    def _own(self) -> list[Any]:
        """By which our row is known: PBX, owner, epoch and the least end. (Each flush asks twice, so that is SQL as it
        stands; Django would make it anew each time, for longer than the database takes.)
        """
        # A row that runs out earlier than the one written last is that of an older copy of the database, which somebody
        # has put in the place of ours: what we have written since is not in it, so the picture must be begun anew.
        return [self.pbx, self.owner, self.epoch, connection.ops.adapt_datetimefield_value(self._until)]
