"""The lists of the model PBX, as Asterisk would give them at that moment."""

from __future__ import annotations

from ami_worker.ami.protocol import Message
from ami_worker.mirror import Family

from .model_legs import EXTENSIONS, MEMBERS, QUEUE, Leg
from .model_pbx import ModelPbx
from .recordings import Listed


def lists_of(pbx: ModelPbx) -> list[Listed]:
    """Every list that the mirror takes."""
    legs = [leg for talk in pbx.talks for leg in talk.legs]
    names = [{"VMContext": "default", "VoiceMailbox": number, "Fullname": f"Person {number}"} for number in EXTENSIONS]
    return [
        Listed(Family.CHANNELS, "", [_channel(leg) for leg in reversed(legs)]),
        Listed(Family.PARKED, "", [_item("ParkedCall", **fields) for fields in _parked(pbx)]),
        Listed(Family.MARKS, "", [_status(leg) for leg in legs]),
        Listed(Family.QUEUES, "", _queue(pbx)),
        Listed(Family.ROOMS, "", []),
        Listed(
            Family.DEVICES,
            "",
            [_item("DeviceStateChange", Device=name, State=state) for name, state in pbx.devices.items()],
        ),
        Listed(Family.HINTS, "", [_item("ExtensionStatus", **pbx.hint(number)) for number in EXTENSIONS]),
        Listed(Family.MAILBOXES, "", [_item("VoicemailUserEntry", **fields) for fields in names]),
    ]


def _channel(leg: Leg) -> Message:
    fields = {
        "Application": leg.application,
        "ApplicationData": leg.data,
        "Duration": "00:00:05",
        "BridgeId": leg.bridge,
    }
    return _item("CoreShowChannel", **dict(leg.snapshot()), **fields)


def _status(leg: Leg) -> Message:
    return _item("Status", **dict(leg.snapshot()), Variable=f"CORDBOARD_CARE={leg.care or '(null)'}")


def _queue(pbx: ModelPbx) -> list[Message]:
    counts = {"Completed": str(pbx.completed), "Abandoned": str(pbx.abandoned)}
    items = [_item("QueueParams", Queue=QUEUE, Strategy="ringall", **counts)]
    for number in MEMBERS:
        fields = pbx.member(number)
        items.append(_item("QueueMember", Name=fields.pop("MemberName"), Location=fields.pop("Interface"), **fields))
    for place, leg in enumerate(pbx.waiting, 1):
        where = {"Position": str(place), "Wait": str(int(pbx.now() - pbx.joined_at[leg.uniqueid]))}
        items.append(_item("QueueEntry", Queue=QUEUE, Uniqueid=leg.uniqueid, CallerIDNum=leg.number, **where))
    return items


def _parked(pbx: ModelPbx) -> list[dict[str, str]]:
    parkers = {talk.caller.uniqueid: talk.member for talk in pbx.talks}
    return [pbx.parked_fields(space, parkers[leg.uniqueid]) for space, leg in pbx.parked.items()]


def _item(event: str, **fields: str) -> Message:
    return Message.of([("Event", event), *fields.items()])
