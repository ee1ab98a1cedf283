"""Where the PBX sends somebody's calls on, and who is not to be disturbed, as Asterisk's own database says. Used inside
the mirror.

FreePBX keeps it there by number: `/CF/201` = 205 (all calls), `/CFB/201` (when busy), `/CFU/201` (nobody answers, or no
phone is registered), `/DND/201` = YES (its modules callforward and donotdisturb, functions.inc.php). No event tells of
a change in the database, so the trees are read; where FreePBX lights lamps for it, `Custom:CF201` or `Custom:DEVCF201`
changes its state after the entry was written, and they are read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.family import Family
from ami_worker.mirror.persons import person_at
from ami_worker.mirror.text import clean
from ami_worker.mirror.world import World
from panel.vocabulary import Forward, ForwardKind, Kind, Person


_KINDS: Final = {"CF": ForwardKind.ALWAYS, "CFB": ForwardKind.BUSY, "CFU": ForwardKind.UNANSWERED}
_DND: Final = "DND"
TREES: Final = (*_KINDS, _DND)
"""The families of the database that are read."""

_LAMP: Final = re.compile(r"Custom:(?:DEV)?(CF|DND)", re.IGNORECASE)
_OFF: Final = frozenset({"", "0", "no", "off", "false"})


class Forwards:
    """Keeps the entries, and tells of one number what they mean."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._entries: dict[str, dict[str, str]] = {tree: {} for tree in TREES}  # tree → number → value

    def on_lamp(self, message: Message) -> bool:
        """DeviceStateChange, not as an item of a list. Returns whether it is of a lamp: then what that stands for has
        just been switched on or off.
        """
        lamp = _LAMP.match(message.get("Device"))
        if lamp is None:
            return False
        for tree in (_DND,) if lamp[1].upper() == _DND else _KINDS:
            self._world.want(Family.DATABASE, tree)
        return True

    # --- lists ------------------------------------------------------------------------------------------------------

    def on_listed(self, tree: str, message: Message) -> tuple[str, bool]:
        """An item of DBGetTree, `Key: /CF/201`. Returns the number and whether that was news; anything below or
        beside is nothing of ours and has no number.
        """
        match message.get("Key").strip("/").split("/"):
            case [family, number] if family == tree and number:
                return number, self._set(tree, number, message.get("Val").strip())
        return "", False

    def known(self, tree: str) -> Iterable[str]:
        return self._entries[tree]

    def remove(self, tree: str, number: str) -> None:
        value = self._entries[tree].pop(number)
        self._unlink(number, value)
        self._touch(number)

    def _set(self, tree: str, number: str, value: str) -> bool:
        entries = self._entries[tree]
        before = entries.get(number)
        if before == value:
            return False
        entries[number] = value
        if before is not None:
            self._unlink(number, before)
        if tree in _KINDS:
            self._world.forwarded_to.setdefault(value, {})[number] = None
        self._touch(number)
        return True

    def _unlink(self, number: str, value: str) -> None:
        """Nothing of that number goes to `value` any more, unless another entry says so."""
        numbers = self._world.forwarded_to.get(value, {})
        if number in numbers and all(self._entries[tree].get(number) != value for tree in _KINDS):
            del numbers[number]
            if not numbers:
                del self._world.forwarded_to[value]

    def _touch(self, number: str) -> None:
        world = self._world
        world.dirty[Kind.EXTENSION].update(extension.key for extension in world.by_number.get(number, ()))

    # --- what they mean ---------------------------------------------------------------------------------------------

    def of(self, number: str) -> list[Forward]:
        """Where its calls go on to, what holds always before what holds sometimes."""
        return [
            Forward(kind=kind, to=self._person(value))
            for tree, kind in _KINDS.items()
            if (value := self._entries[tree].get(number))
        ]

    def is_dnd(self, number: str) -> bool:
        return self._entries[_DND].get(number, "").lower() not in _OFF

    def _person(self, value: str) -> Person:
        extension = self._world.extension_with(value)
        return person_at(extension) if extension is not None else Person(name="", number=clean(value), extension="")
