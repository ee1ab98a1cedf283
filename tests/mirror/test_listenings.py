"""Who listens to whom: told by events, and found in the list of channels."""

from __future__ import annotations

import pytest

from ami_worker.ami.protocol import Message
from ami_worker.mirror import Family
from ami_worker.mirror.listenings import SWITCH_SECONDS
from panel.vocabulary import Kind, Row, utc

from .board import EPOCH, Board, message, uid


OURS = "cordboard-spy-k1"
SPY, AGENT, CALLER = "PJSIP/205-9", "PJSIP/202-2", "PJSIP/201-1"
HINTS = {"201": "PJSIP/201", "202": "PJSIP/202", "205": "PJSIP/205"}


@pytest.fixture
def board() -> Board:
    """201 talks to 202, and the phone of 205 is up for listening."""
    board = Board()
    board.hints(HINTS)
    board.talk("201", "202")
    board.channel("Newchannel", 9, SPY, Uniqueid=OURS, Linkedid=OURS, ChannelState="6")
    return board


def spies(board: Board, exten: str, *, uniqueid: str = OURS, spyee: tuple[int, str] = (2, AGENT), **more: str) -> None:
    board.event(
        "ChanSpyStart",
        **{
            "SpyerChannel": SPY, "SpyerUniqueid": uniqueid, "SpyerContext": "cordboard-spy", "SpyerExten": exten,
            "SpyeeChannel": spyee[1], "SpyeeUniqueid": uid(spyee[0]), **more,
        },
    )  # fmt: skip


def stops(board: Board, uniqueid: str = OURS) -> None:
    """As Asterisk says it where the other channel is gone already: without a word about it."""
    board.event("ChanSpyStop", SpyerChannel=SPY, SpyerUniqueid=uniqueid)


def listens(board: Board) -> list[Row]:
    return list(board.rows(Kind.LISTENING).values())


def modes(board: Board) -> list[str]:
    return [row["mode"] for row in listens(board)]


def listed(number: int, name: str, application: str = "", data: str = "", uniqueid: str = "") -> Message:
    return message(
        "CoreShowChannel", Channel=name, Uniqueid=uniqueid or uid(number), Linkedid=uniqueid or uid(1),
        ChannelState="6", Application=application, ApplicationData=data, Duration="00:01:00", Context="cordboard-spy",
        Exten="", CallerIDNum="", CallerIDName="",
    )  # fmt: skip


def test_it_is_a_row_of_its_own_and_no_part_of_the_call(board: Board) -> None:
    before = board.call()
    spies(board, "whisper")
    (row,) = listens(board)
    assert row == {
        "key": OURS,
        "call": uid(1),
        "party": uid(2),
        "to": {"name": "", "number": "202", "extension": "202"},
        "by": {"name": "", "number": "205", "extension": "205"},
        "mode": "whisper",
        "since_at": utc(board.clock.at),
    }
    assert board.call() == before
    assert board.rows(Kind.EXTENSION)["205"]["calls"] == []


def test_the_phone_that_listens_is_in_use_as_its_device_says(board: Board) -> None:
    assert board.states().get("205") is None
    board.devices(PJSIP_205="RINGING")
    assert board.states()["205"] == "ringing"
    board.devices(PJSIP_205="INUSE")
    assert board.states()["205"] == "talking"


def test_another_mode_is_the_same_listening(board: Board) -> None:
    spies(board, "listen")
    since = listens(board)[0]["since_at"]
    board.changes()
    stops(board)
    assert modes(board) == ["listen"], "it goes on in another mode, or ends with the channel"
    spies(board, "barge")
    assert (modes(board), listens(board)[0]["since_at"]) == (["barge"], since)
    board.clock.advance(SWITCH_SECONDS * 2)
    assert board.changes()[Kind.LISTENING, OURS].row["mode"] == "barge"
    assert modes(board) == ["barge"]


def test_one_that_stops_and_does_not_begin_again_ends_by_itself(board: Board) -> None:
    spies(board, "listen")
    board.changes()
    stops(board)
    assert board.mirror.due_at is not None
    board.clock.advance(SWITCH_SECONDS)
    assert board.changes()[Kind.LISTENING, OURS].row is None


