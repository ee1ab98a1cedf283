"""How fast the mirror takes events in a busy hour: 5,000 extensions, 500 calls at any time, each ended by the next
one's beginning.

`python -m benchmarks mirror` prints the table. Messages are parsed beforehand: parsing has
a benchmark of its own. Seconds are of the processor, so that what else runs matters less.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from ami_worker.ami.protocol import Message
from ami_worker.mirror import Family, Mirror
from benchmarks.table import Row, show
from panel.vocabulary import Link


EXTENSIONS = 5000
CONCURRENT = 500
CALLS = 3000
FIRST = 10000  # the lowest extension number
ROUNDS = 3
FLUSH_EVERY = 60
"""Events between two `changes()`: 50 calls a second are some 1,300 events, and a flush comes every 50 ms."""


def _message(event: str, *parts: tuple[tuple[str, str], ...]) -> Message:
    return Message.of([("Event", event), ("Privilege", "call,all"), *(pair for part in parts for pair in part)])


def _channel(
    prefix: str, name: str, state: int, number: str, other: str, ident: str, linked: str
) -> tuple[tuple[str, str], ...]:
    fields = (
        ("Channel", name), ("ChannelState", str(state)), ("ChannelStateDesc", "Up"), ("CallerIDNum", number),
        ("CallerIDName", f"Person {number}"), ("ConnectedLineNum", other), ("ConnectedLineName", f"Person {other}"),
        ("Language", "en"), ("AccountCode", ""), ("Context", "from-internal"), ("Exten", other), ("Priority", "1"),
        ("Uniqueid", ident), ("Linkedid", linked),
    )  # fmt: skip
    return tuple((prefix + key, value) for key, value in fields)


class _Call(NamedTuple):
    """Two channels, from one extension to another."""

    number: int

    def side(self, prefix: str, which: int, state: int) -> tuple[tuple[str, str], ...]:
        caller = FIRST + self.number * 2 % EXTENSIONS
        number, other = (caller, caller + 1) if which == 0 else (caller + 1, caller)
        ident, linked = (f"1767225600.{self.number * 2 + end}" for end in (which, 0))
        name = f"PJSIP/{number}-{self.number * 2 + which:08x}"
        return _channel(prefix, name, state, str(number), str(other), ident, linked)

    def _phone(self, which: int, device: str, hint: int) -> Iterator[Message]:
        number = FIRST + self.number * 2 % EXTENSIONS + which
        yield _message("DeviceStateChange", (("Device", f"PJSIP/{number}"), ("State", device)))
        yield _message(
            "ExtensionStatus",
            (("Exten", str(number)), ("Context", "ext-local"), ("Hint", f"PJSIP/{number}"), ("Status", str(hint))),
        )

    def _bridge(self) -> tuple[tuple[str, str], ...]:
        return (
            ("BridgeUniqueid", f"bridge-{self.number}"),
            ("BridgeType", "basic"),
            ("BridgeTechnology", "simple_bridge"),
        )

    def begin(self) -> Iterator[Message]:
        yield _message("Newchannel", self.side("", 0, 4))
        yield from self._phone(0, "INUSE", 1)
        yield _message("Newchannel", self.side("", 1, 0))
        yield _message("DialBegin", self.side("", 0, 4), self.side("Dest", 1, 0))
        yield _message("NewConnectedLine", self.side("", 1, 0))
        yield _message("Newstate", self.side("", 1, 5))
        yield from self._phone(1, "RINGING", 8)
        yield _message("Newstate", self.side("", 1, 6))
        yield from self._phone(1, "INUSE", 1)
        yield _message("DialEnd", self.side("", 0, 4), self.side("Dest", 1, 6), (("DialStatus", "ANSWER"),))
        yield _message("Newstate", self.side("", 0, 6))
        yield _message("BridgeCreate", self._bridge())
        yield _message("BridgeEnter", self._bridge(), self.side("", 1, 6))
        yield _message("BridgeEnter", self._bridge(), self.side("", 0, 6))

    def end(self) -> Iterator[Message]:
        yield _message("HangupRequest", self.side("", 0, 6))
        yield _message("BridgeLeave", self._bridge(), self.side("", 0, 6))
        yield _message("BridgeLeave", self._bridge(), self.side("", 1, 6))
        yield _message("BridgeDestroy", self._bridge())
        for which in (0, 1):
            yield _message("Hangup", self.side("", which, 6), (("Cause", "16"),))
            yield from self._phone(which, "NOT_INUSE", 0)


def busy_hour() -> tuple[list[Message], list[Message]]:
    """The events until 500 calls are up, and those of the hour."""
    calls = deque(_Call(number) for number in range(CONCURRENT))
    before = [message for call in calls for message in call.begin()]
    hour = []
    for number in range(CONCURRENT, CONCURRENT + CALLS):
        hour += calls.popleft().end()
        calls.append(_Call(number))
        hour += calls[-1].begin()
    return before, hour


def _mirror(before: list[Message]) -> Mirror:
    mirror = Mirror("bench")
    for family, event in ((Family.DEVICES, "DeviceStateChange"), (Family.HINTS, "ExtensionStatus")):
        mirror.begin_list(family)
        for number in range(FIRST, FIRST + EXTENSIONS):
            device = (("Device", f"PJSIP/{number}"), ("State", "NOT_INUSE"))
            hint = (("Exten", str(number)), ("Context", "ext-local"), ("Hint", f"PJSIP/{number}"), ("Status", "0"))
            mirror.list_item(family, _message(event, device if family is Family.DEVICES else hint))
        mirror.end_list(family)
    mirror.set_link(Link.LIVE)
    for message in before:
        mirror.apply(message)
    mirror.changes()
    return mirror


def _seconds(before: list[Message], hour: list[Message], *, with_changes: bool) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        mirror = _mirror(before)
        started = time.process_time()
        for index, message in enumerate(hour):
            mirror.apply(message)
            if with_changes and index % FLUSH_EVERY == 0:
                mirror.changes()
                mirror.records()
        best = min(best, time.process_time() - started)
        assert len(mirror.calls) == CONCURRENT, f"{len(mirror.calls)} calls are left"
        mirror.changes()
    return best


def run() -> list[Row]:
    """The rows of the table."""
    before, hour = busy_hour()
    rows = []
    for what, with_changes, target in (
        ("mirror: events applied", False, 120_000.0),
        ("mirror: events applied, rows derived 20 times a second", True, 40_000.0),
    ):
        figure = len(hour) / _seconds(before, hour, with_changes=with_changes)
        rows.append(Row(what, figure, "events/s", target))
    return rows


if __name__ == "__main__":
    show(run())
