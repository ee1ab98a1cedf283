"""How a call came here, in a few steps."""

from __future__ import annotations

import pytest

from ami_worker.mirror import Family, Listing, Mirror
from panel.vocabulary import Kind, Link, seconds

from .board import Board, message, played, status, told, uid
from .reception import CALLER, answer, board, leave, ring
from .recordings import Clock, names, play, recording, take


__all__ = ["board"]

Told = list[tuple[str, str, str]]


def steps(mirror: Mirror) -> dict[str, Told]:
    """Call → kind, number and what of each step."""
    calls = mirror.rows()[Kind.CALL]
    return {
        key: [(step["kind"], step["who"]["number"], step["what"]) for step in row["story"]]
        for key, row in calls.items()
    }


def without_dialled(mirror: Mirror) -> dict[str, Told]:
    """A list has the extension that a channel is at, which no event told of one that Originate made."""
    return {key: [step for step in told if step[0] != "dialled"] for key, told in steps(mirror).items()}


# --- the steps --------------------------------------------------------------------------------------------------------


def test_a_call_from_outside_arrived_and_was_dialled(board: Board) -> None:
    assert board.story() == ["arrived itsp itsp", "dialled itsp 201", "rang 201 Alice", "talked 201 Alice"]
    rang, talked = board.call()["story"][2:]
    assert rang["seconds"] == pytest.approx(0.1)
    assert talked["seconds"] is None, "they still talk"


def test_a_call_inside_begins_with_who_dialled() -> None:
    board = Board()
    board.hints({"201": "PJSIP/201", "202": "PJSIP/202"})
    board.talk("201", "202")
    assert board.story() == ["dialled 201 202", "rang 202", "talked 202"]


def test_a_name_that_comes_later_is_in_the_story(board: Board) -> None:
    board.changes()
    board.mirror.set_listings({"201": Listing("Alice Marsh")})
    assert board.changes()[Kind.CALL, uid(1)].row["story"][-1]["who"]["name"] == "Alice Marsh"
    leave(board)
    board.changes()
    board.mirror.set_listings({"201": Listing("Alice M. Marsh")})
    row = board.changes()[Kind.CALL, uid(1)].row
    assert row["story"][-1]["who"]["name"] == "Alice M. Marsh", "of somebody who has left the call as well"


def test_a_caller_id_that_comes_later_is_in_the_story_and_what_the_dialplan_makes_of_it_is_not() -> None:
    board = Board()
    board.channel("Newchannel", 1, CALLER, ChannelState="4", CallerIDNum="", Exten="5550100")
    board.channel("NewCallerid", 1, CALLER, CallerIDNum="0600", CallerIDName="Jan")
    board.channel("NewCallerid", 1, CALLER, CallerIDNum="0600", CallerIDName="Sales: Jan")
    assert board.story() == ["arrived 0600 Jan itsp", "dialled 0600 Jan 5550100"]


def in_a_menu() -> Board:
    board = Board()
    board.hints({"201": "PJSIP/201", "11": "PJSIP/11"})
    board.channel("Newchannel", 1, CALLER, ChannelState="4", Exten="5550100", Context="from-outside")
    board.channel("Newstate", 1, CALLER, Exten="s", Context="menu")
    return board


def test_a_choice_from_a_menu_is_a_step() -> None:
    board = in_a_menu()
    board.channel("NewConnectedLine", 1, CALLER, Exten="2", Context="menu")
    board.channel("NewConnectedLine", 1, CALLER, Exten="2", Context="menu")
    assert board.story() == ["arrived itsp itsp", "dialled itsp 5550100", "menu 2"]


@pytest.mark.parametrize(
    ("exten", "context"), [("11", "ext-local"), ("2", "cordboard-hold"), ("205", "menu"), ("i", "menu"), ("t", "menu")]
)
def test_what_is_no_choice_is_no_step(exten: str, context: str) -> None:
    board = in_a_menu()
    board.channel("NewConnectedLine", 1, CALLER, Exten=exten, Context=context)
    assert board.story() == ["arrived itsp itsp", "dialled itsp 5550100"]


def test_nothing_is_chosen_after_somebody_rang(board: Board) -> None:
    board.channel("NewConnectedLine", 1, CALLER, Exten="5", Context="menu")
    assert "menu 5" not in board.story()


