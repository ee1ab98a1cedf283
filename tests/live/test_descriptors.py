"""A web process that may open no more files (case 48)."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage

from tests.ami.helpers import until
from tests.live.client import opened
from tests.live.conftest import log_in, operator
from tests.live.server import Server
from tests.live.worker import Worker, extension


ROOM = 10
"""Files that it may open beyond those that it has open."""

REFUSED = (ConnectionError, EOFError, InvalidMessage, ConnectionClosed)
"""At once: nobody is left waiting."""


@contextmanager
def full(server: Server) -> Iterator[None]:
    """As many connections as the server may have, from people who say nothing."""
    usual = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    highest = max(int(file.name) for file in Path(f"/proc/{server.pid}/fd").iterdir())
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (highest + 1 + ROOM, usual[1]))
    with ExitStack() as crowd:
        for _ in range(2 * ROOM + highest):  # there may be gaps below the highest
            crowd.enter_context(socket.create_connection(("127.0.0.1", server.port), 5))
        yield


async def test_a_server_that_may_open_no_more_files_lets_nobody_in_and_disturbs_nobody_who_is_there(
    run_server: Callable[..., Server], worker: Worker
) -> None:
    worker.write(extension("201"), extension("202"))
    server = run_server("web")
    cookie = log_in(operator("alice", extension="201"))
    async with opened(server, cookie) as alice:
        await alice.subscribe()
        with full(server):
            await until(lambda: "Nobody new can come in: Too many open files." in server.log.read_text())
            with pytest.raises(REFUSED):
                async with asyncio.timeout(2), opened(server, cookie) as another:
                    await another.subscribe()
            for number in range(300, 303):
                await alice.until_seq(worker.write(extension(str(number))))
            assert (await alice.ask("ping"))["success"] is True
            answer = await alice.ask("command", name="call", args={"to": "202"})
            assert answer["success"] or answer["error"]["code"] == "unavailable", "no button is silent"
        async with asyncio.timeout(5), opened(server, cookie) as another:
            await another.subscribe()
        assert (await alice.ask("command", name="call", args={"to": "202"}))["success"] is True
        assert alice.reducer.resyncs == 0
