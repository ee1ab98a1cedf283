"""Who is about to do something with a call, as the others see it."""

from __future__ import annotations

from panel.vocabulary import Kind, utc

from .board import Board, uid
from .reception import board


__all__ = ["board"]


def test_a_claim_shows_on_the_call_and_groups_stay_as_they_are(board: Board) -> None:
    before = board.changes()[Kind.CALL, uid(1)]
    until = board.clock.at + 8
    board.mirror.set_claim(uid(1), "maria", "Maria\u202e Novak", "claim", until)
    change = board.changes()[Kind.CALL, uid(1)]
    assert change.row["claim"] == {
        "operator": "maria", "name": "Maria Novak", "doing": "claim", "until_at": utc(until)
    }  # fmt: skip
    assert change.groups == before.groups


def test_a_claim_ends_at_its_time_without_any_event(board: Board) -> None:
    board.mirror.set_claim(uid(1), "maria", "Maria", "claim", board.clock.at + 8)
    board.changes()
    assert board.mirror.due_at == board.clock.at + 8
    board.clock.advance(8)
    assert board.changes()[Kind.CALL, uid(1)].row["claim"] is None


def test_a_claim_is_taken_back_by_whom_it_belongs_to(board: Board) -> None:
    board.mirror.set_claim(uid(1), "maria", "Maria", "transfer", None)
    board.mirror.clear_claim(uid(1), "tom")
    assert board.call()["claim"]["operator"] == "maria"
    board.changes()
    board.mirror.clear_claim(uid(1), "maria")
    assert board.changes()[Kind.CALL, uid(1)].row["claim"] is None
    board.mirror.clear_claim(uid(1), "maria")
    assert (Kind.CALL, uid(1)) not in board.changes()


def test_a_command_at_work_comes_before_a_word_in_advance_and_else_the_first_one_holds(board: Board) -> None:
    board.mirror.set_claim(uid(1), "maria", "Maria", "claim", board.clock.at + 8)
    board.mirror.set_claim(uid(1), "tom", "Tom", "claim", board.clock.at + 8)
    assert board.call()["claim"]["name"] == "Maria"
    board.mirror.set_claim(uid(1), "tom", "Tom", "take", None)
    assert (board.call()["claim"]["name"], board.call()["claim"]["doing"]) == ("Tom", "take")
    board.mirror.clear_claim(uid(1), "tom")
    assert board.call()["claim"]["name"] == "Maria"


def test_a_claim_ends_with_the_call_and_a_call_that_has_ended_takes_none(board: Board) -> None:
    board.mirror.set_claim(uid(1), "maria", "Maria", "take", None)
    board.hang_up(1, 2)
    board.mirror.set_claim(uid(1), "maria", "Maria", "take", None)
    board.mirror.clear_claim(uid(1), "maria")
    assert board.rows(Kind.CALL) == {}


def test_a_claim_stays_when_other_channels_come_and_go(board: Board) -> None:
    board.mirror.set_claim(uid(1), "maria", "Maria", "transfer", None)
    board.channel("BridgeLeave", 1, "PJSIP/itsp-1", BridgeUniqueid="bridge-1")
    board.hang_up(2)
    assert board.call()["claim"]["operator"] == "maria"
