"""The intake of commands: from what a browser asks for to a `pending` row that the worker will act on.

Called by the socket's consumer (in a thread of its own) and by whatever else lets an operator give a command; there
is no other way in. Nothing is done here to the PBX, and everything is refused here that needs no PBX to refuse it:
the browser is not believed in anything.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from panel import doorbell
from panel.accounts.models import Operator
from panel.commands import refusals
from panel.commands.arguments import LONGEST, checked, is_unstorable
from panel.commands.catalogue import CATALOGUE, CommandSpec
from panel.commands.models import Command
from panel.commands.permissions import may
from panel.commands.refusals import Refused
from panel.commands.resolve import resolve
from panel.logs import about_command
from panel.outage import OUTAGES
from panel.vocabulary import CommandState


log = logging.getLogger(__name__)

__all__ = ["MOST_OPEN", "PATIENCE", "Refused", "submit"]

PATIENCE = timedelta(seconds=10)
"""A command that no worker has begun after this long is never begun: by then the operator has done something else."""

MOST_OPEN = 20
"""Commands of one operator that may be waiting or under way at once."""

FORGOTTEN = timedelta(minutes=2)
"""Older ones no longer count as open: a worker that died must not lock an operator out."""

_OPEN = (CommandState.PENDING.value, CommandState.SENT.value)


def submit(operator: Operator, name: Any, args: Any, *, intent: Any = "") -> Command:
    """Write down the command and wake the worker; the outcome comes later, as the row's state.

    `operator` only says who it is: account and rights are read again. `name` and `args` are what the browser sent,
    of any type. `intent` is the browser's own name for this one press of a button: the same again gives the same
    command, however often it is sent. Without it, an equal command that is still open is given back instead of a
    second one.

    Raises Refused, after which nothing has been written.
    """
    try:
        return _submit(operator, name, args, intent)
    except Refused as refused:
        # Nothing else tells of it: who tries again and again to dial what a rule forbids.
        log.info("A command of %s is refused (%s): %s", operator.username, refused.code, refused.message)
        raise
    except OUTAGES as failed:
        # The database is locked, read-only or gone. Nothing was written, and the operator must hear of it.
        raise refusals.unavailable() from failed


def _submit(operator: Operator, name: Any, args: Any, intent: Any) -> Command:
    spec = CATALOGUE.get(name) if isinstance(name, str) else None
    if spec is None:
        raise refusals.unknown_command()
    fresh = Operator.objects.filter(pk=operator.pk).first()
    if fresh is None or not may(fresh, spec.name):
        raise refusals.not_allowed(spec)
    given = checked(spec, args)
    key = _key(fresh, intent)
    with about_command(key):
        # A repetition is answered before anything is looked up: the call it is about may have ended because of it.
        if earlier := _earlier(key, spec, given, _open(fresh, timezone.now())):
            return earlier
        pbx = resolve(fresh, spec, given)
        return _insert(fresh, spec, given, key, pbx)


def _key(operator: Operator, intent: Any) -> str:
    """The new command's key. It follows from the intent, so the primary key itself keeps a second command out."""
    if not isinstance(intent, str) or len(intent) > LONGEST or is_unstorable(intent):
        raise refusals.bad_arguments(_("The intent is not a usable text."))
    if not intent:
        return secrets.token_hex(16)
    return hashlib.sha256(f"{operator.pk}\n{intent}".encode()).hexdigest()[:32]


def _earlier(key: str, spec: CommandSpec, args: Mapping[str, str], opened: Iterable[Command]) -> Command | None:
    """The command that this one repeats: the same intent, or equal and still open, of the operator's `opened` ones."""
    if same := Command.objects.filter(key=key).first():
        if (same.name, same.args) != (spec.name, args):
            raise refusals.bad_arguments(_("This intent was used for another command."))
        return same
    if spec.repeats:
        return None
    now = timezone.now()
    for command in opened:
        is_waited_for = command.state == CommandState.SENT.value or command.expires_at > now
        if (command.name, command.args) == (spec.name, args) and is_waited_for:
            return command
    return None


def _open(operator: Operator, now: datetime) -> QuerySet[Command]:
    # By log-in name and time, as the index has them: the log of years must not be read at every press of a button.
    return Command.objects.filter(
        operator_key=operator.username, created_at__gt=now - FORGOTTEN, state__in=_OPEN, operator=operator
    )


def _insert(operator: Operator, spec: CommandSpec, args: dict[str, str], key: str, pbx: str) -> Command:
    with transaction.atomic():
        # One operator's commands are taken in one after the other: two tabs, or a double click, must find each other's.
        Operator.objects.select_for_update().get(pk=operator.pk)
        now = timezone.now()
        opened = list(_open(operator, now))
        if earlier := _earlier(key, spec, args, opened):
            return earlier
        if len(opened) >= MOST_OPEN:
            raise refusals.too_many()
        command = Command.objects.create(
            key=key,
            pbx=pbx,
            operator=operator,
            operator_key=operator.username,
            operator_name=operator.shown_name,
            operator_extension=operator.extension,
            name=spec.name,
            args=args,
            created_at=now,
            expires_at=now + PATIENCE,
        )
        transaction.on_commit(doorbell.ring)
    log.info("%s by %s is taken in", command.name, command.operator_key)
    return command
