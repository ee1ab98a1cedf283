"""What a report is about: a period, the queues in it, and whose eyes look. The one place where rows are narrowed down.

Used by the modules of the reports.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Q, QuerySet

from panel.history.expressions import visible_to
from panel.history.models import Gap, Passage, Span
from panel.history.periods import Period, micros
from panel.live.visibility import Audience


BUSY = ("ringing", "talking", "wrapup")
"""Kinds of spans that are for one call."""
MEMBER, PAUSED = "member", "paused"

LONGEST_CALL = timedelta(hours=12)
"""Spans for one call that began earlier than this before the period are not looked for: it bounds what is read."""


@dataclass(frozen=True)
class Scope:
    """`queue` is one queue's name, or empty for all that `audience` may see. What lasts still is counted to `now`."""

    period: Period
    audience: Audience
    now: datetime
    queue: str = ""

    @cached_property
    def until(self) -> int:
        """Microseconds: nothing in the report is later."""
        return min(micros(self.now), self.period.end)

    @cached_property
    def passages(self) -> QuerySet[Passage]:
        """The ones that joined a queue in the period."""
        found = Passage.objects.filter(joined_at__gte=self.period.starts_at, joined_at__lt=self.period.ends_at)
        return visible_to(self.audience, found.filter(queue=self.queue) if self.queue else found)

    def spans(self, kinds: Iterable[str]) -> QuerySet[Span]:
        """The ones of these kinds that touch the period, also where they began before it or last still."""
        kinds = tuple(kinds)
        found = Span.objects.filter(kind__in=kinds, began_at__lt=min(self.now, self.period.ends_at))
        if self.queue:
            found = found.filter(queue=self.queue)
        if {MEMBER, PAUSED}.isdisjoint(kinds):
            found = found.filter(began_at__gte=self.period.starts_at - LONGEST_CALL)
            touching = found.filter(Q(ended_at__gt=self.period.starts_at) | Q(ended_at=None))
        else:
            touching = self._stays(found)
        return visible_to(self.audience, touching)

    def _stays(self, found: QuerySet[Span]) -> QuerySet[Span]:
        """Those that end in the period or soon after it are many, and found by their end. Those that end long after it
        and began before it ends are few among very many, which PostgreSQL cannot know: it would read the whole table.
        So their numbers are asked for first, which are all in the index.
        """
        soon = self.period.ends_at + timedelta(days=1)
        later = list(found.filter(ended_at__gt=soon).order_by().values_list("pk", flat=True))
        ended = Q(ended_at__gt=self.period.starts_at, ended_at__lte=soon)
        return found.filter(ended | Q(ended_at=None) | Q(pk__in=later))

    def gaps(self) -> list[tuple[datetime, datetime | None, str]]:
        """When the worker saw nothing, and why, in order. Everybody may know: a gap names no person and no call."""
        found = Gap.objects.filter(Q(ended_at__gt=self.period.starts_at) | Q(ended_at=None))
        found = found.filter(began_at__lt=self.period.ends_at).order_by("began_at")
        return list(found.values_list("began_at", "ended_at", "reason"))
