"""The parking lot: putting a channel on a space, taking it back, and what happens when nobody does.

Events as res/parking has them: a channel that leaves its space for any reason says first how (UnParkedCall,
ParkedCallTimeOut, ParkedCallGiveUp), then leaves the bridge. Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from ami_worker.demo.channels import UP, Bridge, Channel, Steps
from ami_worker.demo.clock import Timer
from ami_worker.demo.devices import INUSE, NOT_INUSE
from ami_worker.demo.office import PARKING_CONTEXT, PARKING_LOT, PARKING_SECONDS, PARKING_SPACES
from ami_worker.demo.switch import Switch
from ami_worker.demo.wire import channel_block


class Parked:
    """A parked channel."""

    def __init__(self, channel: Channel, space: int, parker: str, timeout: float, now: float) -> None:
        self.channel = channel
        self.space = space
        self.parker = parker  # dial string of who parked it, "PJSIP/201"
        self.timeout = timeout  # seconds
        self.parked_at = now
        self.resolution = "ParkedCallGiveUp"
        self.retriever: Channel | None = None
        self.timer: Timer | None = None


class Parking:
    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.parked: dict[int, Parked] = {}  # by space
        self.bridge: Bridge | None = None

    def free_space(self) -> int | None:
        return next((space for space in PARKING_SPACES if space not in self.parked), None)

    def of(self, channel: Channel) -> Parked | None:
        return next((parked for parked in self.parked.values() if parked.channel is channel), None)

    def block(self, parked: Parked) -> str:
        """The headers of the parking events and of the list ParkedCalls."""
        retriever = channel_block(parked.retriever, "Retriever") if parked.retriever else ""
        waited = int(self.switch.clock.now - parked.parked_at)
        left = max(0, int(parked.timeout) - waited) if parked.timeout else 0
        return (
            f"{channel_block(parked.channel, 'Parkee')}{retriever}ParkerDialString: {parked.parker}\r\n"
            f"Parkinglot: {PARKING_LOT}\r\nParkingSpace: {parked.space}\r\nParkingTimeout: {left}\r\n"
            f"ParkingDuration: {waited}\r\n"
        )

    def park(self, channel: Channel, parker: str, seconds: float = PARKING_SECONDS) -> Parked | None:
        """Put a channel, wherever it is, on the first free space; None if there is none.

        Steps of a channel that is talking go on behind the bridge, as after Dial; see `Switch.take`.
        """
        space = self.free_space()
        if space is None:
            return None
        parked = Parked(channel, space, parker, seconds, self.switch.clock.now)
        self.parked[space] = parked
        if self.bridge is None:
            self.bridge = self.switch.new_bridge("parking", "holding_bridge", "Parking", PARKING_LOT)
            self.bridge.leaving = self._leaves
        self.switch.set_state(channel, UP)
        self.switch.emit("ParkedCall", self.block(parked))
        self.switch.take(channel, self.bridge)
        self.switch.clock.soon(self._settled, parked)
        self.switch.devices.set(f"park:{space}@{PARKING_CONTEXT}", INUSE)
        if seconds:
            parked.timer = self.switch.clock.after(seconds, self._time_is_up, parked)
        return parked

    def _settled(self, parked: Parked) -> None:
        """Music starts once it is there; a channel that ended on the way gives its space back."""
        if parked.channel.bridge is not None and parked.channel.bridge is self.bridge:
            self.switch.music(parked.channel, True)
        elif self.parked.get(parked.space) is parked:
            self._leaves(parked.channel)

    def _leaves(self, channel: Channel) -> None:
        parked = self.of(channel)
        if parked is None:
            return
        del self.parked[parked.space]
        if parked.timer is not None:
            parked.timer.cancel()
        self.switch.emit(parked.resolution, self.block(parked))
        self.switch.music(channel, False)
        self.switch.devices.set(f"park:{parked.space}@{PARKING_CONTEXT}", NOT_INUSE)

    def _time_is_up(self, parked: Parked) -> None:
        if self.parked.get(parked.space) is not parked:
            return
        parked.resolution = "ParkedCallTimeOut"
        channel = parked.channel
        channel.variables["PARKER"] = parked.parker
        channel.variables["PARKING_SPACE"] = str(parked.space)
        self.switch.goto(channel, "park-dial", parked.parker.replace("/", "_"))

    def retrieve(self, retriever: Channel, space: int) -> Steps:
        """Steps of the application ParkedCall: talk to who is parked there. Returns False if nobody is."""
        retriever.app, retriever.appdata = "ParkedCall", f"{PARKING_LOT},{space}"
        self.switch.set_state(retriever, UP)
        parked = self.parked.get(space)
        if parked is None:
            return False
        parked.resolution = "UnParkedCall"
        parked.retriever = retriever
        bridge = self.switch.new_bridge()
        parkee = parked.channel
        self.switch.enter(bridge, parkee)
        self.switch.enter(bridge, retriever)
        yield from self.switch.stay(retriever)
        return True
