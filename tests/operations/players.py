"""Plays the stories of losses.py at one desk, and finds out what became of each caller.

After the story the panel does nothing any more: the caller must be with somebody, in a mailbox or in a room, or come to
a phone that rings. Where they are in the end is told by the PBX itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from ami_worker.ami import actions
from ami_worker.mirror import Channel
from ami_worker.operations import Outcome
from panel.vocabulary import CallState
from tests.operations import losses
from tests.operations.driver import Driver
from tests.operations.losses import DESK, Ending, Story
from tests.operations.offices import Office
from tests.operations.whereabouts import BY_THEMSELVES, IN_THE_ROOM, Whereabouts
from tests.operations.wire import Wire
from tests.rig.floor import Desk
from tests.rig.many_phones import NoSuchCall


PATIENCE: Final = 30.0
SETTLED_SECONDS: Final = 0.5
"""Who is with somebody is still there so much later: nothing was under way that took them away again."""

TOO_LATE: Final = (TimeoutError, AssertionError, RuntimeError, NoSuchCall)
"""How an office says that a phone has no such call any more."""

Panels = Callable[[str], AbstractAsyncContextManager[Driver]]
"""A panel whose actions take the way of this URL."""


class Player:
    """One desk. `observer` looks on with sessions of its own, under the settings SHORT, and clears up; `has_a_call` is
    what the telephone of an extension says of itself.
    """

    def __init__(
        self,
        office: Office,
        observer: Driver,
        desk: Desk = DESK,
        *,
        panels: Panels | None = None,
        has_a_call: Callable[[str], bool] = lambda _number: True,
        patience: float = PATIENCE,
    ) -> None:
        self._office = office
        self._observer = observer
        self._desk = desk
        self._panels = panels or (lambda url: Driver.on(office.ami_url, actions_by=url))
        self._has_a_call = has_a_call
        self._patience = patience
        self._left: set[str] = set()
        """Who has hung up on purpose."""
        self._come_back_from: set[str] = set()
        """After whose hang-up the caller must come back to the operator: of a serial call, the target."""
        self._will_leave: set[str] = set()
        """Who hangs up on purpose sooner or later, once they talk."""
        self._dead: set[str] = set()
        """Whose phone has lost its power."""
        self._answering: tuple[str, ...] = ()
        """The extensions of those who answer a phone that rings."""

    async def play(self, story: Story) -> Ending:
        """The story, and where its caller is in the end. Everybody has gone afterwards."""
        desk, office, observer = self._desk, self._office, self._observer
        self._left = set()
        self._come_back_from = {"the target"} if story.way.startswith("serial") else set()
        self._will_leave = {"the target"} if story.manner == losses.ANSWERS_AND_LEAVES else set()
        self._dead = set()
        colleague = (desk.colleague,) if story.fault == losses.ANOTHER_OPERATOR else ()
        self._answering = (desk.operator, *colleague)
        answers = story.manner in (losses.ANSWERS, losses.ANSWERS_AND_LEAVES)
        await office.phone(desk.target, answers=answers, refuses=story.manner == losses.BUSY)
        await office.phone(desk.colleague, answers=story.colleague_answers)
        async with Wire.to(office.ami_url) as wire, self._panels(wire.url) as panel:
            panel.reply_seconds = 1.0
            caller = (await self._talking(panel)).uniqueid
            with Whereabouts.of(caller, observer, desk) as whereabouts:
                wire.cut_at = story.fault.removeprefix(losses.CUT) if story.fault.startswith(losses.CUT) else ""
                silent = story.fault.startswith(losses.SILENT)
                wire.swallow_replies_to = story.fault.removeprefix(losses.SILENT) if silent else ""
                beside = [asyncio.create_task(each) for each in (self._manner(story), self._answer_phones())]
                outcomes = await self._under_faults(panel, story, caller)
                where, lost = await self._follow(whereabouts)
                for each in beside:
                    each.cancel()
                for failure in await asyncio.gather(*beside, return_exceptions=True):
                    if isinstance(failure, Exception) and not isinstance(failure, TOO_LATE):
                        raise failure
        await self._clear(caller)
        return Ending(story, outcomes, where, lost)

    async def _talking(self, panel: Driver) -> Channel:
        """A caller from outside talks with the operator."""
        operator = self._desk.operator

        def caller() -> Channel | None:
            own = panel.leg(operator, CallState.TALKING)
            return next(iter(panel.mirror.peers_of(own)), None) if own is not None else None

        await self._office.phone(operator)
        await self._office.call_in(self._desk.did)
        await panel.until(lambda: panel.leg(operator, CallState.RINGING), f"{operator} to ring")
        await self._office.answer(operator)
        await self._observer.until(lambda: self._observer.leg(operator, CallState.TALKING), "the same to be seen")
        return await panel.until(caller, "the call to be up")

    # --- the story ---------------------------------------------------------------------------------------------------

    async def _under_faults(self, panel: Driver, story: Story, caller: str) -> tuple[Outcome, ...]:
        """The outcomes of the commands that came to an end."""
        first = asyncio.create_task(self._commands(panel, caller, story.way, *self._after_that(story)))
        beside: list[asyncio.Task[Any]] = []
        if story.fault in (losses.ANOTHER_OPERATOR, losses.TWO_KEYS):
            beside.append(asyncio.create_task(self._second(panel, story, caller, first)))
        elif story.fault in (losses.CALLER_LEAVES, losses.OPERATOR_LEAVES, losses.OPERATOR_WITHOUT_POWER):
            await self._at_the_moment(panel, story, first)
            await self._leaves(story.fault)
        elif story.fault in (losses.KILLED, losses.REPLACED):
            await self._at_the_moment(panel, story, first)
            first.cancel()
            if story.fault == losses.REPLACED:
                beside.append(asyncio.create_task(self._commands(self._observer, caller, story.then)))
        elif story.fault.startswith(losses.CUT):
            watch = asyncio.create_task(panel.actions.wait_closed(self._patience))
            await asyncio.wait({first, watch}, return_when=asyncio.FIRST_COMPLETED)
            watch.cancel()
            panel.operations.lost("cut")
        outcomes: list[Outcome] = []
        for ended in await asyncio.gather(first, *beside, return_exceptions=True):
            if isinstance(ended, tuple):
                outcomes += ended
            elif not isinstance(ended, asyncio.CancelledError):
                raise ended
        return tuple(outcomes)

    def _after_that(self, story: Story) -> tuple[str, ...]:
        """What the operator does when the first command has ended."""
        return () if story.fault in (losses.TWO_KEYS, losses.REPLACED) else (story.then,)

    async def _at_the_moment(self, panel: Driver, story: Story, during: asyncio.Task[Any]) -> None:
        await panel.hear(panel.heard + story.moment, during)

    async def _commands(self, panel: Driver, caller: str, *wanted: str, by: str = "") -> tuple[Outcome, ...]:
        outcomes = []
        for words in wanted:
            channel = panel.mirror.channels.get(caller)
            if words and channel is not None:
                name, arguments = self._command(words, channel)
                outcomes.append(await panel.give(name, by or self._desk.operator, **arguments))
        return tuple(outcomes)

    def _command(self, words: str, caller: Channel) -> tuple[str, Mapping[str, str]]:
        """Its name and its arguments at this desk."""
        desk, call = self._desk, caller.linkedid
        name, to, whom = words.partition(" to")
        if to:
            return name, {"call": call, "to": desk.colleague if whom else desk.target}
        special = {
            "enqueue": {"call": call, "queue": desk.queue},
            "confer": {"call": call, "room": desk.room},
            "take": {"caller": f"{desk.queue}/{caller.uniqueid}"},
            "unpark": {"parked": caller.uniqueid},
        }
        return name, special.get(name, {"call": call})

    async def _second(
        self, panel: Driver, story: Story, caller: str, first: asyncio.Task[tuple[Outcome, ...]]
    ) -> tuple[Outcome, ...]:
        """A second operator does something with the same call; or the first one does, without waiting."""
        await self._at_the_moment(panel, story, first)
        if story.fault == losses.TWO_KEYS:
            return await self._commands(panel, caller, story.then)
        return await self._commands(panel, caller, story.of_another, by=self._desk.colleague)

    async def _leaves(self, fault: str) -> None:
        if fault == losses.CALLER_LEAVES:
            self._left.add("the caller")
            await self._office.caller_hangs_up()
        elif fault == losses.OPERATOR_LEAVES:
            await self._unless_late(self._office.hang_up(self._desk.operator), "the operator")
        else:
            self._dead.add("the operator")
            self._answering = ()
            await self._office.vanish(self._desk.operator)

    async def _unless_late(self, act: Coroutine[Any, Any, None], who: str = "") -> None:
        """Somebody does something with a phone, if its call is still there; `who` hangs up by that."""
        if who:
            self._left.add(who)
        with contextlib.suppress(*TOO_LATE):
            await act

    async def _manner(self, story: Story) -> None:
        """What the target does when it has been rung, or has answered, for a while; often it never comes to that."""
        observer, target, office = self._observer, self._desk.target, self._office
        leaves = story.manner == losses.ANSWERS_AND_LEAVES
        acts = {losses.VANISHES: office.vanish, losses.REJECTS: office.reject, losses.ANSWERS_LATE: office.answer}
        if not leaves and story.manner not in acts:
            return
        state = CallState.TALKING if leaves else CallState.RINGING
        await observer.until(lambda: observer.leg(target, state), "the target's turn", timeout=self._patience)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):  # nothing may happen any more until it acts
                await observer.hear(observer.heard + story.pause)
        if leaves:
            await self._unless_late(office.hang_up(target), "the target")
        else:
            await self._unless_late(acts[story.manner](target))

    # --- what became of the caller -----------------------------------------------------------------------------------

    async def _follow(self, whereabouts: Whereabouts) -> tuple[str, str]:
        """Where the caller ends, or how they are lost, when nobody does anything but answer the operator's phone, and
        the one who was asked hangs up.
        """
        observer = self._observer
        try:
            async with asyncio.timeout(self._patience):
                while True:
                    heard = observer.heard
                    if whereabouts.seen and (ending := await self._settled(whereabouts)) is not None:
                        return ending
                    if not whereabouts.company:
                        await self._end_asking()
                    with contextlib.suppress(TimeoutError):  # the PBX's lists may be behind its events
                        async with asyncio.timeout(SETTLED_SECONDS):
                            await observer.hear(heard + 1)
        except TimeoutError:
            return "", f"nobody came: {await whereabouts.described()}"

    async def _settled(self, whereabouts: Whereabouts) -> tuple[str, str] | None:
        """The end, when the PBX says the same and half a second later it is still so; None when it goes on."""
        where = whereabouts.seen
        if await whereabouts.listed() != where:
            return None
        if whereabouts.is_gone:
            return self._farewell(whereabouts)
        if whereabouts.company & (self._will_leave - self._left):
            return None
        await asyncio.sleep(SETTLED_SECONDS)
        if await whereabouts.listed() != where or whereabouts.seen != where or "the caller" in self._left:
            return None
        if whereabouts.company & self._dead:
            return "talks to a dead phone", ""  # of which no PBX knows
        if not all(self._has_a_call(self._desk.people[who]) for who in whereabouts.company):
            return None
        return where, ""

    def _farewell(self, whereabouts: Whereabouts) -> tuple[str, str]:
        """Whether a caller who is gone had left, or was left by the one they talked to. A conference is over with the
        last one of the house.
        """
        if "the caller" in self._left:
            return BY_THEMSELVES, ""
        company = {"the operator"} if whereabouts.before == IN_THE_ROOM else whereabouts.company
        if company & (self._left - self._come_back_from):
            return "the talk was over", ""
        return "", f"the caller's line was cut; before, they were {whereabouts.before or 'nowhere'!r}"

    async def _answer_phones(self) -> None:
        """Operators answer whenever their phone rings."""
        observer = self._observer
        while True:
            heard = observer.heard
            for number in self._answering:
                if observer.leg(number, CallState.RINGING):
                    await self._unless_late(self._office.answer(number))
            await observer.hear(heard + 1)

    async def _end_asking(self) -> None:
        """Who was asked hangs up, when nobody does anything more about it."""
        observer, desk = self._observer, self._desk
        for who in ("the target", "the colleague"):
            leg = observer.leg(desk.people[who], CallState.TALKING)
            if leg is not None and observer.talks_to(leg, desk.operator):
                await self._unless_late(self._office.hang_up(desk.people[who]), who)

    async def _clear(self, caller: str) -> None:
        """The caller goes, and with them everybody else."""
        observer, desk = self._observer, self._desk
        if "the caller" not in self._left:
            with contextlib.suppress(Exception):  # who has gone already
                await self._office.caller_hangs_up()

        def left() -> list[Channel]:
            legs = (observer.leg(number) for number in desk.extensions)
            return [leg for leg in (observer.mirror.channels.get(caller), *legs) if leg is not None]

        async with asyncio.timeout(self._patience):
            while channels := left():
                heard = observer.heard
                for channel in channels:
                    await observer.actions.send(actions.hangup(channel.name))
                await observer.hear(heard + 1)
