"""The film of a busy office over the death of its worker, held against what boards showed at the time."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.board import Board, log_in
from tests.e2e.busy_pbx import BusyPbx
from tests.e2e.stack import Panel, eventually, panel
from tests.live.reducer import Reducer


pytestmark = pytest.mark.timeout(150)

SECONDS = 30.0
ENOUGH, QUIET = 12, 1.5

Shown = dict[str, dict[str, Any]]


class Witness(Board):
    """A board that remembers all that it has shown, by seq."""

    def __init__(self, panel: Panel, name: str) -> None:
        super().__init__(panel, name)
        self.name = name
        self.seen: dict[int, Shown] = {}
        self.changed_at = time.monotonic()

    def _fold(self, frame: dict[str, Any]) -> bool:
        is_lost = super()._fold(frame)
        if frame["type"] != "result" and not is_lost:
            if self.seq not in self.seen:
                self.changed_at = time.monotonic()
            self.seen[self.seq] = without_pbx(self.rows)
        return is_lost


def without_pbx(rows: Shown) -> Shown:
    return {kind: dict(of_kind) for kind, of_kind in rows.items() if of_kind and kind not in ("pbx", "command")}


def film(office: Panel, cookie: str, at: int, seconds: int = 600) -> dict[str, Any]:
    address = f"{office.address}/replay/film?at={at}&seconds={seconds}"
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Cookie": cookie}), timeout=10) as answer:
        piece: dict[str, Any] = json.load(answer)
        return piece


def moments(piece: dict[str, Any]) -> dict[int, Shown]:
    """What the film shows, by seq."""
    reducer, shown = Reducer(), {}
    for frame in [piece["snapshot"], *(frame for _, frame in piece["patches"])]:
        assert reducer.apply(frame) is False
        shown[reducer.seq] = without_pbx(reducer.shown())
    return shown


def link_at(piece: dict[str, Any], at: int) -> str:
    reducer = Reducer()
    for frame in [piece["snapshot"], *(frame for since, frame in piece["patches"] if since <= at)]:
        reducer.apply(frame)
    link: str = reducer.rows["pbx"]["pbx"]["link"]
    return link


def now() -> int:
    return int(time.time() * 1000)


def test_the_film_is_what_boards_showed_also_over_the_death_of_the_worker(tmp_path: Path) -> None:
    with BusyPbx(extensions=60, rate=8, open_for=60) as pbx, panel(tmp_path, pbx.ami_url) as office:
        office.add_operator("sue", role="supervisor")
        office.add_operator("dan", role="supervisor", departments="Sales")
        with Witness(office, "sue") as sue, Witness(office, "dan") as dan:
            began = now()
            for witness in (sue, dan):
                witness.until(lambda: len(witness.seen) > ENOUGH, SECONDS, "much has happened")  # noqa: B023
            pbx.stand_still()
            eventually(lambda: time.monotonic() - sue.changed_at > QUIET, SECONDS, "the board is quiet")
            office.worker.kill()
            killed, epoch, last = now(), sue.epoch, sue.seq
            office.worker.start()
            for witness in (sue, dan):
                witness.until(lambda: witness.epoch != epoch, SECONDS, "another worker")  # noqa: B023
                check(office, witness, began, killed, last)


def check(office: Panel, witness: Witness, began: int, killed: int, last: int) -> None:
    cookie = log_in(office.address, witness.name)
    eventually(lambda: film(office, cookie, killed, 1)["latest"] > killed + QUIET * 1000, SECONDS, "it is on film")
    piece = film(office, cookie, began)
    filmed, seen = moments(piece), {seq: rows for seq, rows in witness.seen.items() if seq <= last}
    assert filmed[max(seq for seq in filmed if seq <= last)] == seen[max(seen)]
    for seq in filmed.keys() & seen.keys():
        assert filmed[seq] == seen[seq]
    [gap] = [gap for gap in piece["gaps"] if gap[1] > began]
    assert killed - 2_000 < gap[0] <= killed + 500
    assert link_at(piece, gap[0] - 1) == "live"
    assert link_at(piece, gap[0]) == link_at(piece, gap[0] + 500) == "stale"
