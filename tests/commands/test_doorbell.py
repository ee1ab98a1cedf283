"""The doorbell after a command: rung where it reaches another process, and never in the way."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from channels.layers import InMemoryChannelLayer, channel_layers, get_channel_layer
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from panel import doorbell, environment
from panel.accounts.models import Operator
from panel.commands.models import Command
from panel.commands.submit import submit
from tests.rig.redis import Redis


@pytest.fixture(autouse=True)
def other_layers(settings: Settings) -> Iterator[None]:
    """Layers are kept by name; a test that changes the setting needs a new one, and so does the next test."""
    kept, channel_layers.backends = channel_layers.backends, {}
    yield
    channel_layers.backends = kept


@pytest.fixture
def deaf_redis() -> Iterator[int]:
    """The port of something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)
        for each in kept:
            each.close()


def use_redis(settings: Settings, port: int) -> None:
    settings.CHANNEL_LAYERS = environment.channel_layers(f"redis://127.0.0.1:{port}/0")


def test_in_one_process_nobody_is_rung_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def rung(*_: object) -> None:
        raise AssertionError("rung")

    monkeypatch.setattr(InMemoryChannelLayer, "group_send", rung)
    doorbell.ring()


def test_a_redis_that_hangs_holds_a_command_up_for_two_seconds_at_most(
    settings: Settings, deaf_redis: int, caplog: pytest.LogCaptureFixture
) -> None:
    use_redis(settings, deaf_redis)
    begun = time.monotonic()
    doorbell.ring()
    assert time.monotonic() - begun < doorbell.PATIENCE + 1
    assert "could not be rung" in caplog.text


@pytest.mark.redis
async def test_whoever_listens_on_redis_hears_it(settings: Settings, redis: Redis) -> None:
    use_redis(settings, redis.port)
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("doorbell", channel)
    await asyncio.to_thread(doorbell.ring)
    assert await asyncio.wait_for(layer.receive(channel), 5) == {"type": "doorbell.ring"}
    await layer.flush()


@pytest.mark.usefixtures("office")
def test_a_command_counts_though_redis_is_not_there(
    settings: Settings,
    alice: Operator,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket() as nobody:  # bound, but not listening
        nobody.bind(("127.0.0.1", 0))
        use_redis(settings, nobody.getsockname()[1])
        with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True) as after:
            command = submit(alice, "hangup", {"call": "call-Support"})
    assert after == [doorbell.ring]
    assert Command.objects.filter(key=command.key, state="pending").exists()
    assert "could not be rung" in caplog.text
