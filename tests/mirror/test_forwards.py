"""Forwards and "do not disturb" as Asterisk's own database has them, in the rows of extensions."""

from __future__ import annotations

import pytest

from ami_worker.ami.protocol import Message
from ami_worker.mirror import Family, Listing
from panel.vocabulary import Kind

from .board import Board, message, person


def entry(key: str, value: str) -> Message:
    return message("DBGetTreeResponse", Key=key, Val=value)


@pytest.fixture
def board() -> Board:
    made = Board()
    made.hints({"201": "PJSIP/201", "205": "PJSIP/205&Custom:DND205"})
    made.mirror.set_listings({"205": Listing(name="Ana Paz")})
    made.mirror.changes()
    return made


def forwards(board: Board, number: str = "201") -> list[str]:
    """`always 205 Ana Paz` of each."""
    row = board.rows(Kind.EXTENSION)[number]
    return [f"{forward['kind']} {person(forward['to'])}" for forward in row["forward"]]


def state(board: Board, number: str) -> str:
    return str(board.rows(Kind.EXTENSION)[number]["state"])


def test_each_tree_is_one_kind_and_what_holds_always_comes_first(board: Board) -> None:
    board.lists(Family.DATABASE, entry("/CFU/201", "0048600111222"), scope="CFU")
    board.lists(Family.DATABASE, entry("/CFB/201", "205"), scope="CFB")
    board.lists(Family.DATABASE, entry("/CF/201", "205"), scope="CF")
    assert forwards(board) == ["always 205 Ana Paz", "busy 205 Ana Paz", "unanswered 0048600111222"]
    ours, _, theirs = board.rows(Kind.EXTENSION)["201"]["forward"]
    assert (ours["to"]["extension"], theirs["to"]["extension"]) == ("205", "")
    assert forwards(board, "205") == []


def test_only_the_rows_that_it_is_about_are_made_again(board: Board) -> None:
    assert board.lists(Family.DATABASE, entry("/CF/201", "205"), entry("/CF/299", "201"), scope="CF") == 2
    assert list(board.changes()) == [(Kind.EXTENSION, "201")]
    assert board.lists(Family.DATABASE, entry("/CF/201", "205"), entry("/CF/299", "201"), scope="CF") == 0
    assert not board.changes()


def test_what_the_next_list_does_not_have_is_over_in_its_own_tree_alone(board: Board) -> None:
    board.lists(Family.DATABASE, entry("/CF/201", "205"), scope="CF")
    board.lists(Family.DATABASE, entry("/CFB/201", "205"), scope="CFB")
    assert board.lists(Family.DATABASE, scope="CF") == 1
    assert forwards(board) == ["busy 205 Ana Paz"]
    board.lists(Family.DATABASE, entry("/CFB/201", "206"), scope="CFB")
    assert forwards(board) == ["busy 206"]


def test_the_name_of_whom_it_goes_to_follows(board: Board) -> None:
    board.lists(Family.DATABASE, entry("/CF/201", "205"), scope="CF")
    board.lists(Family.DATABASE, entry("/CFB/201", "205"), scope="CFB")
    board.lists(Family.DATABASE, scope="CFB")
    board.mirror.changes()
    board.mirror.set_listings({"205": Listing(name="Ana Paz-Lindt")})
    assert board.changes()[Kind.EXTENSION, "201"].row is not None
    assert forwards(board) == ["always 205 Ana Paz-Lindt"]
    board.lists(Family.DATABASE, scope="CF")
    board.mirror.changes()
    board.mirror.set_listings({})
    assert (Kind.EXTENSION, "201") not in board.changes(), "nothing of 201 goes there any more"


def test_a_forward_that_was_known_before_its_phone_is_shown_when_that_comes() -> None:
    board = Board()
    board.lists(Family.DATABASE, entry("/CF/201", "205"), scope="CF")
    board.hints({"201": "PJSIP/201"})
    assert forwards(board) == ["always 205"]


@pytest.mark.parametrize("key", ["/CF/201/ringtimer", "/CFB/201", "/AMPUSER/201/cidname", "/CF", "", "/CF//201"])
def test_other_entries_are_nothing_of_ours(board: Board, key: str) -> None:
    board.lists(Family.DATABASE, entry(key, "205"), scope="CF")
    assert forwards(board) == []


def test_an_empty_number_is_no_forward_and_signs_that_nobody_dials_are_not_shown(board: Board) -> None:
    board.lists(Family.DATABASE, entry("/CF/201", " "), entry("/CF/205", "06\u202e00\x07"), scope="CF")
    assert forwards(board) == []
    assert forwards(board, "205") == ["always 0600"]


# --- do not disturb ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "is_dnd"), [("YES", True), ("yes", True), ("1", True), ("NO", False), ("", False)])
def test_without_a_lamp_the_database_says_who_is_not_to_be_disturbed(board: Board, value: str, is_dnd: bool) -> None:
    board.lists(Family.DATABASE, entry("/DND/201", value), scope="DND")
    assert state(board, "201") == ("dnd" if is_dnd else "idle")
    board.lists(Family.DATABASE, scope="DND")
    assert state(board, "201") == "idle"


def test_a_lamp_is_quicker_than_the_database(board: Board) -> None:
    board.lists(Family.DATABASE, entry("/DND/205", "YES"), scope="DND")
    assert state(board, "205") == "dnd"
    board.event("DeviceStateChange", Device="Custom:DND205", State="NOT_INUSE")
    assert state(board, "205") == "idle"
    board.event("DeviceStateChange", Device="Custom:DND205", State="UNKNOWN")
    assert state(board, "205") == "dnd", "a lamp that says nothing leaves it to the database"


def test_who_talks_is_talking_whatever_the_database_says(board: Board) -> None:
    board.lists(Family.DATABASE, entry("/DND/201", "YES"), scope="DND")
    board.devices(PJSIP_201="INUSE")
    assert state(board, "201") == "talking"


# --- when it is read again --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "trees"),
    [
        ("Custom:CF201", {"CF", "CFB", "CFU"}),
        ("Custom:DEVCF201", {"CF", "CFB", "CFU"}),
        ("Custom:DND205", {"DND"}),
        ("Custom:DEVDND205", {"DND"}),
        ("PJSIP/201", set()),
        ("Custom:NIGHT", set()),
        ("Queue:CF_avail", set()),
    ],
)
def test_a_lamp_that_changes_has_the_database_read_again(board: Board, device: str, trees: set[str]) -> None:
    board.mirror.take_wanted()
    board.event("DeviceStateChange", Device=device, State="INUSE")
    assert board.mirror.take_wanted() == {(Family.DATABASE, tree) for tree in trees}


def test_a_list_of_lamps_is_no_news_of_the_database(board: Board) -> None:
    board.mirror.take_wanted()
    board.lists(Family.DEVICES, message("DeviceStateChange", Device="Custom:CF201", State="INUSE"))
    assert board.mirror.take_wanted() == set()
