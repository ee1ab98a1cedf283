"""A piece of film as a browser gets it: the picture at its beginning and a patch for each moment at which it changed,
made for one audience by what makes them for the sockets (panel/live/picture.py).

Called by panel/replay/views.py and the tests. It is pure: what was recorded comes in (panel/replay/reader.py), text
goes out. All times are Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import chain, groupby
from typing import Final, NamedTuple

from panel.live.picture import Delta, Entry, Picture
from panel.live.visibility import Audience
from panel.live.wire import Entity, encode
from panel.replay.packing import Shot, Still
from panel.vocabulary import Kind, Link, utc


EPOCH: Final = "replay"

TOGETHER: Final = 200
"""What happens within so many milliseconds is one patch."""

MOST_CHARACTERS: Final = 4_000_000
"""A piece whose patches are longer than this ends early."""

_BEFORE: Final = -1
_KINDS: Final = frozenset(kind.value for kind in Kind)


class Gap(NamedTuple):
    """From `began` until just before `ended` nobody watched the PBX."""

    began: int
    ended: int
    reason: str


class Cut(NamedTuple):
    """The whole picture, as it was at that moment."""

    at: int
    seq: int
    stills: Sequence[Still]


class Recorded(NamedTuple):
    """What was recorded of a time. The events are in order; the first of them is a whole picture."""

    events: Iterable[Shot | Cut]
    gaps: Sequence[Gap]


class Piece(NamedTuple):
    """`snapshot`, and the second of each patch, are frames as on the socket. The first is the time from which it
    holds.
    """

    began: int
    ended: int
    snapshot: str
    patches: list[tuple[int, str]]


class _Moment(NamedTuple):
    at: int
    events: Sequence[Shot | Cut] = ()


def cut_piece(recorded: Recorded, began: int, ended: int, audience: Audience) -> Piece:
    """The film from `began`, at which there must be a picture, to `ended`; to a moment before that when it is long."""
    moments = _moments(recorded, began, ended)
    picture, stale = Picture(EPOCH, 0, {}), _Stale(recorded.gaps)
    _apply(picture, next(moments), stale)
    snapshot, *rest = picture.snapshot(audience, picture.shared(audience.shared)).texts(utc(began / 1000))
    patches = [(began, text) for text in rest]
    since, length = picture.seq, 0
    for moment in moments:
        changes = _apply(picture, moment, stale).for_all(audience)
        if not changes:
            continue
        texts = picture.patch(since, changes).texts
        patches += ((moment.at, text) for text in texts)
        since, length = picture.seq, length + sum(map(len, texts))
        if length > MOST_CHARACTERS:
            return Piece(began, moment.at, snapshot, patches)
    return Piece(began, ended, snapshot, patches)


def _moments(recorded: Recorded, began: int, ended: int) -> Iterator[_Moment]:
    """The first is `began`, with all that was before; then each at which something happened, a gap's edges too."""
    edges = {at for gap in recorded.gaps for at in (gap.began, gap.ended) if began < at <= ended}
    yield from merge(_happened(recorded.events, began, ended), map(_Moment, sorted(edges)), key=_at)


def _at(moment: _Moment) -> int:
    return moment.at


def _happened(events: Iterable[Shot | Cut], began: int, ended: int) -> Iterator[_Moment]:
    for when, together in groupby(events, lambda event: _BEFORE if event.at <= began else event.at // TOGETHER):
        within = [event for event in together if event.at <= ended]
        if within:
            # Not before all of it has happened.
            yield _Moment(began if when == _BEFORE else within[-1].at, within)


def _apply(picture: Picture, moment: _Moment, stale: _Stale) -> Delta:
    latest: dict[Entity, Shot | Still | None] = {}
    seq = picture.seq
    for event in moment.events:
        seq = event.seq
        if isinstance(event, Shot):
            latest[event.kind, event.key] = event
        else:
            gone = chain(latest, ((kind.value, key) for kind in Kind for key in picture.of(kind)))
            latest = dict.fromkeys(gone) | {(each.kind, each.key): each for each in event.stills}
    # Another version of the panel may have put kinds on film that this one does not have.
    entries = {entity: _entry(each) for entity, each in latest.items() if entity[0] in _KINDS}
    return picture.apply(seq, stale.cover(moment.at, entries))


def _entry(shown: Shot | Still | None) -> Entry | None:
    if shown is None or shown.text is None:
        return None
    return Entry(frozenset(shown.groups), shown.text)


class _Stale:
    """Lays a stale row over that of a PBX for as long as nobody watches it."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        self._gaps = gaps
        self._rows: dict[Entity, Entry] = {}

    def cover(self, at: int, entries: Mapping[Entity, Entry | None]) -> dict[Entity, Entry | None]:
        """The entries as they are to be shown at that moment, with one for every PBX that is known."""
        for entity, entry in entries.items():
            if entity[0] != Kind.PBX:
                continue
            if entry is None:
                self._rows.pop(entity, None)
            else:
                self._rows[entity] = entry
        gap = next((gap for gap in self._gaps if gap.began <= at < gap.ended), None)
        return dict(entries) | {entity: _covered(entry, gap) for entity, entry in self._rows.items()}


def _covered(entry: Entry, gap: Gap | None) -> Entry:
    if gap is None or entry.row["link"] != Link.LIVE:
        return entry
    row = {**entry.row, "link": Link.STALE.value, "as_of_at": utc(gap.began / 1000), "reason": gap.reason}
    return Entry(entry.groups, encode(row))
