"""`python -m tests.chaos`: a whole house on real parts, faults at random, and at every quiet point the state in
Asterisk, in the worker, in the database, at the sockets and in the pages compared. `make chaos` is ten minutes of it.

Exit code 1 when anything was wrong; then the first divergence is printed, with what happened before it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import signal
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.table import Row, machine, median, show
from tests.chaos.comparing import LIE_SECONDS
from tests.chaos.diary import Diary
from tests.chaos.faults import FAULTS
from tests.chaos.house import House
from tests.chaos.run import Result, Run
from tests.rig.parts import Unavailable


MINUTES = 10.0
DESKS, MOST_DESKS = 6, 9
"""With more, not every queue would stand open on the page of the queues."""

SHOWN = 20


def play(minutes: float, seed: int, faults: list[str], desks: int, *, folder: Path, loud: bool) -> bool:
    """Whether everything was right."""
    diary = Diary(loud=loud)

    async def told() -> Result:
        result = await Run(house, diary, seed=seed, faults=faults).go(minutes * 60)
        if (
            result.is_red
        ):  # to be looked into before the loop's threads end, and with them what a fault has started there
            print_divergence(result, diary, house)
        return result

    with House(folder, diary, desks=desks + 1) as house:
        result = asyncio.run(told())
    report(result)
    return not result.is_red


def print_divergence(result: Result, diary: Diary, house: House) -> None:
    """What was wrong first, and what happened before."""
    for each in (*result.lost, *result.twice, *result.silent, *result.errors):
        print(f"  WRONG: {each}")
    views: dict[str, list[str]] = defaultdict(list)
    for wrong in result.wrong:
        views[str(wrong.difference)].append(wrong.view)
    for difference, who in itertools.islice(views.items(), SHOWN):
        print(f"  WRONG: {difference}: {who[0]}" + (f", and {len(who) - 1} more" if len(who) > 1 else ""))
    about = {result.wrong[0].difference.key} - {""} if result.wrong else set[str]()
    for lost in result.lost[:1]:
        about.update((*lost.desk.extensions, lost.desk.queue, lost.desk.did))
    for entry in diary.around(about):
        print(f"    {entry}")
    print(house.panel.logs())


def report(result: Result) -> None:
    took: dict[str, list[float]] = defaultdict(list)
    for storm in result.storms:
        for fault in storm.faults:
            took[fault].append(storm.verdict.seconds)
    print(f"\n{'fault':<28} {'times':>6} {'right after, median':>20} {'longest':>9}")
    for fault, seconds in took.items():
        print(f"{fault:<28} {len(seconds):>6} {median(seconds):>18.1f} s {max(seconds):>7.1f} s")
    print(f"\ncalls of SIPp beside the stories: {result.load_calls}")
    print("stories:", ", ".join(f"{ending} {times}" for ending, times in result.endings.most_common()))
    print("commands:", ", ".join(f"{outcome} {times}" for outcome, times in result.outcomes.most_common()))
    wrong = result.wrong
    figures = {
        f"shown as live and wrong for more than {LIE_SECONDS:g} s, at any time": len(result.lies),
        "wrong tiles": sum(each.is_wrong_tile for each in wrong),
        "phantom calls": sum(each.is_phantom for each in wrong),
        "anything else that was wrong at a quiet point": sum(
            not (each.is_wrong_tile or each.is_phantom) for each in wrong
        ),
        "callers lost": len(result.lost),
        "actions done twice": len(result.twice),
        "buttons without an answer": len(result.silent),
        "errors in the pages' scripts": len(result.errors),
    }
    show(
        [
            Row("faults", sum(len(storm.faults) for storm in result.storms), ""),
            Row("quiet points at which everything was compared", len(result.storms), ""),
            Row("callers' stories", result.endings.total(), ""),
            Row("commands", result.outcomes.total(), ""),
            *(Row(what, number, "", 0, more=False) for what, number in figures.items()),
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument(
        "--seed", type=int, default=None, help="that of a run before: the same faults in the same order"
    )
    parser.add_argument("--fault", choices=FAULTS, action="append", help="only this one; may be given several times")
    parser.add_argument("--desks", type=int, choices=range(2, MOST_DESKS + 1), default=DESKS, help="callers at a time")
    parser.add_argument("--loud", action="store_true", help="tell of everything as it happens")
    parser.add_argument("--folder", type=Path, help="an empty one, where the logs of all processes are to stay")
    chosen = parser.parse_args()
    seed = random.SystemRandom().randrange(100_000) if chosen.seed is None else chosen.seed
    print(machine())
    print(f"seed {seed}, {chosen.minutes:g} minutes", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # nothing of the house is to outlive its run
    faults = chosen.fault or list(FAULTS)
    try:
        with tempfile.TemporaryDirectory(prefix="cordboard-chaos-") as passing:
            folder = chosen.folder or Path(passing)
            return 0 if play(chosen.minutes, seed, faults, chosen.desks, folder=folder, loud=chosen.loud) else 1
    except Unavailable as missing:
        sys.exit(f"there is no chaos to be had here: {missing}")


if __name__ == "__main__":
    sys.exit(main())
