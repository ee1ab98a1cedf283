"""What a command that was claimed means on this PBX: a row of the database becomes an `Intent`.

Only `ami_worker.store` may call this module, on the worker's database thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ami_worker.keys import Keys
from ami_worker.operations import Changed, Intent
from panel.commands.catalogue import CATALOGUE, ROW_OF_ARGUMENT, ArgumentKind
from panel.commands.models import Command
from panel.commands.permissions import ruling_on
from panel.commands.reach import extension_meant, number_from
from panel.directory.models import Prompt


_NAMES_A_ROW: Final = frozenset({*ROW_OF_ARGUMENT, ArgumentKind.ROOM})


def intent_of(command: Command, keys: Keys) -> Intent:
    """As the operations want it: with the keys and numbers of this PBX, and the rights that the operator has now."""
    args = _arguments(command, keys)
    to, to_name, is_inside = _target(command, keys)
    if to:
        args["to"] = to
    operator = command.operator
    phone = command.operator_extension
    return Intent(
        key=command.key,
        name=command.name,
        args=args,
        operator=command.operator_key,
        operator_name=command.operator_name,
        extension=keys.inside(phone) if keys.is_ours(phone) else "",
        may_dial_out=is_inside or (operator is not None and ruling_on(operator, to).allowed),
        undoes=_undone_by(command),
        sound=_sound_of(command),
        to_name=to_name,
    )


def _arguments(command: Command, keys: Keys) -> dict[str, str]:
    args = dict(command.args)
    spec = CATALOGUE.get(command.name)
    for argument in spec.arguments if spec is not None else ():
        text = args.get(argument.name)
        if text and argument.kind in _NAMES_A_ROW:
            args[argument.name] = keys.inside(text)
        elif text and argument.kind is ArgumentKind.QUEUES:
            args[argument.name] = ",".join(keys.inside(each) for each in text.split(","))
    return args


def _target(command: Command, keys: Keys) -> tuple[str, str, bool]:
    """Whom it goes to: an extension's key or a number to dial; the name of whoever is behind a number that leads to
    another PBX; and whether it is such a number, which is no outside one.
    """
    to = str(command.args.get("to", ""))
    spec = CATALOGUE.get(command.name)
    if not to or spec is None or all(each.kind is not ArgumentKind.TARGET for each in spec.arguments):
        return keys.inside(to), "", False
    if "/" not in to:  # of this PBX, whose mirror knows it: a key press need not wait for the database
        return to, "", False
    extension = extension_meant(to, command.pbx)
    if extension is None:
        return to, "", False
    if extension.pbx == command.pbx:
        return keys.inside(extension.key), "", False
    name = f"{extension.name} ({extension.number})" if extension.name else extension.number
    return number_from(command.pbx, extension) or to, name, True


def _sound_of(command: Command) -> str:
    """What is played to whom `withdraw` lets out with a prompt; empty without one, or when it was removed."""
    name = command.args.get("prompt")
    return Prompt.objects.filter(name=name).values_list("sound", flat=True).first() or "" if name else ""


def _undone_by(command: Command) -> Sequence[Changed]:
    """What the command changed that an `undo` takes back."""
    if command.name != "undo":
        return ()
    other = Command.objects.filter(key=command.args["command"], pbx=command.pbx).first()
    return tuple(other.changes) if other is not None else ()
