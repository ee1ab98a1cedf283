"""The browsers' end of benchmarks/sockets.py and crowd.py, in a process of its own: sockets that cost as little as can
be.

Only those benchmarks may start it; other benchmarks' holders build on `Browser`. What is measured is the server, so a
socket here only keeps the bytes as they come and looks into them at the end. When they came the kernel says
(SO_TIMESTAMPNS), not this process, which may be busy with another socket at that moment.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import select
import socket
import struct
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any


SO_TIMESTAMPNS = 35
"""Of Linux; Python has no name for it. Each recvmsg then comes with when the last of its bytes arrived."""

AT_ONCE = 1 << 16
ACK_SECONDS = 1.0  # as the page does
SNAPSHOT_SECONDS = 10.0


def handshake(port: int, cookie: str) -> bytes:
    return (
        f"GET /ws/panel/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(secrets.token_bytes(16)).decode()}\r\n"
        f"Sec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n"
    ).encode()


def masked(frame: dict[str, Any]) -> bytes:
    """A client's frame. The mask is nought: what it guards against is a proxy, and there is none."""
    data = json.dumps(frame).encode()
    assert len(data) < 126
    return bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data


class Browser:
    """One socket that has subscribed."""

    def __init__(self, port: int, cookie: str) -> None:
        self.is_closed = False
        self._has_snapshot = False
        self._pieces: list[tuple[float, bytes]] = []
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.sendall(handshake(port, cookie))
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self.socket.recv(1)
        assert answer.startswith(b"HTTP/1.1 101"), answer
        self.say({"type": "subscribe", "id": 1})
        self.socket.setblocking(False)

    def say(self, frame: dict[str, Any]) -> None:
        self.socket.sendall(masked(frame))

    def take(self) -> None:
        """Keep what has arrived."""
        try:
            data, at = stamped(self.socket)
        except ConnectionError:
            data, at = b"", time.time()
        self.is_closed = not data
        self._pieces.append((at, data))

    def acknowledge(self) -> None:
        seqs = re.findall(rb'"seq":(\d+)', self._pieces[-1][1])
        if seqs and not self.is_closed:
            self.say({"type": "ack", "seq": int(seqs[-1])})

    def frames(self) -> Iterator[tuple[float, bytes]]:
        """The texts that arrived, each with the time of its last byte, in seconds since the epoch."""
        data = b"".join(piece for _, piece in self._pieces)
        pieces = iter(self._pieces)
        start = arrived = 0
        at = 0.0
        while (frame := frame_at(data, start)) is not None:
            begin, end = frame
            while arrived < end:
                at, piece = next(pieces)
                arrived += len(piece)
            if data[start] & 0x0F == 1:  # else a ping or a close: too early for the one, and the other is counted
                yield at, data[begin:end]
            start = end

    @property
    def has_snapshot(self) -> bool:
        self._has_snapshot = self._has_snapshot or any(is_snapshot(text) for _, text in self.frames())
        return self._has_snapshot


def is_snapshot(text: bytes) -> bool:
    return text.startswith((b'{"type":"snapshot"', b'{"type": "snapshot"'))


def frame_at(data: bytes | bytearray, start: int) -> tuple[int, int] | None:
    """Where the payload of the frame begins and ends that starts there; None when it has not arrived as a whole."""
    if len(data) < start + 2:
        return None
    size, head = data[start + 1], 2
    if size > 125:
        head = 4 if size == 126 else 10
        if len(data) < start + head:
            return None
        size = int.from_bytes(data[start + 2 : start + head])
    end = start + head + size
    return (start + head, end) if end <= len(data) else None


def hold(port: int, cookies: list[str], count: int) -> None:
    """Open the sockets, say `ready` on standard output, and print what they saw as JSON when standard input ends."""
    browsers = {browser.socket.fileno(): browser for browser in _opened(port, cookies, count)}
    poll = select.epoll()
    for number in browsers:
        poll.register(number, select.EPOLLIN)
    deadline = time.monotonic() + SNAPSHOT_SECONDS
    while not all(browser.has_snapshot for browser in browsers.values()):
        assert time.monotonic() < deadline, "not every socket got its snapshot"
        _take(poll, browsers, 0.2)
    print("ready", flush=True)
    poll.register(sys.stdin.fileno(), select.EPOLLIN)
    acknowledged, used, began = time.monotonic(), time.process_time(), time.monotonic()
    while _take(poll, browsers, ACK_SECONDS):
        if time.monotonic() - acknowledged > ACK_SECONDS:
            acknowledged = time.monotonic()
            for browser in browsers.values():
                browser.acknowledge()
    busy = (time.process_time() - used) / (time.monotonic() - began)
    print(json.dumps({**_seen(browsers.values()), "busy": busy}), flush=True)


def _opened(port: int, cookies: list[str], count: int) -> Iterator[Browser]:
    for number in range(count):
        yield Browser(port, cookies[number % len(cookies)])


def _take(poll: select.epoll, browsers: dict[int, Browser], seconds: float) -> bool:
    """Take what arrives, waiting this long for the first of it. False when it was the end of standard input."""
    goes_on = True
    for number, _ in poll.poll(seconds):
        if number in browsers:
            browsers[number].take()
            if browsers[number].is_closed:
                poll.unregister(number)
        else:
            goes_on = False
    return goes_on


def stamped(source: socket.socket) -> tuple[bytes, float]:
    """What has arrived on a socket that was told to note it, and when, in seconds since the epoch, the last of it came:
    the kernel's time; it takes a moment until it notes those, and before that there is only ours.
    """
    data, extra, _, _ = source.recvmsg(AT_ONCE, 64)
    for level, kind, stamp in extra:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("ll", stamp)
            return data, float(seconds) + nanoseconds / 1e9
    return data, time.time()


def _seen(browsers: Iterable[Browser]) -> dict[str, Any]:
    frames: dict[bytes, Any] = {}  # the same text reached many sockets: look into it once
    latencies: list[float] = []
    gaps = count = closed = 0
    for browser in browsers:
        seq = None
        for at, text in browser.frames():
            frame = frames.get(text)
            if frame is None:
                frame = frames[text] = json.loads(text)
            if frame["type"] == "patch":
                count += 1
                gaps += frame["since"] != seq
                latencies += [at - float(row["name"]) for row in frame["set"].get("extension", ())]
            seq = frame.get("seq", seq)
        closed += browser.is_closed
    return {"latencies": latencies, "gaps": gaps, "closed": closed, "frames": count}


if __name__ == "__main__":
    hold(int(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3]))
