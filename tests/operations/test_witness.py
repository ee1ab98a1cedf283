"""The `queue_log` as a witness: whose end is whose, where whole seconds and two threads do not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.operations import witness
from tests.rig import queue_log


JOIN = "100|1.1|front|NONE|ENTERQUEUE||5550101|1"
CONNECT = "100|1.1|front|Clara|CONNECT|0|1.2|0"
SENT_ON = "101|1.1|front|Clara|BLINDTRANSFER|999|from-internal|0|1|1"
CALLER_HUNG_UP = "101|1.1|front|Clara|COMPLETECALLER|0|1|1"


def log_of(folder: Path, *lines: str) -> list[queue_log.Logged]:
    (folder / "log").mkdir()
    (folder / "log" / "queue_log").write_text("\n".join(lines) + "\n")
    return queue_log.read(folder)


def row(joined_at: float, left_at: float, talk_ended_at: float, ended_by: str) -> dict[str, Any]:
    """A complete passage of the caller of the log."""
    return {
        "queue": "front", "uniqueid": "1.1", "is_complete": True, "outcome": "answered", "agent": "PJSIP/203",
        "agent_name": "Clara", "joined_at": joined_at, "left_at": left_at, "talk_ended_at": talk_ended_at,
        "ended_by": ended_by, "rings_without_answer": 0,
    }  # fmt: skip


@pytest.mark.parametrize("ends", [(SENT_ON, CALLER_HUNG_UP), (CALLER_HUNG_UP, SENT_ON), (SENT_ON,)])
def test_who_is_logged_as_sent_on_was_sent_on_whatever_else_is_logged(tmp_path: Path, ends: tuple[str, ...]) -> None:
    (logged,) = log_of(tmp_path, JOIN, CONNECT, *ends)
    assert (logged.outcome, logged.ended_by, logged.talk_ended_at) == ("answered", "transfer", 101)


def test_who_is_sent_back_into_the_queue_in_the_same_second_is_held_against_the_passage_that_was_seen(
    tmp_path: Path,
) -> None:
    """The first one was not seen; the log says of both that they began at 100."""
    log = log_of(tmp_path, JOIN, CONNECT, SENT_ON.replace("101", "100"), JOIN, CONNECT, CALLER_HUNG_UP)
    seen = row(100.1, 100.8, 101.4, "caller")
    verdict = witness.compare([seen], log)
    assert (verdict.equal, verdict.different, verdict.unseen) == (1, [], [log[0]])
    assert witness.compare([{**seen, "ended_by": "agent"}], log).different, "what neither of them says is different"


def test_of_passages_that_began_far_apart_the_time_says_which_one_was_seen(tmp_path: Path) -> None:
    log = log_of(tmp_path, JOIN, CONNECT, SENT_ON, *(each.replace("10", "20", 1) for each in (JOIN, CONNECT)),
                 CALLER_HUNG_UP.replace("101", "201"))  # fmt: skip
    verdict = witness.compare([row(100.2, 100.8, 101.4, "caller")], log)
    assert verdict.different == ["front 1.1: ended by caller, logged transfer"]
