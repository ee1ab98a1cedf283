"""What events tell once and the picture does not keep: why a leg ended, how a dial ended, who took a parked call.

`Operations` feeds it every message while a command is at work, and the operations ask. Bounded: it remembers the
last few hundred facts.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

from ami_worker.ami.protocol import Message


V = TypeVar("V")

REMEMBERED = 500


class _Recent(OrderedDict[str, V], Generic[V]):
    """The latest facts by Uniqueid; the oldest are forgotten."""

    def note(self, key: str, value: V) -> None:
        self[key] = value
        self.move_to_end(key)
        if len(self) > REMEMBERED:
            self.popitem(last=False)


class Evidence:
    """Facts from single events, by Uniqueid."""

    def __init__(self) -> None:
        self.hangups: _Recent[int] = _Recent()
        """Q.850 cause of the Hangup event."""
        self.dials: _Recent[dict[str, str]] = _Recent()
        """DialStatus of DialEnd: by the channel on whose behalf was dialled, then by the channel that was dialled.
        An originated call has no channel that dials: it is found under the empty Uniqueid.
        """
        self.prompts: _Recent[str] = _Recent()
        """The sound that our include has begun to play (UserEvent CordboardPrompt), by the channel that hears it; empty
        when the PBX has no such sound.
        """
        self.refused_originates: _Recent[int] = _Recent()
        """Reason of an OriginateResponse that says Failure, by our ChannelId. Where the phone cannot be reached at
        all it is the only event there is. A success is not kept: it comes before the phone's Newstate as often as
        after it (main/manager.c, fast_originate).
        """
        self.retrievers: _Recent[str] = _Recent()
        """Uniqueid of who took a parked call (UnParkedCall), by the parked channel."""
        self.asked: _Recent[str] = _Recent()
        """What our include said of the one whom an operator asked (UserEvent CordboardAsked), by the operator's leg: a
        word of `outcomes.REASON_OF_CARE`, or ANSWER.
        """
        self.spies: _Recent[str] = _Recent()
        """Uniqueid of who listens (ChanSpyStart), by the channel that is listened to."""

    def forget_asked(self, own: str) -> None:
        """What is said of this leg from now on is about the next one whom it asks."""
        self.asked.pop(own, None)

    def forget_prompt(self, uniqueid: str) -> None:
        """What is played to this channel from now on is what it is let out of a queue with now."""
        self.prompts.pop(uniqueid, None)

    def forget_parking(self, parked: str) -> None:
        """What is said of this channel from now on is about the space it is in now: a call can be parked again and
        again.
        """
        self.retrievers.pop(parked, None)

    def hear(self, message: Message) -> None:
        """Take note of what matters. Anything else, and anything incomplete, is passed over."""
        match message.event:
            case "hangup":
                self.hangups.note(message.get("Uniqueid"), _number(message.get("Cause")))
            case "dialend":
                # DialBegin and DialEnd of an originated call have no channel that dials.
                if caller := message.get("Uniqueid"):
                    ended = self.dials.setdefault(caller, {})
                    ended[message.get("DestUniqueid")] = message.get("DialStatus")
                    self.dials.note(caller, ended)
            case "originateresponse" if message.get("Response").lower() == "failure":
                self.refused_originates.note(message.get("Uniqueid"), _number(message.get("Reason")))
            case "userevent" if message.get("UserEvent") == "CordboardAsked":
                self.asked.note(message.get("Uniqueid"), message.get("Reason"))
            case "userevent" if message.get("UserEvent") == "CordboardPrompt":
                self.prompts.note(message.get("Uniqueid"), message.get("Sound"))
            case "chanspystart":
                self.spies.note(message.get("SpyeeUniqueid"), message.get("SpyerUniqueid"))
            case "unparkedcall":
                self.retrievers.note(message.get("ParkeeUniqueid"), message.get("RetrieverUniqueid"))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
