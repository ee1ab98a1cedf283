"""Setvar in its typed forms: class `call` or `system`.

Only variables of our own (`CORDBOARD_…`) and a few functions without side effects elsewhere can be set.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from ami_worker.ami.actions import values as v
from ami_worker.ami.actions.base import Action, action
from ami_worker.ami.protocol import InvalidValue


_DEVICE_STATES: Final = frozenset(
    {"NOT_INUSE", "INUSE", "BUSY", "INVALID", "UNAVAILABLE", "RINGING", "RINGINUSE", "ONHOLD", "UNKNOWN"}
)
_PRESENCE_STATES: Final = frozenset({"available", "away", "xa", "chat", "dnd", "unavailable", "not_set"})
_CARE = re.compile(r"[a-z]{0,16}(,[0-9A-Za-z*#+_.-]{0,80}){2},[A-Z_]{0,32}(,[0-9]{0,12}){1,2}")
_NOTE_BYTES: Final = 700
"""With the other headers it stays below the 1,000 bytes that Asterisk is sure to take in one action over TLS."""


def setvar(variable: str, value: str, channel: str = "") -> Action:
    """Set a variable of our own (`CORDBOARD_…`), of a channel or, without one, global."""
    return _setvar(v.own_variable(variable), v.text(value), channel)


def mute_audio(channel: str, direction: Literal["in", "out", "all"], muted: bool) -> Action:
    """Mute what the channel says (`in`), hears (`out`) or both; as a function, for the action needs `system`.

    There is no event and no list for it: remember it until the Hangup.
    """
    if direction not in ("in", "out", "all"):
        raise InvalidValue("a direction is in, out or all")
    return _setvar(f"MUTEAUDIO({direction})", "on" if muted else "off", v.channel(channel))


def set_device_state(device: str, state: str) -> Action:
    """Set a custom device's state: `Custom:DND201` to `BUSY`."""
    if not device.startswith("Custom:") or state not in _DEVICE_STATES:
        raise InvalidValue("only a Custom: device can be set, to a device state")
    return _setvar(f"DEVICE_STATE({v.state_interface(device)})", state)


def set_presence(provider: str, state: str, message: str = "") -> Action:
    """Set a custom presence, `CustomPresence:201` to `away`, with a message for people."""
    if not provider.startswith("CustomPresence:") or state not in _PRESENCE_STATES:
        raise InvalidValue("only a CustomPresence: provider can be set, to a presence state")
    return _setvar(f"PRESENCE_STATE({v.state_interface(provider)})", f"{state},,{v.text(message)}")


def _setvar(variable: str, value: str, channel: str = "") -> Action:
    made = action("Setvar", Channel=channel and v.channel(channel), Variable=variable)
    return made._replace(headers=(*made.headers, ("Value", value)))


def set_care(channel: str, care: str) -> Action:
    """Say anew who keeps a party: `kind,operator,target,reason,until`, as our include writes CORDBOARD_CARE. These are
    the only commas that a variable of ours may have: here nothing splits them.
    """
    if not _CARE.fullmatch(care):
        raise InvalidValue("this is not a care")
    return _setvar("CORDBOARD_CARE", care, v.channel(channel))


def set_note(channel: str, author: str, text: str) -> Action:
    """Write `author|text` on a channel and on those that are dialled for it (`__`); an empty text takes the note away.

    Any sign that people write: Asterisk stores the value as it is, and no dialplan of ours looks into it.
    """
    note = f"{author}|{text}"
    if "|" in author:
        raise InvalidValue("a note's author has no bar in the name")
    if len(note.encode(errors="replace")) > _NOTE_BYTES:
        raise InvalidValue("the note is too long")
    return _setvar("__CORDBOARD_NOTE", note, v.channel(channel))
