"""Which extensions there are, and whose phone a device is: made from hints, or from device names where there are no
hints.

Used by `extensions.py` only. A PBX that has no hints at all still has phones: devices with a number for a name stand
in.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ami_worker.mirror.entities import Extension, Hint
from ami_worker.mirror.names import Names
from ami_worker.mirror.persons import trunk_of
from ami_worker.mirror.world import World
from panel.vocabulary import Kind


_PHONE: Final = re.compile(r"(?:PJSIP|SIP|IAX2|SCCP|DAHDI|Skinny|MGCP|Unistim|Motif|H323|OOH323)/.", re.IGNORECASE)
_DND: Final = re.compile(r"Custom:.*DND", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\+?[0-9A-Za-z][\w.+-]{0,39}", re.ASCII)  # no pattern, no feature code
_NUMERIC_DEVICE: Final = re.compile(r"(?:PJSIP|SIP|IAX2|SCCP)/(\d{2,7})")


def is_phone(device: str) -> bool:
    return _PHONE.match(device) is not None


def is_dnd(device: str) -> bool:
    """`Custom:DND201`, as FreePBX has it, or the like."""
    return _DND.match(device) is not None


class _Wanted(NamedTuple):
    """An extension as it ought to be."""

    key: str
    devices: tuple[str, ...]
    dnd_devices: tuple[str, ...]
    hints: tuple[Hint, ...]


class Directory:
    """Keeps `World.extensions` and its indexes equal to what hints and devices say."""

    def __init__(self, world: World, names: Names) -> None:
        self._world = world
        self._names = names
        self._hints: dict[str, dict[str, Hint]] = {}  # by exten, then context
        self._hinted: set[str] = set()  # numbers that have a hint with a phone in it
        self._numeric_devices: dict[str, dict[str, None]] = {}  # number → devices of that name
        self._numbers_of: dict[str, dict[str, None]] = {}  # device → numbers whose extension contains it

    def set_hint(self, hint: Hint) -> None:
        self._world.hints[hint.exten, hint.context] = hint
        self._hints.setdefault(hint.exten, {})[hint.context] = hint
        self._hint_changed(hint.exten)

    def remove_hint(self, exten: str, context: str) -> None:
        if self._world.hints.pop((exten, context), None) is not None:
            del self._hints[exten][context]
            self._hint_changed(exten)

    def add_device(self, device: str) -> None:
        numeric = _NUMERIC_DEVICE.fullmatch(device)
        if numeric:
            self._numeric_devices.setdefault(numeric[1], {})[device] = None
            self._regroup(numeric[1])

    def remove_device(self, device: str) -> None:
        numeric = _NUMERIC_DEVICE.fullmatch(device)
        if numeric:
            del self._numeric_devices[numeric[1]][device]
            self._regroup(numeric[1])

    def extensions_with(self, device: str) -> list[Extension]:
        """Those whose state depends on it, its owner or not."""
        by_number = self._world.by_number
        return [extension for number in self._numbers_of.get(device, ()) for extension in by_number.get(number, ())]

    def _hint_changed(self, exten: str) -> None:
        if not _NUMBER.fullmatch(exten):
            return
        had_hints = bool(self._hinted)
        if any(is_phone(device) for hint in self._hints[exten].values() for device in hint.devices):
            self._hinted.add(exten)
        else:
            self._hinted.discard(exten)
        self._regroup(exten)
        if had_hints != bool(self._hinted):
            for number in self._numeric_devices:
                self._regroup(number)

    def _wanted(self, number: str) -> list[_Wanted]:
        if number in self._hinted:
            return self._wanted_by_hints(number)
        devices = tuple(self._numeric_devices.get(number, ()))
        return [_Wanted(number, devices, (), ())] if devices and not self._hinted else []

    def _wanted_by_hints(self, number: str) -> list[_Wanted]:
        alike: dict[tuple[str, ...], list[Hint]] = {}
        for hint in self._hints[number].values():
            if any(map(is_phone, hint.devices)):
                alike.setdefault(hint.devices, []).append(hint)
        wanted = []
        for devices, hints in alike.items():
            # The same number with other phones in another context is another extension.
            key = number if len(alike) == 1 else f"{number}@{hints[0].context}"
            phones, dnd = tuple(filter(is_phone, devices)), tuple(filter(is_dnd, devices))
            wanted.append(_Wanted(key, phones, dnd, tuple(hints)))
        return wanted

    def _regroup(self, number: str) -> None:
        """Make the extensions of one number anew where they are not as they ought to be."""
        world = self._world
        wanted = {each.key: each for each in self._wanted(number)}
        here = world.by_number.setdefault(number, [])
        for extension in list(here):
            as_wanted = wanted.get(extension.key)
            if as_wanted and (as_wanted.devices, as_wanted.dnd_devices) == (extension.devices, extension.dnd_devices):
                extension.hints = wanted.pop(extension.key).hints
                world.dirty[Kind.EXTENSION].add(extension.key)
            else:
                self._remove(extension)
        for each in wanted.values():
            self._add(Extension(each.key, number, each.devices, each.dnd_devices, each.hints))
        if not here:
            del world.by_number[number]

    def _add(self, extension: Extension) -> None:
        world = self._world
        world.extensions[extension.key] = extension
        world.by_number[extension.number].append(extension)
        for device in (*extension.devices, *extension.dnd_devices):
            self._numbers_of.setdefault(device, {})[extension.number] = None
        self._names.apply_to(extension)
        for device in extension.devices:
            self._choose_owner(device)
        world.touch_extension(extension)

    def _remove(self, extension: Extension) -> None:
        world = self._world
        world.touch_extension(extension)
        del world.extensions[extension.key]
        others = world.by_number[extension.number]
        others.remove(extension)
        for device in (*extension.devices, *extension.dnd_devices):
            if not any(device in (*other.devices, *other.dnd_devices) for other in others):
                del self._numbers_of[device][extension.number]
        for device in extension.devices:
            self._choose_owner(device)

    def _choose_owner(self, device: str) -> None:
        """A device may be in many hints (a secretary's watches two phones); its calls show on one tile: that of its
        own number, else of the hint with the fewest devices.
        """
        world = self._world
        candidates = [each for each in self.extensions_with(device) if device in each.devices]
        name = device.partition("/")[2]
        owner = min(candidates, key=lambda each: (each.number != name, len(each.devices), each.key), default=None)
        if owner is world.owner.get(device):
            return
        if owner is None:
            del world.owner[device]
        else:
            world.owner[device] = owner
        world.dirty[Kind.TRUNK].add(trunk_of(device))
        for channel in world.by_endpoint.get(device, {}).values():
            self._names.learn_from(channel)
            world.touch_with_peers(channel)
        for member in world.members_of_handle.get(device, {}).values():
            world.dirty[Kind.MEMBER].add(member.key)
            world.touch_queue_groups(world.queues[member.queue])
