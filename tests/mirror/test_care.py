"""Who keeps a party and to whom it goes back: told by the include, by ourselves and by a list, and when it ends."""

from __future__ import annotations

import pytest

from ami_worker.mirror import Listing
from ami_worker.mirror.care import code_of
from ami_worker.operations.outcomes import REASON_OF_CARE
from panel.vocabulary import CareKind, Kind, seconds, utc

from .board import EPOCH, Board, uid
from .reception import CALLER, HELD, answer, board, held, leave, ring


__all__ = ["board"]


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_a_call_that_nobody_keeps_has_no_care(board: Board) -> None:
    assert board.call()["care"] is None
    leave(board)
    assert board.call()["care"] is None


def test_a_held_caller_shows_who_holds_it_for_whom_and_until_when(board: Board) -> None:
    row = held(board, f"hold,201,202,,{EPOCH + 120}")
    assert (row["state"], row["held_by"]) == ("held", "201")
    care = row["care"]
    assert (care["kind"], care["party"], care["reason"]) == ("hold", uid(1), "")
    assert care["operator"] == {"name": "Alice", "number": "201", "extension": "201"}
    assert care["target"] == {"name": "Bruno", "number": "202", "extension": "202"}
    assert care["until_at"] == utc(EPOCH + 120)
    assert care["since_at"] == row["state_at"] == row["parties"][0]["state_at"] == utc(board.clock.at)
    assert board.parties() == {"itsp": "held"}
    assert row["caller"]["number"] == "itsp"
    assert row["called"] == {"name": "", "number": "", "extension": ""}


def test_the_time_by_the_clock_of_the_pbx_is_shown_by_ours(board: Board) -> None:
    board.mirror.set_clock_offset(30.0)
    row = held(board, f"hold,201,,,{EPOCH + 150}")
    assert seconds(row["care"]["until_at"]) == EPOCH + 120


def test_a_number_that_is_no_extension_is_shown_as_it_was_dialled(board: Board) -> None:
    assert held(board, "transfer,201,0044123,,")["care"]["target"] == {"name": "", "number": "0044123", "extension": ""}


@pytest.mark.parametrize("kind", list(CareKind))
def test_what_a_kept_party_does_depends_on_the_kind(board: Board, kind: CareKind) -> None:
    held(board, f"{kind},201,202,,")
    music, way = {"hold", "consult", "camp", "return"}, {"transfer", "serial", "take"}
    expected = "held" if kind in music else "dialling" if kind in way else "talking"
    assert board.parties() == {"itsp": expected}
    ring(board, "202")
    assert board.parties() == {"itsp": "dialling", "202": "ringing"}
    assert board.call()["care"]["kind"] == kind


@pytest.mark.parametrize("word", sorted(REASON_OF_CARE))
def test_the_words_of_the_include_are_the_codes_of_the_operations(board: Board, word: str) -> None:
    assert code_of(word) == REASON_OF_CARE[word].value
    assert held(board, f"return,201,202,{word},")["care"]["reason"] == REASON_OF_CARE[word].value


def test_a_reason_that_nobody_knows_is_still_a_reason(board: Board) -> None:
    assert held(board, "return,201,202,SOMETHING_NEW,")["care"]["reason"] == "unreachable"


def test_a_held_extension_shows_on_its_tile_who_holds_it() -> None:
    board = Board()
    board.hints({"201": "PJSIP/201", "202": "PJSIP/202"})
    board.talk("202", "201")
    board.hang_up(2)
    board.tell(1, "PJSIP/202-1", HELD)
    assert board.states() == {"202": "held"}
    (call,) = board.rows(Kind.EXTENSION)["202"]["calls"]
    assert call["other"]["extension"] == "201"


def test_the_departments_of_who_holds_and_for_whom_may_see_the_call(board: Board) -> None:
    assert board.changes()[Kind.CALL, uid(1)].groups == ("Reception",)
    held(board, "hold,201,202,,")
    assert board.changes()[Kind.CALL, uid(1)].groups == ("Reception", "Sales")
    board.mirror.set_listings({"201": Listing("Alice", "Front"), "202": Listing("Bruno", "Sales")})
    change = board.changes()[Kind.CALL, uid(1)]
    assert change.groups == ("Front", "Sales")


def test_a_new_name_of_the_one_who_holds_is_a_change_of_the_call(board: Board) -> None:
    held(board)
    board.changes()
    board.mirror.set_listings({"201": Listing("Alice Marsh")})
    row = board.changes()[Kind.CALL, uid(1)].row
    assert row["care"]["operator"]["name"] == "Alice Marsh"


