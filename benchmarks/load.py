"""The hour of full load, from the PBX's events to the browsers, and what it costs; beside it a panel that polls, and
what a real Asterisk itself needs for as many calls.

`python -m benchmarks load` prints the rows, in some five minutes. The demo PBX plays the hour; worker and web are
processes as `make run` starts them, on SQLite; 20 and then 200 sockets (load_sockets.py) acknowledge as the page does.
An event counts as arrived with the first frame that leads to the change that came of it: a call that began, a phone
that rings, a phone that is idle. A change is lost when it did not come about, or a socket had a gap or was closed.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from benchmarks import exchange
from benchmarks.office import cpu_seconds, demo_pbx_with, panel_of
from benchmarks.table import Row, percentile, show
from tests.e2e.board import log_in
from tests.e2e.stack import DATABASE, ROOT, Panel


BROWSERS = {20: 1.0, 200: 2.0}
"""How many, and how many times Asterisk's own CPU time worker and web may take together for them."""

OPERATORS = {f"person{number}": str(number) for number in range(202, 222)}
"""Ten sockets each: an operator may have no more."""
WARM_SECONDS = 5.0
SECONDS = 60.0
"""A multiple of the worker's pause between two comparisons with the PBX: each stretch has its share of them."""

POLL_SECONDS = 30.0
SETTLE_SECONDS = 5.0
"""What has not come about after this long is lost."""

AHEAD_SECONDS = 0.1
"""The events of one moment come in one piece, and a phone is idle with the first of them."""

TARGET_P50_MS, TARGET_P99_MS = 50.0, 200.0


class Stretch(NamedTuple):
    """What was seen and used while the hour was played for a while. `cores` by process, `seen` as the holder of the
    sockets printed it.
    """

    began: float
    ended: float
    cores: Mapping[str, float]
    seen: Mapping[str, Any]


class Latencies(NamedTuple):
    """In milliseconds, one for each event and browser; `lost` are events of which nothing came."""

    of_events: list[float]
    lost: list[str]


@contextmanager
def sockets_at(panel: Panel, ami_url: str, count: int) -> Iterator[subprocess.Popen[str]]:
    """So many sockets that have their snapshot, and an ear at the PBX."""
    cookies = [log_in(panel.address, name) for name in OPERATORS] if count else []
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load_sockets", str(panel.port), json.dumps(cookies), str(count), ami_url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "ready"
        yield child
    finally:
        child.kill()
        child.communicate()


def play(panel: Panel, ami_url: str, pids: Mapping[str, int], browsers: int, seconds: float) -> Stretch:
    with sockets_at(panel, ami_url, browsers) as holder:
        time.sleep(WARM_SECONDS)
        began = time.time()
        used = {name: cpu_seconds(pid) for name, pid in pids.items()}
        time.sleep(seconds)
        ended = time.time()
        cores = {name: (cpu_seconds(pid) - used[name]) / (ended - began) for name, pid in pids.items()}
        time.sleep(SETTLE_SECONDS)
        seen = json.loads(holder.communicate("\n", timeout=60)[0])
    return Stretch(began, ended, cores, seen)


def changes_of(panel: Panel) -> Mapping[tuple[str, str], Sequence[tuple[float, int, str]]]:
    """By kind and key of a row: when each of its changes was written, its seq and the row's state then."""
    found = defaultdict(list)
    query = "SELECT seq, kind, key, at, row FROM live_change WHERE kind IN ('call', 'extension') ORDER BY seq"
    with closing(sqlite3.connect(f"file:{panel.folder / DATABASE}?mode=ro", uri=True, timeout=20)) as database:
        for seq, kind, key, at, row in database.execute(query):
            written = datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()
            found[kind, key].append((written, seq, json.loads(row)["state"] if row else ""))
    return found


def latencies_of(stretch: Stretch, panel: Panel) -> Latencies:
    changes = changes_of(panel)
    times = [[at for at, _ in patches] for patches in stretch.seen["patches"]]
    seqs = [[seq for _, seq in patches] for patches in stretch.seen["patches"]]
    of_events, lost = [], []
    for at, kind, key, state in stretch.seen["heard"]:
        if not stretch.began <= at <= stretch.ended:
            continue
        came = (
            seq
            for written, seq, became in changes.get((kind, key), ())
            if at - AHEAD_SECONDS <= written <= at + SETTLE_SECONDS and became and state in ("", became)
        )
        seq = next(came, None)
        if seq is None:
            lost.append(f"{kind} {key} {state} at {at:.3f}")
            continue
        for when, reached in zip(times, seqs, strict=True):
            place = bisect_left(reached, seq)
            if place < len(reached):
                of_events.append(1000 * (when[place] - at))
            else:
                lost.append(f"{kind} {key} {state} at {at:.3f}, in a browser")
    return Latencies(of_events, lost)


