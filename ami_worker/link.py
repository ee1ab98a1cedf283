"""The two AMI sessions of one PBX: A for events and lists, B for actions. Each comes back by itself; neither
re-sends anything.

Only `ami_worker.service` may call this module. It knows asyncio and the mirror, not Django.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from ami_worker.ami.actions import Action
from ami_worker.ami.connection import AmiUrl, Closed, ConnectFailed, LoginRefused, Response, Session, backoff
from ami_worker.ami.protocol import Message
from ami_worker.mirror import Mirror
from ami_worker.sync import Sync
from panel.vocabulary import Link


log = logging.getLogger(__name__)

EVENTS = "system,call,agent"
RECONCILE_SECONDS = 60.0
RECONCILE_JITTER = 0.2
"""Part of the interval by which it varies, so that several workers do not ask at the same moment."""


class EventLink:
    """Session A: keeps the mirror true while it is connected, and marks it stale when it is not.

    `applied` is called after each message that the mirror took; `synced` after each full comparison with the PBX,
    before the picture counts as live; `lost` when the session ended.
    """

    def __init__(
        self,
        url: AmiUrl,
        mirror: Mirror,
        *,
        applied: Callable[[], None],
        synced: Callable[[Sync], None],
        lost: Callable[[str], None],
        reconcile_seconds: float = RECONCILE_SECONDS,
    ) -> None:
        self._url = url
        self._mirror = mirror
        self._applied = applied
        self._synced = synced
        self._lost = lost
        self._reconcile_seconds = reconcile_seconds
        self.quarantined = 0
        """Events whose handling failed; each is in the log with its text."""

    async def keep(self) -> None:
        """Connect, compare, follow, and again; until cancelled."""
        delays = backoff()
        while True:
            try:
                session = await Session.open(self._url, events=EVENTS, on_message=self._take)
            except (ConnectFailed, LoginRefused, Closed) as failed:
                self._set_link(Link.OFFLINE, str(failed))
                await asyncio.sleep(delays.after(failed))
                continue
            try:
                await self._follow(session)
                delays.reset()
            except Closed as ended:
                log.warning("the event session ended: %s", ended)
            finally:
                await session.close()
            self._set_link(Link.OFFLINE, str(session.closed_reason))
            self._lost(str(session.closed_reason))
            await asyncio.sleep(delays.next())

    async def _follow(self, session: Session) -> None:
        """From log-in until the session ends."""
        self._set_link(Link.STALE, "Connected again; comparing with the PBX.")
        sync = Sync(self._mirror, session)
        await sync.resync()
        self._mirror.set_link(Link.LIVE)
        self._synced(sync)
        self._applied()
        while not session.is_closed:
            jitter = random.uniform(1 - RECONCILE_JITTER, 1 + RECONCILE_JITTER)
            await session.wait_closed(timeout=self._reconcile_seconds * jitter)
            if not session.is_closed:
                await sync.reconcile()

    def _take(self, message: Message) -> None:
        """In the reader: memory only, and nothing that an event brings may end the session."""
        try:
            self._mirror.apply(message)
        except Exception:
            self.quarantined += 1
            log.exception("event put aside: %r", message)
            return
        self._applied()

    def _set_link(self, link: Link, reason: str) -> None:
        self._mirror.set_link(link, reason)
        self._applied()
