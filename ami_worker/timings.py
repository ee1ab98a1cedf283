"""How long something took, counted by bounds, so that a program that watches can tell the slowest hundredth.

Used by the flusher. Pure.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from panel.vocabulary import Timing


BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds. More than the last is counted as well."""


class Timings:
    """Counts; forgets nothing and does not grow."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._sum += seconds

    def figures(self) -> Timing:
        names = [*map(str, BOUNDS), "+Inf"]
        return Timing(buckets=list(zip(names, accumulate(self._counts), strict=True)), sum=self._sum)
