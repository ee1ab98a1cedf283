"""The shorter way to the kernel that `manage.py web` has: the same frames, and whole, however little the kernel takes.

The other tests of this folder show that the socket as such works there: most of them run on `manage.py web`.
"""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from panel.live.direct import framed
from panel.live.outbox import PATIENT_WINDOW_BYTES
from tests.live.client import opened
from tests.live.conftest import log_in, operator
from tests.live.reducer import Reducer
from tests.live.server import Server
from tests.live.unread import say, unread
from tests.live.worker import Worker, extension


ROW_BYTES = 100_000


def frames_in(pieces: Iterable[bytes]) -> Iterator[Frame]:
    """The frames of a stream of bytes, as an independent library reads them."""
    reader, waiting = StreamReader(), iter(pieces)
    while True:
        parsing: Generator[None, None, Frame] = Frame.parse(reader.read_exact, mask=False)
        while True:
            try:
                next(parsing)
            except StopIteration as whole:
                yield whole.value
                break
            if (piece := next(waiting, None)) is None:
                return
            reader.feed_data(piece)


@pytest.mark.parametrize("size", [1, 125, 126, 65_535, 65_536, 600_000])
def test_a_text_of_any_length_is_framed_as_the_standard_says(size: int) -> None:
    text = "x" * size
    assert [(frame.opcode, frame.fin, frame.data) for frame in frames_in([framed(text)])] == [
        (Opcode.TEXT, True, text.encode())
    ]


def in_the_kernel(server: Server, line: socket.socket) -> int:
    """Bytes that the server has given to the kernel and the client has not read."""
    ends = {server.port, line.getsockname()[1]}
    queues = 0
    for entry in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, here, there, _, both, *_ = entry.split()
        if {int(here.partition(":")[2], 16), int(there.partition(":")[2], 16)} == ends:
            queues += sum(int(size, 16) for size in both.split(":"))
    return queues


async def test_what_the_kernel_does_not_take_at_once_arrives_whole_and_in_order(
    run_server: Callable[..., Server], worker: Worker
) -> None:
    server = run_server("web")
    rows = PATIENT_WINDOW_BYTES // ROW_BYTES - 2
    with unread(server, log_in(operator("bob"))) as line:
        async with opened(server, log_in(operator("alice"))) as alice:
            await alice.subscribe()
            for number in range(rows):
                seq = worker.write(extension(str(number), name=f"{number} " + "x" * ROW_BYTES))
                await alice.until_seq(seq)
        assert in_the_kernel(server, line) < (rows - 5) * ROW_BYTES, "the kernel has taken everything"
        # When the server goes on, there is room in the kernel, much that waits for it, and an answer to send.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        server.signal(signal.SIGSTOP)
        taken = []
        while in_the_kernel(server, line):
            taken.append(line.recv(1 << 20))
        say(line, {"id": 2, "type": "ping"})
        server.signal(signal.SIGCONT)
        reducer, answered = Reducer(), False
        for frame in frames_in(chain(taken, iter(lambda: line.recv(1 << 20), b""))):
            if frame.opcode is Opcode.TEXT:
                body = json.loads(frame.data)
                assert reducer.apply(body) is False
                answered = answered or body.get("id") == 2
            if answered and reducer.seq == seq:
                break
        names = {key: row["name"] for key, row in reducer.rows["extension"].items()}
        assert names == {str(number): f"{number} " + "x" * ROW_BYTES for number in range(rows)}
