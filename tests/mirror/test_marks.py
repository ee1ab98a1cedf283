"""What is written on a channel: told by ourselves, and listed by the PBX."""

from __future__ import annotations

import pytest

from ami_worker.mirror import Family
from panel.vocabulary import CareKind, Kind, utc

from .board import Board, message, status, uid
from .reception import CALLER, HELD, board, held, leave, ring


__all__ = ["board"]


# --- what we have written ourselves -----------------------------------------------------------------------------------


def test_a_mark_before_the_party_is_moved_is_shown_once_it_has_left_its_bridge(board: Board) -> None:
    board.mirror.mark(uid(1), "CORDBOARD_CARE", "consult,201,202,,")
    assert board.call()["care"] is None, "they still talk"
    assert board.mirror.care_of(board.mirror.channels[uid(1)]) is None
    leave(board)
    assert board.call()["care"]["kind"] == "consult"
    care = board.mirror.care_of(board.mirror.channels[uid(1)])
    assert care is not None
    assert (care.kind, care.operator, care.target, care.reason) == (CareKind.CONSULT, "201", "202", "")


def test_a_mark_is_a_change_of_the_row(board: Board) -> None:
    leave(board)
    board.changes()
    board.mirror.mark(uid(1), "CORDBOARD_CARE", HELD)
    assert board.changes()[Kind.CALL, uid(1)].row["care"]["kind"] == "hold"
    board.mirror.mark(uid(1), "CORDBOARD_CARE", HELD)
    assert (Kind.CALL, uid(1)) not in board.changes()


def test_a_mark_on_a_channel_that_has_hung_up_does_nothing(board: Board) -> None:
    before = board.mirror.unknown_ids
    board.mirror.mark(uid(55), "CORDBOARD_CARE", HELD)
    assert board.mirror.unknown_ids == before + 1


def test_a_mark_that_is_none_is_a_mistake_of_ours(board: Board) -> None:
    with pytest.raises(ValueError, match="CORDBOARD_OTHER"):
        board.mirror.mark(uid(1), "CORDBOARD_OTHER", "1")


def test_a_note_stays_with_the_caller_and_names_its_author(board: Board) -> None:
    board.mirror.mark(uid(1), "__CORDBOARD_NOTE", "Maria|calls about | the invoice")
    assert (board.call()["note"], board.call()["note_by"]) == ("calls about | the invoice", "Maria")
    leave(board)
    ring(board, "202")
    board.mirror.mark(uid(3), "__CORDBOARD_NOTE", "Maria|inherited")
    assert board.call()["note"] == "calls about | the invoice"
    board.mirror.mark(uid(1), "__CORDBOARD_NOTE", "Bruno|")
    assert (board.call()["note"], board.call()["note_by"]) == ("", "Bruno"), "taken away, whatever was inherited"


def test_a_recording_is_shown_until_its_recorder_stops(board: Board) -> None:
    board.mirror.mark(uid(1), "CORDBOARD_RECORDING", "on")
    assert board.call()["recording"] == "on"
    board.mirror.mark(uid(1), "CORDBOARD_RECORDING", "paused")
    assert board.call()["recording"] == "paused"
    stop = {"SpyerChannel": "PJSIP/209-7", "SpyeeUniqueid": uid(1), "SpyeeChannel": CALLER}
    board.event("ChanSpyStop", **stop)
    assert board.call()["recording"] == "paused", "a supervisor has stopped listening"
    board.event("ChanSpyStop", **(stop | {"SpyerChannel": "Local/record@cordboard-record-00000001;2"}))
    assert board.call()["recording"] == ""


def test_who_is_muted_is_shown_at_the_party(board: Board) -> None:
    board.mirror.mark(uid(2), "CORDBOARD_MUTED", "in")
    assert {party["number"]: party["muted"] for party in board.call()["parties"]} == {"itsp": False, "201": True}
    board.mirror.mark(uid(2), "CORDBOARD_MUTED", "")
    assert not any(party["muted"] for party in board.call()["parties"])


# --- the list ---------------------------------------------------------------------------------------------------------


