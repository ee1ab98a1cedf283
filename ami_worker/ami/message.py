"""One message from Asterisk: an event, a response or the banner, and what its headers mean.

Made by `protocol.Parser`; read by everybody in `ami_worker`, who import it from `protocol`. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal


MessageType = Literal["event", "response", "banner", "unknown"]

# Escaped by ast_escape_c_alloc, alike in 13 to 23: main/manager_channels.c, main/stasis_channels.c (VarSet),
# main/presencestate.c.
_ESCAPED_SUFFIXES = ("CallerIDName", "ConnectedLineName", "ChanVariable")
_ESCAPED_IN = {"varset": ("Value",), "presencestatechange": ("Subtype", "Message")}
# These print a CallerIDName of their own, unescaped: apps/app_queue.c, main/manager.c (fast_originate),
# apps/app_meetme.c.
_UNESCAPED_IN = ("queueentry", "originateresponse", "meetmelist")
_ESCAPE = re.compile(r"\\([abfnrtv\\'\"?])")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_PLACEHOLDERS = ("<unknown>", "<none>", "<null>")
_PARTY_SUFFIXES = ("CallerIDNum", "CallerIDName", "ConnectedLineNum", "ConnectedLineName")


def unescape(value: str) -> str:
    """Undo Asterisk's `ast_escape_c` (main/utils.c): `O\\'Brien` becomes `O'Brien`; unknown escapes stay."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), value)


class Message:
    """One event or response, as Asterisk sent it: order, repeats and empty values are kept.

    Scalar access gives the first header of that name. Names are matched exactly and, only when that fails,
    without regard to case.

    The text is kept whole and searched when a header is asked for. A handler reads a few of some twenty
    headers, so that costs much less than to part them all.
    """

    __slots__ = ("_lowered", "_text")

    def __init__(self, text: str) -> None:
        """For `Parser`; others use `Message.of`. `text` is header lines, each between CRLFs: the first is
        preceded by CRLF, the last is followed by it. Without CRLF in front it is the banner."""
        self._text = text
        self._lowered: str | None = None

    @classmethod
    def of(cls, headers: Iterable[tuple[str, str]]) -> Message:
        """A message made of (name, value) pairs, at least one; for tests and for replaying records."""
        return cls("\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers))

    @property
    def type(self) -> MessageType:
        """By the first header alone: `OriginateResponse` is an event although it has a `Response` header."""
        text = self._text
        if text.startswith("\r\nEvent:"):
            return "event"
        if not text.startswith("\r\n"):
            return "banner"
        match text[2:].partition(":")[0].lower():
            case "response":
                return "response"
            case "event":
                return "event"
        return "unknown"

    @property
    def name(self) -> str:
        """The value of the first header: `Newchannel`, `Success`; of the banner the whole line."""
        headers = self.headers
        return headers[0][1] if headers else self._text

    @property
    def event(self) -> str:
        """The event's name in lower case, the key to dispatch by; empty for everything else.

        The documentation says `NewExten`, the wire `Newexten`: events are compared without regard to case.
        """
        text = self._text
        if text.startswith("\r\nEvent: "):
            return text[9 : text.find("\r\n", 9)].lower()
        return self.name.lower() if self.type == "event" else ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """All (name, value) pairs in the order of the wire; none for the banner."""
        pairs = (line.partition(":") for line in self._text[2:-2].split("\r\n")) if self.type != "banner" else ()
        return [(name, value[1:] if value[:1] == " " else value) for name, _, value in pairs]

    def get(self, key: str, default: str = "") -> str:
        """The first value of `key`, or `default` when there is no such header. An empty value is a value."""
        text = self._text
        start = text.find(f"\r\n{key}:")
        if start < 0:
            value = self._find_in_any_case(key)
            return default if value is None else value
        start += len(key) + 3
        if text[start] == " ":
            start += 1
        return text[start : text.find("\r\n", start)]

    def _find_in_any_case(self, key: str) -> str | None:
        if self._lowered is None:
            self._lowered = self._text.lower()
        folded = key.lower()
        if f"\r\n{folded}:" not in self._lowered:
            return None
        return next((value for name, value in self.headers if name.lower() == folded), None)

    def __getitem__(self, key: str) -> str:
        if key not in self:
            raise KeyError(key)
        return self.get(key)

    def __contains__(self, key: str) -> bool:
        return f"\r\n{key}:" in self._text or self._find_in_any_case(key) is not None

    def all(self, key: str) -> list[str]:
        """Every value of a header that repeats (`ChanVariable`, `Output`, `Variable`), in order."""
        folded = key.lower()
        return [value for name, value in self.headers if name.lower() == folded]

    def text(self, key: str) -> str:
        """The value of `key` for people: unescaped where Asterisk escapes, empty where it prints a placeholder."""
        value = self.get(key)
        if "\\" in value:
            return unescape(value) if _is_escaped(self.event, key) else value
        if value in _PLACEHOLDERS:
            return ""
        if value == "unknown" and key.endswith(_PARTY_SUFFIXES) and self.event == "queueentry":
            return ""
        return value

    def variables(self, key: str = "ChanVariable") -> dict[str, str]:
        """The channel variables that manager.conf adds to events (`channelvars`): name to unescaped value."""
        pairs = (value.partition("=") for value in self.all(key))
        return {name: unescape(value) for name, _, value in pairs}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        return (self.type, self.name, self.headers) == (other.type, other.name, other.headers)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self.type} {self.name!r} with {len(self.headers)} headers>"


def _is_escaped(event: str, key: str) -> bool:
    if key.endswith(_ESCAPED_SUFFIXES):
        return event not in _UNESCAPED_IN
    return key in _ESCAPED_IN.get(event, ())
