"""The picture of all PBXs in memory, and what a step from one picture to the next means for each audience.

Only `feed`, the film (panel/replay/film.py) and the tests may call this module. It is pure: no database, no clock, no
sockets.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from panel.live.visibility import Audience, may_see
from panel.live.wire import Entity, Patch, Shared, Snapshot
from panel.vocabulary import Kind, Row


class Entry:
    """One row as its text on the wire, and who may see it. The text is parsed for those few who ask for the row."""

    __slots__ = ("_row", "groups", "text")

    def __init__(self, groups: frozenset[str], text: str) -> None:
        self.groups = groups
        self.text = text
        self._row: Row | None = None

    @property
    def row(self) -> Row:
        if self._row is None:
            self._row = json.loads(self.text)
        return self._row

    def is_for(self, audience: Audience, kind: str) -> bool:
        """Whether the audience may see it."""
        return may_see(audience, kind, self.groups, self.row if kind == Kind.COMMAND else {})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and (self.groups, self.text) == (other.groups, other.text)

    __hash__ = None  # type: ignore[assignment]


class Step(NamedTuple):
    """What became of one entity between two pictures. None: it was not there."""

    kind: str
    key: str
    before: Entry | None
    after: Entry | None


class Delta:
    """The steps from one picture to the next, each entity at most once."""

    def __init__(self, steps: Iterable[Step]) -> None:
        steps = list(steps)
        self._shared = [step for step in steps if step.kind != Kind.COMMAND]
        self._commands = [step for step in steps if step.kind == Kind.COMMAND]

    @property
    def is_empty(self) -> bool:
        return not self._shared and not self._commands

    def for_all(self, audience: Audience) -> dict[Entity, str | None]:
        """What changes for everybody who shares the audience."""
        steps = self._shared + self._commands if audience.sees_all_commands else self._shared
        return _seen(audience, steps)

    def personal(self) -> dict[str, dict[Entity, str | None]]:
        """By log-in name: the operator's own commands, for those who do not see everybody's."""
        of: dict[str, list[Step]] = {}
        for step in self._commands:
            entry = step.after or step.before
            if entry is not None:
                of.setdefault(entry.row["operator"], []).append(step)
        return {name: _seen(Audience(frozenset(), False, name), steps) for name, steps in of.items()}


class Picture:
    """All rows at one seq of one epoch."""

    def __init__(self, epoch: str, seq: int, entries: Mapping[Entity, Entry]) -> None:
        self.epoch = epoch
        self.seq = seq
        self._kinds: dict[str, dict[str, Entry]] = {kind.value: {} for kind in Kind}
        for (kind, key), entry in entries.items():
            self._kinds[kind][key] = entry

    def of(self, kind: str) -> Mapping[str, Entry]:
        """The entries of one kind by key; a live view."""
        return self._kinds[kind]

    def apply(self, seq: int, entries: Mapping[Entity, Entry | None]) -> Delta:
        """Move on to `seq` (which may be the present one) with the latest entry of each entity that changed; None is
        gone.
        """
        steps = []
        for (kind, key), after in entries.items():
            of_kind = self._kinds[kind]
            before = of_kind.get(key)
            if after == before:
                continue
            if after is None:
                del of_kind[key]
            else:
                of_kind[key] = after
            steps.append(Step(kind, key, before, after))
        self.seq = seq
        return Delta(steps)

    def shared(self, audience: Audience) -> Shared:
        """The part of a snapshot that is the same for everybody who shares the audience."""
        kinds = [kind for kind in self._kinds if kind != Kind.COMMAND]
        return Shared({(kind, key): text for kind in kinds for key, text in self._texts(audience, kind)})

    def snapshot(self, audience: Audience, shared: Shared) -> Snapshot:
        """The whole picture for one operator; `shared` as the method of this name gave it, since when nothing
        changed.
        """
        commands = [text for _, text in self._texts(audience, Kind.COMMAND)]
        return Snapshot(self.epoch, self.seq, shared, commands)

    def patch(self, since: int, changes: Mapping[Entity, str | None]) -> Patch:
        return Patch(self.epoch, since, self.seq, changes)

    def _texts(self, audience: Audience, kind: str) -> list[tuple[str, str]]:
        entries = self._kinds[kind].items()
        return [(key, entry.text) for key, entry in entries if entry.is_for(audience, kind)]


def _seen(audience: Audience, steps: Iterable[Step]) -> dict[Entity, str | None]:
    """A row that leaves the audience's view is gone for it; one that it never saw is not mentioned, not even by its
    key.
    """
    changes: dict[Entity, str | None] = {}
    for kind, key, before, after in steps:
        saw = before is not None and before.is_for(audience, kind)
        if after is not None and after.is_for(audience, kind):
            if not saw or before is None or before.text != after.text:
                changes[kind, key] = after.text
        elif saw:
            changes[kind, key] = None
    return changes
