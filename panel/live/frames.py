"""What a browser sends, checked: nothing beyond this module believes a browser in the shape of anything.

Only `consumer` and the tests may call it. It is pure.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple


LONGEST_FRAME = 64 * 1024
"""Bytes. The server should have this limit too (it closes with 1009 then); what it lets through is refused here."""

HIGHEST_ID = 2**53 - 1
"""Beyond it a browser's numbers are no longer exact."""


_COMMAND_KEYS = frozenset({"type", "id", "name", "args", "intent"})


class BadFrame(Exception):
    """This is no frame, so there is nothing to answer to: the socket cannot go on."""


class BadRequest(Exception):
    """This one request cannot be met; `code` and the message go back as its result."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Frame(NamedTuple):
    """`number` is the id of a request, or the seq of an ack.

    `body` is the whole frame, any of whose other values may be anything.
    """

    type: str
    number: int
    body: dict[str, Any]


def parse(text: str) -> Frame:
    """Raises BadFrame for what is no frame: too long, not JSON, no type, no id where there must be one."""
    if len(text) > LONGEST_FRAME or len(text.encode("utf-8", "replace")) > LONGEST_FRAME:
        raise BadFrame("longer than 64 KiB")
    try:
        body = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as wrong:
        raise BadFrame("not JSON") from wrong
    if not isinstance(body, dict) or not isinstance(body.get("type"), str):
        raise BadFrame("no type")
    number = body.get("seq" if body["type"] == "ack" else "id")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= HIGHEST_ID:
        raise BadFrame("no id")
    return Frame(body["type"], number, body)


def command_of(frame: Frame) -> tuple[Any, Any, Any]:
    """Name, args and intent of a command, of any type.

    Raises BadRequest when there is something in the frame that does not belong there.
    """
    if strange := frame.body.keys() - _COMMAND_KEYS:
        raise BadRequest("bad_arguments", f"A command has no {ascii(min(strange))[1:41]}.")
    return frame.body.get("name"), frame.body.get("args", {}), frame.body.get("intent", "")


class Bucket:
    """A token bucket: `rate` a second, and as many at once as it has had time to save, up to `burst`."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = self._tokens = burst
        self._at = now

    def take(self, now: float, cost: float = 1.0) -> bool:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
