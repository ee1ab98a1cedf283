"""Loans of members, and lists of queues that are wanted at once."""

from __future__ import annotations

import pytest

from ami_worker.mirror import Family
from panel.vocabulary import Kind, utc

from .board import EPOCH, Board, message
from .test_queues import MEMBER, PARAMS, office


KEY = "front/PJSIP/203"


def lent(board: Board, login_at: int = EPOCH) -> None:
    loan = board.mirror.loans.of("front", "PJSIP/203", 30, "Vera")
    board.mirror.loans.begin(loan._replace(login_at=login_at))


def is_another(board: Board) -> bool:
    return board.mirror.loans.is_another(board.mirror.loans.running[KEY])


def test_a_loan_is_on_the_row_until_it_ends() -> None:
    board = office(LoginTime=str(EPOCH))
    board.changes()
    lent(board)
    until = board.mirror.loans.running[KEY].until
    assert until == board.clock.at + 1800
    assert board.changes()[(Kind.MEMBER, KEY)].row["loan"] == {"until_at": utc(until), "by": "Vera"}  # type: ignore[index]
    assert not board.mirror.loans.is_over(board.mirror.loans.running[KEY])
    board.clock.advance(1800)
    assert board.mirror.loans.is_over(board.mirror.loans.running[KEY])
    board.mirror.loans.end(KEY)
    assert board.changes()[(Kind.MEMBER, KEY)].row["loan"] is None  # type: ignore[index]
    board.mirror.loans.end(KEY)


def test_a_loan_ends_when_the_member_leaves_by_an_event_or_by_a_list() -> None:
    board = office()
    lent(board)
    board.event("QueueMemberRemoved", **MEMBER)
    assert board.mirror.loans.running == {}
    board.event("QueueMemberAdded", **MEMBER)
    lent(board)
    board.lists(Family.QUEUES, PARAMS)
    assert board.mirror.loans.running == {}


@pytest.mark.parametrize(
    ("login_at", "started_before", "another"),
    [
        (EPOCH, None, False),
        (EPOCH + 500, None, True),
        (EPOCH + 500, 5, False),  # read from Asterisk's own database when it started
        (EPOCH + 500, 90, True),
        (EPOCH + 500, -30, True),
    ],
)
def test_another_log_in_is_another_membership_unless_asterisk_was_started(
    login_at: int, started_before: int | None, another: bool
) -> None:
    board = office(LoginTime=str(login_at))
    lent(board)
    if started_before is not None:
        board.clock.at = float(EPOCH + 1000)
        board.mirror.pbx_started(1000 - (login_at - EPOCH) + started_before)
    assert is_another(board) is another


def test_only_a_list_that_began_after_it_was_asked_for_counts() -> None:
    board = office()
    relisting = board.mirror.relisting
    asked = relisting.ask("front")
    assert relisting.take() == {"front"}
    assert relisting.take() == set()
    assert not relisting.is_done("front", asked)
    board.lists(Family.QUEUES, PARAMS, scope="front")
    assert relisting.is_done("front", asked)
    board.mirror.begin_list(Family.QUEUES, "front")
    asked = relisting.ask("front")
    board.mirror.list_item(Family.QUEUES, PARAMS)
    board.mirror.end_list(Family.QUEUES)
    assert not relisting.is_done("front", asked)
    board.lists(Family.QUEUES, message("QueueParams", Queue="support"), scope="support")
    assert not relisting.is_done("front", asked)
    board.lists(Family.QUEUES, PARAMS, scope="front")
    assert relisting.is_done("front", asked)
