"""Thousands of queue calls with everything that can happen to them, on a real Asterisk: how many of them the history
tells otherwise than Asterisk's own `queue_log`, and whether the figures of the day are those of the log.

`python -m benchmarks passages` plays some calls of each kind of fault. `python -m benchmarks.passages --fault
"phones vanish" --asterisk 22 --calls 2000 --seed 7` plays more, of one. They are played by the people of
`tests/operations/queue_callers.py`; the fault `the worker is killed` is in `passages_killed.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from benchmarks.passages_killed import play_with_kills
from benchmarks.table import Row, show
from panel.vocabulary import Kind
from tests.operations import witness
from tests.operations.queue_callers import FAULTS
from tests.operations.queue_day import Cutter, QueueFloor, nothing, play, ways_with
from tests.rig import queue_log
from tests.rig.parts import Unavailable


CALLS: Final = 200
DESKS: Final = 25
SEED: Final = 7

NONE, CUT, KILLED, ALL = "none", "the line is cut", "the worker is killed", "all of them"
CHOICES: Final = (NONE, *FAULTS, CUT, KILLED, ALL)
CUT_EVERY_SECONDS: Final = 8.0


class Day(NamedTuple):
    """What was kept of a day, and what Asterisk logged."""

    rows: Sequence[witness.Row]
    log: Sequence[queue_log.Logged]
    queues: Mapping[str, witness.Row]
    """The rows of the board by name, with the figures of today."""
    faults: int
    """How often sight was lost."""
    stalled: float
    """Seconds for which the process did not come to listen, at the worst."""
    told_of: Callable[[str], list[str]]
    """What was told of a caller, by Uniqueid: a line for each event."""


def play_day(floor: QueueFloor, fault: str, calls: int, seed: int) -> Day:
    """So many calls; half of them have the fault, or all are played beside it."""
    if fault == KILLED:
        rows, queues, kills, sight = play_with_kills(floor, calls, seed)
        return Day(rows, queue_log.read(floor.directory), queues, kills, sight.stalled, sight.told_of)
    cutter = Cutter(seed, CUT_EVERY_SECONDS)
    ways = ways_with(*FAULTS) if fault in (ALL, CUT) else ways_with(*([fault] if fault in FAULTS else []))
    beside = cutter if fault in (ALL, CUT) else nothing
    sight = asyncio.run(play(floor, calls, seed=seed, ways=ways, beside=beside))
    queues = sight.mirror.rows()[Kind.QUEUE]
    return Day(sight.book.passages, queue_log.read(floor.directory), queues, cutter.cuts, sight.stalled, sight.told_of)


def on_asterisk(fault: str, major: int = 22, calls: int = CALLS, seed: int = SEED, desks: int = DESKS) -> list[Row]:
    """No rows, and why, where there is no such Asterisk to be had."""
    try:
        floor = QueueFloor(major, desks=desks)
    except Unavailable as error:
        print(f"  not played on Asterisk {major}: {error}")
        return []
    with floor:
        began = time.monotonic()
        day = play_day(floor, fault, calls, seed)
        logged = queue_log.lines(floor.directory)
    verdict = witness.compare(day.rows, day.log, day.stalled)
    print(f"  {fault}: {len(day.log)} passages of {calls} calls on Asterisk {major}, seed {seed}, "
          f"{time.monotonic() - began:.0f} s, sight lost {day.faults} times, stalled {day.stalled:.1f} s")  # fmt: skip
    for (outcome, ended_by), number in Counter((row["outcome"], row["ended_by"]) for row in day.rows).most_common():
        print(f"  {outcome:>12} {ended_by:<10} {number:>6}")
    for told in (*verdict.different, *map(str, verdict.invented)):
        print(f"  {told}")
    if verdict.different:
        print_story(day, logged, verdict.different[0].split()[1].rstrip(":"))
    wrong = [] if day.faults else witness.wrong_days(day.queues, day.rows, day.log)
    for each in wrong:
        print(f"  {each}")
    return report(f"{fault}, Asterisk {major}", day, verdict, wrong)


def print_story(day: Day, logged: Sequence[str], uniqueid: str) -> None:
    """Of a caller of whom something is told otherwise: what was kept, what was logged and what was heard."""
    for row in day.rows:
        if row["uniqueid"] == uniqueid:
            print(f"    kept {dict(row)}")
    for line in logged:
        if uniqueid in line:
            print(f"    logged {line}")
    for line in day.told_of(uniqueid):
        print(f"    {line}")


def report(what: str, day: Day, verdict: witness.Verdict, wrong: Sequence[str]) -> list[Row]:
    """Nothing may be told otherwise or invented; where sight was never lost, everything is known as well."""
    unknown = None if day.faults else 0
    rows = [
        Row(f"{what}: passages through queues", len(day.log), ""),
        Row(f"{what}: equal to the queue_log", verdict.equal, ""),
        Row(f"{what}: different", len(verdict.different) + len(verdict.invented), "", 0, more=False),
        Row(f"{what}: of the equal ones let go without a reason", verdict.unexplained, ""),
        Row(f"{what}: marked incomplete", verdict.incomplete, "", unknown, more=False),
        Row(f"{what}: not seen", len(verdict.unseen), "", unknown, more=False),
    ]
    if not day.faults:
        rows.append(Row(f"{what}: queues with other figures of the day", len(wrong), "", 0, more=False))
    return rows


def run() -> list[Row]:
    """The rows of the table."""
    return [row for fault in (NONE, *FAULTS, CUT, KILLED) for row in on_asterisk(fault)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.passages", description=__doc__)
    parser.add_argument("--fault", choices=CHOICES, action="append", help="several are played one after the other")
    parser.add_argument("--asterisk", type=int, choices=[22, 16], default=22)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--desks", type=int, default=DESKS)
    chosen = parser.parse_args()
    rows: list[Row] = []
    for fault in chosen.fault or [NONE]:
        rows += on_asterisk(fault, chosen.asterisk, chosen.calls, chosen.seed, chosen.desks)
    show(rows)


if __name__ == "__main__":
    main()
