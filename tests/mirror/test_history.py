"""What is kept of calls, passages and members: by recordings of both Asterisks, and where they have no scene."""

from __future__ import annotations

from typing import Any

import pytest

from ami_worker.mirror import Family
from panel.vocabulary import Kind, NumberPlan

from .board import Board, message, uid
from .books import Book, booked
from .recordings import names
from .test_queues import MEMBER, connected, join, leave, office, rung


BOTH = pytest.mark.parametrize("version", ["22", "16"])
FLUSHES = pytest.mark.parametrize("every", [1, 7, 1000])

QUEUE_SCENES = sorted(name for name in names() if "queue" in name.partition("/")[2])


def kept(board: Board, book: Book) -> Book:
    board.mirror.changes()
    return book.read(board.mirror)


def hang_up_request(board: Board, number: int) -> None:
    board.event("HangupRequest", Uniqueid=uid(number))


def abandon(board: Board, number: int, position: int = 1) -> None:
    board.event("QueueCallerAbandon", Queue="front", Uniqueid=uid(number), Position=str(position))
    leave(board, number, 0)


# --- recordings -----------------------------------------------------------------------------------------------------


@BOTH
@FLUSHES
def test_one_that_is_answered(version: str, every: int) -> None:
    board, book = booked(f"{version}/queue_answered", every=every)
    row = book.passage()
    assert (row["queue"], row["outcome"], row["agent"], row["agent_extension"]) == (
        "front",
        "answered",
        "PJSIP/203",
        "203",
    )
    assert (row["number"], row["name"], row["dialled"]) == ("+48600111222", "Jan Novák", "5550101")
    assert (row["ended_by"], row["rings_without_answer"], row["staff"], row["position"]) == ("caller", 0, {}, 1)
    assert row["joined_at"] < row["left_at"] < row["talk_ended_at"]
    assert (row["is_complete"], row["is_open"]) == (True, False)
    (talk,) = book.spans("talking")
    assert (talk["agent"], talk["agent_name"], talk["ended_at"]) == ("PJSIP/203", "Clara Young", row["talk_ended_at"])
    assert {span["agent"] for span in book.spans("ringing")} == {"PJSIP/203", "PJSIP/204"}
    (call,) = book.calls
    assert (call["direction"], call["number"], call["extensions"]) == ("in", "+48600111222", ["203"])
    assert call["started_at"] <= call["answered_at"] < call["ended_at"]
    assert [step["kind"] for step in call["story"]][-1] == "talked"
    figures = board.rows(Kind.QUEUE)["front"]
    assert (figures["offered_today"], figures["answered_today"], figures["talks_today"]) == (1, 1, 1)


@BOTH
@FLUSHES
def test_two_that_give_up_and_who_was_there(version: str, every: int) -> None:
    board, book = booked(f"{version}/queue_abandoned", every=every)
    first, second = sorted(book.passages, key=lambda row: row["joined_at"])
    assert (first["outcome"], second["outcome"]) == ("abandoned", "abandoned")
    assert (second["position"], second["left_position"]) == (2, 1)
    assert sorted(first["staff"]["ringing"]) == ["Clara Young", "Dmitri Novak"]
    figures = board.rows(Kind.QUEUE)["front"]
    assert (figures["offered_today"], figures["abandoned_today"], figures["lost_today"]) == (2, 2, 2)


@BOTH
@FLUSHES
def test_one_whose_phones_rang_in_vain_before(version: str, every: int) -> None:
    _, book = booked(f"{version}/queue_ring_no_answer", every=every)
    row = book.passage()
    assert (row["outcome"], row["rings_without_answer"], row["ended_by"]) == ("answered", 1, "agent")
    assert {span["agent"] for span in book.spans("ringing", "support")} == {"PJSIP/204", "PJSIP/205"}


@BOTH
@FLUSHES
def test_one_that_is_let_go_has_not_hung_up(version: str, every: int) -> None:
    """Asterisk sends QueueCallerAbandon after the time, too."""
    board, book = booked(f"{version}/queue_timeout", every=every)
    row = book.passage()
    assert (row["outcome"], row["rings_without_answer"]) == ("left", 4)
    assert sorted(row["staff"]["ringing"]) == ["Clara Young", "Dmitri Novak"]
    figures = board.rows(Kind.QUEUE)["front"]
    assert (figures["abandoned_today"], figures["lost_today"]) == (0, 1)


