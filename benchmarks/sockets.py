"""How soon 200 browsers on one Daphne see what the worker has written: 100 changes a second, each in a transaction of
its own.

`python benchmarks/sockets.py` prints the table; `make bench` calls `run()`. The database is a SQLite file, Daphne is
the real one as `manage.py web` runs it, and the sockets are held by a process of their own (held_sockets.py). Each
change is to another row, so every one of them has to reach every socket; none may be merged away. Times are from just
before the writing transaction to the arrival of the frame.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple


ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.table import Row, percentile, show  # noqa: E402


SOCKETS = 200
CHANGES_A_SECOND = 100
SECONDS = 15
EXTENSIONS = 1_000
PEOPLE = 25  # eight sockets each: an operator may have ten

TARGET_P99_MS = 60.0


class Result(NamedTuple):
    """What the sockets saw. `latencies` in seconds, one for each change and socket.

    `cpu_seconds` is what the server used meanwhile. `busy` is the part of a core that holding the sockets took: it has
    to be far from one, or it is the holder that is measured. `others` is the part of the machine that was not ours.
    """

    expected: int
    latencies: list[float]
    gaps: int
    closed: int
    frames: int
    cpu_seconds: float
    busy: float
    others: float


def measure() -> Result:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cordboard-bench-")))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")
        for name in ("AMI_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        os.environ |= {"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}"}
        import django

        django.setup()
        from django.core.management import call_command

        from tests.live.conftest import log_in, operator
        from tests.live.server import running
        from tests.live.worker import Worker, extension

        call_command("migrate", verbosity=0)
        cookies = [log_in(operator(f"operator{number}")) for number in range(PEOPLE)]
        worker = Worker().begin()
        now = time.time()
        worker.write(*(extension(str(1000 + number), name=str(now)) for number in range(EXTENSIONS)))
        server = stack.enter_context(running("web", folder))
        holder = stack.enter_context(_holder(server.port, cookies))
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "ready"
        count = SECONDS * CHANGES_A_SECOND
        used, own, machine, began = server.cpu_seconds(), time.process_time(), _machine_seconds(), time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, began + number / CHANGES_A_SECOND - time.monotonic()))
            key = str(1000 + number % EXTENSIONS)
            worker.write(extension(key, state="ringing" if number % 2 else "idle", name=str(time.time())))
        time.sleep(2)
        used, lasted = server.cpu_seconds() - used, time.monotonic() - began
        busy = (_machine_seconds() - machine - used - (time.process_time() - own)) / lasted
        seen = json.loads(holder.communicate()[0])
        others = max(0.0, busy - seen["busy"]) / (os.cpu_count() or 1)
        return Result(count * SOCKETS, cpu_seconds=used, others=others, **seen)


def _machine_seconds() -> float:
    """CPU time that the whole machine has spent on anything, with what its host has taken from it."""
    user, nice, system, _, _, irq, softirq, steal, *_ = Path("/proc/stat").read_text().split()[1:11]
    return sum(map(int, (user, nice, system, irq, softirq, steal))) / os.sysconf("SC_CLK_TCK")


def _holder(port: int, cookies: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "benchmarks" / "held_sockets.py"), str(port), json.dumps(cookies), str(SOCKETS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def run() -> list[Row]:
    """The rows of the table. Takes about half a minute."""
    result = measure()
    lost = result.expected - len(result.latencies) + result.gaps + result.closed
    milliseconds = [1000 * latency for latency in result.latencies]
    what = f"{SOCKETS} sockets on one Daphne, {CHANGES_A_SECOND} changes/s"
    return [
        Row(f"{what}: lost changes, gaps and sockets", lost, "", 0, more=False),
        Row(f"{what}: from write to browser, p50", percentile(milliseconds, 50), "ms"),
        Row(f"{what}: from write to browser, p99", percentile(milliseconds, 99), "ms", TARGET_P99_MS, more=False),
        Row(f"{what}: frames", result.frames / SECONDS, "/s"),
        Row(f"{what}: the server's CPU time a frame", 1e6 * result.cpu_seconds / result.frames, "µs"),
        Row(f"{what}: of a core for holding the sockets", 100 * result.busy, "%"),
        Row(f"{what}: of the machine for others' work", 100 * result.others, "%"),
    ]


if __name__ == "__main__":
    show(run())
