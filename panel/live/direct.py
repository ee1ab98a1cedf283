"""Daphne's protocol of a socket, with a shorter way for the texts that we send.

Only `manage.py web` may call this module; on any other server the application works without it. By Daphne's own way
each text is framed anew for each socket and waits for the event loop to find the connection writable, though it nearly
always is. That is half of what a frame costs at 200 sockets (benchmarks/sockets.py).
"""

from __future__ import annotations

from functools import lru_cache

from daphne.ws_protocol import WebSocketProtocol


TEXT = 0x81
"""The first byte of a frame that is a whole text message (RFC 6455, 5.2)."""


@lru_cache(maxsize=4)
def framed(text: str) -> bytes:
    """The frame for a text, made once for all the sockets that are sent it one after the other."""
    data = text.encode()
    size = len(data)
    if size < 126:
        return bytes((TEXT, size)) + data
    if size < 1 << 16:
        return bytes((TEXT, 126)) + size.to_bytes(2, "big") + data
    return bytes((TEXT, 127)) + size.to_bytes(8, "big") + data


class DirectProtocol(WebSocketProtocol):  # type: ignore[misc]  # Daphne has no types
    """Gives a text to the kernel at once when nothing waits before it; all else goes Daphne's way."""

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:
        transport = self.transport
        waits = transport.dataBuffer or transport._tempDataBuffer
        if not isinstance(content, str) or waits or self.state != self.STATE_OPEN or self._perMessageCompress:
            super().serverSend(content, binary)
            return
        frame = framed(content)
        sent = transport.writeSomeData(frame)
        if sent != len(frame):
            # The kernel's buffer is full (or the connection lost, which Twisted finds out): the rest waits as ever.
            transport.write(frame[sent:] if isinstance(sent, int) else frame)
