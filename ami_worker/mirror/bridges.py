"""Bridges, dials and Local pairs: the edges between channels. Used inside the mirror.

Entering and leaving are operations on the pair (bridge, Uniqueid): a channel that is swapped out of a bridge gets a
BridgeLeave of its own, and a BridgeLeave may come after the channel has entered its next bridge, which it must not
clear.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.channels import Channels, Handler, age_of
from ami_worker.mirror.entities import Bridge, Channel, ChannelState, Dial
from ami_worker.mirror.text import OUR_CONTEXTS
from ami_worker.mirror.topology import peers_of
from ami_worker.mirror.world import World


MOST_IN_A_TALK: Final = 4
"""With more in one bridge it is a conference, and no step of anybody's story."""

_order: Final = attrgetter("order")
_HOLDING_APPLICATIONS: Final = frozenset({"Park", "BridgeWait", "ParkAndAnnounce"})
_ROOM_APPLICATIONS: Final = frozenset({"ConfBridge", "MeetMe"})
_DIALLED: Final = frozenset({"AppDial", "AppQueue"})
_DIALLERS: Final = frozenset({"Dial", "Queue", "FollowMe", "RetryDial", "Page"})


class Bridges:
    """Keeps `World.bridges`: who is in which, and since when calls have been answered."""

    def __init__(self, world: World, channels: Channels) -> None:
        self._world = world
        self._channels = channels
        self.handlers: dict[str, Handler] = {
            "bridgecreate": self.on_create,
            "bridgeenter": self.on_enter,
            "bridgeleave": self.on_leave,
            "bridgedestroy": self.on_destroy,
            "localbridge": self.on_local_bridge,
            "pickup": self.on_pickup,
        }
        world.gone.append(self._on_channel_gone)

    def on_create(self, message: Message) -> None:
        self._bridge(message)

    def on_enter(self, message: Message) -> None:
        channel = self._channels.announced(message)
        if channel is not None:
            bridge = self._bridge(message)
            if channel.hold == bridge.uniqueid:  # a Hold from before it came here, told late
                self._channels.set_hold(channel, False)
            self.enter(channel, bridge)

    def on_leave(self, message: Message) -> None:
        channel = self._channels.told_of(message)
        bridge = self._world.bridges.get(message.get("BridgeUniqueid"))
        if channel is None or bridge is None:
            return
        self._channels.follow_linkedid(channel, message.get("Linkedid"))
        if channel.bridge == bridge.uniqueid:
            self.leave(channel)

    def on_destroy(self, message: Message) -> None:
        bridge = self._world.bridges.pop(message.get("BridgeUniqueid"), None)
        if bridge is not None:
            for channel in bridge.members.values():
                channel.bridge = ""
                channel.call.story.end("talked", channel.uniqueid, self._world.at)
                self._world.touch(channel)

    def on_local_bridge(self, message: Message) -> None:
        """Says which halves are one wire; their names say the same, unless somebody renamed them."""
        channels = self._world.channels
        one, two = channels.get(message.get("LocalOneUniqueid")), channels.get(message.get("LocalTwoUniqueid"))
        if one is not None and two is not None:
            one.other_half, two.other_half = two, one
            self._world.touch_with_peers(one)
            self._world.touch_with_peers(two)

    def on_pickup(self, message: Message) -> None:
        """Who picks up is put into the place of the target, which hangs up. If the target was answered at that instant,
        its place is in a bridge already, and no event says that it has changed hands (seen on 16 and 22).
        """
        picker, target = self._channels.told_of(message), self._channels.find(message.get("TargetUniqueid"))
        if picker is not None and target is not None:
            target.picked_up_by = picker

    # --- for the list of channels -----------------------------------------------------------------------------------

    def on_listed(self, channel: Channel, message: Message) -> bool:
        """Put a listed channel where the list has it. Returns whether that corrects what was known."""
        bridge_id = message.get("BridgeId")
        if channel.bridge == bridge_id:
            return False
        if not bridge_id:
            self.leave(channel)
            return True
        bridge = self._world.bridges.get(bridge_id)
        if bridge is None:
            # No list says what kind of bridge it is, but who waits in one runs an application that makes one.
            bridge = self._world.bridges[bridge_id] = Bridge(
                bridge_id,
                holding=channel.application in _HOLDING_APPLICATIONS,
                room=channel.application in _ROOM_APPLICATIONS,
            )
        self.enter(channel, bridge, at=channel.created_at)
        return True

    def drop_empty(self) -> None:
        """After the list: bridges whose end was not told, or that nobody was ever seen in."""
        bridges = self._world.bridges
        for uniqueid in [bridge.uniqueid for bridge in bridges.values() if not bridge.members]:
            del bridges[uniqueid]

    # --- inside -----------------------------------------------------------------------------------------------------

    def enter(self, channel: Channel, bridge: Bridge, at: float | None = None) -> None:
        world = self._world
        if channel.bridge == bridge.uniqueid:
            return
        self.leave(channel)
        channel.bridge = bridge.uniqueid
        channel.bridged_at = world.at if at is None else at
        bridge.members[channel.uniqueid] = channel
        if len(bridge.members) > 1 and not bridge.holding:
            answered_at = max(member.bridged_at for member in bridge.members.values())
            for member in bridge.members.values():
                if member.call.answered_at is None:
                    member.call.answered_at = answered_at
            if bridge.basic:
                self._make_one_call(bridge)
            if not bridge.room and len(bridge.members) <= MOST_IN_A_TALK:
                self._tell_of_talk(channel, bridge)
            for met in world.met:
                met(channel)
        world.touch_with_peers(channel)

    def _on_channel_gone(self, channel: Channel) -> None:
        bridge, heir = self._world.bridges.get(channel.bridge), channel.picked_up_by
        self.leave(channel)
        if bridge is not None and heir is not None and heir.uniqueid in self._world.channels:
            self.enter(heir, bridge)

    def _make_one_call(self, bridge: Bridge) -> None:
        """Asterisk gives both sides of a basic bridge the older Linkedid, and tells of it with their next event."""
        oldest = min((member.linkedid for member in bridge.members.values()), key=age_of)
        for member in bridge.members.values():
            self._channels.follow_linkedid(member, oldest)

    def leave(self, channel: Channel) -> None:
        world = self._world
        bridge = world.bridges.get(channel.bridge)
        parted: list[Channel] = []
        if bridge is not None:
            world.touch_with_peers(channel)
            if not bridge.holding and len(bridge.members) <= MOST_IN_A_TALK:
                parted = self._talking(channel, bridge)
            bridge.members.pop(channel.uniqueid, None)
        channel.bridge = ""
        for leg in parted:
            if leg is channel or not peers_of(world, leg):
                leg.call.story.end("talked", leg.uniqueid, world.at)

    def _talking(self, channel: Channel, bridge: Bridge) -> list[Channel]:
        """Everybody who hears each other over this channel."""
        members = list(bridge.members.values())
        if all(member.is_leg for member in members):
            return members
        world, half = self._world, channel.other_half
        legs = [*peers_of(world, channel), *(peers_of(world, half) if half is not None else ())]
        return [channel, *legs] if channel.is_leg else legs

    def _tell_of_talk(self, channel: Channel, bridge: Bridge) -> None:
        """In a story the oldest leg is the one whose story it is, and talks to the others."""
        legs = sorted(self._talking(channel, bridge), key=_order)
        for leg in legs[1:]:
            leg.call.story.tell_of("talked", leg, max(leg.bridged_at, legs[0].bridged_at))

    def _bridge(self, message: Message) -> Bridge:
        uniqueid = message.get("BridgeUniqueid")
        bridge = self._world.bridges.get(uniqueid)
        if bridge is None:
            bridge = self._world.bridges[uniqueid] = Bridge(uniqueid)
        bridge.holding = message.get("BridgeTechnology") == "holding_bridge"
        bridge.basic = message.get("BridgeType") == "basic"
        bridge.room = not bridge.basic and not bridge.holding
        return bridge


