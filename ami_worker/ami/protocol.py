"""The codec of the Asterisk Manager Interface: bytes to `Message`, action to bytes, and nothing else.

Standard library only and no input or output, so that every oddity of the wire can be tested with plain
bytes. `connection.py` feeds it; `mirror/`, `sync.py` and `operations/` read the messages. Every byte that
goes to Asterisk comes from `encode`.

How bytes become messages. The rules hold for the stream as a whole, however it was cut into packets:

1. NUL bytes are removed. CR and LF in front of a message are skipped, so that extra blank lines are
   harmless (`QueueRule` ends with two).
2. The first line is the banner, unless it starts a message.
3. A message ends at CRLF CRLF, or at CRLF LF (`CoreShowChannelMap` of Asterisk 20.4 to 20.8). `Response:
   Follows`, the answer to Command in Asterisk 13, ends at `--END COMMAND--` and holds raw lines.
4. A header line ends at CRLF. A bare LF ends it too when a header follows (`Agents` prints `CallStarted`
   that way); otherwise it belongs to the value, and is removed at its end (`Park successful`).
5. Name and value are parted at the first colon, and at most one space is taken from the value.
6. Text is UTF-8; what is not becomes U+FFFD, for neither JSON nor PostgreSQL takes lone surrogates.

Some values are under an attacker's influence: Asterisk prints the caller's number and the dialled extension
raw. So the first header of a name wins, whatever is repeated behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ami_worker.ami.message import Message, unescape


__all__ = ["Dropped", "InvalidValue", "Message", "Parser", "encode", "unescape"]

MAX_MESSAGE = 512 * 1024  # bytes; a longer message is dropped whole
MAX_BANNER = 1024  # bytes; a longer first line is no banner
MAX_LINE = 64 * 1024  # characters; a longer header line is dropped
MAX_HEADERS = 256  # of an event; the headers after these are dropped
MAX_RESPONSE_HEADERS = 1024  # ListCommands answers with one header for each action

MAX_ACTION_LINE = 900  # bytes with CRLF; Asterisk refuses 1024 and more (main/manager.c, get_input)
MAX_ACTION_HEADERS = 60  # Asterisk refuses more than 128 (AST_MAX_MANHEADERS)
MAX_ACTION_ID = 64  # bytes; ConfbridgeList cuts the whole line at 80 and with it the CRLF

_FOLLOWS = b"Response: Follows\r\n"
_MESSAGE_END = re.compile(rb"\r\n\r?\n")
_COMMAND_END = re.compile(rb"--END COMMAND--\r\n\r\n")
_LONGEST_END = len(b"--END COMMAND--\r\n\r\n")
_FIRST_CONTENT = re.compile(rb"[^\r\n]")
_ALL_BUT_COLON_AND_LF = bytes(set(range(256)) - set(b":\n"))
_SURELY_SMALL = 3 * MAX_HEADERS  # bytes; too few for more than MAX_HEADERS lines, of three bytes at the least
_HEADER_AFTER_LF = re.compile(r"\n(?=[A-Za-z][\w.()/;@-]*:)", re.ASCII)

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,39}")
_ACTION_ID = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_ACTION_ID}}}")
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class InvalidValue(ValueError):
    """A value that must not be sent to Asterisk. The message says which one and why, without repeating it."""


@dataclass(slots=True)
class Dropped:
    """What a `Parser` left out. Each count is a sign of an attack, a broken proxy or too low a limit."""

    messages: int = 0
    """Longer than `MAX_MESSAGE`."""
    long_lines: int = 0
    """Header lines longer than `MAX_LINE`."""
    extra_headers: int = 0
    """Beyond `MAX_HEADERS` or `MAX_RESPONSE_HEADERS`."""
    malformed_lines: int = 0
    """Without a colon or without a name."""


class Parser:
    """Turns the bytes of one connection into messages; a new connection takes a new parser.

    It never raises for what the other side sends, and holds at most `MAX_MESSAGE` bytes between two calls.
    """

    def __init__(self) -> None:
        self.dropped = Dropped()
        self._banner_due = True
        # The beginning of a message that is not complete, or the last bytes of one that is being dropped.
        self._buffer = bytearray()
        # While a message is being dropped: what its end looks like.
        self._dropping: re.Pattern[bytes] | None = None

    @property
    def buffered(self) -> int:
        """How many bytes wait for the rest of their message."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Message]:
        """Take the next bytes, cut anywhere, and return the messages that they complete."""
        if b"\0" in data:
            data = data.replace(b"\0", b"")
        messages: list[Message] = []
        if self._banner_due:
            data = self._take_banner(data, messages)
        if data and self._dropping:
            data = self._drop(data)
        if data and self._buffer:
            data = self._complete(data)
        if data:
            *frames, rest = data.split(b"\r\n\r\n")
            if _is_plain(data, len(frames)):
                for frame in frames:
                    if len(frame) > _SURELY_SMALL and (len(frame) > MAX_LINE or frame.count(b"\n") >= MAX_HEADERS):
                        self._parse(frame, messages)
                    else:
                        messages.append(Message(f"\r\n{frame.decode('utf-8', 'replace')}\r\n"))
                self._keep(rest)
            else:
                self._split_carefully(data, messages)
        return messages

    def _take_banner(self, data: bytes, messages: list[Message]) -> bytes:
        """Return what follows the first line; nothing while that is incomplete."""
        self._buffer += data.lstrip(b"\r\n") if not self._buffer else data
        line, lf, rest = self._buffer.partition(b"\n")
        if not lf and len(line) <= MAX_BANNER:
            return b""
        self._banner_due = False
        if len(line) > MAX_BANNER or line.startswith((b"Event:", b"Response:")):
            rest = bytearray(self._buffer)
        else:
            messages.append(Message(line.decode("utf-8", "replace").strip()))
        self._buffer.clear()
        return bytes(rest)

    def _complete(self, data: bytes) -> bytes:
        """Return the buffered bytes and `data`, or nothing if they do not complete a message.

        Only the seam and what is new are searched: a message that trickles in must not cost the square of
        its length.
        """
        buffer = self._buffer
        seam = max(0, len(buffer) - _LONGEST_END)
        buffer += data
        if self._end_of(buffer).search(buffer, seam) is None:
            if len(buffer) >= MAX_MESSAGE + _LONGEST_END:
                self._start_dropping()
            return b""
        data = bytes(buffer)
        buffer.clear()
        return data

    @staticmethod
    def _end_of(message: bytes | bytearray) -> re.Pattern[bytes]:
        return _COMMAND_END if message.startswith(_FOLLOWS) else _MESSAGE_END

    def _keep(self, rest: bytes) -> None:
        self._buffer += rest.lstrip(b"\r\n")
        if len(self._buffer) >= MAX_MESSAGE + _LONGEST_END:
            self._start_dropping()

    def _start_dropping(self) -> None:
        self.dropped.messages += 1
        self._dropping = self._end_of(self._buffer)
        del self._buffer[:-_LONGEST_END]

    def _drop(self, data: bytes) -> bytes:
        """Return what follows the message that is being dropped; nothing while its end has not come."""
        assert self._dropping
        self._buffer += data
        end = self._dropping.search(self._buffer)
        if end is None:
            del self._buffer[:-_LONGEST_END]
            return b""
        self._dropping = None
        rest = bytes(self._buffer[end.end() :])
        self._buffer.clear()
        return rest

    def _split_carefully(self, data: bytes, messages: list[Message]) -> None:
        position = 0
        while start := _FIRST_CONTENT.search(data, position):
            position = start.start()
            follows = data.startswith(_FOLLOWS, position)
            end = (_COMMAND_END if follows else _MESSAGE_END).search(data, position)
            if end is None:
                self._keep(data[position:])
                return
            self._parse(data[position : end.start()], messages)
            position = end.end()

    def _parse(self, frame: bytes, messages: list[Message]) -> None:
        frame = frame.lstrip(b"\r\n")
        if len(frame) > MAX_MESSAGE:
            self.dropped.messages += 1
        elif lines := self._lines_of(frame):
            messages.append(Message("\r\n" + "\r\n".join(lines) + "\r\n"))

    def _lines_of(self, frame: bytes) -> list[str]:
        """The header lines of a frame that needs care: limits, bare LF, malformed lines, raw command output."""
        text = frame.decode("utf-8", "replace")
        if frame.startswith(_FOLLOWS):
            candidates = _command_lines(text)
        else:
            candidates = [part.rstrip("\n") for line in text.split("\r\n") for part in _HEADER_AFTER_LF.split(line)]
        limit = MAX_RESPONSE_HEADERS if frame.startswith(b"Response:") else MAX_HEADERS
        lines: list[str] = []
        for line in filter(None, candidates):
            key, colon, _ = line.partition(":")
            if not colon or not key or "\n" in key:
                self.dropped.malformed_lines += 1
            elif len(line) > MAX_LINE:
                self.dropped.long_lines += 1
            elif len(lines) >= limit:
                self.dropped.extra_headers += 1
            else:
                lines.append(line)
        return lines


