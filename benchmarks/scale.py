"""Whether an office of 5,000 extensions costs more than one of 500 in which as many calls are made.

`python -m benchmarks scale` prints the rows, in some six minutes. Calls, queues and members are the same in both, so
are the browsers. What each browser is sent counts from the snapshot on, which is as big as the office, and for each
call that was begun: chance makes a few more of them or fewer.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.load import OPERATORS, Stretch, play
from benchmarks.office import demo_pbx_with, panel_of
from benchmarks.table import Row, show


SMALL, BIG = 500, 5_000
CALLS_A_SECOND, TALK_SECONDS = 3.0, 3.0
"""So few and short that in the small office hardly anybody is called while talking."""

BROWSERS = 20
SECONDS = 120.0
"""With two comparisons with the PBX, which are as long as the office is big."""

MOST = 1.2


def play_in(extensions: int) -> Stretch:
    office = (
        f"--extensions={extensions}",
        "--queues=3",
        "--members=0",
        f"--rate={CALLS_A_SECOND}",
        f"--talk-seconds={TALK_SECONDS}",
    )
    with demo_pbx_with("--hour", *office) as (ami_url, _), panel_of(ami_url, OPERATORS) as panel:
        panel.worker.start()
        panel.wait_ready(120)
        return play(panel, ami_url, {"worker": panel.worker.pid, "web": panel.web.pid}, BROWSERS, SECONDS)


def bytes_for_a_call(stretch: Stretch) -> float:
    """To one browser."""
    calls = sum(kind == "call" for _, kind, *_ in stretch.seen["heard"])
    return float(stretch.seen["bytes_a_second"] * stretch.seen["seconds"] / calls)


def measure() -> Iterator[Row]:
    stretches = {extensions: play_in(extensions) for extensions in (SMALL, BIG)}
    of = f"scale: {CALLS_A_SECOND:g} calls/s, {BROWSERS} browsers"
    for extensions, stretch in stretches.items():
        yield Row(f"{of}, {extensions:,} extensions: CPU of the worker", 100 * stretch.cores["worker"], "% of a core")
        yield Row(f"{of}, {extensions:,} extensions: CPU of the web", 100 * stretch.cores["web"], "% of a core")
        yield Row(f"{of}, {extensions:,} extensions: a call to a browser", bytes_for_a_call(stretch) / 1000, "kB")
        yield Row(f"{of}, {extensions:,} extensions: a snapshot", stretch.seen["snapshot_bytes"] / 1000, "kB")
    small, big = stretches[SMALL], stretches[BIG]
    against = f"scale: {BIG:,} extensions against {SMALL}"
    yield Row(f"{against}, CPU of the worker", big.cores["worker"] / small.cores["worker"], "times", MOST, more=False)
    yield Row(f"{against}, CPU of the web", big.cores["web"] / small.cores["web"], "times")
    sent = bytes_for_a_call(big) / bytes_for_a_call(small)
    yield Row(f"{against}, bytes of a call to a browser", sent, "times", MOST, more=False)


def run() -> list[Row]:
    """The rows of the table."""
    return list(measure())


if __name__ == "__main__":
    show(run())
