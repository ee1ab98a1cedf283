"""Parking, conferences, mailboxes and trunks where the recordings have no scene."""

from __future__ import annotations

import pytest

from ami_worker.mirror import Family
from panel.vocabulary import Kind, seconds

from .board import Board, message, uid


PARKED = {"ParkeeUniqueid": uid(1), "Parkinglot": "default", "ParkingSpace": "701", "ParkerDialString": "PJSIP/201"}


def office() -> Board:
    board = Board()
    board.hints({"201": "PJSIP/201", "202": "PJSIP/202"})
    return board


# --- parking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["UnParkedCall", "ParkedCallTimeOut", "ParkedCallGiveUp"])
def test_a_parked_call_ends_in_three_ways_and_none_is_a_hangup(event: str) -> None:
    board = office()
    board.channel("Newchannel", 1, "PJSIP/itsp-1")
    board.event("ParkedCall", **PARKED)
    assert board.call()["state"] == "parked"
    board.event(event, **PARKED)
    assert board.rows(Kind.PARKED) == {}
    assert board.call()["state"] == "talking"
    board.event(event, **PARKED)


def test_a_park_may_be_told_before_its_channel() -> None:
    board = office()
    who = {"ParkeeCallerIDNum": "0600111222", "ParkeeCallerIDName": "Jan", "ParkeeLinkedid": uid(9)}
    board.event("ParkedCall", **PARKED, **who)
    (row,) = board.rows(Kind.PARKED).values()
    assert (row["number"], row["name"], row["call"], row["returns_at"]) == ("0600111222", "Jan", uid(9), None)
    board.channel("Newchannel", 1, "PJSIP/202-1")
    (row,) = board.rows(Kind.PARKED).values()
    assert (row["number"], row["extension"], row["call"]) == ("202", "202", uid(1))
    assert board.states() == {"202": "held"}


def test_a_parked_call_listed_says_how_long_it_has_been_there() -> None:
    board = office()
    board.lists(Family.PARKED, message("ParkedCall", **PARKED, ParkingTimeout="45", ParkingDuration="15"))
    (row,) = board.rows(Kind.PARKED).values()
    assert seconds(row["parked_at"]) == pytest.approx(board.clock.at - 15, abs=0.01)
    assert seconds(row["returns_at"]) == pytest.approx(board.clock.at + 30, abs=0.01)
    assert board.lists(Family.PARKED) == 1, "what a list told of is gone when the next one has it no more"
    assert board.rows(Kind.PARKED) == {}


def test_a_call_that_was_taken_and_parked_again_while_nobody_looked_is_where_the_list_has_it() -> None:
    board = office()
    board.event("ParkedCall", **PARKED)
    again = {**PARKED, "ParkingSpace": "702", "ParkerDialString": "PJSIP/202"}
    assert board.lists(Family.PARKED, message("ParkedCall", **again)) == 1
    (row,) = board.rows(Kind.PARKED).values()
    assert (row["space"], row["parked_by"]["extension"]) == ("702", "202")


def test_another_channel_takes_the_place_of_a_parked_one() -> None:
    board = office()
    board.event("ParkedCall", **PARKED)
    board.event("ParkedCall", **{**PARKED, "ParkeeUniqueid": uid(3), "ParkingSpace": "702"})
    board.event("ParkedCallSwap", **{**PARKED, "ParkeeUniqueid": uid(2)})
    assert {key: row["space"] for key, row in board.rows(Kind.PARKED).items()} == {uid(2): "701", uid(3): "702"}
    board.event("ParkedCall", Parkinglot="default")
    assert len(board.mirror.parked) == 2


def test_those_who_are_parked_in_one_lot_do_not_hear_each_other() -> None:
    board = office()
    for number in (1, 2):
        board.channel("Newchannel", number, f"PJSIP/itsp-{number}")
        board.event("ParkedCall", **{**PARKED, "ParkeeUniqueid": uid(number), "ParkingSpace": f"70{number}"})
    board.enter("lot", (1, "PJSIP/itsp-1"), (2, "PJSIP/itsp-2"), technology="holding_bridge")
    assert all(call["parties"][0]["peers"] == [] for call in board.rows(Kind.CALL).values())
    assert len(board.rows(Kind.CALL)) == 2
    listed = {"ChannelState": "6", "BridgeId": "lot-2", "Application": "Park", "Duration": "00:00:09"}
    board.lists(
        Family.CHANNELS,
        *(
            message("CoreShowChannel", Channel=f"PJSIP/itsp-{n}", Uniqueid=uid(n), Linkedid=uid(n), **listed)
            for n in (1, 2)
        ),
    )
    assert all(call["parties"][0]["peers"] == [] for call in board.rows(Kind.CALL).values())


# --- conferences ------------------------------------------------------------------------------------------------------


