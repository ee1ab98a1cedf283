"""The database is locked, or its folder is gone, in the middle of five calls: the callers have music, a phone rings
with each of them again, and when the database is back the board shows where everyone is.

On real Asterisks; the way back is that of our dialplan include, with times short enough for tests.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.e2e.board import Board
from tests.e2e.databases import locked, moved_away
from tests.e2e.desk import OPERATORS, reception
from tests.e2e.stack import Panel, eventually, panel
from tests.e2e.waiting import RIGHT_AGAIN, assert_board_equals_pbx, is_live
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig


pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(180)]

FAULT_SECONDS = 8.0


@pytest.fixture(scope="module")
def database(quick_asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(f"kills-{quick_asterisk.major}") / "database"
    folder.mkdir()
    return folder / "cordboard.sqlite3"


@pytest.fixture(scope="module")
def office(quick_asterisk: Asterisk, database: Path) -> Iterator[Panel]:
    url = f"sqlite:///{database}"
    with panel(database.parent.parent, quick_asterisk.ami_url, database_url=url, operators=OPERATORS) as running:
        yield running


@pytest.mark.parametrize("fault", [locked, moved_away], ids=["locked", "gone"])
def test_callers_are_heard_of_again_without_a_database(
    office: Panel, quick_asterisk: Asterisk, database: Path, fault: Callable[[Path], AbstractContextManager[None]]
) -> None:
    office.wait_ready()
    with Rig(quick_asterisk) as rig, reception(office, rig, quick_asterisk) as people:
        board = people.hold.board
        people.let_the_callers_wait()
        with fault(database):
            began = time.monotonic()
            board.until(lambda: not is_live(board), RIGHT_AGAIN, "the board says that it is not live")
            for desk in people.waiting:
                desk.wait_music()
            people.go_on()
            people.callers_are_back()
            eventually(lambda: time.monotonic() - began >= FAULT_SECONDS, FAULT_SECONDS, "the fault has lasted")
        for desk in people.desks:
            wait_live(desk.board)
            desk.is_shown_with_caller()
            assert desk.board.closed is None, "on the same socket"
        assert_board_equals_pbx(board, quick_asterisk)


def wait_live(board: Board) -> None:
    board.until(lambda: is_live(board), RIGHT_AGAIN, "the board is live")