def test_a_list_tells_a_worker_that_has_seen_nothing(board: Board) -> None:
    leave(board)
    care = f"hold,201,202,,{int(board.clock.at) + 60}"
    assert board.status(status(1, CALLER, CARE=care, NOTE="Maria|VIP", MUTED="in")) == 1
    row = board.call()
    assert (row["care"]["kind"], row["note"], row["note_by"]) == ("hold", "VIP", "Maria")
    assert row["parties"][0]["muted"]
    assert row["care"]["since_at"] == row["started_at"], "since when is not told; it is not shorter than this"


def test_a_list_that_says_since_when_is_believed(board: Board) -> None:
    leave(board)
    board.clock.advance(100)
    since = int(board.clock.at) - 40
    board.status(status(1, CALLER, CARE=f"hold,201,,,,{since}"))
    assert board.call()["care"]["since_at"] == utc(since)


def test_a_list_keeps_since_when_what_is_known_already_is_so(board: Board) -> None:
    since = held(board)["care"]["since_at"]
    board.clock.advance(30)
    assert board.status(status(1, CALLER, CARE=HELD)) == 0
    assert board.call()["care"]["since_at"] == since


@pytest.mark.parametrize("context", ["from-internal", "ext-queues", ""])
def test_a_variable_left_on_a_channel_that_is_elsewhere_means_nothing(board: Board, context: str) -> None:
    leave(board)
    board.status(status(1, CALLER, context, CARE=HELD))
    assert board.call()["care"] is None


def test_a_variable_left_on_a_channel_that_talks_means_nothing(board: Board) -> None:
    board.status(status(1, CALLER, CARE="transfer,201,202,,"))
    leave(board)
    assert board.call()["care"] is None


def test_what_a_list_has_no_more_is_gone(board: Board) -> None:
    held(board)
    board.mirror.mark(uid(1), "CORDBOARD_NOTE", "Maria|VIP")
    board.status()
    assert (board.call()["care"], board.call()["note"]) == (None, "")


def test_a_list_announces_no_channel(board: Board) -> None:
    board.status(status(88, "PJSIP/itsp-88", CARE=HELD))
    assert uid(88) not in board.mirror.channels


def test_a_recording_whose_recorder_is_gone_is_none(board: Board) -> None:
    board.status(status(1, CALLER, RECORDING="on"))
    assert board.call()["recording"] == ""
    board.channel("Newchannel", 50, "Local/record@cordboard-record-00000001;1")
    board.status(status(1, CALLER, RECORDING="on"))
    assert [row["recording"] for row in board.rows(Kind.CALL).values()] == ["on"]


def test_differences_to_the_list_are_found_and_corrected(board: Board) -> None:
    held(board)
    same, other = status(1, CALLER, CARE=HELD), status(1, CALLER, CARE="return,201,,TIMEOUT,")
    board.clock.advance(60)
    assert board.mirror.differences(Family.MARKS, [same]) == {}
    assert set(board.mirror.differences(Family.MARKS, [other])) == {(uid(1),)}
    assert board.mirror.correct(Family.MARKS, {(uid(1),)}, [other]) == 1
    assert board.call()["care"]["kind"] == "return"


def test_what_we_have_just_written_is_not_doubted(board: Board) -> None:
    """The list comes on the other session, and may have been made before."""
    board.mirror.mark(uid(1), "CORDBOARD_CARE", "consult,201,202,,")
    listed = status(1, CALLER, "from-internal")
    assert board.mirror.differences(Family.MARKS, [listed]) == {}
    board.clock.advance(20)
    assert set(board.mirror.differences(Family.MARKS, [listed])) == {(uid(1),)}


def test_a_list_of_other_things_leaves_care_alone(board: Board) -> None:
    held(board)
    board.lists(
        Family.CHANNELS,
        message(
            "CoreShowChannel", Channel=CALLER, Uniqueid=uid(1), Linkedid=uid(1), ChannelState="6",
            Application="MusicOnHold", ApplicationData="", BridgeId="", Duration="00:00:09", Exten="201",
        ),
    )  # fmt: skip
    assert board.call()["care"]["kind"] == "hold"
