"""How rows and changes are kept on film: one line for each, compressed.

Called by ami_worker/film_store.py, which packs, by panel/replay/reader.py, which unpacks, and by the tests. It is pure.
In a line stand texts in JSON with tabs between them, the last of which is the row as it goes over the wire; as
`wire.encode` makes them, neither tabs nor line ends are in them. Rows are not parsed here: most of what lies between a
keyframe and the moment that is wanted has been replaced by then.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from panel.live.wire import encode


LEVEL: Final = 6

_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class Still(NamedTuple):
    """One row of a whole picture. `text` is the row as JSON."""

    kind: str
    key: str
    groups: tuple[str, ...]
    text: str


class Shot(NamedTuple):
    """One change, and when it happened, in Unix milliseconds; without a text the row is gone."""

    at: int
    seq: int
    kind: str
    key: str
    groups: tuple[str, ...]
    text: str | None


def milliseconds(at: datetime) -> int:
    """The whole Unix milliseconds of a moment. Nothing on film is more exact."""
    return (at - _1970) // _MILLISECOND


def moment(at: int) -> datetime:
    """The other way round. Raises OverflowError for what is no time of any calendar."""
    return _1970 + at * _MILLISECOND


def pack_frame(stills: Iterable[Still]) -> bytes:
    return _pack((_encoded(kind), encode(key), _encoded(groups), text) for kind, key, groups, text in stills)


def unpack_frame(packed: bytes) -> Iterator[Still]:
    """Raises ValueError for what `pack_frame` has not made."""
    for line in _unpack(packed):
        kind, key, groups, text = line.split("\t")
        yield Still(_text(kind), _text(key), _groups(groups), text)


def pack_changes(shots: Iterable[Shot]) -> bytes:
    return _pack(
        (str(at), str(seq), _encoded(kind), encode(key), _encoded(groups), text or "")
        for at, seq, kind, key, groups, text in shots
    )


def unpack_changes(packed: bytes) -> Iterator[Shot]:
    """In their order. Raises ValueError for what `pack_changes` has not made."""
    for line in _unpack(packed):
        at, seq, kind, key, groups, text = line.split("\t")
        yield Shot(int(at), int(seq), _text(kind), _text(key), _groups(groups), text or None)


def _pack(lines: Iterable[tuple[str, ...]]) -> bytes:
    return zlib.compress("\n".join(map("\t".join, lines)).encode("ascii"), LEVEL)


def _unpack(packed: bytes) -> Iterator[str]:
    try:
        lines = zlib.decompress(packed).decode("ascii").split("\n")
    except zlib.error as wrong:
        raise ValueError(f"this is not film: {wrong}") from wrong
    return filter(None, lines)


_encoded = lru_cache(1_000)(encode)


@lru_cache(10_000)
def _text(encoded: str) -> str:
    text: str = json.loads(encoded)
    return text


@lru_cache(1_000)
def _groups(encoded: str) -> tuple[str, ...]:
    return tuple(json.loads(encoded))
