"""A logged-in AMI session: one TCP or TLS connection to Asterisk. Knows asyncio, not Django.

`link.py` keeps two of them for each PBX: one for events and lists, one for actions. `sync.py` asks for lists,
`operations/` sends actions; both get the session from there. Nothing here comes back by itself and nothing is ever sent
twice.

The reader only parses and calls handlers, synchronously and in the order of the wire; it waits for nothing but the
socket. Asterisk may hold a queue's lock while it writes to us, and cuts us off when we do not read for 100 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.ami.backoff import Backoff, backoff
from ami_worker.ami.booting import LOADING_SECONDS, Boot, wait_fully_booted
from ami_worker.ami.dial import dial
from ami_worker.ami.errors import (
    AmiError,
    Closed,
    ConnectFailed,
    ListIncomplete,
    ListRefused,
    LoginRefused,
    NoReply,
    NotSent,
)
from ami_worker.ami.protocol import Dropped, InvalidValue, Message, Parser, encode
from ami_worker.ami.replies import Answer, Hook, Listing, ListResult, Replies, Response, Single, Waiter
from ami_worker.ami.url import AmiUrl


__all__ = [
    "LOADING_SECONDS",
    "AmiError",
    "AmiUrl",
    "Backoff",
    "Boot",
    "Closed",
    "ConnectFailed",
    "InvalidValue",
    "ListIncomplete",
    "ListRefused",
    "ListResult",
    "LoginRefused",
    "NoReply",
    "NotSent",
    "Response",
    "Session",
    "Timeouts",
    "backoff",
    "wait_fully_booted",
]

log = logging.getLogger(__name__)

BANNER = "Asterisk Call Manager/"
MAX_UNSENT = 64 * 1024
"""Bytes that wait because Asterisk does not read; beyond it actions are refused at once."""
MAX_TLS_ACTION = 1000
"""Bytes. Asterisk reads 1024 at a time and does not look whether OpenSSL has more (main/manager.c polls the socket)."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """All in seconds."""

    connect: float = 5.0
    """For reaching the port, TLS and the greeting."""
    login: float = 10.0
    """For each step of the log-in; Asterisk lets a refusal wait for one second."""
    ping_interval: float = 10.0
    ping: float = 5.0
    """Without a byte for so long after a Ping, the session is over."""
    busy: float = 30.0
    """The same while an action is under way: a slow one keeps Asterisk from answering the Ping."""


class _Wire(asyncio.Protocol):
    """What asyncio talks to; passes everything on to the session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def data_received(self, data: bytes) -> None:
        self._session._received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._session._lost(exc)


