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

    Args:
        start: the first moment.
        speed: how many times faster people live: every delay is divided by it. The moments themselves stay those of
            the wall clock, so that what is written on the wire is always true.
    """

    def __init__(self, start: float, *, speed: float = 1.0) -> None:
        self.now = start
        self.speed = speed
        self.alarm: Callable[[], object] | None = None  # told when something new is to happen before all else
        self._timers: list[Timer] = []
        self._count = 0
        self._running = False

    def after(self, delay: float, call: Callable[..., object], *args: Any) -> Timer:
        """Call `call(*args)` when `delay` seconds of the office's life have passed."""
        return self.at(self.now + delay / self.speed, call, *args)

    def soon(self, call: Callable[..., object], *args: Any) -> Timer:
        """Call it at this very moment, but after what is going on now and what was asked for before."""
        return self.at(self.now, call, *args)

    def at(self, moment: float, call: Callable[..., object], *args: Any) -> Timer:
        self._count += 1
        timer = Timer(moment, self._count, call, args)
        heapq.heappush(self._timers, timer)
        if self.alarm is not None and not self._running and self._timers[0] is timer:
            self.alarm()
        return timer

    def deadline(self, delay: float) -> float:
        """The moment that is `delay` seconds of the office's life away."""
        return self.now + delay / self.speed

    def left(self, moment: float) -> float:
        """How many seconds of the office's life there are until `moment`; 0 if it has passed."""
        return max(0.0, (moment - self.now) * self.speed)

    @property
    def next_at(self) -> float | None:
        """When something is to happen next; None if nothing is."""
        while self._timers and self._timers[0].call is None:
            heapq.heappop(self._timers)
        return self._timers[0].at if self._timers else None

    def run_until(self, moment: float, *, limit: int = 0) -> bool:
        """Let everything happen that is due up to `moment`, which then is now.

        With a `limit` it stops after that many happenings, so that a server can breathe in between. Returns whether
        all that was due has happened.
        """
        self._running = True
        try:
            finished = self._run(moment, limit)
        finally:
            self._running = False
        if finished:
            self.now = max(self.now, moment)
        return finished

    def _run(self, moment: float, limit: int) -> bool:
        done = 0
        while (due := self.next_at) is not None and due <= moment:
            if limit and done >= limit:
                return False
            timer = heapq.heappop(self._timers)
            self.now = max(self.now, timer.at)
            call = timer.call
            if call is not None:
                call(*timer.args)
            done += 1
        return True
