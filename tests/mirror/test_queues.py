"""Queues, callers and members where the recordings have no scene."""

from __future__ import annotations

import pytest

from ami_worker.mirror import Family
from panel.vocabulary import Kind, Link, NumberPlan, seconds

from .board import Board, message, uid


MEMBER = {"Queue": "front", "Interface": "PJSIP/203", "MemberName": "Clara", "Paused": "0", "Penalty": "0"}
PARAMS = message("QueueParams", Queue="front", Strategy="ringall", Completed="0", Abandoned="0")


def office(plan: NumberPlan | None = None, **fields: str) -> Board:
    """A queue `front` with 203 in it."""
    board = Board(plan)
    board.hints({"203": "PJSIP/203", "204": "PJSIP/204"})
    board.devices(PJSIP_203="NOT_INUSE")
    board.event("QueueMemberAdded", **{**MEMBER, "Status": "1", **fields})
    return board


def join(board: Board, number: int, position: int, count: int) -> None:
    board.channel(
        "QueueCallerJoin", number, f"PJSIP/itsp-{number}", Queue="front", Position=str(position), Count=str(count)
    )


def leave(board: Board, number: int, count: int) -> None:
    board.event("QueueCallerLeave", Queue="front", Uniqueid=uid(number), Count=str(count))


def positions(board: Board) -> dict[str, int]:
    return {row["call"].partition(".")[2]: row["position"] for row in board.rows(Kind.CALLER).values()}


def rung(board: Board, caller: int = 1, leg: int = 2, phone: str = "PJSIP/203-2", **fields: str) -> None:
    board.channel("Newchannel", leg, phone, linked=caller, ChannelState="0")
    agent = {**MEMBER, **fields}
    board.event("AgentCalled", **agent, Uniqueid=uid(caller), DestUniqueid=uid(leg))
    board.channel("Newstate", leg, phone, linked=caller, ChannelState="5")


def connected(board: Board, caller: int = 1, leg: int = 2, **fields: str) -> None:
    leave(board, caller, 0)
    board.event("AgentConnect", **{**MEMBER, **fields}, Uniqueid=uid(caller), DestUniqueid=uid(leg), HoldTime="12")


def state(board: Board, key: str = "front/PJSIP/203") -> object:
    return board.rows(Kind.MEMBER)[key]["state"]


def test_callers_move_when_one_comes_in_front_or_goes() -> None:
    board = office()
    for number in (1, 2, 3):
        join(board, number, number, number)
    join(board, 4, 1, 4)
    assert positions(board) == {"4": 1, "1": 2, "2": 3, "3": 4}
    leave(board, 1, 3)
    assert positions(board) == {"4": 1, "2": 2, "3": 3}
    board.hang_up(4)
    assert positions(board) == {"2": 1, "3": 2}
    leave(board, 4, 2)
    assert positions(board) == {"2": 1, "3": 2}, "the Leave of one who has hung up moves nobody twice"
    assert board.mirror.take_wanted() == {(Family.QUEUES, "front")}, "the queue was heard of for the first time"


def test_a_count_that_does_not_fit_has_the_queue_listed() -> None:
    board = office()
    board.mirror.take_wanted()
    join(board, 1, 1, 1)
    assert board.mirror.take_wanted() == set()
    join(board, 2, 3, 3)
    assert board.mirror.take_wanted() == {(Family.QUEUES, "front")}


def test_a_caller_waits_for_as_long_as_the_list_says() -> None:
    board = office()
    entry = {"Queue": "front", "Position": "1", "Wait": "90", "Priority": "2", "CallerIDNum": "unknown"}
    items = [message("QueueParams", Queue="front", Strategy="ringall", Completed="7", Abandoned="2")]
    board.lists(Family.QUEUES, *items, message("QueueEntry", Uniqueid=uid(1), **entry))
    (row,) = board.rows(Kind.CALLER).values()
    assert (row["priority"], row["number"], row["call"]) == (2, "", uid(1)), "its channel is not known yet"
    assert seconds(row["joined_at"]) == pytest.approx(board.clock.at - 90, abs=0.01)
    assert board.rows(Kind.QUEUE)["front"]["longest_at"] == row["joined_at"]
    assert board.rows(Kind.QUEUE)["front"]["completed"] == 7


