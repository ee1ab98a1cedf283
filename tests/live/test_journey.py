"""Convergence and isolation over the whole way: database, feed, socket; a random story and people who come and go."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from panel.vocabulary import EVERYONE, Kind
from tests.live.client import Client, opened
from tests.live.conftest import log_in, operator
from tests.live.server import Server
from tests.live.worker import Worker, Write, call, command, extension, gone, pbx


DEPARTMENTS = ("Sales", "Support", "Board")
PEOPLE: dict[str, dict[str, Any]] = {
    "carol": {"role": "supervisor"},
    "alice": {},
    "bob": {"departments": ["Sales"]},
    "dave": {"departments": ["Sales", "Support"]},
}


def secret(groups: tuple[str, ...]) -> str:
    """A word that only those may read who may see one of the groups."""
    return "+".join(f"only-{group}" for group in sorted(groups)) or "only-unlimited"


def next_write(choice: random.Random) -> Write:
    match choice.randrange(8):
        case 0 | 1 | 2:
            group = choice.choice(("", *DEPARTMENTS))
            key = str(choice.randrange(200, 212))
            return extension(key, group, choice.choice(("idle", "ringing")), name=secret((group,) if group else ()))
        case 3 | 4:
            groups = tuple(choice.sample(DEPARTMENTS, choice.randrange(3)))
            return call(f"{choice.randrange(6)}.1", *groups, dialled=secret(groups))
        case 5:
            return gone(Kind.CALL, f"{choice.randrange(6)}.1")
        case 6:
            return gone(Kind.EXTENSION, str(choice.randrange(200, 212)))
        case _:
            name = choice.choice(list(PEOPLE))
            return command(f"{name}-{choice.randrange(3)}", name, choice.choice(("sent", "done")), text=f"for-{name}")


def leaks(client: Client, name: str) -> list[str]:
    """The texts that this operator should never have been sent."""
    limit = PEOPLE[name].get("departments", list(DEPARTMENTS))
    forbidden = {f"for-{other}" for other in PEOPLE if other != name} if name != "carol" else set()
    if "departments" in PEOPLE[name]:
        forbidden.add('"only-unlimited"')
    hidden = [group for group in DEPARTMENTS if group not in limit]
    forbidden |= {f'"only-{group}"' for group in hidden}
    forbidden |= {f'"{secret((one, other))}"' for one in hidden for other in hidden if one != other}
    return [text for text in client.texts if any(word in text for word in forbidden)]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_everybody_ends_with_what_a_new_snapshot_shows_and_saw_nothing_else(
    server: Server, worker: Worker, seed: int
) -> None:
    choice = random.Random(seed)
    cookies = {name: log_in(operator(name, **columns)) for name, columns in PEOPLE.items()}
    async with AsyncExitStack() as stack:
        clients: list[tuple[str, Client]] = []
        for step in range(120):
            if step % 20 == 0:
                for name, cookie in cookies.items():
                    client = await stack.enter_async_context(opened(server, cookie))
                    await client.subscribe()
                    clients.append((name, client))
            worker.write(*(next_write(choice) for _ in range(choice.randrange(1, 5))))
            if choice.random() < 0.3:
                # Something that everybody sees, so that nobody has to wait for a heartbeat.
                seq = worker.write(pbx(drift=step))
                await asyncio.gather(*(client.until_seq(seq) for _, client in clients if choice.random() < 0.5))
        seq = worker.write(pbx(drift=1000))
        await asyncio.gather(*(client.until_seq(seq) for _, client in clients))
        fresh: dict[str, Client] = {}
        for name, cookie in cookies.items():
            fresh[name] = await stack.enter_async_context(opened(server, cookie))
            await fresh[name].subscribe()
        for name, client in clients:
            assert client.reducer.resyncs == 0
            assert client.reducer.shown() == fresh[name].reducer.shown()
            assert leaks(client, name) == []
        assert leaks(clients[0][1], "bob"), "the story held nothing that bob must not see"


async def test_a_row_that_moves_to_another_department_is_gone_for_who_may_not_see_that(
    server: Server, worker: Worker
) -> None:
    async with opened(server, log_in(operator("bob", departments=["Sales"]))) as bob:
        await bob.subscribe()
        worker.write(extension("201", "Sales"), extension("301", "Support"))
        came = await bob.until(lambda frame: "extension" in frame.get("set", {}))
        assert [row["key"] for row in came["set"]["extension"]] == ["201"]
        worker.write(extension("201", "Support", name="now of Support"))
        moved = await bob.until(lambda frame: frame.get("del", {}) != {})
        assert moved["del"] == {"extension": ["201"]}
        assert moved["set"] == {}
        worker.write(extension("301", "Sales"))
        arrived = await bob.until(lambda frame: frame.get("set", {}) != {})
        assert [row["key"] for row in arrived["set"]["extension"]] == ["301"]
        await bob.until_seq(worker.write(gone(Kind.EXTENSION, "201"), pbx(drift=1)))
        assert '"201"' not in bob.texts[-1], "bob hears of a row that he had already lost"
        assert all("now of Support" not in text for text in bob.texts)


async def test_what_is_only_for_others_moves_the_seq_with_the_next_heartbeat_and_leaves_no_gap(
    daphne: Server, worker: Worker
) -> None:
    bob_cookie = log_in(operator("bob", departments=["Sales"]))
    eve_cookie = log_in(operator("eve", departments=["Sales"]))
    async with opened(daphne, bob_cookie) as bob, opened(daphne, eve_cookie) as eve:
        await bob.subscribe()
        seq = worker.write(extension("301", "Support"))
        await eve.subscribe()  # stands at a seq of which bob has not heard
        await bob.until_seq(seq)
        assert '"301"' not in "".join(bob.texts)
        seq = worker.write(extension("201", "Sales"))
        await asyncio.gather(bob.until_seq(seq), eve.until_seq(seq))
        assert (bob.reducer.resyncs, eve.reducer.resyncs) == (0, 0)
        assert bob.reducer.shown() == eve.reducer.shown()


async def test_commands_reach_who_gave_them_and_who_may_see_all(server: Server, worker: Worker) -> None:
    worker.write(command("old", "alice", "done"))
    names = ("alice", "carol", "eve")
    async with AsyncExitStack() as stack:
        clients = {}
        for name in names:
            cookie = log_in(operator(name, "supervisor" if name == "carol" else "receptionist"))
            clients[name] = await stack.enter_async_context(opened(server, cookie))
            await clients[name].subscribe()
        worker.write(command("secret-key", "alice", text="secret-text"))
        seq = worker.write(pbx(drift=1))
        await asyncio.gather(*(client.until_seq(seq) for client in clients.values()))
        assert [name for name in names if clients[name].row("command", "secret-key")] == ["alice", "carol"]
        assert all("secret" not in text for text in clients["eve"].texts)


async def test_a_picture_that_is_too_large_for_one_frame_arrives_whole(server: Server, worker: Worker) -> None:
    """Daphne refuses to send more than it would receive, 1 MiB by default."""
    await watch_two_thousand(server, worker)


async def test_a_large_picture_gets_through_the_server_that_is_delivered(
    run_server: Callable[..., Server], worker: Worker
) -> None:
    """Its limits for what browsers may send must not be limits for what they are sent."""
    await watch_two_thousand(run_server("web"), worker)


async def watch_two_thousand(server: Server, worker: Worker) -> None:
    worker.write(*(extension(str(number), EVERYONE, name="x" * 600) for number in range(1000, 3000)))
    async with opened(server, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        await alice.until_shown(lambda shown: len(shown.rows["extension"]) == 2000)
        assert max(map(len, alice.texts)) < 600_000
        seq = worker.write(*(extension(str(number), state="ringing", name="y" * 600) for number in range(1000, 3000)))
        await alice.until_seq(seq)
        await alice.until_shown(
            lambda shown: all(row["state"] == "ringing" for row in shown.rows["extension"].values())
        )
        assert alice.reducer.resyncs == 0
