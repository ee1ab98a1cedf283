"""How much 200 browsers on one Daphne can be shown: 400 changes a second, and a minute of 1,000.

`python -m benchmarks capacity` prints the table, in three minutes. As in sockets.py; here the writer puts what comes
within a twentieth of a second into one transaction, as a worker under load does.
"""

from __future__ import annotations

from contextlib import ExitStack

from benchmarks.sockets import Load, Result, prepared, under_load
from benchmarks.table import Row, percentile, show


MUCH = Load(sockets=200, changes_a_second=400, seconds=20, together=20)
MOST = Load(sockets=200, changes_a_second=1_000, seconds=60, together=50)

TARGET_P50_MS, TARGET_P99_MS = 100.0, 250.0
TARGET_GROWTH_MB = 50.0


def measure() -> list[tuple[Load, Result, float]]:
    """What the sockets saw of each load, and by how many megabytes the server has grown in it."""
    seen = []
    with ExitStack() as stack:
        office = stack.enter_context(prepared(MOST.sockets))
        from tests.live.server import running

        server = stack.enter_context(running("web", office.folder))
        under_load(server, office, MUCH._replace(seconds=5))  # it is warm then
        for load in (MUCH, MOST):
            before = server.memory()
            result = under_load(server, office, load)
            seen.append((load, result, (server.memory() - before) / 2**20))
    return seen


def run() -> list[Row]:
    """The rows of the table."""
    rows = []
    for load, result, growth in measure():
        what = f"{load.sockets} sockets on one Daphne, {load.changes_a_second:,} changes/s, {load.seconds} s"
        lost = result.expected - len(result.latencies) + result.gaps + result.closed
        milliseconds = [1000 * latency for latency in result.latencies]
        rows += [
            Row(f"{what}: lost changes, gaps and sockets", lost, "", 0, more=False),
            Row(f"{what}: from write to browser, p50", percentile(milliseconds, 50), "ms", TARGET_P50_MS, more=False),
            Row(f"{what}: from write to browser, p99", percentile(milliseconds, 99), "ms", TARGET_P99_MS, more=False),
            Row(f"{what}: the server has grown by", growth, "MB", TARGET_GROWTH_MB, more=False),
            Row(f"{what}: of a core for the server", 100 * result.cpu_seconds / (load.seconds + 2), "%"),
        ]
    return rows


if __name__ == "__main__":
    show(run())