def test_abandoned_callers_are_counted_and_moved_ones_are_not() -> None:
    board = office()
    join(board, 1, 1, 1)
    join(board, 2, 2, 2)
    board.mirror.expect_moved(uid(1))
    board.event("QueueCallerAbandon", Queue="front", Uniqueid=uid(1))
    board.event("QueueCallerAbandon", Queue="front", Uniqueid=uid(2))
    board.event("QueueCallerAbandon", Queue="elsewhere", Uniqueid=uid(2))
    assert board.rows(Kind.QUEUE)["front"]["abandoned"] == 1
    params = {"Queue": "front", "Strategy": "ringall", "Completed": "0"}
    board.lists(Family.QUEUES, message("QueueParams", Abandoned="5", **params))
    assert board.rows(Kind.QUEUE)["front"]["abandoned"] == 4
    board.lists(Family.QUEUES, message("QueueParams", Abandoned="0", **params))
    assert board.rows(Kind.QUEUE)["front"]["abandoned"] == 0, "the PBX's counters were reset"


def test_a_move_that_was_announced_long_ago_is_forgotten() -> None:
    board = office()
    join(board, 1, 1, 1)
    board.mirror.expect_moved(uid(1))
    board.clock.advance(16)
    board.mirror.expect_moved(uid(2))
    board.event("QueueCallerAbandon", Queue="front", Uniqueid=uid(1))
    assert board.rows(Kind.QUEUE)["front"]["abandoned"] == 1


def test_ringing_talking_wrap_up_and_free_again() -> None:
    """AgentComplete comes after both hangups, as it may: it counts, and ends nothing twice."""
    board = office(Wrapuptime="10", CallsTaken="3")
    join(board, 1, 1, 1)
    rung(board)
    assert (state(board), board.rows(Kind.MEMBER)["front/PJSIP/203"]["call"]) == ("ringing", uid(1))
    connected(board)
    assert state(board) == "talking"
    call = board.call()
    assert seconds(call["connected_at"]) - seconds(call["queued_at"]) < 12, "the join told when it began to wait"
    board.hang_up(2, 1)
    row = board.rows(Kind.MEMBER)["front/PJSIP/203"]
    assert (row["state"], row["call"]) == ("wrapup", "")
    assert seconds(row["wrapup_until_at"]) == pytest.approx(board.clock.at + 10, abs=0.5)
    board.event("AgentComplete", **MEMBER, Uniqueid=uid(1), DestUniqueid=uid(2))
    row = board.rows(Kind.MEMBER)["front/PJSIP/203"]
    assert (row["state"], row["calls_taken"], board.rows(Kind.QUEUE)["front"]["completed"]) == ("wrapup", 4, 1)
    last = board.changes()
    while board.mirror.due_at is not None:
        board.clock.at = board.mirror.due_at
        last.update(board.changes())
    assert last[Kind.MEMBER, "front/PJSIP/203"].row["state"] == "free"
    assert last[Kind.QUEUE, "front"].row["free"] == 1


def test_a_status_that_was_told_before_the_completion_is_not_counted_twice() -> None:
    board = office(CallsTaken="3")
    join(board, 1, 1, 1)
    rung(board)
    connected(board)
    board.event("QueueMemberStatus", **MEMBER, Status="1", CallsTaken="4", InCall="0")
    assert state(board) == "talking", "InCall says 0 all the time"
    board.event("AgentComplete", **MEMBER, Uniqueid=uid(1), DestUniqueid=uid(2))
    assert (state(board), board.rows(Kind.MEMBER)["front/PJSIP/203"]["calls_taken"]) == ("busy", 4)


def test_a_completion_of_another_call_ends_nothing() -> None:
    board = office()
    join(board, 1, 1, 1)
    rung(board)
    connected(board)
    board.event("AgentComplete", **MEMBER, Uniqueid=uid(77))
    assert state(board) == "talking"
    board.event("AgentComplete", **MEMBER)
    assert state(board) != "talking", "it may come without its caller"
    board.event("AgentComplete", **{**MEMBER, "Interface": "PJSIP/299"}, Uniqueid=uid(1))


