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
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple


ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.table import Row, percentile, show  # noqa: E402


if TYPE_CHECKING:
    from tests.live.server import Server
    from tests.live.worker import Worker


EXTENSIONS = 1_000
SOCKETS_EACH = 8
"""An operator may have ten."""

TARGET_P99_MS = 60.0


class Load(NamedTuple):
    """What is done."""

    sockets: int
    changes_a_second: int
    seconds: int
    together: int = 1
    """Changes in one transaction, as a worker under load writes them."""


LOAD = Load(sockets=200, changes_a_second=100, seconds=15)


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


class Office(NamedTuple):
    """What a server needs to be there. Each of the cookies is for some sockets; `worker` writes."""

    folder: Path
    cookies: list[str]
    worker: Worker


@contextmanager
def prepared(sockets: int, extensions: int = EXTENSIONS) -> Iterator[Office]:
    """A database with people for so many sockets, and so many extensions."""
    with tempfile.TemporaryDirectory(prefix="cordboard-bench-") as temporary:
        folder = Path(temporary)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")
        for name in ("AMI_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        os.environ |= {"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}"}
        import django

        django.setup()
        from django.core.management import call_command

        from tests.live.conftest import log_in, operator
        from tests.live.worker import Worker, extension

        call_command("migrate", verbosity=0)
        cookies = [log_in(operator(f"operator{number}")) for number in range(sockets // SOCKETS_EACH)]
        worker = Worker().begin()
        now = time.time()
        worker.write(*(extension(str(1000 + number), name=str(now)) for number in range(extensions)))
        yield Office(folder, cookies, worker)


def under_load(server: Server, office: Office, load: Load, extensions: int = EXTENSIONS) -> Result:
    """What sockets on the server see of changes to one extension after the other."""
    from tests.live.worker import extension

    with _holder(server.port, office.cookies, load.sockets) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "ready"
        count = load.seconds * load.changes_a_second
        used, own, machine, began = server.cpu_seconds(), time.process_time(), _machine_seconds(), time.monotonic()
        for first in range(0, count, load.together):
            time.sleep(max(0.0, began + first / load.changes_a_second - time.monotonic()))
            numbers, now = range(first, first + load.together), str(time.time())
            office.worker.write(
                *(
                    extension(str(1000 + number % extensions), state="ringing" if number % 2 else "idle", name=now)
                    for number in numbers
                )
            )
        time.sleep(2)
        used, lasted = server.cpu_seconds() - used, time.monotonic() - began
        busy = (_machine_seconds() - machine - used - (time.process_time() - own)) / lasted
        seen = json.loads(holder.communicate()[0])
    others = max(0.0, busy - seen["busy"]) / (os.cpu_count() or 1)
    return Result(count * load.sockets, cpu_seconds=used, others=others, **seen)


def measure() -> Result:
    with ExitStack() as stack:
        office = stack.enter_context(prepared(LOAD.sockets))
        from tests.live.server import running

        return under_load(stack.enter_context(running("web", office.folder)), office, LOAD)


def _machine_seconds() -> float:
    """CPU time that the whole machine has spent on anything, with what its host has taken from it."""
    user, nice, system, _, _, irq, softirq, steal, *_ = Path("/proc/stat").read_text().split()[1:11]
    return sum(map(int, (user, nice, system, irq, softirq, steal))) / os.sysconf("SC_CLK_TCK")


def _holder(port: int, cookies: list[str], sockets: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "benchmarks" / "held_sockets.py"), str(port), json.dumps(cookies), str(sockets)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def run() -> list[Row]:
    """The rows of the table. Takes about half a minute."""
    result = measure()
    lost = result.expected - len(result.latencies) + result.gaps + result.closed
    milliseconds = [1000 * latency for latency in result.latencies]
    what = f"{LOAD.sockets} sockets on one Daphne, {LOAD.changes_a_second} changes/s"
    return [
        Row(f"{what}: lost changes, gaps and sockets", lost, "", 0, more=False),
        Row(f"{what}: from write to browser, p50", percentile(milliseconds, 50), "ms"),
        Row(f"{what}: from write to browser, p99", percentile(milliseconds, 99), "ms", TARGET_P99_MS, more=False),
        Row(f"{what}: frames", result.frames / LOAD.seconds, "/s"),
        Row(f"{what}: the server's CPU time a frame", 1e6 * result.cpu_seconds / result.frames, "µs"),
        Row(f"{what}: of a core for holding the sockets", 100 * result.busy, "%"),
        Row(f"{what}: of the machine for others' work", 100 * result.others, "%"),
    ]


if __name__ == "__main__":
    show(run())