@pytest.mark.parametrize("gone", [uid(2), OURS], ids=["the agent", "the listener"])
def test_it_ends_with_either_channel(board: Board, gone: str) -> None:
    spies(board, "listen")
    board.changes()
    board.event("Hangup", Uniqueid=gone)
    assert board.changes()[Kind.LISTENING, OURS].row is None
    assert board.mirror.listenings == {}


def test_it_goes_with_the_one_who_is_listened_to_into_another_call(board: Board) -> None:
    spies(board, "listen")
    board.changes()
    board.channel("Newchannel", 3, "PJSIP/itsp-3", linked=0, Linkedid=f"{EPOCH - 5}.1", ChannelState="6")
    board.channel("Newstate", 2, AGENT, Linkedid=f"{EPOCH - 5}.1")
    assert board.changes()[Kind.LISTENING, OURS].row["call"] == f"{EPOCH - 5}.1"


def test_a_listener_of_the_houses_own_dialplan_is_shown_without_a_mode(board: Board) -> None:
    board.channel("Newchannel", 10, "PJSIP/201-10", ChannelState="6")
    told = {"SpyerChannel": "PJSIP/201-10", "SpyerContext": "from-internal", "SpyerExten": "222"}
    spies(board, "", uniqueid=uid(10), **told)
    assert modes(board) == [""]
    board.event("ChanSpyStop", SpyerChannel="PJSIP/201-10", SpyerUniqueid=uid(10))
    assert listens(board) == []


def test_a_recording_is_no_listener(board: Board) -> None:
    recorder = "Local/record@cordboard-record-1;2"
    board.channel("Newchannel", 11, recorder, ChannelState="6")
    spies(board, "record", uniqueid=uid(11), SpyerChannel=recorder, SpyerContext="cordboard-record")
    assert listens(board) == []


@pytest.mark.parametrize(
    "wrong",
    [{"SpyerUniqueid": "nobody"}, {"SpyeeUniqueid": "nobody"}, {"SpyeeChannel": "PJSIP/999-1"}],
    ids=["an unknown listener", "an unknown party", "a name that is not its own"],
)
def test_what_makes_no_sense_is_counted_and_dropped(board: Board, wrong: dict[str, str]) -> None:
    before = board.mirror.unknown_ids
    spies(board, "listen", **wrong)
    assert (listens(board), board.mirror.unknown_ids) == ([], before + 1)


@pytest.mark.parametrize(
    ("options", "mode"), [("quES", "listen"), ("qwuES", "whisper"), ("qBuES", "barge")], ids=lambda value: value
)
@pytest.mark.parametrize("whom", [uid(2), AGENT], ids=["by Uniqueid", "by name"])
def test_the_list_of_channels_has_it_after_a_reconnect(options: str, mode: str, whom: str) -> None:
    board = Board()
    board.hints(HINTS)
    spy = listed(9, SPY, "ChanSpy", f"{whom},{options}", OURS)
    board.lists(Family.CHANNELS, spy, listed(1, CALLER), listed(2, AGENT))
    (row,) = listens(board)
    assert (row["party"], row["mode"], row["by"]["extension"]) == (uid(2), mode, "205")
    assert row["since_at"] == utc(board.clock.at - 60)


def test_a_prefix_tells_nobody_exactly(board: Board) -> None:
    board.lists(Family.CHANNELS, listed(9, SPY, "ChanSpy", "PJSIP/202,q", OURS), listed(1, CALLER), listed(2, AGENT))
    assert listens(board) == []


def test_what_a_list_does_not_have_has_ended(board: Board) -> None:
    spies(board, "listen")
    board.lists(Family.CHANNELS, listed(9, SPY, "Wait", "1", OURS), listed(1, CALLER), listed(2, AGENT))
    assert listens(board) == []


def test_a_comparison_finds_and_corrects_what_events_have_not_told(board: Board) -> None:
    items = [listed(9, SPY, "ChanSpy", f"{uid(2)},quES", OURS), listed(1, CALLER), listed(2, AGENT)]
    found = board.mirror.differences(Family.CHANNELS, items)
    assert "listens to nobody here" in found[OURS,]
    board.mirror.correct(Family.CHANNELS, {(OURS,)}, items)
    assert modes(board) == ["listen"]
    assert (OURS,) not in board.mirror.differences(Family.CHANNELS, items)
