"""What can go wrong in a chaos run, one coroutine for each: it makes the fault, and when it comes back everything may
be well again. How long it lasts is thrown by the dice.

Used by the run. A process that was killed is started again by the house's supervisor.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, NamedTuple

import psycopg

from tests.chaos.house import House
from tests.chaos.pages import BrowserPage
from tests.rig.many_phones import ManyPhones


HOUR: Final = 3600.0
LOCK: Final = "LOCK TABLE live_lease, live_change, commands_command IN ACCESS EXCLUSIVE MODE"


class Scene(NamedTuple):
    """Where faults happen."""

    house: House
    phones: ManyPhones
    numbers: tuple[str, ...]
    """The telephones that are there."""
    laptop: BrowserPage
    bad_line: BrowserPage
    queues: BrowserPage
    dice: random.Random

    async def a_while(self, least: float, most: float) -> None:
        await asyncio.sleep(self.dice.uniform(least, most))


Fault = Callable[[Scene], Awaitable[None]]


# --- the line to Asterisk --------------------------------------------------------------------------------------------


async def _ami_cut(scene: Scene) -> None:
    scene.house.ami.refuse()
    await scene.a_while(0, 3)
    scene.house.ami.restore()


async def _ami_half_open(scene: Scene) -> None:
    """Nobody is told that the connection is no more; in the end it is gone."""
    scene.house.ami.black_hole()
    await scene.a_while(2, 12)
    scene.house.ami.cut()
    scene.house.ami.restore()


async def _ami_trickle(scene: Scene) -> None:
    scene.house.ami.trickle(scene.dice.choice([200, 1_000, 5_000]))
    await scene.a_while(3, 12)
    scene.house.ami.restore()


async def _asterisk_restarts(scene: Scene) -> None:
    """Every call ends with it, so the telephones begin anew as well."""
    house = scene.house
    house.starts += 1
    house.asterisk_is_up.clear()
    for number in scene.numbers:
        scene.phones.phone(number).lose_power()
    await asyncio.to_thread(house.floor.kill if scene.dice.random() < 0.5 else house.floor.stop)
    await scene.a_while(0, 2)
    await asyncio.to_thread(house.floor.start)
    await asyncio.to_thread(house.settle_in)
    for number in scene.numbers:
        scene.phones.phone(number).is_there = True
    house.asterisk_is_up.set()


# --- the panel's own processes ---------------------------------------------------------------------------------------


async def _worker_killed(scene: Scene) -> None:
    keeper = await asyncio.to_thread(scene.house.keeper)
    if keeper is not None:
        await asyncio.to_thread(keeper.kill)


async def _worker_stopped(scene: Scene) -> None:
    """Sometimes for so long that the other one takes over."""
    keeper = await asyncio.to_thread(scene.house.keeper)
    if keeper is None:
        return
    with suppress(ProcessLookupError):  # it may be killed before it goes on
        keeper.signal(signal.SIGSTOP)
        await scene.a_while(1, 10)
        keeper.signal(signal.SIGCONT)


async def _web_killed(scene: Scene) -> None:
    web = scene.dice.choice(scene.house.panel.webs)
    if web.is_running:
        await asyncio.to_thread(web.kill)


# --- servers ---------------------------------------------------------------------------------------------------------


async def _redis_restarts(scene: Scene) -> None:
    await asyncio.to_thread(scene.house.redis.stop)
    await scene.a_while(0, 3)
    await asyncio.to_thread(scene.house.redis.start)


async def _postgres_restarts(scene: Scene) -> None:
    await asyncio.to_thread(scene.house.postgres.stop, crash=scene.dice.random() < 0.5)
    await scene.a_while(0, 3)
    await asyncio.to_thread(scene.house.postgres.start)


async def _postgres_locked(scene: Scene) -> None:
    """Somebody has the tables for himself, in a shell, and is in no hurry."""
    with suppress(psycopg.OperationalError):  # a server that is stopped meanwhile has no locks any more
        async with await psycopg.AsyncConnection.connect(scene.house.postgres.url) as shell:
            await shell.execute(LOCK)
            await scene.a_while(1, 8)
            await shell.rollback()


# --- the browsers' side ----------------------------------------------------------------------------------------------


async def _browser_asleep(scene: Scene) -> None:
    wake = await scene.laptop.fall_asleep()
    try:
        await scene.a_while(3, 12)
    finally:
        wake()


async def _lossy_line(scene: Scene) -> None:
    """What gets through comes late, in bits, or with a new connection."""
    line = scene.bad_line.line
    for _ in range(scene.dice.randint(3, 8)):
        act = scene.dice.choice(["stop", "stop", "slow", "slow", "cut"])
        if act == "stop":
            line.black_hole()
        elif act == "slow":
            line.trickle(scene.dice.choice([500, 5_000, 50_000]))
        else:
            line.cut()
        await scene.a_while(0.2, 2)
        line.restore()


async def _clock_off(scene: Scene) -> None:
    """An hour forward or back; it is put right, or not, before the next look."""
    off = scene.dice.choice([-HOUR, HOUR])
    page = scene.dice.choice([scene.laptop, scene.bad_line, scene.queues])
    await page.set_clock(off)
    await scene.a_while(0.5, 4)
    if scene.dice.random() < 0.5:
        await page.set_clock(0)


FAULTS: Final[dict[str, Fault]] = {
    "AMI cut": _ami_cut,
    "AMI half-open": _ami_half_open,
    "AMI at a trickle": _ami_trickle,
    "Asterisk restarts": _asterisk_restarts,
    "worker killed": _worker_killed,
    "worker stopped": _worker_stopped,
    "web killed": _web_killed,
    "Redis restarts": _redis_restarts,
    "PostgreSQL restarts": _postgres_restarts,
    "PostgreSQL locked": _postgres_locked,
    "browser asleep": _browser_asleep,
    "browser on a lossy line": _lossy_line,
    "browser's clock off": _clock_off,
}
