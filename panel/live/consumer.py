"""`PanelConsumer`: one browser's socket at /ws/panel/.

Only `panel.asgi` may call this module. It is written to the ASGI interface and not on Channels' consumers: those
subscribe every socket to the channel layer (and refuse it while Redis is down) and hop through a thread for every
message.

A socket is accepted first and closed with a code afterwards, even when nobody is logged in: a browser cannot see the
HTTP status of a handshake that was refused, so the page could not tell "log in again" from "the server is down" and
would knock for ever. Only a wrong origin is refused with 403 (panel/live/origin.py): whoever that is need not be
told.

Close codes that a page can rely on. Those of a server itself come on top: 1009 for a frame above its own limit, 1011,
1012. An application may not send them, because Daphne lets it use 1000 and 3000 to 4999 only.

====  ================================================================================================================
4400  no frame: binary, not JSON, no type, no id, more than 64 KiB; or no `subscribe` within 10 s
4401  log in again: no session, or it has ended, or the account or its password has changed
4408  too slow: too much was left unacknowledged for too long (see outbox.py); connect again, for a snapshot
4429  too fast: more than 20 requests a second (100 acks); or too many sockets of one operator
4500  the panel failed; connect again
4503  not now: the panel is going down, or the database cannot say who this is; connect again
====  ================================================================================================================

Codes of errors in results: `unknown_type`, `bad_id`, `busy`, `bad_arguments`, `internal`, and those of
panel/commands/refusals.py.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from django.db import Error
from django.utils.translation import gettext as _

from panel.assets import assets_version
from panel.commands import refusals
from panel.commands.submit import Refused, submit
from panel.live import doorkeeper, feed, wire
from panel.live.doorkeeper import Pass, Threads, session_key_of
from panel.live.frames import BadFrame, BadRequest, Bucket, Frame, command_of, parse
from panel.live.outbox import Outbox
from panel.live.visibility import Audience
from panel.outage import OUTAGES
from panel.vocabulary import utc


BAD_FRAME = 4400
LOG_IN_AGAIN = 4401
TOO_SLOW = 4408
TOO_FAST = 4429
FAILED = 4500
NOT_NOW = 4503

SUBSCRIBE_SECONDS = 10.0
FRAMES_A_SECOND = 20.0
FRAMES_AT_ONCE = 40.0
ACK_COST = 0.2
"""Of a frame: a client may acknowledge each patch that it is sent (feed.TICK_SECONDS: fewer than 100 a second)."""

FAREWELL_SECONDS = 0.1
"""Daphne cuts the connections when the last application has ended; the close frames must have left by then."""

CLOSE_SECONDS = 2.0
MOST_COMMANDS_WAITING = 16

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

log = logging.getLogger(__name__)
_commands = Threads("commands", 4)


class LoggedOut(Exception):
    """A command came on a socket whose session has ended; the sweep had not noticed yet."""


class PanelConsumer:
    """The ASGI application of one socket."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        connect = await receive()
        if connect["type"] != "websocket.connect":
            return
        try:
            await send({"type": "websocket.accept"})
            code = await self._serve(scope, receive, send)
        except asyncio.CancelledError:
            # The server is going down; Daphne itself would only cut the connection.
            await _close(send, NOT_NOW)
            await asyncio.sleep(FAREWELL_SECONDS)
            raise
        except OSError:
            code = None  # some servers raise when the client has gone
        except Exception:
            log.exception("A socket failed.")
            code = FAILED
        if code is not None:
            await _close(send, code)

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> int | None:
        """Returns the code to close with, None when the client has gone."""
        keeper = doorkeeper.current()
        key = session_key_of(scope["headers"])
        try:
            admitted = await keeper.threads.run(doorkeeper.admit, key) if key else None
        except Error as failed:
            log.warning("Nobody can be let in: the database does not answer (%s).", type(failed).__name__)
            return NOT_NOW
        if admitted is None:
            return LOG_IN_AGAIN
        socket = Socket(receive, send, *admitted)
        if not keeper.enter(socket):
            return TOO_FAST
        try:
            return await socket.run()
        finally:
            keeper.leave(socket)
            feed.current().unsubscribe(socket)


