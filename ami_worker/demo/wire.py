"""How the demo PBX writes: event classes, the blocks of headers that describe a channel or a bridge, escaping.

Header names and their order are those of Asterisk 22 (main/manager_channels.c, main/manager_bridges.c). Used by every
module of the demo; knows none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final


if TYPE_CHECKING:
    from ami_worker.demo.channels import Bridge, Channel

SYSTEM: Final = 1 << 0
CALL: Final = 1 << 1
LOG: Final = 1 << 2
VERBOSE: Final = 1 << 3
COMMAND: Final = 1 << 4
AGENT: Final = 1 << 5
USER: Final = 1 << 6
CONFIG: Final = 1 << 7
DTMF: Final = 1 << 8
REPORTING: Final = 1 << 9
CDR: Final = 1 << 10
DIALPLAN: Final = 1 << 11
ORIGINATE: Final = 1 << 12
AGI: Final = 1 << 13
EVERYTHING: Final = (1 << 31) - 1

CLASSES: Final = {
    "system": SYSTEM,
    "call": CALL,
    "log": LOG,
    "verbose": VERBOSE,
    "command": COMMAND,
    "agent": AGENT,
    "user": USER,
    "config": CONFIG,
    "dtmf": DTMF,
    "reporting": REPORTING,
    "cdr": CDR,
    "dialplan": DIALPLAN,
    "originate": ORIGINATE,
    "agi": AGI,
    "all": EVERYTHING,
}
"""The words of `read=` and `write=` in manager.conf, in the order in which Asterisk prints them."""

STATES: Final = ("Down", "Rsrvd", "OffHook", "Dialing", "Ring", "Ringing", "Up", "Busy", "Dialing Offhook", "Pre-ring")
"""Descriptions of channel states, by number (ast_state2str)."""

CAUSES: Final = {
    0: "Unknown",
    3: "No route to destination",
    16: "Normal Clearing",
    17: "User busy",
    18: "No user responding",
    19: "User alerting, no answer",
    20: "Subscriber absent",
    21: "Call Rejected",
    26: "Answered elsewhere",
    27: "Destination out of order",
    34: "Circuit/channel congestion",
    127: "Interworking, unspecified",
}
"""Texts of hangup causes (ast_cause2str)."""

_ESCAPES = str.maketrans(
    {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
    | {"\\": "\\\\", "'": "\\'", '"': '\\"', "?": "\\?"}
)


def escape_c(text: str) -> str:
    """What `ast_escape_c` (main/utils.c) makes of a name: `O'Brien` becomes `O\\'Brien`."""
    return text.translate(_ESCAPES)


def authority(classes: int) -> str:
    """The value of `Privilege`: every word that has a bit in common, "all" always among them."""
    return ",".join(word for word, bits in CLASSES.items() if classes & bits) or "<none>"


PRIVILEGE: Final = {bits: authority(bits) for bits in (SYSTEM, CALL, AGENT, DTMF, USER, DIALPLAN)}


def event(name: str, classes: int, body: str) -> str:
    """A whole event; `body` is header lines, each with its CRLF."""
    return f"Event: {name}\r\nPrivilege: {PRIVILEGE[classes]}\r\n{body}\r\n"


def channel_block(c: Channel, prefix: str = "") -> str:
    """The fourteen headers of a channel. Names are C-escaped, numbers are not: that is how Asterisk does it."""
    p = prefix
    return (
        f"{p}Channel: {c.name}\r\n{p}ChannelState: {c.state}\r\n{p}ChannelStateDesc: {STATES[c.state]}\r\n"
        f"{p}CallerIDNum: {c.caller_number or '<unknown>'}\r\n"
        f"{p}CallerIDName: {escape_c(c.caller_name) or '<unknown>'}\r\n"
        f"{p}ConnectedLineNum: {c.connected_number or '<unknown>'}\r\n"
        f"{p}ConnectedLineName: {escape_c(c.connected_name) or '<unknown>'}\r\n"
        f"{p}Language: {c.language}\r\n{p}AccountCode: {c.account}\r\n{p}Context: {c.context}\r\n"
        f"{p}Exten: {c.exten}\r\n{p}Priority: {c.priority}\r\n{p}Uniqueid: {c.uniqueid}\r\n"
        f"{p}Linkedid: {c.linkedid}\r\n"
    )


def bridge_block(b: Bridge, prefix: str = "") -> str:
    """The seven headers of a bridge."""
    p = prefix
    return (
        f"{p}BridgeUniqueid: {b.uniqueid}\r\n{p}BridgeType: {b.kind}\r\n{p}BridgeTechnology: {b.technology}\r\n"
        f"{p}BridgeCreator: {b.creator or '<unknown>'}\r\n{p}BridgeName: {b.name or '<unknown>'}\r\n"
        f"{p}BridgeNumChannels: {len(b.channels)}\r\n{p}BridgeVideoSourceMode: none\r\n"
    )
