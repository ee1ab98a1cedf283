"""The reference reducer: what every client makes of the frames it gets. `static/panel/js/store.js` must come to the
same.

A client holds an epoch, a seq, and rows by kind and key. A snapshot replaces everything. A patch is applied when it
begins where the client stands; if not, the client has missed something, says so, and ignores patches until the next
snapshot.
"""

from __future__ import annotations

from typing import Any


Rows = dict[str, dict[str, dict[str, Any]]]


class Reducer:
    def __init__(self) -> None:
        self.epoch: str | None = None
        self.seq = -1
        self.rows: Rows = {}
        self.is_lost = True
        """Nothing to go by: before the first snapshot, and after a gap until the next one."""

        self.resyncs = 0
        """How often the client has had to ask for a snapshot, the first time not counted."""

    def apply(self, frame: dict[str, Any]) -> bool:
        """Fold one frame in. Returns whether the client must now subscribe again."""
        if frame["type"] == "snapshot":
            self.epoch, self.seq, self.is_lost = frame["epoch"], frame["seq"], False
            self.rows = {kind: {row["key"]: row for row in rows} for kind, rows in frame["rows"].items()}
            return False
        if frame["type"] != "patch" or self.is_lost:
            return False
        if frame["epoch"] != self.epoch or frame["since"] != self.seq:
            self.is_lost = True
            self.resyncs += 1
            return True
        for kind, rows in frame["set"].items():
            self.rows.setdefault(kind, {}).update({row["key"]: row for row in rows})
        for kind, keys in frame["del"].items():
            for key in keys:
                self.rows.get(kind, {}).pop(key, None)
        self.seq = frame["seq"]
        return False

    def shown(self) -> Rows:
        """The rows, kinds without any left out."""
        return {kind: dict(rows) for kind, rows in self.rows.items() if rows}
