"""Redis is only a doorbell: with it the board is a little faster, and nothing that it does can hurt a socket (case
38).
"""

from __future__ import annotations

import asyncio
import re
import time
import urllib.request
from collections.abc import AsyncIterator, Callable

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer

from tests.live.client import Client, opened
from tests.live.conftest import log_in, operator
from tests.live.server import Server
from tests.live.worker import Worker, extension
from tests.rig.redis import Redis


pytestmark = pytest.mark.redis

LATE_SECONDS = 3.0
RING = {"type": "doorbell.ring"}
Ring = Callable[[], object]


@pytest.fixture
async def layer(redis: Redis) -> AsyncIterator[RedisPubSubChannelLayer]:
    """The worker's end of the bell."""
    layer = RedisPubSubChannelLayer(hosts=[{"address": redis.url, "socket_timeout": 2}], prefix="cordboard")
    yield layer
    await layer.flush()


@pytest.fixture
def served(run_server: Callable[..., Server], redis: Redis, worker: Worker) -> Server:
    return run_server(REDIS_URL=redis.url)


async def seconds_until_shown(client: Client, worker: Worker, key: str) -> float:
    """How long a change takes that nobody rings for."""
    began = time.monotonic()
    await client.until_seq(worker.write(extension(key)))
    return time.monotonic() - began


async def rung(client: Client, worker: Worker, layer: RedisPubSubChannelLayer, key: str) -> float:
    """How long a change takes that is rung for."""
    began = time.monotonic()
    seq = worker.write(extension(key))
    await layer.group_send("doorbell", RING)
    await client.until_seq(seq)
    return time.monotonic() - began


