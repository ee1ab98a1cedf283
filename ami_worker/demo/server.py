"""The AMI server of the demo PBX: listens, lets the office live in real time, and passes its events to the sessions.

Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable

from ami_worker.demo.pbx import Pbx
from ami_worker.demo.session import Session, User
from ami_worker.demo.wire import SYSTEM


BREATH = 500
"""How many happenings the office may have before the sockets get their turn."""

CLOSE_SECONDS = 1.0
MAX_ACTIONS_KEPT = 20_000
LATEST = 3600.0  # seconds; a loop timer far away is only a way to sleep


class Server:
    """`write_timeout` seconds a client may leave its socket full before it is cut off."""

    def __init__(
        self, pbx: Pbx, users: Iterable[User], *, write_timeout: float = 5.0, write_buffer: int = 256 * 1024
    ) -> None:
        self.pbx = pbx
        self.users = {user.name: user for user in users}
        self.write_timeout = write_timeout
        self.write_buffer = write_buffer
        self.random = random.SystemRandom()
        self.sessions: set[Session] = set()
        self.silent = False  # a black hole: takes everything and says nothing
        self.actions_received: list[tuple[str, list[tuple[str, str]]]] = []
        self._listener: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._offset = 0.0
        self._kick_due = False
        self._waiting: list[asyncio.Future[None]] = []

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port. Raises OSError when the address cannot be had."""
        loop = asyncio.get_running_loop()
        self._offset = time.time() - loop.time()
        self._listener = await loop.create_server(lambda: Session(self), host, port, backlog=64)
        self.pbx.switch.listeners.append(self._on_event)
        self.pbx.clock.alarm = self._alarm
        self.kick()
        sockets = self._listener.sockets
        return int(sockets[0].getsockname()[1])

    async def stop(self, *, shutdown: bool = True) -> None:
        """Stop listening and end all sessions; with `shutdown` they are told why."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._on_event in self.pbx.switch.listeners:
            if shutdown:
                self.pbx.switch.emit("Shutdown", "Shutdown: Cleanly\r\nRestart: False\r\n", SYSTEM)
            self.pbx.switch.listeners.remove(self._on_event)
            self.pbx.clock.alarm = None
        if self._listener is not None:
            self._listener.close()
            for session in list(self.sessions):
                session.close() if shutdown else session.abort()
            await self._listener.wait_closed()
            self._listener = None
        await self._wait_until_closed()

    async def _wait_until_closed(self) -> None:
        """Sockets close in the next turns of the loop; one whose client does not read is not waited for."""
        latest = asyncio.get_running_loop().time() + CLOSE_SECONDS
        while self.sessions:
            if asyncio.get_running_loop().time() > latest:
                self.cut()
            await asyncio.sleep(0.005)

    def cut(self) -> None:
        """Cut every session, as a failing network does."""
        for session in list(self.sessions):
            session.abort()

    # -- time ---------------------------------------------------------------------------------------------------------

    def _alarm(self) -> None:
        """Somebody outside the office's own life has done something."""
        if not self._kick_due:
            self._kick_due = True
            asyncio.get_running_loop().call_soon(self._kicked)

    def _kicked(self) -> None:
        self._kick_due = False
        if self._listener is not None:
            self.kick()

    def kick(self) -> None:
        """Let happen what is due, and set the alarm for what comes next. The office's clock is right after it."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        clock = self.pbx.clock
        self._wake()
        now = loop.time() + self._offset
        try:
            clock.run_until(now, limit=BREATH)
        finally:  # whatever goes wrong with one call, the office goes on
            due = clock.next_at
            wait = LATEST if due is None else min(LATEST, max(0.0, due - now))
            self._timer = loop.call_later(wait, self.kick)

    async def something(self) -> None:
        """Come back when something has happened, in the office or to a session."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.get_loop().call_soon(_finish, future)

    def came(self, session: Session) -> None:
        """A client has connected."""
        self.sessions.add(session)
        self._wake()

    def gone(self, session: Session) -> None:
        """A session has ended."""
        self.sessions.discard(session)
        self._wake()

    # -- events and actions -------------------------------------------------------------------------------------------

    def _on_event(self, classes: int, _name: str, text: str) -> None:
        data: bytes | None = None
        for session in self.sessions:
            if session.mask & session.read & classes == classes:
                data = text.encode() if data is None else data
                session.event(classes, data)

    def note(self, name: str, headers: list[tuple[str, str]]) -> None:
        """Remember an action, for tests that count them."""
        self.actions_received.append((name, headers))
        if len(self.actions_received) > MAX_ACTIONS_KEPT:
            del self.actions_received[: MAX_ACTIONS_KEPT // 2]


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
