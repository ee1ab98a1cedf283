"""Worker and web are killed while somebody is on loan: the panel that returns shows it, and ends it when it is over.
What a supervisor did before can still be undone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from panel.vocabulary import utc
from tests.e2e.board import Board
from tests.e2e.demo_rig import DemoAsterisk
from tests.e2e.stack import DATABASE, Panel, panel
from tests.e2e.test_kills import comes_back, kill
from tests.e2e.waiting import PATIENCE
from tests.rig.asterisk import Asterisk


LENT, DMITRI = "support/PJSIP/202", "front/PJSIP/204"


@pytest.fixture(params=[pytest.param(22, marks=pytest.mark.asterisk), "demo"])
def asterisk(request: pytest.FixtureRequest) -> Iterator[Asterisk | DemoAsterisk]:
    if request.param == "demo":
        with DemoAsterisk() as demo:
            yield demo
    else:
        yield request.getfixturevalue("asterisk22")


@pytest.fixture
def office(asterisk: Asterisk | DemoAsterisk, tmp_path: Path) -> Iterator[Panel]:
    with panel(tmp_path, asterisk.ami_url) as running:
        running.add_operator("vera", "supervisor", "201")
        yield running


def make_it_over(office: Panel) -> None:
    """The thirty minutes pass while nobody is there."""
    with closing(sqlite3.connect(office.folder / DATABASE)) as database, database:
        changed = database.execute("UPDATE directory_loan SET until = '2026-01-01 10:00:00'")
        assert changed.rowcount == 1


def test_a_loan_outlives_the_panel_and_ends_when_it_is_back(office: Panel) -> None:
    with Board(office, "vera") as board:
        lent = board.command("agent_borrow", person="202", queue="support", minutes="30")
        assert lent["state"] == "done", str(lent)
        paused = board.command("agent_pause", agent=DMITRI, reason="Lunch")
        assert paused["can_undo"], str(paused)
        board.until(lambda: board.row("member", LENT).get("loan"), PATIENCE, "the loan to show")
        before = board.row("member", LENT)["loan"]
        assert before["until_at"] > utc(0)
        kill(office)
        office.worker.start()
        office.web.start()
        office.wait_ready()
        comes_back(board, board.epoch)
        assert board.row("member", LENT)["loan"] == before
        undone = board.command("undo", command=paused["key"])
        assert (undone["state"], board.row("member", DMITRI)["paused"]) == ("done", False), str(undone)
        kill(office)
        make_it_over(office)
        office.worker.start()
        office.web.start()
        office.wait_ready()
        comes_back(board, board.epoch)
        board.until(lambda: not board.row("member", LENT), PATIENCE, "the loan to end")
        board.until(
            lambda: any(row["name"] == "agent_return" and row["state"] == "done" for row in board.all("command")),
            PATIENCE,
            "the line of the audit log",
        )
