"""The mirror as a whole: what it gives, what it drops, and how it speaks of the PBX."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ami_worker.ami.protocol import Parser
from ami_worker.mirror import Family, Mirror
from ami_worker.mirror.text import MAX_CHARACTERS, clean, dialled
from panel.vocabulary import Kind, Link, OperatorRow

from .board import Board, message, uid
from .recordings import Clock


# --- text -------------------------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=[]), max_size=200))
def test_text_from_outside_is_short_visible_and_storable(value: str) -> None:
    cleaned = clean(value)
    assert len(cleaned) <= MAX_CHARACTERS
    assert {unicodedata.category(character) for character in cleaned}.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
    assert unicodedata.is_normalized("NFC", cleaned)
    assert clean(cleaned) == cleaned
    cleaned.encode()


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("A\r\nEvent: Hangup", "AEvent: Hangup"),
        ("J\u202eose\u0301\u200b", "José"),
        ("  Jan \x00 ", "Jan"),
        ("M\udcfcller", "M\ufffdller"),
        ("🙂" * 200, "🙂" * 80),
        ("x" * 10_000, "x" * 80),
    ],
)
def test_a_hostile_name_is_only_text(given_name: str, shown: str) -> None:
    assert clean(given_name) == shown


def test_what_only_the_dialplan_dials_is_no_number() -> None:
    assert [dialled(exten) for exten in ("s", "h", "menu", "+48600", "*97")] == ["", "", "", "+48600", "*97"]


# --- changes ----------------------------------------------------------------------------------------------------------


def test_each_entity_comes_once_however_much_happened_to_it() -> None:
    board = Board()
    board.hints({"201": "PJSIP/201", "202": "PJSIP/202"})
    board.mirror.changes()
    board.talk("201", "202")
    changes = board.mirror.changes()
    assert len({(change.kind, change.key) for change in changes}) == len(changes)
    assert board.mirror.changes() == []


def test_what_came_and_went_between_two_looks_was_never_there() -> None:
    board = Board()
    board.mirror.changes()
    board.talk("201", "202")
    board.hang_up(1, 2)
    assert board.changes() == {}


def test_only_one_kind_can_be_asked_for_and_the_rest_waits() -> None:
    """While lists stream in, half a picture is not shown."""
    board = Board()
    board.talk("201", "202")
    assert [change.kind for change in board.mirror.changes(only=Kind.PBX)] == [Kind.PBX]
    assert board.mirror.changes(only=Kind.PBX) == []
    assert [change.kind for change in board.mirror.changes()] == [Kind.CALL]


def test_everything_is_all_rows_and_what_is_gone_since() -> None:
    board = Board()
    board.hints({"201": "PJSIP/201"})
    board.talk("201", "itsp")
    first = board.mirror.everything()
    assert {(change.kind, change.key) for change in first} == {
        (Kind.PBX, "main"), (Kind.EXTENSION, "201"), (Kind.CALL, uid(1)),
    }  # fmt: skip
    assert board.mirror.changes() == []
    board.hang_up(1, 2)
    second = {(change.kind, change.key): change.row for change in board.mirror.everything()}
    assert second[Kind.CALL, uid(1)] is None, "who kept the first answer must learn of it"
    assert board.mirror.changes() == []


def test_operators_are_on_the_board() -> None:
    board = Board()
    board.hints({"201": "PJSIP/201"})
    board.mirror.set_names("department", {"201": "Sales"})
    rita = OperatorRow(key="rita", name="Rita", role="receptionist", extension="201")
    tom = OperatorRow(key="tom", name="Tom", role="admin", extension="")
    board.mirror.set_operators({"rita": rita, "tom": tom})
    changes = board.changes()
    assert changes[Kind.OPERATOR, "rita"].groups == ("Sales",)
    assert changes[Kind.OPERATOR, "tom"].groups == ()
    board.mirror.set_operators({"tom": tom})
    assert list(board.changes()) == [(Kind.OPERATOR, "rita")]


# --- the PBX ----------------------------------------------------------------------------------------------------------


def test_on_loss_every_row_stays_and_the_pbx_says_since_when_it_is_not_true() -> None:
    """The last word came ten seconds before the loss was noticed: that is how old the picture is."""
    board = Board()
    board.hints({"201": "PJSIP/201"})
    board.talk("201", "itsp")
    board.mirror.changes()
    last_word = board.clock.at
    board.clock.advance(10)
    board.mirror.set_link(Link.OFFLINE, "The PBX has been silent for 10 s.")
    ((_, _, groups, row),) = board.mirror.changes()
    assert groups == ("*",)
    assert row is not None
    assert (row["link"], row["reason"]) == ("offline", "The PBX has been silent for 10 s.")
    as_of = row["as_of_at"]
    board.clock.advance(5)
    board.mirror.set_link(Link.STALE, "Comparing.")
    assert board.rows(Kind.PBX)["main"]["as_of_at"] == as_of, "connected again is not yet true again"
    board.mirror.set_link(Link.LIVE)
    board.mirror.heard()
    assert board.rows(Kind.PBX)["main"]["as_of_at"] is None
    assert last_word < board.clock.at


def test_a_pong_is_a_sign_of_life() -> None:
    board = Board()
    board.clock.advance(100)
    board.mirror.heard()
    board.clock.advance(5)
    board.mirror.set_link(Link.OFFLINE, "gone")
    assert board.rows(Kind.PBX)["main"]["as_of_at"] == "2026-11-18T11:08:20.000Z"


def test_lag_version_capabilities_and_drift_are_on_the_row() -> None:
    board = Board()
    board.mirror.changes()
    board.mirror.set_lag(0.1)
    assert board.mirror.changes() == [], "a lag that nobody would notice is none"
    board.mirror.set_lag(2.2)
    board.mirror.set_version("22.10.0")
    board.mirror.set_capabilities(["voicemail", "include", "include"])
    board.mirror.count_drift(0)
    board.mirror.count_drift(3)
    row = board.rows(Kind.PBX)["main"]
    assert (row["lag_seconds"], row["version"], row["drift"]) == (2.0, "22.10.0", 3)
    assert row["capabilities"] == ["include", "voicemail"]
    board.mirror.reset_drift()
    assert board.mirror.drift == 0


def test_a_restart_of_asterisk_ends_all_that_lived_in_it() -> None:
    board = Board()
    board.hints({"201": "PJSIP/201"})
    assert not board.mirror.pbx_started(500)
    board.talk("201", "itsp")
    board.channel("QueueCallerJoin", 5, "PJSIP/itsp-5", Queue="front", Position="1", Count="1")
    entry = message("QueueEntry", Queue="front", Uniqueid="listed", Position="2", Wait="1")
    params = message("QueueParams", Queue="front")
    board.lists(Family.QUEUES, params, entry)
    board.event("ParkedCall", ParkeeUniqueid="parked", ParkingSpace="701")
    board.event("ConfbridgeStart", Conference="800")
    board.clock.advance(10)
    assert not board.mirror.pbx_started(510)
    assert board.rows(Kind.CALL)
    assert board.mirror.pbx_started(4)
    for kind in (Kind.CALL, Kind.CALLER, Kind.PARKED, Kind.CONFERENCE):
        assert board.rows(kind) == {}
    assert "front" in board.rows(Kind.QUEUE)
    assert board.states() == {}


def test_a_restart_is_known_by_the_name_of_the_start_where_no_uptime_is_told() -> None:
    board = Board()
    assert not board.mirror.pbx_started(None, "2026-11-22 05:00:00")
    assert not board.mirror.pbx_started(None, "2026-11-22 05:00:00")
    assert not board.mirror.pbx_started(None, "")
    assert board.mirror.pbx_started(None, "2026-11-22 06:00:00")


def test_a_fail_over_to_an_asterisk_that_is_up_for_longer_is_a_restart_too() -> None:
    board = Board()
    board.mirror.pbx_started(500)
    assert board.mirror.pbx_started(90_000)


def test_a_jump_of_our_clock_is_no_restart() -> None:
    board = Board()
    board.mirror.pbx_started(500, "2026-11-22 05:00:00")
    board.clock.advance(3600)
    assert not board.mirror.pbx_started(501, "2026-11-22 05:00:00")


# --- the stream -------------------------------------------------------------------------------------------------------


def test_unknown_events_are_ignored_and_counted_and_answers_are_no_events() -> None:
    board = Board()
    for _ in range(2):
        board.event("RTCPSent")
    board.event("FromTheFuture")
    (answer,) = Parser().feed(b"Response: Success\r\nMessage: Newchannel\r\n\r\n")
    board.mirror.apply(answer)
    assert board.mirror.ignored == {"rtcpsent": 2, "fromthefuture": 1}
    for number in range(1000):
        board.event(f"Flood{number}")
    board.event("RTCPSent")
    assert len(board.mirror.ignored) == 500
    assert board.mirror.ignored["rtcpsent"] == 3


def test_a_forged_event_in_a_callers_number_ends_no_call() -> None:
    """The number is printed raw, and what it smuggles in comes before the true Uniqueid. The name comes before it."""
    board = Board()
    board.talk("201", "202")
    before = board.rows(Kind.CALL)
    tail = f"Uniqueid: {uid(9)}\r\nLinkedid: {uid(9)}\r\n\r\n"
    for event in ("Newchannel", "Newstate", "NewCallerid", "BridgeLeave", "BridgeEnter", "Hold", "Hangup"):
        head = f"Event: {event}\r\nBridgeUniqueid: bridge-1\r\nChannel: PJSIP/itsp-9\r\nChannelState: 4\r\n"
        number = f"CallerIDNum: 1\r\nEvent: Hangup\r\nUniqueid: {uid(1)}\r\n"
        for parsed in Parser().feed((head + number + tail).encode()):
            board.mirror.apply(parsed)
    assert board.rows(Kind.CALL) == before
    assert board.mirror.unknown_ids == 6


def test_a_message_that_makes_us_fail_is_put_aside_and_the_next_one_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = Mirror("main", now=Clock())
    poison = message("Newchannel", Uniqueid=uid(1), Channel="PJSIP/201-1")

    def fails(_: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setitem(mirror._handlers, "newchannel", fails)
    assert not mirror.apply_safely(poison)
    assert mirror.apply_safely(message("Newstate", Uniqueid=uid(1), Channel="PJSIP/201-1"))
    ((put_aside, why),) = mirror.quarantine
    assert put_aside is poison
    assert isinstance(why, ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        mirror.apply(poison)


HEADERS = """
Uniqueid Linkedid DestUniqueid DestLinkedid Channel ChannelState BridgeUniqueid Queue Interface
StateInterface Position Count Status Paused Conference ParkeeUniqueid Device State Exten Context Hint
Mailbox New Old Domain Username Peer PeerStatus LocalOneUniqueid LocalTwoUniqueid Newname DialStatus
CallsTaken Wrapuptime Module
"""
VALUES = """
a 1.1 1.2 PJSIP/201-1 Local/2@x-1;1 Local/2@x-1;2 PJSIP/201 6 -2 ٣ ² 999999999999999999999999999999
Registered Reachable ANSWER All INUSE
"""


@settings(deadline=None)
@given(st.data())
def test_no_event_with_any_headers_raises(data: st.DataObject) -> None:
    """Whatever the headers hold: ids of others, nothing, nonsense, other scripts' digits."""
    mirror = Mirror("main", now=Clock())
    board_events = st.sampled_from(sorted(mirror._handlers))
    keys, values = st.sampled_from(HEADERS.split()), st.sampled_from(VALUES.split()) | st.just("")
    for _ in range(data.draw(st.integers(1, 12))):
        headers = data.draw(st.dictionaries(keys, values, max_size=14))
        mirror.apply(message(data.draw(board_events), **headers))
    mirror.changes()
    mirror.rows()


def test_only_lists_that_can_be_compared_are() -> None:
    with pytest.raises(ValueError, match="DeviceStateList is not compared"):
        Board().mirror.differences(Family.DEVICES, [])


def test_a_queue_that_is_not_known_differs() -> None:
    found = Board().mirror.queue_differences([message("QueueSummary", Queue="front", Callers="0", LoggedIn="0")])
    assert found == {"front": "listed, not known"}


def test_listed_bridges_are_corrected_both_ways() -> None:
    board = Board()
    board.talk("201", "202")
    fields = {"Linkedid": uid(1), "ChannelState": "6", "Application": "Dial", "Duration": "nonsense"}
    one = message("CoreShowChannel", Channel="PJSIP/201-1", Uniqueid=uid(1), BridgeId="", **fields)
    two = message("CoreShowChannel", Channel="PJSIP/202-2", Uniqueid=uid(2), BridgeId="bridge-1", **fields)
    assert board.lists(Family.CHANNELS, one, two) == 1
    assert [party["peers"] for party in board.call()["parties"]] == [[], []]
