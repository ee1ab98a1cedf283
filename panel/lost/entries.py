"""The list of lost callers: every number once, callers without a number one by one; what is open, and what closed it.

Used by views.py. A lost passage is closed by what came after it: the same number was answered in a queue, or reached
by an outgoing call, or somebody closed it by hand. So nothing has to be kept up to date, and who is lost again after
that is open again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict, cast

from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, TextField, Value, When, Window
from django.db.models.functions import RowNumber

from panel.history.models import LOST, Call, Outcome, Passage
from panel.history.scope import Scope
from panel.lost.models import FollowUp


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

SHOWN_EACH = 5
"""Of one caller's lost calls so many are shown with all that is known; the rest is counted, and in the file."""

MOST_CALLS = 2000
"""Listed are the callers of so many open, or closed, lost calls: the latest. The file has all of them."""

_OUTGOING = "out"

Caller = tuple[str, str]
"""The number, or an empty one and the key of the passage."""


class Lost(TypedDict):
    """What `lost_in` adds to a passage."""

    caller: str


@dataclass
class Entry:
    """One caller. `lost` are the latest of the `count` passages, the latest first. `number` is empty or `passage` is.

    `closed_at` is when it was closed and `how` by what: answered, reached or hand; both empty while it is open.
    """

    number: str
    passage: str
    count: int
    first: datetime
    last: datetime
    lost: list[Passage] = field(default_factory=list)
    follow_up: FollowUp | None = None
    closed_at: datetime | None = None
    how: str = ""

    @property
    def name(self) -> str:
        return next((passage.name for passage in self.lost if passage.name), "")

    @property
    def version(self) -> int:
        """Of what people wrote; 0 where nobody has written anything."""
        return self.follow_up.version if self.follow_up else 0


def lost_in(scope: Scope) -> QuerySet[WithAnnotations[Passage, Lost]]:
    """The lost passages of the scope. `caller` is the key of one without a number, and empty for the others."""
    without_number = When(number="", then=F("key"))
    rows = scope.passages.filter(outcome__in=LOST)
    caller = Case(without_number, default=Value(""), output_field=TextField())
    return cast("QuerySet[WithAnnotations[Passage, Lost]]", rows.annotate(caller=caller))


def is_closed() -> Q:
    """Of rows as `lost_in` gives them, those after which something came that closes them."""
    later = Passage.objects.filter(number=OuterRef("number"), number__gt="", joined_at__gt=OuterRef("joined_at"))
    reached = Call.objects.filter(number=OuterRef("number"), number__gt="", answered_at__gt=OuterRef("joined_at"))
    by_hand = FollowUp.objects.filter(
        number=OuterRef("number"), passage=OuterRef("caller"), closed_at__gte=OuterRef("joined_at")
    )
    return (
        Q(Exists(later.filter(outcome=Outcome.ANSWERED)))
        | Q(Exists(reached.filter(direction=_OUTGOING)))
        | Q(Exists(by_hand))
    )


def callers(scope: Scope, is_open: bool) -> tuple[list[Caller], bool]:
    """Open or closed callers, the latest first, and whether there are more of them. Looked at are the latest calls
    alone, so that the list of a year is there as soon as that of a day.
    """
    rows = _of_state(lost_in(scope), is_open).order_by("-joined_at", "-pk").values_list("number", "caller")
    latest = list(rows[: MOST_CALLS + 1])
    return list(dict.fromkeys(latest[:MOST_CALLS])), len(latest) > MOST_CALLS


def _of_state(
    rows: QuerySet[WithAnnotations[Passage, Lost]], is_open: bool
) -> QuerySet[WithAnnotations[Passage, Lost]]:
    return rows.exclude(is_closed()) if is_open else rows.filter(is_closed())


