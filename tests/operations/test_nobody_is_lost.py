"""Transfers with faults at random points: no caller is lost, and no command is silent."""

from __future__ import annotations

import asyncio
import random

import pytest

from ami_worker.ami import actions
from benchmarks.lost import SEED, play_on_asterisk, stories
from panel.vocabulary import CallState, CommandState
from tests.operations.driver import Driver
from tests.operations.losses import (
    ANSWERS_AND_LEAVES,
    DESK,
    FAULTS,
    MANNERS,
    NONE,
    RINGS,
    SHORT,
    THEN,
    THEN_AFTER,
    WAYS,
    Ending,
    Story,
)
from tests.operations.offices import DemoOffice, Office
from tests.operations.players import Player
from tests.operations.stories import set_global
from tests.rig.floor import Floor


def assert_nobody_is_lost_and_nothing_silent(ending: Ending) -> None:
    assert not ending.lost, ending
    assert ending.where, ending
    for outcome in ending.outcomes:
        assert outcome.state in (CommandState.DONE, CommandState.FAILED, CommandState.UNKNOWN)
        assert outcome.text
        assert bool(outcome.reason) == (outcome.state is not CommandState.DONE), outcome


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", range(1))
async def test_transfers_with_faults_at_random_points_lose_nobody(office: Office, seed: int) -> None:
    dice = random.Random(seed)
    async with Driver.on(office.ami_url) as observer, set_global(observer, **SHORT):
        player = Player(office, observer)
        for _ in range(6 if office.is_real else 12):
            assert_nobody_is_lost_and_nothing_silent(await player.play(Story.throw(dice)))


@pytest.mark.timeout(240)
def test_many_operators_with_faults_at_random_points_lose_nobody(floor: Floor) -> None:
    endings = asyncio.run(play_on_asterisk(stories(4 * len(floor.desks), seed=3), floor))
    assert len(endings) == 4 * len(floor.desks)
    for ending in endings:
        assert_nobody_is_lost_and_nothing_silent(ending)


HOLD = Story("hold", "", "", RINGS, colleague_answers=False, fault=NONE, moment=1, pause=1)


async def test_a_caller_whose_line_is_cut_counts_as_lost(demo_office: DemoOffice) -> None:
    async with Driver.on(demo_office.ami_url) as observer:
        playing = asyncio.create_task(Player(demo_office, observer).play(HOLD))
        held = await observer.until(lambda: observer.outside(CallState.HELD), "the caller to be on hold")
        await observer.actions.send(actions.hangup(held.name))
        ending = await playing
    assert not ending.where
    assert "line was cut" in ending.lost


async def test_a_caller_for_whom_nobody_comes_counts_as_lost(demo_office: DemoOffice) -> None:
    async with Driver.on(demo_office.ami_url) as observer:
        ending = await Player(demo_office, observer, patience=1).play(HOLD)
    assert not ending.where
    assert "nobody came" in ending.lost
    assert "'held'" in ending.lost


@pytest.mark.parametrize(
    ("way", "is_lost"), [("transfer to", False), ("serial to", True)], ids=["after a transfer", "of a serial call"]
)
async def test_a_caller_who_is_left_by_the_target_is_lost_only_where_they_were_to_come_back(
    demo_office: DemoOffice, way: str, is_lost: bool
) -> None:
    """The caller is cut off in the instant in which the target hangs up, so nothing can bring them back."""
    story = HOLD._replace(way=way, manner=ANSWERS_AND_LEAVES)
    async with Driver.on(demo_office.ami_url) as observer:
        playing = asyncio.create_task(Player(demo_office, observer).play(story))
        target = await observer.until(lambda: observer.leg(DESK.target, CallState.TALKING), "the target to answer")
        caller = next(iter(observer.mirror.peers_of(target)))
        await observer.until(lambda: target.uniqueid not in observer.mirror.channels, "the target to leave")
        if way == "serial to":
            await observer.actions.send(actions.hangup(caller.name))
        ending = await playing
    assert bool(ending.lost) is is_lost, ending
    assert bool(ending.where) is not is_lost


def test_the_same_seed_throws_the_same_stories() -> None:
    assert stories(50, seed=1) == stories(50, seed=1) != stories(50, seed=2)


def test_every_fault_and_every_manner_is_thrown() -> None:
    thrown = stories(1000, seed=SEED)
    assert {story.fault for story in thrown} == set(FAULTS)
    assert {story.manner for story in thrown} == set(MANNERS)
    assert {(story.way, story.then) for story in thrown} == {
        (way, then) for way in WAYS for then in THEN + THEN_AFTER.get(way, ())
    }
