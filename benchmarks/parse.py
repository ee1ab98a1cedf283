"""How fast the AMI parser is, next to panoramisk 1.4 on the same bytes in one run, and which oddities each survives.

`python -m benchmarks parse` prints the table. Compare the ratio: events per second depend on the machine and on what
else it does. What is timed is all that a handler needs: from the bytes to the event's name and the headers that matter
in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from panoramisk.ami_protocol import AMIProtocol

from ami_worker.ami.protocol import Message, Parser
from benchmarks.table import Row


QUEUE_CALLS = 1500
EVENTS_PER_CALL = 33
READ_SIZE = 64 * 1024  # bytes; what one read of a busy socket brings
ROUNDS = 5
TWICE_AS_FAST = 2.0
BANNER = b"Asterisk Call Manager/9.0.0\r\n"
OF_A_CHANNEL = (
    "Uniqueid",
    "Linkedid",
    "Channel",
    "ChannelState",
    "CallerIDNum",
    "CallerIDName",
    "ConnectedLineNum",
    "ConnectedLineName",
)
READ_BY_HANDLERS = {
    "devicestatechange": ("Device", "State"),
    "extensionstatus": ("Exten", "Context", "Hint", "Status"),
    "queuememberstatus": ("Queue", "Interface", "MemberName", "Status", "Paused", "PausedReason", "Penalty"),
    "bridgecreate": ("BridgeUniqueid", "BridgeType", "BridgeTechnology"),
    "bridgedestroy": ("BridgeUniqueid",),
    "bridgeenter": ("BridgeUniqueid", *OF_A_CHANNEL),
    "bridgeleave": ("BridgeUniqueid", *OF_A_CHANNEL),
}


def channel(prefix: str, name: str, ident: str, person: str, variables: int) -> str:
    """The headers of a channel as main/manager_channels.c prints them, with `variables` channel variables."""
    lines = [
        f"Channel: {name}",
        "ChannelState: 6",
        "ChannelStateDesc: Up",
        "CallerIDNum: 0207946000",
        f"CallerIDName: {person}",
        "ConnectedLineNum: <unknown>",
        "ConnectedLineName: <unknown>",
        "Language: en",
        "AccountCode: ",
        "Context: from-internal",
        "Exten: 600",
        "Priority: 3",
        f"Uniqueid: {ident}",
        f"Linkedid: {ident}",
    ]
    lines += [f"ChanVariable: TENANT_{index}=value {index}" for index in range(variables)]
    return "".join(f"{prefix}{line}\r\n" for line in lines)


BRIDGE = (
    "BridgeUniqueid: 5d1f1d0c-2b1c-4c8e-9f6a-0c7d5e4b3a21\r\nBridgeType: basic\r\n"
    "BridgeTechnology: simple_bridge\r\nBridgeCreator: <unknown>\r\nBridgeName: <unknown>\r\n"
    "BridgeNumChannels: 2\r\nBridgeVideoSourceMode: none\r\n"
)
QUEUE = "Queue: support\r\nPosition: 1\r\nCount: 1\r\n"
MEMBER = (
    "Queue: support\r\nMemberName: Alice\r\nInterface: PJSIP/201\r\nStateInterface: PJSIP/201\r\n"
    "Membership: dynamic\r\nPenalty: 0\r\nCallsTaken: 7\r\nLastCall: 1767225600\r\nInCall: 0\r\nStatus: 2\r\n"
    "Paused: 0\r\nPausedReason: \r\nRinginuse: 0\r\nWrapuptime: 10\r\n"
)
DEVICE = "Device: PJSIP/201\r\nState: INUSE\r\n"
EXTENSION = "Exten: 201\r\nContext: hints\r\nHint: PJSIP/201\r\nStatus: 1\r\nStatusText: InUse\r\n"
CLEARED = "Cause: 16\r\nCause-txt: Normal Clearing\r\n"


def queue_call(number: int, variables: int) -> Iterator[str]:
    """The events of one call through a queue."""
    ident, other = f"1767225600.{number * 2}", f"1767225600.{number * 2 + 1}"
    caller = channel("", f"PJSIP/trunk-{number:08x}", ident, "O\\'Brien & Söhne", variables)
    agent = channel("", f"PJSIP/201-{number:08x}", other, "Alice Example", variables)
    both = caller + channel("Dest", f"PJSIP/201-{number:08x}", other, "Alice Example", variables)
    device = [("DeviceStateChange", DEVICE), ("ExtensionStatus", EXTENSION), ("QueueMemberStatus", MEMBER)]
    events = [
        ("Newchannel", caller),
        ("Newstate", caller),
        ("QueueCallerJoin", caller + QUEUE),
        ("MusicOnHoldStart", caller + "Class: default\r\n"),
        ("Newchannel", agent),
        ("DialBegin", both),
        ("AgentCalled", both + MEMBER),
        ("NewConnectedLine", agent),
        ("Newstate", agent),
        *device,
        ("Newstate", agent),
        *device,
        ("DialEnd", both + "DialStatus: ANSWER\r\n"),
        ("MusicOnHoldStop", caller),
        ("QueueCallerLeave", caller + QUEUE),
        ("AgentConnect", both + MEMBER),
        ("BridgeCreate", BRIDGE),
        ("BridgeEnter", BRIDGE + agent),
        ("BridgeEnter", BRIDGE + caller),
        ("NewConnectedLine", caller),
        ("BridgeLeave", BRIDGE + agent),
        ("BridgeLeave", BRIDGE + caller),
        ("BridgeDestroy", BRIDGE),
        ("AgentComplete", both + MEMBER),
        ("Hangup", agent + CLEARED),
        *device,
        ("Hangup", caller + CLEARED),
    ]
    assert len(events) == EVENTS_PER_CALL
    for name, body in events:
        yield f"Event: {name}\r\nPrivilege: call,all\r\nSystemName: pbx1\r\n{body}\r\n"


def stream(variables: int) -> list[bytes]:
    """All calls as the reads of a socket would bring them, without the banner."""
    data = "".join(event for number in range(QUEUE_CALLS) for event in queue_call(number, variables)).encode()
    return [data[start : start + READ_SIZE] for start in range(0, len(data), READ_SIZE)]


def parse_ours(reads: list[bytes]) -> int:
    """Parse, dispatch by name and read what nearly every handler reads; the number of events."""
    parser = Parser()
    parser.feed(BANNER)
    seen = 0
    for data in reads:
        for message in parser.feed(data):
            for key in READ_BY_HANDLERS.get(message.event, OF_A_CHANNEL):
                message.get(key)
            seen += 1
    return seen


class Handler:
    """Stands where panoramisk has its Manager: gets each message and does the same with it."""

    def __init__(self) -> None:
        self.seen = 0

    def dispatch(self, message: Any) -> None:
        for key in READ_BY_HANDLERS.get(message["event"].lower(), OF_A_CHANNEL):
            message.get(key)
        self.seen += 1


def parse_panoramisk(reads: list[bytes]) -> int:
    """The same work with panoramisk's protocol object, set up as its Manager does, with no socket beneath."""
    handler = Handler()
    protocol = panoramisk(handler)
    for data in reads:
        protocol.data_received(data)
    return handler.seen


