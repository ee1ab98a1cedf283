"""How soon the picture is right after the worker has logged in to a PBX with 5,000 extensions and 500 calls that go on.

`python -m benchmarks resync` prints the table. The demo PBX, the worker and the web are processes of their own, with
SQLite. Measured at a browser's socket: from the row that says "connected, comparing" to the one that says "live", which
comes with all the rows of the picture.
"""

from __future__ import annotations

import time

from benchmarks.office import demo_pbx, panel_of, wait_for_calls
from benchmarks.table import Row, median, show
from tests.e2e.board import Board
from tests.e2e.stack import Panel


EXTENSIONS = 5_000
CALLS = 500
RATE = 20.0  # calls a second that begin while the lists are taken
ROUNDS = 3
TARGET_SECONDS = 2.0


def _is_whole(board: Board) -> bool:
    is_live = [pbx["link"] for pbx in board.all("pbx")] == ["live"]
    return is_live and len(board.all("extension")) == EXTENSIONS


def once(panel: Panel) -> float:
    """Seconds from log-in to the right picture, with a fresh worker."""
    with Board(panel, "alice") as board:
        panel.worker.start()
        board.until(lambda: "comparing" in "".join(pbx["reason"] for pbx in board.all("pbx")), 30, "the log-in")
        logged_in = time.monotonic()
        board.until(lambda: _is_whole(board), 30, "a live board with everybody on it")
        spent = time.monotonic() - logged_in
        assert len(board.all("call")) >= CALLS * 0.8, len(board.all("call"))
    panel.worker.stop()
    return spent


def run() -> list[Row]:
    """The rows of the table; the median of three log-ins."""
    with demo_pbx(EXTENSIONS, RATE) as ami_url, panel_of(ami_url) as panel:
        channels = wait_for_calls(ami_url, 2 * CALLS, 90)
        spent = [once(panel) for _ in range(ROUNDS)]
    return [
        Row(f"resync: channels on the PBX, {EXTENSIONS} extensions", float(channels), "channels"),
        Row("resync: log-in to right picture at a socket, median", median(spent), "s", TARGET_SECONDS, more=False),
        Row("resync: the slowest of the log-ins", max(spent), "s"),
    ]


if __name__ == "__main__":
    show(run())
