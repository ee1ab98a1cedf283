"""Calls where the recordings have no scene: odd orders, odd channels, odd transfers."""

from __future__ import annotations

import pytest

from ami_worker.mirror import Family
from panel.vocabulary import Kind

from .board import Board, message, person, uid


def office() -> Board:
    board = Board()
    board.hints({"201": "PJSIP/201", "202": "PJSIP/202", "203": "PJSIP/203"})
    return board


def test_a_blonde_transfer() -> None:
    """201 consults 203 in a second call and hangs up while 203 still rings: the caller waits for 203 to answer."""
    board = office()
    board.talk("itsp", "201")
    board.channel("Newchannel", 3, "PJSIP/201-3", ChannelState="4", Exten="203")
    board.channel("Newchannel", 4, "PJSIP/203-4", linked=3, ChannelState="0")
    board.channel("DialBegin", 3, "PJSIP/201-3", ChannelState="4", DestUniqueid=uid(4), DestLinkedid=uid(3))
    board.channel("Newstate", 4, "PJSIP/203-4", linked=3, ChannelState="5")
    assert len(board.rows(Kind.CALL)) == 2
    # The caller's channel takes the place of 201's second leg; both of 201's hang up.
    board.event("BridgeLeave", BridgeUniqueid="bridge-1", Uniqueid=uid(1))
    board.channel("DialBegin", 1, "PJSIP/itsp-1", DestUniqueid=uid(4), DestLinkedid=uid(1))
    board.hang_up(2, 3)
    assert board.parties() == {"itsp": "dialling", "203": "ringing"}
    assert person(board.rows(Kind.EXTENSION)["203"]["calls"][0]["other"]) == "itsp"
    board.channel("Newstate", 4, "PJSIP/203-4", linked=1)
    board.enter("bridge-2", (4, "PJSIP/203-4"), (1, "PJSIP/itsp-1"), linked=1)
    assert board.parties() == {"itsp": "talking", "203": "talking"}


@pytest.mark.parametrize("answered_first", [True, False])
def test_a_pickup_of_a_phone_that_is_answered_at_the_same_instant(answered_first: bool) -> None:
    """As seen on 16 and 22: 202 is put into 201's place in the bridge, and no event says so."""
    board = office()
    board.channel("Newchannel", 1, "PJSIP/itsp-1", ChannelState="4")
    board.channel("Newchannel", 2, "PJSIP/201-2", linked=1, ChannelState="5")
    board.channel("Newchannel", 3, "PJSIP/202-3")
    pickup = {"TargetChannel": "PJSIP/201-2", "TargetUniqueid": uid(2)}
    if answered_first:
        board.enter("bridge-1", (2, "PJSIP/201-2"), linked=1)
    board.channel("Pickup", 3, "PJSIP/202-3", **pickup)
    if not answered_first:
        board.enter("bridge-1", (2, "PJSIP/201-2"), linked=1)
    board.hang_up(2)
    board.channel("Newstate", 1, "PJSIP/itsp-1")
    board.enter("bridge-1", (1, "PJSIP/itsp-1"), linked=1)
    assert board.parties() == {"itsp": "talking", "202": "talking"}
    board.hang_up(3)
    assert list(board.parties()) == ["itsp"]


def test_a_renamed_channel_stays_what_it_is() -> None:
    """Rename goes past the other events, so one with the old name follows it."""
    board = office()
    board.talk("201", "202")
    board.event("Rename", Channel="PJSIP/202-2", Newname="PJSIP/203-2", Uniqueid=uid(2))
    board.channel("NewConnectedLine", 2, "PJSIP/202-2", linked=1, ConnectedLineNum="201")
    assert board.states() == {"201": "talking", "203": "talking"}
    assert board.mirror.channel_named("PJSIP/202-2") is None
    channel = board.mirror.channel_named("PJSIP/203-2")
    assert channel is not None
    assert channel.connected_number == "201"
    board.event("Rename", Channel="PJSIP/203-2", Uniqueid=uid(2))
    assert board.mirror.channel_named("PJSIP/203-2") is channel, "a Rename without a name is none"


def test_a_masquerade_shows_its_technical_channel_to_nobody() -> None:
    """AsyncGoto and Surrogate channels come and go while a call is moved."""
    board = office()
    board.talk("201", "202")
    board.channel("Newchannel", 9, "AsyncGoto/PJSIP/202-2", linked=1)
    board.channel("Newchannel", 10, "Surrogate/PJSIP/202-2", linked=1)
    assert list(board.parties()) == ["201", "202"]
    board.hang_up(9, 10, 1, 2)
    assert board.rows(Kind.CALL) == {}


