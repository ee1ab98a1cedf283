"""How a batch of changes is written: each changed row into its live table, and all of them into the `Change` log; and
each record of the history into its own table, and nowhere else.

Only `ami_worker.store` may call this module, within its transaction. Django's `bulk_create` would do the same; it makes
model instances and SQL text anew for each row, which was half of what the worker did under load. Here the text is made
once for each table, and a row is turned into JSON once for both of its places.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import CharField, DateTimeField, JSONField, Model

from ami_worker.mirror import Change, Record
from panel.history.models import HISTORY_MODELS
from panel.live.models import LIVE_MODELS, LiveRow, OperatorOnBoard
from panel.live.models import Change as ChangeRow
from panel.vocabulary import Kind, RecordKind


LIVE_COLUMNS = ("key", "pbx", "groups", "row")
RECORD_COLUMNS = ("key", "pbx", "groups")
LOG_COLUMNS = ("pbx", "kind", "key", "groups", "row", "at")

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_encode_groups = cache(_encode)


WRITING = 0x636F7264
"""Number of the lock under which changes are written."""

STOPPED_MILLISECONDS = 2000


def _take_turn() -> None:
    """Who writes changes does so alone until its transaction ends: the order of `seq` is that of the commits, also of
    several workers. On PostgreSQL a lock; one that is stopped with it is ended by the server. SQLite has one writer.
    """
    if connection.vendor == "postgresql" and len(settings.PBXS) > 1:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, true), pg_advisory_xact_lock(%s)",
                [str(STOPPED_MILLISECONDS), WRITING],
            )


def write(pbx: str, changes: Sequence[Change]) -> None:
    """Raises DatabaseError; then the transaction must be given up."""
    _take_turn()
    live: dict[type[LiveRow], list[tuple[Any, ...]]] = defaultdict(list)
    gone: dict[type[LiveRow], list[str]] = defaultdict(list)
    log: list[tuple[Any, ...]] = []
    at = ChangeRow._meta.get_field("at").get_db_prep_save(datetime.now(UTC), connection)
    for change in _still_ours(pbx, changes):
        groups = _encode_groups(change.groups)
        row = None if change.row is None else _encode(change.row)
        log.append((pbx, change.kind.value, change.key, groups, row, at))
        model = LIVE_MODELS.get(change.kind)
        if model is None:
            continue
        if change.row is None:
            gone[model].append(change.key)
        else:
            own = (change.row[name] for name in model.COLUMNS)
            live[model].append((change.key, pbx, groups, row, *own))
    with connection.cursor() as cursor:
        for model, keys in gone.items():
            cursor.executemany(_delete(model), [(key, pbx) for key in keys])
        for model, rows in live.items():
            cursor.executemany(_upsert(model, (*LIVE_COLUMNS, *model.COLUMNS)), rows)
        cursor.executemany(_insert(ChangeRow, LOG_COLUMNS), log)


def _still_ours(pbx: str, changes: Sequence[Change]) -> Sequence[Change]:
    """Without the end of an operator whose phone is on another PBX now, and who has been written there before."""
    if len(settings.PBXS) == 1:
        return changes
    gone = [change.key for change in changes if change.kind is Kind.OPERATOR and change.row is None]
    if not gone:
        return changes
    elsewhere = set(OperatorOnBoard.objects.filter(key__in=gone).exclude(pbx=pbx).values_list("key", flat=True))
    return [change for change in changes if change.kind is not Kind.OPERATOR or change.key not in elsewhere]


def write_records(pbx: str, records: Sequence[Record]) -> None:
    """As `write`, for the history: each record takes the place of what was written under its key."""
    rows: dict[RecordKind, list[list[Any]]] = defaultdict(list)
    for record in records:
        values = (record.key, pbx, record.groups, *(record.row[name] for name in HISTORY_MODELS[record.kind].COLUMNS))
        prepare = _preparation(record.kind)
        rows[record.kind].append([put(value) for put, value in zip(prepare, values, strict=True)])
    with connection.cursor() as cursor:
        for kind, prepared in rows.items():
            model = HISTORY_MODELS[kind]
            cursor.executemany(_upsert(model, (*RECORD_COLUMNS, *model.COLUMNS)), prepared)


@cache
def _preparation(kind: RecordKind) -> list[Callable[[Any], Any]]:
    """For each column what makes a value of a record into one for the driver."""
    model = HISTORY_MODELS[kind]
    fields = [model._meta.get_field(name) for name in (*RECORD_COLUMNS, *model.COLUMNS)]
    return [_preparation_of(field) for field in fields]


def _preparation_of(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, DateTimeField):
        return lambda at: None if at is None else connection.ops.adapt_datetimefield_value(_moment(at))
    if isinstance(field, JSONField):
        return _encode
    if isinstance(field, CharField):
        return partial(_cut, field.max_length or 0)  # PostgreSQL would refuse the whole batch
    return _as_it_is


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _cut(length: int, text: str) -> str:
    return text[:length]


def _as_it_is(value: Any) -> Any:
    return value


def _insert(model: type[Model], fields: Iterable[str]) -> str:
    columns = _columns(model, fields)
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"


@cache
def _upsert(model: type[Model], fields: tuple[str, ...]) -> str:
    """A row under a key that is there takes its place; the key is the first of the fields."""
    key, *others = _columns(model, fields)
    news = ", ".join(f"{column} = EXCLUDED.{column}" for column in others)
    return f"{_insert(model, fields)} ON CONFLICT ({key}) DO UPDATE SET {news}"


@cache
def _delete(model: type[LiveRow]) -> str:
    table, *columns = (connection.ops.quote_name(name) for name in (model._meta.db_table, "key", "pbx"))
    return f"DELETE FROM {table} WHERE {' AND '.join(f'{column} = %s' for column in columns)}"


def _columns(model: type[Model], fields: Iterable[str]) -> list[str]:
    """Their names in the table, quoted."""
    columns = {field.name: connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields}
    return [columns[field] for field in fields]
