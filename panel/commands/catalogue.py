"""The catalogue: every command that an operator can give, with its arguments and the right it needs.

Read by submit.py (what is accepted), permissions.py (who may), the pages (buttons, keys, help) and the tests. What
a command does to the PBX is in `ami_worker/operations`. A new command is one entry here, its permission in
models.py, and one module there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from panel.vocabulary import Kind


if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class ArgumentKind(StrEnum):
    """What the text of an argument names."""

    CALL = "call"  # key of a call row
    PARKED = "parked"  # key of a parked row
    CALLER = "caller"  # key of a waiting caller's row
    PARTY = "party"  # key of one party of the call that the argument `call` names
    TARGET = "target"  # an extension's key, or a number as dialled


ROW_OF_ARGUMENT: dict[ArgumentKind, Kind] = {
    ArgumentKind.CALL: Kind.CALL,
    ArgumentKind.PARKED: Kind.PARKED,
    ArgumentKind.CALLER: Kind.CALLER,
}
"""The arguments that are keys of a live row: it must exist, and the operator must see it."""


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    kind: ArgumentKind
    help: str | _StrPromise
    required: bool = True


@dataclass(frozen=True, slots=True)
class CommandSpec:
    name: str
    title: str | _StrPromise
    help: str | _StrPromise
    arguments: tuple[Argument, ...]
    key: str = ""
    """The key that the board suggests for it; the board shows it beside the button."""
    needs_phone: bool = False
    """It rings or redirects to the operator's own phone, so there must be one."""

    @property
    def codename(self) -> str:
        """The permission's codename on `Command`; models.py defines it."""
        return f"give_{self.name}"

    @property
    def permission(self) -> str:
        """The permission as `has_perm` wants it."""
        return f"commands.{self.codename}"

    def as_json(self) -> dict[str, Any]:
        """The entry as the pages get it; texts in the language that is active now."""
        return {
            "name": self.name,
            "title": str(self.title),
            "help": str(self.help),
            "key": self.key,
            "needs_phone": self.needs_phone,
            "arguments": [
                {"name": each.name, "kind": each.kind.value, "required": each.required, "help": str(each.help)}
                for each in self.arguments
            ],
        }


_CALL = Argument("call", ArgumentKind.CALL, _("the call"))
_PARTY = Argument("party", ArgumentKind.PARTY, _("one party of the call; left out: the one it must be"), required=False)

_ALL = (
    CommandSpec(
        "call",
        _("Call"),
        _("Your phone rings; when you answer, the other one is called."),
        (Argument("to", ArgumentKind.TARGET, _("whom to call")),),
        key="Enter",
        needs_phone=True,
    ),
    CommandSpec("hangup", _("Hang up"), _("Ends the call, or one party's part in it."), (_CALL, _PARTY), key="Alt+H"),
    CommandSpec(
        "transfer",
        _("Transfer"),
        _("Sends the caller on without asking first; who does not answer sends the caller back to you."),
        (_CALL, Argument("to", ArgumentKind.TARGET, _("to whom")), _PARTY),
        key="Enter",
    ),
    CommandSpec(
        "park", _("Park"), _("Puts the caller in a parking space, for anybody to take."), (_CALL, _PARTY), key="Alt+P"
    ),
    CommandSpec(
        "unpark",
        _("Take back"),
        _("Brings a parked call to your phone."),
        (Argument("parked", ArgumentKind.PARKED, _("the parked call")),),
        key="Enter",
        needs_phone=True,
    ),
    CommandSpec(
        "pickup",
        _("Pick up"),
        _("Brings a call that rings somewhere else to your phone."),
        (_CALL,),
        key="Alt+U",
        needs_phone=True,
    ),
    CommandSpec(
        "take",
        _("Take"),
        _("Brings a waiting caller out of the queue to your phone, before the turn."),
        (Argument("caller", ArgumentKind.CALLER, _("the waiting caller")),),
        key="Enter",
        needs_phone=True,
    ),
)

CATALOGUE: dict[str, CommandSpec] = {spec.name: spec for spec in _ALL}
"""Every command by its name. What is not in here cannot be given."""
