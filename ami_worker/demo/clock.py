"""Time in the demo PBX: a heap of what is to happen, and the moment that it is now.

The whole demo is driven by one `Clock`. It knows nothing of the real time: whoever owns it calls `run_until`, the
server with the wall clock, a test with whatever moment it likes. What happens at the same moment happens in the order
in which it was asked for, so that the same seed gives the same office.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any


class Timer:
    """Something that will happen. `cancel()` makes it not happen; cancelling twice, or too late, is harmless."""

    __slots__ = ("args", "at", "call", "number")

    def __init__(self, at: float, number: int, call: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.at = at
        self.number = number
        self.call: Callable[..., object] | None = call
        self.args = args

    def cancel(self) -> None:
        self.call = None
        self.args = ()

    def __lt__(self, other: Timer) -> bool:
        return (self.at, self.number) < (other.at, other.number)


class Clock:
    """Seconds since the epoch as the office sees them.

    What is to happen is ordered by `lived`, how long the office has been living, and not by the wall clock: so the same
    seed gives the same story, to the last coincidence, whenever it begins and however fast it is played.

    Args:
        start: the first moment.
        speed: how many times faster people live. The moments on the wire (`now`) stay those of the wall clock, so that
            what is written there is always true.
    """

    def __init__(self, start: float, *, speed: float = 1.0) -> None:
        self.start = start
        self.speed = speed
        self.lived = 0.0
        self.alarm: Callable[[], object] | None = None  # told when something new is to happen before all else
        self._timers: list[Timer] = []
        self._count = 0
        self._running = False

    @property
    def now(self) -> float:
        """The moment that it is, by the wall clock."""
        return self.start + self.lived / self.speed

    def after(self, delay: float, call: Callable[..., object], *args: Any) -> Timer:
        """Call `call(*args)` when `delay` seconds of the office's life have passed."""
        return self._at(self.lived + delay, call, args)

    def soon(self, call: Callable[..., object], *args: Any) -> Timer:
        """Call it at this very moment, but after what is going on now and what was asked for before."""
        return self._at(self.lived, call, args)

    def _at(self, lived: float, call: Callable[..., object], args: tuple[Any, ...]) -> Timer:
        self._count += 1
        timer = Timer(lived, self._count, call, args)
        heapq.heappush(self._timers, timer)
        if self.alarm is not None and not self._running and self._timers[0] is timer:
            self.alarm()
        return timer

    def deadline(self, delay: float) -> float:
        """What `lived` will be in `delay` seconds of the office's life."""
        return self.lived + delay

    def left(self, deadline: float) -> float:
        """How many seconds of the office's life there are until then; 0 if it has passed."""
        return max(0.0, deadline - self.lived)

    @property
    def next_at(self) -> float | None:
        """When something is to happen next, by the wall clock; None if nothing is."""
        timer = self._next()
        return None if timer is None else self.start + timer.at / self.speed

    def _next(self) -> Timer | None:
        while self._timers and self._timers[0].call is None:
            heapq.heappop(self._timers)
        return self._timers[0] if self._timers else None

    def run_until(self, moment: float, *, limit: int = 0) -> bool:
        """Let everything happen that is due up to `moment` of the wall clock, which then is now.

        With a `limit` it stops after that many happenings, so that a server can breathe in between. Returns whether
        all that was due has happened.
        """
        return self._run_to((moment - self.start) * self.speed, limit)

    def run_for(self, seconds: float) -> None:
        """Let everything happen that is due in so many seconds of the office's life."""
        self._run_to(self.lived + seconds, 0)

    def _run_to(self, lived: float, limit: int) -> bool:
        self._running = True
        try:
            finished = self._run(lived, limit)
        finally:
            self._running = False
        if finished:
            self.lived = max(self.lived, lived)
        return finished

    def _run(self, lived: float, limit: int) -> bool:
        done = 0
        while (timer := self._next()) is not None and timer.at <= lived:
            if limit and done >= limit:
                return False
            heapq.heappop(self._timers)
            self.lived = max(self.lived, timer.at)
            call = timer.call
            if call is not None:
                call(*timer.args)
            done += 1
        return True
