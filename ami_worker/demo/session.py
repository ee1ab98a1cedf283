"""One AMI session of the demo PBX: lines to actions, log-in, the event mask, and what is sent when.

Follows main/manager.c of Asterisk 22: a line ends at LF with or without CR, 1,023 bytes are the most, an action has 128
lines at most; actions are done one after the other; an answer and its list are never interleaved with events. Only
`server.py` makes sessions.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ami_worker.demo.actions import TABLE, Request
from ami_worker.demo.actions.core import booted
from ami_worker.demo.pbx import AMI_VERSION
from ami_worker.demo.wire import CLASSES, EVERYTHING, SYSTEM


if TYPE_CHECKING:
    from ami_worker.demo.server import Server

MAX_LINE: Final = 1024  # bytes in the buffer without a line end: "line too long"
MAX_LINES: Final = 128
AUTH_SECONDS: Final = 30.0
REFUSAL_SECONDS: Final = 1.0
"""How long a failed log-in waits for its answer."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody of manager.conf. `read` and `write` are classes of `wire.py`."""

    name: str
    secret: str
    read: int
    write: int


def classes(words: str) -> int:
    """The classes of `system,call,agent`; words that nobody knows count nothing."""
    return sum({CLASSES.get(word, 0) for word in words.split(",")}) if "all" not in words.split(",") else EVERYTHING


