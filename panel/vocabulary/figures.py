"""What a worker says of its own work, for `/metrics`: it has no port that could be asked. See `panel.vocabulary`.

Everything here only counts, from the moment at which this worker took the PBX over.
"""

from __future__ import annotations

from typing import TypedDict


class Timing(TypedDict):
    """How long something took: for each bound, the last of which is `+Inf`, how often it took no longer."""

    buckets: list[tuple[str, int]]
    sum: float


class WorkerFigures(TypedDict):
    events: int  # of the PBX, that the mirror took
    changes: int  # written into the log
    resyncs: int  # comparisons of everything with the PBX
    sessions_lost: int  # for events
    flushes_failed: int
    flush: Timing  # of the transaction
    lag: Timing  # from the first event of a batch to its commit
