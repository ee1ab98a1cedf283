"""Actions on a conference: class `call`.

Locking and muting a whole conference raise no event; ask with `confbridge_list_rooms` afterwards.
"""

from __future__ import annotations

from ami_worker.ami.actions import values as v
from ami_worker.ami.actions.base import Action, action


def confbridge_mute(conference: str, channel: str) -> Action:
    """Mute one channel."""
    return action("ConfbridgeMute", Conference=v.name(conference, "a conference"), Channel=v.channel(channel))


def confbridge_unmute(conference: str, channel: str) -> Action:
    """Unmute one channel."""
    return action("ConfbridgeUnmute", Conference=v.name(conference, "a conference"), Channel=v.channel(channel))


def confbridge_kick(conference: str, channel: str) -> Action:
    """Put one channel out of the conference; `all` and `participants` are no channels here."""
    return action("ConfbridgeKick", Conference=v.name(conference, "a conference"), Channel=v.channel(channel))


def confbridge_lock(conference: str) -> Action:
    """Let nobody else in."""
    return action("ConfbridgeLock", Conference=v.name(conference, "a conference"))


def confbridge_unlock(conference: str) -> Action:
    """Let others in again."""
    return action("ConfbridgeUnlock", Conference=v.name(conference, "a conference"))
