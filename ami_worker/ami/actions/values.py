"""What may stand in an action: each function returns its argument, or raises `InvalidValue` and says why.

For the modules of `actions` alone. `protocol.encode` keeps control characters out of every header; this module keeps
out what Asterisk would read as more than one value although it is one line: `300&DAHDI/g1/00900` rings two, `/./` hangs
up every channel, `x,EVIL=1` sets two variables. Values are refused, never repaired.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ami_worker.ami.protocol import InvalidValue


_NAME = re.compile(r"[^\s,](?:[^,]{0,126}[^\s,])?")
_CHANNEL = re.compile(r"[A-Za-z][A-Za-z0-9_]*/[^\s,|&\"\\]{1,200}")
_UNIQUEID = re.compile(r"[0-9A-Za-z._-]{1,149}")  # AST_MAX_PUBLIC_UNIQUEID
_EXTEN = re.compile(r"[0-9A-Za-z_*#+-]{1,80}")  # AST_MAX_EXTENSION; no `&`, `,`, `/` or `@`
_CONTEXT = re.compile(r"[0-9A-Za-z_.-]{1,79}")
_PHONE = re.compile(
    r"(?:PJSIP|SIP|IAX2|SCCP|DAHDI)/[0-9A-Za-z_.+-]{1,80}|Local/[0-9A-Za-z_*#+-]{1,80}@[0-9A-Za-z_.-]{1,79}(?:/n)?"
)
_INTERFACE = re.compile(r"[A-Za-z][A-Za-z0-9_]*/[0-9A-Za-z_.@/+*#-]{1,120}")
_DEVICE = re.compile(r"(?:hint|Custom|CustomPresence|Queue|Agent|MeetMe|confbridge|park):[0-9A-Za-z_.@+*#-]{1,120}")
_OWN_VARIABLE = re.compile(r"_{0,2}CORDBOARD_[A-Z0-9_]{1,60}")
_TEXT = re.compile(r"[^,|\"\\(){}\[\]$`]{0,400}")
_LABEL = re.compile(r"[^;|]{0,120}")
_SHOWN = re.compile(r"[\w .+'’-]{0,60}")
_PERSON = re.compile(r"[^\"\\<>]{0,80}")
_READABLE = re.compile(
    r"[A-Za-z_][A-Za-z0-9_]{0,79}"
    r"|(?:CALLERID|CHANNEL|CONNECTEDLINE|DEVICE_STATE|DIALPLAN_EXISTS|EXTENSION_STATE|HINT|PRESENCE_STATE|VERSION)"
    r"\([0-9A-Za-z_:@/.,*#-]{0,120}\)"
)

# Jumped to by Asterisk itself: hangup, invalid, timeout, error, operator, answering machine.
_RESERVED_EXTENS = frozenset("hitTeoa")

# What a phone needs to answer by itself, and nothing else: MONITOR_EXEC, for one, would run a program.
_HEADER_VARIABLES = frozenset({"PJSIP_HEADER(add,Alert-Info)", "PJSIP_HEADER(add,Call-Info)", "SIPADDHEADER"})


def _checked(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not pattern.fullmatch(value):
        raise InvalidValue(f"this is not {what}")
    return value


def name(value: str, what: str) -> str:
    """The name of a queue, conference, parking lot or mailbox. Never empty: no queue would be every queue."""
    return _checked(_NAME, value, what)


def channel(value: str) -> str:
    """The full name of a channel, `PJSIP/201-0000001f`.

    A leading `/` would be a regular expression over all channels (Hangup), and `all` or `participants` everybody in a
    conference (ConfbridgeKick, ConfbridgeMute); neither passes.
    """
    return _checked(_CHANNEL, value, "a channel's name")


def uniqueid(value: str) -> str:
    """The Uniqueid of a channel or bridge."""
    return _checked(_UNIQUEID, value, "a unique id")


def exten(value: str) -> str:
    """An extension or a number to dial, without the extensions that Asterisk keeps for itself (`h`, `i`, `t`…)."""
    if value in _RESERVED_EXTENS:
        raise InvalidValue("this extension is reserved")
    return _checked(_EXTEN, value, "an extension")


def context(value: str) -> str:
    """A dialplan context."""
    return _checked(_CONTEXT, value, "a context")


def phone(value: str) -> str:
    """What Originate may ring first: one phone, never a number through a trunk (`PJSIP/00900@trunk`) or a URI."""
    return _checked(_PHONE, value, "a phone")


def interface(value: str) -> str:
    """A queue member's interface, `PJSIP/201` or `Local/201@agents/n`."""
    return _checked(_INTERFACE, value, "an interface")


def state_interface(value: str) -> str:
    """The device whose state counts for a queue member: an interface or `hint:201@hints`."""
    return value if _DEVICE.fullmatch(value) else interface(value)


def number(value: int, low: int, high: int, what: str) -> str:
    """A number from `low` to `high`, as text."""
    if not low <= value <= high:
        raise InvalidValue(f"{what} must be from {low} to {high}")
    return str(value)


def milliseconds(seconds: float, low: float, high: float, what: str) -> str:
    """A time from `low` to `high` seconds, as milliseconds."""
    if not low <= seconds <= high:
        raise InvalidValue(f"{what} must be from {low:g} to {high:g} seconds")
    return str(round(seconds * 1000))


def label(value: str) -> str:
    """Words for people: a reason, a member's name. app_queue keeps them in a record parted by `;` and `|`."""
    return _checked(_LABEL, value, "a short text")


def readable(value: str) -> str:
    """A variable, or a function that has no side effect."""
    return _checked(_READABLE, value, "a variable to be read")


def text(value: str) -> str:
    """The value of a variable: nothing at which Asterisk splits it (commas) or which the dialplan would expand."""
    return _checked(_TEXT, value, "plain text")


def caller_id(person: str, digits: str) -> str:
    """`"Alice" <201>`, as ast_callerid_parse reads it; either may be empty, not both."""
    _checked(_PERSON, person, "a caller's name")
    if digits:
        _checked(_EXTEN, digits, "a caller's number")
    elif not person:
        raise InvalidValue("a caller id needs a name or a number")
    return f'"{person}" <{digits}>'


def connected_line(person: str, digits: str) -> list[tuple[str, str]]:
    """`Variable` headers that set whom a phone shows; `Variable` has its own ideas of commas, quotes and brackets."""
    _checked(_SHOWN, person, "a name that a phone can show")
    shown = []
    if digits:
        shown.append(("Variable", f"CONNECTEDLINE(num,i)={_checked(_EXTEN, digits, 'a number that a phone can show')}"))
    if person:
        shown.append(("Variable", f"CONNECTEDLINE(name,i)={person}"))
    return shown


def variable(key: str, value: str) -> str:
    """`NAME=value` for a `Variable` header, from a fixed set of names."""
    if key not in _HEADER_VARIABLES:
        _checked(_OWN_VARIABLE, key, "a variable that the panel may set")
    return f"{key}={text(value)}"


def variables(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """One `Variable` header for each item."""
    return [("Variable", variable(key, value)) for key, value in values.items()]


def own_variable(key: str) -> str:
    """The name of a variable of our own, `CORDBOARD_…`."""
    return _checked(_OWN_VARIABLE, key, "a variable that the panel may set")


def yes_no(value: bool) -> str:
    """Asterisk's ast_true reads `yes` in every version."""
    return "yes" if value else "no"
