"""How long to wait before the next attempt to connect. Import it from `connection`."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from ami_worker.ami.errors import LoginRefused


LOST_SECONDS = (0.5, 1.0, 2.0, 3.0)
"""However long the PBX was away: within five seconds of its return the picture is to be right again."""

REFUSED_SECONDS = (30.0, 60.0, 120.0, 300.0)
"""fail2ban's usual rule is five failures in ten minutes; nobody mends a wrong secret in a second anyway."""
JITTER = 0.25
"""At most this part of a delay is added to it, so that several workers do not come back in step."""


class Backoff(Iterator[float]):
    """Delays in seconds that grow with each attempt: quick after a loss, slow after a refused log-in."""

    def __init__(self, rng: Callable[[], float] = random.random) -> None:
        self._rng = rng
        self._lost = 0
        self._refused = 0

    def next(self) -> float:
        """The delay after a connection was lost or could not be made: 0.5 to 3.75 s."""
        self._lost += 1
        return self._spread(LOST_SECONDS, self._lost)

    def refused(self) -> float:
        """The delay after a refused log-in: never less than 30 s."""
        self._refused += 1
        return self._spread(REFUSED_SECONDS, self._refused)

    def _spread(self, row: tuple[float, ...], attempt: int) -> float:
        return row[min(attempt, len(row)) - 1] * (1 + JITTER * self._rng())

    def after(self, error: Exception) -> float:
        """The delay that fits what went wrong."""
        return self.refused() if isinstance(error, LoginRefused) else self.next()

    def reset(self) -> None:
        """Start from the shortest delays; for when a session has proved itself."""
        self._lost = self._refused = 0

    def __next__(self) -> float:
        return self.next()


def backoff() -> Backoff:
    """A new row of delays, one for each connection that is kept up."""
    return Backoff()