def poll(ami_url: str, seconds: float) -> dict[str, Any]:
    """What a panel that polls sees and uses; see polling.py."""
    command = [sys.executable, "-m", "benchmarks.polling", ami_url, str(seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=seconds + 60)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def polled(panel: Panel, ami_url: str) -> Iterator[Row]:
    """The plain alternative: the same calls, asked for every two seconds."""
    with sockets_at(panel, ami_url, 0) as ear:
        found = poll(ami_url, POLL_SECONDS)
        heard = json.loads(ear.communicate("\n", timeout=60)[0])["heard"]
    polls = [(each["at"], frozenset(each["calls"])) for each in found["polls"]]
    waits, unseen = [], 0
    for at, kind, key, _ in heard:
        if kind == "call" and polls[0][0] <= at <= polls[-1][0] - SETTLE_SECONDS:
            seen = next((answered for answered, calls in polls if answered >= at and key in calls), None)
            if seen is None:
                unseen += 1
            else:
                waits.append(1000 * (seen - at))
    what = "load: a panel that polls every 2 s"
    yield Row(f"{what}, begin of a call to its answer, p50", percentile(waits, 50), "ms")
    yield Row(f"{what}, begin of a call to its answer, p99", percentile(waits, 99), "ms")
    yield Row(f"{what}, calls never seen", 100 * unseen / (unseen + len(waits)), "%")
    yield Row(f"{what}, CPU for one browser", 100 * found["cores"], "% of a core")
    yield Row(f"{what}, for one browser", found["bytes_a_second"] / 1000, "kB/s")


def measure() -> Iterator[Row]:
    own: dict[int, float] = {}
    with demo_pbx_with("--hour") as (ami_url, pbx), panel_of(ami_url, OPERATORS) as panel:
        panel.worker.start()
        panel.wait_ready(120)
        pids = {"worker": panel.worker.pid, "web": panel.web.pid, "the demo PBX": pbx}
        for browsers in BROWSERS:
            stretch = play(panel, ami_url, pids, browsers, SECONDS)
            own[browsers] = stretch.cores["worker"] + stretch.cores["web"]
            yield from rows_of(stretch, latencies_of(stretch, panel), browsers)
        yield from polled(panel, ami_url)
    asterisk = exchange.cores()
    if asterisk is None:
        return
    yield Row("load: CPU of a real Asterisk 22 with as many calls, all silent", 100 * asterisk.silent, "% of a core")
    yield Row("load: the same while half of those who talk are heard", 100 * asterisk.with_voices, "% of a core")
    for browsers, most in BROWSERS.items():
        what = f"load: CPU of worker and web against Asterisk's own, {browsers} browsers"
        yield Row(what, own[browsers] / asterisk.silent, "times", most, more=False)


def rows_of(stretch: Stretch, latencies: Latencies, browsers: int) -> Iterator[Row]:
    what, seen = f"load: {browsers} browsers", stretch.seen
    for each in latencies.lost[:10]:
        print(f"  lost: {each}")
    lost = len(latencies.lost) + seen["gaps"] + seen["closed"]
    yield Row(f"{what}, lost changes, gaps and sockets", lost, "", 0, more=False)
    yield Row(f"{what}, event to browser, p50", percentile(latencies.of_events, 50), "ms", TARGET_P50_MS, more=False)
    yield Row(f"{what}, event to browser, p99", percentile(latencies.of_events, 99), "ms", TARGET_P99_MS, more=False)
    for name, cores in stretch.cores.items():
        yield Row(f"{what}, CPU of {name}", 100 * cores, "% of a core")
    yield Row(f"{what}, CPU for holding the sockets", 100 * seen["busy"], "% of a core")
    yield Row(f"{what}, for one of them", seen["bytes_a_second"] / 1000, "kB/s")


def run() -> list[Row]:
    """The rows of the table."""
    return list(measure())


if __name__ == "__main__":
    show(run())
