"""The history of a mirror as the database would have it: the latest record under each key."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ami_worker.mirror import Mirror, Record
from panel.vocabulary import RecordKind

from .board import Board
from .recordings import play, recording, take


class Book:
    """Call `read` after `Mirror.changes`, as the flusher does; a record that was given is kept."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.given: Counter[RecordKind] = Counter()

    def read(self, mirror: Mirror) -> Book:
        for record in mirror.records():
            self.records[record.key] = record
            self.given[record.kind] += 1
        return self

    def of(self, kind: RecordKind) -> list[dict[str, Any]]:
        """The rows, oldest first."""
        return [record.row for record in self.records.values() if record.kind is kind]

    @property
    def passages(self) -> list[dict[str, Any]]:
        return self.of(RecordKind.PASSAGE)

    @property
    def calls(self) -> list[dict[str, Any]]:
        return self.of(RecordKind.CALL)

    @property
    def gaps(self) -> list[dict[str, Any]]:
        return self.of(RecordKind.GAP)

    def spans(self, kind: str, queue: str = "front") -> list[dict[str, Any]]:
        return [row for row in self.of(RecordKind.SPAN) if (row["kind"], row["queue"]) == (kind, queue)]

    def passage(self) -> dict[str, Any]:
        """The only one."""
        (row,) = self.passages
        return row


def booked(name: str, *, every: int = 1) -> tuple[Board, Book]:
    """What a mirror has kept of a recording, flushed after each so many events."""
    tape, board, book = recording(name), Board(), Book()
    take(board.mirror, tape.snapshots[0])
    for start in range(tape.snapshots[0].after, len(tape.events), every):
        play(board.mirror, tape.events[start : start + every], board.clock)
        board.mirror.changes()
        book.read(board.mirror)
    return board, book
