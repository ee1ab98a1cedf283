"""Actions that ask and change nothing.

Class `reporting` of manager.conf allows all of them, except where another is named: `QueueStatus`, `QueueSummary` and
`BridgeInfo` need none, `ParkedCalls` and `Parkinglots` need `call`, `Agents` needs `agent` (`ast_manager_register*`).
"""

from __future__ import annotations

from collections.abc import Iterable

from ami_worker.ami.actions import values as v
from ami_worker.ami.actions.base import Action, action, list_action


def core_status() -> Action:
    """When Asterisk started and last reloaded, and the number of calls."""
    return action("CoreStatus")


def core_settings() -> Action:
    """Versions and limits."""
    return action("CoreSettings")


def core_show_channels() -> Action:
    """Every channel with its snapshot and BridgeId."""
    return list_action("CoreShowChannels")


def status(variables: Iterable[str]) -> Action:
    """Every channel with the values of these variables of ours, `(null)` for one that is not set.

    Class system, call or reporting. `Variable: NAME=value` at the end of each item.
    """
    return list_action("Status", Variables=",".join(v.own_variable(name) for name in variables))


def pjsip_show_registrations_outbound() -> Action:
    """Our registrations with providers; an auth detail follows each and is not counted in ListItems."""
    return list_action("PJSIPShowRegistrationsOutbound")


def iax_registry() -> Action:
    """Our registrations with providers by IAX."""
    return list_action("IAXregistry")


def db_get(family: str, key: str) -> Action:
    """One value of Asterisk's database; an error when there is none."""
    return list_action("DBGet", Family=v.name(family, "a family"), Key=v.name(key, "a key"))


def db_get_tree(family: str, key: str = "") -> Action:
    """All values below a family, or below one key of it; not in older versions, see ListCommands."""
    return list_action("DBGetTree", Family=v.name(family, "a family"), Key=key and v.name(key, "a key"))


def show_dialplan(context: str, exten: str = "") -> Action:
    """What a context has; an error, `Did not find context …`, when it does not exist. Class reporting or config.

    With `exten` the extensions that match it, in the included contexts as well.
    """
    return list_action("ShowDialPlan", Context=v.context(context), Extension=exten and v.exten(exten))


def confbridge_list_rooms() -> Action:
    """Every conference; an error when there is none."""
    return list_action("ConfbridgeListRooms")


def confbridge_list(conference: str) -> Action:
    """Who is in a conference."""
    return list_action("ConfbridgeList", Conference=v.name(conference, "a conference"))


def device_state_list() -> Action:
    """The state of every device."""
    return list_action("DeviceStateList")


def extension_state_list() -> Action:
    """The state of every hint; an error when there is none."""
    return list_action("ExtensionStateList")


def presence_state_list() -> Action:
    """The presence of every provider."""
    return list_action("PresenceStateList")


def voicemail_users_list() -> Action:
    """Every mailbox with its counts."""
    return list_action("VoicemailUsersList")


def mailbox_count(mailbox: str) -> Action:
    """The messages in one mailbox, `201@default`."""
    return action("MailboxCount", Mailbox=v.name(mailbox, "a mailbox"))


def getvar(variable: str, channel: str = "") -> Action:
    """The value of a variable, or of a function that only looks, of a channel or global."""
    return action("Getvar", Channel=channel and v.channel(channel), Variable=v.readable(variable))


def queue_status(queue: str = "") -> Action:
    """Queues, members and callers, of all queues or of one. Holds each queue's lock while it writes."""
    return list_action("QueueStatus", Queue=queue and v.name(queue, "a queue"))


def queue_summary(queue: str = "") -> Action:
    """Counts only, of all queues or of one."""
    return list_action("QueueSummary", Queue=queue and v.name(queue, "a queue"))


def bridge_info(bridge: str) -> Action:
    """The channels in a bridge."""
    return list_action("BridgeInfo", BridgeUniqueid=v.uniqueid(bridge))


def parked_calls(lot: str = "") -> Action:
    """The parked calls, of all lots or of one."""
    return list_action("ParkedCalls", ParkingLot=lot and v.name(lot, "a parking lot"))


def parkinglots() -> Action:
    """The parking lots and their spaces."""
    return list_action("Parkinglots")


def agents() -> Action:
    """The agents of app_agent_pool."""
    return list_action("Agents")
