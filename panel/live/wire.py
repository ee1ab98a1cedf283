"""The frames that a browser gets, as text. The contract is in ARCHITECTURE.md, "The socket".

Called by reader, picture, feed, outbox and consumer, and by the film (panel/replay). A row is encoded once, when it
arrives; every frame that carries it, whoever gets it, is put together from that text. All text is ASCII (other
characters are escaped), so that its length is also its size in bytes, and a lone surrogate in a caller's name cannot
break the frame.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, TypeVar

from panel.vocabulary import Kind


Entity = tuple[str, str]
"""Kind and key."""

Change = tuple[Entity, str | None]
T = TypeVar("T", bound=str | None)

LONGEST_TEXT = 512 * 1024
"""Bytes in one frame, give or take a row. Daphne's limit for messages (1 MiB) holds for those that it sends, too."""

_encoder = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def encode(value: Any) -> str:
    """JSON as the browsers get it. Raises ValueError or TypeError for what JSON cannot say, such as NaN."""
    return _encoder.encode(value)


class Patch:
    """What changed between two seqs, for one audience.

    `changes` gives the encoded row, or None for an entity that is gone. Many sockets share one patch, so it is never
    altered; its texts are made when the first of them sends it.
    """

    __slots__ = ("_texts", "changes", "epoch", "seq", "since")

    def __init__(self, epoch: str, since: int, seq: int, changes: Mapping[Entity, str | None]) -> None:
        self.epoch = epoch
        self.since = since
        self.seq = seq
        self.changes = changes
        self._texts: list[str] | None = None

    def then(self, later: Patch) -> Patch:
        """Both in one: the newer row of each entity. `later` must begin where this one ends."""
        assert (later.epoch, later.since) == (self.epoch, self.seq)
        if not later.changes:
            return Patch(self.epoch, self.since, later.seq, self.changes)
        return Patch(self.epoch, self.since, later.seq, {**self.changes, **later.changes})

    @property
    def texts(self) -> list[str]:
        """The frame, or several if it would be too long: the first leads from `since` to `seq`, the others stay
        there.
        """
        if self._texts is None:
            parts = list(_split(self.changes.items()))
            sinces = [self.since] + [self.seq] * (len(parts) - 1)
            self._texts = [self._text(since, part) for since, part in zip(sinces, parts, strict=True)]
        return self._texts

    def _text(self, since: int, changes: Iterable[Change]) -> str:
        rows: dict[str, list[str]] = {}
        keys: dict[str, list[str]] = {}
        for (kind, key), row in changes:
            if row is None:
                keys.setdefault(kind, []).append(encode(key))
            else:
                rows.setdefault(kind, []).append(row)
        return (
            f'{{"type":"patch","epoch":{encode(self.epoch)},"since":{since},"seq":{self.seq}'
            f',"set":{_lists(rows)},"del":{_lists(keys)}}}'
        )


class Snapshot:
    """Everything that one operator may see at `seq`: what all of his audience see (`shared`), and his commands."""

    __slots__ = ("_commands", "_shared", "epoch", "seq")

    def __init__(self, epoch: str, seq: int, shared: Shared, commands: Iterable[str]) -> None:
        self.epoch = epoch
        self.seq = seq
        self._shared = shared
        self._commands = ",".join(commands)

    def texts(self, now: str) -> list[str]:
        """The frame; what does not go into one follows as patches that stay at its seq.

        `now` is the server's clock when it is sent, by which the browser sets its timers.
        """
        head = (
            f'{{"type":"snapshot","epoch":{encode(self.epoch)},"seq":{self.seq},"now":{encode(now)}'
            f',"rows":{{{self._shared.text},"command":[{self._commands}]}}}}'
        )
        return [head, *(Patch(self.epoch, self.seq, self.seq, self._shared.rest).texts if self._shared.rest else ())]


class Shared:
    """The part of a snapshot that is the same for everybody who shares an audience, encoded once.

    `text` is the inside of the snapshot's `rows`, every kind but `command`, none left out; `rest` is what was too much.
    """

    __slots__ = ("rest", "text")

    def __init__(self, rows: Mapping[Entity, str]) -> None:
        first: dict[str, list[str]] = {kind.value: [] for kind in Kind if kind is not Kind.COMMAND}
        parts = _split(rows.items())
        for (kind, _), row in next(parts):
            first[kind].append(row)
        self.text = _lists(first)[1:-1]
        self.rest = dict(chain.from_iterable(parts))


def success(id: int, result: Mapping[str, Any]) -> str:
    return encode({"type": "result", "id": id, "success": True, "result": result})


def failure(id: int, code: str, message: str) -> str:
    return encode({"type": "result", "id": id, "success": False, "error": {"code": code, "message": message}})


def _lists(of_kind: Mapping[str, list[str]]) -> str:
    return "{" + ",".join(f"{encode(kind)}:[{','.join(texts)}]" for kind, texts in of_kind.items()) + "}"


def _split(changes: Iterable[tuple[Entity, T]]) -> Iterator[list[tuple[Entity, T]]]:
    """In parts that fit into a frame; at least one, which may be empty."""
    part: list[tuple[Entity, T]] = []
    size = 0
    for entity, row in changes:
        part.append((entity, row))
        size += len(entity[1] if row is None else row) + 1
        if size >= LONGEST_TEXT:
            yield part
            part, size = [], 0
    yield part
