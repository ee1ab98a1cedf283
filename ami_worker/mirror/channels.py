"""Channels: Newchannel to Hangup, their caller ids, their hold, and the list CoreShowChannels. Used inside the mirror.

The stream is not to be trusted blindly (a caller's number is printed raw), and it may begin anywhere. So a channel
comes to be only by an event that announces one (Newchannel, Newstate, BridgeEnter, QueueCallerJoin, Dial*) or by the
list; what is said of any other is counted and dropped. One that hung up stays dead for a minute, unless a list still
has it after two seconds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.calls import Call
from ami_worker.mirror.entities import LOCAL, NOT_A_PERSON, Channel, ChannelState, Role
from ami_worker.mirror.names import Names
from ami_worker.mirror.persons import trunk_of
from ami_worker.mirror.text import OUR_CONTEXTS, dialled
from ami_worker.mirror.world import World
from panel.vocabulary import OUR_LISTENERS, Kind


Handler = Callable[[Message], object]
"""Takes an event. What it returns is for the lists, whose items are often the same events."""

_SERIAL: Final = re.compile(r"(\d+)\.(\d+)$")  # of a Uniqueid: epoch and counter
_AGELESS: Final = (math.inf, 0)
_DURATION: Final = re.compile(r"(\d+):(\d+):(\d+)")
_DIALLED_APPLICATIONS: Final = frozenset(
    {"AppDial", "AppDial2", "AppQueue"}
)  # main/dial.c, apps/app_dial.c, apps/app_queue.c
_MENU_CHOICE: Final = re.compile(r"[0-9*#]{1,2}")
_STATES: Final = {str(state.value): int(state) for state in ChannelState}


class Channels:
    """Keeps `World.channels` and the calls that they make up."""

    def __init__(self, world: World, names: Names) -> None:
        self._world = world
        self._names = names
        self.handlers: dict[str, Handler] = {
            "newchannel": self.on_newchannel,
            "newstate": self.on_newstate,
            "newcallerid": self.on_changed,
            "newconnectedline": self.on_changed,
            "hold": self.on_hold,
            "unhold": self.on_hold,
            "musiconholdstart": self.on_music,
            "musiconholdstop": self.on_music,
            "rename": self.on_rename,
            "hangup": self.on_hangup,
        }

    # --- events -----------------------------------------------------------------------------------------------------

    def on_newchannel(self, message: Message) -> None:
        """Of a channel that is known it tells nothing new: it comes late, or it is a forgery."""
        if message.get("Uniqueid") not in self._world.channels:
            self.announce(message)

    def on_newstate(self, message: Message) -> None:
        channel = self._world.channels.get(message.get("Uniqueid"))
        if channel is None:
            self.announce(message)
        elif self._is_named(channel, message):
            self._update(channel, message)

    def on_changed(self, message: Message) -> None:
        channel = self.told_of(message)
        if channel is not None:
            self._update(channel, message)

    def on_hold(self, message: Message) -> None:
        channel = self.told_of(message)
        if channel is not None:
            channel.hold_is_told = True
            self.set_hold(channel, message.event == "hold")

    def on_music(self, message: Message) -> None:
        channel = self.told_of(message)
        if channel is not None:
            channel.hold_is_told = True
            self.set_music(channel, message.event == "musiconholdstart")

    def on_rename(self, message: Message) -> None:
        """Sent past the queue of the other events, so some with the old name may follow."""
        channel = self.told_of(message)
        new_name = message.get("Newname")
        if channel is not None and new_name:
            self._rename(channel, new_name)

    def on_hangup(self, message: Message) -> None:
        channel = self.told_of(message)
        if channel is not None:
            self.remove(channel)

    # --- for the other families -------------------------------------------------------------------------------------

    def told_of(self, message: Message) -> Channel | None:
        """The channel that an event is about, or None: then it is counted as unknown."""
        channel = self._world.channels.get(message.get("Uniqueid"))
        if channel is None:
            self._world.unknown_ids += 1
            return None
        return channel if self._is_named(channel, message) else None

    def _is_named(self, channel: Channel, message: Message) -> bool:
        """Whether the event has the channel's name too, else it counts as unknown.

        The name stands before the caller's number, which is printed raw and might bring another Uniqueid with it.
        """
        name = message.get("Channel", channel.name)
        if name == channel.name or name == channel.former_name:
            return True
        self._world.unknown_ids += 1
        return False

    def find(self, uniqueid: str) -> Channel | None:
        """The channel, or None: then the id is counted as unknown."""
        channel = self._world.channels.get(uniqueid)
        if channel is None:
            self._world.unknown_ids += 1
        return channel

    def announced(self, message: Message, prefix: str = "") -> Channel | None:
        """The channel that a message describes under `prefix`, made if need be.

        Only for events that may announce one. None when the message does not say or the channel has hung up already.
        """
        uniqueid = message.get(prefix + "Uniqueid")
        channel = self._world.channels.get(uniqueid)
        if channel is None:
            return self.announce(message, prefix)
        if not prefix and self.told_of(message) is None:
            return None
        self.follow_linkedid(channel, message.get(prefix + "Linkedid"))
        return channel

    def announce(self, message: Message, prefix: str = "") -> Channel | None:
        uniqueid = message.get(prefix + "Uniqueid")
        if not uniqueid or uniqueid in self._world.tombstones:
            self._world.unknown_ids += 1
            return None
        return self._create(uniqueid, message, prefix, self._world.at)

    def follow_linkedid(self, channel: Channel, linkedid: str, *, is_sure: bool = False) -> None:
        """Asterisk gives the channels of a bridge the oldest Linkedid among them: the channel changes calls.

        Never for a younger one, unless a list `is_sure` of it: an event that says so was made before the last change.
        """
        old = channel.call
        if linkedid and linkedid != old.key and (is_sure or age_of(linkedid) <= age_of(old.key)):
            world = self._world
            world.touch_with_peers(channel)
            new = self._call(linkedid, channel.created_at)
            new.take_over(old)
            new.story.adopt(old.story, channel.uniqueid)
            self._leave_call(channel)
            channel.call = new
            new.channels[channel.uniqueid] = channel
            if channel.is_leg:
                new.endpoints.add(channel.endpoint)
            world.touch(channel)

    def set_hold(self, channel: Channel, hold: bool) -> None:
        bridge = channel.bridge if hold else ""
        if channel.hold != bridge:
            channel.hold = bridge
            channel.hold_at = self._world.at
            if hold:
                channel.call.story.tell_of("held", channel, self._world.at)
            else:
                channel.call.story.end("held", channel.uniqueid, self._world.at)
            self._world.touch_with_peers(channel)

    def set_music(self, channel: Channel, music: bool) -> None:
        if channel.music != music:
            channel.music = music
            self._world.touch(channel)

    def remove(self, channel: Channel) -> None:
        """It hung up, or the list has it no more."""
        world = self._world
        world.touch_with_peers(channel)
        for gone in world.gone:
            gone(channel)
        if channel.other_half is not None:
            channel.other_half.other_half = None
        channel.call.story.leaves(channel.uniqueid, world.at)
        self._unname(channel)
        self._leave_call(channel)
        del world.channels[channel.uniqueid]
        world.tombstones[channel.uniqueid] = world.at

    # --- the list ---------------------------------------------------------------------------------------------------

    def on_listed(self, message: Message, *, is_live: bool) -> tuple[Channel, bool]:
        """An item of CoreShowChannels. Returns the channel and whether the item corrects what was known.

        Unless events have flowed all the time (`is_live`), its hold is not known any more: no list has it.
        """
        world = self._world
        uniqueid = message.get("Uniqueid")
        channel = world.channels.get(uniqueid)
        if channel is None:
            world.tombstones.pop(uniqueid, None)
            channel = self._create(uniqueid, message, "", world.at - _duration_of(message))
            channel.call.is_listed = True
            corrected = True
        else:
            corrected = _STATES.get(message.get("ChannelState"), channel.state) != channel.state
            corrected |= message.get("Linkedid") != channel.linkedid
            self._update(channel, message)
            self.follow_linkedid(channel, message.get("Linkedid"), is_sure=True)
            if message.get("Channel") != channel.name:
                self._rename(channel, message.get("Channel"))
                corrected = True
        if not is_live:
            channel.hold_is_told = False
            bridge = message.get("BridgeId")
            if not bridge or bridge != channel.bridge:  # the music of where it was, whose end may have been lost
                channel.music = False
        channel.context = message.get("Context")
        channel.application = message.get("Application")
        channel.data = message.get("ApplicationData")
        return channel, corrected

    # --- inside -----------------------------------------------------------------------------------------------------

    def _create(self, uniqueid: str, message: Message, prefix: str, created_at: float) -> Channel:
        world = self._world
        linkedid = message.get(prefix + "Linkedid") or uniqueid
        call = self._call(linkedid, created_at)
        channel = Channel(uniqueid, "", call, created_at=created_at, state_at=created_at, bridged_at=created_at)
        channel.order = age_of(uniqueid)
        if channel.order == _AGELESS:
            channel.order = (created_at + world.clock_offset, 0)
        world.channels[uniqueid] = channel
        call.channels[uniqueid] = channel
        self._name(channel, message.get(prefix + "Channel"))
        if uniqueid == linkedid:
            call.origin = channel.endpoint
        channel.context = message.get(prefix + "Context")
        self._update(channel, message, prefix, created_at)
        channel.role = _role_of(channel, message.get("Application") if message.event == "coreshowchannel" else "")
        if uniqueid == linkedid and channel.is_leg:
            call.story.begins(channel, created_at, call.dialled)
        world.touch(channel)
        return channel

    def _update(self, channel: Channel, message: Message, prefix: str = "", at: float = 0.0) -> None:
        """Take what a full snapshot of the channel says."""
        world = self._world
        state = _STATES.get(message.get(prefix + "ChannelState"), channel.state)
        number, name = message.text(prefix + "CallerIDNum"), message.text(prefix + "CallerIDName")
        connected = message.text(prefix + "ConnectedLineNum"), message.text(prefix + "ConnectedLineName")
        is_new_state = state != channel.state
        if is_new_state:
            before, channel.state = channel.state, state
            channel.state_at = at or world.at
            if before == ChannelState.RINGING:
                channel.call.story.end("rang", channel.uniqueid, world.at)
            world.touch(channel)
        if number != channel.caller_number or name != channel.caller_name:
            channel.caller_number, channel.caller_name = number, name
            if not at:
                channel.call.story.names(channel)
            world.touch_with_peers(channel)
            self._names.learn_from(channel)
        if connected != (channel.connected_number, channel.connected_name):
            channel.connected_number, channel.connected_name = connected
            world.touch(channel)
        exten = message.get(prefix + "Exten")
        if exten != channel.exten:
            channel.exten = exten
            world.touch(channel)
            self._dialplan_moved(channel, message.get(prefix + "Context"))
        if state == ChannelState.RINGING and is_new_state and channel.is_leg and channel.uniqueid != channel.call.key:
            channel.call.story.rings(channel, channel.state_at)
        self.follow_linkedid(channel, message.get(prefix + "Linkedid"))

    def _dialplan_moved(self, channel: Channel, context: str) -> None:
        """What somebody dialled first is the call's; a digit or two after that are a choice from a menu."""
        call, exten = channel.call, channel.exten
        if not call.dialled and channel.uniqueid == call.key:
            call.dialled = dialled(exten)
            call.story.is_for(channel.uniqueid, call.dialled)
        elif (
            _MENU_CHOICE.fullmatch(exten)
            and call.dialled not in ("", exten)
            and channel.is_leg
            and not context.startswith(OUR_CONTEXTS)
            and exten not in self._world.by_number
            and "rang" not in call.story
        ):
            call.story.tell("menu", channel.uniqueid, self._world.at, what=exten, is_over=True)

    def _call(self, linkedid: str, started_at: float) -> Call:
        call = self._world.calls.get(linkedid)
        if call is None:
            call = self._world.calls[linkedid] = Call(self._world, linkedid, started_at)
        elif started_at < call.started_at:
            call.started_at = started_at
        return call

    def _leave_call(self, channel: Channel) -> None:
        world, call = self._world, channel.call
        world.touch(channel)
        del call.channels[channel.uniqueid]
        if not call.channels:
            del world.calls[call.key]
            call.end(world.at)
            world.ended_calls.append((call, world.is_sweeping))

    def _name(self, channel: Channel, name: str) -> None:
        world = self._world
        channel.name = name
        technology = channel.technology
        channel.is_leg = technology not in NOT_A_PERSON and not channel.uniqueid.startswith(OUR_LISTENERS)
        world.by_name[name] = channel
        if technology == LOCAL:
            self._pair(channel)
        if channel.is_leg:
            endpoint = channel.endpoint = endpoint_of(name)
            world.by_endpoint.setdefault(endpoint, {})[channel.uniqueid] = channel
            channel.call.endpoints.add(endpoint)
            self._touch_endpoint(endpoint)

    def _rename(self, channel: Channel, name: str) -> None:
        channel.former_name = channel.name
        self._unname(channel)
        self._name(channel, name)
        self._world.touch_with_peers(channel)

    def _unname(self, channel: Channel) -> None:
        world, endpoint = self._world, channel.endpoint
        if world.by_name.get(channel.name) is channel:
            del world.by_name[channel.name]
        if endpoint:
            channels = world.by_endpoint[endpoint]
            del channels[channel.uniqueid]
            if not channels:
                del world.by_endpoint[endpoint]
            channel.endpoint = ""
            self._touch_endpoint(endpoint)

    def _touch_endpoint(self, endpoint: str) -> None:
        world = self._world
        extension = world.owner.get(endpoint)
        if extension is not None:
            world.dirty[Kind.EXTENSION].add(extension.key)
        else:
            world.dirty[Kind.TRUNK].add(trunk_of(endpoint))

    def _pair(self, channel: Channel) -> None:
        base, _, half = channel.name.rpartition(";")
        other = self._world.by_name.get(f"{base};{'2' if half == '1' else '1'}")
        if other is not None:
            channel.other_half, other.other_half = other, channel


