"""Periods of whole local days, and the days and hours in them, as they were on the clock of the office.

Used by the reports and the lost calls. Knows no database. Moments are whole microseconds since 1970 in UTC, because
that is what both databases add up without a rounding. In every time zone the clock is off from UTC by a multiple of
15 minutes (since 2000, before which no period begins), so a quarter of an hour in UTC is never in two local hours.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo


SECOND = 1_000_000
QUARTER = 900 * SECOND
EARLIEST = date(2000, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """The moment as a whole number, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """The other way round, in UTC."""
    return _EPOCH + timedelta(microseconds=at)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A local day or hour. `key` is its beginning on the clock with its distance from UTC, which tells the two
    hours apart that have the same name in autumn; `begin` and `end` are microseconds.
    """

    key: str
    label: str
    begin: int
    end: int


@dataclass(frozen=True)
class Period:
    """From the first local day to the last one, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @cached_property
    def begin(self) -> int:
        return micros(self.starts_at)

    @cached_property
    def end(self) -> int:
        return micros(self.ends_at)

    @property
    def starts_at(self) -> datetime:
        return midnight(self.first, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The first moment that is no longer in it."""
        return midnight(self.last + timedelta(days=1), self.zone)

    @property
    def number_of_days(self) -> int:
        return (self.last - self.first).days + 1

    def days(self) -> list[Bucket]:
        """Its local days, of 23, 24 or 25 hours. A day that a zone has left out on its calendar is not among them."""
        found = []
        for number in range(self.number_of_days):
            day = self.first + timedelta(days=number)
            begin, end = (micros(midnight(each, self.zone)) for each in (day, day + timedelta(days=1)))
            if begin < end:
                found.append(Bucket(day.isoformat(), day.isoformat(), begin, end))
        return found

    def hours(self) -> list[Bucket]:
        """Its hours as the clock showed them. One that came twice is there twice, named with the zone in force; one
        that was left out is not there.
        """
        begins: list[tuple[int, datetime]] = []
        for at in range(self.begin, self.end, QUARTER):
            local = moment(at).astimezone(self.zone)
            if not begins or _hour(local) != _hour(begins[-1][1]):
                begins.append((at, local))
        names = Counter(f"{local:%Y-%m-%d %H}" for _, local in begins)
        ends = [at for at, _ in begins[1:]] + [self.end]
        return [
            Bucket(
                local.isoformat(timespec="minutes"),
                f"{local:%Y-%m-%d %H:%M}" + (f" {local:%Z}" if names[f"{local:%Y-%m-%d %H}"] > 1 else ""),
                at,
                end,
            )
            for (at, local), end in zip(begins, ends, strict=True)
        ]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day in UTC, also where the clock leaves out or repeats midnight."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _hour(local: datetime) -> tuple[date, int, timedelta | None]:
    return local.date(), local.hour, local.utcoffset()
