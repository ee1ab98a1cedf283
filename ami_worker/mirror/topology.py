"""Who hears whom and who rings whom: paths through bridges, dials and Local channels.

Asterisk joins channels by bridges, and bridges by Local channels, whose two halves are one wire: what enters one half
leaves the other. So a path goes on at the other half, and no half is ever an end of it. Pure functions on the `World`;
used inside the mirror.
"""

from __future__ import annotations

from ami_worker.mirror.entities import Channel
from ami_worker.mirror.world import World


def peers_of(world: World, channel: Channel) -> list[Channel]:
    """The legs that hear this channel, in the order in which they were begun. Nobody hears a parked channel."""
    bridge = world.bridges.get(channel.bridge)
    if bridge is None or bridge.holding or channel.uniqueid in world.parked:
        return []
    found: list[Channel] = []
    _collect(world, channel, found, {channel.uniqueid})
    if len(found) > 1:
        found.sort(key=lambda leg: leg.order)
    return found


def _collect(world: World, channel: Channel, found: list[Channel], seen: set[str]) -> None:
    bridge = world.bridges.get(channel.bridge)
    if bridge is None or bridge.holding:
        return
    for member in bridge.members.values():
        if member.uniqueid in seen:
            continue
        seen.add(member.uniqueid)
        if member.is_leg:
            if member.uniqueid not in world.parked:
                found.append(member)
        elif (half := member.other_half) is not None and half.uniqueid not in seen:
            seen.add(half.uniqueid)
            _collect(world, half, found, seen)


def dialler_of(world: World, channel: Channel) -> Channel | None:
    """The leg on whose behalf this channel is being dialled; None for nobody, or for an originated call."""
    seen: set[str] = set()
    while (dial := world.dials.get(channel.uniqueid)) is not None and dial.caller is not None:
        caller = dial.caller
        if caller.is_leg:
            return caller
        half = caller.other_half
        if half is None or half.uniqueid in seen:
            return None
        seen.add(half.uniqueid)
        # A half that was answered already is bridged with the one who waits behind it.
        heard = peers_of(world, half)
        if heard:
            return heard[0]
        channel = half
    return None


def dialled_by(world: World, channel: Channel) -> list[Channel]:
    """The legs that are being dialled for this channel, in the order in which they were begun."""
    found: dict[str, Channel] = {}
    seen: set[str] = set()
    starts = [channel]
    while starts:
        start = starts.pop()
        if start.uniqueid in seen:
            continue
        seen.add(start.uniqueid)
        for dial in world.dialling.get(start.uniqueid, {}).values():
            if dial.dest.is_leg:
                found[dial.dest.uniqueid] = dial.dest
            elif dial.dest.other_half is not None:
                starts.append(dial.dest.other_half)
        bridge = world.bridges.get(start.bridge)
        if bridge is not None and not bridge.holding:
            starts.extend(half for member in bridge.members.values() if (half := member.other_half) is not None)
    return sorted(found.values(), key=lambda leg: leg.order)


def is_dialling(world: World, channel: Channel) -> bool:
    """Whether somebody is being dialled for this channel, be it a Local half that has not reached a phone yet."""
    return channel.uniqueid in world.dialling or bool(dialled_by(world, channel))
