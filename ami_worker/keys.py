"""The keys of a further PBX: what its mirror and its operations call `201` is `branch/201` everywhere else.

Only `ami_worker.tenure`, `store`, `intake`, `archive` and tests may call this module. A worker knows one PBX, so inside
it keys are as that PBX names things. They are turned where they leave it (`outward`, of changes and records) and where
they come back (`inside`, `inward`). The first PBX has plain keys, and nothing is turned.

What stays as it is: the key of the PBX's own row, of operators (their log-in name), of commands, and the Uniqueids of
channels inside a row, which are looked for in that row alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django.conf import settings

from ami_worker.mirror import Change, Record, Written
from panel.pbxs import Pbx, pbx_of_key
from panel.vocabulary import Kind, RecordKind


_KEY: Final = "key"
"""Here stands a key, or the empty text. In a list of one: keys, or parts of that shape. None stays None."""

_PERSON: Final = {"extension": _KEY}

_Shape = Any  # _KEY, a mapping from a field to a shape, or a list of one shape

_ROWS: Final[Mapping[Kind, Mapping[str, _Shape]]] = {
    Kind.EXTENSION: {
        "key": _KEY,
        "calls": [{"call": _KEY, "other": _PERSON, "queue": _KEY}],
        "mailbox": _KEY,
        "camped": [_KEY],
        "forward": [{"to": _PERSON}],
    },
    Kind.CALL: {
        "key": _KEY,
        "caller": _PERSON,
        "called": _PERSON,
        "parties": [_PERSON],
        "queue": _KEY,
        "held_by": _KEY,
        "parked": _KEY,
        "conference": _KEY,
        "care": {"operator": _PERSON, "target": _PERSON},
        "story": [{"who": _PERSON}],
    },
    Kind.QUEUE: {"key": _KEY},
    Kind.MEMBER: {"key": _KEY, "queue": _KEY, "extension": _KEY, "call": _KEY},
    Kind.CALLER: {"key": _KEY, "queue": _KEY, "call": _KEY},
    Kind.PARKED: {"key": _KEY, "call": _KEY, "extension": _KEY, "parked_by": _PERSON},
    Kind.CONFERENCE: {"key": _KEY, "members": [_PERSON]},
    Kind.MAILBOX: {"key": _KEY, "extension": _KEY},
    Kind.TRUNK: {"key": _KEY},
    Kind.LISTENING: {"key": _KEY, "call": _KEY, "to": _PERSON, "by": _PERSON},
}
"""Of every kind whose keys are the PBX's own: where in its rows they stand."""

_RECORDS: Final[Mapping[RecordKind, Mapping[str, _Shape]]] = {
    RecordKind.PASSAGE: {"queue": _KEY, "call": _KEY, "agent": _KEY, "agent_extension": _KEY},
    RecordKind.CALL: {"call": _KEY, "extensions": [_KEY], "story": [{"who": _PERSON}]},
    RecordKind.SPAN: {"queue": _KEY, "agent": _KEY, "agent_extension": _KEY},
    RecordKind.GAP: {},
}
"""The same of the history. `agent` is an interface: two PBXs may both have a PJSIP/201."""


class Keys:
    """Turns the keys of one PBX."""

    def __init__(self, pbx: str) -> None:
        self.is_first = pbx == settings.PBX_NAME
        self._pbx = pbx
        self._prefix = "" if self.is_first or pbx not in settings.PBXS else settings.PBXS[pbx].prefix

    def outside(self, key: str) -> str:
        """A key of this PBX as all others know it. The empty text stays empty."""
        return f"{self._prefix}{key}" if key else ""

    def inside(self, key: str) -> str:
        """The inverse, of a key of this PBX."""
        return key.removeprefix(self._prefix)

    def is_ours(self, key: str) -> bool:
        """Whether a thing with this key is of this PBX."""
        pbxs: Iterable[Pbx] = settings.PBXS.values()
        return self._pbx not in settings.PBXS or pbx_of_key(key, pbxs).name == self._pbx

    def outward(self, batch: Sequence[Written]) -> list[Written]:
        """Changes and records as they are written; each row says which PBX it is of (`pbx`)."""
        if not self._prefix:
            return list(batch)
        return [self._change(each) if isinstance(each, Change) else self._record(each) for each in batch]

    def inward(self, kind: RecordKind, values: Mapping[str, Any]) -> dict[str, Any]:
        """What was read of a record, with its `key`, as the mirror made it; it may lack fields."""
        shape = {name: part for name, part in (*_RECORDS[kind].items(), ("key", _KEY)) if name in values}
        return dict(_turned(values, shape, self.inside)) if self._prefix else dict(values)

    def _change(self, change: Change) -> Change:
        if change.kind is Kind.OPERATOR:
            return change._replace(row=change.row and _turned(change.row, {"extension": _KEY}, self.outside))
        shape = _ROWS.get(change.kind)
        if shape is None:
            return change
        row = None if change.row is None else {**_turned(change.row, shape, self.outside), "pbx": self._pbx}
        return change._replace(key=self.outside(change.key), row=row)

    def _record(self, record: Record) -> Record:
        row = _turned(record.row, _RECORDS[record.kind], self.outside)
        return record._replace(key=self.outside(record.key), row=row)


def _turned(value: Any, shape: _Shape, turn: Callable[[str], str]) -> Any:
    if value is None:
        return None
    if isinstance(shape, list):
        return [_turned(each, shape[0], turn) for each in value]
    if isinstance(shape, Mapping):
        return {**value, **{name: _turned(value[name], part, turn) for name, part in shape.items()}}
    return turn(value)
