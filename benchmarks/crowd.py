"""A thousand browsers on one Daphne: how soon all of them are served again after it was killed, and what holding them
costs at 20 changes a second, next to the plain alternative (benchmarks/group_send.py).

`python -m benchmarks crowd` prints the table. The browsers are a process of their own (returning_sockets.py,
held_sockets.py), the database is a SQLite file. A delivery is a change that a socket was told of, whether alone in a
frame or with others.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import NamedTuple

from benchmarks.sockets import ROOT, Load, Office, Result, prepared, under_load
from benchmarks.table import Row, percentile, show


SOCKETS = 1_000
EXTENSIONS = 100
LOAD = Load(SOCKETS, changes_a_second=20, seconds=15)

TARGET_BACK_SECONDS = 10.0
TARGET_RATIO = 20.0


class Return(NamedTuple):
    seconds: list[float]
    """From when the web was killed, for each of the sockets."""

    cpu_seconds: float
    """Of the new web, until the last of them was served."""


def returned(office: Office) -> Return:
    """What comes of a web that is killed, and that its supervisor starts again at once."""
    from tests.live.server import running

    with running("web", office.folder) as server:
        arguments = [str(server.port), json.dumps(office.cookies), str(SOCKETS)]
        browsers = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.returning_sockets", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert browsers.stdout is not None
            assert browsers.stdout.readline().strip() == "ready"
            killed = time.time()
            server.kill()
            server.start()
            served = json.loads(browsers.stdout.readline())
            return Return([at - killed for at in served], server.cpu_seconds())
        finally:
            browsers.kill()
            browsers.communicate()


def held(office: Office, kind: str, application: str) -> Result:
    from tests.live.server import running

    with running(kind, office.folder, application) as server:
        return under_load(server, office, LOAD, EXTENSIONS)


def run() -> list[Row]:
    """The rows of the table. Takes about a minute."""
    with prepared(SOCKETS, EXTENSIONS) as office:
        back = returned(office)
        ours = held(office, "web", "panel.asgi:application")
        theirs = held(office, "daphne", "benchmarks.group_send:application")
    lost = ours.expected - len(ours.latencies) + ours.gaps + ours.closed
    milliseconds = [1000 * latency for latency in ours.latencies]
    what = f"{SOCKETS:,} sockets on one Daphne"
    load = f"{what}, {LOAD.changes_a_second} changes/s"
    return [
        Row(f"{what}, killed and started again: half of them served", percentile(back.seconds, 50), "s"),
        Row(f"{what}, killed and started again: CPU of the new web", back.cpu_seconds, "s"),
        Row(
            f"{what}, killed and started again: all of them served",
            max(back.seconds),
            "s",
            TARGET_BACK_SECONDS,
            more=False,
        ),
        Row(f"{load}: lost changes, gaps and sockets", lost, "", 0, more=False),
        Row(f"{load}: from write to browser, p50", percentile(milliseconds, 50), "ms"),
        Row(f"{load}: from write to browser, p99", percentile(milliseconds, 99), "ms"),
        Row(f"{load}: of a core for the server", 100 * ours.cpu_seconds / (LOAD.seconds + 2), "%"),
        Row(f"{load}: deliveries in a second of CPU", _deliveries(ours), "/s"),
        Row(f"{load}, group_send: deliveries in a second of CPU", _deliveries(theirs), "/s"),
        Row(f"{load}, group_send: lost changes", theirs.expected - len(theirs.latencies), ""),
        Row(f"{load}: deliveries against group_send", _deliveries(ours) / _deliveries(theirs), "times", TARGET_RATIO),
    ]


def _deliveries(result: Result) -> float:
    return len(result.latencies) / result.cpu_seconds


if __name__ == "__main__":
    show(run())
