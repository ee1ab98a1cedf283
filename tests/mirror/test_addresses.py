"""Where messages for a person go: the admin's word, else voicemail.conf's, and never in a row."""

from __future__ import annotations

import pytest

from ami_worker.mirror import Family, Listing
from panel.vocabulary import Kind
from tests.mirror.board import Board, message


def office() -> Board:
    board = Board()
    board.hints({"201": "PJSIP/201"})
    board.changes()
    return board


def listed(board: Board, **emails: str) -> None:
    """VoicemailUsersList with these mailboxes of 201, by context."""
    counts = {"VoiceMailbox": "201", "NewMessageCount": "0", "OldMessageCount": "0"}
    entries = [
        message("VoicemailUserEntry", VMContext=context, Fullname="Alice", Email=email, **counts)
        for context, email in emails.items()
    ]
    board.lists(Family.MAILBOXES, *entries)


def email(board: Board) -> str:
    return board.mirror.extensions["201"].email


def can_message(board: Board) -> bool:
    return bool(board.rows(Kind.EXTENSION)["201"]["can_message"])


def test_the_admins_address_goes_before_that_of_the_voicemail_user() -> None:
    board = office()
    assert (email(board), can_message(board)) == ("", False)
    listed(board, default="alice@example.com")
    assert (email(board), can_message(board)) == ("alice@example.com", True)
    board.mirror.set_listings({"201": Listing(email="desk@example.com")})
    assert email(board) == "desk@example.com"
    board.mirror.set_listings({})
    assert email(board) == "alice@example.com"


def test_an_address_that_is_no_longer_listed_is_forgotten() -> None:
    board = office()
    listed(board, default="alice@example.com")
    board.changes()
    listed(board, default="(null)")
    assert board.changes()[Kind.EXTENSION, "201"].row["can_message"] is False
    assert email(board) == ""
    listed(board, default="alice@example.com")
    board.lists(Family.MAILBOXES)
    assert (email(board), can_message(board)) == ("", False)


def test_of_several_mailboxes_that_of_the_default_context_has_the_address() -> None:
    board = office()
    listed(board, sales="sales@example.com", default="alice@example.com")
    assert email(board) == "alice@example.com"
    listed(board, sales="sales@example.com")
    assert email(board) == "sales@example.com"


def test_an_extension_that_comes_after_its_mailbox_has_its_address() -> None:
    board = Board()
    listed(board, default="alice@example.com")
    board.hints({"201": "PJSIP/201"})
    assert email(board) == "alice@example.com"


@pytest.mark.parametrize(
    ("listed_as", "expected"),
    [
        ("alice@example.com", "alice@example.com"),
        ("a.b+c@mail", "a.b+c@mail"),
        ("alice@example.com|b@example.com", "alice@example.com"),
        ("nowhere, alice@example.com", "alice@example.com"),
        ("(null)", ""),
        ("", ""),
        ("alice", ""),
        ("alice@", ""),
        ("@example.com", ""),
        ("alice@example.com>", ""),
        ("Alice <alice@example.com>", ""),
        ('"alice"@example.com', ""),
        ("alice@exa mple.com", "alice@exa"),
        ("alice@example.com\x0bBcc:x@y", "alice@example.com"),
        ("alice@exam\xadple.com", ""),
        ("alice@-example.com", ""),
        ("a" * 65 + "@example.com", ""),
    ],
)
def test_only_a_plain_address_is_one(listed_as: str, expected: str) -> None:
    board = office()
    listed(board, default=listed_as)
    assert email(board) == expected


def test_no_row_has_an_address() -> None:
    board = office()
    listed(board, default="alice@example.com")
    board.mirror.set_listings({"201": Listing(email="desk@example.com")})
    assert "@example.com" not in str(board.mirror.rows())