@pytest.mark.parametrize("name", QUEUE_SCENES)
def test_every_join_is_one_passage_that_ends_and_so_does_every_call(name: str) -> None:
    _, book = booked(name)
    assert all(not row["is_open"] and row["is_complete"] for row in book.passages)
    assert len({row["uniqueid"] for row in book.passages}) == len(book.passages) >= 1
    assert all(row["ended_at"] is not None for row in book.calls)
    for kind in ("ringing", "talking"):
        assert all(span["ended_at"] is not None for queue in ("front", "support") for span in book.spans(kind, queue))


@pytest.mark.parametrize("name", names())
def test_every_call_that_was_on_the_board_is_kept_and_none_stays_open(name: str) -> None:
    board, book = booked(name)
    going_on = board.mirror.calls
    for row in book.calls:
        assert row["is_open"] == (row["call"] in going_on), row
    assert board.mirror.records() == [], "nothing is given twice"


@BOTH
def test_a_pause_has_its_reason_and_a_membership_its_end(version: str) -> None:
    _, book = booked(f"{version}/member_pause")
    (paused,) = book.spans("paused")
    assert (paused["agent"], paused["reason"]) == ("PJSIP/204", "lunch")
    assert paused["began_at"] < paused["ended_at"]
    (added,) = (span for span in book.spans("member", "support") if span["agent"] == "PJSIP/206")
    assert added["began_at"] < added["ended_at"]


# --- how a caller leaves --------------------------------------------------------------------------------------------


def waiting() -> tuple[Board, Book]:
    board = office()
    join(board, 1, 1, 1)
    return board, Book()


def test_one_whom_an_operator_took_has_moved_and_is_not_lost() -> None:
    board, book = waiting()
    board.mirror.expect_moved(uid(1))
    abandon(board, 1)
    assert kept(board, book).passage()["outcome"] == "moved"
    figures = board.rows(Kind.QUEUE)["front"]
    assert (figures["moved_today"], figures["lost_today"]) == (1, 0)


def test_one_who_hung_up_before_the_operator_had_it_was_lost() -> None:
    board, book = waiting()
    board.mirror.expect_moved(uid(1))
    hang_up_request(board, 1)
    abandon(board, 1)
    assert kept(board, book).passage()["outcome"] == "abandoned"


@pytest.mark.parametrize("with_abandon", [False, True])
def test_one_who_was_let_out_is_withdrawn(with_abandon: bool) -> None:
    board, book = waiting()
    board.mirror.expect_moved(uid(1), is_withdrawal=True)
    (abandon(board, 1) if with_abandon else leave(board, 1, 0))
    assert kept(board, book).passage()["outcome"] == "withdrawn"


def test_a_move_that_was_announced_long_ago_explains_nothing() -> None:
    board, book = waiting()
    board.mirror.expect_moved(uid(1))
    board.clock.advance(16)
    abandon(board, 1)
    assert kept(board, book).passage()["outcome"] == "left"


PLACE = {"Context": "ext-queues", "Exten": "600"}


def waiting_for_eight_seconds_at_most() -> tuple[Board, Book]:
    """The list of channels has shown Queue() with its time."""
    board, book = waiting()
    listed = message(
        "CoreShowChannel", Channel="PJSIP/itsp-1", Uniqueid=uid(1), Linkedid=uid(1), ChannelState="6",
        Application="Queue", ApplicationData="front,t,,,8", Duration="00:00:01", **PLACE,
    )  # fmt: skip
    board.lists(Family.CHANNELS, listed)
    return board, book


def let_go(board: Board, waited: int) -> None:
    left = {"Queue": "front", "Uniqueid": uid(1), **PLACE}
    board.event("QueueCallerAbandon", **left, HoldTime=str(waited), Position="1")
    board.event("QueueCallerLeave", **left, Count="0")


@pytest.mark.parametrize(("waited", "outcome"), [(8, "timeout"), (3, "left")])
def test_how_long_queue_lets_callers_wait_is_known_from_the_list_of_channels(waited: int, outcome: str) -> None:
    board, book = waiting_for_eight_seconds_at_most()
    let_go(board, waited)
    assert kept(board, book).passage()["outcome"] == outcome


