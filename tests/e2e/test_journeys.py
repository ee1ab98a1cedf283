"""Calls on real Asterisks, moved from a browser's socket: what the panel says is what the PBX lists, after every step.

The phones are SIPp, the worker and the web are processes, and the operator is `alice` at 201. The same scenarios run on
the demo PBX, and must end alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.board import Board
from tests.e2e.demo_rig import DemoAsterisk, DemoRig
from tests.e2e.stack import Panel, panel
from tests.e2e.waiting import PATIENCE, assert_board_equals_pbx, tile, wait_call, wait_idle
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig


@pytest.fixture(
    scope="module",
    params=[pytest.param(22, marks=pytest.mark.asterisk), pytest.param(16, marks=pytest.mark.asterisk), "demo"],
)
def asterisk(request: pytest.FixtureRequest) -> Iterator[Asterisk | DemoAsterisk]:
    if request.param == "demo":
        with DemoAsterisk() as demo:
            yield demo
    else:
        yield request.getfixturevalue(f"asterisk{request.param}")


@pytest.fixture(scope="module")
def office(asterisk: Asterisk | DemoAsterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Panel]:
    folder: Path = tmp_path_factory.mktemp(f"panel-{asterisk.major}")
    with panel(folder, asterisk.ami_url, operators={"alice": "201"}) as running:
        yield running


@pytest.fixture
def rig(asterisk: Asterisk | DemoAsterisk) -> Iterator[Rig | DemoRig]:
    with DemoRig(asterisk) if isinstance(asterisk, DemoAsterisk) else Rig(asterisk) as phones:
        yield phones


@pytest.fixture
def board(office: Panel, rig: Rig) -> Iterator[Board]:
    with Board(office, "alice") as board:
        wait_idle(board)
        yield board


def test_a_call_from_outside_is_shown_answered_transferred_and_ended(
    board: Board, rig: Rig, asterisk: Asterisk
) -> None:
    rig.phone("201", answer_after=1)
    rig.phone("202", answer_after=1)
    caller = rig.call_from_outside("5550100", number="+48600111222", name="Jan Novák")

    ringing = wait_call(board, "ringing", "201")
    assert ringing["direction"] == "in"
    assert ringing["caller"]["name"] == "Jan Novák"
    assert ringing["caller"]["number"] == "+48600111222"
    assert tile(board, "201") == "ringing"

    talking = wait_call(board, "talking", "201")
    assert tile(board, "201") == "talking"
    assert_board_equals_pbx(board, asterisk)

    receipt = board.command("transfer", call=talking["key"], to="202")
    assert receipt["state"] == "done", receipt
    wait_call(board, "talking", "202")
    board.until(lambda: tile(board, "201") == "idle" and tile(board, "202") == "talking", PATIENCE, "the tiles")
    assert_board_equals_pbx(board, asterisk)

    caller.hangup()
    wait_idle(board)
    board.until(lambda: tile(board, "202") == "idle", PATIENCE, "202 is free")
    assert_board_equals_pbx(board, asterisk)


def test_a_call_is_parked_and_taken_back(board: Board, rig: Rig, asterisk: Asterisk) -> None:
    rig.phone("201", answer_after=1)
    caller = rig.call_from_outside("5550100")
    talking = wait_call(board, "talking", "201")

    receipt = board.command("park", call=talking["key"])
    assert receipt["state"] == "done", receipt
    board.until(lambda: board.all("parked"), PATIENCE, "a parked call")
    parked = board.all("parked")[0]
    assert parked["parked_by"]["extension"] == "201"
    assert parked["space"] in receipt["text"]
    assert_board_equals_pbx(board, asterisk)

    receipt = board.command("unpark", parked=parked["key"])
    assert receipt["state"] == "done", receipt
    wait_call(board, "talking", "201")
    board.until(lambda: not board.all("parked"), PATIENCE, "nothing parked")
    assert_board_equals_pbx(board, asterisk)
    caller.hangup()
    wait_idle(board)


def test_a_colleagues_ringing_call_is_picked_up(board: Board, rig: Rig, asterisk: Asterisk) -> None:
    rig.phone("201", answer_after=1)
    rig.phone("202")
    caller = rig.call_from("203", "202")
    ringing = wait_call(board, "ringing", "202")

    receipt = board.command("pickup", call=ringing["key"])
    assert receipt["state"] == "done", receipt
    wait_call(board, "talking", "201", "203")
    board.until(lambda: tile(board, "202") == "idle", PATIENCE, "202 rings no more")
    assert_board_equals_pbx(board, asterisk)
    caller.hangup()
    wait_idle(board)


def test_a_waiting_caller_is_taken_from_a_queue(board: Board, rig: Rig, asterisk: Asterisk) -> None:
    rig.phone("201", answer_after=1)
    caller = rig.call_from_outside("5550101", name="Kim Berg", number="+4722111333")
    board.until(lambda: board.all("caller"), PATIENCE, "a waiting caller")
    waiting = board.all("caller")[0]
    assert (waiting["queue"], waiting["position"], waiting["number"]) == ("front", 1, "+4722111333")
    abandoned = board.row("queue", "front")["abandoned"]

    receipt = board.command("take", caller=waiting["key"])
    assert receipt["state"] == "done", receipt
    wait_call(board, "talking", "201")
    board.until(lambda: not board.all("caller"), PATIENCE, "nobody waits")
    assert board.row("queue", "front")["abandoned"] == abandoned, "a caller who was taken did not give up"
    assert_board_equals_pbx(board, asterisk)
    caller.hangup()
    wait_idle(board)


def test_click_to_dial_rings_my_phone_and_then_the_target(board: Board, rig: Rig, asterisk: Asterisk) -> None:
    rig.phone("201", answer_after=1)
    rig.phone("202", answer_after=1)
    receipt = board.command("call", to="202")
    assert receipt["state"] == "done", receipt
    call = wait_call(board, "talking", "201", "202")
    assert_board_equals_pbx(board, asterisk)

    receipt = board.command("hangup", call=call["key"])
    assert receipt["state"] == "done", receipt
    wait_idle(board)
    assert_board_equals_pbx(board, asterisk)


def test_a_transfer_to_a_busy_phone_comes_back_and_says_so(board: Board, rig: Rig, asterisk: Asterisk) -> None:
    rig.phone("201", answer_after=1)
    rig.phone("202", refuse=True, refuse_with=486)
    caller = rig.call_from_outside("5550100")
    talking = wait_call(board, "talking", "201")
    receipt = board.command("transfer", call=talking["key"], to="202")
    assert receipt["state"] == "failed", receipt
    wait_call(board, "talking", "201")
    assert_board_equals_pbx(board, asterisk)
    caller.hangup()
    wait_idle(board)


def test_a_phone_of_mine_that_does_not_answer_is_said(board: Board, rig: Rig, asterisk: Asterisk) -> None:
    rig.phone("201", refuse=True, refuse_with=603)
    rig.phone("202", answer_after=1)
    receipt = board.command("call", to="202")
    assert receipt["state"] == "failed", receipt
    assert receipt["text"]
    wait_idle(board)
    assert_board_equals_pbx(board, asterisk)
