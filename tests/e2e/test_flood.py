"""More than any office does: the picture is taken, and kept, while events rain (cases 12 and 15).

Worker, web and PBX are processes of their own. In the demo PBX time stands still at the end, so that every row can be
compared with what it lists; on the real one the calls that come and go are over by then.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.board import Board
from tests.e2e.busy_pbx import BusyPbx
from tests.e2e.proxy import Line
from tests.e2e.stack import eventually, panel
from tests.e2e.truth import assert_every_row_is_right
from tests.e2e.waiting import PATIENCE, RIGHT_AGAIN, is_live, shown_channels
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig


FLOOD_SECONDS = 30.0
RISING_SECONDS = 6.0
"""Until as many calls end as begin."""

LOCKED_SECONDS = 2.0
"""Less than a lease lasts: nobody takes the worker for dead."""

WAITING = 3
"""Callers in a queue whose members are all in calls."""

MOST_MEGABYTES = 25
"""By which a process may grow while the number of calls stays the same."""


def lag(board: Board) -> float:
    seconds: float = board.all("pbx")[0]["lag_seconds"]
    return seconds


def allow_many_calls(asterisk: Asterisk) -> None:
    """Sound needs two ports a channel, more than a rig has to itself; those that others use Asterisk leaves out."""
    (asterisk.directory / "etc" / "rtp.conf").write_text("[general]\nrtpstart = 34000\nrtpend = 60000\n")
    asterisk.cli("module reload res_rtp_asterisk.so")


def snapshots_are_taken(board: Board, line: Line, number: int) -> float:
    """So often the AMI sessions break and everything is listed anew. Returns the seconds that it took."""
    began = time.monotonic()
    for _ in range(number):
        line.cut()
        board.until(lambda: not is_live(board), RIGHT_AGAIN, "the board says that it is not live")
        board.until(lambda: is_live(board), PATIENCE, "another snapshot was taken")
    return time.monotonic() - began


def test_a_snapshot_of_500_channels_taken_while_100_events_a_second_arrive_is_right(tmp_path: Path) -> None:
    with (
        BusyPbx(extensions=600, rate=8, open_for=300) as pbx,
        Line(("127.0.0.1", pbx.port)) as line,
        panel(tmp_path, line.url(pbx.ami_url), operators={"alice": "201"}) as office,
        Board(office, "alice") as board,
    ):
        board.until(lambda: len(shown_channels(board)) > 500, PATIENCE, "500 channels on the board")
        before = pbx.events()
        seconds = snapshots_are_taken(board, line, 5)
        assert pbx.stand_still() - before > 100 * seconds
        assert_every_row_is_right(board, pbx, RIGHT_AGAIN)
        assert len(shown_channels(board)) > 500
        assert board.all("pbx")[0]["drift"] == 0
        assert (board.gaps, board.snapshots) == (0, 1)


@pytest.mark.asterisk
@pytest.mark.timeout(240)
@pytest.mark.parametrize("own_asterisk", [22], indirect=True)
def test_a_snapshot_of_a_real_asterisk_with_500_channels_taken_amid_its_events_is_right(
    own_asterisk: Asterisk, own_rig: Rig, tmp_path: Path
) -> None:
    allow_many_calls(own_asterisk)
    for number in range(206, 211):
        own_rig.phone(str(number), answer_after=0.2)
        own_rig.call_from(str(number - 5), str(number), calls=50, per_second=10)
    for index in range(WAITING):
        own_rig.call_from_outside("5550101", number=f"+4870000000{index}")
    with (
        Line(("127.0.0.1", own_asterisk.ports.ami)) as line,
        panel(tmp_path, line.url(own_asterisk.ami_url), operators={"alice": "201"}) as office,
    ):
        eventually(lambda: len(own_asterisk.channels()) == 500 + WAITING, 60, "everybody is in a call")
        with Board(office, "alice") as board:
            come_and_go = own_rig.call_from("201", "206", calls=60, per_second=8, hangup_after=1.0)
            come_and_go.wait("answered")
            with own_asterisk.session(events="system,call,agent") as ear:
                seconds = snapshots_are_taken(board, line, 3)
                while ear.read(0.05):
                    """All that was told of meanwhile."""
                assert ear.count > 100 * seconds
            come_and_go.wait("hungup", count=60)
            assert_every_row_is_right(board, own_asterisk, RIGHT_AGAIN)
            assert len(shown_channels(board)) == 500 + WAITING
            assert len(board.all("caller")) == WAITING
            assert (board.gaps, board.snapshots) == (0, 1)


@pytest.mark.alone
@pytest.mark.timeout(180)
def test_half_a_minute_of_5000_events_a_second_is_borne_and_over_in_five_seconds(tmp_path: Path) -> None:
    with (
        BusyPbx(extensions=1_000, rate=1, speed=10) as pbx,
        panel(tmp_path, pbx.ami_url, operators={"alice": "201"}) as office,
        Board(office, "alice") as board,
    ):
        board.until(lambda: len(board.all("extension")) == 1_000, 15, "everybody is on the board")
        pbx.set_rate(27)
        time.sleep(RISING_SECONDS)
        sizes = {process: process.resident_megabytes for process in (office.worker, office.web)}
        before, began = pbx.events(), time.monotonic()
        time.sleep(FLOOD_SECONDS / 2)
        with closing(sqlite3.connect(tmp_path / "cordboard.sqlite3", timeout=20, isolation_level=None)) as blocker:
            blocker.execute("BEGIN IMMEDIATE")
            time.sleep(LOCKED_SECONDS)
        board.until(lambda: lag(board) >= LOCKED_SECONDS - 0.5, RIGHT_AGAIN, "the lag is shown")
        time.sleep(max(0.0, began + FLOOD_SECONDS - time.monotonic()))
        assert (pbx.stand_still() - before) / (time.monotonic() - began) > 5_000, "events a second"
        over = time.monotonic()
        assert_every_row_is_right(board, pbx, RIGHT_AGAIN)
        board.until(lambda: lag(board) == 0, RIGHT_AGAIN - (time.monotonic() - over), "there is no lag any more")
        for process, size in sizes.items():
            assert process.resident_megabytes - size < MOST_MEGABYTES, process.name
        assert board.all("pbx")[0]["drift"] == 0
        assert (board.gaps, board.snapshots) == (0, 1)
        eventually(lambda: office.is_up("/readyz"), RIGHT_AGAIN, "/readyz says that all is well")