@pytest.mark.parametrize("is_withdrawal", [True, False])
@pytest.mark.parametrize("waited", [8, 3])
def test_of_one_who_is_taken_out_at_the_instant_at_which_the_time_is_over_nobody_says_why(
    waited: int, is_withdrawal: bool
) -> None:
    board, book = waiting_for_eight_seconds_at_most()
    board.mirror.expect_moved(uid(1), is_withdrawal=is_withdrawal)
    let_go(board, waited)
    row = kept(board, book).passage()
    assert row["left_at"] is not None
    known = ("withdrawn" if is_withdrawal else "moved", True)
    assert (row["outcome"], row["is_complete"]) == (("unknown", False) if waited == 8 else known)


def test_one_who_leaves_while_a_member_has_picked_up_is_not_lost_for_a_moment() -> None:
    board, book = waiting()
    rung(board)
    board.channel("Newstate", 2, "PJSIP/203-2", linked=1, ChannelState="6")
    leave(board, 1, 0)
    row = kept(board, book).passage()
    assert (row["outcome"], row["left_at"] is not None) == ("waiting", True)
    assert board.rows(Kind.QUEUE)["front"]["lost_today"] == 0
    board.event("AgentConnect", **MEMBER, Uniqueid=uid(1), DestUniqueid=uid(2), HoldTime="1")
    assert kept(board, book).passage()["outcome"] == "answered"


@pytest.mark.parametrize(("gone", "outcome"), [(1, "abandoned"), (2, "left")])
def test_one_who_was_picked_up_and_never_connected_is_lost(gone: int, outcome: str) -> None:
    board, book = waiting()
    rung(board)
    board.channel("Newstate", 2, "PJSIP/203-2", linked=1, ChannelState="6")
    leave(board, 1, 0)
    board.hang_up(gone)
    assert kept(board, book).passage()["outcome"] == outcome


def test_a_connect_that_comes_after_all_makes_it_answered() -> None:
    board, book = waiting()
    leave(board, 1, 0)
    assert kept(board, book).passage()["outcome"] == "left"
    board.event("AgentConnect", **MEMBER, Uniqueid=uid(1), DestUniqueid=uid(2), HoldTime="1")
    row = kept(board, book).passage()
    assert (row["outcome"], row["staff"]) == ("answered", {})
    figures = board.rows(Kind.QUEUE)["front"]
    assert (figures["offered_today"], figures["answered_today"], figures["lost_today"]) == (1, 1, 0)


def test_the_same_caller_in_two_queues_and_twice_in_one_makes_three_passages() -> None:
    board, book = waiting()
    abandon(board, 1)
    board.channel("QueueCallerJoin", 1, "PJSIP/itsp-1", Queue="support", Position="1", Count="1")
    board.event("QueueCallerLeave", Queue="support", Uniqueid=uid(1), Count="0")
    join(board, 1, 1, 1)
    rows = kept(board, book).passages
    assert [(row["queue"], row["outcome"]) for row in rows] == [
        ("front", "left"),
        ("support", "left"),
        ("front", "waiting"),
    ]


def test_one_number_is_one_however_it_is_written() -> None:
    """The trunk writes it with spaces, who calls back dials it without: what a + or a 0 means nobody knows here."""
    assert numbers_of(called_back(office(), "+49 (0)30 123-4", "+49301234")) == {"+49301234"}
    assert numbers_of(called_back(office(), "+49 30 1234", "0049301234")) == {"+49301234", "0049301234"}


def test_a_number_is_known_again_as_the_house_dials_it() -> None:
    """OUTSIDE_PREFIX and INTERNATIONAL_PREFIX say what a 0 and a + mean here."""
    board = office(NumberPlan(outside="0", international="00"))
    assert numbers_of(called_back(board, "+49 30 1234", "00049301234")) == {"0049301234"}


def called_back(board: Board, caller: str, dialled: str) -> Book:
    """A caller waits in the queue, and somebody dials that number."""
    book = Book()
    board.channel("Newchannel", 1, "PJSIP/itsp-1", ChannelState="4", CallerIDNum=caller, Exten="600")
    board.channel("QueueCallerJoin", 1, "PJSIP/itsp-1", Queue="front", Position="1", Count="1", CallerIDNum=caller)
    board.channel("Newchannel", 2, "PJSIP/203-2", ChannelState="4", Exten=dialled)
    board.channel("Newchannel", 3, "PJSIP/itsp-3", linked=2, ChannelState="5")
    kept(board, book)
    return book


