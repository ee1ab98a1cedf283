"""Who listens hears of what others commit to the SQLite file, soon and without looking."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from panel.live.ear import Ear


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing can be heard")
async def test_each_commit_of_others_is_heard(tmp_path: Path) -> None:
    file = tmp_path / "board.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE rows (number INTEGER)")
        heard = asyncio.Event()
        with closing(Ear(file, heard.set)) as ear:
            assert not ear.is_deaf
            for number in range(3):
                heard.clear()
                writer.execute("INSERT INTO rows VALUES (?)", [number])
                await asyncio.wait_for(heard.wait(), 5)
            heard.clear()
            writer.execute("SELECT * FROM rows").fetchall()
            await asyncio.sleep(0.1)
            assert not heard.is_set()
        writer.execute("INSERT INTO rows VALUES (4)")
        await asyncio.sleep(0.1)
        assert not heard.is_set()


async def test_without_a_file_nothing_is_heard(tmp_path: Path) -> None:
    for file in (None, tmp_path / "none.sqlite3"):
        with closing(Ear(file, lambda: None)) as ear:
            assert ear.is_deaf