async def test_the_bell_is_heard_and_without_it_the_poll_finds_the_change(
    served: Server, worker: Worker, layer: RedisPubSubChannelLayer
) -> None:
    async with opened(served, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        with_bell = [await rung(alice, worker, layer, str(200 + number)) for number in range(8)]
        without = [await seconds_until_shown(alice, worker, str(300 + number)) for number in range(4)]
        assert sorted(with_bell)[4] < 0.3
        assert max(without) < LATE_SECONDS
        assert max(without) > 0.5, "it polls faster than it has to"


async def test_a_restart_of_redis_closes_no_socket_and_the_bell_works_again(
    served: Server, worker: Worker, layer: RedisPubSubChannelLayer, redis: Redis
) -> None:
    cookie = log_in(operator("alice"))
    async with opened(served, cookie) as alice:
        await alice.subscribe()
        redis.stop()
        try:
            assert await seconds_until_shown(alice, worker, "201") < LATE_SECONDS
            async with opened(served, cookie) as other:
                await other.subscribe()
                assert other.row("extension", "201") is not None
        finally:
            redis.start()
        await layer.flush()
        await hears_again(alice, worker, layer)
        assert alice.reducer.resyncs == 0


async def test_a_redis_that_hangs_hurts_nobody(served: Server, worker: Worker, redis: Redis) -> None:
    worker.write(extension("201"), extension("202"))
    cookie = log_in(operator("alice", extension="201"))
    async with opened(served, cookie) as alice:
        await alice.subscribe()
        redis.pause()
        try:
            for number in range(4):
                assert await seconds_until_shown(alice, worker, str(300 + number)) < LATE_SECONDS
            async with opened(served, cookie) as other:
                await other.subscribe()
            assert (await alice.ask("command", name="call", args={"to": "202"}))["success"] is True
        finally:
            redis.resume()
        assert await seconds_until_shown(alice, worker, "400") < LATE_SECONDS
        assert alice.reducer.resyncs == 0


async def hears_again(client: Client, worker: Worker, layer: RedisPubSubChannelLayer) -> None:
    """Wait until the server listens to the bell."""
    async with asyncio.timeout(15):
        number = 500
        while await rung(client, worker, layer, str(number)) > 0.3:
            number += 1


async def test_a_redis_whose_memory_is_full_hurts_nobody(
    served: Server, worker: Worker, layer: RedisPubSubChannelLayer, redis: Redis
) -> None:
    cookie = log_in(operator("alice"))
    async with opened(served, cookie) as alice:
        await alice.subscribe()
        assert redis.command("CONFIG", "SET", "maxmemory", "1") == b"+OK\r\n"
        try:
            assert redis.command("SET", "key", "value").startswith(b"-OOM")
            assert await seconds_until_shown(alice, worker, "201") < LATE_SECONDS
            await layer.group_send("doorbell", RING)
            async with opened(served, cookie) as other:
                await other.subscribe()
        finally:
            redis.command("CONFIG", "SET", "maxmemory", "0")
        await hears_again(alice, worker, layer)
        assert alice.reducer.resyncs == 0


async def test_a_password_that_redis_does_not_take_only_costs_speed_until_it_does(
    run_server: Callable[..., Server], worker: Worker, layer: RedisPubSubChannelLayer, redis: Redis
) -> None:
    server = run_server(REDIS_URL=redis.url.replace("//", "//panel:secret@"))
    try:
        async with opened(server, log_in(operator("alice"))) as alice:
            await alice.subscribe()
            for password in ("another", "secret", "another"):
                rule = ("on", "resetpass", f">{password}", "allkeys", "allchannels", "allcommands")
                assert redis.command("ACL", "SETUSER", "panel", *rule) == b"+OK\r\n"
                redis.command("CLIENT", "KILL", "USER", "panel")
                assert await seconds_until_shown(alice, worker, f"{password}-late") < LATE_SECONDS
                if password == "secret":
                    await hears_again(alice, worker, layer)
            assert "The doorbell is silent" in server.log.read_text()
            metrics = (await asyncio.to_thread(urllib.request.urlopen, f"{server.origin}/metrics")).read().decode()
            silent = re.search(r"^cordboard_doorbell_silent_total (\S+)$", metrics, re.MULTILINE)
            assert silent, metrics
            assert float(silent[1]) >= 2, "the first password was wrong, and so was the last"
            assert alice.reducer.resyncs == 0
    finally:
        redis.command("ACL", "DELUSER", "panel")


async def test_what_is_emptied_or_forged_in_redis_is_ignored(
    served: Server, worker: Worker, layer: RedisPubSubChannelLayer, redis: Redis
) -> None:
    """Case 26 and T18: the group carries whatever somebody who reaches Redis puts there."""
    async with opened(served, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        assert redis.command("FLUSHALL").startswith(b"+OK")
        assert redis.command("PUBLISH", "cordboard__group__doorbell", "not even msgpack").startswith(b":")
        for forged in (
            {"type": "websocket.close"},
            {"type": "websocket.disconnect"},
            {"type": "doorbell.stop", "epoch": 0},
            {"no": "type"},
            {"type": ["doorbell.ring"]},
        ):
            await layer.group_send("doorbell", forged)
        assert await seconds_until_shown(alice, worker, "201") < LATE_SECONDS
        await hears_again(alice, worker, layer)
        assert alice.reducer.resyncs == 0


async def test_a_redis_that_was_never_there_only_costs_speed(run_server: Callable[..., Server], worker: Worker) -> None:
    server = run_server(REDIS_URL="redis://:wrong@127.0.0.1:1/0")
    async with opened(server, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        assert await seconds_until_shown(alice, worker, "201") < LATE_SECONDS


async def test_two_servers_show_the_same(
    run_server: Callable[..., Server], redis: Redis, worker: Worker, layer: RedisPubSubChannelLayer
) -> None:
    cookie = log_in(operator("alice"))
    one, two = run_server(REDIS_URL=redis.url), run_server("uvicorn", REDIS_URL=redis.url)
    async with opened(one, cookie) as left, opened(two, cookie) as right:
        await left.subscribe()
        await right.subscribe()
        seq = worker.write(extension("201", state="ringing"))
        await layer.group_send("doorbell", RING)
        await asyncio.gather(left.until_seq(seq), right.until_seq(seq))
        assert left.reducer.shown() == right.reducer.shown()
        assert (left.reducer.epoch, left.reducer.seq) == (right.reducer.epoch, right.reducer.seq)
