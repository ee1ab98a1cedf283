"""How a passage through a queue ends where Asterisk tells it twice, not at all, or before the caller has joined."""

from __future__ import annotations

from typing import Any

import pytest

from panel.vocabulary import Link

from .board import EPOCH, Board
from .books import Book
from .test_queues import MEMBER, connected, join, leave, office, rung


LEG, CALLER = f"{EPOCH}.2", f"{EPOCH}.1"


def talking() -> Board:
    """A caller joined, a phone rang, and they talk."""
    board = office()
    join(board, 1, 1, 1)
    rung(board)
    connected(board)
    return board


def kept(board: Board) -> dict[str, Any]:
    board.mirror.changes()
    return Book().read(board.mirror).passage()


def complete(board: Board, reason: str) -> None:
    board.event("AgentComplete", **MEMBER, Uniqueid=CALLER, DestUniqueid=LEG, Reason=reason)


def test_a_caller_who_has_hung_up_before_the_dialplan_came_to_the_queue_has_abandoned() -> None:
    board = office()
    board.channel("Newchannel", 1, "PJSIP/itsp-1", ChannelState="4", Exten="5550101")
    board.event("HangupRequest", Uniqueid=CALLER)
    join(board, 1, 1, 1)
    board.event("QueueCallerAbandon", Queue="front", Uniqueid=CALLER, Position="1")
    leave(board, 1, 0)
    board.hang_up(1)
    row = kept(board)
    assert (row["outcome"], row["is_complete"]) == ("abandoned", True)


def test_of_two_completions_the_first_one_counts() -> None:
    """A blind transfer to nobody: `transfer`, and then `caller`, as the queue_log has it."""
    board = talking()
    complete(board, "transfer")
    complete(board, "caller")
    assert kept(board)["ended_by"] == "transfer"


def test_a_caller_sent_to_nobody_was_sent_on_although_the_hangup_is_told_first() -> None:
    """Asterisk 16, now and then: the log has both, the transfer first."""
    board = talking()
    board.event("BlindTransfer", Result="Success", TransfererUniqueid=LEG, TransfereeUniqueid=CALLER)
    board.event("SoftHangupRequest", Uniqueid=CALLER)
    complete(board, "caller")
    board.hang_up(2)
    complete(board, "transfer")
    board.hang_up(1)
    row = kept(board)
    assert (row["ended_by"], row["is_complete"]) == ("transfer", True)


@pytest.mark.parametrize("ids", [{"Uniqueid": CALLER}, {"DestUniqueid": LEG}, {}], ids=["caller", "leg", "nobody"])
@pytest.mark.parametrize("reasons", [("caller",), ("caller", "transfer"), ("transfer", "caller")])
def test_a_completion_that_comes_after_the_hangups_tells_how_the_talk_ended(
    ids: dict[str, str], reasons: tuple[str, ...]
) -> None:
    """Asterisk 16 and 22: whose channel is gone has no snapshot in AgentComplete any more."""
    board = talking()
    board.event("BlindTransfer", Result="Success", TransfererUniqueid=LEG, TransfereeUniqueid=CALLER)
    board.event("SoftHangupRequest", Uniqueid=CALLER)
    board.hang_up(2, 1)
    for reason in reasons:
        board.event("AgentComplete", **MEMBER, **ids, Reason=reason)
    row = kept(board)
    assert (row["ended_by"], row["is_complete"]) == ("transfer" if "transfer" in reasons else "caller", True)


def test_a_completion_without_channels_is_of_no_talk_that_ended_long_ago_or_of_another_member() -> None:
    board = talking()
    board.event("HangupRequest", Uniqueid=LEG)
    board.hang_up(2, 1)
    board.event("AgentComplete", **{**MEMBER, "Interface": "PJSIP/204"}, Reason="caller")
    board.clock.advance(2)
    board.event("AgentComplete", **MEMBER, Reason="caller")
    assert kept(board)["ended_by"] == "agent"


@pytest.mark.parametrize(("result", "ended_by"), [("Success", "transfer"), ("Fail", "agent")])
def test_a_transfer_that_is_told_after_the_hangups_is_one(result: str, ended_by: str) -> None:
    board = talking()
    board.event("HangupRequest", Uniqueid=LEG)
    board.hang_up(2, 1)
    board.event("BlindTransfer", Result=result, TransfererUniqueid=LEG, TransfereeUniqueid=CALLER)
    assert kept(board)["ended_by"] == ended_by


def test_a_transfer_that_is_told_late_does_not_change_what_the_queue_has_told() -> None:
    board = talking()
    complete(board, "caller")
    board.hang_up(2, 1)
    board.event("BlindTransfer", Result="Success", TransfererUniqueid=LEG, TransfereeUniqueid=CALLER)
    assert kept(board)["ended_by"] == "caller"


def test_a_transfer_without_a_completion_is_a_transfer() -> None:
    board = talking()
    board.event("BlindTransfer", Result="Success", TransfererUniqueid=LEG, TransfereeUniqueid=CALLER)
    board.event("SoftHangupRequest", Uniqueid=CALLER)
    board.hang_up(2, 1)
    row = kept(board)
    assert (row["ended_by"], row["is_open"], row["is_complete"]) == ("transfer", False, True)


def test_a_transfer_that_failed_is_none() -> None:
    board = talking()
    board.event("BlindTransfer", Result="Invalid", TransfererUniqueid=LEG, TransfereeUniqueid=CALLER)
    board.event("HangupRequest", Uniqueid=CALLER)
    board.hang_up(1, 2)
    assert kept(board)["ended_by"] == "caller"


def test_a_caller_who_is_taken_out_of_the_talk_has_ended_it_as_the_queue_sees_it() -> None:
    board = talking()
    board.hang_up(2)
    row = kept(board)
    assert (row["outcome"], row["ended_by"], row["is_complete"]) == ("answered", "caller", True)


def test_who_ended_a_talk_of_which_something_was_missed_is_not_known() -> None:
    board = talking()
    board.mirror.set_link(Link.OFFLINE)
    board.mirror.set_link(Link.LIVE)
    board.hang_up(2)
    assert kept(board)["ended_by"] == "unknown"
