"""What docs/running.md promises, on both databases. Programs that watch see the worker, which has no port, on /metrics,
and one command in the logs of both processes. A backup of some time ago is put in the place of the database, by the
commands given there, under a PBX on which the calls go on (case 50).
"""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.board import Board
from tests.e2e.demo_rig import DemoAsterisk, DemoRig
from tests.e2e.stack import ROOT, Panel, Process, eventually, panel
from tests.e2e.waiting import PATIENCE, RIGHT_AGAIN, assert_board_equals_pbx, is_live


pytestmark = pytest.mark.timeout(180)

MUSIC = "5550108"
"""A number that answers by itself."""

ENGINES = ["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.postgres)]


def commands_for(what: str, engine: str) -> str:
    """What the document says to type."""
    text = (ROOT / "docs" / "running.md").read_text()
    chapter = text.partition(f"## {what}\n")[2].partition("\n## ")[0]
    found = re.search(rf"^{engine}[^`]*?:\n\n```sh\n(.*?)```", chapter, re.DOTALL | re.MULTILINE)
    assert found, f"{what} says how for {engine}"
    return found[1]


class Office:
    """A panel on the demo PBX, and its backup."""

    def __init__(self, engine: str, panel: Panel, pbx: DemoAsterisk, backup: Path) -> None:
        self.engine = engine
        self.panel = panel
        self.pbx = pbx
        self.environment = {**panel.environment, "BACKUP": str(backup)}

    def do(self, what: str) -> None:
        script = commands_for(what, self.engine)
        done = subprocess.run(
            ["sh", "-euc", script], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr


@pytest.fixture(scope="module", params=ENGINES)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder, url = tmp_path_factory.mktemp("office"), ""
    if request.param == "PostgreSQL":
        url = request.getfixturevalue("postgres").own_database()
    options = {"operators": {"alice": "201"}, "database_url": url, "under": ["env", "LOG_FORMAT=json"]}
    with DemoAsterisk() as pbx, panel(folder, pbx.ami_url, **options) as running:
        yield Office(request.param, running, pbx, folder / "backup")


def figures(panel: Panel) -> dict[str, float]:
    with urllib.request.urlopen(f"{panel.address}/metrics", timeout=5) as answer:
        lines = [line for line in answer.read().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def log_of(process: Process) -> list[dict[str, Any]]:
    return [json.loads(line) for line in process.log.read_text().splitlines() if line]


def test_the_worker_is_seen_through_the_web_and_a_command_in_both_logs(office: Office) -> None:
    panel = office.panel
    counted = 'cordboard_ami_events_total{pbx="pbx"}'
    eventually(lambda: counted in figures(panel), PATIENCE, "the worker has renewed its lease for the first time")
    before = figures(panel)
    with DemoRig(office.pbx) as rig, Board(panel, "alice") as board:
        rig.call_from_outside(MUSIC)
        board.until(lambda: board.all("call"), PATIENCE, "the call on the board")
        ended = board.command("hangup", call=board.all("call")[0]["key"])
    assert ended["state"] == "done"

    def grown(name: str) -> float:
        return figures(panel)[f'{name}{{pbx="pbx"}}'] - before[f'{name}{{pbx="pbx"}}']

    eventually(lambda: grown("cordboard_ami_events_total") >= 8, PATIENCE, "the events of the call are counted")
    eventually(lambda: grown("cordboard_changes_total") >= 3, PATIENCE, "and the changes that they made")
    assert grown("cordboard_flush_seconds_count") >= grown("cordboard_event_to_commit_seconds_count") >= 2
    assert 0 < grown("cordboard_event_to_commit_seconds_sum") < PATIENCE
    assert figures(panel)['cordboard_ami_resyncs_total{pbx="pbx"}'] == 1

    for process, name in ((panel.web, "web"), (panel.worker, "ami_worker")):
        lines = log_of(process)
        assert {line["process"] for line in lines} == {name}
        about = [line for line in lines if line.get("command") == ended["key"]]
        assert about
        assert all(line["message"].startswith("hangup by alice") for line in about)
        assert {line["pid"] for line in about} == {process.pid}


def test_an_old_backup_that_is_restored_shows_the_present(office: Office) -> None:
    with DemoRig(office.pbx) as rig, Board(office.panel, "alice") as board:
        callers = [rig.call_from_outside(MUSIC, number=f"+4860011122{index}") for index in range(3)]
        board.until(lambda: len(board.all("call")) == 3, PATIENCE, "three calls on the board")
        known = {command["key"] for command in board.all("command")}
        kept = board.command("hangup", call=board.all("call")[0]["key"])
        board.until(lambda: len(board.all("call")) == 2, PATIENCE, "two calls on the board")
        office.do("Back up")

        lost = board.command("hangup", call=board.all("call")[0]["key"])
        assert (kept["state"], lost["state"]) == ("done", "done")
        rig.call_from_outside(MUSIC, number="+48700000000")
        board.until(lambda: len(board.all("call")) == 2, PATIENCE, "one call fewer and one more")
        before = board.epoch

        for process in (office.panel.web, office.panel.worker):
            process.stop()
        for caller in callers:
            caller.hangup()
        rig.call_from_outside(MUSIC, number="+48711111111")
        office.do("Restore")
        office.panel.worker.start()
        office.panel.web.start()
        office.panel.wait_ready()
        began = time.monotonic()
        board.connect()
        board.until(lambda: is_live(board), RIGHT_AGAIN, "the board is live")
        assert_board_equals_pbx(board, office.pbx, RIGHT_AGAIN - (time.monotonic() - began))  # type: ignore[arg-type]
        assert len(board.all("call")) == 2, "what was in the backup has ended, what began since then is there"
        assert board.epoch != before
        assert {command["key"] for command in board.all("command")} == known | {kept["key"]}, "it is the backup"
