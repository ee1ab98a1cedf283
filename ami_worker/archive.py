"""What the history holds, for the worker: what an earlier one has left open, today's passages, and what is too old.

Only `ami_worker.store` may call this module, on the worker's database thread. What is written goes through
`ami_worker.statements`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import Max, QuerySet

from ami_worker.keys import Keys
from ami_worker.mirror import CallRecord, Gap, Passage, Past, Span
from ami_worker.mirror.records import PassageOutcome
from panel.history.models import Call as CallRow
from panel.history.models import Gap as GapRow
from panel.history.models import Passage as PassageRow
from panel.history.models import Record
from panel.history.models import Span as SpanRow
from panel.live.models import Pbx
from panel.lost.models import FollowUp
from panel.queues.models import AlertRecord
from panel.vocabulary import RecordKind, SpanKind, seconds


_BEGINS: Mapping[type[Record], str] = {
    PassageRow: "joined_at",
    CallRow: "started_at",
    SpanRow: "began_at",
    GapRow: "began_at",
}


def past(pbx: str, day_began_at: float) -> Past:
    """Where the last worker has ended, and today's passages that have ended since `day_began_at` (seconds since the
    epoch).
    """
    keys = Keys(pbx)

    def of(kind: RecordKind, model: type[Record], *fields: str) -> list[dict[str, Any]]:
        return [keys.inward(kind, values) for values in _open(model, pbx, ("key", *fields))]

    gaps = of(RecordKind.GAP, GapRow, "reason", "began_at")
    last = GapRow.objects.filter(pbx=pbx, is_open=False).aggregate(at=Max("ended_at"))["at"]
    return Past(
        passages=[_passage(each) for each in of(RecordKind.PASSAGE, PassageRow, "groups", *PassageRow.COLUMNS)],
        calls=[_call(each) for each in of(RecordKind.CALL, CallRow, "groups", *CallRow.COLUMNS)],
        spans=[_span(each) for each in of(RecordKind.SPAN, SpanRow, "groups", *SpanRow.COLUMNS)],
        gap=min((Gap(**values) for values in gaps), key=lambda gap: gap.began_at, default=None),
        ended_today=list(_ended_since(pbx, keys, day_began_at)),
        seen_until=_seen_until(pbx),
        gap_ended_at=0.0 if last is None else last.timestamp(),
    )


def _seen_until(pbx: str) -> float | None:
    """When the picture was last known to be true; the lease has noted it when it was taken over."""
    row = Pbx.objects.filter(key=pbx).values_list("row", flat=True).first()
    as_of_at = row["as_of_at"] if row is not None else None
    return None if as_of_at is None else seconds(as_of_at)


def _open(model: type[Record], pbx: str, fields: Iterable[str]) -> list[dict[str, Any]]:
    """Times as seconds since the epoch, groups as a tuple."""
    rows = model._default_manager.filter(pbx=pbx, is_open=True).order_by("pk").values(*fields)
    return [{name: _plain(value) for name, value in row.items() if name != "is_open"} for row in rows]


def _plain(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else value


def _passage(values: dict[str, Any]) -> Passage:
    rings, groups = values.pop("rings_without_answer"), tuple(values.pop("groups"))
    return Passage(**values, rings=rings, groups=groups)


def _call(values: dict[str, Any]) -> CallRecord:
    return CallRecord(**{**values, "groups": tuple(values["groups"])})


def _span(values: dict[str, Any]) -> Span:
    return Span(**{**values, "groups": tuple(values["groups"]), "kind": SpanKind(values["kind"])})


def _ended_since(pbx: str, keys: Keys, since: float) -> Iterable[Passage]:
    """No more of them than what is counted."""
    rows = PassageRow.objects.filter(
        pbx=pbx, is_open=False, joined_at__gte=datetime.fromtimestamp(since, UTC)
    ).values_list("queue", "joined_at", "outcome", "left_at", "talk_ended_at")
    for queue, joined_at, outcome, left_at, talk_ended_at in rows.iterator():
        passage = Passage("", keys.inside(queue), "", joined_at.timestamp(), outcome=cast(PassageOutcome, outcome))
        passage.left_at, passage.talk_ended_at = _plain(left_at), _plain(talk_ended_at)
        yield passage


def prune(pbx: str, before: datetime, most: int, *, assert_held: Callable[[], None]) -> None:
    """Forget at most so many rows of each table that began before then and have ended: a little at each time, so that
    neither the picture nor a reader waits. So with the alerts of that time, and with what people wrote then about lost
    callers and have left alone since. `assert_held` is called first in each transaction.
    """
    old: list[QuerySet[Any]] = [
        model._default_manager.filter(pbx=pbx, is_open=False, **{f"{begins}__lt": before}).order_by(begins)
        for model, begins in _BEGINS.items()
    ]
    old.append(AlertRecord.objects.filter(pbx=pbx, raised_at__lt=before, fell_at__isnull=False).order_by("raised_at"))
    old.append(FollowUp.objects.filter(changed_at__lt=before).order_by("changed_at"))
    for rows in old:
        keys = list(rows.values_list("pk", flat=True)[:most])
        if keys:
            with transaction.atomic():
                assert_held()
                rows.model._default_manager.filter(pk__in=keys).delete()