def numbers_of(book: Book) -> set[str]:
    assert {call["direction"] for call in book.calls} == {"in", "out"}
    return {book.passage()["number"], *(call["number"] for call in book.calls)}


def test_who_the_members_are_at_a_loss() -> None:
    board = office()
    board.devices(PJSIP_204="UNAVAILABLE")
    board.event("QueueMemberAdded", **{**MEMBER, "Interface": "PJSIP/204", "MemberName": "Dan", "Status": "5"})
    board.event(
        "QueueMemberAdded", **{**MEMBER, "Interface": "PJSIP/9", "MemberName": "Eva", "Status": "1", "Paused": "1"}
    )
    join(board, 1, 1, 1)
    hang_up_request(board, 1)
    abandon(board, 1)
    staff = kept(board, Book()).passage()["staff"]
    assert staff == {"paused": ["Eva"], "ringing": [], "busy": [], "offline": ["Dan"], "free": ["Clara"]}


# --- how a talk ends ------------------------------------------------------------------------------------------------


def talking() -> tuple[Board, Book]:
    board, book = waiting()
    rung(board)
    connected(board)
    return board, book


def complete(board: Board, reason: str, **fields: str) -> None:
    ids = {"Uniqueid": uid(1), "DestUniqueid": uid(2), **fields}
    board.event("AgentComplete", **MEMBER, **ids, Reason=reason)


def ended(board: Board, book: Book) -> tuple[str, Any]:
    row = kept(board, book).passage()
    return row["ended_by"], row["talk_ended_at"]


def test_a_talk_ends_with_the_first_word_of_it_and_the_reason_counts_most() -> None:
    board, book = talking()
    hang_up_request(board, 2)
    board.hang_up(2)
    at = board.clock.at
    assert ended(board, book) == ("agent", at)
    complete(board, "caller")
    assert ended(board, book) == ("caller", at), "who hung up first is what Asterisk says, when it says it"
    board.hang_up(1)
    assert ended(board, book) == ("caller", at)
    assert board.rows(Kind.QUEUE)["front"]["talks_today"] == 1


def test_whoever_asked_for_the_end_first_has_ended_it_when_nothing_says_otherwise() -> None:
    board, book = talking()
    hang_up_request(board, 1)
    hang_up_request(board, 2)
    board.hang_up(2, 1)
    assert ended(board, book)[0] == "caller"


def test_a_completion_without_channels_is_found_by_the_caller() -> None:
    board, book = talking()
    complete(board, "transfer", DestUniqueid="")
    assert ended(board, book)[0] == "transfer"
    board.hang_up(2)
    assert ended(board, book)[0] == "transfer", "the caller lives on"


def test_one_whom_the_agent_sent_into_another_queue_talks_to_the_agent_no_more() -> None:
    board, book = talking()
    board.channel("QueueCallerJoin", 1, "PJSIP/itsp-1", Queue="support", Position="1", Count="1")
    first, second = kept(board, book).passages
    assert (first["ended_by"], second["outcome"]) == ("transfer", "waiting")
    complete(board, "transfer")
    assert kept(board, book).passages[1]["outcome"] == "waiting", "a late word about the first is not about the second"


def test_an_agent_who_has_hung_up_before_the_connect_was_told() -> None:
    board, book = waiting()
    rung(board)
    board.hang_up(2)
    connected(board)
    row = kept(board, book).passage()
    assert (row["outcome"], row["ended_by"], row["is_open"]) == ("answered", "agent", False)


def test_a_wrap_up_is_a_span_and_ends_by_itself() -> None:
    board = office(Wrapuptime="10")
    book = Book()
    join(board, 1, 1, 1)
    rung(board, Wrapuptime="10")
    connected(board, Wrapuptime="10")
    board.hang_up(2, 1)
    (span,) = kept(board, book).spans("wrapup")
    assert span["ended_at"] is None
    board.clock.advance(60)
    (span,) = kept(board, book).spans("wrapup")
    assert span["ended_at"] - span["began_at"] == pytest.approx(10, abs=0.5)
