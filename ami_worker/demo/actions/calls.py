"""Actions on channels. The texts of the answers are those of Asterisk 22 (main/manager.c, main/features.c,
res/parking/parking_manager.c, apps/app_senddtmf.c). Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

import re

from ami_worker.demo.actions.base import Action, Request, integer, is_true
from ami_worker.demo.channels import Channel
from ami_worker.demo.office import PARKING_LOT, PARKING_SECONDS
from ami_worker.demo.originate import Request as Call
from ami_worker.demo.wire import AGI, CALL, ORIGINATE, SYSTEM


MAX_UNIQUEID = 149  # AST_MAX_PUBLIC_UNIQUEID
_SYSTEM_APPS = ("agi", "dbdeltree", "exec", "externalivr", "mixmonitor", "originate", "reload", "system")
_SYSTEM_DATA = ("CURL", "DB", "EVAL", "FILE", "ODBC", "REALTIME", "SHELL")
_CALLER_ID = re.compile(r'\s*"?([^"<]*?)"?\s*<([^>]*)>\s*')


def hangup(request: Request) -> str:
    name = request.get("Channel")
    if not name:
        return request.error("No channel specified")
    cause = integer(request.get("Cause")) or 16
    cause = cause if 0 < cause < 128 else 16
    switch = request.pbx.switch
    if name.startswith("/"):
        return _hangup_many(request, name, cause)
    channel = request.channel()
    if channel is None:
        return request.error("No such channel")
    switch.hang_up(channel, cause, request="SoftHangupRequest")
    return request.ack("Channel Hungup")


def _hangup_many(request: Request, expression: str, cause: int) -> str:
    if len(expression) < 2 or not expression.endswith("/"):
        return request.error("Regex format invalid, Channel param should be /regex/")
    try:
        wanted = re.compile(expression[1:-1])
    except re.error:
        return request.error(f"Regex compile failed on: {expression}")
    switch = request.pbx.switch
    found = [channel for channel in switch.channels.values() if wanted.search(channel.name)]
    for channel in found:
        switch.hang_up(channel, cause, request="SoftHangupRequest")
    items = [f"Event: ChannelHungup\r\nChannel: {channel.name}\r\n{request.action_id}" for channel in found]
    return request.listing("Channels hung up will follow", items, "ChannelsHungupListComplete")


def redirect(request: Request) -> str:
    for header in ("Channel", "Context", "Exten", "Priority"):
        if not request.get(header):
            return request.error(f"{header} not specified")
    if (integer(request.get("Priority")) or 0) < 1:
        return request.error("Priority is invalid")
    both = bool(request.get("ExtraChannel"))
    if both and request.get("ExtraContext"):
        if not request.get("ExtraExten"):
            return request.error("ExtraExten not specified")
        if not request.get("ExtraPriority"):
            return request.error("ExtraPriority not specified")
        if (integer(request.get("ExtraPriority")) or 0) < 1:
            return request.error("ExtraPriority is invalid")
    channel = request.channel()
    if channel is None:
        return request.error(f"Channel does not exist: {request.get('Channel')}")
    if channel.ending:
        return request.error("Redirect failed, channel not up.")
    context, exten = request.get("Context"), request.get("Exten")
    if not both:
        request.pbx.switch.goto(channel, context, exten)
        return request.ack("Redirect successful")
    extra = request.channel("ExtraChannel")
    if extra is None:
        return request.error(f"ExtraChannel does not exist: {request.get('ExtraChannel')}")
    if extra.ending:
        return request.error("Redirect failed, extra channel not up.")
    request.pbx.switch.goto(channel, context, exten)
    if request.get("ExtraContext"):
        context, exten = request.get("ExtraContext"), request.get("ExtraExten")
    request.pbx.switch.goto(extra, context, exten)
    return request.ack("Dual Redirect successful")


def blind_transfer(request: Request) -> str:
    if not request.get("Channel"):
        return request.error("No channel specified")
    if not request.get("Exten"):
        return request.error("No extension specified")
    channel = request.channel()
    if channel is None:
        return request.error("Channel specified does not exist")
    context = request.get("Context") or channel.context
    if channel.ending or not request.pbx.transfers.blind(channel, context, request.get("Exten")):
        return request.error("Transfer invalid")
    return request.ack("Transfer succeeded")


def atxfer(request: Request) -> str:
    if not request.get("Channel"):
        return request.error("No channel specified")
    if not request.get("Exten"):
        return request.error("No extension specified")
    channel = request.channel()
    if channel is None:
        return request.error("Channel specified does not exist")
    request.pbx.transfers.attended(channel, request.get("Context") or channel.context, request.get("Exten"))
    return request.ack("Atxfer successfully queued")


def cancel_atxfer(request: Request) -> str:
    if not request.get("Channel"):
        return request.error("No channel specified")
    channel = request.channel()
    if channel is None:
        return request.error("Channel specified does not exist")
    request.pbx.transfers.cancel(channel)
    return request.ack("CancelAtxfer successfully queued")


def bridge(request: Request) -> str:
    names = request.get("Channel1"), request.get("Channel2")
    if not all(names):
        return request.error("Missing channel parameter in request")
    found: list[Channel] = []
    for number, name in enumerate(names, 1):
        channel = _by_prefix(request, name)
        if channel is None:
            return request.error(f"Channel{number} does not exist: {name}")
        found.append(channel)
    for number, channel in enumerate(found, 1):
        if channel.ending or found[0] is found[1]:
            return request.error(f"Unable to add Channel{number} to bridge: {channel.name}")
    request.pbx.transfers.bridge(*found)
    return request.ack("Channels have been bridged")


def _by_prefix(request: Request, prefix: str) -> Channel | None:
    names = request.pbx.switch.names
    return names.get(prefix) or next((channel for name, channel in names.items() if name.startswith(prefix)), None)


def park(request: Request) -> str:
    if not request.get("Channel"):
        return request.error("Channel not specified")
    timeout = request.get("Timeout")
    milliseconds = integer(timeout) if timeout else None
    if timeout and (milliseconds is None or milliseconds < 0):
        return request.error("Invalid Timeout value.")
    channel = request.channel()
    if channel is None:
        return request.error(f"Channel does not exist: {request.get('Channel')}")
    seconds = PARKING_SECONDS if milliseconds is None else milliseconds and max(1, milliseconds // 1000)
    lot = request.get("Parkinglot")
    parker = (request.get("TimeoutChannel") or request.get("Channel2") or channel.name).rpartition("-")[0]
    known = not lot or lot == PARKING_LOT
    if channel.ending or not known or request.pbx.parking.park(channel, parker, seconds) is None:
        return request.error("Park action failed\n")
    return request.ack("Park successful\n")


def play_dtmf(request: Request) -> str:
    channel = request.channel()
    if channel is None:
        return request.error("Channel not found")
    if not request.get("Digit"):
        return request.error("No digit specified")
    if request.get("Duration") and integer(request.get("Duration")) is None:
        return request.error("Could not convert Duration parameter")
    return request.ack("DTMF successfully queued")


def originate(request: Request) -> str:
    refused = _refuse_originate(request)
    if refused:
        return request.error(refused)
    application, data = request.get("Application"), request.get("Data")
    timeout = integer(request.get("Timeout")) if request.get("Timeout") else 30000
    variables = dict(pair.partition("=")[::2] for line in request.all("Variable") for pair in line.split(",") if pair)
    call = Call(
        target=request.get("Channel"),
        context="" if application else request.get("Context"),
        exten="" if application else request.get("Exten"),
        application=application,
        data=data,
        seconds=(timeout or 0) / 1000,
        caller_id=_caller_id(request.get("CallerID")),
        uniqueid=request.get("ChannelId"),
        other_uniqueid=request.get("OtherChannelId"),
        action_id=request.get("ActionID"),
        variables={name.lstrip("_"): value for name, value in variables.items()},
    )
    request.pbx.originator.originate(call)
    return request.ack("Originate successfully queued")


def _refuse_originate(request: Request) -> str:
    """Why not; empty if it may be. As the demo must never stand still, it is asynchronous even when not asked to be."""
    if max(len(request.get("ChannelId")), len(request.get("OtherChannelId"))) > MAX_UNIQUEID:
        return f"Uniqueid length exceeds maximum of {MAX_UNIQUEID}\n"
    if not request.get("Channel"):
        return "Channel not specified"
    priority = request.get("Priority")
    if priority and integer(priority) is None:
        return "Invalid priority"
    if request.get("Timeout") and integer(request.get("Timeout")) is None:
        return "Invalid timeout"
    if "/" not in request.get("Channel"):
        return "Invalid channel"
    application, data = request.get("Application"), request.get("Data")
    if application and not _may_run(application, data, request.session.write):
        return "Originate Access Forbidden: app or data blacklisted"
    if application:
        return ""
    context, exten = request.get("Context"), request.get("Exten")
    if context and exten and priority:
        return "" if request.pbx.dialplan.find(context, exten) else "Extension does not exist."
    return "" if is_true(request.get("Async")) else "Originate with 'Exten' requires 'Context' and 'Priority'"


def _may_run(application: str, data: str, write: int) -> bool:
    lower = application.lower()
    if any(word in lower for word in _SYSTEM_APPS) or any(word in data for word in _SYSTEM_DATA):
        return bool(write & SYSTEM)
    if "queue" in lower and len(data.split(",")) > 5 and data.split(",")[5]:
        return bool(write & (AGI | SYSTEM))
    return True


def _caller_id(text: str) -> tuple[str, str]:
    """Number and name of `"Name" <number>`, or of a number alone."""
    found = _CALLER_ID.fullmatch(text)
    if found:
        return re.sub(r"[ ().-]", "", found[2]), found[1]
    bare = text.strip().strip('"')
    return (bare, "") if re.fullmatch(r"[0-9*#+ ().-]*", bare) else ("", bare)


def pjsip_notify(request: Request) -> str:
    """A NOTIFY for the phone at a channel: `Event=talk` answers, `Event=hold` holds, as many desk phones do."""
    channel = request.channel()
    if not request.get("Channel"):
        return request.error("Endpoint, URI, or Channel must be specified")
    if channel is None:
        return request.error("Channel not found")
    events = [line.partition("=")[2] for line in request.all("Variable") if line.lower().startswith("event=")]
    if "talk" in events:
        request.pbx.switch.hold(channel, False)
        if channel.line is not None:
            channel.line.answer_if_ringing(channel)
    elif "hold" in events:
        request.pbx.switch.hold(channel, True)
    return request.ack("NOTIFY sent")


def mix_monitor_mute(request: Request) -> str:
    """Leaves out what is said from now on, or takes it in again; of what is recorded the demo keeps nothing."""
    if not request.get("Channel"):
        return request.error("No channel specified")
    if not request.get("State"):
        return request.error("No state specified")
    channel = request.channel()
    if channel is None:
        return request.error("No such channel")
    if not channel.variables.get("CORDBOARD_SPY"):
        return request.error("Cannot set mute flag")
    state = int(is_true(request.get("State")))
    extra = f"Direction: {request.get('Direction')}\r\nState: {state}\r\n"
    request.pbx.switch.tell("MixMonitorMute", channel, extra)
    return request.ack("")


ACTIONS = (
    Action("MixMonitorMute", SYSTEM | CALL, "Mute / unMute a Mixmonitor recording.", mix_monitor_mute),
    Action("Hangup", SYSTEM | CALL, "Hangup channel.", hangup),
    Action("Redirect", CALL, "Redirect (transfer) a call.", redirect),
    Action("BlindTransfer", CALL, "Blind transfer channel(s) to the given destination", blind_transfer),
    Action("Atxfer", CALL, "Attended transfer.", atxfer),
    Action("CancelAtxfer", CALL, "Cancel an attended transfer.", cancel_atxfer),
    Action("Bridge", CALL, "Bridge two channels already in the PBX.", bridge),
    Action("Park", CALL, "Park a channel.", park),
    Action("PlayDTMF", CALL, "Play DTMF signal on a specific channel.", play_dtmf),
    Action("Originate", ORIGINATE, "Originate a call.", originate),
    Action(
        "PJSIPNotify",
        SYSTEM,
        "Send a NOTIFY to either an endpoint, an arbitrary URI, or inside a SIP dialog.",
        pjsip_notify,
    ),
)