def test_the_queue_and_who_rang_in_it_and_for_how_long() -> None:
    board = played("22/queue_answered", "talking")
    (call,) = board.rows(Kind.CALL).values()
    assert [step["kind"] for step in call["story"]] == ["arrived", "dialled", "queued", "rang", "rang", "talked"]
    queued, rang = call["story"][2:4]
    assert queued["what"] == "front"
    assert queued["seconds"] > 0
    assert rang["who"]["extension"] == "203"


def rings(board: Board, phones: range, first: int = 10) -> None:
    for number, phone in enumerate(phones, first):
        ring(board, str(phone), number)


def test_of_a_ring_group_three_are_named_and_the_others_counted(board: Board) -> None:
    leave(board)
    rings(board, range(300, 320))
    assert board.story()[-3:] == ["rang 300", "rang 301", "rang 302 17"]
    answer(board, "319", 29)
    assert board.story()[-1] == "talked 319"


def test_who_is_rung_again_and_again_is_one_step(board: Board) -> None:
    leave(board)
    for turn in range(30):
        rings(board, range(300, 302), 100 + 10 * turn)
        board.clock.advance(5)
        board.hang_up(100 + 10 * turn, 101 + 10 * turn)
    assert board.story()[-2:] == ["rang 300", "rang 301"]
    assert board.call()["story"][-1]["seconds"] == pytest.approx(30 * 5.4, abs=30 * 0.4)


def test_a_transfer_that_came_back_says_by_whom_to_whom_and_why(board: Board) -> None:
    leave(board)
    board.tell(1, CALLER, "transfer,201,202,,")
    ring(board, "202")
    board.hang_up(3)
    board.tell(1, CALLER, "return,201,202,NOANSWER,")
    assert board.story()[4:] == ["transferred 201 Alice 202", "rang 202 Bruno", "returned 202 Bruno no_answer"]
    transferred = board.call()["story"][4]
    assert transferred["seconds"] > 0, "until it came back"


def test_what_the_include_tells_again_is_no_second_step(board: Board) -> None:
    board.mirror.mark(uid(1), "CORDBOARD_CARE", "hold,201,202,,")
    leave(board)
    board.tell(1, CALLER, "hold,201,202,,1795000900")
    board.tell(1, CALLER, "hold,201,202,,1795000960")
    assert [step for step in board.story() if step.startswith("held")] == ["held 201 Alice 202"]


@pytest.mark.parametrize(
    ("care", "step"),
    [
        ("hold,201,,,", "held 201 Alice"),
        ("consult,201,202,,", "held 201 Alice 202"),
        ("camp,201,202,,", "camped 201 Alice 202"),
        ("serial,201,202,,", "transferred 201 Alice 202"),
        ("voicemail,201,202,,", "transferred 201 Alice 202"),
        ("return,201,,TIMEOUT,", "returned too_long"),
    ],
)
def test_each_care_is_a_step(board: Board, care: str, step: str) -> None:
    leave(board)
    board.tell(1, CALLER, care)
    assert board.story()[-1] == step
    assert board.call()["story"][-1]["seconds"] is None
    board.tell(1, CALLER, "")
    assert board.call()["story"][-1]["seconds"] == pytest.approx(0.1)


def test_a_phone_that_takes_a_call_is_seen_to_ring_and_nothing_else(board: Board) -> None:
    leave(board)
    before = board.story()
    board.tell(1, CALLER, "take,202,,,")
    assert board.story() == before


def test_a_parked_call_says_who_parked_it_and_where() -> None:
    board = played("22/park_and_take_back", "talking with 202")
    (call,) = [row for row in board.rows(Kind.CALL).values() if len(row["parties"]) == 2]
    assert [told(step) for step in call["story"]][-2:] == ["parked 201 Alice Marsh 701", "talked 202 Bruno Keller"]


@pytest.mark.parametrize(("scene", "place"), [("blind_transfer", -3), ("attended_transfer", -1)])
@pytest.mark.parametrize("version", ["22", "16"])
def test_a_transfer_by_telephone_is_a_step(scene: str, place: int, version: str) -> None:
    label = "talking with 202" if scene == "blind_transfer" else "transferred"
    board = played(f"{version}/{scene}", label)
    (call,) = board.rows(Kind.CALL).values()
    assert told(call["story"][place]) == "transferred 201 Alice Marsh 202"


def test_a_transfer_that_failed_or_that_the_include_tells_of_is_none(board: Board) -> None:
    who = {"TransfereeUniqueid": uid(1), "TransfereeChannel": CALLER, "TransfererChannel": "PJSIP/201-2"}
    board.event("BlindTransfer", **who, Result="Invalid", Context="from-internal", Extension="202")
    board.event("BlindTransfer", **who, Result="Success", Context="cordboard-transfer", Extension="202")
    board.event("BlindTransfer", **(who | {"TransfereeChannel": "PJSIP/other-1"}), Result="Success", Extension="202")
    assert not [step for step in board.story() if step.startswith("transferred")]


