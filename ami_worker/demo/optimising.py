"""Local channels that Asterisk takes out once both of their ends talk (main/core_local.c, main/bridge.c).

Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from typing import Final

from ami_worker.demo.channels import Channel
from ami_worker.demo.switch import Switch
from ami_worker.demo.wire import channel_block


STAYS: Final = {"CONSULTATION"}
"""A Local channel of an attended transfer is left alone, as it was in the recordings of a real one."""


def _has_n(first: Channel) -> bool:
    return "n" in first.variables["OPTIONS"]


class Optimiser:
    """Watches conversations begin. Local channels that were dialled with /n stay."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self._count = 0
        switch.answered.append(self._connected)

    def _connected(self, one: Channel, two: Channel) -> None:
        for half in (one, two):
            other = half.other
            if other is None or other.bridge is None or len(other.peers) != 1 or len(half.peers) != 1:
                continue
            first = half if half.name.endswith(";1") else other
            if first.dialled_by is not None and not STAYS & first.variables.keys() and not _has_n(first):
                self.switch.clock.soon(self._optimise, first)

    def _optimise(self, one: Channel) -> None:
        """The one who talks to half ;1 moves to the bridge of half ;2; both halves end."""
        two = one.other
        if two is None or one.ending or two.ending or len(one.peers) != 1 or len(two.peers) != 1:
            return
        source, bridge = one.peers[0], two.bridge
        assert bridge is not None
        number, self._count = self._count, self._count + 1
        halves = channel_block(one, "LocalOne") + channel_block(two, "LocalTwo")
        about = f"{channel_block(source, 'Source')}DestUniqueId: {two.uniqueid}\r\nId: {number}\r\n"
        self.switch.emit("LocalOptimizationBegin", halves + about)
        bridge.kept = True
        self.switch.leave(two)
        self.switch.enter(bridge, source)
        bridge.kept = False
        self.switch.emit("LocalOptimizationEnd", f"{halves}Success: Yes\r\nId: {number}\r\n")
        self.switch.hang_up(two)
