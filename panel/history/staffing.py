"""How the members of queues spent their time, out of the spans: logged in, ringing, talking, wrapping up, pausing.

Used by reports.py. What is for one call (ringing, talking, wrap-up) is many rows and is added up by the database.
Being a member and pausing are few rows, and the same person does either in several queues at once: they are laid over
each other here, so that nobody is logged in for longer than the day is long.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from django.db.models import BigIntegerField, Count, F, Q, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least

from panel.history.expressions import Micros, Quarter, into_quarter
from panel.history.periods import QUARTER, Bucket
from panel.history.scope import BUSY, MEMBER, PAUSED, Scope


K = TypeVar("K")


@dataclass(slots=True)
class Work:
    """Microseconds of each kind, and whether the worker has seen all of it (0) or not (1)."""

    member: int = 0
    ringing: int = 0
    talking: int = 0
    wrapup: int = 0
    paused: int = 0
    partly_seen: int = 0

    @property
    def busy(self) -> int:
        return self.ringing + self.talking + self.wrapup

    @property
    def occupancy(self) -> float | None:
        """Percent of the time logged in that went into calls; None where nobody was."""
        return 100 * self.busy / self.member if self.member else None

    def add(self, other: Work) -> None:
        """Take in what another one has."""
        for name in self.__slots__:
            if name != "partly_seen":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        self.partly_seen |= other.partly_seen


class Stretch(NamedTuple):
    """One span of membership or pause as far as it lies in the period, in microseconds."""

    queue: str
    agent: str
    name: str
    kind: str
    reason: str
    begin: int
    end: int
    is_complete: bool


_INCOMPLETE = Count("pk", filter=Q(is_complete=False))


def busy_by(scope: Scope, *by: str) -> Iterator[tuple[tuple[str, ...], Work]]:
    """Time spent on calls by `queue`, `agent` or both. A key comes once for each kind: add them up with `Work.add`."""
    until = Value(scope.until, output_field=BigIntegerField())
    begin = Greatest(Micros(F("began_at")), Value(scope.period.begin, output_field=BigIntegerField()))
    end = Least(Coalesce(Micros(F("ended_at")), until), until)
    rows = scope.spans(BUSY).order_by().values_list(*by, "kind")
    for *key, kind, time, incomplete in rows.annotate(time=Sum(end - begin), incomplete=_INCOMPLETE):
        work = Work(partly_seen=int(incomplete > 0))
        setattr(work, kind, int(time))
        yield tuple(key), work


def busy_in(scope: Scope, buckets: Sequence[Bucket]) -> list[Work]:
    """Time spent on calls in each of the buckets, of which the period consists.

    The spans come from the database by the quarters in which they begin and end. How much of them is in each quarter
    follows from sums: what is left of the first, all of those between, what has gone by of the last.
    """
    found = [Work() for _ in buckets]
    begins = [bucket.begin for bucket in buckets]
    first_of_all, end_of_all = scope.period.begin // QUARTER, scope.period.end // QUARTER

    def put(kind: str, quarter: int, time: int, incomplete: int) -> None:
        if first_of_all <= quarter < end_of_all:
            work = found[bisect_right(begins, quarter * QUARTER) - 1]
            setattr(work, kind, getattr(work, kind) + time)
            work.partly_seen |= incomplete > 0

    for kind, first, last, number, into_first, into_last, incomplete in _by_quarters(scope):
        if first == last:
            put(kind, first, into_last - into_first, incomplete)
            continue
        put(kind, first, number * QUARTER - into_first, incomplete)
        for between in range(max(first + 1, first_of_all), min(last, end_of_all)):
            put(kind, between, number * QUARTER, incomplete)
        put(kind, last, into_last, incomplete)
    return found


def _by_quarters(scope: Scope) -> Iterator[tuple[str, int, int, int, int, int, int]]:
    """kind, first and last quarter, number of spans, sums of microseconds into the first and into the last, and how
    many are incomplete.
    """
    marked = scope.spans(BUSY).order_by().annotate(first=Quarter(F("began_at")))
    ended = marked.exclude(ended_at=None).annotate(last=Quarter(F("ended_at"))).values_list("kind", "first", "last")
    sums = ended.annotate(
        number=Count("pk"),
        into_first=Sum(into_quarter("began_at")),
        into_last=Sum(into_quarter("ended_at")),
        incomplete=_INCOMPLETE,
    )
    for kind, first, last, number, into_first, into_last, incomplete in sums:
        yield kind, first, last, number, int(into_first), int(into_last), incomplete
    lasting = marked.filter(ended_at=None).values_list("kind", "first", Micros(F("began_at")), "is_complete")
    for kind, first, began, is_complete in lasting:
        yield kind, first, scope.until // QUARTER, 1, began % QUARTER, scope.until % QUARTER, int(not is_complete)


def stretches(scope: Scope, *kinds: str) -> list[Stretch]:
    """Memberships and pauses in the period, or only one of the kinds, cut off at its ends and at now."""
    rows = scope.spans(kinds or (MEMBER, PAUSED)).values_list(
        "queue", "agent", "agent_name", "kind", "reason", Micros(F("began_at")), Micros(F("ended_at")), "is_complete"
    )
    cut = (
        Stretch(
            queue,
            agent,
            name,
            kind,
            reason,
            max(began, scope.period.begin),
            min(ended or scope.until, scope.until),
            is_complete,
        )
        for queue, agent, name, kind, reason, began, ended, is_complete in rows
    )
    return [each for each in cut if each.begin < each.end]


def covered(
    pieces: Iterable[Stretch], kind: str, key: Callable[[Stretch], K]
) -> Iterator[tuple[K, list[tuple[int, int]]]]:
    """The time that the stretches of one kind cover, by key."""
    groups: dict[K, list[Stretch]] = defaultdict(list)
    for piece in pieces:
        if piece.kind == kind:
            groups[key(piece)].append(piece)
    return ((name, merged(found)) for name, found in groups.items())


def merged(pieces: Iterable[Stretch]) -> list[tuple[int, int]]:
    """Begin and end of what they cover together, in order and without overlap."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted((each.begin, each.end) for each in pieces):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def length(covered: Iterable[tuple[int, int]]) -> int:
    """Microseconds."""
    return sum(end - begin for begin, end in covered)


def spread(covered: Iterable[tuple[int, int]], buckets: Sequence[Bucket]) -> Iterator[tuple[int, int]]:
    """The numbers of the buckets in which it lies, and how many microseconds of it are in each."""
    begins = [bucket.begin for bucket in buckets]
    for begin, end in covered:
        for number in range(bisect_right(begins, begin) - 1, len(buckets)):
            bucket = buckets[number]
            if bucket.begin >= end:
                break
            yield number, min(end, bucket.end) - max(begin, bucket.begin)
