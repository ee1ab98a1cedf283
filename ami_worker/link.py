"""The two AMI sessions of one PBX: A for events and lists, B for actions. Each comes back by itself; neither
re-sends anything.

Only `ami_worker.service` may call this module. It knows asyncio and the mirror, not Django.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable

from ami_worker.ami.actions import Action
from ami_worker.ami.connection import (
    LOADING_SECONDS,
    AmiError,
    AmiUrl,
    Closed,
    ConnectFailed,
    LoginRefused,
    Response,
    Session,
    Timeouts,
    backoff,
    wait_fully_booted,
)
from ami_worker.ami.protocol import Message
from ami_worker.mirror import Mirror
from ami_worker.sync import Sync
from panel.vocabulary import Link


log = logging.getLogger(__name__)

EVENTS = "system,call,agent,user"
TIMEOUTS = Timeouts(ping_interval=4.0, ping=4.0)
"""A line that has gone silent is noticed within eight seconds; the board must say so within ten."""

HOLD_SECONDS = 2.0
"""A command waits so long for an action session that has just been lost; then it is refused rather than silent."""

COMPARING = "Connected again; comparing with the PBX."
SILENT = "The PBX says nothing."
STARTING = "The PBX is starting."
STARTED_LATE = "The PBX has only now finished starting; comparing again."

RECONCILE_SECONDS = 60.0
RECONCILE_JITTER = 0.2
"""Part of the interval by which it varies, so that several workers do not ask at the same moment."""


class EventLink:
    """Session A: keeps the mirror true while it is connected, and marks it stale when it is not.

    `applied` is called after each message that the mirror took, and with None when something else changed the picture;
    `synced` after each full comparison with the PBX, and what it awaits is known before the picture counts as live;
    `lost` when the session ended.
    A PBX that does not say that it has finished starting is waited for until it has been up for `loading_seconds`.
    """

    def __init__(
        self,
        url: AmiUrl,
        mirror: Mirror,
        *,
        applied: Callable[[Message | None], None],
        synced: Callable[[Session], Awaitable[None]],
        lost: Callable[[str], None],
        reconcile_seconds: float = RECONCILE_SECONDS,
        loading_seconds: float = LOADING_SECONDS,
    ) -> None:
        self._url = url
        self._mirror = mirror
        self._applied = applied
        self._synced = synced
        self._lost = lost
        self._reconcile_seconds = reconcile_seconds
        self._loading_seconds = loading_seconds
        self._is_silenced = False

    async def keep(self) -> None:
        """Connect, compare, follow, and again; until cancelled."""
        delays = backoff()
        said = ""
        while True:
            try:
                session = await Session.open(
                    self._url, events=EVENTS, on_message=self._take, timeouts=TIMEOUTS, on_silence=self._on_silence
                )
            except (ConnectFailed, LoginRefused) as failed:
                if failed.reason != said:
                    said = failed.reason
                    log.warning("no event session: %s", said)
                self._set_link(Link.OFFLINE, failed.reason)
                await asyncio.sleep(delays.after(failed))
                continue
            said = ""
            try:
                await self._follow(session)
                delays.reset()
            except AmiError as ended:
                log.warning("the event session ended: %s", ended.reason)
            finally:
                await session.close()
            self._lost(session.closed_reason)
            self._set_link(Link.OFFLINE, session.closed_reason)
            await asyncio.sleep(delays.next())

    async def _follow(self, session: Session) -> None:
        """From log-in until the session ends, which it says by returning or by Closed."""
        self._set_link(Link.STALE, COMPARING)
        await wait_fully_booted(
            session, self._loading_seconds, on_starting=lambda: self._set_link(Link.STALE, STARTING)
        )
        # Only what is listed after FullyBooted is sure to be whole.
        is_whole = session.fully_booted is not None
        self._set_link(Link.STALE, COMPARING)
        sync = Sync(self._mirror, session, applied=lambda: self._applied(None))
        await self._compare(sync, session)
        while not session.is_closed:
            seconds = self._reconcile_seconds * random.uniform(1 - RECONCILE_JITTER, 1 + RECONCILE_JITTER)
            if is_whole:
                await session.wait_closed(timeout=seconds)
            elif await session.wait_for_fully_booted(seconds):
                is_whole = True
                await self._mend(sync, session)
                continue
            if not session.is_closed:
                await sync.reconcile()

    async def _mend(self, sync: Sync, session: Session) -> None:
        """FullyBooted has come after we had given it up: what was listed before is full of holes."""
        log.warning("the PBX had not finished starting; comparing again")
        self._set_link(Link.STALE, STARTED_LATE)
        await self._compare(sync, session)
        await sync.learn_names()
        self._applied(None)

    async def _compare(self, sync: Sync, session: Session) -> None:
        await sync.resync()
        await self._synced(session)
        self._mirror.set_link(Link.LIVE)
        self._applied(None)

    def _take(self, message: Message) -> None:
        """In the reader: memory only, and nothing that an event brings may end the session."""
        if not self._mirror.apply_safely(message):
            message, failed = self._mirror.quarantine[-1]
            log.error("event put aside: %r", message, exc_info=failed)
            return
        self._applied(message)

    def _on_silence(self, is_silent: bool) -> None:
        """While a list is under way its session is given more time: a slow list keeps Asterisk from answering a Ping.
        The picture is old all the same; it is true again with the first byte, since nothing of a stream is lost.
        """
        if is_silent and self._mirror.link is Link.LIVE:
            self._set_link(Link.STALE, SILENT)
            self._is_silenced = True
        elif not is_silent and self._is_silenced:
            self._set_link(Link.LIVE, "")

    def _set_link(self, link: Link, reason: str) -> None:
        self._is_silenced = False
        self._mirror.set_link(link, reason)
        self._applied(None)


class ActionLink:
    """Session B: sends what operators ask for. Losing it does not disturb the picture.

    `lost` is called when the session ended: what was sent on it and not answered is of unknown outcome.
    """

    def __init__(self, url: AmiUrl, *, lost: Callable[[str], None]) -> None:
        self._url = url
        self._lost = lost
        self._session: Session | None = None
        self._away_since = time.monotonic()
        self._reason = "The PBX is not connected."

    @property
    def is_connected(self) -> bool:
        return self._session is not None and not self._session.is_closed

    @property
    def is_decided(self) -> bool:
        """Whether an action need not be held back any longer: it can be sent, or it will not be in the near future."""
        return self.is_connected or time.monotonic() > self._away_since + HOLD_SECONDS

    async def send(self, action: Action, timeout: float = 5.0) -> Response:
        """Send it once. Raises Closed when there is no session (nothing was sent), else what Session.send raises."""
        if self._session is None:
            raise Closed(self._reason)
        return await self._session.send(action, timeout)

    async def keep(self) -> None:
        """Connect, wait for the end, and again; until cancelled."""
        delays = backoff()
        while True:
            try:
                self._session = await Session.open(self._url, events="off", timeouts=TIMEOUTS)
            except (ConnectFailed, LoginRefused) as failed:
                if failed.reason != self._reason:
                    log.warning("no action session: %s", failed.reason)
                self._reason = failed.reason
                await asyncio.sleep(delays.after(failed))
                continue
            delays.reset()
            try:
                await self._session.wait_closed()
            finally:
                await self._session.close()
            self._reason = self._session.closed_reason
            self._session = None
            self._away_since = time.monotonic()
            log.warning("the action session ended: %s", self._reason)
            self._lost(self._reason)
            await asyncio.sleep(delays.next())