class Session(asyncio.Protocol):
    """Events that come while an action is being done wait until it is answered."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.user: User | None = None
        self.read = 0
        self.write = 0
        self.mask = 0
        self._transport: asyncio.Transport | None = None
        self._input = bytearray()
        self._lines: list[str] = []
        self._line_too_long = False
        self._too_many_lines = False
        self._challenge = ""
        self._acting = False
        self._held_back: list[bytes] = []
        self._output: list[bytes] = []
        self._flush_due = False
        self._written = 0
        self._closing = False
        self._timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    # -- the connection -----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=self.server.write_buffer)
        self.server.came(self)
        self._timer = asyncio.get_running_loop().call_later(AUTH_SECONDS, self._not_logged_in)
        self._send(f"Asterisk Call Manager/{AMI_VERSION}\r\n".encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.gone(self)
        for timer in (self._timer, self._stalled):
            if timer is not None:
                timer.cancel()

    def close(self) -> None:
        """End it in an orderly way."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Cut it: what was not sent is lost."""
        if self._transport is not None:
            self._transport.abort()

    def pause_writing(self) -> None:
        """The client reads slowly, or not at all."""
        self._watch_reader()

    def _watch_reader(self) -> None:
        loop = asyncio.get_running_loop()
        self._stalled = loop.call_later(self.server.write_timeout, self._has_it_read, self._taken())

    def _has_it_read(self, taken_then: int) -> None:
        """Asterisk waits `writetimeout` for a client that takes nothing, then cuts it off."""
        if self._taken() == taken_then:
            self.abort()
        else:
            self._watch_reader()

    def _taken(self) -> int:
        """How many bytes the socket has taken."""
        return self._written - (self._transport.get_write_buffer_size() if self._transport is not None else 0)

    def resume_writing(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _not_logged_in(self) -> None:
        if self.user is None:
            self.abort()

    def close_after_answer(self) -> None:
        self._closing = True

    # -- output -------------------------------------------------------------------------------------------------------

    def event(self, event_classes: int, data: bytes) -> None:
        """Take an event, if this session wants and may see all of its classes."""
        if self.mask & self.read & event_classes != event_classes:
            return
        if self._acting:
            self._held_back.append(data)
        else:
            self._send(data)

    def _send(self, data: bytes) -> None:
        """Sent at the end of this turn of the loop, together with whatever else there is by then."""
        self._output.append(data)
        if not self._flush_due:
            self._flush_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        can_write = self._transport is not None and not self._transport.is_closing() and not self.server.silent
        if self._transport is not None and self._output and can_write:
            data = b"".join(self._output)
            self._written += len(data)
            self._transport.write(data)
        self._output.clear()

    # -- input --------------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self.server.silent or self._closing:
            return
        self._input += data
        *lines, rest = self._input.split(b"\n")
        self._input = bytearray(rest)
        for line in lines:
            if not self._closing:
                self._line(line.removesuffix(b"\r"))
        if len(self._input) >= MAX_LINE:
            self._line_too_long = True
            del self._input[:-1]

    def _line(self, line: bytes | bytearray) -> None:
        if len(line) >= MAX_LINE:
            self._line_too_long = True
            line = line[-1:]
        if line:
            if len(self._lines) < MAX_LINES:
                self._lines.append(line.decode("utf-8", "replace"))
            else:
                self._too_many_lines = True
            return
        parted = [line.partition(":") for line in self._lines]
        headers = [(name, value.lstrip(" ")) for name, colon, value in parted if colon]
        self._lines = []
        request = Request(headers, self.server.pbx, self)
        if self._too_many_lines:
            self._too_many_lines = False
            self._answer(request.error("Too many lines in message or allocation failure"))
        elif self._line_too_long:
            self._line_too_long = False
            self._answer(request.error("Failed to parse message: line too long"))
        else:
            self._do(request)

    def _do(self, request: Request) -> None:
        name = request.action
        if not name:
            self._answer(request.error("Missing action in request"))
        elif name.lower() == "login":
            self._login(request)
        elif name.lower() == "challenge":
            self._answer(self._make_challenge(request))
        elif self.user is None and name.lower() != "logoff":
            self._answer(request.error("Permission denied"))
        else:
            self._perform(name, request)

    def _perform(self, name: str, request: Request) -> None:
        action = TABLE.get(name.lower())
        if action is None:
            hint = "Use Action: ListCommands to show available commands."
            self._answer(request.error(f"Invalid/unknown command: {name}. {hint}"))
            return
        if action.classes and not action.classes & self.write:
            self._answer(request.error("Permission denied"))
            return
        self.server.note(action.name, request.headers)
        self.server.kick()  # so that the office's clock is right
        self._acting = True
        try:
            answer = action.perform(request)
        finally:
            self._acting = False
        self._answer(answer)

    def _answer(self, text: str) -> None:
        self._send(text.encode())
        for data in self._held_back:
            self._send(data)
        self._held_back.clear()
        if self._closing:
            self.close()

    # -- logging in ---------------------------------------------------------------------------------------------------

    def _make_challenge(self, request: Request) -> str:
        if request.get("AuthType").lower() != "md5":
            return request.error("Must specify AuthType")
        self._challenge = self._challenge or str(self.server.random.randrange(1 << 31))
        return request.start(f"Challenge: {self._challenge}\r\n")

    def _login(self, request: Request) -> None:
        if self.user is not None:
            self._answer(request.ack("Already authenticated"))
            return
        user = self.server.users.get(request.get("Username"))
        if user is None or not self._is_right(user, request):
            self._closing = True
            loop = asyncio.get_running_loop()
            loop.call_later(REFUSAL_SECONDS, self._answer, request.error("Authentication failed"))
            return
        self.user, self.read, self.write = user, user.read, user.write
        if self._timer is not None:
            self._timer.cancel()
        mask = request.get("Events")
        self.mask = EVERYTHING
        if mask:
            self.set_mask(mask)
        self._answer(request.ack("Authentication accepted"))
        if self.mask & self.read & SYSTEM:
            self._send(booted(request).encode())

    def _is_right(self, user: User, request: Request) -> bool:
        if request.get("AuthType").lower() == "md5":
            expected = hashlib.md5((self._challenge + user.secret).encode(), usedforsecurity=False).hexdigest()
            return bool(self._challenge) and request.get("Key") == expected
        return request.get("Secret") == user.secret

    def set_mask(self, text: str) -> int | None:
        """The mask that `on`, `off`, a number or words stand for; None, and no change, for nothing at all."""
        if not text:
            return None
        if text.isdigit():
            self.mask = int(text)
        elif text.lower() in ("on", "yes", "true", "y", "t"):
            self.mask = EVERYTHING
        elif text.lower() in ("off", "no", "false", "n", "f"):
            self.mask = 0
        else:
            self.mask = classes(text)
        return self.mask
