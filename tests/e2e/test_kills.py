"""Worker and web are killed in the middle of a transfer: the caller has music and a way back, a phone rings with the
caller again, and the panel that returns shows where everyone is.

On real Asterisks; the way back is that of our dialplan include, with times short enough for tests.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.board import Board, Row
from tests.e2e.stack import Panel, eventually, panel
from tests.e2e.waiting import PATIENCE, assert_board_equals_pbx, is_live, wait_call, wait_idle
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig, SipProcess


pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(180)]

QUICK = {"TRANSFER_TIMEOUT": 4, "HOLD_TIMEOUT": 4, "CAMP_TIMEOUT": 4, "RETURN_TIMEOUT": 20}
"""Seconds: longer than a kill, shorter than a test."""


@pytest.fixture(scope="module", params=[22, 16])
def asterisk(request: pytest.FixtureRequest) -> Iterator[Asterisk]:
    found: Asterisk = request.getfixturevalue(f"asterisk{request.param}")
    for name, seconds in QUICK.items():
        found.cli(f"dialplan set global CORDBOARD_{name} {seconds}")
    yield found
    for name in QUICK:
        found.cli(f"dialplan set global CORDBOARD_{name} ")


@pytest.fixture(scope="module")
def office(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Panel]:
    with panel(tmp_path_factory.mktemp("kills"), asterisk.ami_url) as running:
        running.add_operator("alice", extension="201")
        yield running


@pytest.fixture
def rig(asterisk: Asterisk) -> Iterator[Rig]:
    with Rig(asterisk) as phones:
        yield phones


@pytest.fixture
def board(office: Panel, rig: Rig) -> Iterator[Board]:
    with Board(office, "alice") as board:
        wait_idle(board)
        yield board


class Desk:
    """Alice's phone, a caller who talks to her, and a panel that can be killed."""

    def __init__(self, office: Panel, board: Board, rig: Rig, asterisk: Asterisk) -> None:
        self.office, self.board, self.rig, self.asterisk = office, board, rig, asterisk
        self.phone = rig.phone("201", answer_after=0)
        rig.call_from_outside("5550100", name="Jan Novák")
        self.call = wait_call(board, "talking", "201")["key"]

    def give(self, name: str, **args: str) -> None:
        receipt = self.board.command(name, call=self.call, **args)
        assert receipt.get("state") == "done", str(receipt)

    def kill(self) -> None:
        """Worker and web, as by a power cut."""
        self._epoch = self.board.epoch
        self.office.worker.kill()
        self.office.web.kill()

    def phone_rings_with_the_caller(self, phone: SipProcess, calls: int) -> None:
        """For the `calls`-th time since the phone was put on the desk, and it answers."""
        phone.wait("answered", count=calls, timeout=40)
        eventually(lambda: self._talk_in_one_bridge(), PATIENCE, "the caller talks with somebody again")

    def _talk_in_one_bridge(self) -> bool:
        with self.asterisk.session() as session:
            channels = session.list("CoreShowChannels")
        caller = [each["BridgeId"] for each in channels if each["Channel"].startswith("PJSIP/itsp")]
        return len(caller) == 1 and caller[0] != "" and [each["BridgeId"] for each in channels].count(caller[0]) == 2

    def panel_returns(self) -> None:
        self.office.worker.start()
        self.office.web.start()
        self.office.wait_ready()
        self.board.connect()
        # Until the dead worker's lease has run out, its picture still counts as live.
        self.board.until(lambda: self.board.epoch != self._epoch and is_live(self.board), PATIENCE, "the board is live")
        assert_board_equals_pbx(self.board, self.asterisk)

    def care(self) -> Row:
        found: Row = self.board.row("call", self.call).get("care") or {}
        return found


@pytest.fixture
def desk(office: Panel, board: Board, rig: Rig, asterisk: Asterisk) -> Desk:
    return Desk(office, board, rig, asterisk)


def test_a_caller_on_hold_is_heard_of_again(desk: Desk) -> None:
    desk.give("hold")
    desk.kill()
    desk.phone_rings_with_the_caller(desk.phone, 2)
    desk.panel_returns()


def test_a_caller_on_a_transfer_that_nobody_answers_is_heard_of_again(desk: Desk) -> None:
    desk.rig.phone("202")
    desk.give("transfer", to="202")
    desk.kill()
    desk.phone_rings_with_the_caller(desk.phone, 2)
    desk.panel_returns()


def test_a_caller_who_camps_on_is_heard_of_again(desk: Desk) -> None:
    desk.rig.phone("202", answer_after=0)
    desk.rig.call_from("203", "202")
    wait_call(desk.board, "talking", "202", "203")
    desk.give("camp", to="202")
    desk.kill()
    desk.phone_rings_with_the_caller(desk.phone, 2)
    desk.panel_returns()


def test_a_caller_about_whom_somebody_is_asked_is_heard_of_again(desk: Desk) -> None:
    colleague = desk.rig.phone("202", answer_after=0)
    desk.give("consult", to="202")
    colleague.wait("answered")
    desk.kill()
    desk.phone.hangup()
    desk.phone_rings_with_the_caller(desk.phone, 2)
    desk.panel_returns()


def test_a_panel_that_returns_shows_who_is_on_hold_since_when_and_for_whom(desk: Desk) -> None:
    desk.asterisk.cli("dialplan set global CORDBOARD_HOLD_TIMEOUT 60")
    try:
        desk.give("hold", to="204")
        desk.board.until(lambda: desk.care().get("kind") == "hold", PATIENCE, "on hold")
        before = desk.care()
        desk.kill()
        desk.panel_returns()
        desk.board.until(lambda: desk.care().get("kind") == "hold", PATIENCE, "still on hold")
        assert desk.care()["operator"]["number"] == before["operator"]["number"] == "201"
        assert desk.care()["target"]["number"] == "204"
        receipt = desk.board.command("retrieve", call=desk.call)
        assert receipt.get("state") == "done", str(receipt)
        wait_call(desk.board, "talking", "201")
    finally:
        desk.asterisk.cli(f"dialplan set global CORDBOARD_HOLD_TIMEOUT {QUICK['HOLD_TIMEOUT']}")
