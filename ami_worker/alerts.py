"""Decides when a threshold of a queue is passed, and for how long: which alerts are up.

Used by `ami_worker.alerting` and the tests alone. It is pure: rows, figures and times in, decisions out. Whoever uses
it writes a decision down first and then tells of it (`apply`), so what is not written is decided again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from gettext import gettext as _
from gettext import ngettext
from typing import Final, NamedTuple

from ami_worker.mirror import Change
from panel.vocabulary import AlertKind, AlertRow, Kind, Row, seconds, utc


OF_HISTORY: Final = frozenset({AlertKind.LEVEL, AlertKind.LOST})
"""Alerts that are about what has been, not about the row of the queue."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """When a threshold is not looked at, by the clock on the wall: whole days (Monday is 0), and a time of each day. A
    time that ends before it begins goes over midnight.
    """

    days: frozenset[int] = frozenset()
    begins: time | None = None
    ends: time | None = None

    def holds(self, at: float, zone: tzinfo) -> bool:
        """Whether it is quiet at that moment (seconds since the epoch)."""
        local = datetime.fromtimestamp(at, zone)
        if local.weekday() in self.days:
            return True
        if self.begins is None or self.ends is None:
            return False
        now = local.time()
        if self.begins <= self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends


@dataclass(frozen=True, slots=True)
class Hook:
    """Where to post to, and the secret that signs it."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Threshold:
    """One rule about some queues (none: all of them). Delays are in seconds."""

    pk: int
    queues: tuple[str, ...]
    what: AlertKind
    limit: int
    target_seconds: int = 20
    """What "in time" is, for the service level."""
    least_calls: int = 1
    """With fewer calls that have ended today, the service level says nothing."""
    rise_seconds: float = 0.0
    fall_seconds: float = 0.0
    quiet: Quiet = Quiet()
    hook: Hook | None = None
    email: str = ""

    def is_for(self, queue: str) -> bool:
        return not self.queues or queue in self.queues


class Figures(NamedTuple):
    """What the history says of one queue: today's calls that have ended, those answered in time by target seconds, and
    the calls lost in the last hour.
    """

    ended: int = 0
    in_time: Mapping[int, int] = {}
    lost: int = 0


class Alert(NamedTuple):
    """An alert that is up."""

    key: str
    threshold: int
    queue: str
    what: AlertKind
    limit: int
    value: int
    raised_at: float
    acknowledged_at: float | None = None
    acknowledged_by: str = ""

    def row(self) -> AlertRow:
        return AlertRow(
            key=self.key,
            queue=self.queue,
            what=self.what.value,
            limit=self.limit,
            value=self.value,
            text=sentence(self.what, self.limit),
            raised_at=utc(self.raised_at),
            acknowledged_at=None if self.acknowledged_at is None else utc(self.acknowledged_at),
            acknowledged_by=self.acknowledged_by,
        )


class Decision(NamedTuple):
    """An alert that rises (`fell_at` None) or falls."""

    alert: Alert
    fell_at: float | None = None


_Place = tuple[int, str]
"""A threshold and a queue."""


