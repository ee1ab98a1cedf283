"""A day of queues under a worker that is killed again and again: what stands in the database of a whole panel then.

Called by `passages.py`.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ami_worker.mirror import Caller
from tests.e2e.board import Board
from tests.e2e.stack import Panel, eventually, panel
from tests.operations.queue_callers import FAULTS
from tests.operations.queue_day import QueueFloor, Sight, play, ways_with


EVERY_SECONDS = 20.0
READ = """
import json
from panel.history.models import Passage
rows = list(Passage.objects.values())
for row in rows:
    row.pop("id")
    for name in ("joined_at", "left_at", "talk_ended_at"):
        row[name] = row[name] and row[name].timestamp()
print(json.dumps(rows, default=str))
"""


class PanelHands:
    """Takes callers out of their queues by the commands of the panel, one at a time."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._one_at_a_time = asyncio.Lock()

    async def move(self, caller: Caller, to: str) -> None:
        for row in self._board.all("caller"):
            if row["key"] == caller.key:
                await self._give("transfer", call=row["call"], to=to)

    async def let_out(self, caller: Caller) -> None:
        await self._give("withdraw", caller=caller.key)

    async def _give(self, name: str, **args: str) -> None:
        async with self._one_at_a_time:
            await asyncio.to_thread(self._board.command, name, **args)


class Killer:
    """Kills the worker and starts the next one, now at once, now after a while."""

    def __init__(self, office: Panel, seed: int) -> None:
        self._office = office
        self._dice = random.Random(f"kills {seed}")
        self.kills = 0

    async def __call__(self, _sight: Sight) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS * self._dice.uniform(0.6, 1.4))
            self.kills += 1
            self._office.worker.kill()
            try:
                await asyncio.sleep(self._dice.uniform(0.0, 2.0))
            finally:
                self._office.worker.start()


def play_with_kills(
    floor: QueueFloor, calls: int, seed: int
) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, Mapping[str, Any]], int, Sight]:
    """So many calls with every fault. Returns the passages of the database, the board's queues by name, how often the
    worker was killed, and what this process saw, which hears as late as the worker.
    """
    with tempfile.TemporaryDirectory(prefix="cordboard-bench-") as folder, panel(Path(folder), floor.ami_url) as office:
        office.add_operator("alice", role="supervisor", extension="201")
        with Board(office, "alice") as board:
            killer, hands = Killer(office, seed), PanelHands(board)
            sight = asyncio.run(play(floor, calls, seed=seed, ways=ways_with(*FAULTS), beside=killer, hands=hands))
            office.wait_ready()
            eventually(lambda: not any(row["is_open"] for row in passages(office)), 30, "every passage has ended")
            queues = {row["key"]: row for row in board.all("queue")}
            return passages(office), queues, killer.kills, sight


def passages(office: Panel) -> list[dict[str, Any]]:
    """As they stand in the database, times in seconds."""
    found: list[dict[str, Any]] = json.loads(office.manage("shell", "-v0", "-c", READ).splitlines()[-1])
    return found