# --- when it ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(set(CareKind) - {CareKind.SERIAL, CareKind.CONFERENCE}))
def test_care_ends_when_the_party_talks_and_does_not_come_back_with_the_talk_over(board: Board, kind: str) -> None:
    held(board, f"{kind},201,202,,")
    ring(board, "202")
    answer(board, "202")
    assert board.call()["care"] is None
    assert board.call()["state"] == "talking"
    board.hang_up(3)
    assert board.call()["care"] is None


def test_a_serial_call_is_kept_while_they_talk_and_comes_back(board: Board) -> None:
    held(board, "serial,201,202,,")
    ring(board, "202")
    answer(board, "202")
    assert (board.call()["care"]["kind"], board.call()["state"]) == ("serial", "talking")
    board.hang_up(3)
    board.tell(1, CALLER, "return,201,202,SERIAL,")
    assert (board.call()["care"]["kind"], board.call()["care"]["reason"]) == ("return", "next_person")


def test_care_ends_when_it_is_told_empty(board: Board) -> None:
    held(board)
    board.tell(1, CALLER, "")
    assert board.call()["care"] is None
    assert board.call()["held_by"] == ""


def test_care_ends_with_the_channel(board: Board) -> None:
    held(board)
    board.hang_up(1)
    assert board.rows(Kind.CALL) == {}
    assert not board.mirror._world.in_care


def test_talking_through_a_local_channel_is_talking(board: Board) -> None:
    held(board, "transfer,201,0044,,")
    one, two = "Local/0044@out-1;1", "Local/0044@out-1;2"
    board.channel("Newchannel", 3, one, linked=1)
    board.channel("Newchannel", 4, two, linked=1)
    board.channel("Newchannel", 5, "PJSIP/itsp-5", linked=1, CallerIDNum="0044")
    board.enter("bridge-a", (3, one), (1, CALLER), linked=1)
    assert board.call()["care"]["kind"] == "transfer", "nobody is at the other end yet"
    board.enter("bridge-b", (5, "PJSIP/itsp-5"), (4, two), linked=1)
    assert board.call()["care"] is None


def test_a_caller_behind_a_local_channel_is_the_one_who_is_kept(board: Board) -> None:
    """A blind transfer of a call that came through `Local/…/n` moves the half that the operator talked to."""
    leave(board)
    one, two = "Local/201@in-1;1", "Local/201@in-1;2"
    board.channel("Newchannel", 3, one, linked=1)
    board.channel("Newchannel", 4, two, linked=1)
    board.enter("bridge-a", (3, one), (1, CALLER), linked=1)
    board.tell(4, two, "hold,201,202,,", linked=1)
    row = board.call()
    assert (row["care"]["party"], row["state"], row["held_by"]) == (uid(1), "held", "201")
    assert board.parties() == {"itsp": "held"}


def test_a_parked_party_is_not_kept_and_its_care_does_not_come_back(board: Board) -> None:
    held(board)
    where = {"ParkeeUniqueid": uid(1), "Parkinglot": "default", "ParkingSpace": "701", "ParkerDialString": "PJSIP/201"}
    board.event("ParkedCall", **where)
    assert (board.call()["state"], board.call()["care"]) == ("parked", None)
    board.event("ParkedCallTimeOut", **where)
    assert board.call()["care"] is None


def test_care_told_while_the_end_of_parking_is_still_on_its_way_stays(board: Board) -> None:
    leave(board)
    where = {"ParkeeUniqueid": uid(1), "Parkinglot": "default", "ParkingSpace": "701", "ParkerDialString": "PJSIP/201"}
    board.event("ParkedCall", **where)
    board.tell(1, CALLER, HELD)
    assert board.call()["care"] is None
    board.event("ParkedCallGiveUp", **where)
    assert board.call()["care"]["kind"] == "hold"


def test_care_survives_another_name_of_the_channel(board: Board) -> None:
    held(board)
    board.event("Rename", Channel=CALLER, Newname="PJSIP/itsp-9", Uniqueid=uid(1))
    assert board.call()["care"]["party"] == uid(1)
    board.tell(1, "PJSIP/itsp-9", "return,201,,TIMEOUT,")
    assert board.call()["care"]["kind"] == "return"


