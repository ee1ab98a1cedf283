"""Sockets that do not take what they are sent (cases 28 and 29), on all servers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from panel.live.outbox import HELD_SECONDS, PATIENT_WINDOW_BYTES, WINDOW_BYTES
from tests.live.client import opened
from tests.live.conftest import log_in, operator
from tests.live.server import Server
from tests.live.unread import say, unread
from tests.live.worker import Worker, extension


ROW_BYTES = 20_000
ROWS = 20


@pytest.mark.parametrize("kind", ["web", "daphne", "uvicorn"])
async def test_a_socket_that_is_not_read_is_given_up_and_costs_the_server_and_the_others_nothing(
    run_server: Callable[..., Server], worker: Worker, kind: str
) -> None:
    """One goes on sending, which keeps a server's own time-outs away; the other says nothing more. Memory stays within
    their windows and a bit.
    """
    server = run_server(kind)
    good_cookie = log_in(operator("alice"))
    with unread(server, log_in(operator("bob"))) as line, unread(server, log_in(operator("carol"))):
        async with opened(server, good_cookie) as alice:
            await alice.subscribe()
            memory, began = server.memory(), time.monotonic()
            number, written, worst = 1, 0, 0.0
            while not all(f"A socket of {name} is given up" in server.log.read_text() for name in ("bob", "carol")):
                assert time.monotonic() - began < HELD_SECONDS + 10, "it is still served"
                with suppress(OSError):  # that one may have been given up first
                    say(line, {"id": (number := number + 1), "type": "ping"})
                for _ in range(5):
                    started = time.monotonic()
                    row = extension(str(written % ROWS), name=f"{written} " + "x" * 5 * ROW_BYTES)
                    await alice.until_seq(worker.write(row))
                    worst, written = max(worst, time.monotonic() - started), written + 1
                await asyncio.sleep(0.05)
            assert 5 * written * ROW_BYTES > 2 * PATIENT_WINDOW_BYTES, "too little was written to fill any window"
            assert time.monotonic() - began > HELD_SECONDS - 1
            assert worst < 2
            # What waits for the slow ones: their windows, the rows themselves (once), and what the server makes of it.
            assert server.memory() - memory < 2 * 3 * PATIENT_WINDOW_BYTES + 20 * ROWS * ROW_BYTES
            assert alice.reducer.resyncs == 0


async def test_a_tab_that_acknowledges_seldom_is_given_everything_in_one(daphne: Server, worker: Worker) -> None:
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        alice.acks = False
        for number in range(2 * WINDOW_BYTES // ROW_BYTES):
            seq = worker.write(extension(str(number % 5), name=f"{number} " + "x" * ROW_BYTES))
            await asyncio.sleep(0.03)
        while alice.reducer.seq < seq:
            try:
                await alice.receive(timeout=1)
            except TimeoutError:
                break
        assert alice.reducer.seq < seq, "nothing was held back"
        held_at = len(alice.frames)
        await alice.send(type="ack", seq=alice.reducer.seq)
        await alice.until_seq(seq)
        carrying = [frame for frame in alice.frames[held_at:] if frame["set"]]
        assert len(carrying) == 1
        last = 2 * WINDOW_BYTES // ROW_BYTES - 1
        assert alice.row("extension", str(last % 5))["name"].startswith(f"{last} ")  # type: ignore[index]
        assert alice.reducer.resyncs == 0


async def test_an_idle_script_that_never_acknowledges_is_left_alone(daphne: Server, worker: Worker) -> None:
    async with opened(daphne, log_in(operator("alice"))) as alice:
        alice.acks = False
        await alice.subscribe()
        for number in range(30):
            await alice.until_seq(worker.write(extension(str(number), name="x" * ROW_BYTES)))
        assert 30 * ROW_BYTES > 2 * WINDOW_BYTES
        assert alice.reducer.resyncs == 0
