"""The pool of connections to PostgreSQL while the server is away (case 39): it asks for it again and again."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool, PoolTimeout

from panel import environment


OUTAGE_SECONDS = 12.0
"""By then a pool that doubles its pauses has asked for the last time after seven seconds, and waits for fifteen."""

LONGEST_PAUSE = 3.0


def test_after_a_long_outage_a_connection_is_asked_for_as_often_as_after_a_short_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[float] = []
    is_over = threading.Event()

    def turn_away(listener: socket.socket) -> None:
        while not is_over.is_set():
            listener.accept()[0].close()
            asked.append(time.monotonic())

    def need(pool: ConnectionPool) -> None:
        """As the feed does, which looks again a second after it has failed."""
        while not is_over.wait(1):
            with pytest.raises(PoolTimeout):
                pool.getconn()

    with closing(socket.create_server(("127.0.0.1", 0))) as listener, ThreadPoolExecutor(2) as threads:
        port = listener.getsockname()[1]
        monkeypatch.setenv("DATABASE_URL", f"postgres://nobody@127.0.0.1:{port}/nothing")
        options = environment.database(tmp_path)["OPTIONS"]["pool"]
        with ConnectionPool(f"host=127.0.0.1 port={port} user=nobody dbname=nothing", open=True, **options) as pool:
            turning_away, needing = threads.submit(turn_away, listener), threads.submit(need, pool)
            is_over.wait(OUTAGE_SECONDS)
            since = time.monotonic() - asked[-1]
            is_over.set()
            needing.result(10)
        with closing(socket.create_connection(("127.0.0.1", port))):  # `accept` waits for somebody
            turning_away.result(10)
    assert since < LONGEST_PAUSE
