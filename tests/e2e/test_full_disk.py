"""The disk with the SQLite file is full: nothing that was known is lost, commands say no at once, and all goes on when
there is room again.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.board import Board
from tests.e2e.demo_rig import DemoAsterisk, DemoRig
from tests.e2e.stack import panel
from tests.e2e.waiting import PATIENCE, RIGHT_AGAIN, is_live, wait_call
from tests.rig.fixtures import missing
from tests.rig.parts import Unavailable, require_debian_root


SIZE = "4M"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    try:
        require_debian_root("a file system of its own")
    except Unavailable as error:
        missing(str(error))
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(file: Path) -> None:
    """Write until there is no room left."""
    with file.open("wb", buffering=0) as filler:
        for size in (65_536, 1_024, 1):
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError:
                continue


def test_a_full_disk_is_waited_out_and_nothing_is_lost(small_disk: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    database = f"sqlite:///{small_disk / 'cordboard.sqlite3'}"
    with DemoAsterisk() as demo, DemoRig(demo) as rig, panel(folder, demo.ami_url, database_url=database) as office:
        office.add_operator("alice", extension="201")
        with Board(office, "alice") as board:
            rig.phone("201", answer_after=0.5)
            first = rig.call_from_outside("5550100")
            talking = wait_call(board, "talking", "201")
            filler = small_disk / "filler"
            fill(filler)
            for number in range(50):  # what still fits into the log's file must not be enough
                rig.call_from_outside("5550108", number=f"+4870000{number:04}")
            refused = board.command("hangup", call=talking["key"])
            assert "refused" in refused, refused
            assert board.closed is None
            first.hangup()
            filler.unlink()
            board.until(lambda: is_live(board), PATIENCE, "the board is live")
            board.until(lambda: not board.row("call", talking["key"]), RIGHT_AGAIN, "the call that ended is gone")
            board.until(lambda: len(board.all("call")) == 50, RIGHT_AGAIN, "the others are all there")
