"""Transfers with faults at random points, and what became of each caller. Used by test_nobody_is_lost.py and by the
benchmark `lost`.

A caller talks with the operator at 201, who sends them somewhere, while something goes wrong. Nobody hangs up on
purpose but those who were asked. Afterwards the panel does nothing any more: the caller must be with somebody, in a
mailbox or in a room, or come to a phone that rings.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Mapping
from typing import Final, NamedTuple

from ami_worker.mirror import ChannelState
from ami_worker.operations import Outcome
from panel.vocabulary import CallState, CareKind
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, Office
from tests.operations.stories import talking
from tests.operations.wire import Wire


SHORT: Final = {
    f"CORDBOARD_{name}": "2"
    for name in ("TRANSFER_TIMEOUT", "HOLD_TIMEOUT", "CAMP_TIMEOUT", "QUEUE_TIMEOUT", "DESK_TIMEOUT", "RETURN_TIMEOUT")
} | {"CORDBOARD_RETURN_PAUSE": "1"}
"""Settings of the include under which nobody has to wait long for the end of a story."""

PATIENCE: Final = 30.0
TARGET: Final = "202"

WAYS: Final[tuple[tuple[str, Mapping[str, str]], ...]] = (
    ("transfer", {"to": TARGET}),
    ("transfer", {"to": TARGET}),
    ("serial", {"to": TARGET}),
    ("hold", {}),
    ("camp", {"to": TARGET}),
    ("enqueue", {"queue": "front"}),
    ("voicemail", {"to": TARGET}),
    ("confer", {"room": "801"}),
    ("park", {}),
    ("consult", {"to": TARGET}),
    ("consult", {}),
)
THEN: Final = ("", "", "complete", "cancel", "swap", "join", "retrieve", "transfer", "hold")
"""What the operator does next, if anything."""

MANNERS: Final = ("rings", "answers", "is busy", "vanishes", "rejects")
FAULTS: Final = (
    "none", "cut at Getvar", "cut at Setvar", "cut at BlindTransfer", "cut at Redirect", "cut at Hangup",
    "silent from BlindTransfer", "silent from Redirect", "killed", "another operator",
)  # fmt: skip


class Story(NamedTuple):
    """One transfer, as it was thrown."""

    name: str
    more: Mapping[str, str]
    then: str
    manner: str
    fault: str
    moment: int
    """After how many events the panel is killed."""

    @classmethod
    def throw(cls, dice: random.Random) -> Story:
        name, more = dice.choice(WAYS)
        return cls(name, more, dice.choice(THEN), dice.choice(MANNERS), dice.choice(FAULTS), dice.randrange(1, 30))


class Ending(NamedTuple):
    story: Story
    outcomes: tuple[Outcome, ...]
    lost: str
    """How the caller was lost; empty when not."""


async def play(office: Office, observer: Driver, story: Story) -> Ending:
    """Play one story, and clear up behind it. `observer` looks on with sessions of its own, under settings SHORT."""
    await office.phone(TARGET, answers=story.manner == "answers", refuses=story.manner == "is busy")
    async with Wire.to(office.ami_url) as wire, Driver.on(office.ami_url, actions_by=wire.url) as panel:
        panel.reply_seconds = 1.0
        caller = (await talking(office, panel)).uniqueid
        kind, _, action = story.fault.partition(" at " if story.fault.startswith("cut") else " from ")
        wire.cut_at = action if kind == "cut" else ""
        wire.swallow_replies_to = action if kind == "silent" else ""
        outcomes = await _under_faults(office, panel, story, caller)
    lost = await _follow(office, observer, caller)
    await _clear(office, observer)
    return Ending(story, outcomes, lost)


async def _under_faults(office: Office, panel: Driver, story: Story, caller: str) -> tuple[Outcome, ...]:
    commands = asyncio.create_task(_commands(panel, story, caller))
    beside = [asyncio.create_task(_manner(office, panel, story, commands))]
    if story.fault == "another operator":
        beside.append(asyncio.create_task(_another(panel, caller)))
    if story.fault == "killed":
        await panel.hear(panel.heard + story.moment, commands)
        commands.cancel()
    elif story.fault.startswith("cut"):
        await asyncio.wait({commands, watch := asyncio.create_task(panel.actions.wait_closed(PATIENCE))},
                           return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
        watch.cancel()
        panel.operations.lost("cut")
    outcomes = await asyncio.gather(commands, return_exceptions=True)
    for each in beside:
        each.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    match outcomes[0]:
        case tuple():
            return outcomes[0]
        case asyncio.CancelledError():
            return ()
        case BaseException():
            raise outcomes[0]
    raise AssertionError


async def _commands(panel: Driver, story: Story, caller: str) -> tuple[Outcome, ...]:
    outcomes = []
    for name, more in ((story.name, story.more), (story.then, {"to": "205"} if story.then == "transfer" else {})):
        channel = panel.mirror.channels.get(caller)
        if name and channel is not None:
            outcomes.append(await panel.give(name, OPERATOR, call=channel.linkedid, **more))
    return tuple(outcomes)


async def _manner(office: Office, panel: Driver, story: Story, commands: asyncio.Task[tuple[Outcome, ...]]) -> None:
    if story.manner not in ("vanishes", "rejects"):
        return
    with contextlib.suppress(AssertionError):  # it may never ring
        await panel.until(lambda: panel.leg(TARGET, CallState.RINGING), "the target to ring", timeout=5)
        await (office.vanish(TARGET) if story.manner == "vanishes" else office.reject(TARGET))


async def _another(panel: Driver, caller: str) -> None:
    await panel.give("transfer", "205", call=panel.mirror.channels[caller].linkedid, to=TARGET)


async def _follow(office: Office, observer: Driver, caller: str) -> str:
    """What becomes of the caller when nobody does anything but answer the operator's phone, and end what was asked."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                heard = observer.heard
                if _is_with_somebody(observer, caller):
                    return ""
                if caller not in observer.mirror.channels:
                    return "the caller's line was cut"
                with contextlib.suppress(TimeoutError, AssertionError):
                    if observer.leg(OPERATOR, CallState.RINGING):
                        await office.answer(OPERATOR)
                    elif observer.leg(OPERATOR, CallState.TALKING) and observer.leg(TARGET, CallState.TALKING):
                        await office.hang_up(TARGET)
                await observer.hear(heard + 1)
    except TimeoutError:
        return f"nobody came: {observer.mirror.channels[caller].call.row()}"


def _is_with_somebody(observer: Driver, caller: str) -> bool:
    channel = observer.mirror.channels.get(caller)
    if channel is None:
        return False
    if caller in observer.mirror.parked or any(caller in each.members for each in observer.mirror.conferences.values()):
        return True
    care = observer.mirror.care_of(channel)
    if care is not None and care.kind is CareKind.VOICEMAIL:
        return True
    return any(peer.state == ChannelState.UP for peer in observer.mirror.peers_of(channel))


async def _clear(office: Office, observer: Driver) -> None:
    """The caller goes, and with them everybody else."""
    with contextlib.suppress(Exception):  # who has gone already
        await office.caller_hangs_up()
    for channel in list(observer.mirror.channels.values()):
        if channel.is_leg:
            await observer.give("hangup", "", call=channel.linkedid, party=channel.uniqueid)
    await observer.until(lambda: not observer.mirror.channels, "everybody to be gone", timeout=PATIENCE)
