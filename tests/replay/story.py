"""A worker that writes, films, dies and is followed by another, at times that a test chooses; and what the feed shows
meanwhile, for each audience.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ami_worker.film_store import FilmStore
from ami_worker.lease import Lease
from ami_worker.mirror import Change
from ami_worker.store import Store
from panel.history.models import Gap
from panel.live.models import LIVE_MODELS
from panel.live.models import Change as ChangeRow
from panel.live.models import Lease as LeaseRow
from panel.live.picture import Picture
from panel.live.reader import Reader
from panel.live.visibility import Audience
from panel.replay.film import Piece
from panel.replay.packing import milliseconds, moment
from panel.vocabulary import Kind, Link, utc
from tests.live.reducer import Reducer, Rows
from tests.live.test_convergence import AUDIENCES, seen_by


EVERYBODY = [*AUDIENCES, Audience(None, False, "fred", sees_listeners=False)]
TTL = 5

_names = itertools.count(1)


def change(kind: Kind, key: str, groups: Iterable[str], value: int | None) -> Change:
    """`value` None: it is gone."""
    if value is None:
        return Change(kind, key, (), None)
    filler: Mapping[str, Any] = {"position": value, "waiting": value, "new": value, "paused": False}
    columns = {name: filler.get(name, "") for name in LIVE_MODELS[kind].COLUMNS}
    return Change(kind, key, tuple(groups), {"key": key, **columns, "value": value})


def pbx(link: Link, at: datetime) -> Change:
    as_of_at = None if link is Link.LIVE else utc(at.timestamp())
    return Change(Kind.PBX, "pbx", ("*",), {"key": "pbx", "link": link.value, "as_of_at": as_of_at, "reason": ""})


class Office:
    """One PBX, its worker of the moment, and what was seen when."""

    def __init__(self, began: datetime) -> None:
        self.at, self.reader = began, Reader()
        self.seen: list[tuple[int, dict[Audience, Rows]]] = []
        """When, and what the feed shows from then on."""
        self.dark: list[tuple[int, int]] = []
        """From when to when nobody watched."""
        self.died_at: int | None = None
        self.begin()

    @property
    def now(self) -> int:
        return milliseconds(self.at)

    def begin(self) -> None:
        """A worker takes the PBX over."""
        lease = Lease("pbx", f"worker {next(_names)}", TTL)
        assert lease.acquire()
        self.store, self.film = Store(lease), FilmStore(lease, lambda: self.at)
        self.film.begin()

    def die(self, seconds: float) -> None:
        """The worker is killed, and another comes after so many seconds."""
        # It has renewed its lease until now, by the clock of the story.
        LeaseRow.objects.filter(pbx="pbx").update(until=self.at + timedelta(seconds=TTL))
        died_at = self.died_at
        self.died_at = self.now if died_at is None else died_at
        self.wait(seconds)
        if died_at is not None:
            # What the mirror writes with the first row: the one that is killed now has left no film.
            began_at, key = moment(died_at), f"gap {next(_names)}"
            Gap.objects.create(key=key, pbx="pbx", reason="dead", began_at=began_at, ended_at=self.at)
        LeaseRow.objects.filter(pbx="pbx").update(owner="")
        self.begin()

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def flush(self, *changes: Change) -> None:
        """Something happened, now."""
        before = ChangeRow.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
        self.store.flush(changes)
        ChangeRow.objects.filter(seq__gt=before).update(at=self.at)
        self.note()

    def pack(self) -> None:
        while self.film.pack():
            pass
        if self.died_at is not None:
            self.dark.append((self.died_at, self.now))
            self.died_at = None
            self.note()

    def note(self) -> None:
        loaded = self.reader.load()
        picture = Picture("1", 1, {entity: entry for entity, entry in loaded.entries.items() if entry})
        self.seen.append((self.now, {audience: seen_by(picture, audience) for audience in EVERYBODY}))

    def truth(self, at: int, audience: Audience) -> Rows:
        return [seen for since, seen in self.seen if since <= at][-1][audience]

    def is_dark(self, at: int) -> bool:
        return any(began <= at < ended for began, ended in self.dark)


def shown(piece: Piece, at: int) -> Rows:
    """What a browser shows at that moment of a piece."""
    reducer = Reducer()
    for text in [piece.snapshot, *(text for since, text in piece.patches if since <= at)]:
        assert reducer.apply(json.loads(text)) is False
    return reducer.shown()
