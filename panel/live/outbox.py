"""What waits to be sent on one socket, and how much of what was sent has not been seen yet.

Only `consumer` and the tests may call this module. Daphne takes whatever it is given and keeps it for a socket that
does not read, without end; other servers block. So neither is relied on: the client acknowledges the seq that it has
shown, and with too much unacknowledged the outbox holds back. What it holds is merged, entity by entity, so it never
grows beyond the picture itself, and when the client comes round it gets one patch that leads from what it had to what
is.

The window. Patches that are sent and not acknowledged may come to WINDOW_BYTES, for a client that has never
acknowledged anything to PATIENT_WINDOW_BYTES: a script that only reads is served for a good while, and for as long as
it likes when it says `ack` now and then. The snapshot does not count, unless the one before it is unacknowledged too.
A client that leaves the window full for HELD_SECONDS has gone to sleep: the socket is closed, and its next one begins
with a snapshot.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple, NoReturn

from panel.live.wire import Patch, Snapshot
from panel.vocabulary import utc


WINDOW_BYTES = 256 * 1024
PATIENT_WINDOW_BYTES = 4 * 1024 * 1024
HELD_SECONDS = 12.0
MOST_RESULTS = 400


class _Sent(NamedTuple):
    seq: int
    size: int
    is_snapshot: bool


class Window:
    """Counts the bytes that were sent and not acknowledged."""

    def __init__(self) -> None:
        self._sent: deque[_Sent] = deque()
        self._bytes = 0
        self._results = 0
        self._last = self._acked = -1
        self._limit = PATIENT_WINDOW_BYTES

    @property
    def is_open(self) -> bool:
        return self._bytes + self._results < self._limit

    def sent_snapshot(self, seq: int, size: int) -> None:
        """It has to be acknowledged, even if its seq has been before.

        It stands for all that was sent before it, in whatever epoch.
        """
        self._sent = deque(sent._replace(seq=min(sent.seq, seq)) for sent in self._sent)
        self._last, self._acked = seq, -1
        is_second = any(sent.is_snapshot for sent in self._sent)
        self._note(_Sent(seq, size if is_second else 0, True))

    def sent_patch(self, seq: int, size: int) -> None:
        self._last = seq
        # A heartbeat at a seq that was acknowledged asks for no further one.
        if seq > self._acked:
            self._note(_Sent(seq, size, False))

    def sent_result(self, size: int) -> None:
        """Results have no seq: any later acknowledgement covers them."""
        self._results += size

    def ack(self, seq: int) -> None:
        """The client has shown `seq`, and with it what was sent before.

        What was never sent cannot be acknowledged; that is ignored.
        """
        if seq > self._last:
            return
        while self._sent and self._sent[0].seq <= seq:
            self._bytes -= self._sent.popleft().size
        self._results = 0
        self._acked = max(self._acked, seq)
        self._limit = WINDOW_BYTES

    def _note(self, sent: _Sent) -> None:
        self._sent.append(sent)
        self._bytes += sent.size


class Outbox:
    """One socket's writer and its buffer.

    `send` sends a text; it may block, and may raise OSError when the client has gone. `clock` is monotonic, in seconds.
    """

    def __init__(
        self, send: Callable[[str], Awaitable[None]], clock: Callable[[], float], counts: Counter[str]
    ) -> None:
        self._send = send
        self._clock = clock
        self._counts = counts
        self._results: deque[str] = deque()
        self._parts: deque[str] = deque()  # of one snapshot or patch that is being sent
        self._snapshot: Snapshot | None = None
        self._patch: Patch | None = None
        self._window = Window()
        self._wake = asyncio.Event()
        self._stuck_since: float | None = None

    @property
    def is_stuck(self) -> bool:
        """Whether the client has taken nothing for so long that it is to be given up.

        To be asked every now and then.
        """
        if len(self._results) > MOST_RESULTS:
            return True
        return self._stuck_since is not None and self._clock() - self._stuck_since > HELD_SECONDS

    def put_result(self, text: str) -> None:
        self._results.append(text)
        self._wake.set()

    def put_snapshot(self, snapshot: Snapshot) -> None:
        """It stands for everything that waits."""
        self._snapshot, self._patch = snapshot, None
        self._wake.set()

    def put_patch(self, patch: Patch) -> None:
        self._patch = patch if self._patch is None else self._patch.then(patch)
        self._wake.set()

    def ack(self, seq: int) -> None:
        was_open = self._window.is_open
        self._window.ack(seq)
        if not was_open:  # else the writer waits for nothing but something to send
            self._wake.set()

    async def run(self) -> NoReturn:
        """Send what there is, in order: results first, then the snapshot, then the patch."""
        while True:
            text = self._next()
            if text is None:
                # With an open window there was nothing to send; with a full one the clock is ticking.
                if self._window.is_open:
                    self._stuck_since = None
                elif self._stuck_since is None:
                    self._stuck_since = self._clock()
                self._wake.clear()
                await self._wake.wait()
                continue
            held, self._stuck_since = self._stuck_since, self._clock()
            await self._send(text)
            self._stuck_since = None if self._window.is_open else held
            self._counts["frames"] += 1

    def _next(self) -> str | None:
        if self._results:
            text = self._results.popleft()
            self._window.sent_result(len(text))
            return text
        if self._parts:
            return self._parts.popleft()
        if not self._window.is_open:
            return None
        if self._snapshot is not None:
            seq, texts = self._snapshot.seq, self._snapshot.texts(utc(time.time()))
            self._snapshot = None
            self._window.sent_snapshot(seq, sum(map(len, texts)))
        elif self._patch is not None:
            seq, texts = self._patch.seq, self._patch.texts
            self._patch = None
            self._window.sent_patch(seq, sum(map(len, texts)))
        else:
            return None
        self._parts.extend(texts)
        return self._parts.popleft()
