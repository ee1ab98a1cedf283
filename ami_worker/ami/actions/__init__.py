"""One constructor for each AMI action that we send: its name, its headers, and what may stand in them.

Knows neither Django nor asyncio. `sync.py`, `operations/` and `connection.py` make actions here and send them through
a `Session`; the names of headers are written in this package alone. What a constructor does not offer cannot be sent:
there is no Application, Data, Codecs, Account or PreDialGoSub to fill in, and no action that needs the manager.conf
classes `command`, `config` or `all`.

Every constructor raises `InvalidValue` for a value that Asterisk could take for something else.
"""

from __future__ import annotations

from ami_worker.ami.actions.ask import (
    agents,
    bridge_info,
    confbridge_list,
    confbridge_list_rooms,
    core_settings,
    core_show_channels,
    core_status,
    db_get,
    db_get_tree,
    device_state_list,
    extension_state_list,
    getvar,
    iax_registry,
    mailbox_count,
    parked_calls,
    parkinglots,
    pjsip_show_registrations_outbound,
    presence_state_list,
    queue_status,
    queue_summary,
    show_dialplan,
    status,
    voicemail_users_list,
)
from ami_worker.ami.actions.base import Action
from ami_worker.ami.actions.calls import (
    atxfer,
    blind_transfer,
    bridge,
    cancel_atxfer,
    hangup,
    mix_monitor_mute,
    originate,
    originate_parked,
    originate_pickup,
    park,
    pjsip_notify,
    play_dtmf,
    redirect,
)
from ami_worker.ami.actions.conferences import (
    confbridge_kick,
    confbridge_lock,
    confbridge_mute,
    confbridge_unlock,
    confbridge_unmute,
)
from ami_worker.ami.actions.queues import (
    queue_add,
    queue_change_priority_caller,
    queue_member_ring_in_use,
    queue_pause,
    queue_penalty,
    queue_remove,
    queue_withdraw_caller,
)
from ami_worker.ami.actions.session import challenge, list_commands, login, login_md5, logoff, ping
from ami_worker.ami.actions.variables import (
    mute_audio,
    set_care,
    set_device_state,
    set_note,
    set_presence,
    setvar,
)
from ami_worker.ami.protocol import InvalidValue


__all__ = [
    "Action",
    "InvalidValue",
    "agents",
    "atxfer",
    "blind_transfer",
    "bridge",
    "bridge_info",
    "cancel_atxfer",
    "challenge",
    "confbridge_kick",
    "confbridge_list",
    "confbridge_list_rooms",
    "confbridge_lock",
    "confbridge_mute",
    "confbridge_unlock",
    "confbridge_unmute",
    "core_settings",
    "core_show_channels",
    "core_status",
    "db_get",
    "db_get_tree",
    "device_state_list",
    "extension_state_list",
    "getvar",
    "hangup",
    "iax_registry",
    "list_commands",
    "login",
    "login_md5",
    "logoff",
    "mailbox_count",
    "mix_monitor_mute",
    "mute_audio",
    "originate",
    "originate_parked",
    "originate_pickup",
    "park",
    "parked_calls",
    "parkinglots",
    "ping",
    "pjsip_notify",
    "pjsip_show_registrations_outbound",
    "play_dtmf",
    "presence_state_list",
    "queue_add",
    "queue_change_priority_caller",
    "queue_member_ring_in_use",
    "queue_pause",
    "queue_penalty",
    "queue_remove",
    "queue_status",
    "queue_summary",
    "queue_withdraw_caller",
    "redirect",
    "set_care",
    "set_device_state",
    "set_note",
    "set_presence",
    "setvar",
    "show_dialplan",
    "status",
    "voicemail_users_list",
]
