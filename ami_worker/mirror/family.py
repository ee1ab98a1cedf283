"""`Family`: what one list action of the PBX lists. Used by the mirror and by `ami_worker.sync`."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Family(StrEnum):
    """The value is the name of the action."""

    CHANNELS = "CoreShowChannels"
    MARKS = "Status"  # our variables on the channels
    QUEUES = "QueueStatus"  # scope: one queue
    PARKED = "ParkedCalls"
    ROOMS = "ConfbridgeListRooms"
    ROOM = "ConfbridgeList"  # scope: the room
    DEVICES = "DeviceStateList"
    HINTS = "ExtensionStateList"
    REGISTRATIONS = "PJSIPShowRegistrationsOutbound"
    MAILBOXES = "VoicemailUsersList"
    DATABASE = "DBGetTree"  # scope: the tree, "CF"


CHANGED_BY_RELOAD_OF: Final[dict[str, tuple[Family, ...]]] = {
    "pbx_config.so": (Family.HINTS,),
    "pbx_ael.so": (Family.HINTS,),
    "pbx_lua.so": (Family.HINTS,),
    "app_queue.so": (Family.QUEUES,),
    "res_parking.so": (Family.PARKED,),
    "app_confbridge.so": (Family.ROOMS,),
    "app_voicemail.so": (Family.MAILBOXES,),
    "res_pjsip.so": (Family.DEVICES, Family.REGISTRATIONS),
    "res_pjsip_outbound_registration.so": (Family.REGISTRATIONS,),
    "All": (
        Family.HINTS,
        Family.QUEUES,
        Family.PARKED,
        Family.ROOMS,
        Family.MAILBOXES,
        Family.DEVICES,
        Family.REGISTRATIONS,
    ),
}
"""What a `Reload` event says has to be listed again: reloading removes hints, members, mailboxes without a word."""
