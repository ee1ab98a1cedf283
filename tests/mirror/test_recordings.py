"""What real Asterisks said, played to the mirror: events must bring it to what lists say, wherever it comes in."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from ami_worker.mirror import Mirror
from panel.vocabulary import Kind, Link

from .pictures import LISTS_DO_NOT_KNOW, picture
from .recordings import Clock, Recording, Snapshot, names, play, recording, take


NAMES = names()

# AgentComplete, DeviceStateChange and the like are told by other threads.
QUIET_SECONDS = 3.0


def test_there_are_recordings_of_both_versions() -> None:
    assert {name.partition("/")[0] for name in NAMES} == {"16", "22"}
    assert len(NAMES) > 50


def started_at(snapshot: Snapshot, clock: Clock) -> Mirror:
    """A mirror that has seen this snapshot and nothing else."""
    mirror = Mirror("main", now=clock)
    take(mirror, snapshot)
    mirror.set_link(Link.LIVE)
    return mirror


def followed(tape: Recording, clock: Clock, begin: int = 0) -> Mirror:
    return started_at(tape.snapshots[begin], clock)


@pytest.mark.parametrize("name", NAMES)
def test_state_by_events_is_state_by_lists_at_every_quiet_point(name: str) -> None:
    tape, clock = recording(name), Clock()
    mirror = followed(tape, clock)
    applied = tape.snapshots[0].after
    for snapshot in tape.snapshots[1:]:
        play(mirror, tape.events[applied : snapshot.after], clock)
        applied = snapshot.after
        mirror.changes()
        clock.advance(QUIET_SECONDS)
        unknown = LISTS_DO_NOT_KNOW.get((name.partition("/")[2], snapshot.label), ())
        by_lists = started_at(snapshot, Clock(clock.at))
        assert picture(mirror, unknown) == picture(by_lists, unknown), snapshot.label


@pytest.mark.parametrize("name", NAMES)
def test_the_changes_given_add_up_to_the_rows(name: str) -> None:
    tape, clock = recording(name), Clock()
    mirror = followed(tape, clock)
    board: dict[tuple[Kind, str], object] = {}
    for index, event in enumerate([*tape.events, None]):
        if event is not None:
            play(mirror, [event], clock)
        if index % 3 == 0 or event is None:
            for change in mirror.changes():
                assert board.get((change.kind, change.key)) != change.row, "an equal row was given again"
                if change.row is None:
                    del board[change.kind, change.key]
                else:
                    board[change.kind, change.key] = change.row
    assert board == {(kind, key): row for kind, table in mirror.rows().items() for key, row in table.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_mirror_that_comes_in_at_any_quiet_point_ends_as_one_that_saw_all(name: str) -> None:
    tape = recording(name)
    pictures = []
    for begin, snapshot in enumerate(tape.snapshots):
        clock = Clock()
        mirror = followed(tape, clock, begin)
        play(mirror, tape.events[snapshot.after :], clock)
        clock.advance(QUIET_SECONDS)
        pictures.append(picture(mirror, {"name"} if name.endswith("/member_pause") else ()))
    assert all(each == pictures[-1] for each in pictures)


def _without_counters(rows: dict[Kind, Any]) -> dict[Kind, Any]:
    """They count what comes after the list: a late abandon or completion is told twice."""
    return {kind: of_kind for kind, of_kind in rows.items() if kind not in {Kind.QUEUE, Kind.MEMBER}}


@pytest.mark.parametrize("name", NAMES)
def test_events_older_than_the_list_do_no_lasting_harm(name: str) -> None:
    """Asterisk may deliver after a list what happened before it, followed by all that happened since."""
    tape = recording(name)
    before = 0
    for snapshot in tape.snapshots:
        unknown = LISTS_DO_NOT_KNOW.get((name.partition("/")[2], snapshot.label), ())
        theirs = _without_counters(picture(started_at(snapshot, Clock()), unknown))
        for late in range(before, snapshot.after):
            clock = Clock()
            mirror = started_at(snapshot, clock)
            play(mirror, tape.events[late : snapshot.after], clock)
            clock.advance(QUIET_SECONDS)
            assert _without_counters(picture(mirror, unknown)) == theirs, (snapshot.label, late)
        before = snapshot.after


@pytest.mark.parametrize("name", NAMES)
def test_a_mirror_without_any_list_follows_from_any_event_and_never_raises(name: str) -> None:
    tape = recording(name)
    for begin in range(len(tape.events)):
        clock = Clock()
        mirror = Mirror("main", now=clock)
        for event in tape.events[begin:]:
            play(mirror, [event], clock)
            mirror.changes()
        assert_nothing_is_left(mirror)


@pytest.mark.parametrize("name", NAMES)
def test_after_the_last_hangup_nothing_remains(name: str) -> None:
    tape, clock = recording(name), Clock()
    mirror = followed(tape, clock)
    play(mirror, tape.events[tape.snapshots[0].after :], clock)
    clock.advance(QUIET_SECONDS)
    assert_nothing_is_left(mirror)
    assert not mirror.unknown_ids
    assert not any(trunk["calls"] for trunk in mirror.rows()[Kind.TRUNK].values())


@pytest.mark.parametrize("name", NAMES)
def test_what_has_ended_is_not_in_memory_until_python_looks_for_circles(name: str) -> None:
    tape, clock = recording(name), Clock()
    mirror = followed(tape, clock)
    gc.freeze()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for event in tape.events[tape.snapshots[0].after :]:
            play(mirror, [event], clock)
            mirror.changes(), mirror.records()
        gc.collect()
        left = [type(each).__qualname__ for each in gc.garbage if type(each).__module__.startswith("ami_worker")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()
    assert left == []


@pytest.mark.parametrize("name", NAMES)
def test_everything_twice_is_as_good_as_once(name: str) -> None:
    tape, clock = recording(name), Clock()
    once, twice = followed(tape, clock), followed(tape, clock)
    for event in tape.events[tape.snapshots[0].after :]:
        play(once, [event], clock)
        if event.event in ("queuecallerabandon", "agentcomplete"):
            play(twice, [event], clock)  # they count
        else:
            play(twice, [event, event], clock)
    clock.advance(QUIET_SECONDS)
    assert picture(once) == picture(twice)


def assert_nothing_is_left(mirror: Mirror) -> None:
    """No call and nothing that belongs to one, on the board or beneath it."""
    rows = mirror.rows()
    for kind in (Kind.CALL, Kind.CALLER, Kind.PARKED, Kind.CONFERENCE):
        assert rows[kind] == {}
    world = mirror._world
    assert not world.channels
    assert not world.calls
    assert not [bridge for bridge in world.bridges.values() if bridge.members]
    assert not world.dials
    assert not world.dialling
    assert not world.waiting
    assert not world.members_of_leg
    assert not world.rooms_of
    assert not world.by_name
    assert not world.by_endpoint