def test_a_room_is_known_by_any_event_that_names_it() -> None:
    board = office()
    board.channel("Newchannel", 1, "PJSIP/201-1")
    board.event("ConfbridgeJoin", Conference="800", Uniqueid=uid(1), Admin="Yes", Muted="No")
    board.event("ConfbridgeStart", Conference="800")
    board.event("ConfbridgeTalking", Conference="800", Uniqueid=uid(1), TalkingStatus="on")
    board.event("ConfbridgeMute", Conference="800", Uniqueid=uid(1))
    (member,) = board.rows(Kind.CONFERENCE)["800"]["members"]
    assert (member["extension"], member["admin"], member["muted"], member["talking"]) == ("201", True, True, True)
    board.event("ConfbridgeUnmute", Conference="800", Uniqueid=uid(1))
    board.event("ConfbridgeMute", Conference="800", Uniqueid="nobody")
    board.event("ConfbridgeTalking", Conference="801", Uniqueid=uid(1), TalkingStatus="on")
    assert not board.rows(Kind.CONFERENCE)["800"]["members"][0]["muted"]
    board.mirror.set_names("department", {"201": "Sales"})
    assert board.changes()[Kind.CONFERENCE, "800"].groups == ("Sales",)
    board.hang_up(1)
    assert board.rows(Kind.CONFERENCE)["800"]["members"] == [], "its Leave may come late, or never"
    board.event("ConfbridgeLeave", Conference="800", Uniqueid=uid(1))
    board.event("ConfbridgeEnd", Conference="800")
    board.event("ConfbridgeEnd", Conference="800")
    board.event("ConfbridgeLeave", Conference="800", Uniqueid=uid(1))
    assert board.rows(Kind.CONFERENCE) == {}


def test_a_room_that_is_over_is_empty() -> None:
    board = office()
    board.event("ConfbridgeJoin", Conference="800", Uniqueid=uid(1), CallerIDNum="0600111222", CallerIDName="Jan")
    (member,) = board.rows(Kind.CONFERENCE)["800"]["members"]
    assert (member["number"], member["name"], member["extension"]) == ("0600111222", "Jan", "")
    board.event("ConfbridgeEnd", Conference="800")
    assert not board.mirror._world.rooms_of


def test_somebody_goes_from_one_room_to_another() -> None:
    """The events of the two rooms come in the wrong order."""
    board = office()
    board.channel("Newchannel", 1, "PJSIP/201-1")
    board.event("ConfbridgeJoin", Conference="800", Uniqueid=uid(1))
    board.event("ConfbridgeJoin", Conference="801", Uniqueid=uid(1))
    board.event("ConfbridgeLeave", Conference="800", Uniqueid=uid(1))
    assert board.call()["conference"] == "801"


def test_rooms_and_members_are_listed() -> None:
    """Old lists of members name the channel only."""
    board = office()
    board.channel("Newchannel", 1, "PJSIP/201-1")
    board.lists(Family.ROOMS, message("ConfbridgeListRooms", Conference="800", Parties="2", Locked="Yes"))
    items = [
        message("ConfbridgeList", Conference="800", Channel="PJSIP/201-1", Admin="No", Muted="Yes", Talking="Yes"),
        message("ConfbridgeList", Conference="800", Channel="PJSIP/itsp-2", Uniqueid=uid(2), CallerIDNum="0600"),
        message("ConfbridgeList", Conference="800", Channel="PJSIP/nobody-3"),
    ]
    assert board.lists(Family.ROOM, *items, scope="800") == 2
    row = board.rows(Kind.CONFERENCE)["800"]
    assert row["locked"]
    assert {member["number"]: member["muted"] for member in row["members"]} == {"201": True, "0600": False}
    assert board.lists(Family.ROOM, *items[:1], scope="800") == 1
    assert len(board.mirror.conferences["800"].members) == 1
    assert board.lists(Family.ROOM, scope="nowhere") == 0


def test_what_a_room_told_of_a_moment_ago_is_spared_by_a_list_that_may_be_older() -> None:
    board = office()
    board.channel("Newchannel", 1, "PJSIP/201-1")
    board.event("ConfbridgeStart", Conference="800")
    board.event("ConfbridgeJoin", Conference="800", Uniqueid=uid(1))
    assert board.lists(Family.ROOM, scope="800") == board.lists(Family.ROOMS) == 0
    assert board.mirror.take_wanted() == {(Family.ROOM, "800"), (Family.ROOMS, "")}
    board.clock.advance(3)
    assert (board.lists(Family.ROOM, scope="800"), board.lists(Family.ROOMS)) == (1, 1)


# --- mailboxes --------------------------------------------------------------------------------------------------------


def test_a_mailbox_is_its_extensions() -> None:
    board = office()
    board.event("MessageWaiting", Mailbox="201@sales", Waiting="1")
    assert board.rows(Kind.MAILBOX)["201@sales"] == {"key": "201@sales", "extension": "201", "new": 1, "old": 0}
    assert board.rows(Kind.EXTENSION)["201"]["mailbox"] == "201@sales"
    board.event("MessageWaiting", Mailbox="201", Waiting="1", New="2", Old="5")
    assert board.rows(Kind.EXTENSION)["201"]["mailbox"] == "201@default"
    board.event("MessageWaiting", Mailbox="700@default", Waiting="0")
    assert board.rows(Kind.MAILBOX)["700@default"]["extension"] == ""
    board.event("MessageWaiting", Mailbox="")
    board.changes()
    board.event("MessageWaiting", Mailbox="201", Waiting="1", New="2", Old="5")
    assert board.changes() == {}, "it repeats itself without news"


