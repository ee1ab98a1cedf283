"""A raw connection that subscribes and is not read until a test reads it: a client library reads on its own account."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from tests.live.server import Server


@contextmanager
def unread(server: Server, cookie: str) -> Iterator[socket.socket]:
    """A socket that subscribes and never reads, with a small receive buffer so that the server feels it soon."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(10)
        line.connect(("127.0.0.1", server.port))
        key = base64.b64encode(os.urandom(16)).decode()
        line.sendall(
            f"GET /ws/panel/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.origin}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Cookie: {cookie}\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += line.recv(1)
        assert answer.startswith(b"HTTP/1.1 101")
        say(line, {"id": 1, "type": "subscribe"})
        yield line


def say(line: socket.socket, frame: dict[str, object]) -> None:
    data = json.dumps(frame).encode()
    assert len(data) < 126
    line.sendall(struct.pack("BB4x", 0x81, 0x80 | len(data)) + data)
