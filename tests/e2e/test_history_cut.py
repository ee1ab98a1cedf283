"""The line to Asterisk is cut in a busy hour, while callers come, are answered and give up: what is kept afterwards is
what Asterisk has logged, or is marked as not seen.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.board import Board
from tests.e2e.proxy import Line
from tests.e2e.stack import Panel, eventually, panel
from tests.e2e.waiting import PATIENCE, is_live
from tests.operations import witness
from tests.rig import queue_log
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Phone, Rig, SipProcess


pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(120)]

FRONT = "5550101"
READ = """
import json
from panel.history.models import Gap, Passage
def plain(rows):
    return [{name: value.timestamp() if name.endswith("_at") and value else value for name, value in row.items()}
            for row in rows]
print(json.dumps({"passages": plain(Passage.objects.values()), "gaps": plain(Gap.objects.values())}))
"""


def history(office: Panel) -> Any:
    return json.loads(office.manage("shell", "-v0", "-c", READ).splitlines()[-1])


class BusyHour:
    """Callers of the queue `front`, by name, and the phone of its only member who is there."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.member: Phone = rig.phone("203")
        self.callers: dict[str, SipProcess] = {}
        self._answered = 0

    def call(self, *names: str) -> None:
        for name in names:
            self.callers[name] = self._rig.call_from_outside(FRONT, number=f"+4860011100{len(self.callers)}", name=name)

    def answer(self) -> None:
        """The next one whom the queue sends to the phone."""
        self._answered += 1
        self.member.wait("ringing", count=self._answered, timeout=PATIENCE)
        self.member.answer()
        self.member.wait("answered", count=self._answered, timeout=PATIENCE)

    def leave(self, name: str) -> None:
        self.callers[name].hangup()


def test_what_happens_while_the_line_is_cut_is_marked_and_nothing_is_invented(
    own_asterisk: Asterisk, own_rig: Rig, tmp_path: Path
) -> None:
    parts = urlsplit(own_asterisk.ami_url)
    with (
        Line((parts.hostname or "", parts.port or 0)) as line,
        panel(tmp_path, line.url(own_asterisk.ami_url), operators={"alice": "201"}) as office,
        Board(office, "alice") as board,
    ):
        hour = BusyHour(own_rig)
        hour.call("before")
        hour.answer()
        hour.leave("before")
        hour.call("talks")
        hour.answer()
        hour.call("gives up", "is answered")
        board.until(lambda: len(board.all("caller")) == 2, PATIENCE, "two callers wait")

        line.refuse()
        board.until(lambda: not is_live(board), PATIENCE, "the board says that the picture is old")
        hour.leave("gives up")
        hour.call("comes and goes")
        queued(own_asterisk, 2)
        hour.leave("comes and goes")
        hour.leave("talks")
        hour.answer()
        hour.call("waits")
        queued(own_asterisk, 1)
        line.restore()

        board.until(lambda: is_live(board), PATIENCE, "the board is live again")
        board.until(lambda: len(board.all("caller")) == 1, PATIENCE, "who waits is shown")
        hour.leave("is answered")
        hour.answer()
        hour.leave("waits")
        eventually(lambda: not any(row["is_open"] for row in history(office)["passages"]), PATIENCE, "all is over")
        figures = board.row("queue", "front")
        kept = history(office)

    log = queue_log.read(own_asterisk.directory)
    verdict = witness.compare(kept["passages"], log)
    assert (verdict.different, verdict.invented) == ([], []), "no row says what was not"
    assert (verdict.equal, verdict.incomplete, len(verdict.unseen)) == (1, 4, 1)
    (gap,) = kept["gaps"]
    assert gap["began_at"] - 1 <= verdict.unseen[0].joined_at <= gap["ended_at"], "who was not seen came in the gap"
    rows = {row["name"]: (row["outcome"], row["ended_by"], row["is_complete"]) for row in kept["passages"]}
    assert rows.pop("before") == ("answered", "caller", True)
    assert rows.pop("waits") == ("answered", "caller", False)
    assert rows.pop("talks") == ("answered", "unknown", False)
    assert rows.pop("gives up") == ("unknown", "", False)
    assert set(rows) == {"is answered"}
    assert figures["is_complete_today"] is False
    assert figures["offered_today"] == len(kept["passages"])
    assert figures["lost_today"] == 0, "nobody is said to be lost who was not seen to be"


def queued(asterisk: Asterisk, number: int) -> None:
    """So many wait, as Asterisk says on a session of its own."""

    def waiting() -> int:
        with asterisk.session() as session:
            return sum(item["Event"] == "QueueEntry" for item in session.list("QueueStatus"))

    eventually(lambda: waiting() == number, PATIENCE, f"{number} wait")
