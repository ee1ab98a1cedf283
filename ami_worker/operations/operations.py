"""`Operations`: performs what operators want, one `Attempt` each, and turns every way it can end into an `Outcome`.

Used by `ami_worker.tenure` (and by tests): it calls `perform` for each claimed command, `observe` for every message
that the mirror took, and `lost` when a session ended. Asynchronous, on one event loop; nothing is ever sent twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from ami_worker.ami import actions
from ami_worker.ami.actions import InvalidValue
from ami_worker.ami.connection import AmiError
from ami_worker.ami.protocol import Message
from ami_worker.mirror import Mirror
from ami_worker.operations import (
    agents,
    callers,
    completing,
    concluding,
    consult,
    destinations,
    dialling,
    during,
    holding,
    listening,
    messages,
    notes,
    outcomes,
    parking,
    pickups,
    recording,
    rooms,
    shifts,
    transfers,
    undoing,
)
from ami_worker.operations.attempt import Attempt, Send
from ami_worker.operations.claims import Claims
from ami_worker.operations.evidence import Evidence
from ami_worker.operations.expectations import Expectations
from ami_worker.operations.ghosts import Ghosts
from ami_worker.operations.intents import Ended, Intent, Outcome
from ami_worker.operations.ledger import Ledger
from ami_worker.operations.letters import Post
from ami_worker.operations.site import Site
from panel.vocabulary import CommandState, Link


log = logging.getLogger(__name__)

HANDLERS: Final[dict[str, Callable[[Attempt], Awaitable[Outcome]]]] = {
    "call": dialling.call,
    "hangup": dialling.hangup,
    "transfer": transfers.transfer,
    "serial": transfers.serial,
    "camp": destinations.camp,
    "voicemail": destinations.voicemail,
    "enqueue": destinations.enqueue,
    "confer": destinations.confer,
    "hold": holding.hold,
    "retrieve": holding.retrieve,
    "consult": consult.consult,
    "complete": completing.complete,
    "cancel": concluding.cancel,
    "swap": concluding.swap,
    "join": concluding.join,
    "dtmf": during.dtmf,
    "mute": during.mute,
    "unmute": during.unmute,
    "answer": during.answer,
    "record": recording.record,
    "record_pause": recording.record_pause,
    "record_resume": recording.record_resume,
    "record_stop": recording.record_stop,
    "room_mute": rooms.room_mute,
    "room_unmute": rooms.room_unmute,
    "room_kick": rooms.room_kick,
    "room_lock": rooms.room_lock,
    "room_unlock": rooms.room_unlock,
    "note": notes.note,
    "message": messages.message,
    "claim": notes.claim,
    "park": parking.park,
    "unpark": parking.unpark,
    "pickup": pickups.pickup,
    "take": pickups.take,
    "agent_pause": agents.agent_pause,
    "agent_unpause": agents.agent_unpause,
    "agent_add": agents.agent_add,
    "agent_remove": agents.agent_remove,
    "agent_penalty": agents.agent_penalty,
    "agent_ringinuse": agents.agent_ringinuse,
    "agent_login": shifts.agent_login,
    "agent_logout": shifts.agent_logout,
    "agent_borrow": shifts.agent_borrow,
    "agent_return": shifts.agent_return,
    "undo": undoing.undo,
    "withdraw": callers.withdraw,
    "advance": callers.advance,
    "listen": listening.listen,
    "whisper": listening.whisper,
    "barge": listening.barge,
    "listen_end": listening.listen_end,
    "listen_stop": listening.listen_stop,
}
"""Command → what it does. The names are those of `panel.commands.catalogue`."""

REMEMBERED: Final = 500
"""Commands whose outcome is kept, so that the same intent again gets it and not a second action."""


LONGEST_TEXT: Final = 300
"""Characters of a sentence; that much `panel.commands.models.Command` stores."""


class Operations:
    """The commands of one PBX. `site` may be set anew after each log-in; without a `post` no message can be sent, and
    without a `ledger` loans end with the process.
    """

    def __init__(
        self,
        mirror: Mirror,
        send: Send,
        *,
        site: Site | None = None,
        post: Post | None = None,
        ledger: Ledger | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.site = site or Site()
        self.post = post
        self.ledger = ledger
        self._mirror = mirror
        self._send = send
        self._claims = Claims(now)
        self._expectations = Expectations()
        self._evidence = Evidence()
        self._ghosts = Ghosts(mirror, send)
        self._performed: OrderedDict[str, asyncio.Future[Outcome]] = OrderedDict()

    async def perform(self, intent: Intent) -> Outcome:
        """Do it, and say how it ended. Never raises for what the PBX does. The same intent again waits for the
        outcome of the first.
        """
        if (earlier := self._performed.get(intent.key)) is not None:
            return await asyncio.shield(earlier)
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._performed[intent.key] = outcome
        try:
            ended = await self._perform(intent)
            outcome.set_result(ended._replace(text=ended.text[:LONGEST_TEXT]))
        finally:
            if not outcome.done():  # cancelled, or a mistake of ours: whether anything was sent is not known
                outcome.set_result(outcomes.link_lost())
            while len(self._performed) > REMEMBERED and next(iter(self._performed.values())).done():
                self._performed.popitem(last=False)
        return outcome.result()

    async def _perform(self, intent: Intent) -> Outcome:
        handler = HANDLERS.get(intent.name)
        if handler is None:
            return outcomes.bad_arguments()
        if self._mirror.link is not Link.LIVE:
            # On an old picture nobody's call is moved.
            return outcomes.not_live(self._mirror.link_reason)
        attempt = Attempt(
            intent,
            self._mirror,
            self.site,
            self._send,
            claims=self._claims,
            expectations=self._expectations,
            evidence=self._evidence,
            post=self.post,
            ledger=self.ledger,
        )
        changed = True
        try:
            outcome = await handler(attempt)
            changed = outcome.state is CommandState.DONE
        except Ended as ended:
            outcome = ended.outcome
            changed = False
        except InvalidValue:
            outcome = outcomes.cannot_be_sent()
            changed = False
        finally:
            for key in self._claims.release(intent, settled=changed):
                self._mirror.clear_claim(key, intent.operator)
        return outcome

    async def end_listener(self, uniqueid: str) -> None:
        """Hang up the channel by which somebody listens to a call who has lost the right to. May be done again."""
        channel = self._mirror.channels.get(uniqueid)
        if channel is None or self._mirror.link is not Link.LIVE:
            return
        try:
            await self._send(actions.hangup(channel.name))
        except AmiError as failure:
            log.warning("who may not listen any more is not hung up yet: %s", failure.reason)

    def observe(self, message: Message | None = None) -> None:
        """The mirror took a message, or something else changed the picture: see whether that decides what is waited
        for.
        """
        if message is not None:
            self._evidence.hear(message)
            self._ghosts.hear(message)
        if self._expectations:
            self._expectations.observe()

    def lost(self, reason: str) -> None:
        """A session ended. What was sent and is not proven becomes `unknown`; it is never sent again."""
        self._expectations.lost(reason)
