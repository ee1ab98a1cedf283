"""Thousands of queue calls with everything that can happen to them, on a real Asterisk: how many of them the history
tells otherwise than Asterisk's own `queue_log`.

`python -m benchmarks.passages --asterisk 22 --calls 2000 --seed 7 --cut 20` prints the table; `--cut` breaks the line
to Asterisk every so many seconds, and then only what the history calls complete is compared. It is played by the people
of `tests/operations/queue_day.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter

from benchmarks.table import Row, show
from tests.operations.queue_day import QueueFloor, play
from tests.operations.test_history import assert_as_logged
from tests.rig import queue_log
from tests.rig.parts import Unavailable


CALLS = 500
DESKS = 25
SEED = 7


def on_asterisk(
    major: int = 22, calls: int = CALLS, seed: int = SEED, desks: int = DESKS, cut_every: float = 0.0
) -> list[Row]:
    """No rows, and why, where there is no such Asterisk to be had."""
    try:
        floor = QueueFloor(major, desks=desks)
    except Unavailable as error:
        print(f"  not played on Asterisk {major}: {error}")
        return []
    with floor:
        began = time.monotonic()
        cuts = [cut_every] * int(calls / desks * 2 / cut_every) if cut_every else []
        sight = asyncio.run(play(floor, calls, seed=seed, cuts=cuts))
        log, rows = queue_log.read(floor.directory), sight.book.passages
    print(f"  {len(log)} calls on Asterisk {major}, seed {seed}, {time.monotonic() - began:.0f} s, {len(cuts)} cuts")
    for (outcome, ended_by), number in Counter((row["outcome"], row["ended_by"]) for row in rows).most_common():
        print(f"  {outcome:>12} {ended_by:<10} {number:>6}")
    complete = [row for row in rows if row["is_complete"]]
    wrong = 0
    for row in complete:
        try:
            assert_as_logged([row], log)
        except (AssertionError, KeyError) as told:
            wrong += 1
            print(f"  {told}")
    missing = {(each.uniqueid, each.queue) for each in log} - {(row["uniqueid"], row["queue"]) for row in rows}
    return [
        Row(f"queue calls, Asterisk {major}", len(log), ""),
        Row("of them not in the history", len(missing), "", 0 if not cuts else None, more=False),
        Row("of them told otherwise than by the queue_log", wrong, "", 0, more=False),
        Row("of them marked as not complete", len(rows) - len(complete), "", 0 if not cuts else None, more=False),
    ]


def run() -> list[Row]:
    """The rows of the table."""
    return on_asterisk()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.passages", description=__doc__)
    parser.add_argument("--asterisk", type=int, choices=[22, 16], default=22)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--desks", type=int, default=DESKS)
    parser.add_argument("--cut", type=float, default=0.0, help="seconds between two cuts of the line; 0: none")
    chosen = parser.parse_args()
    show(on_asterisk(chosen.asterisk, chosen.calls, chosen.seed, chosen.desks, chosen.cut))


if __name__ == "__main__":
    main()
