"""Servers that are stopped, killed or just old (cases 27, 45, 49), and everybody at once (case 32)."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

import pytest
from websockets.exceptions import ConnectionClosed

from panel.commands.models import Command
from tests.live.client import Client, opened
from tests.live.conftest import log_in, operator
from tests.live.server import Server
from tests.live.worker import Worker, extension


BACK_SECONDS = 4.0


class Page:
    """A browser's page as it should be: it comes back by itself, with a little patience that differs from page to
    page.
    """

    def __init__(self, server: Server, cookie: str) -> None:
        self.server = server
        self.cookie = cookie
        self.closes: list[int | None] = []
        self.client: Client | None = None
        self._patience = random.Random(cookie)

    async def live(self) -> None:
        while True:
            try:
                async with opened(self.server, self.cookie) as client:
                    await client.request("subscribe")
                    self.client = client
                    self.closes.append(await client.closed(timeout=3600))
            except (OSError, ConnectionClosed, TimeoutError, EOFError):
                pass
            self.client = None
            await asyncio.sleep(self._patience.uniform(0.05, 0.5))

    def shows(self, *keys: str) -> bool:
        return self.client is not None and set(self.client.reducer.rows.get("extension", ())) >= set(keys)


async def until(holds: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 (what is waited for is spread over many pages)
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_after_a_restart_everybody_is_back_with_the_right_picture(
    run_server: Callable[..., Server], worker: Worker, kind: str, how: signal.Signals
) -> None:
    worker.write(extension("201"))
    server = run_server(kind)
    pages = [Page(server, log_in(operator(f"operator{number}"))) for number in range(10)]
    async with asyncio.TaskGroup() as tasks:
        lives = [tasks.create_task(page.live()) for page in pages]
        await until(lambda: all(page.shows("201") for page in pages), 10)
        worker.write(extension("202"))
        await asyncio.to_thread(server.kill, how)
        worker.write(extension("203"))
        await asyncio.to_thread(server.start)
        await until(lambda: all(page.shows("201", "202", "203") for page in pages), BACK_SECONDS)
        worker.write(extension("204"))
        await until(lambda: all(page.shows("204") for page in pages), BACK_SECONDS)
        for life in lives:
            life.cancel()


@pytest.mark.parametrize(("kind", "code"), [("daphne", 4503), ("uvicorn", 1012)])
async def test_a_server_that_is_stopped_says_so(
    run_server: Callable[..., Server], worker: Worker, kind: str, code: int
) -> None:
    """Daphne itself would just cut the connections. (It still does when it is stopped within a second or two after a
    page was asked for: it stumbles over the finished request.)
    """
    server = run_server(kind)
    async with opened(server, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        for _ in range(2):
            await alice.until(lambda frame: frame["type"] == "patch" and not frame["set"])
        await asyncio.to_thread(server.kill, signal.SIGTERM)
        assert await alice.closed() == code


async def test_a_command_that_was_on_its_way_when_the_server_was_stopped_is_either_written_or_was_never_accepted(
    run_server: Callable[..., Server], worker: Worker
) -> None:
    worker.write(extension("201"), *(extension(str(number)) for number in range(300, 312)))
    server = run_server()
    async with opened(server, log_in(operator("alice", extension="201"))) as alice:
        await alice.subscribe()
        for number in range(300, 312):
            await alice.request("command", name="call", args={"to": str(number)})
        first = await alice.until(lambda frame: frame["type"] == "result" and frame["id"] > 1)
        await asyncio.to_thread(server.kill, signal.SIGTERM)
        with suppress(EOFError):
            await alice.closed()
        accepted = {
            frame["result"]["command"]
            for frame in [first, *alice.frames]
            if frame["type"] == "result" and frame["success"] and "command" in frame["result"]
        }
    written = set(Command.objects.values_list("key", flat=True))
    assert accepted
    assert accepted <= written
    assert set(Command.objects.values_list("state", flat=True)) == {"pending"}


async def test_a_socket_that_the_server_closes_for_its_age_is_followed_by_another(
    run_server: Callable[..., Server], worker: Worker
) -> None:
    """Case 49: Daphne closes every socket after a day; here after two seconds."""
    worker.write(extension("201"))
    server = run_server("short-lived")
    page = Page(server, log_in(operator("alice")))
    async with asyncio.TaskGroup() as tasks:
        life = tasks.create_task(page.live())
        await until(lambda: len(page.closes) >= 2, 20)
        await until(lambda: page.shows("201"), BACK_SECONDS)
        life.cancel()
    assert page.closes[:2] == [1000, 1000]


async def test_a_client_that_slept_is_shown_the_present_at_once_when_it_wakes(daphne: Server, worker: Worker) -> None:
    """Case 27: the laptop's lid; while it sleeps nothing is read and nothing acknowledged."""
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        for number in range(100):
            seq = worker.write(
                extension(str(200 + number % 10), state="ringing" if number % 2 else "idle", name=str(number))
            )
            await asyncio.sleep(0.02)
        began = time.monotonic()
        await alice.until_seq(seq)
        assert time.monotonic() - began < 5
        assert alice.row("extension", "209")["name"] == "99"  # type: ignore[index]


@pytest.mark.alone
@pytest.mark.parametrize("kind", ["web", "uvicorn"])
async def test_two_hundred_that_come_at_once_are_all_served_within_four_seconds(
    run_server: Callable[..., Server], worker: Worker, kind: str
) -> None:
    """Case 32: a thousand are a benchmark, `crowd`."""
    worker.write(*(extension(str(number)) for number in range(1000, 1500)))
    server = run_server(kind)
    cookies = [log_in(operator(f"operator{number}")) for number in range(20)]

    async def come(stack: AsyncExitStack, number: int) -> None:
        client = await stack.enter_async_context(opened(server, cookies[number % len(cookies)]))
        await client.request("subscribe")
        await client.until(lambda frame: frame["type"] == "snapshot", timeout=30)
        assert len(client.reducer.rows["extension"]) == 500

    async with AsyncExitStack() as stack:
        began = time.monotonic()
        await asyncio.gather(*(come(stack, number) for number in range(200)))
        assert time.monotonic() - began < BACK_SECONDS