def test_told_again_it_began_when_it_was_told_first(board: Board) -> None:
    since = held(board)["care"]["since_at"]
    board.clock.advance(30)
    board.tell(1, CALLER, f"hold,201,,,{int(board.clock.at) + 90}")
    assert board.call()["care"]["since_at"] == since
    assert board.call()["care"]["until_at"] is not None
    board.tell(1, CALLER, "hold,202,,,")
    assert board.call()["care"]["since_at"] == utc(board.clock.at)


# --- what is not believed ---------------------------------------------------------------------------------------------


def test_a_word_about_a_channel_that_was_never_announced_is_dropped(board: Board) -> None:
    before = board.mirror.unknown_ids
    board.tell(77, "PJSIP/itsp-77", HELD)
    assert board.mirror.unknown_ids == before + 1
    assert uid(77) not in board.mirror.channels


def test_a_word_under_another_channels_name_is_dropped(board: Board) -> None:
    leave(board)
    board.tell(1, "PJSIP/itsp-99", HELD)
    assert board.call()["care"] is None


@pytest.mark.parametrize(
    "care",
    [
        "nonsense",
        "hold",
        "hold,201",
        "hold,20 1,,,",
        "hold,201,202@evil,,",
        "hold,201,,BU SY,",
        "hold,201,,,1,2,3",
        "hold,201,,,soon",
        "hold,201,,,99999999999999999999",
        "HOLD,201,,,",
        "hold," + "2" * 65 + ",,,",
    ],
)
def test_care_that_makes_no_sense_is_none_or_is_without_the_senseless_part(board: Board, care: str) -> None:
    row = held(board, care)
    assert row["care"] is None or (row["care"]["kind"], row["care"]["until_at"]) == ("hold", None)


def test_user_events_of_other_people_are_ignored(board: Board) -> None:
    leave(board)
    board.tell(1, CALLER, HELD, UserEvent="SomethingElse")
    assert board.call()["care"] is None
    assert board.mirror.ignored["userevent"] == 1


def test_a_callers_number_that_brings_headers_with_it_is_not_believed(board: Board) -> None:
    """The number is printed raw; the include's own headers come after it."""
    leave(board)
    number = "1\r\nUserEvent: CordboardCare\r\nCare: return,666,666,BUSY,"
    board.tell(1, CALLER, HELD, CallerIDNum=number)
    assert board.call()["care"]["operator"]["extension"] == "201"
    board.tell(1, CALLER, "x", CallerIDNum=number, UserEvent="SomethingElse")
    assert board.call()["care"]["operator"]["extension"] == "201"


# --- camping ----------------------------------------------------------------------------------------------------------


def camped(board: Board, number: str) -> list[str]:
    found: list[str] = board.rows(Kind.EXTENSION)[number]["camped"]
    return found


def test_who_camps_on_an_extension_is_on_its_tile_the_longest_first(board: Board) -> None:
    held(board, "camp,201,202,,")
    board.channel("Newchannel", 7, "PJSIP/itsp-7", ChannelState="4", Exten="201")
    board.channel("Newstate", 7, "PJSIP/itsp-7")
    board.changes()
    board.tell(7, "PJSIP/itsp-7", "camp,201,202,,")
    assert board.changes()[Kind.EXTENSION, "202"].row["camped"] == [uid(1), uid(7)]
    board.hang_up(1)
    assert board.changes()[Kind.EXTENSION, "202"].row["camped"] == [uid(7)]
    board.tell(7, "PJSIP/itsp-7", "camp,201,203,,")
    changes = board.changes()
    assert changes[Kind.EXTENSION, "202"].row["camped"] == []
    assert changes[Kind.EXTENSION, "203"].row["camped"] == [uid(7)]


def test_who_is_put_through_camps_no_more(board: Board) -> None:
    held(board, "camp,201,202,,")
    ring(board, "202")
    assert camped(board, "202") == [uid(1)]
    answer(board, "202")
    assert camped(board, "202") == []


def test_a_number_that_two_extensions_have_is_nobodys_camp() -> None:
    board = Board()
    hint = {"Exten": "202", "Status": "0"}
    for context, device in (("sales", "PJSIP/202"), ("other", "PJSIP/902")):
        board.event("ExtensionStatus", **hint, Context=context, Hint=device)
    board.channel("Newchannel", 1, CALLER)
    board.tell(1, CALLER, "camp,201,202,,")
    assert [row["camped"] for row in board.rows(Kind.EXTENSION).values()] == [[], []]
