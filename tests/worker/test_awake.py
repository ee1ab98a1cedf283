"""A process that was stopped finds it out, and before it does anything else."""

from __future__ import annotations

import asyncio
import time

from ami_worker.awake import TICKS, Awake


LIMIT = 1.0


def stop() -> None:
    """Nothing on the event loop runs, as if the process were stopped."""
    time.sleep(1.2 * LIMIT)


async def test_one_that_runs_has_not_slept() -> None:
    async with Awake(LIMIT) as awake:
        end = time.monotonic() + 1.5 * LIMIT
        while time.monotonic() < end:
            await asyncio.sleep(LIMIT / TICKS)
            assert not awake.has_slept


async def test_one_that_was_stopped_knows_it_at_once_and_for_good() -> None:
    async with Awake(LIMIT) as awake:
        stop()
        assert await asyncio.to_thread(lambda: awake.has_slept)
        await asyncio.sleep(2 * LIMIT / TICKS)
        assert awake.has_slept


async def test_a_sleep_that_nobody_asked_about_is_remembered() -> None:
    async with Awake(LIMIT) as awake:
        stop()
        await asyncio.sleep(3 * LIMIT / TICKS)
        assert awake.has_slept
