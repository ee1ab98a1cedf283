"""What grows while the panel is under full load: memory, threads and open files of each process, rows of the log.

`python -m benchmarks soak` prints the rows of an hour; `python -m benchmarks.soak --seconds 600` those of less. Worker
and web keep 5,000 extensions with 20 new calls a second; two hundred browsers come and go (soak_crowd.py), some of them
asleep, and give commands. The first third is for warming up: the log of changes is full after ten minutes. What counts
is the growth from the first half of what follows to the second, in middle values, so that no single look decides.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.office import demo_pbx, panel_of
from benchmarks.table import Row, median, show
from tests.e2e.board import log_in
from tests.e2e.stack import DATABASE, ROOT, Panel, Process


SECONDS = 3600.0
EXTENSIONS, CALLS_A_SECOND, BROWSERS = 5_000, 20, 200
OPERATORS = {f"person{number}": str(number) for number in range(202, 232)}
LOOK_SECONDS = 5.0

MOST_PERCENT = 10.0
"""By which memory may be more in the second half than in the first."""


class Look(NamedTuple):
    """One process at one moment."""

    megabytes: float
    threads: int
    files: int


def look_at(process: Process) -> Look:
    proc = Path(f"/proc/{process.pid}")
    threads, files = (len(list((proc / each).iterdir())) for each in ("task", "fd"))
    return Look(process.resident_megabytes, threads, files)


def changes_kept(panel: Panel) -> int:
    with closing(sqlite3.connect(f"file:{panel.folder / DATABASE}?mode=ro", uri=True, timeout=20)) as database:
        return int(database.execute("SELECT count(*) FROM live_change").fetchone()[0])


@contextmanager
def crowd_at(panel: Panel) -> Iterator[subprocess.Popen[str]]:
    cookies = [log_in(panel.address, name) for name in ("alice", *OPERATORS)]
    arguments = [str(panel.port), json.dumps(cookies), str(BROWSERS)]
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.soak_crowd", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def measure(seconds: float) -> Iterator[Row]:
    with demo_pbx(EXTENSIONS, CALLS_A_SECOND) as ami_url, panel_of(ami_url, OPERATORS) as panel:
        panel.worker.start()
        panel.wait_ready(60)
        with crowd_at(panel) as crowd:
            looks: dict[str, list[Look]] = {"worker": [], "web": []}
            changes: list[int] = []
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                assert crowd.poll() is None, "the browsers' process has ended"
                for name, process in (("worker", panel.worker), ("web", panel.web)):
                    looks[name].append(look_at(process))
                changes.append(changes_kept(panel))
                print(f"  {looks['worker'][-1]} {looks['web'][-1]} {changes[-1]} changes", file=sys.stderr, flush=True)
                time.sleep(LOOK_SECONDS)
            did = json.loads(crowd.communicate("\n", timeout=30)[0])
    of = f"{seconds / 60:.0f} minutes, {EXTENSIONS:,} extensions, {CALLS_A_SECOND} calls/s"
    for what, number in did.items():
        yield Row(f"{of}: browsers, {what}", number, "")
    for name, seen in looks.items():
        first, second = halves([each.megabytes for each in seen])
        yield Row(f"{of}: memory of the {name}", second, "MB")
        yield Row(f"{of}: memory of the {name}, growth", 100 * (second / first - 1), "%", MOST_PERCENT, more=False)
        for what, values in (("threads", [each.threads for each in seen]), ("files", [each.files for each in seen])):
            first, second = halves(values)
            yield Row(f"{of}: {what} of the {name}, growth", second - first, "", max(1.0, first * 0.1), more=False)
    first, second = halves(changes)
    yield Row(f"{of}: changes kept, growth", 100 * (second / first - 1), "%", MOST_PERCENT, more=False)


def halves(values: list[float] | list[int]) -> tuple[float, float]:
    """The middle values of the first and of the second half of what comes after the first third."""
    warm = values[len(values) // 3 :]
    return median(warm[: len(warm) // 2]), median(warm[len(warm) // 2 :])


def run(seconds: float = SECONDS) -> list[Row]:
    """The rows of the table. Takes an hour."""
    return list(measure(seconds))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    show(run(parser.parse_args().seconds))
