"""Writing down who calls a lost caller back, and that it is done: the only way in which `FollowUp` rows come to be.

Used by views.py. Two people may have the list open: what one has written, the other does not overwrite without having
seen it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from panel.accounts.models import Operator
from panel.lost.entries import is_spent, last_closers
from panel.lost.models import FollowUp


class Changed(Exception):
    """Somebody else has changed or closed it meanwhile; nothing was written."""

    def __init__(self, by: str, at: datetime, note: str) -> None:
        super().__init__(by, at, note)
        self.by, self.at, self.note = by, at, note


def write(
    operator: Operator, number: str, passage: str, *, version: int, owner: Operator | None, note: str, close: bool
) -> FollowUp:
    """Write owner and note of a caller, and close it if asked to. `version` is the one that the operator has seen, 0
    where there was none. Raises Changed.
    """
    now = timezone.now()
    news = {"owner": owner, "note": note, "changed_by": operator.shown_name, "changed_at": now}
    news |= {"closed_at": now} if close else {}
    with transaction.atomic():
        current = _current(number, passage)
        if current is None and version == 0:
            try:
                with transaction.atomic():
                    return FollowUp.objects.create(number=number, passage=passage, created_at=now, **news)
            except IntegrityError:
                raise _changed(number, passage, now) from None
        seen = FollowUp.objects.filter(number=number, passage=passage, closed_at=None, version=version)
        if current is None or not seen.update(version=F("version") + 1, **news):
            raise _changed(number, passage, now)
    current.refresh_from_db()
    return current


def _current(number: str, passage: str) -> FollowUp | None:
    """What is written about the caller now. What is about an earlier time is closed on the way."""
    row = FollowUp.objects.filter(number=number, passage=passage, closed_at=None).first()
    if row is None or not number:
        return row
    closed_at = last_closers([number]).get(number)
    if not is_spent(row, closed_at):
        return row
    FollowUp.objects.filter(pk=row.pk, closed_at=None).update(closed_at=closed_at)
    return None


def _changed(number: str, passage: str, now: datetime) -> Changed:
    row = FollowUp.objects.filter(number=number, passage=passage).order_by("-changed_at").first()
    return Changed(row.changed_by, row.changed_at, row.note) if row else Changed("", now, "")
