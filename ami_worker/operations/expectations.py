"""Waiting for what the events will show: a verdict over the picture, a deadline, and nothing that polls.

`Operations` alone makes `Expectations`; an operation waits through its `Attempt`. A verdict is looked at once when
it is set up (the events may have come before the reply) and again after every message that the mirror took.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ami_worker.operations.intents import Ended, Outcome


Verdict = Callable[[], Outcome | None]
"""What the picture says now: an outcome when it is decided, None while it is not. It may raise Ended, which decides
it too.
"""


class LinkLost(Exception):
    """A session ended while an operation waited; str() says why."""


class Expectations:
    """The verdicts that are waited for. All on one event loop, so nothing here needs a lock."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[Outcome], Verdict] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    async def settle(self, verdict: Verdict, timeout: float) -> Outcome | None:
        """The verdict's outcome, or None when it has not been decided after `timeout` seconds. Raises LinkLost."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[future] = verdict
        try:
            self._look(future, verdict)
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            return None
        finally:
            del self._waiting[future]

    def observe(self) -> None:
        """The picture may have changed."""
        for future, verdict in list(self._waiting.items()):
            self._look(future, verdict)

    def lost(self, reason: str) -> None:
        """What happens from now on will not be seen, or cannot be told from what others do."""
        for future in list(self._waiting):
            if not future.done():
                future.set_exception(LinkLost(reason))

    @staticmethod
    def _look(future: asyncio.Future[Outcome], verdict: Verdict) -> None:
        if future.done():
            return
        try:
            outcome = verdict()
        except Ended as ended:
            outcome = ended.outcome
        except Exception as failed:
            # This runs in the reader: a mistake in one verdict must end that command, never the session.
            future.set_exception(failed)
            return
        if outcome is not None:
            future.set_result(outcome)
