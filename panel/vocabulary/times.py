"""Times as the wire has them. See `panel.vocabulary`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=8192)
def utc(seconds: float) -> str:
    """Seconds since the epoch as the wire has them: `2026-11-22T10:42:07.123Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def seconds(at: str) -> float:
    """The inverse of `utc`. Raises ValueError for anything else."""
    return datetime.fromisoformat(at.removesuffix("Z") + "+00:00").timestamp()
