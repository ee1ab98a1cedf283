"""Who is at the end of a leg, as the rows have it. Pure functions on the `World`; used inside the mirror."""

from __future__ import annotations

from collections.abc import Iterable

from ami_worker.mirror.entities import Channel, Extension, Member, Queue
from ami_worker.mirror.text import clean, dialled
from ami_worker.mirror.world import World
from panel.vocabulary import Person


def nobody() -> Person:
    return Person(name="", number="", extension="")


def person_of(world: World, channel: Channel) -> Person:
    """An extension of ours by its own name, whatever name the phone sends; anybody else by caller id."""
    extension = world.extension_of(channel)
    if extension is not None:
        return person_at(extension)
    return Person(name=clean(channel.caller_name), number=clean(channel.caller_number), extension="")


def person_at(extension: Extension) -> Person:
    return Person(name=extension.name, number=extension.number, extension=extension.key)


def person_dialled(world: World, exten: str) -> Person:
    """Whoever is behind a number that one of ours dialled."""
    extension = world.extension_with(exten)
    return person_at(extension) if extension is not None else Person(name="", number=dialled(exten), extension="")


def trunk_of(channel_or_device: str) -> str:
    """`itsp` of the endpoint `PJSIP/itsp`; the span of `DAHDI/i1/5551234`."""
    return clean(channel_or_device.partition("/")[2].partition("/")[0])


def extension_of_member(world: World, member: Member) -> Extension | None:
    for handle in handles_of(member):
        number = handle.removeprefix("Local/")
        found = world.owner.get(handle) if number == handle else world.extension_with(number)
        if found is not None:
            return found
    return None


def handles_of(member: Member) -> list[str]:
    """Under which a member is found from an extension: `PJSIP/201`, or `Local/201` for `Local/201@from-queue/n`."""
    names = dict.fromkeys((member.state_interface, member.interface))
    return [name.partition("@")[0] if name.startswith("Local/") else name for name in names if name]


def groups_of(world: World, channels: Iterable[Channel]) -> set[str]:
    """The departments of the extensions among these channels."""
    found = (world.extension_of(channel) for channel in channels)
    return {extension.group for extension in found if extension is not None and extension.group}


def groups_of_queue(world: World, queue: Queue) -> set[str]:
    """The departments of its members."""
    found = (extension_of_member(world, member) for member in queue.members.values())
    return {extension.group for extension in found if extension is not None and extension.group}
