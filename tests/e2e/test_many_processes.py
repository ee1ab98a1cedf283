"""Of several webs and workers, who is stopped or restarted is not missed."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress

import psycopg
import pytest
from playwright.sync_api import Browser, expect
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.e2e.board import Board, Row
from tests.e2e.demo_rig import DemoRig
from tests.e2e.page import log_in
from tests.e2e.processes import Office, many_processes, wait_stands_by
from tests.e2e.stack import Process, eventually
from tests.e2e.truth import assert_every_row_is_right
from tests.e2e.waiting import PATIENCE, RIGHT_AGAIN, is_live
from tests.rig.postgres import Postgres
from tests.rig.redis import Redis


pytestmark = [pytest.mark.alone, pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(180)]

MUSIC = "5550108"
"""Answers by itself and plays music until the caller hangs up: nothing else goes on."""

OPERATORS = {"alice": "201", "bruno": "202"}
ENDED = {"done", "failed", "unknown"}
BACK_SECONDS = 20.0
"""For a process to end and to start on a busy machine."""


@pytest.fixture(scope="module")
def office(postgres: Postgres, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with many_processes(postgres, redis, tmp_path_factory.mktemp("processes"), OPERATORS) as office:
        yield office


@pytest.fixture
def rig(office: Office) -> Iterator[DemoRig]:
    with DemoRig(office.pbx) as rig:
        yield rig


def stop_in_the_middle_of_a_write(office: Office, rig: DemoRig, worker: Process) -> None:
    """Stop it where it has begun to write about a new call and holds the lease's row: its first INSERT has had to wait
    for somebody else's lock, and goes through as soon as nobody is there any more to go on after it.
    """
    with psycopg.connect(office.panel.environment["DATABASE_URL"]) as other:
        other.execute("LOCK TABLE live_change IN SHARE ROW EXCLUSIVE MODE")
        rig.call_from_outside(MUSIC, number="+48700000000")
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT%'"
        eventually(lambda: office.value(waits) == 1, PATIENCE, "the worker writes")
        worker.signal(signal.SIGSTOP)
        other.rollback()
    left = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in %' AND query LIKE 'INSERT%'"
    eventually(lambda: office.value(left) == 1, PATIENCE, "a transaction is left open")


def test_a_worker_stopped_in_the_middle_of_a_write_keeps_nobody_out_and_writes_nothing_when_it_wakes(
    office: Office, rig: DemoRig
) -> None:
    with Board(office.panel, "alice") as board:
        first = rig.call_from_outside(MUSIC)
        board.until(lambda: len(board.all("call")) == 1, PATIENCE, "a call")
        stopped, _ = office.workers()
        epoch = board.epoch
        stop_in_the_middle_of_a_write(office, rig, stopped)
        began = time.monotonic()
        try:
            first.hangup()
            rig.call_from_outside(MUSIC, number="+48700000001")
            board.until(lambda: board.epoch != epoch and is_live(board), RIGHT_AGAIN, "the standby has taken over")
            assert_every_row_is_right(board, office.pbx, began + RIGHT_AGAIN - time.monotonic())
            assert len(board.all("call")) == 2
            last = office.value("SELECT max(seq) FROM live_change WHERE kind <> 'pbx'")
        finally:
            said = len(stopped.log.read_text())
            stopped.signal(signal.SIGCONT)
        wait_stands_by(stopped, said)
        assert office.value("SELECT max(seq) FROM live_change WHERE kind <> 'pbx'") == last
        assert office.workers()[1] is stopped
        assert_every_row_is_right(board, office.pbx, RIGHT_AGAIN)
        assert board.closed is None
        assert (board.gaps, board.snapshots) == (0, 2), "one new epoch"


class Notes:
    """An operator who writes one note after the other about a call, in a thread of its own. `receipts` has what became
    of each.

    Behaves as a page does: comes back when the socket is closed, and what was not answered is asked for once more under
    the same intent, which gives the same command.
    """

    def __init__(self, board: Board, name: str, call: str) -> None:
        self._board, self._name, self._call = board, name, call
        self._enough = threading.Event()
        self._number = 0
        self.receipts: dict[str, Row] = {}

    def write(self) -> None:
        while not self._enough.wait(0.1):  # nobody gives more than twenty a second
            text = f"{self._name} {len(self.receipts)}"
            self.receipts[text] = self._give(text)

    def until_more(self, number: int = 5) -> None:
        wanted = len(self.receipts) + number
        eventually(lambda: len(self.receipts) >= wanted, BACK_SECONDS, f"{self._name} goes on giving commands")

    def end(self) -> None:
        self._enough.set()

    def _give(self, text: str) -> Row:
        frame = {"type": "command", "name": "note", "args": {"call": self._call, "text": text}, "intent": text}
        board = self._board
        while True:
            self._number = 0
            with suppress(ConnectionClosed):
                self._number = board.send(frame)
                board.until(lambda: board.closed or self._outcome(), PATIENCE, text)
            outcome = self._outcome()
            if outcome.get("code") == "not_connected":
                board.until(lambda: board.closed or is_live(board), PATIENCE, "the board is live")
            elif outcome:
                return outcome
            if board.closed:
                self._come_back()

    def _outcome(self) -> Row:
        """The row of the command when it has ended, or the error when it was refused."""
        result = self._board.results.get(self._number)
        if result is None:
            return {}
        if not result["success"]:
            error: Row = result["error"]
            return error
        row = self._board.row("command", result["result"]["command"])
        return row if row.get("state") in ENDED else {}

    def _come_back(self) -> None:
        deadline = time.monotonic() + BACK_SECONDS
        while True:
            self._board.close()
            try:
                return self._board.connect()
            except (OSError, WebSocketException):
                assert time.monotonic() < deadline, "the web is not there again"
                time.sleep(0.1)


@contextmanager
def notes_written(board: Board, name: str, call: str) -> Iterator[Notes]:
    """Raises at the end what the thread has raised."""
    notes = Notes(board, name, call)
    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(notes.write)
        try:
            yield notes
        finally:
            notes.end()
            writing.result(BACK_SECONDS)


@pytest.mark.browser
def test_webs_and_workers_restarted_in_turn_drop_no_command_and_no_page_is_loaded_again(
    office: Office, rig: DemoRig, chromium: Browser
) -> None:
    with ExitStack() as stack:
        boards = [stack.enter_context(Board(office.panel, name, web=web)) for web, name in enumerate(OPERATORS)]
        page = chromium.new_page()
        log_in(page, office.panel.address, next(iter(OPERATORS)))
        page.evaluate("() => { window.isStillHere = true; }")
        for number in range(2):
            rig.call_from_outside(MUSIC, number=f"+4870000000{number}")
        boards[0].until(lambda: len(boards[0].all("call")) == 2, PATIENCE, "two calls")
        calls = sorted(call["key"] for call in boards[0].all("call"))
        writers = [
            stack.enter_context(notes_written(board, name, call))
            for board, name, call in zip(boards, OPERATORS, calls, strict=True)
        ]
        for process in (*office.panel.webs, *office.workers()):
            for notes in writers:
                notes.until_more()
            assert process.stop() == 0
            process.start()
        for notes in writers:
            notes.until_more()
        expect(page.locator("html")).to_have_attribute("data-link", "live", timeout=1000 * BACK_SECONDS)
        assert page.evaluate("window.isStillHere")
    for text, row in {**writers[0].receipts, **writers[1].receipts}.items():
        assert row.get("state") == "done", (text, row)
        assert office.line.sent.count(f"|{text}\r\n".encode()) == 1, text
    assert [board.gaps for board in boards] == [0, 0]
