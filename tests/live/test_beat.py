"""What the feed says between the moment at which it hears of a take-over and that at which it has the new picture."""

from __future__ import annotations

import asyncio
import threading

import pytest

from panel.live.feed import BEAT_SECONDS, Feed
from panel.live.reader import Loaded, Reader
from panel.live.visibility import Audience, audience
from panel.live.wire import Patch, Snapshot
from tests.ami.helpers import until
from tests.live.worker import Worker


class Socket:
    """Notes what it is given."""

    def __init__(self) -> None:
        self.audience: Audience = audience("alice", [], True, True)
        self.texts: list[str] = []

    def push_snapshot(self, snapshot: Snapshot) -> None:
        self.texts.append("snapshot")

    def push_patch(self, patch: Patch) -> None:
        self.texts.append(str(patch.texts))


async def test_the_next_worker_does_not_make_the_picture_of_the_last_one_live(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is slow to give the new picture: heartbeats come in between."""
    may_load, asked = threading.Event(), threading.Event()
    may_load.set()
    load = Reader.load

    def slowly(reader: Reader) -> Loaded:
        asked.set()
        may_load.wait(10)
        return load(reader)

    monkeypatch.setattr(Reader, "load", slowly)
    worker = Worker()
    await asyncio.to_thread(worker.begin)
    feed, socket = Feed(), Socket()
    feed.subscribe(socket)
    try:
        await until(lambda: "snapshot" in socket.texts)
        await asyncio.to_thread(worker.hold, -1)
        await until(lambda: '"stale"' in socket.texts[-1])
        may_load.clear()
        asked.clear()
        socket.texts.clear()
        await asyncio.to_thread(worker.begin)
        await until(asked.is_set)
        await asyncio.sleep(3 * BEAT_SECONDS)  # that nothing comes can only be waited for
        assert [text for text in socket.texts if '"live"' in text] == []
        may_load.set()
        await until(lambda: "snapshot" in socket.texts)
    finally:
        may_load.set()
        feed.stop()


async def test_a_feed_that_is_stopped_at_the_instant_of_a_failure_ends(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a reader that is closed under a look at the database."""

    async def fails(feed: Feed, reader: Reader) -> None:
        feed.stop()
        raise RuntimeError("cannot schedule new futures after shutdown")

    monkeypatch.setattr(Feed, "_follow", fails)
    feed = Feed()
    feed.subscribe(Socket())
    [task] = [each for each in asyncio.all_tasks() if each.get_name() == "feed"]
    done, _ = await asyncio.wait([task], timeout=3)
    assert done == {task}
