"""Extensions: device states, hint states, and the state on the tile. Used inside the mirror.

The state of an extension comes from its own channels first, for they are what we see best. A phone that is busy
without any is busy with something that we cannot see, and only its device state or its hint tells.
"""

from __future__ import annotations

from typing import Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.calls import Leg
from ami_worker.mirror.care import shown_care
from ami_worker.mirror.channels import Channels, Handler
from ami_worker.mirror.entities import Channel, ChannelState, Device, DeviceStatus, Extension, Hint
from ami_worker.mirror.forwards import Forwards
from ami_worker.mirror.hints import Directory, is_dnd, is_phone
from ami_worker.mirror.names import Names
from ami_worker.mirror.persons import trunk_of
from ami_worker.mirror.text import clean
from ami_worker.mirror.topology import peers_of
from ami_worker.mirror.world import World
from panel.vocabulary import CallState, CareKind, ExtensionRow, ExtensionState, Kind, utc


DEVICE_LAG_SECONDS: Final = 2.0
"""Device states are made by other threads of Asterisk: for so long after our last call on a phone ended, they may
still tell of that call.
"""

_ON_HOLD: Final = frozenset({CallState.HELD, CallState.PARKED})
_OFFLINE: Final = frozenset({DeviceStatus.UNAVAILABLE, DeviceStatus.INVALID})
_RINGING: Final = frozenset({DeviceStatus.RINGING, DeviceStatus.RINGINUSE})
_BUSY: Final = frozenset({DeviceStatus.INUSE, DeviceStatus.BUSY})

# AST_EXTENSION_* of include/asterisk/pbx.h, bits of a hint's status.
_HINT_INUSE: Final = 1
_HINT_BUSY: Final = 2
_HINT_UNAVAILABLE: Final = 4
_HINT_RINGING: Final = 8
_HINT_ONHOLD: Final = 16
_HINT_REMOVED: Final = -2


