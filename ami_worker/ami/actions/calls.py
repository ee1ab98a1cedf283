"""Actions on channels: class `call` (`originate` for those that begin with it, `system` for `pjsip_notify`).

An answer is not an outcome. Asterisk says `successfully queued` of an Atxfer that nobody will carry out; what happened,
the events tell. Channels are named in full: Bridge would take a prefix, Hangup a regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ami_worker.ami.actions import values as v
from ami_worker.ami.actions.base import Action, action
from ami_worker.ami.protocol import InvalidValue


_DIGIT = re.compile(r"[0-9A-Da-d*#]")
_NOTIFY = re.compile(r"[A-Za-z-]{1,40}")


def originate(
    phone: str,
    context: str,
    exten: str,
    *,
    channel_id: str,
    other_channel_id: str = "",
    caller_id: tuple[str, str] = ("", ""),
    connected_line: tuple[str, str] = ("", ""),
    timeout: float = 30,
    variables: Mapping[str, str] | None = None,
) -> Action:
    """Ring `phone` and, once it answers, send it to `exten` in `context`, one of our own contexts.

    Asynchronous always: otherwise the session would stand still until the phone is answered. `channel_id` becomes
    the channel's Uniqueid, by which its events are known; a Local phone has a second half, `other_channel_id`.
    `caller_id` is (name, number), `timeout` in seconds. Asterisk ignores PreDialGoSub with Async, so it is not here.

    `connected_line` (name, number) is what the ringing phone shows, and nobody else: a caller id would become that of
    the phone's own channel too, and whoever it calls would see a call from their own number (tried on 16 and 22).
    """
    target = {"Context": v.context(context), "Exten": v.exten(exten), "Priority": "1"}
    return _originate(phone, target, channel_id, other_channel_id, caller_id, connected_line, timeout, variables)


def originate_pickup(
    phone: str,
    ringing: str,
    *,
    channel_id: str,
    caller_id: tuple[str, str] = ("", ""),
    connected_line: tuple[str, str] = ("", ""),
    timeout: float = 30,
    variables: Mapping[str, str] | None = None,
) -> Action:
    """Ring `phone` and, once it answers, let it take the call that rings on the channel with Uniqueid `ringing`."""
    target = {"Application": "PickupChan", "Data": v.uniqueid(ringing)}
    return _originate(phone, target, channel_id, "", caller_id, connected_line, timeout, variables)


def originate_parked(
    phone: str,
    lot: str,
    space: int,
    *,
    channel_id: str,
    caller_id: tuple[str, str] = ("", ""),
    connected_line: tuple[str, str] = ("", ""),
    timeout: float = 30,
    variables: Mapping[str, str] | None = None,
) -> Action:
    """Ring `phone` and, once it answers, give it the call parked in `space` of `lot`."""
    data = f"{v.name(lot, 'a parking lot')},{v.number(space, 0, 999_999_999, 'a parking space')}"
    target = {"Application": "ParkedCall", "Data": data}
    return _originate(phone, target, channel_id, "", caller_id, connected_line, timeout, variables)


def _originate(
    phone: str,
    target: Mapping[str, str],
    channel_id: str,
    other_channel_id: str,
    caller_id: tuple[str, str],
    connected_line: tuple[str, str],
    timeout: float,
    variables: Mapping[str, str] | None,
) -> Action:
    made = action(
        "Originate",
        Channel=v.phone(phone),
        **target,
        Timeout=v.milliseconds(timeout, 1, 600, "the time-out"),
        CallerID=v.caller_id(*caller_id) if any(caller_id) else "",
        Async="true",
        ChannelId=v.uniqueid(channel_id),
        OtherChannelId=other_channel_id and v.uniqueid(other_channel_id),
    )
    shown = v.connected_line(*connected_line)
    return made._replace(headers=(*made.headers, *v.variables(variables or {}), *shown))


def hangup(channel: str, cause: int = 16) -> Action:
    """Hang up one channel; 16 is normal clearing. The channel ends after the dialplan's `h`: wait for the event."""
    return action("Hangup", Channel=v.channel(channel), Cause=v.number(cause, 1, 127, "a cause"))