@lru_cache(maxsize=8192)
def age_of(uniqueid: str) -> tuple[float, int]:
    """Sorts Uniqueids by age. One that somebody chose, with ChannelId, has none and counts as the youngest."""
    serial = _SERIAL.search(uniqueid)
    return (float(serial[1]), int(serial[2])) if serial else _AGELESS


def endpoint_of(name: str) -> str:
    """`PJSIP/201` of `PJSIP/201-0000001a`: the device that a channel's name tells of."""
    base, dash, _ = name.rpartition("-")
    return base if dash else name


def _role_of(channel: Channel, application: str) -> Role:
    """By the way it came: a phone that calls us is in state Ring, one that is dialled has somebody else's Linkedid.

    For a listed channel by what it runs: the dialled one of an answered call seems to run `AppDial`, and only that,
    unless our include has it.
    """
    began_it = channel.uniqueid == channel.linkedid
    if application:
        was_dialled = application in _DIALLED_APPLICATIONS or channel.context.startswith(OUR_CONTEXTS)
        return "caller" if began_it or not was_dialled else "called"
    return "caller" if began_it or channel.state == ChannelState.RING else "called"


def _duration_of(message: Message) -> float:
    found = _DURATION.fullmatch(message.get("Duration"))
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]) if found else 0.0
