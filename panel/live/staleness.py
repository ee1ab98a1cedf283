"""What the board shows of a PBX that nobody keeps: the worker's last row cannot say that the worker is dead.

Only `feed` and the tests may call this module. It is pure; times are seconds of a monotonic clock unless their names
end in `_at`.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from panel.live.picture import Entry
from panel.live.reader import LeaseState
from panel.live.wire import Entity, encode
from panel.vocabulary import Kind, Link, utc


class Staleness:
    """Knows the leases, and lays a stale row over the row of each PBX whose lease has run out."""

    def __init__(self, last_at: Mapping[str, float]) -> None:
        """`last_at` is, by PBX, when its last change was written: the picture was kept until then at least."""
        self._rows: dict[str, Entry] = {}
        self._until: dict[str, float] = {}
        self._last_at = dict(last_at)
        self.database_lost = False

    def learn(self, leases: Mapping[str, LeaseState], asked: float) -> None:
        """Take note of the leases as a read that was begun at `asked` found them."""
        self._until = {pbx: asked + lease.remaining for pbx, lease in leases.items() if lease.held}
        self._last_at.update({pbx: lease.renewed_at for pbx, lease in leases.items() if lease.held})

    def cover(self, entries: Mapping[Entity, Entry | None], now: float) -> dict[Entity, Entry | None]:
        """The entries as they are to be shown, with one for every PBX that is known, changed or not."""
        shown = dict(entries)
        for entity, entry in entries.items():
            if entity[0] == Kind.PBX:
                if entry is None:
                    self._rows.pop(entity[1], None)
                else:
                    self._rows[entity[1]] = entry
        for pbx, entry in self._rows.items():
            shown[Kind.PBX.value, pbx] = self._shown(pbx, entry, now)
        return shown

    def _shown(self, pbx: str, entry: Entry, now: float) -> Entry:
        if now < self._until.get(pbx, now):
            return entry
        row = dict(entry.row)
        if row["link"] == Link.LIVE or not row["as_of_at"]:
            last_at = self._last_at.get(pbx)
            row["as_of_at"] = row["as_of_at"] if last_at is None else utc(last_at)
        if row["link"] != Link.OFFLINE:
            row["link"] = Link.STALE.value
        row["reason"] = (
            _("The database does not answer.")
            if self.database_lost
            else _("The worker that keeps this picture has stopped, or cannot write it down.")
        )
        return Entry(entry.groups, encode(row))