def test_a_member_refuses_after_the_announcement() -> None:
    board = office()
    join(board, 1, 1, 1)
    rung(board)
    connected(board)
    board.event("AgentDump", **MEMBER, Uniqueid=uid(1), DestUniqueid=uid(2))
    board.hang_up(2)
    assert state(board) == "free"
    board.event("AgentDump", **{**MEMBER, "Interface": "PJSIP/299"}, DestUniqueid=uid(2))


def test_agent_events_about_nobody_are_ignored() -> None:
    board = office()
    board.event("AgentConnect", **MEMBER, Uniqueid=uid(1), DestUniqueid=uid(2))
    board.event("AgentRingNoAnswer", **MEMBER, Uniqueid=uid(1), DestUniqueid=uid(2))
    board.event("QueueMemberRemoved", **{**MEMBER, "Interface": "PJSIP/299"})
    assert state(board) == "free"


def test_a_connect_whose_join_was_missed_knows_the_waiting_time() -> None:
    board = office()
    board.channel("Newchannel", 1, "PJSIP/itsp-1")
    rung(board)
    connected(board)
    call = board.call()
    assert seconds(call["connected_at"]) - seconds(call["queued_at"]) == pytest.approx(12)


def test_a_member_on_a_local_channel_that_is_optimised_away_goes_on_talking() -> None:
    """`Local/203@from-queue/n` rings 203; once they talk Asterisk takes the Local channel out, and 203 talks on."""
    interface = {"Interface": "Local/203@from-queue/n"}
    board = Board()
    board.hints({"203": "PJSIP/203"})
    board.event("QueueMemberAdded", **{**MEMBER, **interface, "Status": "0"})
    key = "front/Local/203@from-queue/n"
    assert board.rows(Kind.MEMBER)[key]["extension"] == "203"
    join(board, 1, 1, 1)
    rung(board, phone="Local/203@from-queue-2;1", **interface)
    board.channel("Newchannel", 3, "Local/203@from-queue-2;2", linked=1, ChannelState="4")
    board.channel("Newchannel", 4, "PJSIP/203-4", linked=1, ChannelState="5")
    assert (state(board, key), board.states()) == ("ringing", {"203": "ringing"})
    board.channel("Newstate", 4, "PJSIP/203-4", linked=1)
    connected(board, **interface)
    board.enter("b1", (1, "PJSIP/itsp-1"), (2, "Local/203@from-queue-2;1"), linked=1)
    board.enter("b2", (3, "Local/203@from-queue-2;2"), (4, "PJSIP/203-4"), linked=1)
    board.enter("b1", (4, "PJSIP/203-4"), linked=1)
    board.hang_up(2, 3)
    assert state(board, key) == "talking"
    board.hang_up(4)
    assert state(board, key) == "free"


def test_a_call_that_ends_leaves_the_next_one_ringing() -> None:
    """The member transferred its caller away, the queue sent it the next one, and only then the first call ended."""
    interface = {"Interface": "Local/203@from-queue/n"}
    board = Board()
    board.hints({"203": "PJSIP/203", "204": "PJSIP/204"})
    board.event("QueueMemberAdded", **{**MEMBER, **interface, "Status": "0"})
    key = "front/Local/203@from-queue/n"
    join(board, 1, 1, 1)
    rung(board, phone="Local/203@from-queue-2;1", **interface)
    connected(board, **interface)
    board.channel("Newchannel", 5, "PJSIP/204-5", linked=1)
    board.enter("b1", (1, "PJSIP/itsp-1"), (2, "Local/203@from-queue-2;1"), (5, "PJSIP/204-5"), linked=1)
    join(board, 6, 1, 1)
    rung(board, caller=6, leg=7, phone="Local/203@from-queue-7;1", **interface)
    board.hang_up(2)
    row = board.rows(Kind.MEMBER)[key]
    assert (row["state"], row["call"]) == ("ringing", uid(6)), (
        "204, who has the first caller, is another member's phone"
    )


def test_what_a_member_can_be_sent_now() -> None:
    """From the bottom of the list of states up: away, paused, on the queue's call, on another call."""
    board = office()
    board.talk("203", "itsp")
    assert state(board) == "busy"
    board.event("QueueMemberPause", **{**MEMBER, "Paused": "1", "Reason": "lunch", "Status": "2"})
    row = board.rows(Kind.MEMBER)["front/PJSIP/203"]
    assert (row["state"], row["pause_reason"]) == ("paused", "lunch"), "Asterisk 16 calls it Reason"
    board.devices(PJSIP_203="UNAVAILABLE")
    assert state(board) == "away"
    board.devices(PJSIP_203="NOT_INUSE")
    board.hang_up(1, 2)
    board.event("QueueMemberPause", **{**MEMBER, "PausedReason": "lunch", "Status": "1"})
    assert (state(board), board.rows(Kind.MEMBER)["front/PJSIP/203"]["pause_reason"]) == ("free", "")


