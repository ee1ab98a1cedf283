"""Writes the picture as the worker's store does: live rows and `Change` rows in one transaction, under a lease with
an epoch.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max

from panel.live.models import LIVE_MODELS, Change, Lease
from panel.vocabulary import EVERYONE, Kind, Row, utc


LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
AT = "2026-11-22T10:00:00.000Z"


class Write(NamedTuple):
    """One change to be written; `row` None: the entity is gone."""

    kind: Kind
    key: str
    groups: tuple[str, ...]
    row: Row | None


class Worker:
    """Keeps one PBX. `begin` is a take-over: a new epoch, and the live tables as they are."""

    def __init__(self, pbx: str = "pbx") -> None:
        self.pbx = pbx

    def begin(self) -> Worker:
        lease, _ = Lease.objects.get_or_create(pbx=self.pbx, defaults={"until": LONG_AGO})
        lease.owner, lease.epoch, lease.nonce = "test", lease.epoch + 1, secrets.token_hex(8)
        lease.until = datetime.now(UTC) + timedelta(hours=1)
        lease.save()
        self.write(pbx(self.pbx))
        return self

    def write(self, *changes: Write) -> int:
        """Returns the seq of the last change."""
        with transaction.atomic():
            for change in changes:
                model = LIVE_MODELS.get(change.kind)
                if model is None:
                    continue
                if change.row is None:
                    model._default_manager.filter(key=change.key).delete()
                    continue
                columns = {name: change.row[name] for name in model.COLUMNS}
                model._default_manager.update_or_create(
                    key=change.key,
                    defaults={"pbx": self.pbx, "groups": list(change.groups), "row": change.row, **columns},
                )
            now = datetime.now(UTC)
            written = Change.objects.bulk_create(
                Change(pbx=self.pbx, kind=each.kind, key=each.key, groups=list(each.groups), row=each.row, at=now)
                for each in changes
            )
        return written[-1].seq

    def hold(self, seconds: float) -> None:
        """Renew the lease so that it runs out after this long; negative: it ran out then."""
        Lease.objects.filter(pbx=self.pbx).update(until=datetime.now(UTC) + timedelta(seconds=seconds))

    def release(self) -> None:
        Lease.objects.filter(pbx=self.pbx).update(owner="", until=LONG_AGO)


def pbx(key: str = "pbx", link: str = "live", **more: Any) -> Write:
    row = {
        "key": key,
        "link": link,
        "as_of_at": AT,
        "reason": "",
        "version": "22.10.0",
        "started_at": AT,
        "drift": 0,
        "lag_seconds": 0.0,
        "capabilities": [],
    }
    return Write(Kind.PBX, key, (EVERYONE,), {**row, **more})


def extension(key: str, group: str = "", state: str = "idle", **more: Any) -> Write:
    row = {
        "key": key,
        "number": key,
        "name": f"Phone {key}",
        "group": group,
        "state": state,
        "state_at": AT,
        "calls": [],
        "mailbox": "",
    }
    return Write(Kind.EXTENSION, key, (group,) if group else (), {**row, **more})


def call(key: str, *groups: str, state: str = "talking", **more: Any) -> Write:
    nobody = {"name": "", "number": "", "extension": ""}
    row = {
        "key": key,
        "state": state,
        "state_at": AT,
        "direction": "in",
        "started_at": AT,
        "answered_at": None,
        "dialled": "",
        "caller": nobody,
        "called": nobody,
        "parties": [],
        "queue": "",
        "queued_at": None,
        "connected_at": None,
        "held_by": "",
        "parked": "",
        "conference": "",
    }
    return Write(Kind.CALL, key, groups, {**row, **more})


def command(key: str, operator: str, state: str = "sent", **more: Any) -> Write:
    """The change that the worker writes about a command; the `Command` row itself is not touched."""
    row = {
        "key": key,
        "name": "call",
        "args": {"to": "202"},
        "operator": operator,
        "operator_name": operator.title(),
        "state": state,
        "reason": "",
        "text": "",
        "call": "",
        "created_at": utc(datetime.now(UTC).timestamp()),
        "sent_at": None,
        "ended_at": None,
    }
    return Write(Kind.COMMAND, key, (), {**row, **more})


def gone(kind: Kind, key: str, groups: Iterable[str] = ()) -> Write:
    return Write(kind, key, tuple(groups), None)


def written() -> tuple[str, int]:
    """The epoch and the last seq in the database, as a snapshot taken now must have them."""
    leases = Lease.objects.order_by("pbx").values_list("epoch", "nonce")
    epoch = "+".join(f"{epoch}-{nonce}" for epoch, nonce in leases) or "0"
    return epoch, Change.objects.aggregate(last=Max("seq"))["last"] or 0
