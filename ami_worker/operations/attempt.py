"""`Attempt`: one command under way. It holds what the families need: the picture, the operator's phone, sending
once, waiting for the events.

Made by `Operations.perform`; used by dialling, transfers, parking and pickups.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Final

from ami_worker.ami import actions
from ami_worker.ami.actions import Action, InvalidValue
from ami_worker.ami.connection import AmiError, Closed, NoReply, NotSent, Response
from ami_worker.mirror import Call, Caller, Channel, Extension, Loan, Mirror
from ami_worker.operations import outcomes
from ami_worker.operations.claims import Claims
from ami_worker.operations.evidence import Evidence
from ami_worker.operations.expectations import Expectations, LinkLost, Verdict
from ami_worker.operations.intents import Ended, Intent, Outcome
from ami_worker.operations.ledger import Ledger
from ami_worker.operations.letters import Post
from ami_worker.operations.site import Site
from panel.vocabulary import CommandState, ExtensionState, Link, Person


log = logging.getLogger(__name__)

Send = Callable[[Action], Awaitable[Response]]

EVENT_SECONDS: Final = 10.0
"""After the action was taken: for the events that prove what came of it."""

RING_SECONDS: Final = 30.0
"""How long the operator's own phone rings."""

PHONE_SECONDS: Final = RING_SECONDS + 5.0
"""For an operator's phone that has to be answered first."""

MOVING_TIMES: Final = 20
MOVING_PAUSE_SECONDS: Final = 0.05
"""How often, and after what pause, a leg is redirected that the PBX is just moving. One that ends is gone by then."""

_PHONES: Final = ("PJSIP/", "SIP/", "SCCP/", "IAX2/", "DAHDI/")
"""What is rung of the devices behind a hint. A Local channel comes last: its halves hide who is who."""


