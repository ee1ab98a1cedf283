"""What a panel with calls on it tells the programs that watch it: on /metrics also figures of the worker, which has no
port of its own, and a log in which one command can be followed through both processes.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.board import Board
from tests.e2e.demo_rig import DemoAsterisk, DemoRig
from tests.e2e.stack import Panel, Process, eventually, panel
from tests.e2e.waiting import PATIENCE


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Panel, DemoAsterisk]]:
    folder, as_json = tmp_path_factory.mktemp("outside"), ["env", "LOG_FORMAT=json"]
    with DemoAsterisk() as pbx, panel(folder, pbx.ami_url, operators={"alice": "201"}, under=as_json) as running:
        yield running, pbx


def figures(panel: Panel) -> dict[str, float]:
    with urllib.request.urlopen(f"{panel.address}/metrics", timeout=5) as answer:
        lines = [line for line in answer.read().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def log_of(process: Process) -> list[dict[str, Any]]:
    return [json.loads(line) for line in process.log.read_text().splitlines() if line]


def test_the_worker_is_seen_through_the_web_and_a_command_in_both_logs(office: tuple[Panel, DemoAsterisk]) -> None:
    panel, pbx = office
    counted = 'cordboard_ami_events_total{pbx="pbx"}'
    eventually(lambda: counted in figures(panel), PATIENCE, "the worker has renewed its lease for the first time")
    before = figures(panel)
    with DemoRig(pbx) as rig, Board(panel, "alice") as board:
        rig.call_from_outside("5550108")
        board.until(lambda: board.all("call"), PATIENCE, "the call on the board")
        ended = board.command("hangup", call=board.all("call")[0]["key"])
    assert ended["state"] == "done"

    def grown(name: str) -> float:
        return figures(panel)[f'{name}{{pbx="pbx"}}'] - before[f'{name}{{pbx="pbx"}}']

    eventually(lambda: grown("cordboard_ami_events_total") >= 8, PATIENCE, "the events of the call are counted")
    eventually(lambda: grown("cordboard_changes_total") >= 3, PATIENCE, "and the changes that they made")
    assert grown("cordboard_flush_seconds_count") >= grown("cordboard_event_to_commit_seconds_count") >= 2
    assert 0 < grown("cordboard_event_to_commit_seconds_sum") < PATIENCE
    now = figures(panel)
    assert now['cordboard_ami_resyncs_total{pbx="pbx"}'] == now['cordboard_lease_epoch{pbx="pbx"}'] == 1

    for process, name in ((panel.web, "web"), (panel.worker, "ami_worker")):
        lines = log_of(process)
        assert {(line["process"], line["pid"]) for line in lines} == {(name, process.pid)}
        about = [line["message"] for line in lines if line.get("command") == ended["key"]]
        assert about
        assert all(message.startswith("hangup by alice") for message in about)
