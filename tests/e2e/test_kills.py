"""Worker and web are killed in the middle of five calls: the callers have music, a phone rings with each of them again,
and the panel that returns shows where everyone is.

On real Asterisks; the way back is that of our dialplan include, with times short enough for tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.e2e.board import Board
from tests.e2e.desk import Desk, Reception, reception, settings
from tests.e2e.stack import Panel
from tests.e2e.waiting import PATIENCE, assert_board_equals_pbx, is_live, wait_call
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig


pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(180)]


@pytest.fixture
def people(five_desks: Panel, quick_asterisk: Asterisk) -> Iterator[Reception]:
    with Rig(quick_asterisk) as rig, reception(five_desks, rig, quick_asterisk) as people:
        yield people


def kill(office: Panel) -> None:
    """Worker and web, as by a power cut."""
    office.worker.kill()
    office.web.kill()


def assert_returns(office: Panel, asterisk: Asterisk, *boards: Board) -> None:
    """The panel is started again, and the boards show what Asterisk lists."""
    office.worker.start()
    office.web.start()
    office.wait_ready()
    for board in boards:
        comes_back(board, board.epoch)
        assert_board_equals_pbx(board, asterisk)


def comes_back(board: Board, epoch: str) -> None:
    """Until the dead worker's lease has run out, its picture still counts as live: that of `epoch`."""
    board.connect()
    board.until(lambda: board.epoch != epoch and is_live(board), PATIENCE, "the board is live")


def test_callers_are_heard_of_again_when_worker_and_web_are_killed(
    five_desks: Panel, quick_asterisk: Asterisk, people: Reception
) -> None:
    people.let_the_callers_wait()
    kill(five_desks)
    for desk in people.waiting:
        desk.wait_music()
    people.go_on()
    people.callers_are_back()
    assert_returns(five_desks, quick_asterisk, *people.boards)
    for desk in people.desks:
        desk.is_shown_with_caller()


def test_a_panel_that_returns_shows_who_is_on_hold_since_when_and_for_whom(
    five_desks: Panel, quick_asterisk: Asterisk, people: Reception
) -> None:
    desk: Desk = people.hold
    with settings(quick_asterisk, HOLD_TIMEOUT=60):
        desk.give("hold", to="206")
        desk.board.until(lambda: desk.care().get("kind") == "hold", PATIENCE, "on hold")
        before = desk.care()
        kill(five_desks)
        assert_returns(five_desks, quick_asterisk, desk.board)
        desk.board.until(lambda: desk.care().get("kind") == "hold", PATIENCE, "still on hold")
        assert desk.care()["operator"]["number"] == before["operator"]["number"] == "201"
        assert desk.care()["target"]["number"] == "206"
        seconds = datetime.fromisoformat(desk.care()["since_at"]) - datetime.fromisoformat(before["since_at"])
        assert abs(seconds.total_seconds()) < 2, "Asterisk keeps whole seconds"
        receipt = desk.board.command("retrieve", call=desk.call)
        assert receipt.get("state") == "done", str(receipt)
        wait_call(desk.board, "talking", "201")
