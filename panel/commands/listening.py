"""Listening to other people's calls: who may listen to whom, and the log of who did.

`check_listening` is for resolve.py, before a command is written; the rest for the worker's store: `record` in the
transaction that writes the live picture, so that the log says what the picture said, and `unwelcome` every two
seconds. It is the picture that is logged, not the command: it knows when somebody really began to listen, and tells of
listeners whom no command has sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from panel.accounts.models import Operator
from panel.commands import refusals
from panel.commands.catalogue import CommandSpec
from panel.commands.models import Command, ListeningLog
from panel.commands.permissions import may_act_on
from panel.live.models import Extension, Listening, LiveRow
from panel.vocabulary import OUR_LISTENERS, Kind, ListenMode, seconds


def check_listening(operator: Operator, spec: CommandSpec, call: LiveRow, args: Mapping[str, str]) -> None:
    """Raises Refused unless whoever of the house could be meant is of the operator's departments and not the operator,
    and there is a reason where there must be one. Who changes how he listens has given his reason before.
    """
    named = args.get("party", "")
    parties = call.row["parties"]
    if any(party["extension"] == operator.extension for party in parties):
        raise refusals.own_call()
    meant = {party["extension"] for party in parties if party["extension"] and named in ("", party["key"])}
    if not meant:
        raise refusals.nobody_of_ours()
    for extension in meant:
        row = Extension.objects.filter(key=extension).first()
        if row is None or not may_act_on(operator, spec.name, [(Kind.EXTENSION, row)]):
            raise refusals.not_of_yours()
    if settings.LISTENING_NEEDS_REASON and not args.get("reason") and not _listens(operator, call.key, named):
        raise refusals.needs_reason()


def _listens(operator: Operator, call: str, party: str) -> bool:
    """Whether the operator's phone listens to that call already."""
    now = Listening.objects.filter(call=call).values_list("row", flat=True)
    return any(row["by"]["extension"] == operator.extension and party in ("", row["party"]) for row in now)


def unwelcome(pbx: str) -> list[str]:
    """The keys of the listenings that a command has begun and whose operator may not listen like that any more: a right
    was withdrawn, the account closed, or its departments are others now.
    """
    lasting = ListeningLog.objects.filter(pbx=pbx, ended_at=None).exclude(operator_key="").select_related("operator")
    return [log.key for log in lasting if not _is_welcome(log)]


def _is_welcome(log: ListeningLog) -> bool:
    mode = log.modes[-1][0] or ListenMode.LISTEN.value
    agent = Extension.objects.filter(key=log.agent_extension).first()
    targets = [] if agent is None else [(Kind.EXTENSION, agent)]
    return log.operator is not None and may_act_on(log.operator, mode, targets)


Told = tuple[str, Sequence[str], Mapping[str, Any] | None]
"""Key, groups and row of a `listening` in the live picture; None: it is over."""


def record(pbx: str, told: Sequence[Told], *, end_is_known: bool) -> None:
    """Take into the log what changes in the picture. Not `end_is_known`: nobody watched until now."""
    now = datetime.now(UTC)
    for key, groups, row in told:
        last = ListeningLog.objects.filter(pbx=pbx, key=key).order_by("-pk").first()
        if last is not None and (row is None or row["party"] != last.party):
            _end(last, now, end_is_known)
        if row is None:
            continue
        if last is None or row["party"] != last.party:
            _begin(pbx, key, groups, row)
        elif last.modes[-1][0] != row["mode"] or last.ended_at is not None:
            _go_on(last, row["mode"], now)


def _end(log: ListeningLog, now: datetime, is_known: bool) -> None:
    if log.ended_at is None:
        log.ended_at, log.end_is_known = now, is_known
        log.save(update_fields=["ended_at", "end_is_known"])


def _go_on(log: ListeningLog, mode: str, now: datetime) -> None:
    """In another mode, between two of which there may have been none."""
    if log.modes[-1][0] != mode:
        log.modes = [*log.modes, [mode, now.isoformat(timespec="milliseconds")]]
    log.ended_at, log.end_is_known = None, True
    log.save(update_fields=["modes", "ended_at", "end_is_known"])


def _begin(pbx: str, key: str, groups: Sequence[str], row: Mapping[str, Any]) -> None:
    since = datetime.fromtimestamp(seconds(row["since_at"]), UTC)
    command = _command_of(key)
    ListeningLog.objects.create(
        pbx=pbx,
        key=key,
        operator=command.operator if command is not None else None,
        operator_key=command.operator_key if command is not None else "",
        operator_name=command.operator_name if command is not None else "",
        listener=_named(row["by"]),
        agent=_named(row["to"]),
        agent_extension=row["to"]["extension"],
        party=row["party"],
        groups=list(groups),
        call=row["call"],
        modes=[[row["mode"], since.isoformat(timespec="milliseconds")]],
        reason=command.args.get("reason", "") if command is not None else "",
        began_at=since,
    )


def _command_of(key: str) -> Command | None:
    """The command that has let somebody listen; None where it was the PBX's own dialplan."""
    _, is_ours, command = key.partition(OUR_LISTENERS)
    return Command.objects.select_related("operator").filter(key=command).first() if is_ours else None


def _named(person: Mapping[str, str]) -> str:
    return " ".join(part for part in (person["name"], person["number"]) if part)