class Session:
    """One session. Make it with `open`; when it has ended, open another."""

    def __init__(
        self,
        url: AmiUrl,
        on_message: Hook | None,
        timeouts: Timeouts,
        on_silence: Callable[[bool], None] | None = None,
    ) -> None:
        """For `open` alone."""
        loop = asyncio.get_running_loop()
        self.url = url
        self.timeouts = timeouts
        self.banner = ""
        """The greeting: `Asterisk Call Manager/9.0.0`."""
        self.fully_booted: Message | None = None
        """The FullyBooted event, once it has come."""
        self.clock_ahead: float | None = None
        """Seconds by which the PBX's clock is ahead of ours, by the last Ping; None before the first."""
        self.handler_errors: Counter[str] = Counter()
        """How often a handler failed, by the name of the message."""
        self.closed: asyncio.Future[str] = loop.create_future()
        """Done when the session has ended; its result is the reason. Wait with `wait_closed`, not for the future."""
        self._on_message = on_message
        self._parser = Parser()
        self._replies = Replies()
        self._transport: asyncio.Transport | None = None
        self._greeted = asyncio.Event()
        self._booted = asyncio.Event()
        # Over TLS, one action at a time (see MAX_TLS_ACTION).
        self._turn = asyncio.Lock() if url.tls else None
        self._reason = ""
        self._heard_at = loop.time()
        self._on_silence = on_silence
        self._is_silent = False
        self._keeper: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        url: AmiUrl,
        *,
        events: str = "off",
        on_message: Hook | None = None,
        timeouts: Timeouts | None = None,
        on_silence: Callable[[bool], None] | None = None,
    ) -> Self:
        """Connect and log in.

        `events` is `off` or the classes that are wanted, `system,call,agent`. `on_message` gets every event that is not
        part of a list, as it arrives, the first ones before `open` returns. What it raises is logged and counted.
        `on_silence` is called with True when a Ping has brought no byte, although the session is not over yet, and
        with False when something is heard again.

        Raises:
            ConnectFailed: no Asterisk there, or not the one that we trust.
            LoginRefused: wrong user or secret, or an address that manager.conf does not permit.
        """
        session = cls(url, on_message, timeouts or Timeouts(), on_silence)
        limits = session.timeouts
        session._transport = await dial(
            url, _Wire(session), timeout=limits.connect, silence=limits.ping_interval + limits.ping
        )
        try:
            await session._greeting()
            await session._log_in(events)
        except BaseException:
            session._end("The log-in failed.")
            await session.wait_closed()
            raise
        session._keeper = asyncio.create_task(session._keep_alive(), name=f"keep-alive of {url}")
        return session

    @property
    def ami_version(self) -> str:
        """`9.0.0`; from 3 on, Asterisk's major version is eleven more than the first number."""
        return self.banner.removeprefix(BANNER)

    @property
    def is_closed(self) -> bool:
        """Whether the session has ended."""
        return self.closed.done()

    @property
    def closed_reason(self) -> str:
        """Why the session has ended, in a sentence; empty while it has not."""
        return self.closed.result() if self.closed.done() else ""

    @property
    def orphans(self) -> int:
        """How many answers came that nobody waited for."""
        return self._replies.orphans

    @property
    def dropped(self) -> Dropped:
        """What the parser left out."""
        return self._parser.dropped

    async def send(self, action: Action, timeout: float = 5.0) -> Response:
        """Send one action and return Asterisk's answer to it, whatever it says.

        Raises:
            InvalidValue, Closed, NotSent: nothing was sent.
            NoReply: it was sent and its outcome is unknown. Look at the PBX; do not send it again.
        """
        return await self._exchange(action, Single(), timeout)

    async def list(
        self,
        action: Action,
        timeout: float = 30.0,
        *,
        on_response: Hook | None = None,
        on_item: Hook | None = None,
        on_complete: Hook | None = None,
    ) -> ListResult:
        """Send a list action and collect its items.

        The hooks are called in the reader, at their place in the stream: what `on_message` got before and after them
        was sent before and after them. `on_complete` is called for a whole list only, so that what was not in it may
        be swept. With `on_item` the items are not kept. "There are none" is an empty list, however Asterisk says it.

        Raises:
            InvalidValue, NotSent: nothing was sent.
            ListRefused: Asterisk answered with an error.
            ListIncomplete: it broke off, or a hook failed.
            Closed: the session ended before the list did.
        """
        try:
            return await self._exchange(action, Listing(on_response, on_item, on_complete), timeout)
        except ListIncomplete as error:
            if self.is_closed:
                raise Closed(self.closed_reason) from error
            raise

    async def wait_for_fully_booted(self, timeout: float) -> bool:
        """Whether FullyBooted came within `timeout` seconds; see `wait_fully_booted` for when it does not."""
        try:
            async with asyncio.timeout(timeout):
                await self._booted.wait()
        except TimeoutError:
            return False
        return self.fully_booted is not None

    async def wait_closed(self, timeout: float | None = None) -> bool:
        """Wait for the end, at most `timeout` seconds; whether it has come."""
        await asyncio.wait([self.closed], timeout=timeout)
        return self.is_closed

    async def close(self) -> None:
        """Log off and end the session. May be called at any time and twice."""
        if not self.is_closed:
            self._reason = self._reason or "The panel closed the session."
            with contextlib.suppress(AmiError):  # it ends now, with goodbye or without
                await self.send(actions.logoff(), timeout=1.0)
        self._end("The panel closed the session.")
        await self.wait_closed()

    async def _greeting(self) -> None:
        try:
            async with asyncio.timeout(self.timeouts.connect):
                await self._greeted.wait()
        except TimeoutError as error:
            hint = "" if self.url.tls else " Is it the TLS port? Then begin the URL with amis://."
            raise ConnectFailed(f"{self.url.host} port {self.url.port} does not greet us.{hint}") from error
        if not self.banner.startswith(BANNER):
            if self.is_closed and not self.banner:
                # authlimit: too many sessions that have not logged in (main/manager.c, session_do).
                raise ConnectFailed(f"{self.url.host} closed the connection at once: {self.closed_reason}")
            raise ConnectFailed(f"{self.url.host} port {self.url.port} is not an Asterisk manager port.")

    async def _log_in(self, events: str) -> None:
        username, secret, timeout = self.url.username, self.url.secret, self.timeouts.login
        try:
            asked = await self.send(actions.challenge(), timeout)
            if asked.ok and (challenge := asked.get("Challenge")):
                action = actions.login_md5(username, secret, challenge, events)
            else:
                log.warning("%s offers no MD5 challenge (%s); the secret is sent as it is", self.url, asked.reason)
                action = actions.login(username, secret, events)
            answer = await self.send(action, timeout)
        except (NoReply, Closed) as error:
            raise ConnectFailed(f"{self.url.host} did not finish the log-in: {error}") from error
        if not answer.ok:
            raise LoginRefused(f"{self.url.host} refused the log-in of {username}: {answer.reason}")

    async def _exchange(self, action: Action, waiter: Waiter[Answer], timeout: float) -> Answer:
        action_id = self._replies.new_id()
        data = encode(action.name, action.headers, action_id)
        deadline = asyncio.get_running_loop().time() + timeout
        if self._turn:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._turn.acquire()
            except TimeoutError as error:
                raise NotSent(f"{action.name} was not sent: another action takes too long.") from error
        try:
            self._write(action.name, data)
            self._replies.wait_for(action_id, waiter)
            async with asyncio.timeout_at(deadline):
                return await waiter.future
        except TimeoutError as error:
            raise waiter.unanswered(f"The PBX did not answer {action.name} within {timeout:g} s.") from error
        finally:
            self._replies.forget(action_id)
            if self._turn:
                self._turn.release()

    def _write(self, name: str, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing() or self.is_closed:
            raise Closed(f"{name} was not sent: {self.closed_reason or self._reason or 'the session is over.'}")
        if self.url.tls and len(data) > MAX_TLS_ACTION:
            raise InvalidValue(f"{name} is too long to be sent over TLS")
        if transport.get_write_buffer_size() > MAX_UNSENT:
            raise NotSent(f"{name} was not sent: the PBX does not take in what was sent before.")
        transport.write(data)

    def _received(self, data: bytes) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        self._set_silent(False)
        for message in self._parser.feed(data):
            try:
                self._dispatch(message)
            except Exception:
                self.handler_errors[message.name] += 1
                # Once for each name: thousands of events a second may hit the same fault.
                if self.handler_errors[message.name] == 1:
                    log.exception("%s: a handler failed on %r", self.url, message)

    def _dispatch(self, message: Message) -> None:
        if message.type == "banner":
            self.banner = message.name
            self._greeted.set()
            return
        if self._replies.take(message):
            return
        if self.fully_booted is None and message.event == "fullybooted":
            self.fully_booted = message
            self._booted.set()
        if self._on_message:
            self._on_message(message)

    async def _keep_alive(self) -> None:
        loop = asyncio.get_running_loop()
        while not await self.wait_closed(self.timeouts.ping_interval):
            asked_at = loop.time()
            try:
                pong = await self.send(actions.ping(), timeout=self.timeouts.ping)
            except Closed:
                return
            except (NoReply, NotSent):
                limit = self.timeouts.busy if len(self._replies) else 0.0
                if self._heard_at < asked_at - limit:
                    self._end(f"The PBX has been silent for {loop.time() - self._heard_at:.0f} s.")
                    return
                self._set_silent(self._heard_at < asked_at)
            else:
                with contextlib.suppress(ValueError):  # Asterisk 13.0 prints no Timestamp
                    self.clock_ahead = float(pong.get("Timestamp")) - time.time()

    def _set_silent(self, is_silent: bool) -> None:
        if self._on_silence and is_silent is not self._is_silent:
            self._is_silent = is_silent
            self._on_silence(is_silent)

    def _end(self, reason: str) -> None:
        self._reason = self._reason or reason
        if self._transport:
            self._transport.abort()

    def _lost(self, exc: Exception | None) -> None:
        broken = f"The connection broke: {getattr(exc, 'strerror', None) or exc}."
        reason = self._reason or (broken if exc else "Asterisk closed the connection.")
        if not self.closed.done():
            self.closed.set_result(reason)
        self._greeted.set()
        self._booted.set()
        self._replies.lose(reason)
