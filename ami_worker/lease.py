"""The lease: which worker keeps the picture of a PBX, proven inside every transaction that writes it.

Only `ami_worker.service` and `ami_worker.store` may call this module. All functions are synchronous and run on the
worker's own database thread.

A lock that dies with its holder is not enough: a stopped process (SIGSTOP, a hung disk) keeps it and, when it wakes
up, goes on writing. So the lease is a row with a number that counts the take-overs; whoever writes the picture
asserts the number in the same transaction, and a worker that lost it while it slept cannot write.
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from panel.live.models import Lease as LeaseRow


LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class LeaseLost(Exception):
    """Another worker has taken the PBX; this one must write nothing more."""


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
        self._renewed = float("-inf")

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
            row = LeaseRow.objects.select_for_update().get(pbx=self.pbx)
            now = database_now()
            if row.owner not in {"", self.owner} and row.until > now:
                return False
            row.owner, row.epoch, row.nonce = self.owner, row.epoch + 1, secrets.token_hex(8)
            row.until = now + timedelta(seconds=self.ttl)
            row.save()
        self.epoch, self._renewed = row.epoch, asked
        return True

    def renew(self) -> None:
        """Prolong the lease. Raises LeaseLost when somebody else has taken it.

        A lease that ran out but that nobody took is still ours: a database that was locked for ten seconds costs no
        take-over.
        """
        asked = time.monotonic()
        with transaction.atomic():
            held = self._mine().update(until=database_now() + timedelta(seconds=self.ttl))
        if not held:
            self._renewed = float("-inf")
            raise LeaseLost(self.pbx)
        self._renewed = asked

    def assert_held(self) -> None:
        """To be called first inside a transaction that writes the picture; keeps others from taking over until it ends.

        Raises LeaseLost, upon which the transaction must be rolled back.
        """
        if not self._mine().select_for_update().exists():
            self._renewed = float("-inf")
            raise LeaseLost(self.pbx)

    def release(self) -> None:
        """Give it up, so that a standby need not wait until it runs out. Quiet when it was lost before."""
        with transaction.atomic():
            self._mine().update(owner="", until=LONG_AGO)
        self._renewed = float("-inf")

    def _mine(self) -> QuerySet[LeaseRow]:
        return LeaseRow.objects.filter(pbx=self.pbx, owner=self.owner, epoch=self.epoch)
