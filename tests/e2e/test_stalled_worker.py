"""The worker stalls for so long that Asterisk, which cannot get rid of its events, cuts the session (case 9)."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.e2e.board import Board
from tests.e2e.stack import eventually, panel
from tests.e2e.truth import assert_every_row_is_right
from tests.e2e.waiting import PATIENCE, RIGHT_AGAIN, is_live, listed_channels, shown_channels
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig


pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(180)]

MUSIC = "5550108"
STALL_SECONDS = 10.0
CUT_WITHIN = 60.0
"""Seconds for filling the buffers of two sockets (some ten megabytes) and for `writetimeout`, which is five seconds."""

EVENTS_AT_ONCE = 500
LONG_NAME = "x" * 800


def sessions(asterisk: Asterisk) -> int:
    """How many sessions of the panel Asterisk has: two, for events and for actions."""
    return asterisk.cli("manager show connected").count("cordboard ")


def callers_of(asterisk: Asterisk) -> dict[str, str]:
    """The names of the channels by the number that calls."""
    with asterisk.session() as session:
        return {channel["CallerIDNum"]: channel["Channel"] for channel in session.list("CoreShowChannels")}


def rename(asterisk: Asterisk, channel: str, *names: str) -> None:
    """Give the channel one name after the other; Asterisk tells of each by an event that holds the name twice."""
    with asterisk.session() as session:
        for name in names:
            last = session.send("Setvar", {"Channel": channel, "Variable": "CALLERID(name)", "Value": name})
        session.wait_message(lambda message: message.get("ActionID") == last, "the last name", PATIENCE)


def flood_until_cut(asterisk: Asterisk, channel: str) -> None:
    deadline = time.monotonic() + CUT_WITHIN
    while sessions(asterisk) == 2:
        assert time.monotonic() < deadline, "Asterisk did not cut the session"
        rename(asterisk, channel, *(f"{number} {LONG_NAME}" for number in range(EVENTS_AT_ONCE)))


def test_a_worker_that_asterisk_cut_off_while_it_stalled_comes_back_with_every_call(
    own_asterisk: Asterisk, own_rig: Rig, tmp_path: Path
) -> None:
    with panel(tmp_path, own_asterisk.ami_url, operators={"alice": "201"}) as office, Board(office, "alice") as board:
        numbers = [f"+4860011122{index}" for index in range(5)]
        callers = [own_rig.call_from_outside(MUSIC, number=number) for number in numbers[:4]]
        board.until(lambda: len(shown_channels(board)) == 4, PATIENCE, "four calls on the board")
        eventually(lambda: sessions(own_asterisk) == 2, PATIENCE, "both sessions")
        stays = callers_of(own_asterisk)[numbers[0]]

        stalled = time.monotonic()
        office.worker.signal(signal.SIGSTOP)
        board.until(lambda: not is_live(board), RIGHT_AGAIN, "the board says that nobody keeps it")
        callers[1].hangup()
        flood_until_cut(own_asterisk, stays)
        callers[2].hangup()
        own_rig.call_from_outside(MUSIC, number=numbers[4])
        rename(own_asterisk, stays, "Zoe Last")
        time.sleep(max(0.0, stalled + STALL_SECONDS - time.monotonic()))
        assert len(shown_channels(board)) == 4, "what was true last stays to be seen"
        left = {numbers[0], numbers[3], numbers[4]}
        eventually(lambda: callers_of(own_asterisk).keys() == left, PATIENCE, "two have gone, one has come")
        expected = listed_channels(own_asterisk)

        woken = time.monotonic()
        office.worker.signal(signal.SIGCONT)
        shown_live: list[set[str]] = []
        board.until(
            lambda: is_live(board) and (shown_live.append(shown_channels(board)) or True),  # type: ignore[func-returns-value]
            RIGHT_AGAIN,
            "the board is live",
        )
        assert shown_live == [expected], "not live for a moment before it is right"
        assert_every_row_is_right(board, own_asterisk, woken + RIGHT_AGAIN - time.monotonic())
        assert "Zoe Last" in {call["caller"]["name"] for call in board.all("call")}
        assert sessions(own_asterisk) == 2
        assert board.closed is None
        assert (board.gaps, board.snapshots) == (0, 2), "one new epoch"
