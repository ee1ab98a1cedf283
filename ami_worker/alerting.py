"""Watches the queues of one PBX for thresholds that are passed: the decisions of `alerts`, every second, written down
and told.

Only `ami_worker.tenure` and tests may call this module. It runs beside the picture and never in its way: the tenure
hands it each batch of changes (`changes`), which it only takes note of; the database is asked on a thread of its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError

from ami_worker.alert_store import AlertStore
from ami_worker.alerts import OF_HISTORY, Alerts, Decision, Threshold
from ami_worker.database_thread import DatabaseThread
from ami_worker.lease import Lease
from ami_worker.messenger import Messenger
from ami_worker.mirror import Change, Written
from ami_worker.operations.letters import Post


log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
HISTORY_SECONDS: Final = 15.0
RETRY_SECONDS: Final = 1.0


class Alerting:
    """The alerts of one tenure. `is_live` says whether the picture can be trusted now; `wake` has the changes taken."""

    def __init__(
        self, lease: Lease, *, is_live: Callable[[], bool], wake: Callable[[], None], post: Post | None = None
    ) -> None:
        zone = ZoneInfo(settings.TIME_ZONE)
        self._store = AlertStore(lease, zone)
        self._alerts = Alerts(zone)
        self._is_live = is_live
        self._wake = wake
        self._messenger = Messenger(self._note, post, settings.WEBHOOK_HOSTS)
        self._thresholds: dict[int, Threshold] = {}
        self._history_at = float("-inf")
        self._is_failing = False
        self._database = DatabaseThread("alerts")

    def changes(self, batch: Sequence[Written], *, whole: bool) -> list[Change]:
        """What is to be written with this batch: what changed of the alerts, or all of them. Keys are as in the
        database, where the thresholds name them.
        """
        self._alerts.learn(each for each in batch if isinstance(each, Change))
        return self._alerts.everything() if whole else self._alerts.changes()

    async def begin(self) -> None:
        """Learn what was up when the last worker ended; until the database answers."""
        while True:
            try:
                known = await self._database.run(self._store.known)
            except DatabaseError as failed:
                log.warning("alerts must wait: %s", failed)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self._alerts.restore(known.up)
            return

    async def run(self) -> None:
        """Until cancelled. Raises LeaseLost when another worker has taken over."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look()
                self._is_failing = False
            except DatabaseError as failed:
                if not self._is_failing:
                    log.warning("thresholds cannot be looked at now: %s", failed)
                self._is_failing = True

    def close(self) -> None:
        self._messenger.close()
        self._database.close()

    async def _look(self) -> None:
        known = await self._database.run(self._store.known)
        self._thresholds = {each.pk: each for each in known.thresholds}
        self._alerts.set_thresholds(known.thresholds)
        for alert in known.up:
            if alert.acknowledged_at is not None:
                self._alerts.acknowledge(alert.key, alert.acknowledged_at, alert.acknowledged_by)
        if self._is_live():
            await self._read_history()
            for decision in self._alerts.decide(time.time(), time.monotonic()):
                await self._carry_out(decision)
        else:
            self._alerts.forget_delays()
        if self._alerts.has_changes:
            self._wake()

    async def _read_history(self) -> None:
        asking = [each for each in self._thresholds.values() if each.what in OF_HISTORY]
        if asking and time.monotonic() - self._history_at >= HISTORY_SECONDS:
            self._alerts.set_figures(await self._database.run(partial(self._store.figures, asking, time.time())))
            self._history_at = time.monotonic()

    async def _carry_out(self, decision: Decision) -> None:
        threshold = self._thresholds.get(decision.alert.threshold)
        await self._database.run(partial(self._store.write, decision))
        self._alerts.apply(decision)
        if threshold is not None:
            self._messenger.tell(decision, threshold)

    async def _note(self, key: str, channel: str, result: str) -> None:
        log.info("alert %s, %s: %s", key, channel, result)
        await self._database.run(partial(self._store.write_result, key, channel, result))
