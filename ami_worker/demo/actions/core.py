"""Actions on the session and on the PBX as a whole (main/manager.c). Only `ami_worker.demo` may import this module."""

from __future__ import annotations

import time
from collections.abc import Mapping

from ami_worker.demo.actions.base import Action, Request
from ami_worker.demo.pbx import AMI_VERSION, VERSION
from ami_worker.demo.wire import REPORTING, SYSTEM, USER, authority, event


def ping(request: Request) -> str:
    now = f"{request.pbx.clock.now:.6f}"
    return request.start(f"Ping: Pong\r\nTimestamp: {now}\r\n")


def events(request: Request) -> str:
    mask = request.session.set_mask(request.get("EventMask"))
    if mask is None:
        return request.error("Invalid event mask")
    return request.start(f"Events: {'On' if mask else 'Off'}\r\n")


def logoff(request: Request) -> str:
    request.session.close_after_answer()
    return request.start("Message: Thanks for all the fish.\r\n", "Goodbye")


def core_settings(request: Request) -> str:
    return request.start(
        f"AMIversion: {AMI_VERSION}\r\nAsteriskVersion: {VERSION}\r\nSystemName: \r\nCoreMaxCalls: 0\r\n"
        "CoreMaxLoadAvg: 0.000000\r\nCoreRunUser: \r\nCoreRunGroup: \r\nCoreMaxFilehandles: 0\r\n"
        "CoreRealTimeEnabled: No\r\nCoreCDRenabled: No\r\nCoreHTTPenabled: No\r\nSoundsSearchCustomDir: No\r\n"
    )


def core_status(request: Request) -> str:
    pbx = request.pbx
    started = time.localtime(pbx.started_at)
    day, moment = time.strftime("%Y-%m-%d", started), time.strftime("%H:%M:%S", started)
    return request.start(
        f"CoreStartupDate: {day}\r\nCoreStartupTime: {moment}\r\nCoreReloadDate: {day}\r\nCoreReloadTime: {moment}\r\n"
        f"CoreCurrentCalls: {len(pbx.switch.channels)}\r\nCoreProcessedCalls: {pbx.switch.calls_processed}\r\n"
    )


def user_event(request: Request) -> str:
    skipped = ("action", "userevent")
    body = "".join(f"{name}: {value}\r\n" for name, value in request.headers if name.lower() not in skipped)
    request.pbx.switch.emit("UserEvent", f"UserEvent: {request.get('UserEvent')}\r\n{body}", USER)
    return request.ack("Event Sent")


def booted(request: Request) -> str:
    """FullyBooted, as it follows the answer to a log-in."""
    return event("FullyBooted", SYSTEM, request.pbx.booted_block())


def list_commands(table: Mapping[str, Action], request: Request) -> str:
    lines = [
        f"{action.name}: {action.synopsis} (Priv: {authority(action.classes)})\r\n"
        for action in sorted(table.values(), key=lambda action: action.name.lower())
        if not action.classes or action.classes & request.session.write
    ]
    return request.start("".join(lines))


ACTIONS = (
    Action("Ping", 0, "Keepalive command.", ping),
    Action("Events", 0, "Control Event Flow.", events),
    Action("Logoff", 0, "Logoff Manager.", logoff),
    Action("CoreSettings", SYSTEM | REPORTING, "Show PBX core settings (version etc).", core_settings),
    Action("CoreStatus", SYSTEM | REPORTING, "Show PBX core status variables.", core_status),
    Action("UserEvent", USER, "Send an arbitrary event.", user_event),
)