def _is_plain(data: bytes, ends: int) -> bool:
    """Whether rules 3 and 4 come down to "split at CRLF CRLF" here, which is so for nearly all that comes.

    `ends` is how often CRLF CRLF is in `data`. The shape of the bytes, their colons and LFs alone, shows a line
    without a colon as LF LF (with an end beside it as LF LF LF); all of it is done without a loop in Python.
    """
    shape = data.translate(None, _ALL_BUT_COLON_AND_LF)
    return (
        shape.count(b"\n") == data.count(b"\r\n")  # no bare LF
        and shape.count(b"\n\n") == ends
        and b"\n\n\n" not in shape
        and shape[:1] == b":"
        and b"\n:" not in data  # no header without a name
        and data[:1] != b":"
        and _FOLLOWS not in data
    )


def _command_lines(text: str) -> list[str]:
    """Give the raw output of Asterisk 13 the shape of later versions: one `Output` header for each line."""
    lines = []
    while text.startswith(("Response: ", "Privilege: ", "ActionID: ")):
        line, _, text = text.partition("\r\n")
        lines.append(line)
    output = text.removesuffix("\n").split("\n") if text else []
    return lines + ["Output: " + line.removesuffix("\r") for line in output]


def encode(action_name: str, headers: Sequence[tuple[str, str]], action_id: str) -> bytes:
    """Return the bytes of one action. Nothing else may make bytes for Asterisk.

    What Asterisk could take for more than a value is refused, never repaired: CR or LF begins another header
    or a whole action (main/manager.c, get_input, accepts a bare LF too), and NUL hides the rest of a line.

    Raises:
        InvalidValue: a control character, line separator or lone surrogate in a value; a line of more than
            900 bytes; more than 60 headers; a name that is not plain letters and digits; an odd ActionID.
    """
    if not _ACTION_ID.fullmatch(action_id):
        raise InvalidValue(f"an ActionID has 1 to {MAX_ACTION_ID} letters, digits, dots or dashes")
    if not _NAME.fullmatch(action_name):
        raise InvalidValue("an action's name has letters and digits only")
    if len(headers) > MAX_ACTION_HEADERS:
        raise InvalidValue(f"{action_name} has more than {MAX_ACTION_HEADERS} headers")
    lines = [f"Action: {action_name}\r\nActionID: {action_id}\r\n".encode()]
    for name, value in headers:
        if not _NAME.fullmatch(name) or name.lower() in ("action", "actionid"):
            raise InvalidValue("a header's name has letters and digits only, and Action and ActionID are set")
        if _FORBIDDEN.search(value):
            raise InvalidValue(f"{name} has a control character")
        line = f"{name}: {value}\r\n".encode()
        if len(line) > MAX_ACTION_LINE:
            raise InvalidValue(f"{name} is too long")
        lines.append(line)
    return b"".join(lines) + b"\r\n"
