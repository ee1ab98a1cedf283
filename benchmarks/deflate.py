"""Whether frames are worth compressing (permessage-deflate): what it would save, and what it would cost a web process.

`python -m benchmarks deflate` prints the table. The frames are those of one socket during some seconds of a busy PBX,
5,000 extensions and 20 new calls a second. A text can be compressed with a state of the socket's own, which knows what
was sent before, or alone, so that the result can be shared by all the sockets that are sent the same text.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from websockets.sync.client import connect

from benchmarks.office import demo_pbx, panel_of, wait_for_calls
from benchmarks.table import Row, median, show
from tests.e2e.board import log_in
from tests.e2e.stack import Panel


EXTENSIONS, CALLS_A_SECOND, CALLS = 5_000, 20.0, 300
SECONDS = 10.0
LEVEL = 1
"""The quickest."""

FLUSH_TAIL = 4
"""Bytes at the end of each that are not sent (RFC 7692, 7.2.1)."""


class Tried(NamedTuple):
    percent: float
    """Of what there was before."""

    microseconds: float
    """Of CPU, for the text in the middle."""


def recorded(panel: Panel) -> tuple[list[bytes], list[bytes]]:
    """The frames of the snapshot, and those of the patches that follow."""
    address = f"127.0.0.1:{panel.port}"
    headers = {"Cookie": log_in(panel.address, "alice")}
    origin = f"http://{address}"
    snapshot, patches = [], []
    with connect(f"ws://{address}/ws/panel/", origin=origin, additional_headers=headers, max_size=None) as socket:  # type: ignore[arg-type]
        socket.send('{"type":"subscribe","id":1}')
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            text = socket.recv(decode=False)
            # What is too much for one frame follows in patches of about half a megabyte.
            if text.startswith(b'{"type":"snapshot"') or len(text) > 100_000:
                snapshot.append(text)
            elif text.startswith(b'{"type":"patch"'):
                patches.append(text)
    return snapshot, patches


def compressor() -> zlib._Compress:
    return zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)


def tried(texts: Sequence[bytes], using: Callable[[], zlib._Compress]) -> Tried:
    sizes, spent = [], []
    for text in texts:
        began = time.thread_time()
        deflate = using()
        sizes.append(len(deflate.compress(text)) + len(deflate.flush(zlib.Z_SYNC_FLUSH)) - FLUSH_TAIL)
        spent.append(time.thread_time() - began)
    return Tried(100 * sum(sizes) / sum(map(len, texts)), 1e6 * median(spent))


def run() -> list[Row]:
    """The rows of the table. Takes about a minute."""
    with demo_pbx(EXTENSIONS, CALLS_A_SECOND) as ami_url, panel_of(ami_url) as panel:
        wait_for_calls(ami_url, 2 * CALLS, 60)
        panel.worker.start()
        panel.wait_ready(60)
        snapshot, patches = recorded(panel)
    own = compressor()
    stateful, alone, whole = tried(patches, lambda: own), tried(patches, compressor), tried(snapshot, compressor)
    a_patch = f"deflate: a patch, {len(patches) / SECONDS:.0f} a second"
    return [
        Row(f"{a_patch}: bytes", median([len(text) for text in patches]), "B"),
        Row(f"{a_patch}: with a state for each socket, of its size", stateful.percent, "%"),
        Row(f"{a_patch}: with a state for each socket, CPU for each socket", stateful.microseconds, "µs"),
        Row(f"{a_patch}: alone, of its size", alone.percent, "%"),
        Row(f"{a_patch}: alone, CPU for all sockets together", alone.microseconds, "µs"),
        Row(f"deflate: the snapshot of {EXTENSIONS:,} extensions: bytes", sum(map(len, snapshot)) / 1000, "kB"),
        Row(f"deflate: the snapshot of {EXTENSIONS:,} extensions: of its size", whole.percent, "%"),
        Row(f"deflate: the snapshot, CPU for each {len(snapshot)}th", whole.microseconds / 1000, "ms"),
    ]


if __name__ == "__main__":
    show(run())
