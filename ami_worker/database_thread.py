"""A thread that does nothing but ask the database, on one connection that it keeps.

Used by `service`, `alerting` and `filming`, each with one of its own, so that none of them waits for another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from django.db import connections

from panel.live.connection import HeldConnection


T = TypeVar("T")


class DatabaseThread:
    """What it is given is done in the order in which it was given."""

    def __init__(self, name: str) -> None:
        self._connection = HeldConnection()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, function: Callable[[], T]) -> T:
        """Raises what the function raises."""

        def call() -> T:
            with self._connection.in_use():
                return function()

        # With the context: what is logged there is about the same command.
        return await asyncio.get_running_loop().run_in_executor(self._thread, copy_context().run, call)

    def close(self, *, wait: bool = False) -> None:
        """What it has been given is still done; only with `wait` is it done when this returns."""
        self._thread.submit(connections.close_all)
        self._thread.shutdown(wait=wait)