def test_a_call_of_machinery_alone_is_not_shown() -> None:
    """Originate of a Local channel: for a moment there are its halves and nobody else."""
    board = office()
    board.channel("Newchannel", 1, "Local/201@x-1;1", ChannelState="0")
    board.channel("Newchannel", 2, "Local/201@x-1;2", linked=1, ChannelState="4")
    assert board.rows(Kind.CALL) == {}
    assert board.mirror.calls[uid(1)].caller_leg() is None
    assert board.mirror.calls[uid(1)].called_leg() is None


def test_channels_of_a_local_pair_with_strange_names_are_joined_by_localbridge() -> None:
    board = office()
    board.channel("Newchannel", 1, "PJSIP/201-1", ChannelState="6")
    board.channel("Newchannel", 2, "Local/a", linked=1)
    board.channel("Newchannel", 3, "Local/b", linked=1)
    board.channel("Newchannel", 4, "PJSIP/202-4", linked=1)
    board.enter("b1", (1, "PJSIP/201-1"), (2, "Local/a"), linked=1)
    board.enter("b2", (3, "Local/b"), (4, "PJSIP/202-4"), linked=1)
    assert all(party["peers"] == [] for party in board.call()["parties"])
    board.event("LocalBridge", LocalOneUniqueid=uid(2), LocalTwoUniqueid=uid(3))
    assert all(len(party["peers"]) == 1 for party in board.call()["parties"])
    board.event("LocalBridge", LocalOneUniqueid=uid(2), LocalTwoUniqueid="nobody")
    assert all(len(party["peers"]) == 1 for party in board.call()["parties"])


def test_a_ring_of_local_channels_ends() -> None:
    """Two Local channels whose halves meet at both ends: nobody is there, and nothing runs in circles."""
    board = office()
    for number, name in enumerate(("Local/a@x-1;1", "Local/a@x-1;2", "Local/b@x-2;1", "Local/b@x-2;2"), 2):
        board.channel("Newchannel", number, name, linked=1)
    board.channel("Newchannel", 1, "PJSIP/201-1")
    board.enter("one", (2, "Local/a@x-1;1"), (4, "Local/b@x-2;1"), (1, "PJSIP/201-1"), linked=1)
    board.enter("two", (3, "Local/a@x-1;2"), (5, "Local/b@x-2;2"), linked=1)
    assert board.parties() == {"201": "talking"}
    board.event("DialBegin", Uniqueid=uid(3), DestUniqueid=uid(4))
    board.event("DialBegin", Uniqueid=uid(5), DestUniqueid=uid(2))
    board.channel("Newchannel", 6, "PJSIP/202-6", linked=1, ChannelState="5")
    board.event("DialBegin", Uniqueid=uid(5), DestUniqueid=uid(6))
    leg = board.mirror.channels[uid(6)]
    assert board.mirror.dialler_of(leg) is board.mirror.channels[uid(1)]
    assert board.mirror.dialled_by(board.mirror.channels[uid(1)]) == [leg]


def test_who_dials_through_a_local_half_that_lost_its_other_half() -> None:
    board = office()
    board.channel("Newchannel", 1, "Local/201@x-1;2", ChannelState="4")
    board.channel("Newchannel", 2, "PJSIP/201-2", linked=1, ChannelState="5")
    board.event("DialBegin", Uniqueid=uid(1), DestUniqueid=uid(2))
    assert board.mirror.dialler_of(board.mirror.channels[uid(2)]) is None
    board.channel("Newchannel", 3, "PJSIP/202-3", linked=1, ChannelState="4")
    board.channel("Newchannel", 4, "Local/203@x-9;1", linked=1, ChannelState="0")
    board.event("DialBegin", Uniqueid=uid(3), DestUniqueid=uid(4))
    assert board.parties()["202"] == "dialling"


def test_three_in_a_bridge_hear_each_other_and_one_may_hold() -> None:
    board = office()
    board.talk("201", "202")
    board.channel("Newchannel", 3, "PJSIP/203-3", linked=1)
    board.enter("bridge-1", (3, "PJSIP/203-3"), linked=1)
    assert [len(party["peers"]) for party in board.call()["parties"]] == [2, 2, 2]
    board.event("Hold", Uniqueid=uid(1))
    board.event("Hold", Uniqueid=uid(1))
    assert board.parties() == {"201": "held", "202": "talking", "203": "talking"}
    board.event("Unhold", Uniqueid=uid(1))
    assert set(board.parties().values()) == {"talking"}


