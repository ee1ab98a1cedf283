"""A line between two parts that can be cut, stopped or slowed: the network's faults, on loopback.

Used by the fault tests and the chaos run. Blocking; each connection has two threads.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit


SLICES_A_SECOND = 20


class Line:
    """Listens on a port of its own and passes everything on to `target` (host, port)."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._flowing = threading.Event()
        self._flowing.set()
        self._lost: list[threading.Event] = []
        self._lock = threading.Lock()
        self._is_closed = False
        self._is_refusing = False
        self._bytes_a_second: int | None = None
        self.spare: tuple[str, int] | None = None
        """Where a new connection goes when nobody listens at the target, as behind a proxy."""
        self.connections = 0
        self.sent = bytearray()
        """Every byte that went to the target, over all connections."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def url(self, original: str) -> str:
        """The same address, but through this line."""
        parts = urlsplit(original)
        host = f"127.0.0.1:{self.port}"
        netloc = f"{parts.netloc.rpartition('@')[0]}@{host}" if "@" in parts.netloc else host
        return urlunsplit(parts._replace(netloc=netloc))

    def cut(self) -> None:
        """Break every connection now; new ones are let through."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                _close(end)

    def refuse(self) -> None:
        """Break every connection, and every new one as soon as it is made, until `restore`."""
        self._is_refusing = True
        self.cut()

    def black_hole(self) -> None:
        """Nothing goes through any more in either direction, and nobody is told. New connections hang as well."""
        self._flowing.clear()

    def trickle(self, bytes_a_second: int) -> None:
        """No more than that goes through in either direction."""
        self._bytes_a_second = bytes_a_second

    def lose(self) -> None:
        """The connections of now are dead for ever, and nobody is told; new ones are let through."""
        lost, self._flowing = self._flowing, threading.Event()
        self._flowing.set()
        lost.clear()
        self._lost.append(lost)

    def lead_to(self, target: tuple[str, int]) -> None:
        """Break every connection; new ones go to another part, as when an address moves to the next machine."""
        self._target = target
        self.cut()

    def restore(self) -> None:
        self._is_refusing = False
        self._bytes_a_second = None
        self._flowing.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closed = True
        _close(self._listener)
        self.cut()
        for each in (self._flowing, *self._lost):
            each.set()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                near, _ = self._listener.accept()
                if self._is_refusing:
                    _close(near)
                    continue
                far = self._reach()
            except OSError:
                if self._is_closed:
                    return
                _close(near)
                continue
            far.settimeout(None)
            self.connections += 1
            with self._lock:
                self._pairs.append((near, far))
            for one, other in ((near, far), (far, near)):
                arguments = (one, other, one is near, self._flowing)
                threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _reach(self) -> socket.socket:
        try:
            return socket.create_connection(self._target, timeout=5)
        except OSError:
            if self.spare is None:
                raise
            return socket.create_connection(self.spare, timeout=5)

    def _pass_on(self, source: socket.socket, sink: socket.socket, keep: bool, flowing: threading.Event) -> None:
        try:
            while data := source.recv(65536):
                for piece in self._in_time(data):
                    flowing.wait()
                    if keep:
                        self.sent += piece
                    sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            _close(end)

    def _in_time(self, data: bytes) -> Iterator[bytes]:
        """The pieces of what has come, each when it may go on."""
        while data:
            size = len(data)
            if self._bytes_a_second is not None:
                size = max(1, self._bytes_a_second // SLICES_A_SECOND)
                time.sleep(1 / SLICES_A_SECOND)
            yield data[:size]
            data = data[size:]


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
