"""Transfers with faults at random points: no caller is lost, and no command is silent."""

from __future__ import annotations

import random

import pytest

from panel.vocabulary import CommandState
from tests.operations.driver import Driver
from tests.operations.losses import SHORT, Story, play
from tests.operations.offices import Office
from tests.operations.stories import set_global


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", range(2))
async def test_transfers_with_faults_at_random_points_lose_nobody(office: Office, seed: int) -> None:
    dice = random.Random(seed)
    async with Driver.on(office.ami_url) as observer, set_global(observer, **SHORT):
        for _ in range(6 if office.is_real else 12):
            ending = await play(office, observer, Story.throw(dice))
            assert not ending.lost, ending
            for outcome in ending.outcomes:
                assert outcome.state in (CommandState.DONE, CommandState.FAILED, CommandState.UNKNOWN)
                assert outcome.text
                assert bool(outcome.reason) == (outcome.state is not CommandState.DONE), outcome
