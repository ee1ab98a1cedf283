"""The rows that benchmarks return, and how they are printed.

Every benchmark module may call this; it measures nothing itself.
"""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """One figure. `target` is what it must at least (`more`) or at most (`not more`) be.

    None is for information only.
    """

    what: str
    figure: float
    unit: str
    target: float | None = None
    more: bool = True

    @property
    def is_reached(self) -> bool:
        if self.target is None:
            return True
        return self.figure >= self.target if self.more else self.figure <= self.target


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that `percent` of them do not exceed. Raises ValueError when there are none."""
    if not values:
        raise ValueError("there is nothing to take a percentile of")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def median(values: Sequence[float]) -> float:
    """The middle of the values: one slow round on a noisy machine does not move it."""
    return statistics.median(values)


def machine() -> str:
    """One line that names the machine a figure belongs to."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return (
        f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    )


def show(rows: Iterable[Row]) -> None:
    """Print the rows as a table."""
    print(f"\n{'what':<78} {'reached':>14} {'to reach':>14}")
    for row in rows:
        target = "" if row.target is None else f"{'≥' if row.more else '≤'} {row.target:g} {row.unit}"
        verdict = "" if row.target is None else ("  yes" if row.is_reached else "  NO")
        print(f"{row.what:<78} {f'{row.figure:,.4g} {row.unit}':>14} {target:>14}{verdict}")
