"""Callers who are lost in a thousand transfers with faults at random points.

`python -m benchmarks lost` prints the rows: a thousand stories of `tests/operations/losses.py` on the demo PBX, a dozen
offices beside each other, and a thousand on one real Asterisk 22 with many desks and SIP telephones. What goes wrong:
sessions that break or fall silent at a random action, a panel that dies at a random moment, targets that vanish,
decline or are busy, a second operator, a caller who hangs up. `python -m benchmarks.lost --asterisk 22 --transfers 100
--seed 7` plays others, on one kind of PBX alone. `tests/operations/test_nobody_is_lost.py` plays fewer of them.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from ami_worker.demo import DemoPbx
from benchmarks.table import Row, show
from tests.operations.desks import DeskOffice, Panel, Picture
from tests.operations.driver import Driver
from tests.operations.losses import SHORT, Ending, Story
from tests.operations.offices import DemoOffice
from tests.operations.players import Player
from tests.operations.stories import set_global
from tests.rig.floor import Desk, Floor
from tests.rig.many_phones import ManyPhones
from tests.rig.parts import Unavailable


TRANSFERS = 1000
OFFICES = 12
"""So many demo PBXs at once."""
DESKS = 20
"""So many desks on the real one."""
SEED = 1000


def stories(transfers: int, seed: int) -> list[Story]:
    """So many stories; the same seed throws the same ones."""
    dice = random.Random(seed)
    return [Story.throw(dice) for _ in range(transfers)]


async def play_on_demo(left: list[Story], offices: int = OFFICES) -> list[Ending]:
    """The endings of these stories, which are taken from the list."""
    endings: list[Ending] = []

    async def one_office() -> None:
        async with DemoPbx(rate=0, operator_seconds=None, extensions=10) as pbx:
            office = DemoOffice(pbx)
            async with Driver.on(pbx.ami_url) as observer, set_global(observer, **SHORT):
                player = Player(office, observer)
                while left:
                    endings.append(await player.play(left.pop()))
            await office.close()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(offices):
            tasks.create_task(one_office())
    return endings


async def play_on_asterisk(left: list[Story], floor: Floor) -> list[Ending]:
    """The same on a real Asterisk, at all its desks beside each other."""
    endings: list[Ending] = []

    async def one_desk(desk: Desk, phones: ManyPhones, picture: Picture) -> None:
        def panel(url: str) -> AbstractAsyncContextManager[Driver]:
            return Panel.on_picture(picture, desk, url)

        async with panel(floor.ami_url) as observer:
            office = DeskOffice(floor, phones, desk)
            player = Player(office, observer, desk, panels=panel, has_a_call=office.has_a_call)
            while left:
                endings.append(await player.play(left.pop()))

    async with AsyncExitStack() as stack:
        phones = await stack.enter_async_context(floor.phones())
        picture = await stack.enter_async_context(Picture.on(floor.ami_url))
        await stack.enter_async_context(set_global(picture, **SHORT))
        async with asyncio.TaskGroup() as tasks:
            for desk in floor.desks:
                tasks.create_task(one_desk(desk, phones, picture))
    return endings


def on_demo(transfers: int = TRANSFERS, seed: int = SEED) -> list[Row]:
    began = time.monotonic()
    endings = asyncio.run(play_on_demo(stories(transfers, seed)))
    return report("the demo PBX", endings, seed, time.monotonic() - began)


def on_asterisk(major: int = 22, transfers: int = TRANSFERS, seed: int = SEED, desks: int = DESKS) -> list[Row]:
    """No rows, and why, where there is no such Asterisk to be had."""
    try:
        floor = Floor(major, desks=desks)
    except Unavailable as error:
        print(f"  not played on Asterisk {major}: {error}")
        return []
    with floor:
        began = time.monotonic()
        endings = asyncio.run(play_on_asterisk(stories(transfers, seed), floor))
        return report(f"Asterisk {major}", endings, seed, time.monotonic() - began)


def report(where: str, endings: Sequence[Ending], seed: int, seconds: float) -> list[Row]:
    """Print what became of the callers, by kind of fault and ending, and make the rows."""
    print(f"  {len(endings)} transfers on {where}, seed {seed}, {seconds:.0f} s")
    _table("fault", endings, lambda ending: ending.story.fault)
    _table("target", endings, lambda ending: ending.story.manner)
    lost = [ending for ending in endings if ending.lost]
    for ending in lost:
        print(f"  lost: {ending}")
    return [
        Row(f"transfers with faults at random points, {where}", len(endings), "", TRANSFERS),
        Row(f"callers lost in them, {where}", len(lost), "", 0, more=False),
    ]


def _table(head: str, endings: Sequence[Ending], kind: Callable[[Ending], str]) -> None:
    """One line for each kind, one column for each ending."""
    counts = Counter((kind(ending), ending.where or "LOST") for ending in endings)
    columns = sorted({where for _kind, where in counts})
    print(f"\n  {head:<28}" + "".join(f"{column:>{len(column) + 2}}" for column in columns))
    for each in sorted({kind for kind, _where in counts}):
        print(f"  {each:<28}" + "".join(f"{counts[each, column]:>{len(column) + 2}}" for column in columns))


def run() -> list[Row]:
    return on_demo() + on_asterisk()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lost", description=__doc__)
    parser.add_argument("--asterisk", type=int, choices=[22, 16], help="on a real one; else on the demo PBX")
    parser.add_argument("--transfers", type=int, default=TRANSFERS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--desks", type=int, default=DESKS)
    chosen = parser.parse_args()
    if chosen.asterisk:
        show(on_asterisk(chosen.asterisk, chosen.transfers, chosen.seed, chosen.desks))
    else:
        show(on_demo(chosen.transfers, chosen.seed))


if __name__ == "__main__":
    main()
