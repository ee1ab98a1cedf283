"""Claims: which operator is about to do something with a call. Used inside the mirror, through `Mirror.set_claim`.

A claim belongs to the call and ends with it, at its time, or when it is taken back. A command at work comes before a
word in advance, and else the first one holds.
"""

from __future__ import annotations

from typing import NamedTuple

from ami_worker.mirror.text import clean
from ami_worker.mirror.world import World
from panel.vocabulary import Claim, Kind, utc


WORD_IN_ADVANCE = "claim"


class Claimed(NamedTuple):
    """What one operator does with one call."""

    operator: str
    name: str
    doing: str
    until: float | None

    def row(self) -> Claim:
        return Claim(
            operator=self.operator,
            name=clean(self.name),
            doing=self.doing,
            until_at=None if self.until is None else utc(self.until),
        )


class Claims:
    def __init__(self, world: World) -> None:
        self._world = world

    def set(self, key: str, operator: str, name: str, doing: str, until: float | None) -> None:
        call = self._world.calls.get(key)
        if call is not None:
            call.claims = {**(call.claims or {}), operator: Claimed(operator, name, doing, until)}
            self._world.dirty[Kind.CALL].add(key)
            if until is not None:
                self._world.touch_later(until, Kind.CALL, key)

    def clear(self, key: str, operator: str) -> None:
        call = self._world.calls.get(key)
        if call is not None and call.claims is not None and call.claims.pop(operator, None) is not None:
            self._world.dirty[Kind.CALL].add(key)


def shown(claims: dict[str, Claimed], at: float) -> Claimed | None:
    """The claim that counts; those that are over are dropped."""
    for operator in [operator for operator, claim in claims.items() if claim.until is not None and claim.until <= at]:
        del claims[operator]
    at_work = (claim for claim in claims.values() if claim.doing != WORD_IN_ADVANCE)
    return next(at_work, None) or next(iter(claims.values()), None)
