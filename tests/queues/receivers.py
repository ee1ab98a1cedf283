"""Web servers as a webhook may meet them: they take the message, or hang, refuse, redirect, drip or flood."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self


Behaviour = Callable[[socket.socket, threading.Event], None]
"""What is done with a connection whose request has been read, until the event says that the test is over."""


class Receiver:
    """A server on 127.0.0.1 that reads one request from each connection and then behaves. `requests` are what came."""

    def __init__(self, behave: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self._behave = behave
        self._tls = tls
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self._threads = [threading.Thread(target=self._listen, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/hook?of=cordboard"

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        with suppress(OSError), connection:
            if self._tls is None:
                self._answer(connection)
                return
            with self._tls.wrap_socket(connection, server_side=True) as secure:
                self._answer(secure)

    def _answer(self, connection: socket.socket) -> None:
        request = b""
        while not _is_whole(request):
            received = connection.recv(65536)
            if not received:
                return
            request += received
        self.requests.append(request)
        self._behave(connection, self._over)


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")), 0)
    return bool(end) and len(body) >= length


def answers(status: str, *headers: str, body: bytes = b"") -> Behaviour:
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""])
    return lambda connection, over: connection.sendall(head.encode() + body)


def says(text: bytes) -> Behaviour:
    return lambda connection, over: connection.sendall(text)


def hangs(connection: socket.socket, over: threading.Event) -> None:
    over.wait(30)


def drips(connection: socket.socket, over: threading.Event) -> None:
    """A byte of a header now and then: no single wait is long."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not over.wait(0.1):
        connection.sendall(b"x")


def floods(connection: socket.socket, over: threading.Event) -> None:
    """A hundred megabytes of header."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Much: ")
    for _ in range(1600):
        connection.sendall(b"x" * 65536)
