"""The flusher writes at once when idle, in batches under load, and loses nothing when the database says no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from ami_worker.flusher import Flusher
from ami_worker.mirror import Change
from panel.vocabulary import Kind


class NotNow(Exception):
    """What the database raises in these tests."""


class Board:
    """A mirror and a database in one: values by key, and the batches that were written."""

    def __init__(self) -> None:
        self.dirty: dict[str, int] = {}
        self.batches: list[list[Change]] = []
        self.refusals = 0
        self.written = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.flusher = Flusher(self.take, self.write, NotNow)

    def set(self, key: str, value: int) -> None:
        self.dirty[key] = value
        self.flusher.wake()

    def take(self) -> Sequence[Change]:
        changes = [Change(Kind.CALL, key, (), {"value": value}) for key, value in self.dirty.items()]
        self.dirty.clear()
        return changes

    async def write(self, changes: Sequence[Change]) -> None:
        await self.gate.wait()
        if self.refusals:
            self.refusals -= 1
            raise NotNow
        self.batches.append(list(changes))
        self.written.set()

    @property
    def stored(self) -> dict[str, int]:
        return {change.key: change.row["value"] for batch in self.batches for change in batch if change.row}

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self.written.clear()
                await self.written.wait()


@asynccontextmanager
async def running() -> AsyncIterator[Board]:
    board = Board()
    task = asyncio.create_task(board.flusher.run())
    yield board
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_single_change_is_written() -> None:
    async with running() as board:
        board.set("a", 1)
        await board.until(lambda: board.stored == {"a": 1})


async def test_while_a_batch_is_written_the_next_one_gathers() -> None:
    async with running() as board:
        board.gate.clear()
        for value in range(200):
            board.set("a", value)
            await asyncio.sleep(0)
        board.gate.set()
        await board.until(lambda: board.stored == {"a": 199})
        assert len(board.batches) == 2, "the first value at once, and the last of all that came meanwhile"


async def test_what_could_not_be_written_is_written_later_and_the_newest_wins() -> None:
    async with running() as board:
        board.refusals = 2
        board.set("a", 1)
        board.set("b", 1)
        await asyncio.sleep(0)
        board.set("a", 2)
        await board.until(lambda: board.stored == {"a": 2, "b": 1})
        assert board.refusals == 0


async def test_the_lag_grows_while_writes_fail_and_is_gone_afterwards() -> None:
    board = Board()
    board.refusals = 1
    board.set("a", 1)
    with pytest.raises(NotNow):
        await board.flusher.flush()
    assert board.flusher.lag_seconds > 0
    await board.flusher.flush()
    assert board.stored == {"a": 1}


async def test_each_write_is_timed_and_one_that_waited_for_the_database_from_its_first_event_on() -> None:
    board = Board()
    board.refusals = 1
    board.set("a", 1)
    with pytest.raises(NotNow):
        await board.flusher.flush()
    await asyncio.sleep(0.06)
    await board.flusher.flush()
    board.set("a", 2)
    await board.flusher.flush()
    await board.flusher.flush()
    flusher = board.flusher
    assert flusher.failed == 1
    assert flusher.flush_times.figures()["buckets"][-1] == ("+Inf", 2), "nothing to write is no write"
    lags = dict(flusher.lags.figures()["buckets"])
    assert (lags["0.05"], lags["+Inf"]) == (1, 2)


async def test_a_lag_that_is_over_is_said_to_be_over_although_nothing_more_happens() -> None:
    async with running() as board:
        shown: list[float] = []

        def take() -> Sequence[Change]:
            shown.append(board.flusher.lag_seconds)
            return [Change(Kind.PBX, "pbx", (), {"value": len(shown)}), *Board.take(board)]

        board.flusher._take = take
        board.gate.clear()
        board.set("a", 1)
        await asyncio.sleep(0.6)
        board.set("b", 1)
        board.gate.set()
        await board.until(lambda: max(shown) > 0.5 and shown[-1] == 0)
        await asyncio.sleep(0.1)
        assert len(shown) == 3, "and then it is silent"


async def test_two_flushes_at_once_keep_the_order() -> None:
    board = Board()
    board.refusals = 1
    board.set("a", 1)
    first = asyncio.create_task(board.flusher.flush())
    second = asyncio.create_task(board.flusher.flush())
    results = await asyncio.gather(first, second, return_exceptions=True)
    assert isinstance(results[0], NotNow)
    assert board.stored == {"a": 1}


async def test_an_error_that_is_no_refusal_ends_it() -> None:
    board = Board()

    async def broken(changes: Sequence[Change]) -> None:
        raise RuntimeError("lease lost")

    flusher = Flusher(board.take, broken, NotNow)
    board.flusher = flusher
    board.set("a", 1)
    async with asyncio.timeout(5):
        with pytest.raises(RuntimeError, match="lease lost"):
            await flusher.run()