def test_a_mailbox_that_is_listed_no_more_is_gone() -> None:
    board = office()
    board.mirror.set_names("department", {"201": "Sales"})
    entry = {"VMContext": "default", "VoiceMailbox": "201", "NewMessageCount": "1", "OldMessageCount": "x"}
    assert board.lists(Family.MAILBOXES, message("VoicemailUserEntry", Fullname="Alice", **entry)) == 1
    assert board.changes()[Kind.MAILBOX, "201@default"].groups == ("Sales",)
    assert board.lists(Family.MAILBOXES) == 1
    assert board.rows(Kind.MAILBOX) == {}
    assert board.rows(Kind.EXTENSION)["201"]["mailbox"] == ""
    assert board.rows(Kind.EXTENSION)["201"]["name"] == "Alice", "a name once learnt is kept"


# --- trunks -----------------------------------------------------------------------------------------------------------


def registration(status: str) -> list:  # type: ignore[type-arg]
    fields = {
        "ObjectName": "provider",
        "Endpoint": "itsp",
        "ServerUri": "sip:itsp.example",
        "ClientUri": "sip:us@itsp.example",
    }
    return [message("OutboundRegistrationDetail", Status=status, **fields), message("AuthDetail", ObjectName="us")]


@pytest.mark.parametrize(
    ("status", "state"), [("Registered", "registered"), ("Unregistered", "unregistered"), ("Rejected", "rejected")]
)
def test_a_trunk_is_what_its_registration_says(status: str, state: str) -> None:
    board = office()
    board.lists(Family.REGISTRATIONS, *registration("Unregistered"))
    trunk = {"ChannelType": "PJSIP", "Domain": "sip:itsp.example", "Username": "sip:us@itsp.example"}
    board.event("Registry", **trunk, Status=status, Cause="")
    (row,) = board.rows(Kind.TRUNK).values()
    assert (row["name"], row["state"]) == ("itsp", state)
    assert bool(row["reason"]) == (state != "registered")
    assert board.changes()[Kind.TRUNK, "itsp"].groups == (), "only those without limits see trunks"


def test_a_registration_that_no_list_has_told_of_goes_by_its_host() -> None:
    board = office()
    board.event("Registry", ChannelType="SIP", Domain="sip:us@itsp.example:5060;transport=tcp", Status="Registered")
    board.event("Registry", ChannelType="IAX2", Domain="iax.example:4569", Status="Rejected", Cause="Wrong password")
    board.event("Registry", ChannelType="IAX2", Status="Registered")
    rows = board.rows(Kind.TRUNK)
    assert {key: row["reason"] for key, row in rows.items()} == {"itsp.example": "", "iax.example": "Wrong password"}
    board.lists(Family.REGISTRATIONS)
    assert board.rows(Kind.TRUNK) == {}, "neither registered nor reachable: nothing is known of it any more"


def test_a_trunk_that_does_not_register_is_as_reachable_as_it_is() -> None:
    board = office()
    board.devices(PJSIP_itsp="NOT_INUSE", PJSIP_999="NOT_INUSE")
    assert {key: row["state"] for key, row in board.rows(Kind.TRUNK).items()} == {"itsp": "reachable"}
    board.changes()
    board.event("PeerStatus", Peer="PJSIP/itsp", PeerStatus="Unreachable")
    row = board.changes()[Kind.TRUNK, "itsp"].row
    assert row is not None
    assert (row["state"], row["state_at"] is None) == ("unreachable", False)
    board.event("ContactStatus", EndpointName="itsp", ContactStatus="Reachable")
    assert board.rows(Kind.TRUNK)["itsp"]["state"] == "reachable"
    board.event("ContactStatus", EndpointName="itsp", ContactStatus="something new")
    board.event("ContactStatus", EndpointName="201", ContactStatus="Reachable")
    board.devices(PJSIP_itsp="UNAVAILABLE", PJSIP_unheard="UNKNOWN")
    assert {key: row["state"] for key, row in board.rows(Kind.TRUNK).items()} == {"itsp": "unreachable"}


def test_what_turns_out_to_be_a_phone_is_no_trunk() -> None:
    board = office()
    board.devices(PJSIP_alice="NOT_INUSE")
    assert "alice" in board.rows(Kind.TRUNK)
    board.changes()
    board.event("ExtensionStatus", Exten="300", Context="ext-local", Hint="PJSIP/alice", Status="0")
    assert board.changes()[Kind.TRUNK, "alice"].row is None


def test_the_calls_of_a_trunk_are_counted() -> None:
    board = office()
    board.devices(PJSIP_itsp="NOT_INUSE")
    board.talk("itsp", "201")
    board.channel("Newchannel", 5, "PJSIP/itsp-5")
    assert board.rows(Kind.TRUNK)["itsp"]["calls"] == 2
    board.changes()
    board.hang_up(1, 2)
    change = board.changes()[Kind.TRUNK, "itsp"]
    assert change.row is not None
    assert change.row["calls"] == 1