class Dials:
    """Keeps `World.dials`: who is being dialled, and for whom."""

    def __init__(self, world: World, channels: Channels) -> None:
        self._world = world
        self._channels = channels
        self.handlers: dict[str, Handler] = {
            "dialbegin": self.on_begin,
            "dialstate": self.on_state,
            "dialend": self.on_end,
        }
        world.gone.append(self._on_channel_gone)

    def on_begin(self, message: Message) -> None:
        """An originated call has nobody who dials."""
        dest = self._channels.announced(message, "Dest")
        if dest is None:
            return
        caller = self._channels.announced(message) if "Uniqueid" in message else None
        if caller is not None:
            caller.context = message.get("Context", caller.context)
        self._set(caller, dest)

    def on_state(self, message: Message) -> None:
        """Ringing, Progress, …: the channel's own Newstate says the same; this one may announce a dial whose beginning
        we missed.
        """
        if self._world.dials.get(message.get("DestUniqueid")) is None:
            self.on_begin(message)

    def on_end(self, message: Message) -> None:
        """Where the call was picked up, the one who answers is not the one who was dialled."""
        dest_id = message.get("DestUniqueid")
        dial = self._world.dials.get(dest_id)
        if dial is not None:
            self._end(dial)
        elif message.get("DialStatus") == "ANSWER" and "Uniqueid" in message:
            dest = self._channels.find(dest_id)
            if dest is not None:
                dest.role = "called"
                self._world.touch(dest)

    def rebuild(self, listed: list[Channel]) -> None:
        """Guess the dials of channels that only a list has told of: it says who rings and who dials, not whom."""
        world = self._world
        for dest in sorted(listed, key=lambda channel: channel.order):
            ended = world.dials.get(dest.uniqueid)
            if ended is not None and dest.state == ChannelState.UP:
                self._end(ended)
            if dest.application in _DIALLED and dest.state != ChannelState.UP and dest.uniqueid not in world.dials:
                diallers = [
                    channel
                    for channel in dest.call.channels.values()
                    if channel.application in _DIALLERS and not channel.bridge and channel is not dest
                ]
                self._set(max(diallers, key=lambda channel: _likelihood(channel, dest), default=None), dest)

    def _set(self, caller: Channel | None, dest: Channel) -> None:
        world = self._world
        before = world.dials.get(dest.uniqueid)
        if before is not None:
            self._end(before)
        dial = world.dials[dest.uniqueid] = Dial(caller, dest, world.at)
        world.touch(dest)
        if caller is not None:
            world.dialling.setdefault(caller.uniqueid, {})[dest.uniqueid] = dial
            if not caller.context.startswith(OUR_CONTEXTS):  # in there whoever is sent on or asks somebody dials
                caller.role = "caller"
            dest.role = "called"
            world.touch(caller)

    def _end(self, dial: Dial) -> None:
        world, caller = self._world, dial.caller
        del world.dials[dial.dest.uniqueid]
        world.touch(dial.dest)
        if caller is not None:
            dialled = world.dialling[caller.uniqueid]
            del dialled[dial.dest.uniqueid]
            if not dialled:
                del world.dialling[caller.uniqueid]
            world.touch(caller)

    def _on_channel_gone(self, channel: Channel) -> None:
        dial = self._world.dials.get(channel.uniqueid)
        if dial is not None:
            self._end(dial)
        for made in list(self._world.dialling.get(channel.uniqueid, {}).values()):
            self._end(made)


def _likelihood(dialler: Channel, dest: Channel) -> tuple[bool, bool, bool, tuple[float, int]]:
    """`Dial(PJSIP/201,…)` names whom it dials; a queue does not; else the one who came last before it."""
    target = dest.endpoint or dest.name.rpartition("-")[0]
    return target in dialler.data, dialler.application == "Queue", dialler.order < dest.order, dialler.order