@pytest.mark.parametrize(
    ("status", "expected"), [("0", "unknown"), ("1", "free"), ("2", "busy"), ("5", "away"), ("x", "unknown")]
)
def test_a_member_that_is_no_extension(status: str, expected: str) -> None:
    board = Board()
    member = {
        "Queue": "front",
        "Interface": "Agent:1001",
        "MemberName": "Ann\u202e",
        "Status": status,
        "LastCall": "1795000000",
    }
    board.event("QueueMemberAdded", **member)
    row = board.rows(Kind.MEMBER)["front/Agent:1001"]
    assert (row["state"], row["extension"], row["name"]) == (expected, "", "Ann")
    assert row["last_call_at"] == "2026-11-18T11:06:40.000Z"


def test_a_queue_that_is_configured_no_more_goes_with_all_that_is_in_it() -> None:
    board = office()
    join(board, 1, 1, 1)
    rung(board)
    board.changes()
    board.lists(Family.QUEUES, message("something else", Queue="front"))
    gone = {key for key, change in board.changes().items() if change.row is None}
    assert gone == {(Kind.QUEUE, "front"), (Kind.MEMBER, "front/PJSIP/203"), (Kind.CALLER, f"front/{uid(1)}")}
    assert board.parties()["203"] == "ringing", "its call goes on"


def test_wrap_up_goes_on_after_a_restart_of_the_panel() -> None:
    """The list has the end of the last call by the PBX's clock, which is an hour ahead of ours."""
    board = Board()
    board.mirror.set_clock_offset(3600)
    ended = str(int(board.clock.at) + 3600 - 4)
    fields = {"Queue": "front", "Location": "Agent:1", "Status": "1", "Wrapuptime": "10", "LastCall": ended}
    board.lists(Family.QUEUES, PARAMS, message("QueueMember", **fields))
    row = board.rows(Kind.MEMBER)["front/Agent:1"]
    assert row["state"] == "wrapup"
    assert seconds(row["wrapup_until_at"]) == pytest.approx(board.clock.at + 6, abs=1)
    board.clock.advance(7)
    board.lists(Family.QUEUES, PARAMS, message("QueueMember", **fields))
    assert board.rows(Kind.MEMBER)["front/Agent:1"]["state"] == "free"


def test_one_queue_can_be_listed_alone() -> None:
    board = office()
    board.event("QueueMemberAdded", **{**MEMBER, "Queue": "support", "Status": "1"})
    params = {"Strategy": "ringall", "Completed": "0", "Abandoned": "0"}
    assert board.lists(Family.QUEUES, message("QueueParams", Queue="front", **params), scope="front") == 1
    assert list(board.mirror.members) == ["support/PJSIP/203"]


