"""What waits on one socket: order, merging, and the window of what was not acknowledged."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from panel.live.outbox import HELD_SECONDS, MOST_RESULTS, PATIENT_WINDOW_BYTES, WINDOW_BYTES, Outbox, Window
from panel.live.wire import Patch, Shared, Snapshot, encode
from tests.live.reducer import Reducer


class Line:
    """A transport that takes what it is given while `is_open`, and a clock that the test sets."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.now = 1000.0
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.is_sending = False
        self.outbox = Outbox(self.send, lambda: self.now, Counter())
        self.reducer = Reducer()

    async def send(self, text: str) -> None:
        self.is_sending = True
        await self.is_open.wait()
        self.is_sending = False
        self.frames.append(json.loads(text))
        assert self.reducer.apply(self.frames[-1]) is False

    async def quiet(self) -> None:
        """Let the writer do what it can do now."""
        for _ in range(20):
            await asyncio.sleep(0)


@asynccontextmanager
async def line() -> AsyncIterator[Line]:
    line = Line()
    writer = asyncio.create_task(line.outbox.run())
    try:
        yield line
    finally:
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)


def snapshot(seq: int, epoch: str = "1-a") -> Snapshot:
    return Snapshot(epoch, seq, Shared({}), [])


def patch(seq: int, key: str = "201", size: int = 10, since: int | None = None) -> Patch:
    row = encode({"key": key, "seq": seq, "text": "x" * size})
    return Patch("1-a", seq - 1 if since is None else since, seq, {("extension", key): row})


async def test_results_go_first_then_the_snapshot_then_the_patches_in_order() -> None:
    async with line() as socket:
        socket.outbox.put_snapshot(snapshot(10))
        socket.outbox.put_patch(patch(11))
        socket.outbox.put_result('{"type":"result","id":1,"success":true,"result":{}}')
        await socket.quiet()
        socket.outbox.put_patch(patch(12))
        await socket.quiet()
    assert [(frame["type"], frame.get("seq")) for frame in socket.frames] == [
        ("result", None),
        ("snapshot", 10),
        ("patch", 11),
        ("patch", 12),
    ]


async def test_a_socket_that_keeps_up_is_sent_the_text_that_all_share() -> None:
    async with line() as socket:
        shared = patch(11)
        socket.outbox.put_snapshot(snapshot(10))
        await socket.quiet()
        socket.outbox.put_patch(shared)
        await socket.quiet()
        assert socket.frames[-1] == json.loads(shared.texts[0])


async def test_what_waits_is_merged_and_arrives_as_one_patch() -> None:
    async with line() as socket:
        socket.outbox.put_snapshot(snapshot(10))
        await socket.quiet()
        socket.is_open.clear()
        for seq in range(11, 1011):
            socket.outbox.put_patch(patch(seq, key=str(seq % 7)))
            await socket.quiet() if seq == 11 else None
        socket.is_open.set()
        await socket.quiet()
        patches = [frame for frame in socket.frames if frame["type"] == "patch"]
        assert [(each["since"], each["seq"]) for each in patches] == [(10, 11), (11, 1010)]
        assert len(patches[1]["set"]["extension"]) == 7
        assert socket.reducer.seq == 1010


async def test_a_new_snapshot_stands_for_everything_that_waits() -> None:
    async with line() as socket:
        socket.outbox.put_snapshot(snapshot(10))
        socket.outbox.put_patch(patch(11))
        socket.outbox.put_snapshot(snapshot(3, epoch="2-b"))
        await socket.quiet()
        assert [(frame["type"], frame["seq"]) for frame in socket.frames] == [("snapshot", 3)]


