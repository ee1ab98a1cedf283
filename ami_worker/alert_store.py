"""What alerts need of the database: thresholds, figures out of the history, and the records of the alerts.

Only `ami_worker.alerting` may call this module. Everything is synchronous and runs on a thread of its own, so that a
look at the history keeps nobody from writing the picture. Raises Django's `DatabaseError` when the database cannot be
had now; then nothing was written. Whoever has lost the lease writes nothing: `LeaseLost`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, F, Q

from ami_worker.alerts import Alert, Decision, Figures, Hook, Quiet, Threshold
from ami_worker.lease import Lease
from panel.history.models import LOST, Outcome, Passage
from panel.queues.models import AlertRecord
from panel.queues.models import Threshold as ThresholdRow
from panel.vocabulary import AlertKind


LONGEST_RESULT = 300

ENDED = (Outcome.ANSWERED, *LOST)
"""Who was sent elsewhere by an operator counts neither for nor against the queue."""


class Known(NamedTuple):
    """The thresholds that count, and the alerts that are up."""

    thresholds: list[Threshold]
    up: list[Alert]


class AlertStore:
    """The alerts of the PBX that the lease is for."""

    def __init__(self, lease: Lease, zone: ZoneInfo) -> None:
        self._lease = lease
        self._zone = zone

    def known(self) -> Known:
        """Thresholds as the admin has them now, and what is up, with its acknowledgements."""
        rows = ThresholdRow.objects.filter(is_active=True).select_related("hook")
        up = AlertRecord.objects.filter(pbx=self._lease.pbx, fell_at=None).order_by("raised_at")
        return Known([_threshold(row) for row in rows], [_alert(record) for record in up])

    def figures(self, thresholds: Iterable[Threshold], now: float) -> dict[str, Figures]:
        """By queue, for the thresholds that ask for the history; a queue without any calls has none."""
        thresholds = list(thresholds)
        targets = sorted({each.target_seconds for each in thresholds if each.what is AlertKind.LEVEL})
        asks_for_lost = any(each.what is AlertKind.LOST for each in thresholds)
        passages = Passage.objects.filter(pbx=self._lease.pbx)
        ended: dict[str, int] = {}
        in_time: dict[str, dict[int, int]] = {}
        if targets:
            of_today = passages.filter(joined_at__gte=self._midnight(now), outcome__in=ENDED)
            counts = {f"in_{target}": Count("pk", filter=_answered_within(target)) for target in targets}
            counted = of_today.order_by().values("queue").annotate(**counts)
            for queue, all_of_it, *within in counted.values_list("queue", Count("pk"), *counts):
                ended[queue], in_time[queue] = all_of_it, dict(zip(targets, within, strict=True))
        lost: dict[str, int] = {}
        if asks_for_lost:
            hour_ago = datetime.fromtimestamp(now, UTC) - timedelta(hours=1)
            # Who waited for hours before he gave up joined long ago: the index is on the joining.
            of_hour = passages.filter(joined_at__gte=hour_ago - timedelta(hours=12), left_at__gte=hour_ago)
            of_queue = of_hour.filter(outcome__in=LOST).order_by().values("queue")
            lost = dict(of_queue.annotate(lost=Count("pk")).values_list("queue", "lost"))
        return {
            queue: Figures(ended.get(queue, 0), in_time.get(queue, {}), lost.get(queue, 0))
            for queue in ended.keys() | lost.keys()
        }

    def write(self, decision: Decision) -> None:
        """Record that the alert rose, or fell. May be done again."""
        alert = decision.alert
        with transaction.atomic():
            self._lease.assert_held()
            if decision.fell_at is not None:
                fell_at = datetime.fromtimestamp(decision.fell_at, UTC)
                AlertRecord.objects.filter(key=alert.key, fell_at=None).update(fell_at=fell_at)
                return
            AlertRecord.objects.get_or_create(
                key=alert.key,
                defaults={
                    "pbx": self._lease.pbx,
                    "threshold_key": alert.threshold,
                    "queue": alert.queue,
                    "what": alert.what.value,
                    "limit": alert.limit,
                    "value": alert.value,
                    "raised_at": datetime.fromtimestamp(alert.raised_at, UTC),
                },
            )

    def write_result(self, key: str, channel: str, result: str) -> None:
        """What came of a message about the alert; `channel` is "webhook" or "email"."""
        AlertRecord.objects.filter(key=key).update(**{channel: result[:LONGEST_RESULT]})

    def _midnight(self, now: float) -> datetime:
        """When today began, by the clock on the wall."""
        return datetime.fromtimestamp(now, self._zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _answered_within(target: int) -> Q:
    return Q(outcome=Outcome.ANSWERED, left_at__lte=F("joined_at") + timedelta(seconds=target))


def _threshold(row: ThresholdRow) -> Threshold:
    return Threshold(
        pk=row.pk,
        queues=tuple(row.queues),
        what=AlertKind(row.what),
        limit=row.limit,
        target_seconds=row.target_seconds,
        least_calls=row.least_calls,
        rise_seconds=row.rise_seconds,
        fall_seconds=row.fall_seconds,
        quiet=Quiet(frozenset(row.quiet_days), row.quiet_from, row.quiet_to),
        hook=None if row.hook is None else Hook(row.hook.url, row.hook.secret),
        email=row.email,
    )


def _alert(record: AlertRecord) -> Alert:
    return Alert(
        key=record.key,
        threshold=record.threshold_key,
        queue=record.queue,
        what=AlertKind(record.what),
        limit=record.limit,
        value=record.value,
        raised_at=record.raised_at.timestamp(),
        acknowledged_at=None if record.acknowledged_at is None else record.acknowledged_at.timestamp(),
        acknowledged_by=record.acknowledged_by,
    )
