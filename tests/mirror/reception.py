"""A caller from outside on the line with the operator 201, and what may happen to them next."""

from __future__ import annotations

import pytest

from ami_worker.mirror import Listing
from panel.vocabulary import Row

from .board import Board, uid


CALLER = "PJSIP/itsp-1"
HELD = "hold,201,,,"


@pytest.fixture
def board() -> Board:
    """A caller from outside, on the line with 201."""
    board = Board()
    board.hints({"201": "PJSIP/201", "202": "PJSIP/202", "203": "PJSIP/203"})
    board.mirror.set_listings({"201": Listing("Alice", "Reception"), "202": Listing("Bruno", "Sales")})
    board.talk("itsp", "201")
    return board


def leave(board: Board) -> None:
    """The operator's leg is gone, and the caller in no bridge."""
    board.channel("BridgeLeave", 1, CALLER, BridgeUniqueid="bridge-1", Context="cordboard-hold")
    board.channel("BridgeLeave", 2, "PJSIP/201-2", linked=1, BridgeUniqueid="bridge-1")
    board.hang_up(2)


def held(board: Board, care: str = HELD) -> Row:
    leave(board)
    board.tell(1, CALLER, care)
    return board.call()


def ring(board: Board, phone: str, number: int = 3) -> None:
    """The caller's channel dials a phone, which rings."""
    name = f"PJSIP/{phone}-{number}"
    board.channel("Newchannel", number, name, linked=1, ChannelState="0")
    board.event("DialBegin", Uniqueid=uid(1), DestUniqueid=uid(number))
    board.channel("Newstate", number, name, linked=1, ChannelState="5")


def answer(board: Board, phone: str, number: int = 3) -> None:
    name = f"PJSIP/{phone}-{number}"
    board.channel("Newstate", number, name, linked=1)
    board.event("DialEnd", Uniqueid=uid(1), DestUniqueid=uid(number), DialStatus="ANSWER")
    board.enter(f"bridge-{number}", (number, name), (1, CALLER), linked=1)
