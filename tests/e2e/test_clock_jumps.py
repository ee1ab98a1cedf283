"""The clock of the panel's host is set forward or back by an hour (case 47), under two workers that share one SQLite
file: there is no other clock for their lease than the host's.

The PBX is the demo's, with a clock of its own that stays right.
"""

from __future__ import annotations

import signal
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import NamedTuple

import pytest

from tests.e2e.board import Board
from tests.e2e.clocks import Clock
from tests.e2e.databases import value
from tests.e2e.demo_rig import DemoAsterisk, DemoRig
from tests.e2e.processes import wait_stands_by
from tests.e2e.proxy import Line
from tests.e2e.stack import Panel, Process, eventually, panel
from tests.e2e.truth import assert_every_row_is_right
from tests.e2e.waiting import PATIENCE, RIGHT_AGAIN, is_live, wait_idle


HOUR = 3600.0
MUSIC = "5550108"


class Office(NamedTuple):
    pbx: DemoAsterisk
    line: Line
    panel: Panel
    standby: Process
    clock: Clock

    def workers(self) -> tuple[Process, Process]:
        """The one that keeps the picture, and the one that stands by."""
        one, other = self.panel.worker, self.standby
        return (one, other) if f":{one.pid}:" in self.lease("owner") else (other, one)

    def lease(self, column: str) -> str:
        return str(value(self.panel.folder / "cordboard.sqlite3", f"SELECT {column} FROM live_lease"))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("clock")
    clock = Clock(folder)
    with ExitStack() as stack:
        pbx = stack.enter_context(DemoAsterisk())
        line = stack.enter_context(Line(("127.0.0.1", pbx.pbx.port)))
        options = {"operators": {"alice": "201"}, "environment": clock.environment}
        running = stack.enter_context(panel(folder, line.url(pbx.ami_url), **options))
        command = [sys.executable, "-W", "default", "manage.py", "ami_worker"]
        standby = Process("standby", command, running.environment, folder / "standby.log")
        stack.callback(standby.stop)
        standby.start()
        wait_stands_by(standby)
        yield Office(pbx, line, running, standby, clock)


@pytest.fixture
def rig(office: Office) -> Iterator[DemoRig]:
    with DemoRig(office.pbx) as rig:
        yield rig


@pytest.fixture
def board(office: Office, rig: DemoRig) -> Iterator[Board]:
    office.panel.wait_ready()
    with Board(office.panel, "alice") as board:
        wait_idle(board)
        yield board


def two_heartbeats(board: Board) -> None:
    """By then the workers have renewed their lease or taken it, and each log-in has been looked at."""
    heard = board.frames
    board.until(lambda: board.frames >= heard + 2, PATIENCE, "two heartbeats")


def is_logged_in(board: Board) -> bool:
    request = urllib.request.Request(f"http://{board.address}/", headers={"Cookie": board.cookie})
    with closing(urllib.request.urlopen(request, timeout=10)) as page:
        return "/login/" not in page.url


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
def test_a_clock_that_jumps_by_an_hour_logs_nobody_out_and_never_has_two_workers_act(
    office: Office, rig: DemoRig, board: Board, jump: float
) -> None:
    rig.call_from_outside(MUSIC)
    board.until(lambda: len(board.all("call")) == 1, PATIENCE, "a call")
    epoch = int(office.lease("epoch"))
    office.clock.jump(jump)
    two_heartbeats(board)
    rig.call_from_outside(MUSIC, number="+48700000000")
    board.until(lambda: is_live(board) and len(board.all("call")) == 2, RIGHT_AGAIN, "the board is live and right")
    given = len(office.line.sent)
    receipt = board.command("hangup", call=board.all("call")[0]["key"])
    assert receipt.get("state") == "done", receipt
    assert office.line.sent.count(b"Action: Hangup\r\n", given) == 1
    assert_every_row_is_right(board, office.pbx, RIGHT_AGAIN)
    assert is_logged_in(board)
    assert board.closed is None, "nobody is logged out"
    assert int(office.lease("epoch")) - epoch <= 1, "the workers take it from each other at most once"
    leader, _ = office.workers()
    assert (leader.is_running, board.gaps) == (True, 0)


def test_a_clock_that_is_set_back_does_not_keep_a_dead_workers_lease(
    office: Office, rig: DemoRig, board: Board
) -> None:
    """By the clock on the wall it would run out in an hour."""
    leader, other = office.workers()
    leader.signal(signal.SIGSTOP)
    try:
        office.clock.jump(-HOUR)
        rig.call_from_outside(MUSIC)
        eventually(lambda: office.workers()[0] is other, RIGHT_AGAIN, "the standby has taken over")
        board.until(lambda: is_live(board) and len(board.all("call")) == 1, RIGHT_AGAIN, "the board is live and right")
    finally:
        said = len(leader.log.read_text())
        leader.signal(signal.SIGCONT)
    wait_stands_by(leader, said)
    assert office.workers()[0] is other
    assert board.closed is None