def redirect(
    channel: str,
    context: str,
    exten: str,
    priority: int = 1,
    *,
    extra_channel: str = "",
    extra_context: str = "",
    extra_exten: str = "",
    extra_priority: int = 1,
) -> Action:
    """Send a channel to a place in the dialplan, and with it another, to the same place or to one of its own.

    Of two channels in a bridge redirected one after the other, the second would be hung up; together neither is.
    When the answer is `Secondary redirect failed` the first has moved all the same.
    """
    extra = {}
    if extra_channel:
        extra["ExtraChannel"] = v.channel(extra_channel)
        if extra_context or extra_exten:
            extra["ExtraContext"] = v.context(extra_context)
            extra["ExtraExten"] = v.exten(extra_exten)
            extra["ExtraPriority"] = v.number(extra_priority, 1, 9999, "a priority")
    elif extra_context or extra_exten:
        raise InvalidValue("a second place needs a second channel")
    return action(
        "Redirect",
        Channel=v.channel(channel),
        Context=v.context(context),
        Exten=v.exten(exten),
        Priority=v.number(priority, 1, 9999, "a priority"),
        **extra,
    )


def blind_transfer(channel: str, context: str, exten: str) -> Action:
    """The transferer's channel leaves, who it was talking to goes to `exten`, be there such an extension or not."""
    return action("BlindTransfer", Channel=v.channel(channel), Context=v.context(context), Exten=v.exten(exten))


def atxfer(channel: str, context: str, exten: str) -> Action:
    """Press the attended-transfer feature code and `exten` on the transferer's channel: digits only.

    Works where Dial or Queue has `t` or `T` and the feature is mapped; the answer is the same where it does not.
    """
    if not all(_DIGIT.fullmatch(digit) for digit in exten):
        raise InvalidValue("an attended transfer dials digits only")
    return action("Atxfer", Channel=v.channel(channel), Context=v.context(context), Exten=v.exten(exten))


def cancel_atxfer(channel: str) -> Action:
    """Press the abort code on the transferer's channel."""
    return action("CancelAtxfer", Channel=v.channel(channel))


def bridge(channel: str, other: str) -> Action:
    """Let two channels talk, whatever they were doing."""
    return action("Bridge", Channel1=v.channel(channel), Channel2=v.channel(other))


def park(channel: str, *, timeout_channel: str = "", lot: str = "", timeout: float = 0, space: int = 0) -> Action:
    """Park a channel. After `timeout` seconds (0: as the lot says) it calls back to `timeout_channel`.

    AnnounceChannel is not offered: a channel that has gone by then would crash Asterisk (manager_park tests the wrong
    variable for NULL).
    """
    return action(
        "Park",
        Channel=v.channel(channel),
        TimeoutChannel=timeout_channel and v.channel(timeout_channel),
        Timeout=v.milliseconds(timeout, 1, 86_400, "the time-out") if timeout else "",
        Parkinglot=lot and v.name(lot, "a parking lot"),
        ParkingSpace=v.number(space, 1, 999_999_999, "a parking space") if space else "",
    )


def play_dtmf(channel: str, digit: str, *, receive: bool = False, duration: float = 0) -> Action:
    """Send one digit to the channel or, with `receive`, act as if its phone had pressed it. `duration` in seconds."""
    if not _DIGIT.fullmatch(digit):
        raise InvalidValue("DTMF is one of 0-9, A-D, * and #; one digit for each action")
    return action(
        "PlayDTMF",
        Channel=v.channel(channel),
        Digit=digit,
        Duration=v.milliseconds(duration, 0.04, 10, "the duration") if duration else "",
        Receive="true" if receive else "",
    )


def mix_monitor_mute(channel: str, muted: bool) -> Action:
    """Leave out what is said, or no longer, in the recording that the dialplan runs on that channel. Takes class `call`
    alone (apps/app_mixmonitor.c: system|call), unlike MixMonitor itself.
    """
    return action("MixMonitorMute", Channel=v.channel(channel), Direction="both", State="1" if muted else "0")


def pjsip_notify(channel: str, event: str, headers: Mapping[str, str] | None = None) -> Action:
    """Send a NOTIFY in the dialog of a PJSIP channel: `talk` answers, `hold` holds, if the phone knows it."""
    if not _NOTIFY.fullmatch(event):
        raise InvalidValue("this is not an event for a phone")
    made = action("PJSIPNotify", Channel=v.channel(channel))
    lines = [("Variable", f"Event={event}")]
    for key, value in (headers or {}).items():
        if not _NOTIFY.fullmatch(key):
            raise InvalidValue("this is not a header for a phone")
        lines.append(("Variable", f"{key}={v.text(value)}"))
    return made._replace(headers=(*made.headers, *lines))
