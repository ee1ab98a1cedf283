"""What a receptionist sees, step by step, while real Asterisks go through the scenes of an office."""

from __future__ import annotations

import pytest

from panel.vocabulary import Kind, seconds

from .board import Board, person, played


@pytest.fixture(params=["16", "22"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_call_from_outside_rings_and_is_answered(version: str) -> None:
    """Jan Novák dials the office and 201 rings; she answers; they talk; he hangs up."""
    board = played(f"{version}/outside_caller_hangs_up", "ringing")
    call = board.call()
    assert (call["state"], call["direction"], call["dialled"]) == ("ringing", "in", "5550100")
    assert person(call["caller"]) == "+48600111222 Jan Novák"
    assert person(call["called"]) == "201 Alice Marsh"
    assert call["answered_at"] is None
    assert board.parties() == {"+48600111222": "dialling", "201": "ringing"}
    assert {party["number"]: party["trunk"] for party in call["parties"]} == {"+48600111222": "itsp", "201": ""}
    assert board.states() == {"201": "ringing"}
    (leg,) = board.rows(Kind.EXTENSION)["201"]["calls"]
    assert (leg["direction"], leg["state"], person(leg["other"])) == ("in", "ringing", "+48600111222 Jan Novák")
    assert board.rows(Kind.TRUNK)["itsp"]["calls"] == 1

    board = played(f"{version}/outside_caller_hangs_up", "talking")
    call = board.call()
    assert call["state"] == "talking"
    assert seconds(call["started_at"]) <= seconds(call["answered_at"] or "")
    one, other = call["parties"]
    assert (one["peers"], other["peers"]) == ([other["key"]], [one["key"]])
    assert [party["role"] for party in call["parties"]] == ["caller", "called"]
    assert board.states() == {"201": "talking"}

    board = played(f"{version}/outside_caller_hangs_up", "end")
    assert board.rows(Kind.CALL) == {}
    assert board.states() == {}
    assert board.rows(Kind.TRUNK)["itsp"]["calls"] == 0


def test_a_call_to_the_outside(version: str) -> None:
    """201 dials a number; it rings somewhere outside; the outside party answers."""
    board = played(f"{version}/outgoing_call", "ringing")
    assert board.call()["direction"] == "out"
    assert board.states() == {"201": "talking"}
    (leg,) = board.rows(Kind.EXTENSION)["201"]["calls"]
    assert (leg["direction"], leg["state"]) == ("out", "dialling")
    assert leg["other"]["number"] == board.call()["dialled"]
    assert played(f"{version}/outgoing_call", "talking").call()["state"] == "talking"


def test_a_call_among_extensions(version: str) -> None:
    """203 calls 202: no outside party is in it."""
    call = played(f"{version}/internal_call", "talking").call()
    assert (call["direction"], person(call["caller"]), person(call["called"])) == (
        "internal", "203 Clara Young", "202 Bruno Keller",
    )  # fmt: skip


def test_a_blind_transfer_keeps_the_call_and_changes_whom_it_is_for(version: str) -> None:
    """201 sends the caller to 202. The call is the same one: it rings at 202, who answers; 201 is free at once."""
    ringing = played(f"{version}/blind_transfer", "ringing 202")
    assert ringing.parties() == {"+48600111222": "dialling", "202": "ringing"}
    assert (ringing.call()["state"], person(ringing.call()["called"])) == ("ringing", "202 Bruno Keller")
    assert ringing.states() == {"202": "ringing"}
    talking = played(f"{version}/blind_transfer", "talking with 202")
    assert talking.call()["dialled"] == "5550100"
    assert talking.states() == {"202": "talking"}


def test_an_attended_transfer_holds_the_caller_while_201_consults(version: str) -> None:
    """201 dials 202 by Atxfer while the caller hears music; they talk; 201 hangs up and the caller has 202."""
    board = played(f"{version}/attended_transfer", "consulting: ringing")
    assert board.parties() == {"+48600111222": "held", "201": "dialling", "202": "ringing"}
    assert board.call()["held_by"] == "201"
    (leg,) = board.rows(Kind.EXTENSION)["201"]["calls"]
    assert (leg["state"], person(leg["other"])) == ("dialling", "202 Bruno Keller")
    board = played(f"{version}/attended_transfer", "consulting: talking")
    assert board.parties() == {"+48600111222": "held", "201": "talking", "202": "talking"}
    board = played(f"{version}/attended_transfer", "transferred")
    assert board.parties() == {"+48600111222": "talking", "202": "talking"}
    assert board.call()["held_by"] == ""
    assert all(party["peers"] for party in board.call()["parties"]), "they hear each other through a Local channel"


def test_two_calls_of_one_phone_become_one(version: str) -> None:
    """201 has the caller on hold and talks with 202 in a call of its own; the two are joined and 201 is out."""
    board = played(f"{version}/bridge_of_two_calls", "two calls")
    assert sorted(call["state"] for call in board.rows(Kind.CALL).values()) == ["held", "talking"]
    assert board.states() == {"201": "talking", "202": "talking"}, "one leg held, one talking: it talks"
    assert [leg["state"] for leg in board.rows(Kind.EXTENSION)["201"]["calls"]] == ["held", "talking"]
    board = played(f"{version}/bridge_of_two_calls", "joined")
    assert board.parties() == {"+48600111222": "talking", "202": "talking"}
    assert board.states() == {"202": "talking"}


def test_hold_shows_by_whom(version: str) -> None:
    """201 puts the caller on hold and takes it back; then the caller does the same to 201."""
    board = played(f"{version}/hold", "held by 201")
    assert (board.call()["state"], board.call()["held_by"]) == ("held", "201")
    assert board.states() == {"201": "held"}
    board = played(f"{version}/hold", "held by the caller")
    assert (board.call()["state"], board.call()["held_by"]) == ("held", ""), "the outside party is no extension"


def test_a_call_is_parked_and_taken_back(version: str) -> None:
    """201 parks the caller in a space; 202 takes the call from there."""
    board = played(f"{version}/park_and_take_back", "parked")
    (parked,) = board.rows(Kind.PARKED).values()
    assert (parked["lot"], parked["space"], person(parked["parked_by"])) == ("default", "701", "201 Alice Marsh")
    assert seconds(parked["returns_at"]) - seconds(parked["parked_at"]) == pytest.approx(45, abs=1)
    call = board.call()
    assert (call["state"], call["parked"], parked["call"]) == ("parked", parked["key"], call["key"])
    assert call["called"]["number"] == "", "it is for nobody now"
    assert board.states() == {}
    board = played(f"{version}/park_and_take_back", "talking with 202")
    assert board.rows(Kind.PARKED) == {}
    assert board.parties() == {"+48600111222": "talking", "202": "talking"}


def test_a_parked_call_comes_back_when_nobody_takes_it(version: str) -> None:
    """Five seconds pass, and 201 rings again with the same call."""
    board = played(f"{version}/park_timeout", "back at 201")
    assert board.rows(Kind.PARKED) == {}
    assert board.call()["state"] in ("ringing", "talking")
    assert "201" in board.states()


def test_a_parked_caller_gives_up(version: str) -> None:
    assert played(f"{version}/park_given_up", "parked").rows(Kind.PARKED)
    ended = played(f"{version}/park_given_up", "end")
    assert ended.rows(Kind.PARKED) == ended.rows(Kind.CALL) == {}


def test_a_ringing_call_is_picked_up_by_another_phone(version: str) -> None:
    """It rings at 201; 202 picks it up: 201 is silent, and there is one call, with 202 in it as the called one."""
    board = played(f"{version}/pickup", "talking with 202")
    assert board.parties() == {"+48600111222": "talking", "202": "talking"}
    assert [party["role"] for party in board.call()["parties"]] == ["caller", "called"]
    assert board.states() == {"202": "talking"}
    assert board.rows(Kind.EXTENSION)["202"]["calls"][0]["direction"] == "in"


def test_click_to_dial_rings_my_phone_and_then_the_target(version: str) -> None:
    """201's own phone rings first: it is not being called, it calls."""
    board = played(f"{version}/click_to_dial", "my phone rings")
    assert board.states() == {"201": "ringing"}
    assert board.rows(Kind.EXTENSION)["201"]["calls"][0]["direction"] == "out"
    board = played(f"{version}/click_to_dial", "the target rings")
    assert board.states() == {"201": "talking", "202": "ringing"}
    assert board.parties() == {"201": "dialling", "202": "ringing"}
    assert person(board.rows(Kind.EXTENSION)["202"]["calls"][0]["other"]) == "201 Alice Marsh"


@pytest.mark.parametrize("scene", ["local_kept", "local_optimised"])
def test_a_local_channel_is_never_seen(version: str, scene: str) -> None:
    """Between the caller and 201 there is a Local channel: the board shows two parties who hear each other."""
    board = played(f"{version}/{scene}", "talking")
    call = board.call()
    assert [party["number"] for party in call["parties"]] == ["+48600111222", "201"]
    assert [len(party["peers"]) for party in call["parties"]] == [1, 1]
    ringing = board if scene == "local_optimised" else played(f"{version}/{scene}", "ringing")
    assert ringing.rows(Kind.EXTENSION)["201"]["calls"][0]["other"]["number"] == "+48600111222"


def test_a_conference(version: str) -> None:
    """The caller, 201 and 202 meet in room 800; 202 is muted."""
    board = played(f"{version}/conference", "one muted")
    (room,) = board.rows(Kind.CONFERENCE).values()
    muted = {member["number"]: member["muted"] for member in room["members"]}
    assert (room["room"], muted) == ("800", {"+48600111222": False, "201": False, "202": True})
    assert {call["conference"] for call in board.rows(Kind.CALL).values()} == {"800"}
    assert all(len(party["peers"]) == 2 for call in board.rows(Kind.CALL).values() for party in call["parties"])
    assert played(f"{version}/conference", "end").rows(Kind.CONFERENCE) == {}


def test_a_caller_waits_in_a_queue_and_is_answered(version: str) -> None:
    """A caller waits in `front`, both members ring, 203 answers, they talk, the caller hangs up."""
    board = played(f"{version}/queue_answered", "ringing")
    (caller,) = board.rows(Kind.CALLER).values()
    assert (caller["queue"], caller["position"], caller["name"]) == ("front", 1, "Jan Novák")
    call = board.call()
    assert (call["state"], call["queue"], call["connected_at"]) == ("queued", "front", None)
    assert call["queued_at"] == caller["joined_at"]
    assert board.rows(Kind.QUEUE)["front"]["waiting"] == 1
    assert board.rows(Kind.QUEUE)["front"]["longest_at"] == caller["joined_at"]
    assert members(board) == {"front/PJSIP/203": "ringing", "front/PJSIP/204": "ringing", "support/PJSIP/204": "busy"}
    assert board.rows(Kind.EXTENSION)["203"]["calls"][0]["queue"] == "front"

    board = played(f"{version}/queue_answered", "talking")
    assert board.rows(Kind.CALLER) == {}
    assert board.call()["connected_at"] is not None
    assert members(board) == {"front/PJSIP/203": "talking"}
    assert board.rows(Kind.MEMBER)["front/PJSIP/203"]["call"] == board.call()["key"]

    board = played(f"{version}/queue_answered", "end")
    queue = board.rows(Kind.QUEUE)["front"]
    assert (queue["completed"], queue["abandoned"], queue["waiting"], queue["free"]) == (1, 0, 0, 2)
    assert members(board) == {}
    assert board.rows(Kind.MEMBER)["front/PJSIP/203"]["calls_taken"] == 1


def members(board: Board) -> dict[str, str]:
    """Those that are not free."""
    return {key: row["state"] for key, row in board.rows(Kind.MEMBER).items() if row["state"] != "free"}


def test_callers_move_up_and_give_up(version: str) -> None:
    board = played(f"{version}/queue_abandoned", "end")
    queue = board.rows(Kind.QUEUE)["front"]
    assert (queue["abandoned"], queue["completed"], queue["waiting"]) == (2, 0, 0)


def test_a_member_who_does_not_answer_is_free_again(version: str) -> None:
    board = played(f"{version}/queue_ring_no_answer", "talking")
    talking = [key for key, state in members(board).items() if state == "talking"]
    assert len(talking) == 1
    assert set(members(board).values()) <= {"talking", "busy"}


def test_a_caller_moved_out_of_a_queue_is_not_lost(version: str) -> None:
    """Redirect of a waiting caller raises QueueCallerAbandon; it is a move, for we announced it."""
    board = played(f"{version}/queue_redirect", "start")
    from .recordings import play, recording

    tape = recording(f"{version}/queue_redirect")
    for event in tape.events[tape.snapshots[0].after :]:
        if event.event == "queuecallerabandon":
            board.mirror.expect_moved(event["Uniqueid"])
        play(board.mirror, [event], board.clock)
    assert board.rows(Kind.QUEUE)["front"]["abandoned"] == 0
    assert played(f"{version}/queue_redirect", "end").rows(Kind.QUEUE)["front"]["abandoned"] == 1
    moved = played(f"{version}/queue_redirect", "ringing 201")
    assert moved.rows(Kind.CALLER) == {}
    assert (moved.call()["state"], moved.call()["queue"]) == ("ringing", "front")


def test_a_paused_member_and_one_who_comes_and_goes(version: str) -> None:
    board = played(f"{version}/member_pause", "paused")
    member = board.rows(Kind.MEMBER)["front/PJSIP/204"]
    assert (member["state"], member["paused"], member["pause_reason"]) == ("paused", True, "lunch")
    assert board.rows(Kind.QUEUE)["front"]["paused"] == 1
    board = played(f"{version}/member_pause", "added")
    assert board.rows(Kind.MEMBER)["support/PJSIP/206"]["penalty"] == 2
    assert board.rows(Kind.EXTENSION)["206"]["name"] == "Farid Haddad"
    board = played(f"{version}/member_pause", "end")
    assert "support/PJSIP/206" not in board.rows(Kind.MEMBER)
    assert board.rows(Kind.MEMBER)["front/PJSIP/204"]["pause_reason"] == ""


def test_a_message_is_left_and_heard(version: str) -> None:
    before = played(f"{version}/voicemail", "start").rows(Kind.MAILBOX)["201@default"]
    board = played(f"{version}/voicemail", "one new message")
    assert board.rows(Kind.MAILBOX)["201@default"]["new"] == before["new"] + 1
    assert board.rows(Kind.MAILBOX)["201@default"]["extension"] == "201"
    assert board.rows(Kind.EXTENSION)["201"]["mailbox"] == "201@default"
    assert played(f"{version}/voicemail", "end").rows(Kind.MAILBOX)["201@default"]["new"] == before["new"]


def test_the_trunk_is_registered(version: str) -> None:
    (trunk,) = played(f"{version}/busy", "start").rows(Kind.TRUNK).values()
    assert (trunk["name"], trunk["state"], trunk["reason"]) == ("itsp", "registered", "")