class Socket:
    """A socket with an operator behind it; the feed's subscriber and the doorkeeper's visitor."""

    def __init__(self, receive: Receive, send: Send, permit: Pass, audience: Audience) -> None:
        self.permit = permit
        self.audience = audience
        self._receive = receive
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._feed = feed.current()
        self._outbox = Outbox(self._send_text, self._loop.time, self._feed.counts)
        self._closing: asyncio.Future[int] = self._loop.create_future()
        self._bucket = Bucket(FRAMES_A_SECOND, FRAMES_AT_ONCE, self._loop.time())
        self._last_id = -1
        self._subscribed = False
        self._commands: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    # --- what the feed and the doorkeeper call ----------------------------------------------------------------------

    def push_snapshot(self, snapshot: wire.Snapshot) -> None:
        self._outbox.put_snapshot(snapshot)

    def push_patch(self, patch: wire.Patch) -> None:
        self._outbox.put_patch(patch)

    def revoke(self) -> None:
        self._close(LOG_IN_AGAIN)

    def change_audience(self, audience: Audience) -> None:
        self.audience = audience
        if self._subscribed:
            self._feed.subscribe(self)

    # --- its life ---------------------------------------------------------------------------------------------------

    async def run(self) -> int | None:
        """Until it is over; returns the code to close with, None when the client has gone."""
        deadline = self._loop.call_later(SUBSCRIBE_SECONDS, self._close_unless_subscribed)
        watching = self._loop.create_task(self._watch())
        reading = self._loop.create_task(self._read())
        writing = self._loop.create_task(self._outbox.run())
        try:
            ends: list[asyncio.Future[Any]] = [reading, writing, self._closing]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            deadline.cancel()
            tasks = [reading, writing, watching, *self._commands]
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        if self._closing.done():
            return self._closing.result()
        return self._code_for(next((result for result in results[:2] if isinstance(result, Exception)), None))

    def _code_for(self, failure: Exception | None) -> int | None:
        match failure:
            case None | OSError():
                return None
            case BadFrame():
                return BAD_FRAME
            case _:
                log.error("A socket failed.", exc_info=failure)
                return FAILED

    def _close(self, code: int) -> None:
        if not self._closing.done():
            self._closing.set_result(code)

    async def _watch(self) -> None:
        """Once a second and not at every send: a timer for each frame would cost more than the frame."""
        while True:
            await asyncio.sleep(1)
            if self._outbox.is_stuck:
                log.info("A socket of %s is given up: it takes nothing any more.", self.audience.operator)
                self._feed.counts["slow"] += 1
                self._close(TOO_SLOW)
                return

    def _close_unless_subscribed(self) -> None:
        if not self._subscribed:
            self._close(BAD_FRAME)

    async def _send_text(self, text: str) -> None:
        # Between the decision to close and the cancelling of the writer nothing more may go out.
        if not self._closing.done():
            await self._send({"type": "websocket.send", "text": text})

    async def _read(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                raise BadFrame("binary")
            if not self._bucket.take(self._loop.time(), ACK_COST):
                return self._close(TOO_FAST)
            frame = parse(text)
            if frame.type != "ack" and not self._bucket.take(self._loop.time(), 1 - ACK_COST):
                return self._close(TOO_FAST)
            self._take(frame)

    # --- requests ---------------------------------------------------------------------------------------------------

    def _take(self, frame: Frame) -> None:
        if frame.type == "ack":
            self._outbox.ack(frame.number)
            return
        if frame.number <= self._last_id:
            self._fail(frame.number, "bad_id", _("Ids must grow."))
            return
        self._last_id = frame.number
        match frame.type:
            case "subscribe":
                self._succeed(frame.number, {"operator": self.audience.operator, "version": assets_version()})
                self._subscribed = True
                self._feed.subscribe(self)
            case "ping":
                self._succeed(frame.number, {"pong": True, "now": utc(time.time())})
            case "command":
                self._take_command(frame)
            case _:
                self._fail(frame.number, "unknown_type", _("There is no such request."))

    def _take_command(self, frame: Frame) -> None:
        try:
            name, args, intent = command_of(frame)
        except BadRequest as bad:
            self._fail(frame.number, bad.code, bad.message)
            return
        if len(self._commands) >= MOST_COMMANDS_WAITING:
            self._fail(frame.number, "busy", _("Too many of your commands are waiting. Nothing was done."))
            return
        task = self._loop.create_task(self._command(frame.number, name, args, intent))
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)

    async def _command(self, id: int, name: Any, args: Any, intent: Any) -> None:
        """Submit one command; those of one socket one after the other, as they came."""
        try:
            async with self._turn:
                result = await _commands.run(_submit, self.permit.session_key, name, args, intent)
        except Refused as refused:
            self._fail(id, refused.code, refused.message)
        except LoggedOut:
            self.revoke()
        except Exception:
            log.exception("The command %r failed on its way in.", name)
            self._fail(id, "internal", _("The panel failed. Look at the board before you try again."))
        else:
            self._succeed(id, result)
            self._feed.poke()

    def _succeed(self, id: int, result: dict[str, Any]) -> None:
        self._outbox.put_result(wire.success(id, result))

    def _fail(self, id: int, code: str, message: str) -> None:
        self._outbox.put_result(wire.failure(id, code, message))


async def _close(send: Send, code: int) -> None:
    # A server with back-pressure would wait for ever until the client takes what lies before the close frame.
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await send({"type": "websocket.close", "code": code})


def _submit(session_key: str, name: Any, args: Any, intent: Any) -> dict[str, Any]:
    """On a thread of its own: the log-in and the rights are those of this moment, not of the handshake."""
    try:
        operator = doorkeeper.operator_of(session_key)
    except OUTAGES as failed:
        raise refusals.unavailable() from failed
    if operator is None:
        raise LoggedOut
    command = submit(operator, name, args, intent=intent)
    return {"command": command.key, "state": command.state}