class Alerts:
    """The alerts of one PBX. `zone` is that of the quiet hours."""

    def __init__(self, zone: tzinfo, new_key: Callable[[], str] = lambda: secrets.token_hex(12)) -> None:
        self._zone = zone
        self._new_key = new_key
        self._thresholds: dict[int, Threshold] = {}
        self._queues: dict[str, tuple[tuple[str, ...], Row]] = {}
        self._figures: Mapping[str, Figures] | None = None
        self._up: dict[_Place, Alert] = {}
        self._since: dict[_Place, float] = {}
        """Since when the contrary of what is shown holds, on the clock that nobody sets."""
        self._dirty: dict[str, Alert | None] = {}
        self._groups_given: dict[str, tuple[str, ...]] = {}

    # --- what is known ----------------------------------------------------------------------------------------------

    def set_thresholds(self, thresholds: Iterable[Threshold]) -> None:
        self._thresholds = {each.pk: each for each in thresholds}

    def set_figures(self, figures: Mapping[str, Figures]) -> None:
        """By queue; one that is not among them had no calls."""
        self._figures = figures

    def restore(self, alerts: Iterable[Alert]) -> None:
        """What was up when the last worker ended."""
        self._up = {(alert.threshold, alert.queue): alert for alert in alerts}

    def learn(self, changes: Iterable[Change]) -> None:
        """Take note of the queues among the changes."""
        for change in changes:
            if change.kind is not Kind.QUEUE:
                continue
            if change.row is None:
                self._queues.pop(change.key, None)
                continue
            self._queues[change.key] = (change.groups, change.row)
            for alert in self._up.values():
                if alert.queue == change.key and self._groups_given.get(alert.key) not in (None, change.groups):
                    self._dirty[alert.key] = alert  # who may see the queue may see its alerts

    def forget_delays(self) -> None:
        """The picture was not live for a while: what was to rise or fall soon begins anew."""
        self._since.clear()

    def acknowledge(self, key: str, at: float, by: str) -> None:
        """Somebody has taken note of it. Nothing happens for one that is down, or was acknowledged before."""
        for place, alert in self._up.items():
            if alert.key == key and alert.acknowledged_at is None:
                self._up[place] = self._dirty[key] = alert._replace(acknowledged_at=at, acknowledged_by=by)

    # --- deciding ---------------------------------------------------------------------------------------------------

    def decide(self, now: float, tick: float) -> list[Decision]:
        """What rises and what falls at `now` (seconds since the epoch); `tick` is the same moment on a clock that
        nobody sets, for the delays. Nothing has happened until each is given to `apply`.
        """
        decisions = [Decision(alert, now) for place, alert in self._up.items() if self._is_orphan(place)]
        for threshold in self._thresholds.values():
            if threshold.quiet.holds(now, self._zone):
                decisions += (Decision(alert, now) for place, alert in self._up.items() if place[0] == threshold.pk)
                self._since = {place: at for place, at in self._since.items() if place[0] != threshold.pk}
                continue
            if threshold.what in OF_HISTORY and self._figures is None:
                continue  # the history has not been read yet
            for queue in filter(threshold.is_for, self._queues):
                decision = self._decide_one(threshold, queue, now, tick)
                if decision is not None:
                    decisions.append(decision)
        return decisions

    def _is_orphan(self, place: _Place) -> bool:
        """Whether its threshold or its queue is there no more. Of the queues nothing is known in the beginning."""
        threshold = self._thresholds.get(place[0])
        return (
            threshold is None or not threshold.is_for(place[1]) or (bool(self._queues) and place[1] not in self._queues)
        )

    def _decide_one(self, threshold: Threshold, queue: str, now: float, tick: float) -> Decision | None:
        place = (threshold.pk, queue)
        alert = self._up.get(place)
        value = self._value(threshold, queue, now)
        passes = value is not None and _is_passed(threshold, value)
        if passes is (alert is not None):
            self._since.pop(place, None)
            return None
        waited = tick - self._since.setdefault(place, tick)
        if alert is not None:
            return Decision(alert, now) if waited >= threshold.fall_seconds else None
        if value is None or waited < threshold.rise_seconds:
            return None
        return Decision(
            Alert(self._new_key(), threshold.pk, queue, threshold.what, threshold.limit, value, raised_at=now)
        )

    def _value(self, threshold: Threshold, queue: str, now: float) -> int | None:
        """The figure that the threshold is about; None where there is none to go by."""
        row, figures = self._queues[queue][1], (self._figures or {}).get(queue, Figures())
        match threshold.what:
            case AlertKind.WAIT:
                return int(now - seconds(row["longest_at"])) if row["longest_at"] else 0
            case AlertKind.WAITING | AlertKind.FREE:
                count: int = row[threshold.what.value]
                return count
            case AlertKind.LOST:
                return figures.lost
        if figures.ended < max(1, threshold.least_calls):
            return None
        return 100 * figures.in_time.get(threshold.target_seconds, 0) // figures.ended

    def apply(self, decision: Decision) -> None:
        """It has been written down: from now on it is so."""
        alert = decision.alert
        place = (alert.threshold, alert.queue)
        self._since.pop(place, None)
        if decision.fell_at is None:
            self._up[place] = self._dirty[alert.key] = alert
        else:
            self._up.pop(place, None)
            self._dirty[alert.key] = None

    # --- rows -------------------------------------------------------------------------------------------------------

    @property
    def has_changes(self) -> bool:
        return bool(self._dirty)

    def changes(self) -> list[Change]:
        """What changed since the last call."""
        changes = []
        for key, alert in self._dirty.items():
            if alert is not None:
                changes.append(self._change(alert))
            else:
                changes.append(Change(Kind.ALERT, key, self._groups_given.pop(key, ()), None))
        self._dirty.clear()
        return changes

    def everything(self) -> list[Change]:
        """Every alert that is up."""
        self._dirty.clear()
        return [self._change(alert) for alert in self._up.values()]

    def _change(self, alert: Alert) -> Change:
        groups = self._queues[alert.queue][0] if alert.queue in self._queues else ()
        self._groups_given[alert.key] = groups
        return Change(Kind.ALERT, alert.key, groups, dict(alert.row()))


def _is_passed(threshold: Threshold, value: int) -> bool:
    """Few are bad where people are free or calls answered in time; many where callers wait or are lost."""
    if threshold.what in (AlertKind.FREE, AlertKind.LEVEL):
        return value < threshold.limit
    return value >= threshold.limit


def sentence(what: AlertKind, limit: int) -> str:
    """What is wrong, without the name of the queue and without anybody's."""
    match what:
        case AlertKind.WAIT:
            return _("Somebody waits longer than %s") % f"{limit // 60}:{limit % 60:02}"
        case AlertKind.WAITING:
            return ngettext("A caller waits", "%d or more callers wait", limit).replace("%d", str(limit))
        case AlertKind.FREE:
            return ngettext("Nobody is free", "Fewer than %d are free", limit).replace("%d", str(limit))
        case AlertKind.LEVEL:
            return _("Less than %d %% answered in time today") % limit
        case AlertKind.LOST:
            text = ngettext("A call was lost in the last hour", "%d or more calls lost in the last hour", limit)
            return text.replace("%d", str(limit))