def panoramisk(factory: Any) -> Any:
    """A protocol object of panoramisk that has read the banner."""
    protocol = AMIProtocol()
    protocol.connection_made(None)
    protocol.factory = factory
    protocol.encoding = "utf8"
    protocol.data_received(BANNER)
    # It keeps the banner as the beginning of the first message; a log-in response would end that.
    protocol.data_received(b"\r\n\r\n")
    return protocol


def fastest(parsers: list[Callable[[list[bytes]], int]], reads: list[bytes]) -> list[float]:
    """Events per second of each parser in its quickest round; rounds alternate, so that noise meets both."""
    best = [float("inf")] * len(parsers)
    for _ in range(ROUNDS):
        for index, parse in enumerate(parsers):
            start = time.perf_counter()
            seen = parse(reads)
            best[index] = min(best[index], time.perf_counter() - start)
            assert seen == QUEUE_CALLS * EVENTS_PER_CALL, f"{parse.__name__} saw {seen} events"
    return [QUEUE_CALLS * EVENTS_PER_CALL / seconds for seconds in best]


# What arrives, and what must be read from it: one dictionary for each event.
Trap = tuple[str, list[bytes], list[dict[str, str | list[str]]]]
TRAPS: list[Trap] = [
    (
        "a character cut in two by the network",
        [b"Event: A\r\nCallerIDName: Jos\xc3", b"\xa9\r\n\r\n"],
        [{"Event": "A", "CallerIDName": "José"}],
    ),
    (
        "bytes that are not UTF-8 are marked, not swallowed",
        [b"Event: A\r\nCallerIDName: M\xfcller\r\n\r\n"],
        [{"Event": "A", "CallerIDName": "M\ufffdller"}],
    ),
    (
        "a line that ends in LF alone (Agents)",
        [b"Event: Agents\r\nCallStarted: 17\nLoggedInTime: 18\r\n\r\n"],
        [{"Event": "Agents", "CallStarted": "17", "LoggedInTime": "18"}],
    ),
    (
        "an event that ends in CRLF LF (CoreShowChannelMap)",
        [b"Event: A\r\nX: 1\r\n\nEvent: B\r\nX: 2\r\n\r\n"],
        [{"Event": "A", "X": "1"}, {"Event": "B", "X": "2"}],
    ),
    (
        "blank lines between events (QueueRule)",
        [b"Event: A\r\nX: 1\r\n\r\n\r\nEvent: B\r\nX: 2\r\n\r\n"],
        [{"Event": "A", "X": "1"}, {"Event": "B", "X": "2"}],
    ),
    (
        "a header that repeats (ChanVariable)",
        [b"Event: A\r\nChanVariable: a=1\r\nChanVariable: b=2\r\n\r\n"],
        [{"Event": "A", "ChanVariable": ["a=1", "b=2"]}],
    ),
    (
        "a value that is empty, the last one too",
        [b"Event: A\r\nAccountCode: \r\nExten: \r\n\r\n"],
        [{"Event": "A", "AccountCode": "", "Exten": ""}],
    ),
    (
        "a value with a colon, and a line without",
        [b"Event: A\r\nAppData: a: b\r\nnothing here\r\nX: 1\r\n\r\n"],
        [{"Event": "A", "AppData": "a: b", "X": "1"}],
    ),
    (
        "a NUL in a value",
        [b"Event: A\r\nExten: 3\x0000\r\n\r\n"],
        [{"Event": "A", "Exten": "300"}],
    ),
    (
        "an event with a Response header (OriginateResponse)",
        [b"Event: OriginateResponse\r\nResponse: Failure\r\nReason: 5\r\n\r\n"],
        [{"Event": "OriginateResponse", "Response": "Failure", "Reason": "5"}],
    ),
]


