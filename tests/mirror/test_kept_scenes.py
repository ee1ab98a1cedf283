"""What a receptionist sees while real Asterisks keep callers in our dialplan include."""

from __future__ import annotations

from typing import Any

import pytest

from panel.vocabulary import Kind

from .board import Board, person, played, told


@pytest.fixture(params=["16", "22"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def kept(board: Board) -> tuple[str, str, str, str]:
    """Of the call from outside: kind, operator, target and reason."""
    care = outside(board)["care"]
    return care["kind"], person(care["operator"]), person(care["target"]), care["reason"]


def outside(board: Board) -> Any:
    (row,) = [row for row in board.rows(Kind.CALL).values() if row["direction"] == "in"]
    return row


def story(board: Board) -> list[str]:
    return [told(step) for step in outside(board)["story"]]


def test_a_caller_is_held_for_somebody_and_taken_by_somebody_else(version: str) -> None:
    board = played(f"{version}/cordboard_hold_and_take", "on hold")
    assert kept(board) == ("hold", "201 Alice Marsh", "202 Bruno Keller", "")
    assert (outside(board)["state"], outside(board)["held_by"]) == ("held", "201")
    assert board.states() == {}, "the operator is free again"
    assert outside(board)["care"]["until_at"] is not None
    board = played(f"{version}/cordboard_hold_and_take", "205 rings")
    assert kept(board)[:2] == ("take", "205 Elena Sousa")
    assert board.states() == {"205": "ringing"}
    board = played(f"{version}/cordboard_hold_and_take", "talking with 205")
    assert outside(board)["care"] is None
    assert story(board)[-3:] == ["held 201 Alice Marsh 202", "rang 205 Elena Sousa", "talked 205 Elena Sousa"]


def test_a_caller_who_is_held_too_long_comes_back(version: str) -> None:
    board = played(f"{version}/cordboard_hold_too_long", "back at 201")
    assert kept(board) == ("return", "201 Alice Marsh", "", "too_long")
    assert outside(board)["state"] == "ringing"
    assert story(board)[-3:] == ["held 201 Alice Marsh", "returned too_long", "rang 201 Alice Marsh"]
    assert outside(played(f"{version}/cordboard_hold_too_long", "talking again"))["care"] is None


def test_a_caller_camps_and_is_put_through(version: str) -> None:
    board = played(f"{version}/cordboard_camp", "camping")
    assert kept(board) == ("camp", "201 Alice Marsh", "202 Bruno Keller", "")
    assert board.rows(Kind.EXTENSION)["202"]["camped"] == [outside(board)["key"]]
    board = played(f"{version}/cordboard_camp", "202 rings")
    assert outside(board)["state"] == "ringing"
    board = played(f"{version}/cordboard_camp", "talking with 202")
    assert (outside(board)["care"], board.rows(Kind.EXTENSION)["202"]["camped"]) == (None, [])
    assert "camped 201 Alice Marsh 202" in story(board)


def test_the_caller_hears_music_while_the_operator_asks(version: str) -> None:
    for label in ("asking: ringing", "asking: talking"):
        board = played(f"{version}/cordboard_consult", label)
        assert kept(board) == ("consult", "201 Alice Marsh", "202 Bruno Keller", "")
        states = {party["number"]: party["state"] for party in outside(board)["parties"]}
        assert states["+48600111222"] == "held"
        (mine,) = board.rows(Kind.EXTENSION)["201"]["calls"]
        assert person(mine["other"]) == "202 Bruno Keller"
    assert outside(played(f"{version}/cordboard_consult", "transferred"))["care"] is None


def test_an_operator_who_thinks_still_sees_for_whom(version: str) -> None:
    board = played(f"{version}/cordboard_operator_drops", "thinking")
    assert kept(board)[:2] == ("consult", "201 Alice Marsh")
    (mine,) = board.rows(Kind.EXTENSION)["201"]["calls"]
    assert (mine["direction"], person(mine["other"])) == ("in", "+48600111222 Jan Novák")
    board = played(f"{version}/cordboard_operator_drops", "back at 201")
    assert kept(board)[0] == "return"


def test_of_a_swap_the_one_who_waits_is_held(version: str) -> None:
    board = played(f"{version}/cordboard_swap", "swapped")
    states = {party["number"]: party["state"] for party in outside(board)["parties"]}
    assert states == {"+48600111222": "talking", "201": "talking", "202": "held"}
    assert board.states() == {"201": "talking", "202": "held"}
    (theirs,) = board.rows(Kind.EXTENSION)["202"]["calls"]
    assert person(theirs["other"]) == "201 Alice Marsh"


def test_a_serial_call_is_kept_while_they_talk_and_comes_back(version: str) -> None:
    board = played(f"{version}/cordboard_serial", "talking with 202")
    assert kept(board) == ("serial", "201 Alice Marsh", "202 Bruno Keller", "")
    assert outside(board)["state"] == "talking"
    board = played(f"{version}/cordboard_serial", "back at 201")
    assert kept(board) == ("return", "201 Alice Marsh", "202 Bruno Keller", "next_person")


def test_a_transfer_that_nobody_takes_says_why_it_is_back(version: str) -> None:
    board = played(f"{version}/cordboard_transfer_comes_back", "back at 201")
    assert kept(board) == ("return", "201 Alice Marsh", "202 Bruno Keller", "busy")
    assert story(board)[-4:-1] == [
        "transferred 201 Alice Marsh 202", "rang 202 Bruno Keller", "returned 202 Bruno Keller busy"
    ]  # fmt: skip


def test_a_mailbox_that_is_not_there_sends_the_caller_back(version: str) -> None:
    assert kept(played(f"{version}/cordboard_no_mailbox", "back at 201"))[3] == "no_mailbox"


def test_a_caller_who_joins_a_conference_stays_in_care_as_long_as_it_lasts(version: str) -> None:
    board = played(f"{version}/cordboard_join", "all three")
    assert kept(board)[0] == "conference"
    assert outside(board)["conference"]
    assert {party["state"] for party in outside(board)["parties"]} == {"talking"}


def test_a_recorder_is_no_call_on_the_board(version: str) -> None:
    board = played(f"{version}/cordboard_record", "recording")
    assert len(board.rows(Kind.CALL)) == 1
    assert {party["number"] for party in outside(board)["parties"]} == {"+48600111222", "201"}
