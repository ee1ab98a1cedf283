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
from tests.e2e.desk import QUICK, add_operators, reception, settings
from tests.e2e.stack import Panel, eventually, panel
from tests.e2e.waiting import RIGHT_AGAIN, assert_board_equals_pbx, is_live
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig


pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(180)]

FAULT_SECONDS = 8.0


@pytest.fixture(scope="module", params=[22, 16])
def asterisk(request: pytest.FixtureRequest) -> Iterator[Asterisk]:
    with settings(request.getfixturevalue(f"asterisk{request.param}"), **QUICK) as running:
        yield running


@pytest.fixture(scope="module")
def database(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(f"kills-{asterisk.major}") / "database"
    folder.mkdir()
    return folder / "cordboard.sqlite3"


@pytest.fixture(scope="module")
def office(asterisk: Asterisk, database: Path) -> Iterator[Panel]:
    with panel(database.parent.parent, asterisk.ami_url, database_url=f"sqlite:///{database}") as running:
        add_operators(running)
        yield running


@pytest.mark.parametrize("fault", [locked, moved_away], ids=["locked", "gone"])
def test_callers_are_heard_of_again_without_a_database(
    office: Panel, asterisk: Asterisk, database: Path, fault: Callable[[Path], AbstractContextManager[None]]
) -> None:
    office.wait_ready()
    with Rig(asterisk) as rig, reception(office, rig, asterisk) as people:
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
        assert_board_equals_pbx(board, asterisk)


def wait_live(board: Board) -> None:
    board.until(lambda: is_live(board), RIGHT_AGAIN, "the board is live")