class Attempt:
    """What one command may use. Everything that ends it early is raised as `Ended`."""

    def __init__(
        self,
        intent: Intent,
        mirror: Mirror,
        site: Site,
        send: Send,
        *,
        claims: Claims,
        expectations: Expectations,
        evidence: Evidence,
        post: Post | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.intent = intent
        self.mirror = mirror
        self.site = site
        self.evidence = evidence
        self.post = post
        self.ledger = ledger
        self._send = send
        self._claims = claims
        self._expectations = expectations
        self._sent = False
        self._answered = True
        self._moves = ""  # Uniqueid of a waiting caller who is about to leave a queue

    # --- what it is about -------------------------------------------------------------------------------------------

    def argument(self, name: str) -> str:
        """A text argument; empty when it was left out."""
        value = self.intent.args.get(name, "")
        if not isinstance(value, str):
            raise Ended(outcomes.bad_arguments())
        return value

    def call(self, key: str = "") -> Call:
        """The call that the argument `call` names."""
        key = key or self.argument("call")
        call = self.mirror.calls.get(key)
        if call is None or not call.legs:
            raise Ended(outcomes.call_ended(key))
        return call

    def claim(self, *keys: str) -> None:
        """Have these calls or phones for this command alone, until it ends, or until the same operator thinks better
        of it.
        """
        if (refusal := self._claims.take(self.intent, keys)) is not None:
            raise Ended(refusal)
        self._expectations.observe()  # a command that this one takes back ends now
        intent = self.intent
        for key in keys:
            if key in self.mirror.calls:
                self.mirror.set_claim(key, intent.operator, intent.operator_name, intent.name, None)

    def claim_phone(self, extension: Extension) -> None:
        """One command at a time may ring the operator's phone."""
        self.claim(f"phone {extension.key}")

    def person(self, channel: Channel) -> Person:
        """Who is at the end of a leg, as the board shows it."""
        for party in channel.call.row()["parties"]:
            if party["key"] == channel.uniqueid:
                return Person(name=party["name"], number=party["number"], extension=party["extension"])
        return Person(name="", number="", extension="")

    def who(self, channel: Channel) -> str:
        return outcomes.person_named(self.person(channel))

    def waiting(self, channel: Channel) -> Caller | None:
        """The place in a queue that a leg has, by itself or through a Local channel."""
        for caller in self.mirror.callers.values():
            queued = self.mirror.channels.get(caller.uniqueid)
            if queued is not None and self.real_leg(queued) is channel:
                return caller
        return None

    def real_leg(self, channel: Channel) -> Channel:
        """The party behind a Local half: only that one may be moved. Any other channel stands for itself."""
        half = channel.other_half
        if channel.is_leg or half is None:
            return channel
        heard = self.mirror.peers_of(half)
        return heard[0] if heard else self.mirror.dialler_of(half) or channel

    def expect_moved(self, caller: Caller, *, is_withdrawal: bool = False) -> None:
        """Asterisk reports a waiting caller who is redirected as abandoned (apps/app_queue.c): tell the mirror
        beforehand that this one is not lost.
        """
        self.mirror.expect_moved(caller.uniqueid, is_withdrawal=is_withdrawal)
        self._moves = caller.uniqueid

    def is_own(self, channel: Channel) -> bool:
        """Whether it is a leg of the operator's own phone."""
        extension = self.mirror.extension_of(channel)
        return extension is not None and extension.key == self.intent.extension

    # --- loans and lists --------------------------------------------------------------------------------------------

    async def lend(self, loan: Loan) -> None:
        """Have a membership end by itself: kept where it outlives this process first, then shown."""
        if self.ledger is not None:
            await self.ledger.keep(loan)
        self.mirror.loans.begin(loan)

    async def end_loan(self, key: str) -> None:
        """The membership stays, or is none: it does not end by itself any more."""
        self.mirror.loans.end(key)
        if self.ledger is not None:
            await self.ledger.strike(key)

    async def relist(self, queue: str) -> None:
        """Have the order of those who wait in a queue as it is now: no event tells of every change."""
        asked = self.mirror.relisting.ask(queue)

        def look() -> Outcome | None:
            return outcomes.listed() if self.mirror.relisting.is_done(queue, asked) else None

        outcome = await self.expect(look, EVENT_SECONDS, outcomes.no_reply if self._sent else outcomes.no_reply_yet)
        if outcome.state is not CommandState.DONE:
            raise Ended(outcome)

    # --- the operator's phone ---------------------------------------------------------------------------------------

    def own_extension(self) -> Extension:
        """The operator's extension, with a phone that can be rung."""
        extension = self.mirror.extensions.get(self.intent.extension)
        if extension is None or not extension.devices:
            raise Ended(outcomes.no_phone(self.intent.extension))
        if extension.state == ExtensionState.OFFLINE:
            raise Ended(outcomes.own_phone_offline(extension))
        return extension

    def phone_of(self, extension: Extension) -> str:
        """What Originate may ring: `PJSIP/201`."""
        for technology in (*_PHONES, "Local/"):
            for device in extension.devices:
                if device.startswith(technology):
                    return device
        raise Ended(outcomes.no_phone(extension.number))

    @staticmethod
    def new_channel_id() -> str:
        """The Uniqueid that our own channel will have, by which its events are known."""
        return f"cordboard-{secrets.token_hex(12)}"

    # --- sending and waiting ----------------------------------------------------------------------------------------

    async def ask(self, action: Action) -> Response | None:
        """Send a question, which changes nothing; None when it was not answered."""
        try:
            return await self._send(action._replace(is_list=False))
        except NoReply:
            return None
        except AmiError as failure:
            raise Ended(outcomes.not_connected(failure.reason)) from failure

    async def prepare(self, *wanted: Action) -> None:
        """Send what has to be in place before the command is carried out, and moves no call yet: one after the other,
        without waiting for each answer.
        """
        for response in await asyncio.gather(*map(self.ask, wanted)):
            if response is None:
                raise Ended(outcomes.no_reply_yet())
            if not response.ok:
                raise Ended(outcomes.refused(response.reason))

    async def send(self, action: Action) -> None:
        """Send an action that changes something, once. Returns when the PBX took it, and also when it did not
        answer in time: then the events may still show what happened.
        """
        try:
            await self._send_once(action)
        except Ended:
            self.mirror.expect_stays(self._moves)  # whatever becomes of that caller now is none of our doing
            raise

    async def _send_once(self, action: Action) -> None:
        self._sent = True
        self._claims.sent(self.intent)
        try:
            response = await self._send_when_still(action)
        except InvalidValue as wrong:
            log.warning("%s was not sent: %s", action.name, wrong)
            self._sent = False
            raise Ended(outcomes.cannot_be_sent()) from wrong
        except (Closed, NotSent) as failure:
            self._sent = False
            raise Ended(outcomes.not_connected(failure.reason)) from failure
        except NoReply:
            self._answered = False
            return
        if not response.ok:
            raise Ended(outcomes.refused(response.reason))

    async def _send_when_still(self, action: Action) -> Response:
        """A channel that the dialplan moves at this very instant (our include brings back a caller whose operator has
        gone) is "not up" for Redirect: action_redirect in main/manager.c sees the pending AST_SOFTHANGUP_ASYNCGOTO and
        does nothing. So this refusal, unlike an answer that is missing, allows to ask again.
        """
        for _time in range(MOVING_TIMES):
            response = await self._send(action)
            if response.ok or outcomes.NOT_UP not in response.reason.lower():
                break
            await asyncio.sleep(MOVING_PAUSE_SECONDS)
        return response

    async def confirm(self, action: Action) -> None:
        """`send` for what no event tells of: without an answer nobody knows whether it was done."""
        await self.send(action)
        if not self._answered:
            raise Ended(outcomes.no_reply())

    async def expect(
        self, verdict: Verdict, timeout: float, otherwise: Callable[[], Outcome], *, proven: bool = False
    ) -> Outcome:
        """Wait until `verdict` is decided. At the deadline: what `otherwise` makes of the picture, or `unknown` when
        the action had not been answered either and no event has `proven` that it was carried out. Raises Ended when the
        operator takes the command back meanwhile.
        """
        try:
            if self.mirror.link is not Link.LIVE:
                raise LinkLost
            outcome = await self._expectations.settle(lambda: self._left_off() or verdict(), timeout)
        except LinkLost:
            if not self._sent:
                raise Ended(outcomes.not_connected()) from None
            return outcomes.link_lost()
        if (left_off := self._left_off()) is not None:
            raise Ended(left_off)
        if outcome is not None:
            return outcome
        return otherwise() if self._answered or proven else outcomes.no_reply()

    def look_again(self, seconds: float) -> Callable[[], bool]:
        """Have what is waited for looked at after this time also when nothing happens until then. Returns what tells
        whether it is over.
        """
        over = asyncio.Event()

        def look() -> None:
            over.set()
            self._expectations.observe()

        asyncio.get_running_loop().call_later(seconds, look)
        return over.is_set

    def _left_off(self) -> Outcome | None:
        return self._claims.left_off(self.intent)

    async def hang_up_own(self, uniqueid: str) -> None:
        """End the channel that we began, when it is of no use any more: a phone that rings for a call that is gone.
        What the PBX says to it changes nothing.
        """
        channel = self.mirror.channels.get(uniqueid)
        if channel is None:
            return
        try:
            await self._send(actions.hangup(channel.name))
        except AmiError as failure:
            log.warning("the phone may ring on: %s", failure.reason)
