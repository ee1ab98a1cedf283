"""What is kept while nobody looks, what lists say afterwards, and lists that are faster than the events."""

from __future__ import annotations

from typing import Any

import pytest

from ami_worker.mirror import Family
from panel.vocabulary import Kind, Link, RecordKind

from .board import Board, message, uid
from .books import Book
from .test_history import abandon, complete, hang_up_request, kept, talking, waiting
from .test_queues import MEMBER, connected, join, office, rung


def entry(number: int, wait: int) -> Any:
    return message("QueueEntry", Queue="front", Position="1", Uniqueid=uid(number), Wait=str(wait), CallerIDNum="1")


def listed(board: Board, *others: Any) -> None:
    """A comparison with the PBX that finds these beside the queue and its member."""
    params = message("QueueParams", Queue="front", Strategy="ringall", Completed="0", Abandoned="0")
    member = message("QueueMember", Queue="front", Name="Clara", Location="PJSIP/203", Status="1", Paused="0")
    board.lists(Family.QUEUES, params, member, *others)


def look_away(board: Board, seconds: float = 30.0) -> float:
    """Returns when the PBX was last heard."""
    at = board.clock.at
    board.mirror.set_link(Link.OFFLINE, "The line was cut.")
    board.clock.advance(seconds)
    return at


def test_one_who_still_waits_goes_on_in_the_same_row_and_is_not_complete() -> None:
    board, book = waiting()
    joined_at = kept(board, book).passage()["joined_at"]
    lost_at = look_away(board)
    listed(board, entry(1, 30))
    board.mirror.set_link(Link.LIVE)
    row = kept(board, book).passage()
    assert (row["outcome"], row["joined_at"], row["is_complete"]) == ("waiting", joined_at, False)
    (gap,) = book.gaps
    assert (gap["began_at"], gap["ended_at"], gap["reason"]) == (lost_at, board.clock.at, "The line was cut.")
    assert board.rows(Kind.QUEUE)["front"]["is_complete_today"] is False


def test_one_who_is_gone_ended_where_sight_was_lost_and_nobody_knows_how() -> None:
    board, book = waiting()
    lost_at = look_away(board)
    board.lists(Family.CHANNELS)
    listed(board)
    board.mirror.set_link(Link.LIVE)
    row = kept(board, book).passage()
    assert (row["outcome"], row["left_at"], row["is_complete"]) == ("unknown", lost_at, False)
    (call,) = book.calls
    assert (call["ended_at"], call["is_complete"]) == (lost_at, False)
    figures = board.rows(Kind.QUEUE)["front"]
    assert (figures["offered_today"], figures["lost_today"], figures["answered_today"]) == (1, 0, 0)


def test_one_who_left_and_came_back_meanwhile_is_another_passage() -> None:
    board, book = waiting()
    lost_at = look_away(board, 100)
    listed(board, entry(1, 10))
    board.mirror.set_link(Link.LIVE)
    first, second = kept(board, book).passages
    assert (first["outcome"], first["left_at"]) == ("unknown", lost_at)
    assert (second["outcome"], second["is_complete"]) == ("waiting", False)
    assert second["joined_at"] == pytest.approx(board.clock.at - 10, abs=0.2)


def test_a_talk_whose_channels_are_gone_ended_unseen() -> None:
    board, book = talking()
    lost_at = look_away(board)
    board.lists(Family.CHANNELS)
    listed(board)
    board.mirror.set_link(Link.LIVE)
    row = kept(board, book).passage()
    assert (row["outcome"], row["talk_ended_at"], row["ended_by"]) == ("answered", lost_at, "unknown")
    assert row["is_complete"] is False


def test_what_members_did_ends_where_sight_was_lost_and_begins_anew() -> None:
    board, book = waiting()
    board.event("QueueMemberPause", **{**MEMBER, "Paused": "1", "PausedReason": "lunch", "Status": "1"})
    lost_at = look_away(board)
    listed(board)
    board.mirror.set_link(Link.LIVE)
    before, after = kept(board, book).spans("member")
    assert (before["ended_at"], before["is_complete"]) == (lost_at, False)
    assert (after["began_at"], after["ended_at"]) == (board.clock.at, None)
    (paused,) = book.spans("paused")
    assert paused["ended_at"] == lost_at, "whether the pause went on is not known; it is over now"


def test_while_nothing_is_seen_only_what_was_known_before_is_given() -> None:
    board, book = waiting()
    lost_at = look_away(board)
    kept(board, book)
    assert (book.passage()["outcome"], book.gaps[0]["began_at"], book.gaps[0]["is_open"]) == ("waiting", lost_at, True)
    abandon(board, 1)
    assert kept(board, book).passage()["outcome"] == "waiting", "the lists have not been compared"
    listed(board)
    board.mirror.set_link(Link.LIVE)
    assert kept(board, book).passage()["outcome"] == "left"


def test_a_pbx_that_was_started_anew_has_ended_all_unseen() -> None:
    board, book = talking()
    lost_at = look_away(board)
    board.mirror.pbx_started(None, "2026-11-22 10:00:00")
    board.mirror.pbx_started(None, "2026-11-22 11:00:00")
    board.mirror.set_link(Link.LIVE)
    row = kept(board, book).passage()
    assert (row["talk_ended_at"], row["ended_by"]) == (lost_at, "unknown")
    assert book.calls[0]["ended_at"] == lost_at


def test_a_caller_whose_joining_was_not_told_is_counted_and_not_complete() -> None:
    board = office()
    listed(board, entry(7, 12))
    row = kept(board, Book()).passage()
    assert (row["outcome"], row["is_complete"]) == ("waiting", False)
    assert row["joined_at"] == pytest.approx(board.clock.at - 12, abs=0.2)


def test_records_are_given_when_something_of_them_changed_and_not_before() -> None:
    board, book = waiting()
    kept(board, book)
    before = dict(book.given)
    board.channel("NewConnectedLine", 1, "PJSIP/itsp-1", ConnectedLineNum="5")
    kept(board, book)
    assert book.given == before
    assert before[RecordKind.PASSAGE] == 1


# --- lists are faster than events -----------------------------------------------------------------------------------


def test_a_list_that_knew_of_the_joining_first_takes_nothing_from_it() -> None:
    board = office()
    book = Book()
    listed(board, entry(1, 0))
    assert kept(board, book).passage()["is_complete"] is False
    join(board, 1, 1, 1)
    assert kept(board, book).passage()["is_complete"] is True


def test_a_list_that_knew_of_the_leaving_first_takes_nothing_from_it() -> None:
    board, book = waiting()
    hang_up_request(board, 1)
    listed(board)
    assert kept(board, book).passage()["outcome"] == "unknown"
    abandon(board, 1)
    row = kept(board, book).passage()
    assert (row["outcome"], row["is_complete"]) == ("abandoned", True)
    assert board.rows(Kind.QUEUE)["front"]["lost_today"] == 1


def test_a_list_that_knew_of_the_answer_first_takes_nothing_from_it() -> None:
    board, book = waiting()
    rung(board)
    listed(board)
    connected(board)
    complete(board, "agent")
    row = kept(board, book).passage()
    assert (row["outcome"], row["ended_by"], row["is_complete"]) == ("answered", "agent", True)