def test_music_in_an_empty_conference_is_no_hold() -> None:
    """A room plays music to its first member until somebody else comes."""
    board = office()
    board.channel("Newchannel", 1, "PJSIP/201-1")
    board.enter("room", (1, "PJSIP/201-1"))
    board.event("MusicOnHoldStart", Uniqueid=uid(1))
    board.event("ConfbridgeJoin", Conference="800", Uniqueid=uid(1))
    assert board.parties() == {"201": "talking"}


def test_a_call_to_a_machine_shows_what_was_dialled() -> None:
    """201 hears its voicemail: there is nobody at the other end but *97."""
    board = office()
    board.channel("Newchannel", 1, "PJSIP/201-1", ChannelState="4", Exten="*97")
    board.channel("Newstate", 1, "PJSIP/201-1", Exten="*97")
    (leg,) = board.rows(Kind.EXTENSION)["201"]["calls"]
    assert (leg["state"], person(leg["other"])) == ("talking", "*97")
    assert board.call()["called"]["number"] == ""
    board.channel("Newstate", 1, "PJSIP/201-1", Exten="202")
    assert person(board.rows(Kind.EXTENSION)["201"]["calls"][0]["other"]) == "202"
    assert board.rows(Kind.EXTENSION)["201"]["calls"][0]["other"]["extension"] == "202"
    board.channel("Newstate", 1, "PJSIP/201-1", Exten="s")
    assert person(board.rows(Kind.EXTENSION)["201"]["calls"][0]["other"]) == ""


def test_a_called_leg_whose_caller_is_gone_shows_its_connected_line() -> None:
    board = office()
    board.channel(
        "Newchannel", 2, "PJSIP/202-2", linked=1, ConnectedLineNum="0600111222", ConnectedLineName="O\\'Brien"
    )
    assert person(board.rows(Kind.EXTENSION)["202"]["calls"][0]["other"]) == "0600111222 O'Brien"


def test_a_phone_that_is_dialled_and_does_not_ring_yet_shows_nothing() -> None:
    board = office()
    board.channel("Newchannel", 1, "PJSIP/itsp-1", ChannelState="4")
    board.channel("Newchannel", 2, "PJSIP/202-2", linked=1, ChannelState="0")
    assert board.states() == {}
    assert board.parties() == {"itsp": "dialling", "202": "dialling"}


def test_duplicates_strangers_and_wrong_order_are_harmless() -> None:
    """A second Hangup, a Hangup of nobody, Newstate before Newchannel, BridgeLeave of a bridge left long ago."""
    board = office()
    board.hang_up(77)
    board.event("Newstate", Uniqueid=uid(1), Linkedid=uid(1), Channel="PJSIP/201-1", ChannelState="4")
    board.channel("Newchannel", 1, "PJSIP/201-1", ChannelState="4")
    for event in (
        "Hold",
        "MusicOnHoldStart",
        "NewCallerid",
        "Rename",
        "BridgeLeave",
        "AgentCalled",
        "QueueCallerLeave",
    ):
        board.event(event, Uniqueid="nobody", Newname="PJSIP/202-2")
    board.event("Newstate", Uniqueid="", Linkedid="", Channel="PJSIP/202-2")
    board.event("DialBegin", DestUniqueid="")
    board.event("DialEnd", DestUniqueid="nobody", Uniqueid=uid(1), DialStatus="ANSWER")
    board.event("BridgeDestroy", BridgeUniqueid="nowhere")
    assert list(board.mirror.channels) == [uid(1)]
    board.hang_up(1, 1)
    assert board.mirror.unknown_ids == 13


def test_a_leave_that_comes_after_the_next_enter_does_not_undo_it() -> None:
    board = office()
    board.talk("201", "202")
    board.enter("bridge-9", (1, "PJSIP/201-1"), (2, "PJSIP/202-2"), linked=1)
    board.event("BridgeLeave", BridgeUniqueid="bridge-1", Uniqueid=uid(1), Linkedid=uid(1))
    board.event("BridgeDestroy", BridgeUniqueid="bridge-1")
    assert all(len(party["peers"]) == 1 for party in board.call()["parties"])
    board.event("BridgeDestroy", BridgeUniqueid="bridge-9")
    assert all(party["peers"] == [] for party in board.call()["parties"])


