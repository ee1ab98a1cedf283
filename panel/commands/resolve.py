"""Looks up what a command is about, with the eyes of the operator who gives it.

Called by submit.py alone, before the command is written. The worker looks again when it acts: between the two the
PBX goes on.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db.models.functions import Now

from panel.accounts.models import Operator
from panel.commands import refusals
from panel.commands.catalogue import ROW_OF_ARGUMENT, ArgumentKind, CommandSpec
from panel.commands.permissions import may_act_on, may_dial_out
from panel.commands.targets import BadNumber, normalise
from panel.live.models import LIVE_MODELS, Extension, Lease, LiveRow, Pbx
from panel.vocabulary import Kind, Link


def resolve(operator: Operator, spec: CommandSpec, args: Mapping[str, str]) -> str:
    """The PBX that the command is for. Raises Refused when it cannot be given, or not by this operator, or not now."""
    if spec.needs_phone and not operator.extension:
        raise refusals.no_extension()
    pbx = ""
    rows: dict[ArgumentKind, LiveRow] = {}
    for argument in spec.arguments:
        text = args.get(argument.name, "")
        if text and (kind := ROW_OF_ARGUMENT.get(argument.kind)):
            row = LIVE_MODELS[kind]._default_manager.filter(key=text).first()
            if row is None or not may_act_on(operator, spec.name, [(kind, row)]):
                raise refusals.gone(argument.kind)
            rows[argument.kind] = row
            pbx = pbx or row.pbx
    if party := args.get("party"):
        _check_party(rows[ArgumentKind.CALL], party)
    if to := args.get("to"):
        pbx = _check_target(operator, spec, to, pbx)
    check_link(pbx)
    return pbx


def _check_party(call: LiveRow, party: str) -> None:
    if all(each["key"] != party for each in call.row["parties"]):
        raise refusals.gone(ArgumentKind.PARTY)


def _check_target(operator: Operator, spec: CommandSpec, to: str, pbx: str) -> str:
    """Check whom it goes to; the PBX is that of the call, or else the target's, or else that of the operator's
    phone.
    """
    if spec.name == "call" and to == operator.extension:
        raise refusals.own_phone()
    extension = Extension.objects.filter(key=to).first()
    if extension is not None and may_act_on(operator, spec.name, [(Kind.EXTENSION, extension)]):
        return pbx or extension.pbx
    # Not a person on the operator's board, so it must be a number. Extensions of other departments can be dialled
    # like on any phone.
    try:
        number = normalise(to)
    except BadNumber as wrong:
        raise refusals.bad_number(str(wrong)) from None
    if not may_dial_out(operator) and not Extension.objects.filter(number=number).exists():
        raise refusals.not_outside()
    return pbx or _pbx_of_phone(operator)


def _pbx_of_phone(operator: Operator) -> str:
    return Extension.objects.filter(key=operator.extension).values_list("pbx", flat=True).first() or settings.PBX_NAME


def check_link(pbx: str) -> None:
    """Raises Refused unless a worker keeps the picture of this PBX and the picture is live.

    The lease counts too: a worker that was killed leaves its last rows behind, and they still say live.
    """
    live = Pbx.objects.filter(pbx=pbx, link=Link.LIVE.value).exists()
    if not live or not Lease.objects.filter(pbx=pbx, until__gt=Now()).exists():
        raise refusals.not_connected()
