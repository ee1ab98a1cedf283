"""A worker is killed while callers wait in a queue: what it had written stays, what goes on goes on in the same rows,
and what nobody saw is said to be not seen.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.board import Board
from tests.e2e.stack import Panel, eventually, panel
from tests.e2e.waiting import PATIENCE, is_live
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Rig


pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(120)]

FIRST, SECOND = "+48600111001", "+48600111002"
READ = """
import json
from panel.history.models import Call, Gap, Passage
print(json.dumps({
    "passages": {row["number"]: row for row in Passage.objects.values(
        "number", "key", "outcome", "is_complete", "is_open", "agent_extension", "ended_by")},
    "gaps": list(Gap.objects.values("is_open", "reason")),
    "calls": list(Call.objects.order_by("started_at").values("number", "is_open", "is_complete")),
}))
"""


def history(office: Panel) -> Any:
    return json.loads(office.manage("shell", "-v0", "-c", READ).splitlines()[-1])


def test_callers_who_wait_while_the_worker_is_killed(own_asterisk: Asterisk, own_rig: Rig, tmp_path: Path) -> None:
    with panel(tmp_path, own_asterisk.ami_url, operators={"alice": "201"}) as office, Board(office, "alice") as board:
        member = own_rig.phone("203")
        first = own_rig.call_from_outside("5550101", number=FIRST)
        board.until(lambda: len(board.all("caller")) == 1, PATIENCE, "the first waits")
        second = own_rig.call_from_outside("5550101", number=SECOND)
        board.until(lambda: len(board.all("caller")) == 2, PATIENCE, "two callers wait")
        before = history(office)["passages"]
        assert {row["outcome"] for row in before.values()} == {"waiting"}

        epoch = board.epoch
        office.worker.kill()
        first.hangup()
        office.worker.start()
        office.wait_ready()
        board.until(lambda: board.epoch != epoch and is_live(board), PATIENCE, "the board is live again")
        member.wait("ringing", timeout=PATIENCE)
        member.answer()
        board.until(lambda: board.row("queue", "front")["answered_today"] == 1, PATIENCE, "the second is answered")
        second.hangup()
        eventually(lambda: not history(office)["passages"][SECOND]["is_open"], PATIENCE, "the talk has ended")

        now = history(office)
        passages = now["passages"]
        assert {number: row["key"] for number, row in passages.items()} == {
            number: row["key"] for number, row in before.items()
        }
        assert (passages[FIRST]["outcome"], passages[FIRST]["is_complete"]) == ("unknown", False)
        answered = passages[SECOND]
        assert (answered["outcome"], answered["agent_extension"], answered["ended_by"]) == ("answered", "203", "caller")
        assert answered["is_complete"] is False
        assert now["gaps"] == [{"is_open": False, "reason": "No worker was there."}]
        assert [(call["number"], call["is_open"], call["is_complete"]) for call in now["calls"]] == [
            (FIRST, False, False),
            (SECOND, False, False),
        ]
        figures = board.row("queue", "front")
        assert (figures["offered_today"], figures["lost_today"], figures["is_complete_today"]) == (2, 0, False)