def test_what_hung_up_stays_dead_for_a_minute() -> None:
    """Families that travel by other threads may speak of a channel after its Hangup."""
    board = office()
    board.talk("201", "202")
    board.hang_up(1, 2)
    board.channel("Newstate", 1, "PJSIP/201-1")
    board.event("ConfbridgeJoin", Conference="800", Uniqueid=uid(1))
    board.event("ParkedCall", ParkeeUniqueid=uid(2), ParkingSpace="701")
    board.channel("QueueCallerJoin", 2, "PJSIP/202-2", Queue="front", Position="1", Count="1")
    board.enter("bridge-1", (1, "PJSIP/201-1"))
    for kind in (Kind.CALL, Kind.CONFERENCE, Kind.PARKED, Kind.CALLER):
        assert board.rows(kind) == {}
    assert len(board.mirror._world.tombstones) == 2
    board.clock.advance(61)
    board.changes()
    assert not board.mirror._world.tombstones


def test_a_list_that_still_has_what_has_just_hung_up_is_asked_for_again() -> None:
    """Asterisk 16 may tell of the end of a channel and list it once more."""
    board = office()
    board.talk("201", "202")
    board.hang_up(1, 2)
    ghost = message("CoreShowChannel", Uniqueid=uid(1), Linkedid=uid(1), Channel="PJSIP/201-1", ChannelState="6")
    board.mirror.take_wanted()
    assert board.lists(Family.CHANNELS, ghost) == 0
    assert board.rows(Kind.CALL) == {}
    assert board.mirror.take_wanted() == {(Family.CHANNELS, "")}
    board.clock.advance(2.5)
    board.lists(Family.CHANNELS, ghost)
    assert list(board.mirror.channels) == [uid(1)], "its Hangup was a forgery"
    assert board.mirror.take_wanted() == set()


def test_a_younger_linkedid_is_an_old_story() -> None:
    """After a transfer the channel belongs to the older call; an event made before it says otherwise."""
    board = office()
    board.talk("itsp", "201")
    board.talk("201", "202", first=3)
    board.channel("NewConnectedLine", 4, "PJSIP/202-4", linked=1)
    board.channel("NewConnectedLine", 4, "PJSIP/202-4", linked=3)
    assert board.mirror.channels[uid(4)].linkedid == uid(1)


def test_a_queue_comes_with_the_caller_into_another_call() -> None:
    """The operator's consultation is older than the queue call that is joined to it."""
    board = office()
    board.talk("201", "202")
    board.channel("QueueCallerJoin", 5, "PJSIP/itsp-5", Queue="front", Position="1", Count="1")
    board.event("QueueCallerLeave", Queue="front", Uniqueid=uid(5), Position="1", Count="0")
    board.channel("NewConnectedLine", 5, "PJSIP/itsp-5", linked=1)
    assert board.call()["queue"] == "front"
    assert board.call()["direction"] == "out", "an outside party is in it, and 201 began it"


def test_the_groups_of_a_call_are_the_departments_in_it() -> None:
    board = office()
    board.mirror.set_names("department", {"201": "Sales", "202": "Support", "203": "Support"})
    board.talk("201", "202")
    board.talk("203", "itsp", first=5)
    changes = board.changes()
    assert changes[Kind.CALL, uid(1)].groups == ("Sales", "Support")
    assert changes[Kind.CALL, uid(5)].groups == ("Support",)
    board.hang_up(1, 2)
    gone = board.changes()[Kind.CALL, uid(1)]
    assert (gone.row, gone.groups) == (None, ("Sales", "Support")), "those who saw it must learn that it is gone"


def test_a_parked_call_can_be_seen_by_the_department_that_parked_it() -> None:
    board = office()
    board.mirror.set_names("department", {"201": "Sales"})
    board.channel("Newchannel", 1, "PJSIP/itsp-1")
    board.event("ParkedCall", ParkeeUniqueid=uid(1), ParkingSpace="701", ParkerDialString="PJSIP/201")
    changes = board.changes()
    assert changes[Kind.CALL, uid(1)].groups == changes[Kind.PARKED, uid(1)].groups == ("Sales",)


def test_times_are_those_of_our_clock() -> None:
    """The PBX's clock is ten years behind; what the board shows is when we heard of it."""
    board = office()
    board.clock.at = 1_900_000_000.0
    board.talk("201", "202")
    for key in ("started_at", "answered_at", "state_at"):
        assert board.call()[key].startswith("2030-03-17")
    assert board.call()["started_at"] <= board.call()["answered_at"]