async def filled(socket: Line, limit: int) -> int:
    """Send patches of 10 KB until nothing more comes out; returns the last seq that was put."""
    socket.outbox.put_snapshot(snapshot(0))
    seq = 0
    for _ in range(2 * limit // 10_000):
        seq += 1
        socket.outbox.put_patch(patch(seq, size=10_000))
        await socket.quiet()
    return seq


async def test_with_too_much_unacknowledged_it_holds_back_and_catches_up_after_the_ack() -> None:
    async with line() as socket:
        socket.outbox.put_snapshot(snapshot(0))
        await socket.quiet()
        socket.outbox.ack(0)
        seq = await filled(socket, WINDOW_BYTES)
        sent = sum(len(json.dumps(frame)) for frame in socket.frames)
        assert WINDOW_BYTES < sent < WINDOW_BYTES + 30_000
        assert socket.reducer.seq < seq
        socket.outbox.ack(socket.reducer.seq)
        await socket.quiet()
        assert socket.reducer.seq == seq
        assert socket.reducer.rows["extension"]["201"]["seq"] == seq


async def test_who_never_acknowledges_is_given_more_before_it_holds_back() -> None:
    async with line() as socket:
        await filled(socket, PATIENT_WINDOW_BYTES)
        sent = sum(len(json.dumps(frame)) for frame in socket.frames)
        assert PATIENT_WINDOW_BYTES < sent < PATIENT_WINDOW_BYTES + 30_000
        socket.now += HELD_SECONDS / 2
        assert not socket.outbox.is_stuck
        socket.now += HELD_SECONDS
        assert socket.outbox.is_stuck


async def test_a_full_window_is_borne_with_for_some_seconds_counted_from_when_it_was_full() -> None:
    async with line() as socket:
        socket.outbox.put_snapshot(snapshot(0))
        await socket.quiet()
        socket.outbox.ack(0)
        socket.now += 10 * HELD_SECONDS  # an idle script that has not acknowledged for a long time
        await filled(socket, WINDOW_BYTES)
        assert not socket.outbox.is_stuck
        socket.now += HELD_SECONDS - 1
        socket.outbox.ack(socket.reducer.seq)
        await socket.quiet()
        socket.now += HELD_SECONDS + 1
        assert not socket.outbox.is_stuck


async def test_answers_to_pings_do_not_hide_that_nothing_is_acknowledged() -> None:
    async with line() as socket:
        await filled(socket, PATIENT_WINDOW_BYTES)
        for _ in range(4):
            socket.now += HELD_SECONDS / 3
            socket.outbox.put_result('{"type":"result","id":1,"success":true,"result":{}}')
            await socket.quiet()
        assert socket.outbox.is_stuck


async def test_a_send_that_blocks_is_noticed() -> None:
    async with line() as socket:
        socket.is_open.clear()
        socket.outbox.put_snapshot(snapshot(0))
        await socket.quiet()
        assert socket.is_sending
        assert not socket.outbox.is_stuck
        socket.now += HELD_SECONDS + 1
        assert socket.outbox.is_stuck


async def test_results_that_nobody_takes_are_bounded() -> None:
    async with line() as socket:
        socket.is_open.clear()
        for number in range(MOST_RESULTS + 2):
            assert not socket.outbox.is_stuck
            socket.outbox.put_result(f'{{"type":"result","id":{number},"success":true,"result":{{}}}}')
            await socket.quiet() if number == 0 else None
        assert socket.outbox.is_stuck


# --- the window -----------------------------------------------------------------------------------------------------


def test_heartbeats_at_a_seq_that_was_acknowledged_do_not_count() -> None:
    window = Window()
    window.sent_snapshot(10, 5_000)
    window.ack(10)
    for _ in range(10 * WINDOW_BYTES // 80):
        window.sent_patch(10, 80)
    assert window.is_open


def test_one_snapshot_is_free_and_the_next_is_not_unless_the_first_was_acknowledged() -> None:
    window = Window()
    window.sent_snapshot(10, 3 * PATIENT_WINDOW_BYTES)
    assert window.is_open
    window.sent_snapshot(10, 3 * PATIENT_WINDOW_BYTES)
    assert not window.is_open
    window.ack(10)
    window.sent_snapshot(10, 3 * PATIENT_WINDOW_BYTES)
    assert window.is_open


def test_what_was_never_sent_cannot_be_acknowledged() -> None:
    window = Window()
    window.sent_snapshot(10, 0)
    window.sent_patch(11, PATIENT_WINDOW_BYTES)
    window.ack(10**15)
    assert not window.is_open
    window.ack(11)
    assert window.is_open


def test_results_count_until_something_is_acknowledged() -> None:
    window = Window()
    window.sent_snapshot(10, 0)
    window.ack(10)
    window.sent_result(WINDOW_BYTES)
    assert not window.is_open
    window.ack(10)
    assert window.is_open


@pytest.mark.parametrize("late", [900, 3])
def test_after_a_new_epoch_with_lower_seqs_the_new_ones_are_acknowledged(late: int) -> None:
    window = Window()
    window.sent_snapshot(899, 0)
    window.ack(899)
    window.sent_patch(900, WINDOW_BYTES)
    window.sent_snapshot(5, 1000)
    window.ack(late)  # of the epoch before, still on its way
    assert not window.is_open
    window.ack(5)
    assert window.is_open