def test_who_hold_the_call_by_a_key_of_the_telephone_is_a_step(board: Board) -> None:
    board.channel("Hold", 2, "PJSIP/201-2", linked=1)
    assert board.story()[-1] == "held 201 Alice"
    board.channel("Unhold", 2, "PJSIP/201-2", linked=1)
    assert board.call()["story"][-1]["seconds"] == pytest.approx(0.1)


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_it_has_the_last_twelve_steps_and_remembers_hardly_more(board: Board) -> None:
    leave(board)
    for turn in range(500):
        board.tell(1, CALLER, f"hold,{turn},,,")
        board.clock.advance(3)
    story = board.story()
    assert len(story) == 12
    assert story[-1] == "held 499"
    assert len(board.mirror.calls[uid(1)].story._steps) < 20


def test_a_conference_is_no_talk() -> None:
    board = Board()
    where = {"BridgeUniqueid": "room", "BridgeType": "base", "BridgeTechnology": "softmix"}
    for number in range(1, 9):
        board.channel("Newchannel", number, f"PJSIP/{number}-1", linked=1)
        board.channel("BridgeEnter", number, f"PJSIP/{number}-1", linked=1, **where)
    assert not [step for step in board.story() if step.startswith("talked")]


def test_an_equal_story_is_the_same_list_so_that_comparing_it_costs_nothing(board: Board) -> None:
    assert board.call()["story"] is board.call()["story"]


# --- told again, told late --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_no_step_is_told_twice(name: str) -> None:
    """Every event comes twice, and at every quiet point the PBX is compared: the story is as without."""
    tape, clock = recording(name), Clock()
    once, again = Mirror("main", now=clock), Mirror("main", now=clock)
    applied = 0
    for snapshot in tape.snapshots:
        for event in tape.events[applied : snapshot.after] if applied or snapshot.after else ():
            play(once, [event], clock)
            play(again, [event, event], clock, step=0)
        applied = snapshot.after
        for mirror in (once, again):
            mirror.changes()
        clock.advance(3)
        take(once, snapshot)
        for _ in range(2):
            take(again, snapshot)
            again.set_link(Link.LIVE)
        once.set_link(Link.LIVE)
        assert steps(once) == steps(again)


@pytest.mark.parametrize("name", names())
def test_lists_add_nothing_to_what_events_have_told(name: str) -> None:
    tape, clock = recording(name), Clock()
    alone, compared = Mirror("main", now=clock), Mirror("main", now=clock)
    for mirror in (alone, compared):
        take(mirror, tape.snapshots[0])
        mirror.set_link(Link.LIVE)
    applied = tape.snapshots[0].after
    for snapshot in tape.snapshots[1:]:
        for event in tape.events[applied : snapshot.after]:
            play(alone, [event], clock)
            play(compared, [event], clock, step=0)
        applied = snapshot.after
        clock.advance(3)
        take(compared, snapshot)
        assert without_dialled(alone) == without_dialled(compared), snapshot.label


@pytest.mark.parametrize("name", names())
def test_a_worker_that_comes_in_late_tells_of_what_it_sees_in_order_and_once(name: str) -> None:
    tape = recording(name)
    for snapshot in tape.snapshots:
        clock = Clock()
        mirror = Mirror("main", now=clock)
        take(mirror, snapshot)
        play(mirror, tape.events[snapshot.after :], clock)
        for row in mirror.rows()[Kind.CALL].values():
            at = [seconds(step["at"]) for step in row["story"]]
            assert at == sorted(at)
            assert len({(step["kind"], step["at"], step["who"]["number"]) for step in row["story"]}) == len(at)


def test_a_restarted_worker_tells_who_keeps_the_caller(board: Board) -> None:
    fresh = Board()
    fresh.lists(
        Family.CHANNELS,
        message(
            "CoreShowChannel", Channel=CALLER, Uniqueid=uid(1), Linkedid=uid(1), ChannelState="6", CallerIDNum="0600",
            Application="MusicOnHold", ApplicationData="", BridgeId="", Duration="00:01:00", Exten="201",
        ),
    )  # fmt: skip
    fresh.status(status(1, CALLER, CARE="hold,201,202,,"))
    assert fresh.story()[-1] == "held 201 202"
