"""Says what happens: makes events of channels and bridges and gives them to whoever listens. The base of `Switch`."""

from __future__ import annotations

from collections.abc import Callable

from ami_worker.demo.channels import Bridge, Channel
from ami_worker.demo.wire import AGENT, CALL, bridge_block, channel_block, event


Listener = Callable[[int, str, str], object]
"""Called with the classes, the name and the text of every event."""


class Teller:
    """No text is made while nobody listens."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []

    def emit(self, name: str, body: str, classes: int = CALL) -> None:
        if self.listeners:
            text = event(name, classes, body)
            for listener in self.listeners:
                listener(classes, name, text)

    def tell(self, name: str, channel: Channel, extra: str = "", classes: int = CALL) -> None:
        """An event about one channel."""
        if self.listeners:
            self.emit(name, channel_block(channel) + extra, classes)

    def tell_pair(self, name: str, caller: Channel | None, dest: Channel, extra: str, classes: int = CALL) -> None:
        """An event about a channel and the one it dialled; without `caller` when nobody dialled (Originate)."""
        self.emit(name, (channel_block(caller) if caller else "") + channel_block(dest, "Dest") + extra, classes)

    def tell_agent(self, name: str, caller: Channel, agent: Channel, extra: str) -> None:
        self.tell_pair(name, caller, agent, extra, AGENT)

    def tell_bridge(self, name: str, bridge: Bridge, channel: Channel) -> None:
        if self.listeners:
            self.emit(name, bridge_block(bridge) + channel_block(channel))
