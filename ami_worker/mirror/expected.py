"""Who is about to be taken out of a queue by an operator: that is no abandoned call. Used by `passages.py`."""

from __future__ import annotations

from typing import Final, NamedTuple

from ami_worker.mirror.records import PassageOutcome


EXPECTED_SECONDS: Final = 15.0
"""How long a move or a withdrawal that was announced may take until the queue tells of it."""


class _Announced(NamedTuple):
    outcome: PassageOutcome
    until: float


class Expected:
    """By the caller's Uniqueid, what will become of its passage. `at` is now, in seconds."""

    def __init__(self) -> None:
        self._announced: dict[str, _Announced] = {}

    def add(self, uniqueid: str, outcome: PassageOutcome, at: float) -> None:
        """We are about to take this caller out of its queue."""
        self._announced = {each: told for each, told in self._announced.items() if told.until > at}
        self._announced[uniqueid] = _Announced(outcome, at + EXPECTED_SECONDS)

    def take_back(self, uniqueid: str) -> None:
        """The PBX has refused it: the caller stays."""
        self._announced.pop(uniqueid, None)

    def take(self, uniqueid: str, at: float) -> PassageOutcome | None:
        """The caller has left its queue: what was announced, unless that is too long ago."""
        told = self._announced.pop(uniqueid, None)
        return told.outcome if told is not None and told.until > at else None