def test_who_rings_and_who_talks_for_a_queue_is_read_from_the_list_of_channels() -> None:
    board = office()
    board.event("QueueMemberAdded", **{**MEMBER, "Interface": "PJSIP/204", "Status": "1"})
    board.mirror.set_link(Link.STALE)

    def channel(number: int, name: str, linked: int, **fields: str) -> object:
        defaults = {"ChannelState": "6", "Duration": "00:00:10", "Uniqueid": uid(number), "Linkedid": uid(linked)}
        return message("CoreShowChannel", Channel=name, **{**defaults, **fields})

    def lists(*channels: object) -> None:
        board.lists(Family.CHANNELS, *channels)  # type: ignore[arg-type]
        items = [PARAMS]
        for name in ("203", "204"):
            fields = {"Queue": "front", "Location": f"PJSIP/{name}", "Status": "1", "Paused": "0"}
            items.append(message("QueueMember", **fields))
        board.lists(Family.QUEUES, *items)

    queue = {"Application": "Queue", "ApplicationData": "front,t"}
    app = {"Application": "AppQueue", "ApplicationData": "(Outgoing Line)"}
    first = channel(1, "PJSIP/itsp-1", 1, BridgeId="b", **queue), channel(2, "PJSIP/203-2", 1, BridgeId="b", **app)
    second = channel(3, "PJSIP/itsp-3", 3, **queue), channel(4, "PJSIP/204-4", 3, **{**app, "ChannelState": "5"})
    lists(*first, *second)
    assert (state(board), state(board, "front/PJSIP/204")) == ("talking", "ringing")
    assert board.rows(Kind.CALL)[uid(1)]["connected_at"] is not None
    assert board.rows(Kind.CALL)[uid(3)]["connected_at"] is None
    # While nobody looked, 203's caller hung up and 204 answered.
    answered = channel(3, "PJSIP/itsp-3", 3, BridgeId="c", **queue), channel(4, "PJSIP/204-4", 3, BridgeId="c", **app)
    lists(*answered)
    assert (state(board), state(board, "front/PJSIP/204")) == ("free", "talking")
    assert board.rows(Kind.CALL)[uid(3)]["connected_at"] is not None
    # A Local member rings by its half, and talks by its phone when Asterisk has taken the Local channel out.
    board.event("QueueMemberAdded", **{**MEMBER, "Interface": "Local/203@from-queue/n", "Status": "0"})
    local = {"Queue": "front", "Location": "Local/203@from-queue/n", "Status": "0", "Paused": "0"}
    half = channel(8, "Local/203@from-queue-8;1", 7, Application="", ChannelState="5")
    board.lists(Family.CHANNELS, channel(7, "PJSIP/itsp-7", 7, **queue), half)
    board.lists(Family.QUEUES, PARAMS, message("QueueMember", **local))
    assert state(board, "front/Local/203@from-queue/n") == "ringing"
    phone = channel(9, "PJSIP/203-9", 7, BridgeId="d", Application="AppDial")
    board.lists(Family.CHANNELS, channel(7, "PJSIP/itsp-7", 7, BridgeId="d", **queue), phone)
    board.lists(Family.QUEUES, PARAMS, message("QueueMember", **local))
    assert state(board, "front/Local/203@from-queue/n") == "talking"
    board.lists(Family.QUEUES, PARAMS, message("QueueMember", **{**local, "Location": "PJSIP/203"}))
    # A call of another queue is none of this one.
    lists(
        channel(5, "PJSIP/itsp-5", 5, Application="Queue", ApplicationData="other"), channel(6, "PJSIP/203-6", 5, **app)
    )
    assert state(board) == "busy"


def test_whether_a_member_rings_during_calls_is_known_as_long_as_events_have_told_of_every_change() -> None:
    def rings() -> object:
        return board.rows(Kind.MEMBER)["front/PJSIP/203"]["ring_in_use"]

    board = office()
    listed = message("QueueMember", Queue="front", Location="PJSIP/203", Name="Clara", Paused="0", Penalty="0")
    assert rings() is None
    board.event("QueueMemberRinginuse", **MEMBER, Ringinuse="1")
    assert rings() is True
    board.lists(Family.QUEUES, PARAMS, listed)
    assert rings() is True
    board.event("Reload", Module="app_queue.so", Status="0")
    assert rings() is None
    board.event("QueueMemberPause", **MEMBER, Ringinuse="0")
    assert rings() is False
    board.mirror.set_link(Link.STALE, "comparing")
    board.lists(Family.QUEUES, PARAMS, listed)
    assert rings() is None


def test_calls_in_a_row_that_ring_for_nothing_are_counted_until_one_is_answered() -> None:
    board = office()

    def unanswered() -> int:
        count: int = board.rows(Kind.MEMBER)["front/PJSIP/203"]["unanswered"]
        return count

    for number in (1, 2, 3):
        caller, leg = 10 * number, 10 * number + 1
        join(board, caller, 1, 1)
        rung(board, caller, leg, f"PJSIP/203-{leg}")
        assert unanswered() == number - 1
        board.event("AgentRingNoAnswer", **MEMBER, Uniqueid=uid(caller), DestUniqueid=uid(leg), RingTime="15000")
        assert unanswered() == number
        assert state(board) != "ringing"
    join(board, 50, 1, 1)
    rung(board, 50, 51, "PJSIP/203-51")
    connected(board, 50, 51)
    assert (unanswered(), state(board)) == (0, "talking")
