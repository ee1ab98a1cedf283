"""Small things that the tests of the session share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ami_worker.ami.connection import AmiError, Response, Timeouts
from ami_worker.ami.protocol import Message


# Where the session must live, a machine that is busy with other things must not end it; where it must end, let it be
# soon.
LIVELY = Timeouts(ping_interval=0.05, ping=10)
FORGIVING = Timeouts(ping_interval=0.05, ping=0.2, busy=30)
HASTY = Timeouts(ping_interval=0.05, ping=0.2, busy=0.5)
PATIENT = Timeouts(ping_interval=60)


async def until(condition: Callable[[], object], timeout: float = 5.0) -> None:
    """Wait until a function says so; TimeoutError when it does not in time."""
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110 - what is waited for knows nothing of asyncio
            await asyncio.sleep(0.005)


async def outcome(sending: Awaitable[Response]) -> Response | AmiError:
    """What became of an action, for those that are waited for together."""
    try:
        return await sending
    except AmiError as error:
        return error


def names(messages: list[Message]) -> list[str]:
    return [message.name for message in messages]
