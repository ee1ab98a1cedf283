"""What the tests of the whole product wait for on a board, and how a board is compared with the PBX.

Used by the tests in this folder.
"""

from __future__ import annotations

from tests.e2e.board import Board, Row
from tests.e2e.stack import eventually
from tests.rig.asterisk import Asterisk


PATIENCE = 10.0
"""Seconds for something that a phone or the PBX has to do first."""

RIGHT_AGAIN = 5.0
"""Seconds after a fault within which the picture must be right: the promise."""


def call_with(board: Board, state: str, *extensions: str) -> Row:
    """The call in `state` that all these extensions are in; an empty row when there is none."""
    for call in board.all("call"):
        here = {party["extension"] for party in call["parties"]}
        if call["state"] == state and set(extensions) <= here:
            return call
    return {}


def wait_call(board: Board, state: str, *extensions: str) -> Row:
    board.until(lambda: call_with(board, state, *extensions), PATIENCE, f"a call {state} with {extensions}")
    return call_with(board, state, *extensions)


def wait_idle(board: Board) -> None:
    board.until(lambda: not board.all("call"), PATIENCE, "no call on the board")


def tile(board: Board, extension: str) -> str:
    state: str = board.row("extension", extension)["state"]
    return state


def is_live(board: Board) -> bool:
    return all(pbx["link"] == "live" for pbx in board.all("pbx")) and bool(board.all("pbx"))


def listed_channels(asterisk: Asterisk) -> set[str]:
    """Uniqueids of the channels that Asterisk lists, Local halves left out, as the board leaves them out."""
    with asterisk.session() as session:
        channels = session.list("CoreShowChannels")
    return {channel["Uniqueid"] for channel in channels if not channel["Channel"].startswith("Local/")}


def shown_channels(board: Board) -> set[str]:
    return {party["key"] for call in board.all("call") for party in call["parties"]}


def assert_board_equals_pbx(board: Board, asterisk: Asterisk, seconds: float = RIGHT_AGAIN) -> None:
    """Every channel that Asterisk lists is a party on the board and the other way round; so with those who wait."""

    def waiting_of_pbx() -> set[tuple[str, str]]:
        with asterisk.session() as session:
            entries = session.list("QueueStatus")
        return {(entry["Queue"], entry["Uniqueid"]) for entry in entries if entry["Event"] == "QueueEntry"}

    def waiting_on_board() -> set[tuple[str, str]]:
        return {(row["queue"], row["key"].partition("/")[2]) for row in board.all("caller")}

    def parked_at_pbx() -> set[str]:
        with asterisk.session() as session:
            return {each["ParkeeUniqueid"] for each in session.list("ParkedCalls")}

    def is_equal() -> bool:
        return (
            listed_channels(asterisk) == shown_channels(board)
            and waiting_of_pbx() == waiting_on_board()
            and parked_at_pbx() == {row["key"] for row in board.all("parked")}
        )

    eventually(is_equal, seconds, f"the board equals the PBX: {board.all('call')} and {asterisk.channels()}")
