"""More than any office does: 200 calls begin each second, some 5,000 events, and the worker logs in amid them.

The demo PBX is a process of its own, as are worker and web.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks.office import demo_pbx
from tests.e2e.board import Board
from tests.e2e.stack import Panel
from tests.e2e.waiting import is_live


RATE = 200.0
EXTENSIONS = 1_000
SECONDS = 12.0
MOST_MEGABYTES = 60
"""By which the worker may grow while the number of calls still rises."""


def resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@pytest.mark.timeout(120)
def test_the_picture_is_taken_and_kept_while_5000_events_a_second_arrive(tmp_path: Path) -> None:
    with demo_pbx(EXTENSIONS, RATE) as ami_url, Panel(tmp_path, ami_url) as office:
        office.wait_ready(30)
        office.add_operator("alice", extension="201")
        with Board(office, "alice") as board:
            board.until(lambda: len(board.all("extension")) == EXTENSIONS, 15, "everybody is on the board")
            assert len(board.all("call")) > 100
            before, changed = resident_megabytes(office.worker.pid), board.seq
            end = time.monotonic() + SECONDS
            worst_lag = 0.0
            while time.monotonic() < end:
                time.sleep(0.2)
                assert is_live(board), board.all("pbx")
                worst_lag = max(worst_lag, *(pbx["lag_seconds"] for pbx in board.all("pbx")))
            assert board.seq - changed > 1_000, "changes kept coming"
            assert worst_lag < 5, "what is shown is never older than five seconds"
            assert resident_megabytes(office.worker.pid) - before < MOST_MEGABYTES
            assert board.all("pbx")[0]["drift"] == 0
            assert board.gaps == 0
