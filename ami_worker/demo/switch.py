"""The switch: makes channels and bridges, moves channels between them, ends them, and says so in AMI events.

It has no dialplan and no people; `pbx.py` puts those in. Every method emits the events that Asterisk 22 emits, in the
order in which it does. What is asked of a channel from outside (hang up, go elsewhere) happens after what is going on
now, as on a PBX where every channel has a thread of its own. Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable

from ami_worker.demo.channels import (
    ANSWERS,
    GONE,
    LEFT,
    RING,
    RINGING,
    UP,
    Bridge,
    Channel,
    HungUp,
    Kept,
    Moved,
    Script,
    Signal,
    Steps,
    Taken,
)
from ami_worker.demo.clock import Clock
from ami_worker.demo.devices import Devices
from ami_worker.demo.teller import Teller
from ami_worker.demo.wire import CAUSES, bridge_block


_SHARES = {RING: "inuse", RINGING: "ringing", UP: "inuse"}


class Switch(Teller):
    def __init__(self, clock: Clock, dice: random.Random) -> None:
        super().__init__()
        self.clock = clock
        self.dice = dice
        self.channels: dict[str, Channel] = {}  # by Uniqueid
        self.names: dict[str, Channel] = {}
        self.bridges: dict[str, Bridge] = {}
        self.devices = Devices(self.emit)
        self.answered: list[Callable[[Channel, Channel], object]] = []  # told when two begin to talk
        self.calls_processed = 0
        # Set by whoever puts the parts together: what a channel does.
        self.dialplan: Callable[[Channel], Steps]
        self._numbers: dict[str, int] = {}
        self._uniqueids = 0

    # -- channels -----------------------------------------------------------------------------------------------------

    def new_channel(
        self,
        device: str,
        state: int,
        context: str,
        exten: str = "s",
        *,
        caller: tuple[str, str] = ("", ""),
        relative: Channel | None = None,
        uniqueid: str = "",
        suffix: str = "",
    ) -> Channel:
        """A new channel of `device` ("PJSIP/201"), of the same call as `relative`.

        `suffix` is ";1" or ";2" of a Local channel; an `uniqueid` is given by who asked for the channel (Originate).
        """
        technology = device.partition("/")[0]
        if suffix != ";2":
            self._numbers[technology] = self._numbers.get(technology, 0) + 1
        self._uniqueids += 1
        own = uniqueid or f"{int(self.clock.now)}.{self._uniqueids}"
        name = f"{device}-{self._numbers[technology]:08x}{suffix}"
        channel = Channel(name, own, state, context, exten, self.clock.now)
        channel.caller_number, channel.caller_name = caller
        channel.linked_order = self._uniqueids
        if relative is not None:
            channel.linkedid, channel.linked_order = relative.linkedid, relative.linked_order
        self.channels[own] = self.names[name] = channel
        self.tell("Newchannel", channel)
        self._share(channel)
        return channel

    def set_state(self, channel: Channel, state: int) -> None:
        if channel.state == state or channel.ended:
            return
        channel.state = state
        if state == UP:
            channel.answered_at = self.clock.now
        self.tell("Newstate", channel)
        self._share(channel)
        other = channel.other
        if other is not None and state == UP and other.state != UP:  # an answer goes through a Local channel
            self.set_state(other, UP)
            if other.dialler is not None:
                other.dialler.signal(Signal(ANSWERS, other))

    def set_parties(self, channel: Channel, *, caller: tuple[str, str] = ("", ""), connected: tuple[str, str]) -> None:
        """Caller and connected line in one step, as when Dial makes a leg; an empty `caller` leaves it as it is."""
        if caller != ("", "") and caller != (channel.caller_number, channel.caller_name):
            channel.caller_number, channel.caller_name = caller
            new_connected = connected != (channel.connected_number, channel.connected_name)
            channel.connected_number, channel.connected_name = connected
            self.tell("NewCallerid", channel, "CID-CallingPres: 0 (Presentation Allowed, Not Screened)\r\n")
            if new_connected:
                self.tell("NewConnectedLine", channel)
        else:
            self.set_connected(channel, *connected)

    def set_connected(self, channel: Channel, number: str, name: str) -> None:
        if (channel.connected_number, channel.connected_name) != (number, name) and not channel.ended:
            channel.connected_number, channel.connected_name = number, name
            self.tell("NewConnectedLine", channel)

    def music(self, channel: Channel, on: bool) -> None:
        """Music on hold for this channel; asking again for what is so already changes nothing."""
        if channel.music == on or channel.ended:
            return
        channel.music = on
        if on:
            self.tell("MusicOnHoldStart", channel, "Class: default\r\n")
        else:
            self.tell("MusicOnHoldStop", channel)

    def hold(self, channel: Channel, on: bool) -> None:
        """The party at this channel presses hold: those it talks to are on hold and get music."""
        if channel.held == on or channel.ended:
            return
        channel.held = on
        if on:
            self.tell("Hold", channel, "MusicClass: default\r\n")
        else:
            self.tell("Unhold", channel)
        for peer in channel.peers:
            self.put_on_hold(peer, on)

    def put_on_hold(self, channel: Channel, on: bool) -> None:
        """What the party feels with whom somebody has pressed hold."""
        if channel.on_hold != on:
            channel.on_hold = on
            self._share(channel)
            self.music(channel, on)

    def _share(self, channel: Channel) -> None:
        if channel.name.startswith("Local/"):
            return
        share = "" if channel.ended else "onhold" if channel.on_hold else _SHARES.get(channel.state, "")
        if share != channel.share:
            self.devices.count(channel.device, channel.share, share)
            channel.share = share

    # -- bridges ------------------------------------------------------------------------------------------------------

    def new_bridge(
        self, kind: str = "basic", technology: str = "simple_bridge", creator: str = "", name: str = ""
    ) -> Bridge:
        bridge = Bridge(str(uuid.UUID(int=self.dice.getrandbits(128), version=4)), kind, technology, creator, name)
        self.bridges[bridge.uniqueid] = bridge
        self.emit("BridgeCreate", bridge_block(bridge))
        return bridge

    def enter(self, bridge: Bridge, channel: Channel) -> None:
        """Put a channel in; if it is in another bridge, it leaves that one first."""
        self.leave(channel)
        channel.bridge = bridge
        bridge.channels.append(channel)
        if bridge.kind == "basic":
            self._link(bridge)
        self.tell_bridge("BridgeEnter", bridge, channel)
        if bridge.kind == "basic" and len(bridge.channels) == 2:
            bridge.technology = "native_rtp"
            one, two = bridge.channels
            self._introduce(one, two)
            self._introduce(two, one)
            for told in self.answered:
                told(one, two)

    def _link(self, bridge: Bridge) -> None:
        """All who are in a basic bridge belong to one call, the oldest of theirs. Those who meet in a conference, or
        are parked beside each other, stay in the calls that brought them.
        """
        oldest = min(bridge.channels, key=lambda channel: channel.linked_order)
        for channel in bridge.channels:
            channel.linkedid, channel.linked_order = oldest.linkedid, oldest.linked_order

    def _introduce(self, channel: Channel, other: Channel) -> None:
        """What a channel shows of the one it talks to; a Local channel passes it on to its other end."""
        if not other.caller_number:
            return
        who = other.caller_number, other.caller_name
        self.set_connected(channel, *who)
        behind = channel.other
        if behind is not None:
            self.set_parties(behind, caller=who, connected=(behind.connected_number, behind.connected_name))
            for peer in behind.peers:
                self.set_connected(peer, *who)

    def leave(self, channel: Channel) -> None:
        """A channel goes by itself. A basic bridge with one left is no conversation: the last one is kicked."""
        bridge = self._take_out(channel)
        if bridge is None or bridge.kind != "basic" or bridge.kept:
            return
        if len(bridge.channels) < 2:
            for rest in list(bridge.channels):
                self._take_out(rest)
                self._after_bridge(rest)
            self.destroy(bridge)

    def kick(self, channel: Channel) -> None:
        """Make a channel leave its bridge: it goes on behind it, or ends."""
        if channel.bridge is not None:
            self.leave(channel)
            self._after_bridge(channel)

    def destroy(self, bridge: Bridge) -> None:
        if self.bridges.pop(bridge.uniqueid, None) is not None:
            self.emit("BridgeDestroy", bridge_block(bridge))

    def _take_out(self, channel: Channel) -> Bridge | None:
        bridge = channel.bridge
        if bridge is None:
            return None
        self.put_on_hold(channel, False)
        if channel.held:
            channel.held = False
            for peer in channel.peers:
                self.put_on_hold(peer, False)
        if bridge.leaving is not None:
            bridge.leaving(channel)
        bridge.channels.remove(channel)
        channel.bridge = None
        self.tell_bridge("BridgeLeave", bridge, channel)
        return bridge

    def _after_bridge(self, channel: Channel) -> None:
        """What becomes of a channel whose bridge has dissolved."""
        if channel.script is not None:
            channel.script.signal(Signal(LEFT, channel))
        elif not channel.ending and not channel.moving:  # if it is to go elsewhere, that comes by itself
            if channel.resumes:
                channel.resumes = False
                channel.exten = channel.exten or "s"
                self.start(channel)
                return
            channel.ending = True
            self.clock.soon(self._end_without_script, channel)

    def converse(self, caller: Channel, peer: Channel) -> Steps:
        """Steps of `caller`: answer, and talk to `peer` until one of them goes."""
        self.set_state(caller, UP)
        bridge = self.new_bridge()
        self.enter(bridge, peer)
        self.enter(bridge, caller)
        yield from self.stay(caller)

    def stay(self, channel: Channel, seconds: float = 0) -> Steps:
        """Steps of a channel that is in a bridge: be there until the bridge lets it go, or somebody takes it away.

        With `seconds` no longer than that.
        """
        ends = self.clock.deadline(seconds)
        try:
            while channel.bridge is not None and not (seconds and self.clock.lived >= ends):
                yield self.clock.left(ends) if seconds else None
        finally:
            self.leave(channel)

    # -- going on, and ending -----------------------------------------------------------------------------------------

    def start(self, channel: Channel, steps: Steps | None = None) -> None:
        """Let the channel follow `steps`, or the dialplan from where it is; then it ends."""
        channel.script = Script(self.clock, self._follow(channel, steps), lambda kept: self._followed(channel, kept))

    def _follow(self, channel: Channel, steps: Steps | None) -> Steps:
        """Returns True if the channel lives on without a script."""
        while True:
            try:
                channel.in_dialplan = channel.in_dialplan or steps is None
                yield from steps if steps is not None else self.dialplan(channel)
                return False
            except HungUp:
                return False
            except Kept:
                return True
            except Taken as taken:
                steps = self._taken(channel, taken.bridge)
            except Moved:
                channel.moving = False
                channel.priority = 1
                steps = None

    def _taken(self, channel: Channel, bridge: Bridge) -> Steps:
        channel.in_dialplan = False  # it has left it for good
        self.enter(bridge, channel)
        yield from self.stay(channel)

    def _followed(self, channel: Channel, kept: bool) -> None:
        channel.script = None
        if kept and not channel.ending:
            return
        self.leave(channel)
        if channel.in_dialplan:  # whose end says so
            tech_cause = f"TechCause: {channel.tech_cause}\r\n" if channel.tech_cause else ""
            self.tell("SoftHangupRequest", channel, f"Cause: 16\r\n{tech_cause}")
        self.finish(channel)

    def goto(self, channel: Channel, context: str, exten: str) -> None:
        """Let the channel go on elsewhere in the dialplan, whatever it is doing."""
        channel.moving = True
        channel.context, channel.exten = context, exten
        if channel.script is not None:
            channel.script.interrupt(Moved())
        else:
            self.clock.soon(self._go_on, channel)

    def _go_on(self, channel: Channel) -> None:
        if channel.ending or not channel.moving:
            return
        channel.moving = False
        channel.priority = 1
        self.release(channel)
        self.leave(channel)
        self.start(channel)

    def release(self, channel: Channel) -> None:
        """Whoever dialled this channel need not wait for it any more."""
        dialler, channel.dialler = channel.dialler, None
        if dialler is not None:
            dialler.signal(Signal(GONE, channel))

    def take(self, channel: Channel, bridge: Bridge) -> None:
        """Put a channel in a bridge, whatever it is doing. One that follows the dialplan goes on behind the bridge."""
        if channel.bridge is None and channel.script is not None:
            channel.script.interrupt(Taken(bridge))
        else:
            self.release(channel)
            self.enter(bridge, channel)

    def hang_up(self, channel: Channel, cause: int = 16, *, request: str = "", tech_cause: int = 0) -> None:
        """Ask for the end of a channel. `request` is the event that says who asked: "HangupRequest" for the far end,
        "SoftHangupRequest" for somebody on this side, none for the PBX itself.
        """
        if channel.ending:
            if channel.script is None:
                self.clock.soon(self._end_without_script, channel)
            return
        channel.ending = True
        channel.cause = cause
        channel.tech_cause = tech_cause
        if request:
            extra = f"TechCause: {tech_cause}\r\n" if tech_cause else ""
            self.tell(request, channel, f"Cause: {cause}\r\n{extra}")
        if channel.script is not None:
            channel.script.interrupt(HungUp())
        else:
            self.clock.soon(self._end_without_script, channel)

    def _end_without_script(self, channel: Channel) -> None:
        """Who dialled it has the first word: DialEnd comes before Hangup."""
        if channel.ended or channel.script is not None:
            return
        if channel.dialler is not None:
            channel.dialler.signal(Signal(GONE, channel))
        else:
            self.finish(channel)

    def finish(self, channel: Channel) -> None:
        """The end of a channel: Hangup is the last that is heard of it."""
        if channel.ended:
            return
        channel.ending = True
        self.leave(channel)
        self.music(channel, False)
        extra = f"Cause: {channel.cause}\r\nCause-txt: {CAUSES.get(channel.cause, 'Unknown')}\r\n"
        if channel.tech_cause:
            extra += f"TechCause: {channel.tech_cause}\r\n"
        self.tell("Hangup", channel, extra)
        channel.ended = True
        del self.channels[channel.uniqueid], self.names[channel.name]
        self._share(channel)
        told, channel.on_end = channel.on_end, []
        for tell in told:
            tell(channel)
        if channel.other is not None and not channel.other.ending:
            self.hang_up(channel.other, channel.cause, request="HangupRequest")

    @property
    def is_quiet(self) -> bool:
        return not self.channels and not self.bridges