def passes_ours(trap: Trap) -> bool:
    """Whether our parser reads a trap as it must be read."""
    _, pieces, expected = trap
    parser = Parser()
    parser.feed(BANNER)
    messages = [message for piece in pieces for message in parser.feed(piece) if message.event]

    def value(message: Message, wanted: str | list[str], key: str) -> str | list[str]:
        return message.all(key) if isinstance(wanted, list) else message[key]

    return len(messages) == len(expected) and all(
        key in message and value(message, wanted, key) == wanted
        for message, headers in zip(messages, expected, strict=True)
        for key, wanted in headers.items()
    )


class Collector:
    """Keeps what panoramisk dispatches."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    def dispatch(self, message: Any) -> None:
        self.messages.append(message)


def passes_panoramisk(trap: Trap) -> bool:
    """Whether panoramisk reads a trap as it must be read."""
    _, pieces, expected = trap
    collector = Collector()
    protocol = panoramisk(collector)
    for piece in pieces:
        protocol.data_received(piece)
    return len(collector.messages) == len(expected) and all(
        message.get(key) == wanted
        for message, headers in zip(collector.messages, expected, strict=True)
        for key, wanted in headers.items()
    )


def run() -> list[Row]:
    """The table; see the module's docstring."""
    rows = []
    for variables in (0, 2):
        with_variables = f", {variables} channel variables" if variables else ""
        ours, theirs = fastest([parse_ours, parse_panoramisk], stream(variables))
        rows += [
            Row(f"AMI parser, events read{with_variables}", ours, "/s"),
            Row(f"panoramisk 1.4, the same bytes{with_variables}", theirs, "/s"),
            Row(f"AMI parser against panoramisk{with_variables}", ours / theirs, "times", TWICE_AS_FAST),
        ]
    for trap in TRAPS:
        verdict = "panoramisk: yes" if passes_panoramisk(trap) else "panoramisk: no"
        rows.append(Row(f"{trap[0]}; {verdict}", float(passes_ours(trap)), "", 1.0))
    rows.append(Row("oddities survived", sum(map(passes_ours, TRAPS)), "of 10", len(TRAPS)))
    rows.append(Row("oddities that panoramisk survives", sum(map(passes_panoramisk, TRAPS)), "of 10"))
    return rows
