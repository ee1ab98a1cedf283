"""Ports that two test runs on one machine never share.

The machine's ports below the ephemeral range are cut into blocks. A block is held by a file lock, so it is free again
the moment its holder is gone, however it went. Used by the other modules of the rig only.
"""

from __future__ import annotations

import fcntl
import itertools
import random
import socket
import tempfile
from pathlib import Path
from typing import Self

from tests.rig.parts import Unavailable


FIRST, BLOCKS, SIZE = 20000, 25, 500
SERVERS = range(100)  # given out once: servers, and phones that Asterisk knows by their port
MEDIA = range(100, 300)  # Asterisk's media
PASSING = range(300, 500, 5)  # groups of five for programs that come and go


class PortBlock:
    """Five hundred neighbouring ports on loopback."""

    def __init__(self) -> None:
        directory = Path(tempfile.gettempdir()) / "cordboard-ports"
        directory.mkdir(exist_ok=True)
        for number in random.sample(range(BLOCKS), BLOCKS):
            handle = (directory / f"{number}.lock").open("w")
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                handle.close()
                continue
            self._handle = handle
            base = FIRST + number * SIZE
            self.media = base + MEDIA.start, base + MEDIA.stop - 1
            self._servers = iter(range(base + SERVERS.start, base + SERVERS.stop))
            self._groups = itertools.cycle(range(base + PASSING.start, base + PASSING.stop, PASSING.step))
            return
        raise Unavailable(f"all {BLOCKS} blocks of ports are taken by other test runs")

    def take(self) -> int:
        """A port that is free for TCP and UDP and stays ours for the life of the block."""
        for port in self._servers:
            if _is_free(port):
                return port
        raise Unavailable("the block of ports is used up")

    def group(self) -> int:
        """The first of five free ports, for a program that soon ends; they are given out again later."""
        for first in itertools.islice(self._groups, len(PASSING)):
            if all(_is_free(port) for port in range(first, first + PASSING.step)):
                return first
        raise Unavailable("too many SIP phones at a time")

    def close(self) -> None:
        self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True
