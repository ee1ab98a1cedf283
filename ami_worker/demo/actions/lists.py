"""List actions: what the PBX has at this moment, header for header as Asterisk 22 lists it.

Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from collections.abc import Iterator

from ami_worker.demo.actions.base import Action, Request
from ami_worker.demo.devices import DEVICE_STATES, Mailbox, Registration
from ami_worker.demo.members import Entry, Member, Queue
from ami_worker.demo.office import PARKING_LOT, PARKING_SECONDS, PARKING_SPACES
from ami_worker.demo.wire import AGENT, CALL, REPORTING, SYSTEM, bridge_block, channel_block


def core_show_channels(request: Request) -> str:
    now = request.pbx.clock.now
    items = []
    for channel in request.pbx.switch.channels.values():
        minutes, seconds = divmod(int(now - channel.created_at), 60)
        duration = f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
        bridge = channel.bridge.uniqueid if channel.bridge else ""
        items.append(
            f"Event: CoreShowChannel\r\n{request.action_id}{channel_block(channel)}Application: {channel.app}\r\n"
            f"ApplicationData: {channel.appdata}\r\nDuration: {duration}\r\nBridgeId: {bridge}\r\n"
        )
    return request.listing("Channels will follow", items, "CoreShowChannelsComplete")


def core_show_channel_map(request: Request) -> str:
    """Whom a channel is connected to, through the halves of Local channels."""
    name = request.get("Channel")
    if not name:
        return request.error("CoreShowChannelMap requires a channel.")
    channel = request.pbx.switch.names.get(name)
    if channel is None:
        return request.error("Could not get channel snapshot")
    found, left = [channel], [channel]
    while left:
        each = left.pop()
        others = [*(each.bridge.channels if each.bridge else ()), *([each.other] if each.other else ())]
        new = [other for other in others if other not in found]
        found += new
        left += new
    items = [
        f"Event: CoreShowChannelMap\r\n{request.action_id}Channel: {name}\r\nConnectedChannel: {other.name}\r\n"
        for other in found[1:]
    ]
    return request.listing("Channel map will follow", items, "CoreShowChannelMapComplete")


def status(request: Request) -> str:
    """The channels with the values of variables; what stands between (DNID, formats, times) is left out."""
    wanted = [name for name in request.get("Variables").split(",") if name]
    items = []
    for channel in request.pbx.switch.channels.values():
        values = "".join(f"Variable: {name}={channel.variables.get(name) or '(null)'}\r\n" for name in wanted)
        bridge = channel.bridge.uniqueid if channel.bridge else ""
        about = f"Type: {channel.name.partition('/')[0]}\r\nBridgeID: {bridge}\r\nApplication: {channel.app}\r\n"
        data = f"Data: {channel.appdata}\r\n"
        items.append(f"Event: Status\r\n{channel_block(channel)}{about}{data}{values}{request.action_id}")
    return request.listing("Channel status will follow", items, "StatusComplete", f"Items: {len(items)}\r\n")


def bridge_info(request: Request) -> str:
    wanted = request.get("BridgeUniqueid")
    if not wanted:
        return request.error("BridgeUniqueid must be provided")
    bridge = request.pbx.switch.bridges.get(wanted)
    if bridge is None:
        return request.error("Specified BridgeUniqueid not found")
    items = [f"Event: BridgeInfoChannel\r\n{request.action_id}{channel_block(channel)}" for channel in bridge.channels]
    return request.listing("Bridge channel listing will follow", items, "BridgeInfoComplete", bridge_block(bridge))


def bridge_list(request: Request) -> str:
    bridges = request.pbx.switch.bridges.values()
    items = [f"Event: BridgeListItem\r\n{request.action_id}{bridge_block(bridge)}" for bridge in bridges]
    return request.listing("Bridge listing will follow", items, "BridgeListComplete")


# -- queues -----------------------------------------------------------------------------------------------------------


def queue_status(request: Request) -> str:
    items: list[str] = []
    wanted_member = request.get("Member")
    for queue in _queues(request):
        items.append(_queue_params(request, queue))
        for member in queue.members.values():
            if not wanted_member or wanted_member in (member.interface, member.name):
                items.append(_queue_member(request, member))
        items += [_queue_entry(request, queue, entry) for entry in queue.entries]
    return request.listing("Queue status will follow", items, "QueueStatusComplete")


def _queues(request: Request) -> Iterator[Queue]:
    wanted = request.get("Queue").lower()
    for queue in request.pbx.queues.queues.values():
        if not wanted or queue.name.lower() == wanted:
            yield queue


def _queue_params(request: Request, queue: Queue) -> str:
    answered, lost = queue.completed, queue.abandoned
    in_time = 100 * queue.completed_in_time / answered if answered else 0
    of_all = 100 * (queue.completed_in_time + queue.abandoned_in_time) / (answered + lost) if answered + lost else 0
    return (
        f"Event: QueueParams\r\nQueue: {queue.name}\r\nMax: 0\r\nStrategy: {queue.plan.strategy}\r\n"
        f"Calls: {len(queue.entries)}\r\nHoldtime: {queue.hold_time}\r\nTalkTime: {queue.talk_time}\r\n"
        f"Completed: {answered}\r\nAbandoned: {lost}\r\nServiceLevel: {queue.plan.service_level}\r\n"
        f"ServicelevelPerf: {in_time:2.1f}\r\nServicelevelPerf2: {of_all:2.1f}\r\nWeight: 0\r\n{request.action_id}"
    )


def _queue_member(request: Request, member: Member) -> str:
    return (
        f"Event: QueueMember\r\nQueue: {member.queue.name}\r\nName: {member.name}\r\nLocation: {member.interface}\r\n"
        f"StateInterface: {member.state_interface}\r\nMembership: {'dynamic' if member.dynamic else 'static'}\r\n"
        f"Penalty: {member.penalty}\r\nCallsTaken: {member.calls}\r\nLastCall: {int(member.last_call)}\r\n"
        f"LastPause: {int(member.last_pause)}\r\nLoginTime: {int(member.login_at)}\r\nInCall: {int(member.in_call)}\r\n"
        f"Status: {member.status}\r\nPaused: {int(member.paused)}\r\nPausedReason: {member.reason}\r\n"
        f"Wrapuptime: {member.queue.plan.wrapup_seconds}\r\n{request.action_id}"
    )


def _queue_entry(request: Request, queue: Queue, entry: Entry) -> str:
    c, waited = entry.channel, int(request.pbx.clock.now - entry.joined_at)
    return (
        f"Event: QueueEntry\r\nQueue: {queue.name}\r\nPosition: {entry.position}\r\nChannel: {c.name}\r\n"
        f"Uniqueid: {c.uniqueid}\r\nCallerIDNum: {c.caller_number or 'unknown'}\r\n"
        f"CallerIDName: {c.caller_name or 'unknown'}\r\nConnectedLineNum: {c.connected_number or 'unknown'}\r\n"
        f"ConnectedLineName: {c.connected_name or 'unknown'}\r\nWait: {waited}\r\n"
        f"Priority: {entry.priority}\r\n{request.action_id}"
    )


def queue_summary(request: Request) -> str:
    items = []
    for queue in _queues(request):
        logged_in, free, longest = request.pbx.queues.summary(queue)
        items.append(
            f"Event: QueueSummary\r\nQueue: {queue.name}\r\nLoggedIn: {logged_in}\r\nAvailable: {free}\r\n"
            f"Callers: {len(queue.entries)}\r\nHoldTime: {queue.hold_time}\r\nTalkTime: {queue.talk_time}\r\n"
            f"LongestHoldTime: {longest}\r\n{request.action_id}"
        )
    return request.listing("Queue summary will follow", items, "QueueSummaryComplete")


# -- parking ----------------------------------------------------------------------------------------------------------


def parked_calls(request: Request) -> str:
    wanted = request.get("ParkingLot")
    if wanted and wanted != PARKING_LOT:
        return request.error("Requested parking lot could not be found.")
    parking = request.pbx.parking
    items = [f"Event: ParkedCall\r\n{parking.block(parked)}{request.action_id}" for parked in parking.parked.values()]
    return request.listing("Parked calls will follow", items, "ParkedCallsComplete", f"Total: {len(items)}\r\n")


def parking_lots(request: Request) -> str:
    item = (
        f"Event: Parkinglot\r\n{request.action_id}Name: {PARKING_LOT}\r\nStartSpace: {PARKING_SPACES.start}\r\n"
        f"StopSpace: {PARKING_SPACES.stop - 1}\r\nTimeout: {PARKING_SECONDS}\r\n"
    )
    return request.listing("Parking lots will follow", [item], "ParkinglotsComplete")


# -- states -----------------------------------------------------------------------------------------------------------


def device_states(request: Request) -> str:
    items = [
        f"Event: DeviceStateChange\r\n{request.action_id}Device: {device}\r\nState: {DEVICE_STATES[state]}\r\n"
        for device, state in request.pbx.switch.devices.states.items()
    ]
    return request.listing("Device State Changes will follow", items, "DeviceStateListComplete")


def extension_states(request: Request) -> str:
    hints = request.pbx.switch.devices.hints.values()
    items = [f"Event: ExtensionStatus\r\n{request.action_id}{hint.block}" for hint in hints]
    return request.listing("Extension Statuses will follow", items, "ExtensionStateListComplete")


def presence_states(request: Request) -> str:
    devices = request.pbx.switch.devices
    items = [
        f"Event: PresenceStateChange\r\n{request.action_id}{devices.presence_block(provider)}"
        for provider in devices.presence
    ]
    return request.listing("Presence State Changes will follow", items, "PresenceStateListComplete")


def voicemail_users(request: Request) -> str:
    boxes = request.pbx.switch.devices.mailboxes.values()
    if not boxes:
        return request.ack("There are no voicemail users currently defined.")
    items = [_voicemail_user(request, box) for box in boxes]
    return request.listing("Voicemail user list will follow", items, "VoicemailUserEntryComplete")


def _voicemail_user(request: Request, box: Mailbox) -> str:
    return (
        f"Event: VoicemailUserEntry\r\n{request.action_id}VMContext: default\r\nVoiceMailbox: {box.number}\r\n"
        f"Fullname: {box.name}\r\nEmail: {box.email}\r\nPager: \r\nServerEmail: asterisk\r\nFromString: \r\n"
        "MailCommand: /usr/sbin/sendmail -t\r\nLanguage: \r\nTimeZone: \r\nCallback: \r\nDialout: \r\nUniqueID: \r\n"
        "ExitContext: \r\nSayDurationMinimum: 2\r\nSayEnvelope: Yes\r\nSayCID: No\r\nAttachMessage: No\r\n"
        "AttachmentFormat: \r\nDeleteMessage: No\r\nVolumeGain: 0.00\r\nCanReview: No\r\nCanMarkUrgent: Yes\r\n"
        "CallOperator: No\r\nMaxMessageCount: 100\r\nMaxMessageLength: 60\r\n"
        f"NewMessageCount: {box.new}\r\nOldMessageCount: {box.old}\r\n"
    )


def registrations(request: Request) -> str:
    found = list(request.pbx.switch.devices.registrations.values())
    registered = sum(registration.status == "Registered" for registration in found)
    extra = f"Registered: {registered}\r\nNotRegistered: {len(found) - registered}\r\n"
    items = [_registration(request, registration) for registration in found]
    message = "Following are Events for each Outbound registration"
    return request.listing(message, items, "OutboundRegistrationDetailComplete", extra)


def _registration(request: Request, registration: Registration) -> str:
    plan = registration.plan
    return (
        f"Event: OutboundRegistrationDetail\r\n{request.action_id}ObjectType: registration\r\n"
        f"ObjectName: {plan.endpoint}\r\nMaxRetries: 10\r\nClientUri: sip:{plan.user}@{plan.server}\r\n"
        "SecurityNegotiation: no\r\nAuthRejectionPermanent: true\r\n"
        f"ServerUri: sip:{plan.server}\r\nMaxRandomInitialDelay: 10\r\nSupportPath: false\r\nRetryInterval: 60\r\n"
        "ContactHeaderParams: \r\nExpiration: 3600\r\nTransport: transport\r\nLine: false\r\nContactUser: \r\n"
        f"Endpoint: {plan.endpoint}\r\nUserAgent: \r\nForbiddenRetryInterval: 0\r\nOutboundAuth: \r\n"
        "OutboundProxy: \r\nFatalRetryInterval: 0\r\nSupportOutbound: no\r\n"
        f"Status: {registration.status}\r\nNextReg: 3585\r\n"
    )


def agents(request: Request) -> str:
    """Nobody here uses app_agent_pool."""
    return request.listing("Agents will follow", [], "AgentsComplete")


ACTIONS = (
    Action("CoreShowChannels", SYSTEM | REPORTING, "List currently active channels.", core_show_channels),
    Action(
        "CoreShowChannelMap",
        SYSTEM | REPORTING,
        "List all channels connected to the specified channel.",
        core_show_channel_map,
    ),
    Action("Status", SYSTEM | CALL | REPORTING, "List channel status.", status),
    Action("BridgeInfo", 0, "Get information about a bridge.", bridge_info),
    Action("BridgeList", 0, "Get a list of bridges in the system.", bridge_list),
    Action("QueueStatus", 0, "Show queue status.", queue_status),
    Action("QueueSummary", 0, "Show queue summary.", queue_summary),
    Action("ParkedCalls", CALL, "List parked calls.", parked_calls),
    Action("Parkinglots", CALL, "Get a list of parking lots", parking_lots),
    Action("DeviceStateList", CALL | REPORTING, "List the current known device states.", device_states),
    Action("ExtensionStateList", CALL | REPORTING, "List the current known extension states.", extension_states),
    Action("PresenceStateList", CALL | REPORTING, "List the current known presence states.", presence_states),
    Action("VoicemailUsersList", CALL | REPORTING, "List All Voicemail User Information.", voicemail_users),
    Action("PJSIPShowRegistrationsOutbound", SYSTEM | REPORTING, "Lists PJSIP outbound registrations.", registrations),
    Action("Agents", AGENT, "Lists agents and their status.", agents),
)
