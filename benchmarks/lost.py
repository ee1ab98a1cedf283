"""Callers who are lost in a thousand transfers with faults at random points.

`python -m benchmarks lost` prints the table. Every story of `tests/operations/losses.py` is played on the demo PBX, a
dozen of them beside each other: sessions that break or fall silent at a random action, a panel that dies at a random
moment, targets that vanish, decline or are busy, a second operator. `tests/operations/test_nobody_is_lost.py` plays
fewer of them on real Asterisks.
"""

from __future__ import annotations

import asyncio
import random

from ami_worker.demo import DemoPbx
from benchmarks.table import Row, show
from tests.operations.driver import Driver
from tests.operations.losses import SHORT, Ending, Story, play
from tests.operations.offices import DemoOffice
from tests.operations.stories import set_global


TRANSFERS = 1000
AT_ONCE = 12
SEED = 1000


async def play_all(transfers: int, at_once: int = AT_ONCE, seed: int = SEED) -> list[Ending]:
    """The endings of so many stories; the same seed throws the same ones."""
    dice = random.Random(seed)
    stories = [Story.throw(dice) for _ in range(transfers)]
    endings: list[Ending] = []

    async def one_office() -> None:
        async with DemoPbx(rate=0, operator_seconds=None, extensions=10) as pbx:
            office = DemoOffice(pbx)
            async with Driver.on(pbx.ami_url) as observer, set_global(observer, **SHORT):
                while stories:
                    endings.append(await play(office, observer, stories.pop()))
            await office.close()

    async with asyncio.TaskGroup() as offices:
        for _ in range(at_once):
            offices.create_task(one_office())
    return endings


def run() -> list[Row]:
    endings = asyncio.run(play_all(TRANSFERS))
    lost = [ending for ending in endings if ending.lost]
    for ending in lost:
        print(f"  lost: {ending}")
    return [
        Row("transfers with faults at random points", len(endings), "", TRANSFERS),
        Row("callers lost in them", len(lost), "", 0, more=False),
    ]


if __name__ == "__main__":
    show(run())
