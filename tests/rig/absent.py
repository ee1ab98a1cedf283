"""The ports of phones that are not there. Used by `tests.rig.asterisk` and `tests.rig.phones`.

An extension without a phone does not reply, and Asterisk repeats an INVITE that nobody answers for half a minute,
also when the caller has long gone. A phone that appears meanwhile would ring for that old call and spoil the next
test. So each empty port is held by a socket that takes in what comes and never replies; whoever puts a phone there
learns which calls are old.
"""

from __future__ import annotations

import re
import socket


Address = tuple[str, int]


class AbsentPhones:
    """One socket for each address where no phone is."""

    def __init__(self, addresses: list[Address]) -> None:
        self._old: set[str] = set()
        self._sockets: dict[Address, socket.socket] = {}
        self._ours = frozenset(addresses)
        for address in addresses:
            self.leave(address)

    def enter(self, address: Address) -> frozenset[str]:
        """Free the address for a phone; the Call-IDs of all calls that nobody answered before it came."""
        for holder in self._sockets.values():
            self._take_in(holder)
        if address in self._sockets:
            self._sockets.pop(address).close()
        return frozenset(self._old)

    def leave(self, address: Address) -> None:
        """The phone is gone: hold the address again, if it is one of ours (and not that of a passing caller)."""
        if address not in self._ours:
            return
        holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        holder.setblocking(False)
        holder.bind(address)
        self._sockets[address] = holder

    def close(self) -> None:
        for holder in self._sockets.values():
            holder.close()
        self._sockets.clear()

    def _take_in(self, holder: socket.socket) -> None:
        while True:
            try:
                request = holder.recv(65536)
            except BlockingIOError:
                return
            if found := re.search(rb"(?im)^Call-ID: *(\S+)", request):
                self._old.add(found[1].decode())