class Extensions:
    """Keeps hints and devices, and tells the state of what they make up."""

    def __init__(self, world: World, channels: Channels, names: Names, forwards: Forwards) -> None:
        self._world = world
        self._channels = channels
        self._forwards = forwards
        self._directory = Directory(world, names)
        self.handlers: dict[str, Handler] = {"devicestatechange": self.on_device, "extensionstatus": self.on_hint}
        world.gone.append(self._on_channel_gone)

    # --- devices ----------------------------------------------------------------------------------------------------

    def on_device(self, message: Message) -> tuple[str, bool]:
        """DeviceStateChange, also as an item of DeviceStateList. Returns the device and whether that was news.

        Queues, parking spaces and the like have device states too; of these nothing is kept.
        """
        world, name = self._world, message.get("Device")
        if not is_phone(name) and not is_dnd(name):
            return "", False
        status = DeviceStatus.__members__.get(message.get("State"), DeviceStatus.UNKNOWN)
        device = world.devices.get(name)
        if device is None:
            device = world.devices[name] = Device(name)
            self._directory.add_device(name)
        is_news = device.status != status
        if is_news:
            device.status = status
            self._touch_device(name)
        self._infer_hold(name, status)
        return name, is_news

    def remove_device(self, name: str) -> None:
        del self._world.devices[name]
        self._directory.remove_device(name)
        self._touch_device(name)

    def _touch_device(self, name: str) -> None:
        world = self._world
        world.dirty[Kind.EXTENSION].update(extension.key for extension in self._directory.extensions_with(name))
        world.dirty[Kind.MEMBER].update(member.key for member in world.members_of_handle.get(name, {}).values())
        if name not in world.owner:
            world.dirty[Kind.TRUNK].add(trunk_of(name))

    def _infer_hold(self, device: str, status: DeviceStatus) -> None:
        """Hold is in no list. ONHOLD says that all channels of the device are being held, by those whom they would
        hear (chan_pjsip remembers which channels it told to hold); anything else, when there is only one channel, that
        it is not.
        """
        channels = self._world.by_endpoint.get(device)
        if not channels or (status is not DeviceStatus.ONHOLD and len(channels) > 1):
            return
        is_held = status is DeviceStatus.ONHOLD
        for channel in channels.values():
            if channel.state == ChannelState.UP and not channel.hold_is_told:
                self._channels.set_music(channel, is_held)
                peers = peers_of(self._world, channel)
                if len(peers) == 1 and not peers[0].hold_is_told:
                    self._channels.set_hold(peers[0], is_held)

    # --- hints ------------------------------------------------------------------------------------------------------

    def on_hint(self, message: Message) -> tuple[tuple[str, str], bool]:
        """ExtensionStatus, also as an item of ExtensionStateList. Returns (exten, context) and whether it was news."""
        world = self._world
        exten, context = key = message.get("Exten"), message.get("Context")
        text = message.get("Status")
        status = int(text) if text.removeprefix("-").isdecimal() else -1
        if status == _HINT_REMOVED:
            self._directory.remove_hint(exten, context)
            return key, True
        devices = message.get("Hint")
        hint = world.hints.get(key)
        if hint is None or hint.text != devices:
            self._directory.set_hint(Hint(exten, context, devices, status))
            return key, True
        if hint.status != status:
            hint.status = status
            world.dirty[Kind.EXTENSION].update(extension.key for extension in world.by_number.get(exten, ()))
            return key, True
        return key, False

    def remove_hint(self, key: tuple[str, str]) -> None:
        self._directory.remove_hint(*key)

    # --- the state on the tile --------------------------------------------------------------------------------------

    def _on_channel_gone(self, channel: Channel) -> None:
        world = self._world
        extension = world.owner.get(channel.endpoint)
        if extension is not None and sum(len(world.by_endpoint.get(device, ())) for device in extension.devices) == 1:
            extension.told_again_at = world.at + DEVICE_LAG_SECONDS
            world.touch_later(extension.told_again_at, Kind.EXTENSION, extension.key)

    def legs_of(self, extension: Extension) -> list[Leg]:
        """Its own legs that its phone knows of, the oldest first: one that is dialled and does not ring yet is no call
        of its.
        """
        world, legs = self._world, []
        for device in extension.devices:
            if world.owner.get(device) is extension:
                for channel in world.by_endpoint.get(device, {}).values():
                    leg = channel.call.leg(channel.uniqueid)
                    if leg is not None and not (channel.state == ChannelState.DOWN and channel.role == "called"):
                        legs.append(leg)
        if len(legs) > 1:
            legs.sort(key=lambda leg: leg.channel.order)
        return legs

    def state_of(self, extension: Extension, legs: list[Leg]) -> ExtensionState:
        states = {leg.state for leg in legs}
        if CallState.RINGING in states:
            return ExtensionState.RINGING
        if states:
            return ExtensionState.HELD if states <= _ON_HOLD else ExtensionState.TALKING
        return self._state_told(extension)

    def _state_told(self, extension: Extension) -> ExtensionState:
        """What its devices say, or its hint where they say nothing."""
        devices = self._world.devices
        phones = {devices[name].status for name in extension.devices if name in devices} - {DeviceStatus.UNKNOWN}
        hint = max((hint.status for hint in extension.hints), default=-1)
        if self._world.at >= extension.told_again_at:
            bits = hint if not phones and hint > 0 else 0
            if phones & _RINGING or bits & _HINT_RINGING:
                return ExtensionState.RINGING
            if phones & _BUSY or (bits & (_HINT_INUSE | _HINT_BUSY) and not extension.dnd_devices):
                return ExtensionState.TALKING
            if DeviceStatus.ONHOLD in phones or bits & _HINT_ONHOLD:
                return ExtensionState.HELD
        if self._is_dnd(extension, hint):
            return ExtensionState.DND
        if phones <= _OFFLINE if phones else hint == _HINT_UNAVAILABLE:
            return ExtensionState.OFFLINE
        return ExtensionState.IDLE if phones or hint >= 0 else ExtensionState.UNKNOWN

    def _is_dnd(self, extension: Extension, hint: int) -> bool:
        devices = self._world.devices
        told = {devices[name].status for name in extension.dnd_devices if name in devices}
        if told - {DeviceStatus.UNKNOWN}:
            return bool(told & _BUSY)
        # The hint is busy and its phones are not: what is left is the switch.
        is_switched = not told and bool(extension.dnd_devices) and hint > 0 and hint & (_HINT_INUSE | _HINT_BUSY) != 0
        return is_switched or self._forwards.is_dnd(extension.number)

    def row(self, extension: Extension) -> ExtensionRow:
        world = self._world
        legs = self.legs_of(extension)
        state = self.state_of(extension, legs)
        if state != extension.state:
            since = max((leg.channel.shown_at for leg in legs), default=world.at)
            extension.state_at = None if not extension.state and not legs else since
            extension.state = state
        mailbox = world.mailbox_of(extension.number)
        return ExtensionRow(
            key=extension.key,
            number=clean(extension.number),
            name=extension.name,
            group=extension.group,
            state=state,
            state_at=None if extension.state_at is None else utc(extension.state_at),
            calls=[leg.channel.call.as_seen_from(leg) for leg in legs],
            mailbox=mailbox.key if mailbox is not None else "",
            camped=self._camped(extension) if world.in_care else [],
            numbers=list(extension.numbers),
            ring_seconds=extension.ring_seconds,
            can_message=bool(extension.email),
            forward=self._forwards.of(extension.number),
        )

    def _camped(self, extension: Extension) -> list[str]:
        """The calls whose caller waits for it, longest first. A number that two extensions have is nobody's."""
        world = self._world
        if world.extension_with(extension.number) is not extension:
            return []
        kept = ((care, channel) for channel in world.in_care.values() if (care := shown_care(world, channel)))
        waiting = [
            (care.since, channel.call.key)
            for care, channel in kept
            if care.kind is CareKind.CAMP and care.target == extension.number
        ]
        return list(dict.fromkeys(call for _, call in sorted(waiting)))
