"""When the panel dies in the middle of a command, or right after it, the dialplan brings the caller to a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from panel.vocabulary import CareKind, CommandState
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, Office
from tests.operations.stories import RINGING, TALKING, set_global, talking
from tests.operations.wire import Wire


SHORT = {f"CORDBOARD_{name}_TIMEOUT": "1" for name in ("TRANSFER", "HOLD", "CAMP", "QUEUE")} | {
    "CORDBOARD_RETURN_TIMEOUT": "2"  # in which the operator's phone is answered
}
WAYS = [
    ("transfer", {"to": "202"}, "BlindTransfer"),
    ("serial", {"to": "202"}, "BlindTransfer"),
    ("camp", {"to": "202"}, "BlindTransfer"),
    ("enqueue", {"queue": "front"}, "BlindTransfer"),
    ("hold", {}, "BlindTransfer"),
    ("consult", {}, "Redirect"),
    ("consult", {"to": "202"}, "Redirect"),
]
WAY = pytest.mark.parametrize(
    ("name", "more", "action"), WAYS, ids=["transfer", "serial", "camp", "enqueue", "hold", "desk", "consult"]
)


@pytest.fixture
async def wire(office: Office) -> AsyncIterator[Wire]:
    async with Wire.to(office.ami_url) as wire:
        yield wire


@pytest.fixture
async def observer(office: Office) -> AsyncIterator[Driver]:
    """Somebody who looks on, and does nothing."""
    async with Driver.on(office.ami_url) as observer, set_global(observer, **SHORT):
        yield observer


async def rings_at_the_operators(office: Office, observer: Driver, caller: str) -> None:
    """The operator's phone rings, is answered, and has the caller."""
    await observer.until(lambda: observer.leg(OPERATOR, RINGING), "the operator's phone to ring", timeout=20)
    await office.answer(OPERATOR)
    await observer.until(
        lambda: observer.talks_to(observer.mirror.channels[caller], OPERATOR), "the operator to have the caller again"
    )


@WAY
@pytest.mark.parametrize("cut", ["Setvar", "the action"])
async def test_a_panel_that_is_cut_off_in_the_middle_of_a_command_loses_nobody(
    office: Office, observer: Driver, wire: Wire, name: str, more: dict[str, str], action: str, cut: str
) -> None:
    async with Driver.on(office.ami_url, actions_by=wire.url) as panel:
        await office.phone("202")
        caller = (await talking(office, panel)).uniqueid
        wire.cut_at = action if cut == "the action" else cut
        command = panel.start(name, OPERATOR, call=panel.mirror.channels[caller].linkedid, **more)
        assert await panel.actions.wait_closed(10)
        panel.operations.lost(panel.actions.closed_reason)
        outcome = await command
    assert outcome.text
    if cut == "Setvar":
        assert outcome.state is CommandState.FAILED, outcome
        assert observer.talks_to(observer.mirror.channels[caller], OPERATOR)
        return
    if name == "consult":  # the operator's own phone is still in it, and drops the call as well
        await office.hang_up(OPERATOR)
    await rings_at_the_operators(office, observer, caller)


@WAY
async def test_a_panel_that_dies_right_after_a_command_loses_nobody(
    office: Office, observer: Driver, name: str, more: dict[str, str], action: str
) -> None:
    async with Driver.on(office.ami_url) as panel:
        await office.phone("202")
        caller = (await talking(office, panel)).uniqueid
        outcome = await panel.give(name, OPERATOR, call=panel.mirror.channels[caller].linkedid, **more)
        assert outcome.state is CommandState.DONE, outcome
    if name == "consult":
        await office.hang_up(OPERATOR)
    await rings_at_the_operators(office, observer, caller)


async def test_a_panel_that_returns_shows_where_everybody_is(office: Office, observer: Driver) -> None:
    caller = (await talking(office, observer)).uniqueid
    async with Driver.on(office.ami_url) as panel:
        outcome = await panel.give("hold", OPERATOR, call=panel.mirror.channels[caller].linkedid, to="203")
        assert outcome.state is CommandState.DONE
    async with Driver.on(office.ami_url) as panel:
        care = panel.mirror.care_of(panel.mirror.channels[caller])
        assert care is not None
        assert (care.kind, care.operator, care.target) == (CareKind.HOLD, OPERATOR, "203")
        await office.phone("202", answers=True)
        assert (await panel.give("retrieve", "202", call=panel.mirror.channels[caller].linkedid)).state == "done"
        await panel.until(lambda: panel.outside(TALKING), "the caller to talk")
