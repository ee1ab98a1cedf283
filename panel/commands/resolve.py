"""Looks up what a command is about, with the eyes of the operator who gives it.

Called by submit.py alone, before the command is written. The worker looks again when it acts: between the two the
PBX goes on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.db.models.functions import Now

from panel.accounts.models import Operator
from panel.commands import refusals
from panel.commands.catalogue import LISTENING, ROW_OF_ARGUMENT, ArgumentKind, CommandSpec
from panel.commands.listening import check_listening
from panel.commands.models import Command
from panel.commands.permissions import may, may_act_on, ruling_on
from panel.commands.reach import extension_meant, number_from
from panel.commands.targets import BadNumber, normalise
from panel.directory.models import Prompt
from panel.live.models import LIVE_MODELS, Extension, Lease, LiveRow, Pbx
from panel.live.visibility import audience_of, may_see
from panel.pbxs import pbx_of_key
from panel.vocabulary import Kind, Link


NOT_OWN_PHONE: Final = frozenset({"call", "consult", "camp"})
"""What makes no sense towards one's own phone. A transfer does: two others talk, and one of them is to come here."""

_ROOM_NUMBER: Final = re.compile(r"[0-9][0-9*#]{0,31}", re.ASCII)


def resolve(operator: Operator, spec: CommandSpec, args: Mapping[str, str]) -> str:
    """The PBX that the command is for. Raises Refused when it cannot be given, or not by this operator, or not now."""
    if spec.needs_phone and not operator.extension:
        raise refusals.no_extension()
    if spec.name in NOT_OWN_PHONE and args.get("to") == operator.extension:
        raise refusals.own_phone()
    rows: dict[str, LiveRow] = {}
    pbx = ""
    for argument in spec.arguments:
        text = args.get(argument.name, "")
        if not text:
            continue
        if kind := ROW_OF_ARGUMENT.get(argument.kind):
            rows[argument.kind] = _row(operator, spec, kind, text, argument.kind)
        elif argument.kind is ArgumentKind.ROOM:
            rows |= _room(operator, spec, text)
        elif argument.kind is ArgumentKind.QUEUES:
            rows |= {
                f"queue {each}": _row(operator, spec, Kind.QUEUE, each, ArgumentKind.QUEUE) for each in text.split(",")
            }
        elif argument.kind is ArgumentKind.COMMAND:
            pbx = _undone(operator, text).pbx
        elif argument.kind is ArgumentKind.PARTY and not _has(rows[ArgumentKind.CALL], "parties", "key", text):
            raise refusals.gone(ArgumentKind.PARTY)
        elif argument.kind is ArgumentKind.MEMBER and not _has(rows[ArgumentKind.ROOM], "members", "channel", text):
            raise refusals.gone(ArgumentKind.MEMBER)
        elif argument.kind is ArgumentKind.PROMPT and not Prompt.objects.filter(name=text).exists():
            raise refusals.gone(ArgumentKind.PROMPT)
    if spec.name in LISTENING:
        check_listening(operator, spec, rows[ArgumentKind.CALL], args)
    pbx = _one_pbx(rows) or pbx
    own = pbx_of_key(operator.extension, settings.PBXS.values()).name
    if spec.needs_phone and pbx not in ("", own):
        raise refusals.other_phone(pbx)
    if spec.needs_phone or not pbx:
        pbx = own
    for argument in spec.arguments:
        if argument.kind is ArgumentKind.TARGET and (to := args.get(argument.name)):
            _check_target(operator, spec, to, pbx)
    check_link(pbx)
    return pbx


def _row(operator: Operator, spec: CommandSpec, kind: Kind, key: str, of: ArgumentKind) -> LiveRow:
    row = LIVE_MODELS[kind]._default_manager.filter(key=key).first()
    if row is None or not may_act_on(operator, spec.name, [(kind, row)]):
        raise refusals.gone(of)
    return row


def _room(operator: Operator, spec: CommandSpec, room: str) -> dict[str, LiveRow]:
    """What is done in a room needs one that the operator sees. A caller can be sent into one that is not open yet,
    which then opens; but not into one where others meet whom the operator does not see.
    """
    if all(argument.kind is not ArgumentKind.CALL for argument in spec.arguments):
        return {ArgumentKind.ROOM: _row(operator, spec, Kind.CONFERENCE, room, ArgumentKind.ROOM)}
    if not _ROOM_NUMBER.fullmatch(room):
        raise refusals.not_a_room()
    row = LIVE_MODELS[Kind.CONFERENCE]._default_manager.filter(key=room).first()
    if row is None:
        return {}
    if not may_act_on(operator, spec.name, [(Kind.CONFERENCE, row)]):
        raise refusals.not_into_room()
    return {ArgumentKind.ROOM: row}


def _has(row: LiveRow, members: str, field: str, key: str) -> bool:
    return any(each[field] == key for each in row.row[members])


def _undone(operator: Operator, key: str) -> Command:
    """The command that is to be taken back: one that the operator sees and may give, and that has changed something."""
    command = Command.objects.filter(key=key).first()
    if (
        command is None
        or not command.changes
        or not may(operator, command.name)
        or not may_see(audience_of(operator), Kind.COMMAND, (), {"operator": command.operator_key})
    ):
        raise refusals.gone(ArgumentKind.COMMAND)
    return command


def _one_pbx(rows: Mapping[str, LiveRow]) -> str:
    """The PBX of all that the command names, or the empty text when it names nothing but a number."""
    pbxs = {row.pbx for row in rows.values()}
    if len(pbxs) > 1:
        raise refusals.elsewhere()
    return pbxs.pop() if pbxs else ""


def _check_target(operator: Operator, spec: CommandSpec, to: str, pbx: str) -> None:
    """Check whom it goes to, from this PBX."""
    extension = extension_meant(to, pbx)
    if spec.name in NOT_OWN_PHONE and extension is not None and extension.key == operator.extension:
        raise refusals.own_phone()
    if extension is not None and may_act_on(operator, spec.name, [(Kind.EXTENSION, extension)]):
        if extension.pbx != pbx and not number_from(pbx, extension):
            raise refusals.no_way(extension.pbx)
        return
    # Not a person on the operator's board, so it must be a number. Extensions of other departments can be dialled
    # like on any phone.
    try:
        number = normalise(to)
    except BadNumber as wrong:
        raise refusals.bad_number(str(wrong)) from None
    if not Extension.objects.filter(number=number, pbx=pbx).exists():
        ruling = ruling_on(operator, number)
        if not ruling.allowed:
            raise refusals.not_outside() if ruling.rule is None else refusals.against_rule(ruling.rule.note)


def check_link(pbx: str) -> None:
    """Raises Refused unless a worker keeps the picture of this PBX and the picture is live.

    The lease counts too: a worker that was killed leaves its last rows behind, and they still say live.
    """
    picture = Pbx.objects.filter(pbx=pbx).first()
    if picture is None or not Lease.objects.filter(pbx=pbx, until__gt=Now()).exists():
        raise refusals.not_connected()
    if picture.link != Link.LIVE.value:
        # A PBX that is connected and still starting, say, is not "not connected".
        raise refusals.not_connected(picture.row["reason"] if picture.link == Link.STALE.value else "")
