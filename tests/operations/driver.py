"""Mirror, sync and operations joined over two real sessions, without database: as `ami_worker.tenure` does it.

async with Driver.on(url) as driver:
    outcome = await driver.give("transfer", "201", call=key, to="202")
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

from ami_worker.ami.actions import Action
from ami_worker.ami.connection import AmiUrl, Response, Session
from ami_worker.ami.protocol import Message
from ami_worker.link import EVENTS
from ami_worker.mirror import Channel, Mirror
from ami_worker.operations import Intent, Operations, Outcome, survey
from ami_worker.sync import Sync
from panel.vocabulary import CallState, ExtensionState, Link


T = TypeVar("T")

_numbers = itertools.count(1)


class Driver:
    """One PBX with its picture and its operations. `sent` holds every action that went out on the action session."""

    def __init__(self) -> None:
        self.mirror = Mirror("pbx")
        self.sent: list[Action] = []
        self.answered: list[str] = []
        """The names of the actions to which the PBX has replied."""
        self.reply_seconds = 5.0
        self.meanwhile: dict[str, Callable[[], Awaitable[None]]] = {}
        """What happens once between the PBX's answer to an action of this name and our hearing of it."""
        self.refused: dict[str, list[str]] = {}
        """With which words the next actions of this name are refused; they do not reach the PBX."""
        self._changed = asyncio.Event()
        self.heard = 0
        """Messages that the picture has taken."""
        self.watchers: list[Callable[[], None]] = []
        """Called after each of them."""
        self._events: Session
        self.actions: Session
        self.operations: Operations

    @classmethod
    @asynccontextmanager
    async def on(cls, url: str, *, actions_by: str = "", events: str = EVENTS) -> AsyncIterator[Self]:
        """Connect to a PBX and compare; the picture follows until the end of the block. The action session can take
        another way (`actions_by`, a URL); `events` are the classes that are heard.
        """
        driver = cls()
        address = AmiUrl.parse(url)
        driver.operations = Operations(driver.mirror, driver._send)
        driver._events = await Session.open(address, events=events, on_message=driver._take)
        driver.actions = await Session.open(AmiUrl.parse(actions_by or url), events="off")
        try:
            await Sync(driver.mirror, driver._events, applied=driver._listed).resync()
            driver.mirror.set_link(Link.LIVE)
            driver.mirror.changes()
            driver.operations.site = await survey(driver.actions)
            yield driver
        finally:
            await driver.actions.close()
            await driver._events.close()

    def intent(self, name: str, extension: str, *, dial_out: bool = True, **args: Any) -> Intent:
        """A command of the operator `op-EXTENSION`."""
        return Intent(f"intent-{next(_numbers)}", name, args, f"op-{extension}", f"Op {extension}", extension, dial_out)

    async def withdraw_with(self, sound: str, extension: str, **args: Any) -> Outcome:
        """Let a caller out of a queue with a prompt of that sound."""
        return await self.operations.perform(self.intent("withdraw", extension, **args)._replace(sound=sound))

    async def give(self, name: str, extension: str, **args: Any) -> Outcome:
        """Perform a command of the operator at `extension`."""
        return await self.operations.perform(self.intent(name, extension, **args))

    async def undo(self, outcome: Outcome, extension: str) -> Outcome:
        """Take back what a command did, with its changes as they come out of a database."""
        changes = json.loads(json.dumps(outcome.changes))
        return await self.operations.perform(self.intent("undo", extension)._replace(undoes=changes))

    def start(self, name: str, extension: str, **args: Any) -> asyncio.Task[Outcome]:
        """The same, beside what the test does meanwhile."""
        return asyncio.create_task(self.give(name, extension, **args))

    async def until(
        self, condition: Callable[[], T], what: str, *, during: asyncio.Task[Outcome] | None = None, timeout: float = 15
    ) -> T:
        """Wait until `condition` of the picture gives something, and return that; `during` a command that must not end
        before.
        """
        try:
            async with asyncio.timeout(timeout):
                while not (found := condition()):
                    self._changed.clear()
                    await self._changed.wait()
                return found
        except TimeoutError:
            calls = [call.row() for call in self.mirror.calls.values() if call.legs]
            ended = during.result() if during is not None and during.done() else "nothing has ended"
            raise AssertionError(f"waited {timeout:g} s for {what}; {ended}; calls: {calls}") from None

    async def hear(self, messages: int, during: asyncio.Task[Any] | None = None) -> None:
        """Wait until `heard` is so many, or until `during` has ended."""
        while self.heard < messages and not (during is not None and during.done()):
            self._changed.clear()
            waiting = asyncio.ensure_future(self._changed.wait())
            try:
                await asyncio.wait({waiting, during} if during else {waiting}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()

    # --- looking at the picture -----------------------------------------------------------------------------------

    def leg(self, extension: str, *states: CallState) -> Channel | None:
        """A leg of that extension, in one of these states when any are given."""
        for channel in list(self.mirror.channels.values()):
            owner = self.mirror.extension_of(channel)
            leg = channel.call.leg(channel.uniqueid)
            if owner is not None and owner.key == extension and leg is not None and (not states or leg.state in states):
                return channel
        return None

    def outside(self, *states: CallState) -> Channel | None:
        """A leg of somebody outside."""
        for channel in list(self.mirror.channels.values()):
            leg = channel.call.leg(channel.uniqueid)
            if leg is not None and self.mirror.extension_of(channel) is None and (not states or leg.state in states):
                return channel
        return None

    def talks_to(self, channel: Channel, extension: str) -> bool:
        """Whether that leg and a phone of the extension hear each other."""
        owners = (self.mirror.extension_of(peer) for peer in self.mirror.peers_of(channel))
        return any(owner is not None and owner.key == extension for owner in owners)

    def state_of(self, extension: str) -> ExtensionState | None:
        self.mirror.changes()
        found = self.mirror.extensions.get(extension)
        return ExtensionState(found.state) if found is not None and found.state else None

    def names_sent(self, *but: str) -> Sequence[str]:
        """The actions that were sent since the last look, without those that only ask."""
        names = [action.name for action in self.sent if action.name not in ("Getvar", *but)]
        self.sent.clear()
        return names

    # --- inside ---------------------------------------------------------------------------------------------------

    def _take(self, message: Message) -> None:
        self.mirror.apply(message)
        self.mirror.changes()
        self.operations.observe(message)
        self._heard_one()

    def _listed(self) -> None:
        self.mirror.changes()
        self.operations.observe()
        self._heard_one()

    def _heard_one(self) -> None:
        self.heard += 1
        self._changed.set()
        for watcher in tuple(self.watchers):
            watcher()

    async def _send(self, action: Action) -> Response:
        self.sent.append(action)
        if words := self.refused.get(action.name):
            return Response(Message.of((("Response", "Error"), ("Message", words.pop(0)))))
        response = await self.actions.send(action, self.reply_seconds)
        self.answered.append(action.name)
        self._changed.set()
        if (happens := self.meanwhile.pop(action.name, None)) is not None:
            await happens()
        return response
