"""The worker's whole way in one process: parse, mirror, flush to SQLite, and encode what a browser gets; next to
panoramisk, which only parses.

`python -m benchmarks pipeline` prints the table. The bytes are 1,500 calls through a queue, of which fifty go on at any
time. They are fed as fast as they are taken, so changes are written in batches as under heavy load: one flush for what
came within its interval.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import deque
from itertools import islice


os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="cordboard-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")

import django


django.setup()

from django.core.management import call_command  # noqa: E402

from ami_worker.ami.protocol import Parser  # noqa: E402
from ami_worker.lease import Lease  # noqa: E402
from ami_worker.mirror import Change, Mirror  # noqa: E402
from ami_worker.store import Store  # noqa: E402
from benchmarks.parse import (  # noqa: E402
    BANNER,
    EVENTS_PER_CALL,
    QUEUE_CALLS,
    READ_SIZE,
    parse_panoramisk,
    queue_call,
)
from benchmarks.table import Row, median, show  # noqa: E402
from panel.live.models import Change as ChangeRow  # noqa: E402
from panel.live.wire import Patch, encode  # noqa: E402
from panel.vocabulary import Link  # noqa: E402


ROUNDS = 9
"""One takes a second, in which the machine may have had something else to do."""

BATCH_SECONDS = 0.05
CONCURRENT = 50
EVENTS = QUEUE_CALLS * EVENTS_PER_CALL


def stream() -> list[bytes]:
    """The reads of a socket: fifty calls take turns, event by event, and each that ends makes room for the next."""
    waiting = (queue_call(number, 0) for number in range(QUEUE_CALLS))
    going = deque(islice(waiting, CONCURRENT))
    events: list[str] = []
    while going:
        call = going.popleft()
        event = next(call, None)
        if event is not None:
            events.append(event)
            going.append(call)
        elif (following := next(waiting, None)) is not None:
            going.append(following)
        # The calls are out of step, as they are on a PBX: now and then one says two things at once.
        going.rotate(-1 if len(events) % 7 == 0 else 0)
    data = "".join(events).encode()
    return [data[start : start + READ_SIZE] for start in range(0, len(data), READ_SIZE)]


def _encode(changes: list[Change]) -> int:
    """What the feed does for one audience: each row once, then the frame. Returns its length."""
    rows = {(change.kind.value, change.key): None if change.row is None else encode(change.row) for change in changes}
    return sum(map(len, Patch("bench", 0, len(changes), rows).texts))


def whole_way(reads: list[bytes]) -> float:
    """Seconds for all the events from bytes to frames."""
    lease = Lease("bench", "benchmark", 3600)
    assert lease.acquire()
    store = Store(lease)
    parser, mirror = Parser(), Mirror("bench")
    mirror.set_link(Link.LIVE)
    parser.feed(BANNER)
    written = 0
    started = flushed = time.perf_counter()
    for data in reads:
        for message in parser.feed(data):
            mirror.apply(message)
        if time.perf_counter() - flushed >= BATCH_SECONDS:
            flushed = time.perf_counter()
            written += _flush(mirror, store)
    written += _flush(mirror, store)
    spent = time.perf_counter() - started
    assert written, "nothing was written"
    assert not mirror.calls, "a call is left"
    ChangeRow.objects.filter(pbx="bench").delete()
    return spent


def _flush(mirror: Mirror, store: Store) -> int:
    changes = mirror.changes()
    if changes:
        store.flush([*changes, *mirror.records()])
        _encode(changes)
    return len(changes)


def run() -> list[Row]:
    """The rows of the table; ratios are of medians over interleaved rounds."""
    call_command("migrate", verbosity=0)
    reads = stream()
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(whole_way(reads))
        started = time.perf_counter()
        assert parse_panoramisk(reads) == EVENTS
        theirs.append(time.perf_counter() - started)
    rate, bare = EVENTS / median(ours), EVENTS / median(theirs)
    return [
        Row("pipeline: parse, mirror, flush to SQLite, encode", rate, "events/s"),
        Row("pipeline: panoramisk 1.4, parsing alone, same bytes", bare, "events/s"),
        Row("pipeline: whole way against panoramisk's bare parse", rate / bare, "times", 0.5),
    ]


if __name__ == "__main__":
    show(run())