def fill(scope: Scope, shown: Sequence[Caller], is_open: bool) -> list[Entry]:
    """The entries of some of the `callers`, with all that is shown of them."""
    numbers, keys = _split(shown)
    rows = lost_in(scope).filter(Q(number__in=numbers, number__gt="") | Q(number="", key__in=keys))
    rows = _of_state(rows, is_open)
    folded = rows.order_by().values_list("number", "caller")
    sums = folded.annotate(count=Count("pk"), first=Min("joined_at"), last=Max("joined_at"))
    entries = {row[:2]: Entry(*row) for row in sums}
    _put_passages(rows, entries)
    if is_open:
        _put_follow_ups(entries)
    else:
        _put_closers(entries)
    # One that was answered in this very moment is no longer among them.
    return [entries[caller] for caller in shown if caller in entries]


def _put_passages(rows: QuerySet[WithAnnotations[Passage, Lost]], entries: dict[Caller, Entry]) -> None:
    place = Window(RowNumber(), partition_by=[F("number"), F("caller")], order_by=F("joined_at").desc())
    for passage in rows.annotate(place=place).filter(place__lte=SHOWN_EACH).order_by("-joined_at"):
        entry = entries.get((passage.number, "" if passage.number else passage.key))
        if entry:
            entry.lost.append(passage)


def _put_follow_ups(entries: dict[Caller, Entry]) -> None:
    """What people wrote, unless it was about an earlier time: the caller has been answered since."""
    numbers, keys = _split(entries)
    closed = last_closers(numbers)
    rows = FollowUp.objects.filter(closed_at=None, number__in=[*numbers, ""], passage__in=[*keys, ""])
    for row in rows.select_related("owner"):
        entry = entries.get((row.number, row.passage))
        if entry and not is_spent(row, closed.get(row.number)):
            entry.follow_up = row


def _put_closers(entries: dict[Caller, Entry]) -> None:
    """What came first after the last time that the caller was lost."""
    numbers, keys = _split(entries)
    since = min((entry.last for entry in entries.values()), default=None)
    if since is None:
        return
    answered = _answered(numbers).filter(joined_at__gt=since).values_list("number", "joined_at").order_by("joined_at")
    reached = (
        _reached(numbers).filter(answered_at__gt=since).values_list("number", "answered_at").order_by("answered_at")
    )
    for how, rows in (("answered", answered), ("reached", reached)):
        for number, at in rows:
            _close(entries.get((number, "")), at, how)
    by_hand = FollowUp.objects.filter(closed_at__gte=since, number__in=[*numbers, ""], passage__in=[*keys, ""])
    for row in by_hand.select_related("owner").order_by("closed_at"):
        if row.closed_at and _close(entries.get((row.number, row.passage)), row.closed_at, "hand"):
            entries[row.number, row.passage].follow_up = row


def _close(entry: Entry | None, at: datetime | None, how: str) -> bool:
    """Whether this is what closed the entry, as far as is known yet."""
    if entry is None or at is None or at < entry.last or (entry.closed_at and entry.closed_at <= at):
        return False
    entry.closed_at, entry.how = at, how
    return True


def last_closers(numbers: Sequence[str]) -> dict[str, datetime]:
    """When each of the numbers was last answered in a queue, or reached by a call."""
    found: dict[str, datetime] = {}
    for rows, column in ((_answered(numbers), "joined_at"), (_reached(numbers), "answered_at")):
        for number, at in rows.order_by().values_list("number").annotate(at=Max(column)):
            found[number] = max(at, found.get(number, at))
    return found


def is_spent(follow_up: FollowUp, closed_at: datetime | None) -> bool:
    """Whether what was written is about a time before the caller was answered or reached."""
    return closed_at is not None and closed_at > follow_up.created_at


def _answered(numbers: Sequence[str]) -> QuerySet[Passage]:
    return Passage.objects.filter(number__in=numbers, outcome=Outcome.ANSWERED)


def _reached(numbers: Sequence[str]) -> QuerySet[Call]:
    return Call.objects.filter(number__in=numbers, direction=_OUTGOING).exclude(answered_at=None)


def _split(entries: Iterable[Caller]) -> tuple[list[str], list[str]]:
    """The numbers, and the keys of the passages without one."""
    kinds: dict[bool, list[str]] = defaultdict(list)
    for number, caller in entries:
        kinds[bool(number)].append(number or caller)
    return kinds[True], kinds[False]
